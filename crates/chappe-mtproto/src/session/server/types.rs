//! What goes into a [`ServerSession`](super::ServerSession) and what comes out of it.

use std::time::Duration;

use chappe_crypto::AuthKey;

use crate::rpc::wrappers::Call;
use crate::session::server::salts::Salts;
use crate::session::{MsgId, SessionId};

/// What a [`ServerSession`](super::ServerSession) needs to know.
#[derive(Clone, Debug)]
pub struct ServerSessionConfig {
    /// The key of the traffic.
    pub auth_key: AuthKey,
    /// Where the salts come from; the same value for all keys of a server.
    pub salts: Salts,
    /// The salt that the exchange ended with, valid beside the regular ones until its time.
    pub first_salt: Option<FirstSalt>,
    /// Whether somebody is logged in on this key: allows larger compressed queries.
    pub authorized: bool,
    /// How long a call waits for those it names by `invokeAfterMsg`.
    pub predecessor_timeout: Duration,
    /// After how long a message is acknowledged that has no answer yet.
    pub ack_delay: Duration,
    /// Most bytes of answers and updates that are kept until the client acknowledges them. Beyond it the oldest are
    /// given up.
    pub max_unacknowledged_len: usize,
    /// Most calls that may run at once; further ones are answered with `FLOOD_WAIT_1`.
    pub max_running_calls: usize,
    /// Whether long answers travel compressed.
    pub gzip_answers: bool,
}

impl ServerSessionConfig {
    /// The usual settings.
    pub fn new(auth_key: AuthKey, salts: Salts) -> Self {
        Self {
            auth_key,
            salts,
            first_salt: None,
            authorized: false,
            predecessor_timeout: Duration::from_millis(500),
            ack_delay: Duration::from_millis(1500),
            max_unacknowledged_len: 16 << 20,
            max_running_calls: crate::session::limits::MAX_PENDING_CALLS,
            gzip_answers: false,
        }
    }
}

/// The salt from the end of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstSalt {
    /// The salt.
    pub salt: i64,
    /// Unix time in seconds from which on it is refused.
    pub valid_until: i64,
}

/// The name that the driver gives to a connection. Never reused while a session may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What the driver has to do next. See [`ServerSession::poll_output`](super::ServerSession::poll_output).
// A call is the common case and moves once; a box would cost more than it saves.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug)]
pub enum ServerOutput {
    /// Execute this call, once, and hand the outcome to [`ServerSession::respond`](super::ServerSession::respond).
    Call {
        /// Where it came in.
        connection: ConnectionId,
        /// Its name in this session.
        msg_id: MsgId,
        /// The query without its wrappers, and what they said. Its `after` is already satisfied.
        call: Call,
    },
    /// Close this connection and call [`ServerSession::connection_closed`](super::ServerSession::connection_closed).
    CloseConnection {
        /// Which one.
        connection: ConnectionId,
    },
    /// Something the driver has to know or to answer.
    Event(ServerEvent),
    /// Send a quick acknowledgement, if the frame asked for one.
    QuickAck {
        /// Where the message came in.
        connection: ConnectionId,
        /// The token.
        token: u32,
    },
    /// Call [`ServerSession::handle_timeout`](super::ServerSession::handle_timeout) when
    /// [`Now::monotonic`](chappe_crypto::Now) reaches this. Replaces the moment given before.
    Timeout(Duration),
    /// Send this payload over the connection's transport.
    Transmit {
        /// Which one.
        connection: ConnectionId,
        /// The encrypted message.
        packet: Vec<u8>,
    },
}

/// Something the driver of a server has to know or to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerEvent {
    /// The client wants its key destroyed: answer with
    /// [`ServerSession::respond_destroy_auth_key`](super::ServerSession::respond_destroy_auth_key).
    DestroyAuthKey,
    /// The client wants another session of the same key destroyed: answer with
    /// [`ServerSession::respond_destroy_session`](super::ServerSession::respond_destroy_session).
    DestroySession {
        /// The session to destroy; never this one.
        other: SessionId,
    },
    /// The client no longer wants the answer to a running call. It may be stopped; `respond` is still due.
    DropAnswer {
        /// The call.
        msg_id: MsgId,
    },
    /// The first valid message of this session came in; the client is being told.
    NewSession,
    /// Updates were given up because the client did not acknowledge them: it has to ask for the difference.
    UpdatesLost,
}

/// The answer to `destroy_auth_key`.
pub use crate::session::client::DestroyAuthKeyOutcome;

/// How far a call of this session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PredecessorState {
    /// It was answered with an error.
    Failed,
    /// It was answered with a result (or so long ago that it is forgotten).
    Done,
    /// It is being executed, or waits for others itself.
    Running,
    /// It has not come in.
    Unknown,
}
