//! The server's side of a session.

mod inbound;
mod outbound;
mod records;
pub mod salts;
mod service;
mod types;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use chappe_crypto::{AuthKey, CryptoRng, Now, Role};

use self::outbound::{Kept, Out};
use self::records::{Answer, CallState, Records};
use super::envelope::{self, Plain};
use super::numbering::{MsgIds, SeqNos};
use super::{MsgId, SeqNo, SessionId, limits};
use crate::rpc::service::{Service, ids};
use crate::rpc::{Call, RpcError, gzip};

pub use salts::Salts;
pub use types::{
    ConnectionId, DestroyAuthKeyOutcome, FirstSalt, PredecessorState, ServerEvent, ServerOutput,
    ServerSessionConfig,
};

/// Answers longer than this are packed, if packing is on.
const GZIP_ANSWERS_FROM: usize = 1024;

/// A message that decrypted and is authentic. Made by [`open_packet`] only.
#[derive(Debug)]
pub struct Opened {
    plain: Plain,
}

/// A packet that did not decrypt, or has an impossible shape: close the connection without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the packet is corrupt, forged, or made with another key; close the connection without an answer")]
pub struct Rejected;

impl Opened {
    /// The session it belongs to.
    pub fn session_id(&self) -> SessionId {
        self.plain.header.session_id
    }

    /// The salt it was sent with.
    pub fn salt(&self) -> i64 {
        self.plain.header.salt
    }

    /// Its id.
    pub fn msg_id(&self) -> MsgId {
        self.plain.header.msg_id
    }

    /// Its number.
    pub fn seq_no(&self) -> SeqNo {
        self.plain.header.seq_no
    }

    /// Its body: TL bytes.
    pub fn body(&self) -> &[u8] {
        self.plain.body()
    }

    /// The token that acknowledges it on the transport.
    pub fn quick_ack_token(&self) -> u32 {
        self.plain.quick_ack_token
    }
}

/// Decrypts a packet of a client, whose `auth_key_id` led to `auth_key`.
///
/// # Errors
/// [`Rejected`], whatever the cause.
pub fn open_packet(auth_key: &AuthKey, packet: Vec<u8>) -> Result<Opened, Rejected> {
    match envelope::open(auth_key, Role::Initiator, packet) {
        Ok(plain) => Ok(Opened { plain }),
        Err(_) => Err(Rejected),
    }
}

/// A connection that serves a session.
#[derive(Clone, Copy, Debug)]
struct Connection {
    id: ConnectionId,
    /// When to close it for want of a ping.
    close_at: Option<Duration>,
}

/// A call that waits for those it was to be executed after.
#[derive(Debug)]
struct Held {
    connection: ConnectionId,
    call: Call,
    until: Duration,
}

/// How much of something may still happen in the current second.
#[derive(Clone, Copy, Debug, Default)]
struct Budget {
    second: u64,
    used: usize,
}

impl Budget {
    fn take(&mut self, amount: usize, limit: usize, now: Now) -> bool {
        let second = now.monotonic.as_secs();
        if self.second != second {
            *self = Self { second, used: 0 };
        }
        // Something larger than the limit passes alone, or it would never.
        if self.used > 0 && self.used.saturating_add(amount) > limit {
            return false;
        }
        self.used = self.used.saturating_add(amount);
        true
    }
}

/// The server's side of a session, without I/O. Held by the driver per (auth key, session id), shared by all
/// connections that serve it.
///
/// Calls come out as [`ServerOutput::Call`], each once, whatever the client and the network repeat; the driver answers
/// them in any order with [`ServerSession::respond`].
pub struct ServerSession {
    session_id: SessionId,
    config: ServerSessionConfig,
    msg_ids: MsgIds,
    seq_nos: SeqNos,
    records: Records,
    unique_id: i64,
    /// A valid message came in, and the client was told of the new session.
    created: bool,
    /// The one used last stands at the end.
    connections: Vec<Connection>,
    queue: VecDeque<(ConnectionId, Out)>,
    /// What waits for a connection.
    waiting: VecDeque<Out>,
    waiting_len: usize,
    /// Sent and not acknowledged.
    kept: BTreeMap<i64, Kept>,
    kept_len: usize,
    acks: BTreeSet<i64>,
    acks_since: Option<Duration>,
    held: BTreeMap<i64, Held>,
    outputs: VecDeque<ServerOutput>,
    notices: Budget,
    resends: Budget,
    dropped_replays: u64,
    /// The last moment seen: monotonic, and this session's Unix time.
    time: (Duration, Duration),
    timeout: Option<Duration>,
}

