//! The client's side of a session.

mod types;

use chappe_crypto::{CryptoRng, Now, Rng};

use crate::session::SessionId;

pub use types::{
    CallId, CallOptions, ClientSessionConfig, CloseReason, DestroyAuthKeyOutcome, DropCounts, Event, FailReason, Output,
    SessionError, SessionState, TimeOffset,
};

/// The client's side of a session, without I/O.
///
/// It outlives connections; one connection serves it at a time.
#[derive(Debug)]
pub struct ClientSession {
    config: ClientSessionConfig,
    session_id: SessionId,
    next_call: u64,
    drops: DropCounts,
}

impl ClientSession {
    /// A new session with a random id. Not connected yet.
    pub fn new(config: ClientSessionConfig, now: Now, rng: &mut impl CryptoRng) -> Self {
        let _ = now;
        Self { config, session_id: SessionId(rng.next_u64() as i64), next_call: 0, drops: DropCounts::default() }
    }

    /// The id of this session. Changes when the session has to be reset.
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// How often which kind of packet was dropped.
    pub fn drop_counts(&self) -> DropCounts {
        self.drops
    }

    /// Sends a query: the TL bytes of a method, already in `invokeWithLayer` and `initConnection` where they are due.
    /// `invokeAfterMsg` is added here, from [`CallOptions::after`].
    ///
    /// The outcome is an [`Event::Response`] or [`Event::Failed`], exactly one.
    pub fn call(&mut self, body: Vec<u8>, options: CallOptions) -> CallId {
        let _ = (body, options, &self.config);
        self.next_call += 1;
        CallId(self.next_call)
    }

    /// Gives up a call: no event will follow for it, and the server is told (`rpc_drop_answer`). It may have been
    /// executed all the same.
    pub fn cancel(&mut self, call: CallId) {
        let _ = call;
    }

    /// Sends a `ping`; [`Event::Pong`] follows.
    pub fn ping(&mut self, ping_id: i64) {
        let _ = ping_id;
    }

    /// Asks the server to forget another session of this key; [`Event::DestroySession`] follows.
    pub fn destroy_session(&mut self, other: SessionId) {
        let _ = other;
    }

    /// Asks the server to destroy this key; [`Event::DestroyAuthKey`] follows.
    pub fn destroy_auth_key(&mut self) {}

    /// Asks for future salts. The session does so by itself in time.
    pub fn get_future_salts(&mut self) {}

    /// The best estimate of the server's time as Unix seconds.
    pub fn server_time(&self, now: Now) -> i64 {
        now.unix_secs()
    }

    /// A connection is there; packets may flow.
    pub fn handle_connected(&mut self, now: Now) {
        let _ = now;
    }

    /// The connection is gone.
    pub fn handle_disconnected(&mut self, now: Now) {
        let _ = now;
    }

    /// A payload came in over the transport.
    ///
    /// # Errors
    /// The connection must be closed. What is merely dropped is counted, see [`ClientSession::drop_counts`].
    pub fn handle_packet(
        &mut self,
        packet: Vec<u8>,
        now: Now,
        rng: &mut impl CryptoRng,
    ) -> Result<(), SessionError> {
        let _ = (packet, now, rng);
        Ok(())
    }

    /// A quick acknowledgement came in.
    pub fn handle_quick_ack(&mut self, token: u32) {
        let _ = token;
    }

    /// A transport error (a negative code) came in. Not authenticated: leads to a new connection and nothing else.
    pub fn handle_transport_error(&mut self, code: i32) {
        let _ = code;
    }

    /// The moment of the last [`Output::Timeout`] has come.
    pub fn handle_timeout(&mut self, now: Now) {
        let _ = now;
    }

    /// What to do next; call it until it returns `None`, after every other call.
    pub fn poll_output(&mut self, now: Now, rng: &mut impl CryptoRng) -> Option<Output> {
        let _ = (now, rng);
        None
    }
}
