//! What goes into a [`ClientSession`](super::ClientSession) and what comes out of it.

use std::time::Duration;

use chappe_crypto::AuthKey;

use crate::rpc::RpcError;
use crate::session::{FutureSalt, MsgId, SessionId};

/// What a [`ClientSession`](super::ClientSession) starts from.
#[derive(Clone, Debug)]
pub struct ClientSessionConfig {
    /// The authorization key that encrypts the traffic: permanent, or temporary and bound (or about to be).
    pub auth_key: AuthKey,
    /// The salt from the exchange, or 0 if none is known: the server then tells the right one.
    pub salt: i64,
    /// Salts kept from an earlier run.
    pub future_salts: Vec<FutureSalt>,
    /// Server time minus local Unix time, as the exchange or an earlier run found it. `None`: not known yet.
    pub time_offset: Option<TimeOffset>,
    /// How often `ping_delay_disconnect` goes out.
    pub ping_interval: Duration,
    /// After how long without a ping the server closes the connection.
    pub disconnect_delay: Duration,
    /// How long to wait for an answer to a ping before the connection counts as dead.
    pub pong_timeout: Duration,
    /// How long a call may stay without acknowledgement before the server is asked about it.
    pub ack_timeout: Duration,
    /// How long an acknowledged call may stay without an answer before the server is asked about it.
    pub answer_timeout: Duration,
    /// Most calls that may be pending at once; further ones fail with [`FailReason::TooManyPending`].
    pub max_pending_calls: usize,
}

impl ClientSessionConfig {
    /// The usual settings: pings every 60 seconds with 75 seconds of grace.
    pub fn new(auth_key: AuthKey, salt: i64) -> Self {
        Self {
            auth_key,
            salt,
            future_salts: Vec::new(),
            time_offset: None,
            ping_interval: Duration::from_secs(60),
            disconnect_delay: Duration::from_secs(75),
            pong_timeout: Duration::from_secs(15),
            ack_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(60),
            max_pending_calls: crate::session::limits::MAX_PENDING_CALLS,
        }
    }
}

/// Server time minus local Unix time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOffset {
    /// The difference in milliseconds; positive if the local clock is behind.
    pub millis: i64,
}

/// What a stored session wants to keep of a [`ClientSession`](super::ClientSession). Nothing else of it survives a
/// restart: each run starts with a new session id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionState {
    /// The salt to begin with next time.
    pub salt: i64,
    /// The salts known for later, in the order of their validity.
    pub future_salts: Vec<FutureSalt>,
    /// Server time minus local Unix time.
    pub time_offset: TimeOffset,
}

/// The name of a call within one [`ClientSession`](super::ClientSession). Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// How a call is to be sent.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// Calls of this session that the server must have executed before (`invokeAfterMsg`). Those that have already
    /// succeeded, or that the session does not know (any more), are left out.
    pub after: Vec<CallId>,
    /// Whether to ask for a quick acknowledgement ([`Event::Received`]).
    pub quick_ack: bool,
    /// Whether the query may travel compressed. Never set it for media, nor for a secret beside text that
    /// somebody else chose.
    pub gzip: bool,
    /// Whether the call may be executed twice. The session then sends it again by itself where the server cannot
    /// tell whether it was executed; otherwise it fails with [`FailReason::OutcomeUnknown`].
    pub repeatable: bool,
}

/// What the driver has to do next. See [`ClientSession::poll_output`](super::ClientSession::poll_output).
#[derive(Clone, Debug)]
pub enum Output {
    /// Make this durable before anything that follows.
    Persist(SessionState),
    /// Send this payload over the transport.
    Transmit {
        /// The encrypted message.
        packet: Vec<u8>,
        /// Whether to ask the transport for a quick acknowledgement of it.
        quick_ack: bool,
    },
    /// Something the user of the session wants to know.
    Event(Event),
    /// Close the connection and call
    /// [`handle_disconnected`](super::ClientSession::handle_disconnected); then connect again.
    Close(CloseReason),
    /// Call [`handle_timeout`](super::ClientSession::handle_timeout) when [`Now::monotonic`](chappe_crypto::Now)
    /// reaches this. Replaces the moment given before.
    Timeout(Duration),
}

