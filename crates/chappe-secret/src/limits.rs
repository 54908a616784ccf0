//! Every bound of the engine, with its unit and its reason.

use std::time::Duration;

/// The highest raw sequence number that is used or accepted. Doubled it still fits TL's `int`.
pub const MAX_RAW_SEQ_NO: u32 = 1 << 30;

/// Messages that may wait behind a gap before the chat is given up.
pub const MAX_PENDING_COUNT: usize = 1000;

/// Bytes of messages that may wait behind a gap before the chat is given up.
pub const MAX_PENDING_LEN: usize = 8 << 20;

/// Messages one `Resend` may ask for; TDLib's limit.
pub const MAX_RESEND_COUNT: u32 = 1000;

/// How long a gap may stay without an answer before the range is asked for again. Four times as long with each time,
/// and as at first after each message that shows that the peer is there. Longer than [`RESEND_INTERVAL`], within which a
/// peer may take a second question for the first one.
pub const GAP_RETRY: Duration = Duration::from_secs(15);

/// Longest wait before a range is asked for again.
pub const GAP_RETRY_LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Shortest time between two repetitions of the same message because the peer asks for it.
pub const RESEND_INTERVAL: Duration = Duration::from_secs(10);

/// How long a gap may stay before the user is told that the chat is stuck.
pub const GAP_STUCK: Duration = Duration::from_secs(15 * 60);

/// Messages kept for a chat whose key exchange is not complete: they may overtake the answer that completes it.
pub const MAX_HELD_COUNT: usize = 100;

/// Bytes of such messages.
pub const MAX_HELD_LEN: usize = 2 << 20;

/// Ended chats without a key that are remembered: declined, withdrawn, or accepted on another device.
pub const MAX_ENDED_WITHOUT_KEY: usize = 100;

/// Chats that a policy accepts in [`ACCEPT_PERIOD`]; more wait.
pub const MAX_ACCEPTS: usize = 10;

/// The time for which [`MAX_ACCEPTS`] holds.
pub const ACCEPT_PERIOD: Duration = Duration::from_secs(60);

/// Requests of other people that may wait for a decision at the same time.
pub const MAX_INCOMING_REQUESTS: usize = 100;

/// Chat updates kept while a request of ours has no answer yet, since the server may use a chat id we do not know.
pub const MAX_ORPHAN_UPDATES: usize = 8;

/// Uses of a key (messages sent and received) after which it is replaced.
///
/// Source: <https://core.telegram.org/api/end-to-end/pfs>
pub const REKEY_AFTER_USES: u32 = 100;

/// Further uses that a side which only receives lets pass before it asks for the new key itself. Both sides count the
/// same messages: whoever sent the last one asks, and two requests at once would be one exchange for nothing.
pub const REKEY_PATIENCE: u32 = 10;

/// How long a side whose request for a key was turned down by `AbortKey` waits with the next, unless the key is used
/// [`REKEY_AFTER_USES`] more times before.
pub const REKEY_AFTER_ABORT: Duration = Duration::from_secs(24 * 3600);

/// Age of a key after which it is replaced, if it was used at all.
pub const REKEY_AFTER: Duration = Duration::from_secs(7 * 24 * 3600);

/// Messages of our own after which an unanswered `RequestKey` is given up.
pub const REKEY_GIVE_UP_MESSAGES: u32 = 200;

/// Bytes of random padding inside the layer object that we write.
pub const RANDOM_BYTES_LEN: usize = 31;

/// Fewest `random_bytes` a peer must write; messages with fewer are ignored.
pub const MIN_RANDOM_BYTES_LEN: usize = 15;

/// Shortest ciphertext taken from the server: fingerprint, message key and one AES block.
pub const MIN_CIPHERTEXT_LEN: usize = 8 + 16 + 16;

/// Longest ciphertext taken or made, in bytes. TL could carry 16 MiB; nothing legitimate comes near this.
pub const MAX_CIPHERTEXT_LEN: usize = 1 << 20;

/// Requests to send that may be on the way at once in one chat. With 1, a failed one never lets a later one pass.
pub const SEND_WINDOW: usize = 1;

/// Shortest time between two `typing` calls for one chat.
pub const TYPING_INTERVAL: Duration = Duration::from_secs(5);

/// What the server's clock may be behind our estimate of it, in seconds.
pub const CLOCK_DOUBT: i32 = 5;

/// First wait after a failed call; doubled with each further failure.
pub const RETRY_FIRST: Duration = Duration::from_secs(1);

/// Longest wait after a failed call, unless the server asks for more.
pub const RETRY_LONGEST: Duration = Duration::from_secs(60);

/// Longest timer taken from a peer, in seconds: one year.
pub const MAX_TTL: i32 = 365 * 24 * 3600;

/// Longest timer, in seconds, that starts when media are opened and not when the message is read.
pub const MAX_OPEN_TTL: i32 = 60;

/// Longest claimed playing time, in seconds, that prolongs such a timer.
pub const MAX_PLAY_TIME: i32 = 3600;

/// The timer value that means "view once".
pub const TTL_VIEW_ONCE: i32 = i32::MAX;

/// A qts that is lower than the last by more than this was reset by the server.
pub const QTS_RESET_DISTANCE: i32 = 1_000_000;

/// Entities of one message that are read; the rest of a longer list goes. Clients write at most a hundred.
pub const MAX_ENTITIES: usize = 500;

/// Longest waveform of a voice message, in bytes; a longer one is dropped. Clients write 63.
pub const MAX_WAVEFORM_LEN: usize = 1024;

/// Levels of a waveform that we write: what clients show.
pub const WAVEFORM_LEVELS: usize = 100;

/// Longest thumbnail of a photo or video, in bytes; Android's limit.
pub const MAX_THUMB_LEN: usize = 6000;

/// Longest side of a thumbnail of a photo or video, in pixels; Android's limit.
pub const MAX_THUMB_SIDE: i32 = 100;

/// Longest thumbnail of other files, in bytes; Android's limit.
pub const MAX_DOCUMENT_THUMB_LEN: usize = 20_000;

/// Longest side of a thumbnail of other files, in pixels: what clients make of the largest they write.
pub const MAX_DOCUMENT_THUMB_SIDE: i32 = 320;

/// Largest file below layer 143, in bytes: 2000 MiB, 4000 parts of 512 KiB.
pub const MAX_SHORT_FILE_SIZE: i64 = 2000 << 20;

/// Largest file at all, in bytes: 4000 MiB, 8000 parts of 512 KiB.
pub const MAX_FILE_SIZE: i64 = 4000 << 20;

/// Largest file that goes up by `upload.saveFilePart`, in bytes.
pub const MAX_SMALL_UPLOAD: i64 = 10 << 20;

/// Bytes of one part of an upload or download: the most that the server takes.
pub const FILE_PART_LEN: usize = 512 << 10;
