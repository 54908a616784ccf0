//! Every bound of the client, with its unit and its reason.

use std::time::Duration;

/// Longest flood wait that is slept through unless the builder says otherwise.
pub const FLOOD_WAIT_LIMIT: Duration = Duration::from_secs(60);

/// How often one call follows a migration (303) before it gives up: two data centres could point at each other.
pub const MAX_MIGRATIONS: u32 = 5;

/// How often one call is repeated after faults of the server (500 and negative codes).
pub const MAX_SERVER_FAULTS: u32 = 5;

/// How often one call is slept for (420) in a row.
pub const MAX_FLOOD_WAITS: u32 = 5;

/// Longest flood wait that the fetching of missed updates sleeps through: nothing else can be done meanwhile.
pub const MAX_DIFFERENCE_FLOOD_WAIT: Duration = Duration::from_secs(3600);

/// First wait after a fault of the server; doubled with each further one.
pub const FAULT_DELAY: Duration = Duration::from_millis(500);

/// Longest wait after a fault of the server.
pub const MAX_FAULT_DELAY: Duration = Duration::from_secs(60);

/// First wait before a new connection; doubled with each failure.
pub const RECONNECT_DELAY: Duration = Duration::from_millis(100);

/// Longest wait before a new connection.
pub const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(30);

/// How long a connection has to last to count as a good one, after which the next is made at once.
pub const STEADY_CONNECTION: Duration = Duration::from_secs(2);

/// The most failures that a connection counts as which was good but did not last: the pauses stay short.
pub const UNSTEADY_FAILURES: u32 = 3;

/// How long the end of a client waits for what was asked for before it to leave.
pub const TAKING_LEAVE: Duration = Duration::from_secs(1);

/// How long a temporary key lives unless the builder says otherwise: as in official programs.
pub const TEMPORARY_KEY_LIFE: Duration = Duration::from_secs(86_400);

/// Shortest life of a temporary key: a quarter of it has to suffice to make the next one.
pub const MIN_TEMPORARY_KEY_LIFE: Duration = Duration::from_secs(4);

/// Longest life of a temporary key.
pub const MAX_TEMPORARY_KEY_LIFE: Duration = Duration::from_secs(7 * 86_400);

/// How long before the end of a temporary key calls wait for the next one, unless a 16th of its life is shorter.
pub const LAST_OF_TEMPORARY_KEY: Duration = Duration::from_secs(30);

/// Pause after the next temporary key could not be made, unless a 64th of its life is shorter.
pub const RENEWAL_RETRY_DELAY: Duration = Duration::from_secs(60);

/// Longest time for the TCP handshake (and that of a WebSocket) with one address.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest time for the three round trips of the auth key exchange.
pub const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(30);

/// Attempts that `connect` makes before it reports that the server cannot be reached.
pub const FIRST_CONNECT_ATTEMPTS: u32 = 3;

/// Transport errors -404 (unknown key) in a row before the session counts as lost. One alone may be a lie of
/// somebody on the path.
pub const MAX_UNKNOWN_KEY: u32 = 5;

/// Calls of the application on the way at once; further ones wait. Servers remember about a thousand messages of a
/// session, and the fate of a call that they have forgotten cannot be asked for.
pub const MAX_CALLS: usize = 500;

/// Calls that leave in one packet. What waits besides follows at once, so that the server need not wait for all of it.
pub const CALLS_TOGETHER: usize = 25;

/// Refused answers to one question of a login, such as codes, before the login ends.
pub const MAX_WRONG_ANSWERS: u32 = 5;

/// Shortest time that a QR code of a login is shown.
pub const MIN_QR_PAUSE: Duration = Duration::from_secs(1);

/// Failed calls that are remembered for those that were to come after them.
pub const MAX_FAILED_CALLS: usize = 256;

/// What the server's clock and ours may differ by, in seconds, before timers take it into account: dates are whole seconds,
/// and the estimate is as good as the network.
pub const CLOCK_TOLERANCE: i64 = 5;

/// Messages of one secret chat on the way at once, each told to come after the one before (`invokeAfterMsg`).
pub const SECRET_SEND_WINDOW: usize = 16;

/// How long a message to a new secret chat waits for the first word of the other side, which tells what it can read, if it
/// has formatting that not every client knows. That word is on its way when the chat is ready.
pub const LAYER_PATIENCE: Duration = Duration::from_secs(3);

/// Bytes read from the socket at once.
pub const READ_LEN: usize = 64 << 10;

/// Objects with updates that may wait for the updates task. Beyond that they are dropped and fetched by
/// `updates.getDifference`.
pub const MAX_WAITING_UPDATES: usize = 4096;

/// Events kept for observers that do not read; beyond that the oldest are dropped and counted. More is kept for nobody.
pub const MAX_QUEUED_UPDATES: usize = 65_536;

/// Events that may wait for a stream of updates; then no more are fetched until half of them are read.
pub const MAX_UNREAD_UPDATES: usize = 10_000;

/// Events kept for a stream of updates that nobody has taken yet; what is older counts as handled.
pub const MAX_UNCLAIMED_UPDATES: usize = 10_000;

