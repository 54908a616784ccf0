//! Every limit in one place, each with its unit and its reason.

use std::time::Duration;

/// Time from accept to the first packet: a connection that says nothing is not worth a slot.
pub(crate) const FIRST_PACKET: Duration = Duration::from_secs(10);
/// Time from the first packet to a known auth key: one exchange with a slow client fits several times.
pub(crate) const EXCHANGE: Duration = Duration::from_secs(30);
/// Connections of one address at a time. A client opens about twenty; a machine in CI runs many clients.
pub(crate) const CONNECTIONS_PER_ADDRESS: usize = 4096;
/// How long a connection with a known key may say nothing: clients send pings far more often.
pub(crate) const IDLE_CONNECTION: Duration = Duration::from_secs(900);
/// Logins that a process remembers, so that not every call asks the database for its own.
pub(crate) const KNOWN_LOGINS: usize = 10_000;
/// Bytes read from a socket at once.
pub(crate) const READ_CHUNK: usize = 16 * 1024;
/// Packets waiting for one connection's socket. A peer that does not read is cut off.
pub(crate) const WRITE_QUEUE: usize = 512;
/// The same in bytes. Answers wait before they are made (see [`WRITE_QUEUE_HIGH`]), so only pushes come here.
pub(crate) const WRITE_QUEUE_BYTES: usize = 32 << 20;
/// Bytes waiting for a connection's socket beyond which calls of its sessions are not begun: who downloads over a slow
/// line waits, and costs a few answers of memory.
pub(crate) const WRITE_QUEUE_HIGH: usize = 4 << 20;
/// Bytes written in one go, about: a WebSocket message must not be longer than what clients take.
pub(crate) const WRITE_BATCH_BYTES: usize = 1 << 20;
/// How long one write may take before the peer counts as gone.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Private RSA and DH operations running or waiting at once; each takes milliseconds of one core.
pub(crate) const EXCHANGE_STEPS: usize = 64;
/// Auth key exchanges that one connection may begin: TDLib begins several, nobody begins fifty.
pub(crate) const EXCHANGE_STEPS_PER_CONNECTION: u32 = 64;
/// Sessions per key; the one used least recently is forgotten.
pub(crate) const SESSIONS_PER_KEY: usize = 64;
/// How long a session without a connection is remembered.
pub(crate) const IDLE_SESSION: Duration = Duration::from_secs(600);
/// Calls waiting in one session; more are refused.
pub(crate) const CALLS_PER_SESSION: usize = 1024;
/// Bytes of the calls waiting in one session beyond which its connections are not read: parts of files are long.
pub(crate) const CALL_BYTES_PER_SESSION: usize = 8 << 20;
/// Pushes waiting in one session; beyond them it is told to fetch the difference.
pub(crate) const WAKES_PER_SESSION: usize = 256;
/// Wakes of a session without a connection that are kept; beyond them the client asks for the difference.
pub(crate) const HELD_WAKES: usize = 64;
/// Keys held in memory besides those in use.
pub(crate) const CACHED_KEYS: usize = 4096;
/// Data of one secret message in bytes. Texts and service messages stay far below; files travel apart.
pub(crate) const SECRET_DATA_LEN: usize = 512 * 1024;
/// Smallest data of a secret message: fingerprint, msg_key and one AES block.
pub(crate) const MIN_SECRET_DATA_LEN: usize = 8 + 16 + 16;
/// Messages in one getDifference answer unless the client asks for fewer.
pub(crate) const DIFFERENCE_MESSAGES: usize = 100;
/// Bytes of messages in one getDifference answer.
pub(crate) const DIFFERENCE_BYTES: usize = 512 * 1024;
/// How long queued messages, updates and delivery records are kept.
pub(crate) const QUEUE_RETENTION: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a login code is good.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_secs(600);
/// How long a client waits for a code before it asks for another way, in seconds.
pub(crate) const CODE_TIMEOUT: i32 = 60;
/// Wrong codes per number in [`WRONG_CODES_PERIOD`].
pub(crate) const MAX_WRONG_CODES: i64 = 25;
/// The time in which wrong codes are counted, in seconds.
pub(crate) const WRONG_CODES_PERIOD: i64 = 3600;
/// How long a QR code is good, in seconds: clients show a fresh one before.
pub(crate) const LOGIN_TOKEN_LIFETIME: i64 = 30;
/// How long a login that was exported may be imported at another data centre, in seconds.
pub(crate) const EXPORTED_LOGIN: i64 = 300;
/// How exactly it is stored when a device was last used, in seconds.
pub(crate) const ACTIVITY_GRAIN: i64 = 300;
/// How long it takes until the mail address for logins is forgotten because somebody cannot read its mail, in seconds.
pub(crate) const LOGIN_EMAIL_RESET: i64 = 7 * 24 * 3600;
/// How long an export of an account's data may take, in seconds.
pub(crate) const TAKEOUT_LIFETIME: i64 = 7 * 24 * 3600;
/// Wrong tries per login code.
pub(crate) const MAX_CODE_ATTEMPTS: i64 = 5;
/// Wrong passwords per account in [`PASSWORD_TRIES_PERIOD`].
pub(crate) const MAX_PASSWORD_TRIES: i64 = 10;
/// The time in which wrong passwords are counted, in seconds.
pub(crate) const PASSWORD_TRIES_PERIOD: i64 = 3600;
/// Questions for a password that one device may have open: several of its sessions may ask at once.
pub(crate) const SRP_CHALLENGES_PER_KEY: i64 = 8;
/// How long a device may take from the right code to the right password, in seconds.
pub(crate) const PENDING_LOGIN: i64 = 24 * 3600;
/// How long a permanent key is kept that was not used and on which nobody is logged in.
pub(crate) const KEY_RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a photo or document is kept that nothing shows: as long as what names it to clients is good.
pub(crate) const MEDIA_RETENTION: i64 = FILE_REFERENCE_LIFETIME;
/// Rows that are read at once where everything is looked through.
pub(crate) const SWEPT_ROWS: i64 = 1000;
/// How long it takes to get rid of a forgotten password, or of the account behind it, in seconds.
pub(crate) const PASSWORD_RESET: i64 = 7 * 24 * 3600;
/// How long after a declined reset another may be asked for, in seconds.
pub(crate) const PASSWORD_RESET_AGAIN: i64 = 24 * 3600;
/// Longest password hint in characters.
pub(crate) const HINT_LEN: usize = 255;
/// Longest mail address in bytes (RFC 5321).
pub(crate) const EMAIL_LEN: usize = 254;
/// Random bytes a client may ask for in getDhConfig.
pub(crate) const DH_RANDOM_LEN: i32 = 1024;
/// Longest first or last name, in characters.
pub(crate) const NAME_LEN: usize = 64;
/// Longest words about oneself, in characters.
pub(crate) const ABOUT_LEN: usize = 70;
/// Rules for one subject of privacy.
pub(crate) const PRIVACY_RULES: usize = 32;
/// Accounts that one such rule names.
pub(crate) const PRIVACY_USERS: usize = 1000;
/// Notification settings of one account.
pub(crate) const NOTIFY_SETTINGS: i64 = 10_000;
/// Strings in one langpack.getStrings.
pub(crate) const LANG_KEYS: usize = 1000;
/// How long the link to somebody is good, in seconds: long enough to be shown and read.
pub(crate) const CONTACT_TOKEN_LIFETIME: i64 = 3600;
/// Contacts in one import.
pub(crate) const IMPORTED_CONTACTS: usize = 1000;
/// Users in one users.getUsers.
pub(crate) const USERS_PER_CALL: usize = 200;
/// First bytes of a secret message that an observation shows.
pub(crate) const SEEN_BYTES: usize = 16;
/// Observations kept for a slow receiver.
pub(crate) const SEEN_QUEUE: usize = 4096;
/// How often expired rows are deleted.
pub(crate) const PURGE_INTERVAL: Duration = Duration::from_secs(3600);
/// Longest file that comes by `upload.saveFilePart`, in bytes; longer ones come by `saveBigFilePart`.
pub(crate) const SMALL_FILE_LEN: u64 = 10 << 20;
/// Parts of one file, as for premium accounts; with parts of 512 KiB that are 4000 MiB.
pub(crate) const FILE_PARTS: u64 = 8000;
/// Files of one account, every size of a photo among them: each costs some rows, however short it is.
pub(crate) const FILES_PER_ACCOUNT: i64 = 200_000;
/// Messages that an account writes in a day, unless the builder says otherwise: more than a person or a bot in its
/// groups does, and far less than a disk holds.
pub(crate) const MESSAGES_PER_DAY: usize = 1_000_000;
/// Messages that wait for one device in its queue of secret chats.
pub(crate) const SECRET_QUEUE: i64 = 50_000;
/// After how many seconds somebody may try again whose messages wait in a queue that is full.
pub(crate) const SECRET_QUEUE_WAIT: i64 = 300;
/// Secret chats that an account has asked for and nobody has accepted or declined.
pub(crate) const REQUESTED_CHATS: i64 = 10_000;
/// Unfinished uploads of one account; the one not touched for longest makes room.
pub(crate) const UPLOADS_PER_ACCOUNT: usize = 256;
/// Bytes of the files and uploads of one account in a data folder: four of the longest.
pub(crate) const FILE_SPACE: u64 = 16 << 30;
/// The same without a data folder, where they take memory.
pub(crate) const FILE_SPACE_IN_MEMORY: u64 = 1 << 30;
/// How long an upload is kept that goes on no more.
pub(crate) const UPLOAD_RETENTION: Duration = Duration::from_secs(24 * 3600);
/// How long a file is kept after it was last sent: far longer than the message that names it.
pub(crate) const FILE_RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);
/// Longest piece of a file in one answer, in bytes; a piece does not cross a multiple of it.
pub(crate) const FILE_PIECE: u64 = 1 << 20;
/// Longest file that is taken for a photo, in bytes.
pub(crate) const PHOTO_LEN: u64 = 10 << 20;
/// Accounts and numbers whose calls are counted for flood limits, before those are forgotten that may call again.
pub(crate) const FLOOD_WINDOWS: usize = 100_000;
/// Profile photos in one call.
pub(crate) const PHOTOS_PER_CALL: usize = 100;
/// Longest side of an image that is decoded, in pixels.
pub(crate) const IMAGE_SIDE: u32 = 10_000;
/// Most memory that decoding one image may take, in bytes: a square of half the longest sides in four channels.
pub(crate) const IMAGE_MEMORY: u64 = 128 << 20;
/// How long a client may fetch a file from the CDN with one token, in seconds.
pub(crate) const CDN_TOKEN_LIFETIME: i64 = 3600;
/// Chunks of 1 MiB that the CDN remembers to have; each costs 16 bytes.
pub(crate) const CDN_CHUNKS: usize = 1 << 18;
/// How long a file reference is good, in seconds.
pub(crate) const FILE_REFERENCE_LIFETIME: i64 = 24 * 3600;
/// How often file references change, in seconds.
pub(crate) const FILE_REFERENCE_STEP: i64 = 3600;
/// Attributes of one document.
pub(crate) const DOCUMENT_ATTRIBUTES: usize = 32;
/// Longest name of a file, in bytes; longer ones are cut.
pub(crate) const FILE_NAME_LEN: usize = 255;
/// Longest MIME type, in bytes.
pub(crate) const MIME_TYPE_LEN: usize = 127;
/// Longest timer of a medium that is opened once, in seconds.
pub(crate) const MAX_MEDIA_TTL: i32 = 60;
/// The timer of a medium that is gone as soon as it was looked at.
pub(crate) const TTL_VIEW_ONCE: i32 = i32::MAX;
/// How long a voice message in a supergroup may still be unheard, in seconds; not longer than [`QUEUE_RETENTION`].
pub(crate) const READ_MEDIA_PERIOD: i64 = 7 * 24 * 3600;
/// How long media that were opened at another process may be late if that process has ended.
pub(crate) const MEDIA_TIMER_LOOK: Duration = Duration::from_secs(30);
/// Length of a piece with a checksum of its own, in bytes.
pub(crate) const HASHED_PIECE: u64 = 128 << 10;
/// Checksums in one answer.
pub(crate) const HASHES_PER_CALL: u64 = 8;
/// Longest name under which a test knows an account, in characters.
pub(crate) const ACCOUNT_NAME_LEN: usize = 64;
/// Characters of the secret in the token of a bot that is made here, as in real ones.
pub(crate) const BOT_SECRET_LEN: usize = 35;
/// Rules for faults on purpose; beyond them the oldest goes.
pub(crate) const FAULT_RULES: usize = 1000;
/// Different errors of one method that are counted apart.
pub(crate) const COUNTED_ERRORS: usize = 64;
/// Rows of a list for whoever watches the server.
pub(crate) const SHOWN_ROWS: usize = 500;
/// Longest text of a message, in characters.
pub(crate) const MESSAGE_LEN: usize = 4096;
/// Everything that a message or draft holds besides its text, in bytes: marks, medium, keyboard, quote. A group has many
/// copies of it.
pub(crate) const MESSAGE_BYTES: usize = 64 << 10;
/// Filters in one `messages.getSearchCounters`: all there are, and some.
pub(crate) const SEARCH_COUNTERS: usize = 32;
/// Marks in one text; more are left out.
pub(crate) const ENTITIES: usize = 100;
/// How long somebody who asks a bot waits for its answer.
pub(crate) const BOT_PATIENCE: Duration = Duration::from_secs(10);
/// How long a bot may take to answer, in seconds: somebody else may be waiting for the same.
pub(crate) const BOT_QUERY_LIFETIME: i64 = 60;
/// How long a result that a bot has offered may be sent, in seconds.
pub(crate) const INLINE_RESULT_LIFETIME: i64 = 3600;
/// Commands of a bot in one scope.
pub(crate) const BOT_COMMANDS: usize = 100;
/// Longest command, in bytes.
pub(crate) const COMMAND_LEN: usize = 32;
/// Longest description of a command, in characters.
pub(crate) const COMMAND_DESCRIPTION_LEN: usize = 256;
/// Longest words of a bot about itself, in characters.
pub(crate) const BOT_ABOUT_LEN: usize = 120;
/// Longest words before somebody starts a bot, in characters.
pub(crate) const BOT_DESCRIPTION_LEN: usize = 512;
/// Longest text that answers a button, in characters.
pub(crate) const CALLBACK_MESSAGE_LEN: usize = 200;
/// Longest inline question, in characters; longer ones are cut.
pub(crate) const INLINE_QUERY_LEN: usize = 256;
/// Results of one inline question.
pub(crate) const INLINE_RESULTS: usize = 50;
/// Longest name of a result, in bytes.
pub(crate) const RESULT_ID_LEN: usize = 64;
/// Longest name of the next page of results, in bytes.
pub(crate) const NEXT_OFFSET_LEN: usize = 64;
/// Longest parameter of a link to a bot, in bytes.
pub(crate) const START_PARAM_LEN: usize = 64;
/// Answers to answers that are followed to see whether a bot is meant.
pub(crate) const REPLY_CHAIN: usize = 16;
/// Messages among which the bot is looked for that spoke last in a group.
pub(crate) const LAST_BOT_MESSAGES: i64 = 1000;
/// Messages in one answer.
pub(crate) const MESSAGES_PER_CALL: usize = 100;
/// Messages that one call deletes; the client asks again for the rest.
pub(crate) const DELETED_AT_ONCE: i64 = 1000;
/// Chats that an account may pin.
pub(crate) const PINNED_DIALOGS: usize = 5;
/// Members of a basic group.
pub(crate) const GROUP_MEMBERS: i64 = 200;
/// Longest title of a chat, in characters.
pub(crate) const TITLE_LEN: usize = 128;
/// Longest description of a chat, in characters.
pub(crate) const CHAT_ABOUT_LEN: usize = 255;
/// Messages that somebody who is added to a basic group may get of what was said before.
pub(crate) const FORWARDED_HISTORY: i64 = 100;
/// Members of a chat in which it is told who has read a message.
pub(crate) const READ_MARK_MEMBERS: i64 = 100;
/// How long it is told, in seconds.
pub(crate) const READ_MARK_AGE: i64 = 7 * 24 * 3600;
/// Events behind which a client is told a channel anew, not what happened in it.
pub(crate) const CHANNEL_GAP: i32 = 1000;
/// Links of one administrator in one chat that are good at a time, and as many revoked ones that are remembered.
pub(crate) const INVITES_PER_ADMIN: i64 = 500;
/// How long it is kept what was done in a channel.
pub(crate) const ADMIN_LOG_RETENTION: Duration = Duration::from_secs(48 * 3600);
/// Supergroups and channels that an account may be in.
pub(crate) const CHANNELS_PER_ACCOUNT: i64 = 500;
/// Members of a basic group up to which all of them are told when one comes or goes; beyond it clients ask.
pub(crate) const TOLD_MEMBERS: i64 = 50;