impl std::fmt::Debug for ServerSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerSession")
            .field("auth_key", &self.config.auth_key)
            .field("session_id", &self.session_id)
            .field("connections", &self.connections)
            .field("unacknowledged", &self.kept.len())
            .finish_non_exhaustive()
    }
}

impl ServerSession {
    /// A session that has not received a message yet.
    pub fn new(
        session_id: SessionId,
        config: ServerSessionConfig,
        now: Now,
        rng: &mut impl CryptoRng,
    ) -> Self {
        Self {
            session_id,
            config,
            msg_ids: MsgIds::default(),
            seq_nos: SeqNos::default(),
            records: Records::default(),
            unique_id: rng.next_u64().cast_signed(),
            created: false,
            connections: Vec::new(),
            queue: VecDeque::new(),
            waiting: VecDeque::new(),
            waiting_len: 0,
            kept: BTreeMap::new(),
            kept_len: 0,
            acks: BTreeSet::new(),
            acks_since: None,
            held: BTreeMap::new(),
            outputs: VecDeque::new(),
            notices: Budget::default(),
            resends: Budget::default(),
            dropped_replays: 0,
            time: (now.monotonic, now.unix),
            timeout: None,
        }
    }

    /// The id of this session.
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// Somebody logged in or out on this key.
    pub fn set_authorized(&mut self, authorized: bool) {
        self.config.authorized = authorized;
    }

    /// How many packets came in a second time, bit for bit or under the same ids.
    pub fn dropped_replays(&self) -> u64 {
        self.dropped_replays
    }

    /// Whether a connection serves this session.
    pub fn is_connected(&self) -> bool {
        !self.connections.is_empty()
    }

    /// A connection is gone. What was not acknowledged waits for the next.
    pub fn connection_closed(&mut self, connection: ConnectionId) {
        self.connections.retain(|known| known.id != connection);
        let mut orphans = Vec::new();
        self.queue.retain_mut(|(to, out)| {
            if *to == connection {
                orphans.push(std::mem::replace(out, Out::Again(MsgId(0))));
            }
            *to != connection
        });
        // Notices belong to the connection; answers and updates to the session.
        for out in orphans {
            if matches!(out, Out::Answer { .. } | Out::Update(_) | Out::NewSession(_)) {
                self.enqueue(out);
            }
        }
    }

    /// The outcome of a [`ServerOutput::Call`]: TL bytes of the result, or an error. Ignored if nothing waits for it.
    pub fn respond(&mut self, msg_id: MsgId, result: Result<Vec<u8>, RpcError>) {
        let Some(CallState::Running { dropped }) = self.records.call(msg_id) else { return };
        let result =
            if dropped { Ok(ids::RPC_ANSWER_DROPPED_RUNNING.to_le_bytes().to_vec()) } else { result };
        self.answer(msg_id, result, dropped);
    }

    /// Records the outcome of a call, queues the answer, and looks after the calls that waited for it.
    fn answer(&mut self, msg_id: MsgId, result: Result<Vec<u8>, RpcError>, dropped: bool) {
        self.record_answer(msg_id, result, dropped);
        if !self.held.is_empty() {
            self.release_held();
        }
    }

    fn record_answer(&mut self, msg_id: MsgId, result: Result<Vec<u8>, RpcError>, dropped: bool) {
        let ok = result.is_ok() && !dropped;
        let broken = |body: &[u8]| {
            body.len() < 4 || !body.len().is_multiple_of(4) || body.len() > limits::MAX_BODY_LEN - 64
        };
        let internal = || RpcError::new(500, "INTERNAL");
        let body = match result {
            Ok(body) if broken(&body) => internal().to_bytes(),
            Ok(body) => Ok(body),
            Err(error) => error.to_bytes(),
        };
        let mut body = body.unwrap_or_default();
        if self.config.gzip_answers && body.len() > GZIP_ANSWERS_FROM {
            body = gzip::pack(&body).unwrap_or(body);
        }
        self.records.set_call(msg_id, CallState::Answered { ok, answer: Answer::Queued });
        self.enqueue(Out::Answer { request: msg_id, result: body });
    }

    /// Sends an update: TL bytes of an `Updates`. Waits for a connection if there is none.
    pub fn push_update(&mut self, body: Vec<u8>) {
        if body.len() >= 4 && body.len().is_multiple_of(4) && body.len() <= limits::MAX_BODY_LEN {
            self.enqueue(Out::Update(body));
        }
    }