/// Something the user of a session wants to know.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The server has the call, and will answer it.
    Acknowledged {
        /// The call.
        call: CallId,
    },
    /// The server answered the transport error -404: it does not know the key, or somebody on the path says so.
    /// A hint only: unauthenticated. The connection is being closed; a temporary key may be replaced, a permanent one
    /// must not be deleted for this.
    AuthKeyUnknown,
    /// The answer to `destroy_auth_key`.
    DestroyAuthKey(DestroyAuthKeyOutcome),
    /// The answer to `destroy_session`.
    DestroySession {
        /// The session that was to be destroyed.
        session_id: SessionId,
        /// Whether it existed.
        existed: bool,
    },
    /// The call will not be answered.
    Failed {
        /// The call.
        call: CallId,
        /// Why.
        reason: FailReason,
    },
    /// The server made the session anew: updates may have been lost, so ask for the difference.
    NewSession {
        /// Messages of ours below this were not seen by the new session.
        first_msg_id: MsgId,
        /// Differs for each creation.
        unique_id: i64,
    },
    /// The answer to a ping of the driver's.
    Pong {
        /// What was given to [`ClientSession::ping`](super::ClientSession::ping).
        ping_id: i64,
    },
    /// The first valid message of this connection came in: server, key and path are good.
    Ready,
    /// The server has received the call (a quick acknowledgement). Not authenticated: good for a tick in a user
    /// interface and nothing else.
    Received {
        /// The call.
        call: CallId,
    },
    /// The answer to a call.
    Response {
        /// The call.
        call: CallId,
        /// The result as TL bytes (unpacked), or the server's error.
        result: Result<Vec<u8>, RpcError>,
    },
    /// The session goes on under a new id (its counters could not be kept). Updates may have been lost, and the
    /// server wants `initConnection` again.
    SessionReset {
        /// The new id.
        session_id: SessionId,
    },
    /// Any other object from the server, as TL bytes (unpacked): updates.
    Update(Vec<u8>),
}

/// The answer to `destroy_auth_key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DestroyAuthKeyOutcome {
    /// The server refuses.
    Fail,
    /// There was no such key.
    None,
    /// The key is gone.
    Ok,
}

/// Why a call will not be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FailReason {
    /// The answer could not be unpacked.
    #[error("the answer is not a sound compressed object")]
    BadAnswer,
    /// The query has 16 MiB or more, or is not a whole number of words.
    #[error(
        "the query of {len} bytes cannot travel: it must be a multiple of 4 and below 16 MiB; send files in parts"
    )]
    BadQuery {
        /// Length of the query in bytes.
        len: usize,
    },
    /// The server refused the message three times in a row.
    #[error("the server refused the message again and again, at last with code {code}")]
    Refused {
        /// The last `error_code`, see [`bad_msg_code`](crate::rpc::service::bad_msg_code).
        code: i32,
    },
    /// It may or may not have been executed: the server does not remember. Set
    /// [`CallOptions::repeatable`] for calls that may be sent twice.
    #[error("the server does not remember whether it executed the call")]
    OutcomeUnknown,
    /// More than the configured number of calls is pending.
    #[error("{max} calls are pending already; wait for answers")]
    TooManyPending {
        /// The limit.
        max: usize,
    },
}

/// Why the connection must be closed. The session itself lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// No answer to a ping.
    #[error("no answer to a ping: the connection is dead")]
    PingTimeout,
    /// A packet broke the protocol.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The server sent a transport error.
    #[error("transport error {code}")]
    Transport {
        /// The (negative) code.
        code: i32,
    },
}

/// A packet after which the connection must be closed. The session lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// Many packets in a row did not decrypt.
    #[error("{count} packets in a row did not decrypt: the connection is corrupt or under attack")]
    Undecryptable {
        /// How many.
        count: u32,
    },
    /// An authentic packet with an impossible length field or padding, or a broken container.
    #[error("the server sent a malformed message: {what}")]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
}

/// How often which kind of packet was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DropCounts {
    /// Packets with the id of another key, with none, or too short to be one.
    pub foreign_key: u64,
    /// Packets that did not decrypt.
    pub undecryptable: u64,
    /// Messages of another session.
    pub foreign_session: u64,
    /// Messages whose id has the client's parity, or is not below its container's.
    pub bad_msg_id: u64,
    /// Messages that were received before, or too old to tell.
    pub duplicate: u64,
    /// Messages from outside the time window.
    pub outside_window: u64,
    /// Notices about messages that wait for nothing.
    pub stale_notice: u64,
    /// Objects that could not be read.
    pub unreadable: u64,
}