/// Positions that wait until what is before them is handled; beyond that some are put together.
pub const MAX_POSITIONS: usize = 1024;

/// Shortest time between two writes of the position of the updates: what was handled within it may come again after a
/// crash.
pub const SAVE_INTERVAL: Duration = Duration::from_millis(50);

/// Events of one channel that are asked for at once: what the documentation says for users; bots may ask for more.
pub const CHANNEL_DIFFERENCE: i32 = 100;

/// Pages of a hundred chats that are looked through after a login, for where the channels in them stand.
pub const MAX_DIALOG_PAGES: usize = 20;

/// How long after the last write old pages of the session file are wiped.
pub const SETTLE_DELAY: Duration = Duration::from_secs(1);

/// How long `SqliteSession` waits for another process to let go of the file.
pub const SESSION_LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// Parts of one file that are on the way at once: half a megabyte each, they fill a line of 100 Mbit/s with 150 ms.
pub const PARTS_AT_ONCE: usize = 4;

/// Parts that may go up before the answer to an earlier one has come: their marks are kept.
pub const MAX_PARTS_AHEAD: usize = 16;

/// Bytes asked for at once in a download. It divides 1 MiB, as the server demands.
pub const DOWNLOAD_PIECE: u64 = 512 << 10;

/// The least that a download asks for at once, in bytes: what the offsets of the server are multiples of.
pub const MIN_DOWNLOAD_PIECE: u64 = 4 << 10;

/// The least that is asked of a CDN at once, in bytes: so much has one hash.
pub const MIN_CDN_PIECE: u64 = 128 << 10;

/// How often a piece is given to a CDN that says it does not have it.
pub const MAX_CDN_UPLOADS: u32 = 5;

/// Bytes of a download between two notes of how far it is.
pub const DOWNLOAD_CHECKPOINT: u64 = 4 << 20;

/// Largest file that is downloaded into memory, in bytes.
pub const MAX_DOWNLOAD_IN_MEMORY: u64 = 64 << 20;

/// Largest JPEG that is sent as a photo unasked, in bytes: what servers take for photos.
pub const MAX_PHOTO_LEN: u64 = 10 << 20;

/// First bytes of a JPEG that are searched for its size: what comes before it are tables and a preview.
pub const JPEG_HEAD: u64 = 256 << 10;

/// Memory that a key from a passphrase costs, in KiB: the second choice of RFC 9106, for machines of any size.
pub const PASSPHRASE_MEMORY_KIB: u32 = 64 << 10;

/// How often that memory is gone through.
pub const PASSPHRASE_PASSES: u32 = 3;

/// In how many lanes.
pub const PASSPHRASE_LANES: u32 = 4;

/// The most memory that a stored session may ask for, in KiB: what it says is not to be trusted before it is unlocked.
pub const MAX_PASSPHRASE_MEMORY_KIB: u32 = 1 << 20;

/// The most passes that a stored session may ask for.
pub const MAX_PASSPHRASE_PASSES: u32 = 32;

/// The most lanes that a stored session may ask for.
pub const MAX_PASSPHRASE_LANES: u32 = 64;

/// Messages that one question to a history returns unless it asks for another number.
pub const HISTORY_PAGE: usize = 50;

/// Most messages that one question to a history returns.
pub const MAX_HISTORY_PAGE: usize = 10_000;

/// Records read from a session at once while it is searched.
pub const SCAN_CHUNK: usize = 256;

/// First wait before a session that could not be written is tried again; doubled with each failure.
pub const STORE_RETRY_DELAY: Duration = Duration::from_millis(200);

/// Longest wait before a session that could not be written is tried again.
pub const MAX_STORE_RETRY_DELAY: Duration = Duration::from_secs(10);

/// How long the server keeps secret messages that nobody has fetched: a week, less a margin for clocks.
pub const QUEUE_RETENTION: Duration = Duration::from_secs(6 * 86_400);

/// Longest session text that is looked at, in bytes.
pub const MAX_SESSION_STRING_LEN: usize = 8192;

/// Addresses that a server may name in its configuration; real ones name some twenty.
pub const MAX_LEARNED_ADDRESSES: usize = 64;

/// Shortest and longest time before a server is asked for its addresses anew, whatever it says itself.
pub const CONFIG_LIFE: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(86_400);

/// Longest host name in a session text or address, in bytes (the limit of the DNS).
pub const MAX_HOST_LEN: usize = 255;

/// Users and channels of which the access hash is kept. Beyond that an eighth of them, the least recently used, give way.
pub const MAX_KNOWN_PEERS: usize = 8192;

/// Messages, members or chats asked for at once when they are gone through: the most that servers give.
pub const PAGE: usize = 100;

/// Messages of one call that deletes, forwards or names them by id: what servers take.
pub const MAX_MESSAGE_IDS: usize = 100;

/// Media of one album.
pub const MAX_ALBUM: usize = 10;

/// How long a stream of updates that gathers albums waits for the next message of one.
pub const ALBUM_WAIT: Duration = Duration::from_millis(500);

/// Albums that such a stream gathers at once; also the events of other chats that an album waits through.
pub const MAX_OPEN_ALBUMS: usize = 100;