    /// The answer to [`ServerEvent::DestroySession`].
    pub fn respond_destroy_session(&mut self, other: SessionId, existed: bool) {
        let body = Service::DestroySessionRes { session_id: other, existed }.to_bytes();
        self.enqueue(Out::Notice { body, class: 1 });
    }

    /// The answer to [`ServerEvent::DestroyAuthKey`].
    pub fn respond_destroy_auth_key(&mut self, outcome: DestroyAuthKeyOutcome) {
        let id = match outcome {
            DestroyAuthKeyOutcome::Ok => ids::DESTROY_AUTH_KEY_OK,
            DestroyAuthKeyOutcome::None => ids::DESTROY_AUTH_KEY_NONE,
            DestroyAuthKeyOutcome::Fail => ids::DESTROY_AUTH_KEY_FAIL,
        };
        self.enqueue(Out::Notice { body: Service::DestroyAuthKeyRes { id }.to_bytes(), class: 1 });
    }

    /// How far a call is.
    pub fn predecessor_state(&self, msg_id: MsgId) -> PredecessorState {
        self.records.predecessor_state(msg_id)
    }

    /// The moment of the last [`ServerOutput::Timeout`] has come.
    pub fn handle_timeout(&mut self, now: Now) {
        self.timeout = None;
        let late: Vec<i64> =
            self.held.iter().filter(|(_, held)| held.until <= now.monotonic).map(|(id, _)| *id).collect();
        for id in late {
            if self.held.remove(&id).is_some() {
                self.answer(MsgId(id), Err(RpcError::new(400, "MSG_WAIT_TIMEOUT")), false);
            }
        }
        for connection in &mut self.connections {
            if connection.close_at.is_some_and(|at| at <= now.monotonic) {
                connection.close_at = None;
                self.outputs.push_back(ServerOutput::CloseConnection { connection: connection.id });
            }
        }
    }

    /// Hands out the calls whose predecessors are done, and refuses those whose predecessors have failed. One pass in
    /// the order of ids will do, because predecessors have lower ids.
    fn release_held(&mut self) {
        let ids: Vec<i64> = self.held.keys().copied().collect();
        for id in ids {
            let Some(held) = self.held.get(&id) else { continue };
            let verdict = self.verdict(MsgId(id), &held.call.after);
            if matches!(verdict, PredecessorState::Running | PredecessorState::Unknown) {
                continue;
            }
            let Some(Held { connection, call, .. }) = self.held.remove(&id) else { continue };
            if verdict == PredecessorState::Done {
                self.start(MsgId(id), connection, call);
            } else {
                self.record_answer(MsgId(id), Err(RpcError::new(500, "MSG_WAIT_FAILED")), false);
            }
        }
    }

    /// How far all predecessors of a call are together. Only earlier messages count.
    fn verdict(&self, msg_id: MsgId, after: &[i64]) -> PredecessorState {
        let mut all = PredecessorState::Done;
        for id in after {
            let state = match self.records.predecessor_state(MsgId(*id)) {
                _ if *id >= msg_id.0 => PredecessorState::Failed,
                state => state,
            };
            match state {
                PredecessorState::Failed => return PredecessorState::Failed,
                PredecessorState::Done => {}
                waits => all = waits,
            }
        }
        all
    }

    fn start(&mut self, msg_id: MsgId, connection: ConnectionId, call: Call) {
        self.records.set_call(msg_id, CallState::Running { dropped: false });
        self.outputs.push_back(ServerOutput::Call { connection, msg_id, call });
    }

    /// The time as this session sees it: never goes back, even if somebody sets the clock. Otherwise a packet that was
    /// once refused as too old could be replayed.
    fn server_time(&mut self, now: Now) -> Duration {
        let (monotonic, unix) = self.time;
        let unix = now.unix.max(unix.saturating_add(now.monotonic.saturating_sub(monotonic)));
        self.time = (now.monotonic.max(monotonic), unix);
        unix
    }

    /// From now on these salts are the good ones, and no earlier one is. For servers that try out their clients: a
    /// client gets `bad_server_salt` and sends its message again.
    pub fn change_salts(&mut self, salts: Salts) {
        self.config.salts = salts;
        self.config.first_salt = None;
    }

    fn current_salt(&self, now: Now) -> i64 {
        self.config.salts.current(self.config.auth_key.id(), now)
    }
}
