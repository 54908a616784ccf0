//! The client's side of a session.

mod bind;
mod calls;
mod clock;
mod connection;
mod inbound;
mod notices;
mod outbound;
mod reset;
mod salts;
mod types;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chappe_crypto::{CryptoRng, Now};

use self::calls::{Pending, Sent, ServiceKind, ServiceOut};
use self::clock::Clock;
use self::salts::SaltBook;
use super::numbering::{MsgIds, ReceivedIds, SeqNos};
use super::{MsgId, OwnIds, SessionId, limits};
use crate::rpc::gzip;
use crate::rpc::service::Service;

pub use types::{
    CallId, CallOptions, ClientSessionConfig, CloseReason, DestroyAuthKeyOutcome, DropCounts, Event,
    FailReason, Output, SessionError, SessionState, TimeOffset,
};

/// Finished calls whose outcome is remembered for [`CallOptions::after`].
const MAX_FINISHED: usize = 1024;
/// Service messages and containers whose ids are remembered.
const MAX_REMEMBERED: usize = 1024;

/// The client's side of a session, without I/O.
///
/// It outlives connections; one connection serves it at a time.
///
/// ```
/// use chappe_crypto::{AuthKey, Now};
/// use chappe_mtproto::session::client::{CallOptions, ClientSession, ClientSessionConfig, Output};
/// use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
///
/// let (now, mut rng) = (Now::from_unix_secs(1_800_000_000), ChaCha20Rng::seed_from_u64(1));
/// let config = ClientSessionConfig::new(AuthKey::new([1; 256]), 5);
/// let mut session = ClientSession::new(config, now, &mut rng);
///
/// let query = 0xc4f9186b_u32.to_le_bytes(); // help.getConfig
/// let call = session.call(query.to_vec(), CallOptions::default());
/// session.handle_connected(now);
/// let Some(Output::Transmit { packet, .. }) = session.poll_output(now, &mut rng) else { panic!("nothing to send") };
/// assert_eq!(packet.len() % 8, 0);
/// # let _ = call;
/// ```
pub struct ClientSession {
    config: ClientSessionConfig,
    session_id: SessionId,
    clock: Clock,
    salts: SaltBook,
    msg_ids: MsgIds,
    seq_nos: SeqNos,
    received: ReceivedIds,
    /// Ids to acknowledge, and since when the first of them waits.
    acks: BTreeSet<i64>,
    acks_since: Option<Duration>,
    calls: BTreeMap<CallId, Pending>,
    next_call: u64,
    /// Calls in [`Stage::Queued`](calls::Stage::Queued).
    queue: BTreeSet<CallId>,
    /// Bindings that are not answered: other calls wait.
    binds: BTreeSet<CallId>,
    /// When to ask about a call.
    deadlines: BTreeSet<(Duration, CallId)>,
    finished: BTreeMap<CallId, (Option<MsgId>, bool)>,
    service: VecDeque<ServiceOut>,
    sent: OwnIds<i64, Sent>,
    /// Ids in `sent` that are no calls, oldest first.
    remembered: VecDeque<i64>,
    outputs: VecDeque<Output>,
    persist_due: bool,
    connected: bool,
    closing: bool,
    /// Something valid came in on this connection.
    ready: bool,
    /// Something was sent on this connection.
    probed: bool,
    undecryptable: u32,
    outside_window: u32,
    next_ping: Duration,
    /// The ping of our own that is out, and when it went.
    ping_out: Option<(i64, Duration)>,
    salts_asked: Option<Duration>,
    unique_ids: VecDeque<i64>,
    quick_acks: HashMap<u32, Vec<CallId>>,
    /// When to go on under a new session id.
    reset_at: Option<Duration>,
    timeout: Option<Duration>,
    drops: DropCounts,
}

impl std::fmt::Debug for ClientSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientSession")
            .field("auth_key", &self.config.auth_key)
            .field("session_id", &self.session_id)
            .field("pending", &self.calls.len())
            .field("connected", &self.connected)
            .finish_non_exhaustive()
    }
}

fn random_i64(rng: &mut impl CryptoRng) -> i64 {
    rng.next_u64().cast_signed()
}

impl ClientSession {
    /// A new session with a random id. Not connected yet.
    pub fn new(config: ClientSessionConfig, now: Now, rng: &mut impl CryptoRng) -> Self {
        Self {
            session_id: SessionId(random_i64(rng)),
            clock: Clock::new(config.time_offset, now),
            salts: SaltBook::new(config.salt, config.future_salts.clone()),
            config,
            msg_ids: MsgIds::default(),
            seq_nos: SeqNos::default(),
            received: ReceivedIds::default(),
            acks: BTreeSet::new(),
            acks_since: None,
            calls: BTreeMap::new(),
            next_call: 0,
            queue: BTreeSet::new(),
            binds: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            finished: BTreeMap::new(),
            service: VecDeque::new(),
            sent: OwnIds::default(),
            remembered: VecDeque::new(),
            outputs: VecDeque::new(),
            persist_due: false,
            connected: false,
            closing: false,
            ready: false,
            probed: false,
            undecryptable: 0,
            outside_window: 0,
            next_ping: Duration::ZERO,
            ping_out: None,
            salts_asked: None,
            unique_ids: VecDeque::new(),
            quick_acks: HashMap::new(),
            reset_at: None,
            timeout: None,
            drops: DropCounts::default(),
        }
    }

