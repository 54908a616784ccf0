//! The server's side of a session.

pub mod salts;
mod types;

use chappe_crypto::{AuthKey, CryptoRng, Now};

use crate::rpc::RpcError;
use crate::session::{MsgId, SeqNo, SessionId};

pub use salts::Salts;
pub use types::{
    ConnectionId, DestroyAuthKeyOutcome, FirstSalt, PredecessorState, ServerEvent, ServerOutput, ServerSessionConfig,
};

/// A message that decrypted and is authentic. Made by [`open_packet`] only.
#[derive(Debug)]
pub struct Opened {
    plaintext: Vec<u8>,
    session_id: SessionId,
    quick_ack_token: u32,
}

/// A packet that did not decrypt, or has an impossible shape: close the connection without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the packet is corrupt, forged, or made with another key; close the connection without an answer")]
pub struct Rejected;

impl Opened {
    /// The session it belongs to.
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// The salt it was sent with.
    pub fn salt(&self) -> i64 {
        0
    }

    /// Its id.
    pub fn msg_id(&self) -> MsgId {
        MsgId(0)
    }

    /// Its number.
    pub fn seq_no(&self) -> SeqNo {
        SeqNo(0)
    }

    /// Its body: TL bytes.
    pub fn body(&self) -> &[u8] {
        &self.plaintext
    }

    /// The token that acknowledges it on the transport.
    pub fn quick_ack_token(&self) -> u32 {
        self.quick_ack_token
    }
}

/// Decrypts a packet of a client, whose `auth_key_id` led to `auth_key`.
///
/// # Errors
/// [`Rejected`], whatever the cause.
pub fn open_packet(auth_key: &AuthKey, packet: Vec<u8>) -> Result<Opened, Rejected> {
    let _ = (auth_key, packet);
    Err(Rejected)
}

/// The server's side of a session, without I/O. Held by the driver per (auth key, session id), shared by all
/// connections that serve it.
#[derive(Debug)]
pub struct ServerSession {
    session_id: SessionId,
    config: ServerSessionConfig,
}

impl ServerSession {
    /// A session that has not received a message yet.
    pub fn new(session_id: SessionId, config: ServerSessionConfig, now: Now, rng: &mut impl CryptoRng) -> Self {
        let _ = (now, rng);
        Self { session_id, config }
    }

    /// The id of this session.
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// Somebody logged in or out on this key.
    pub fn set_authorized(&mut self, authorized: bool) {
        self.config.authorized = authorized;
    }

    /// A message for this session came in over `connection`.
    pub fn handle(&mut self, opened: Opened, connection: ConnectionId, now: Now, rng: &mut impl CryptoRng) {
        let _ = (opened, connection, now, rng);
    }

    /// A connection is gone. What was not acknowledged waits for the next.
    pub fn connection_closed(&mut self, connection: ConnectionId) {
        let _ = connection;
    }

    /// The outcome of a [`ServerOutput::Call`]: TL bytes of the result, or an error. Ignored if nothing waits for it.
    pub fn respond(&mut self, msg_id: MsgId, result: Result<Vec<u8>, RpcError>) {
        let _ = (msg_id, result);
    }

    /// Sends an update: TL bytes of an `Updates`. Waits for a connection if there is none.
    pub fn push_update(&mut self, body: Vec<u8>) {
        let _ = body;
    }

    /// The answer to [`ServerEvent::DestroySession`].
    pub fn respond_destroy_session(&mut self, other: SessionId, existed: bool) {
        let _ = (other, existed);
    }

    /// The answer to [`ServerEvent::DestroyAuthKey`].
    pub fn respond_destroy_auth_key(&mut self, outcome: DestroyAuthKeyOutcome) {
        let _ = outcome;
    }

    /// How far a call is.
    pub fn predecessor_state(&self, msg_id: MsgId) -> PredecessorState {
        let _ = msg_id;
        PredecessorState::Unknown
    }

    /// Whether a connection serves this session.
    pub fn is_connected(&self) -> bool {
        false
    }

    /// The moment of the last [`ServerOutput::Timeout`] has come.
    pub fn handle_timeout(&mut self, now: Now) {
        let _ = now;
    }

    /// What to do next; call it until it returns `None`, after every other call.
    pub fn poll_output(&mut self, now: Now, rng: &mut impl CryptoRng) -> Option<ServerOutput> {
        let _ = (now, rng);
        None
    }
}
