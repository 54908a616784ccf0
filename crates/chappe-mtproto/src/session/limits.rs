//! The bounds of sessions, each with its reason.

use std::time::Duration;

/// Ids of received messages that are remembered per session, to recognise duplicates.
pub const RECEIVED_IDS: usize = 1024;

/// Most ids in one `msgs_ack`, `msgs_state_req` or `msg_resend_req`.
pub const MAX_IDS: usize = 8192;

/// Most messages in a container that we accept.
pub const MAX_CONTAINER_ITEMS: usize = 1024;

/// Most messages in a container that we send: other implementations stop at 512.
pub const SEND_CONTAINER_ITEMS: usize = 512;

/// Bytes after which a container that we send takes no further message. A single message may be longer.
pub const SEND_CONTAINER_LEN: usize = 64 << 10;

/// Most calls that wait for an answer.
pub const MAX_PENDING_CALLS: usize = 4096;

/// Longest query or answer in one message, in bytes: as the longest TL string.
pub const MAX_BODY_LEN: usize = (1 << 24) - 4;

/// Most bytes that a client unpacks from one compressed object.
pub const MAX_UNPACKED_LEN: usize = 16 << 20;

/// Most bytes that a server unpacks from one compressed query of somebody who is not logged in.
pub const MAX_UNPACKED_LEN_BEFORE_LOGIN: usize = 1 << 20;

/// How far a message may lie in the past of the receiver.
pub const WINDOW_PAST: Duration = Duration::from_secs(300);

/// How far a message may lie in the future of the receiver.
pub const WINDOW_FUTURE: Duration = Duration::from_secs(30);

/// Age up to which a message is sent again under its own id. Leaves a margin to [`WINDOW_PAST`].
pub const RESEND_AGE: Duration = Duration::from_secs(240);

/// Age from which on the network cannot deliver a message any more that the receiver would accept.
pub const FORGOTTEN_AGE: Duration = Duration::from_secs(340);

/// Acknowledgements that may wait for as long as a single one.
pub const FEW_ACKS: usize = 16;

/// How long more of them wait for a packet that they can ride on. Where many calls are answered, the next calls and answers are
/// never far.
pub const MANY_ACKS_DELAY: Duration = Duration::from_millis(50);

/// How long an acknowledgement of the client waits for a packet that it can ride on.
pub const CLIENT_ACK_DELAY: Duration = Duration::from_secs(30);

/// Undecryptable packets in a row after which the client gives up the connection.
pub const MAX_UNDECRYPTABLE: u32 = 16;

/// Messages from outside the time window in a row after which the client asks for the time.
pub const MAX_OUTSIDE_WINDOW: u32 = 3;

/// Refusals for the same reason in a row after which a call fails.
pub const MAX_REFUSALS: u32 = 3;

/// Refusals for whatever reasons after which a call fails.
pub const MAX_REFUSALS_IN_ALL: u32 = 8;

/// Salts that the client asks for at once.
pub const FUTURE_SALTS: i32 = 64;

/// A salt is not used in its last minute.
pub const SALT_MARGIN_SECS: i64 = 60;

/// How long a salt counts as valid that came without a time of its own, in seconds.
pub const SALT_DEFAULT_SECS: i64 = 600;

/// Quick acknowledgements that a client waits for at most.
pub const MAX_QUICK_ACKS: usize = 256;

/// Notices (`bad_msg_notification`, states, future salts) that a server sends per second and session.
pub const NOTICES_PER_SECOND: u32 = 64;

/// Bytes that a server sends again on request, per second and session.
pub const RESEND_LEN_PER_SECOND: usize = 4 << 20;

/// Connections that serve one session at the same time.
pub const MAX_CONNECTIONS: usize = 16;

/// From this length on an answer is handed on in the packet in which it came, in bytes.
pub const LONG_ANSWER: usize = 16 * 1024;