    /// The id of this session. Changes when the session has to be reset.
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// How often which kind of packet was dropped.
    pub fn drop_counts(&self) -> DropCounts {
        self.drops
    }

    /// How many calls wait for an answer.
    pub fn pending_calls(&self) -> usize {
        self.calls.len()
    }

    /// The best estimate of the server's time as Unix seconds.
    pub fn server_time(&self, now: Now) -> i64 {
        i64::try_from(self.clock.server_time(now).as_secs()).unwrap_or(i64::MAX)
    }

    /// What a stored session wants to keep.
    pub fn state(&self, now: Now) -> SessionState {
        SessionState {
            salt: self.salts.current(self.server_time(now)),
            future_salts: self.salts.known().to_vec(),
            time_offset: self.clock.time_offset(),
        }
    }

    /// Sends a query: the TL bytes of a method, already in `invokeWithLayer` and `initConnection` where they are due.
    /// `invokeAfterMsg` is added here, from [`CallOptions::after`].
    ///
    /// The outcome is an [`Event::Response`] or [`Event::Failed`], exactly one.
    pub fn call(&mut self, body: impl Into<Arc<Vec<u8>>>, options: CallOptions) -> CallId {
        let body = body.into();
        self.next_call += 1;
        let call = CallId(self.next_call);
        let max = self.config.max_pending_calls;
        let reason = if body.len() < 4 || !body.len().is_multiple_of(4) || body.len() > limits::MAX_BODY_LEN {
            Some(FailReason::BadQuery { len: body.len() })
        } else if self.calls.len() >= max {
            Some(FailReason::TooManyPending { max })
        } else {
            None
        };
        if let Some(reason) = reason {
            self.remember_finished(call, None, false);
            self.outputs.push_back(Output::Event(Event::Failed { call, reason }));
            return call;
        }
        let packed = options.gzip.then(|| gzip::pack(&body)).flatten();
        let body = packed.map_or(body, Arc::new);
        self.calls.insert(call, Pending::new(body, options));
        self.queue.insert(call);
        call
    }

    /// How often a call has left, under whatever ids; 0 if it is not known (any more). After a 0 the server cannot have
    /// executed it.
    pub fn times_sent(&self, call: CallId) -> u32 {
        let Some(pending) = self.calls.get(&call) else { return 0 };
        let former = u32::try_from(pending.former.len()).unwrap_or(u32::MAX);
        pending.sent.as_ref().map_or(0, |sent| sent.times).saturating_add(former)
    }

    /// How long ago a call left for the first time under its current id. `None` if it has not.
    pub fn sent_ago(&self, call: CallId, now: Now) -> Option<Duration> {
        self.age(call, now)
    }

    /// Gives up a call: no event will follow for it, and the server is told (`rpc_drop_answer`). It may have been
    /// executed all the same.
    pub fn cancel(&mut self, call: CallId) {
        let Some(pending) = self.remove_call(call) else { return };
        let msg_id = pending.sent.map(|sent| sent.msg_id);
        self.remember_finished(call, msg_id, false);
        if let Some(req_msg_id) = msg_id {
            self.send_service(ServiceKind::DropAnswer, &Service::RpcDropAnswer { req_msg_id });
        }
    }

    /// Sends a `ping`; [`Event::Pong`] follows.
    pub fn ping(&mut self, ping_id: i64) {
        self.send_service(ServiceKind::Ping { ping_id, own: false }, &Service::Ping { ping_id });
    }

    /// Asks the server to forget another session of this key; [`Event::DestroySession`] follows.
    pub fn destroy_session(&mut self, other: SessionId) {
        self.send_service(ServiceKind::DestroySession(other), &Service::DestroySession { session_id: other });
    }

    /// Asks the server to destroy this key; [`Event::DestroyAuthKey`] follows.
    pub fn destroy_auth_key(&mut self) {
        self.send_service(ServiceKind::DestroyAuthKey, &Service::DestroyAuthKey);
    }

    /// Asks for future salts. The session does so by itself in time.
    pub fn get_future_salts(&mut self) {
        self.send_service(ServiceKind::FutureSalts, &Service::GetFutureSalts { num: limits::FUTURE_SALTS });
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn send_service(&mut self, kind: ServiceKind, service: &Service<'_>) {
        if self.service.len() < MAX_REMEMBERED {
            self.service.push_back(ServiceOut { kind, body: service.to_bytes(), refusals: 0 });
        }
    }
}
