//! The client's side of a session.

mod calls;
mod clock;
mod inbound;
mod notices;
mod outbound;
mod salts;
mod types;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use chappe_crypto::{CryptoRng, Now};

use self::calls::{Pending, Sent, SentAs, ServiceKind, ServiceOut, Stage};
use self::clock::Clock;
use self::salts::SaltBook;
use super::numbering::{MsgIds, ReceivedIds, SeqNos};
use super::{MsgId, SessionId, limits};
use crate::rpc::service::Service;
use crate::rpc::{RpcError, gzip};

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
    /// Calls in [`Stage::Queued`].
    queue: BTreeSet<CallId>,
    /// When to ask about a call.
    deadlines: BTreeSet<(Duration, CallId)>,
    finished: BTreeMap<CallId, (Option<MsgId>, bool)>,
    service: VecDeque<ServiceOut>,
    sent: HashMap<i64, Sent>,
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
            deadlines: BTreeSet::new(),
            finished: BTreeMap::new(),
            service: VecDeque::new(),
            sent: HashMap::new(),
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
    pub fn call(&mut self, body: Vec<u8>, options: CallOptions) -> CallId {
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
        let body = if options.gzip { gzip::pack(&body).unwrap_or(body) } else { body };
        let pending = Pending {
            body,
            options,
            stage: Stage::Queued,
            sent: None,
            former: Vec::new(),
            refusals: 0,
            refused_as: (0, 0),
            deadline: None,
            hold: false,
        };
        self.calls.insert(call, pending);
        self.queue.insert(call);
        call
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

    /// A connection is there; packets may flow.
    pub fn handle_connected(&mut self, now: Now) {
        self.clock.observe(now);
        self.connected = true;
        self.closing = false;
        self.ready = false;
        self.probed = false;
        self.undecryptable = 0;
        self.next_ping = now.monotonic;
        self.ping_out = None;
        self.salts_asked = None;
        let uncertain: Vec<CallId> =
            self.calls.iter().filter(|(_, call)| call.stage != Stage::Queued).map(|(id, _)| *id).collect();
        let mut ask = Vec::new();
        for call in uncertain {
            let young = self.age(call, now).is_some_and(|age| age < limits::RESEND_AGE);
            match self.calls.get(&call).map(|pending| pending.stage) {
                Some(Stage::Sent) if young => self.requeue(call, true),
                _ => ask.push(call),
            }
        }
        self.ask_about(&ask, now);
    }

    /// The connection is gone.
    pub fn handle_disconnected(&mut self, now: Now) {
        self.clock.observe(now);
        self.connected = false;
        self.closing = false;
        self.ping_out = None;
        self.quick_acks.clear();
        self.outputs.retain(|output| !matches!(output, Output::Close(_) | Output::Transmit { .. }));
        // What belongs to the old connection is obsolete; what somebody waits for goes out again.
        self.service.retain(|out| {
            !matches!(out.kind, ServiceKind::Ping { own: true, .. } | ServiceKind::StateReq(_))
        });
        let again: Vec<i64> = self
            .sent
            .iter()
            .filter(|(_, sent)| match sent {
                Sent::Service { out, .. } => matches!(
                    out.kind,
                    ServiceKind::DestroyAuthKey
                        | ServiceKind::DestroySession(_)
                        | ServiceKind::Ping { own: false, .. }
                ),
                _ => false,
            })
            .map(|(id, _)| *id)
            .collect();
        for id in again {
            if let Some(Sent::Service { out, .. }) = self.sent.remove(&id) {
                self.service.push_back(out);
            }
        }
    }

    /// A quick acknowledgement came in.
    pub fn handle_quick_ack(&mut self, token: u32) {
        for call in self.quick_acks.remove(&token).unwrap_or_default() {
            if self.calls.contains_key(&call) {
                self.outputs.push_back(Output::Event(Event::Received { call }));
            }
        }
    }

    /// A transport error (a negative code) came in. Not authenticated: leads to a new connection and nothing else.
    pub fn handle_transport_error(&mut self, code: i32) {
        if code == -404 {
            self.outputs.push_back(Output::Event(Event::AuthKeyUnknown));
        }
        self.close(CloseReason::Transport { code });
    }

    /// The moment of the last [`Output::Timeout`] has come.
    pub fn handle_timeout(&mut self, now: Now) {
        self.timeout = None;
        if self.clock.observe(now) {
            self.next_ping = now.monotonic;
        }
        if !self.connected || self.closing {
            return;
        }
        if self.ping_out.is_some_and(|(_, at)| now.monotonic >= at.saturating_add(self.config.pong_timeout)) {
            self.close(CloseReason::PingTimeout);
            return;
        }
        let mut due = Vec::new();
        while let Some((at, call)) = self.deadlines.first().copied() {
            if at > now.monotonic {
                break;
            }
            self.deadlines.pop_first();
            if let Some(pending) = self.calls.get_mut(&call) {
                pending.deadline = None;
                due.push(call);
            }
        }
        self.ask_about(&due, now);
    }

    fn close(&mut self, reason: CloseReason) {
        if self.connected && !self.closing {
            self.closing = true;
            self.outputs.push_back(Output::Close(reason));
        }
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn send_service(&mut self, kind: ServiceKind, service: &Service<'_>) {
        if self.service.len() < MAX_REMEMBERED {
            self.service.push_back(ServiceOut { kind, body: service.to_bytes(), refusals: 0 });
        }
    }

    /// How long ago a call was first sent under its current id.
    fn age(&self, call: CallId, now: Now) -> Option<Duration> {
        let sent = self.calls.get(&call)?.sent.as_ref()?;
        Some(now.monotonic.saturating_sub(sent.at))
    }

    fn set_deadline(&mut self, call: CallId, at: Option<Duration>) {
        let Some(pending) = self.calls.get_mut(&call) else { return };
        if let Some(old) = pending.deadline.take() {
            self.deadlines.remove(&(old, call));
        }
        pending.deadline = at;
        if let Some(at) = at {
            self.deadlines.insert((at, call));
        }
    }

    /// Queues a call to be sent again: under its old id (it must then travel in a container), or under a new one.
    fn requeue(&mut self, call: CallId, keep_id: bool) {
        self.set_deadline(call, None);
        let Some(pending) = self.calls.get_mut(&call) else { return };
        pending.stage = Stage::Queued;
        if !keep_id && let Some(sent) = pending.sent.take() {
            pending.former.push(sent.msg_id.0);
        }
        self.queue.insert(call);
    }

    /// Asks the server what it knows about calls.
    fn ask_about(&mut self, calls: &[CallId], now: Now) {
        let again = now.monotonic.saturating_add(self.config.ack_timeout);
        let mut msg_ids = Vec::with_capacity(calls.len());
        for call in calls {
            let Some(pending) = self.calls.get_mut(call) else { continue };
            let Some(sent) = &pending.sent else { continue };
            msg_ids.push(sent.msg_id.0);
            pending.stage = Stage::Asking;
            self.set_deadline(*call, Some(again));
        }
        for ids in msg_ids.chunks(limits::MAX_IDS) {
            let kind = ServiceKind::StateReq(ids.to_vec());
            self.send_service(kind, &Service::MsgsStateReq { msg_ids: ids.to_vec() });
        }
    }

    fn remove_call(&mut self, call: CallId) -> Option<Pending> {
        self.set_deadline(call, None);
        let pending = self.calls.remove(&call)?;
        self.queue.remove(&call);
        for id in pending.former.iter().chain(pending.sent.as_ref().map(|sent| &sent.msg_id.0)) {
            self.sent.remove(id);
        }
        Some(pending)
    }

    fn remember_finished(&mut self, call: CallId, msg_id: Option<MsgId>, succeeded: bool) {
        self.finished.insert(call, (msg_id, succeeded));
        if self.finished.len() > MAX_FINISHED {
            self.finished.pop_first();
        }
    }

    fn finish(&mut self, call: CallId, result: Result<Vec<u8>, RpcError>) {
        let Some(pending) = self.remove_call(call) else { return };
        self.remember_finished(call, pending.sent.map(|sent| sent.msg_id), result.is_ok());
        self.event(Event::Response { call, result });
    }

    fn fail(&mut self, call: CallId, reason: FailReason) {
        let Some(pending) = self.remove_call(call) else { return };
        self.remember_finished(call, pending.sent.map(|sent| sent.msg_id), false);
        self.event(Event::Failed { call, reason });
    }

    /// Goes on under a new session id soon: when nothing is left that this one could still answer, or in a while.
    fn reset_soon(&mut self, now: Now) {
        let at = now.monotonic.saturating_add(self.config.ack_timeout);
        self.reset_at.get_or_insert(at);
    }

    /// Whether a reset is due; `None` if none is.
    fn is_reset_due(&self, now: Now) -> Option<bool> {
        let at = self.reset_at?;
        Some(now.monotonic >= at || self.calls.values().all(|pending| pending.sent.is_none()))
    }

    /// Goes on under a new session id, because the counters of the old one are spoilt. Calls that the server may have
    /// executed fail unless they are repeatable.
    fn reset(&mut self, now: Now, rng: &mut impl CryptoRng) {
        self.session_id = SessionId(random_i64(rng));
        self.reset_at = None;
        self.msg_ids = MsgIds::default();
        self.seq_nos = SeqNos::default();
        self.received = ReceivedIds::default();
        self.acks.clear();
        self.acks_since = None;
        self.finished.values_mut().for_each(|(msg_id, _)| *msg_id = None);
        self.remembered.clear();
        for (_, sent) in std::mem::take(&mut self.sent) {
            if let Sent::Service { out, .. } = sent
                && matches!(
                    out.kind,
                    ServiceKind::DestroyAuthKey
                        | ServiceKind::DestroySession(_)
                        | ServiceKind::Ping { own: false, .. }
                )
            {
                self.service.push_back(out);
            }
        }
        self.salts_asked = None;
        self.ping_out = None;
        self.next_ping = now.monotonic;
        self.event(Event::SessionReset { session_id: self.session_id });
        let horizon = self.clock.server_time(now).saturating_add(limits::WINDOW_FUTURE);
        let calls: Vec<CallId> = self.calls.keys().copied().collect();
        for call in calls {
            let Some(pending) = self.calls.get_mut(&call) else { continue };
            // A clock that was far ahead before the first answer: the server has taken nothing from it.
            let refused = |sent: &SentAs| sent.guessed && super::numbering::time_of_id(sent.msg_id) > horizon;
            if pending.sent.as_ref().is_none_or(refused) || pending.options.repeatable {
                self.requeue(call, false);
                self.forget_former(call);
            } else {
                self.fail(call, FailReason::OutcomeUnknown);
            }
        }
    }
}
