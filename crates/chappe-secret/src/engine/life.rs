//! The life of a chat: asking, accepting, the key, the end. Each step is stored before it is sent.

use std::collections::BTreeMap;
use std::time::Duration;

use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_crypto::{AuthKey, KeyVisualization, Role};

use super::effects::{Purpose, Step};
use crate::state::{Chat, Phase, Session};
use crate::timers::Timers;
use crate::{
    Action, Call, ChatHead, CloseReason, DropReason, EncryptedMessage, Event, RecordKey, SecretChatId,
    Violation, limits, record,
};

impl Chat {
    /// A chat that we ask for.
    pub(crate) fn ours(id: SecretChatId, user_id: i64, user_access_hash: i64) -> Self {
        Self {
            id,
            requested: id,
            access_hash: 0,
            user_id,
            user_access_hash,
            role: Role::Initiator,
            date: 0,
            verified: false,
            visualization: None,
            phase: Phase::Preparing,
            timers: Timers::default(),
            held: BTreeMap::new(),
            restored: false,
            typing_told: None,
            scheduled: None,
        }
    }

    /// A chat that somebody asks us for.
    pub(crate) fn theirs(head: &ChatHead, g_a: Vec<u8>, accept_at: Option<i64>) -> Self {
        Self {
            id: head.id,
            requested: head.id,
            access_hash: head.access_hash,
            user_id: head.admin_id,
            user_access_hash: 0,
            role: Role::Responder,
            date: head.date,
            verified: false,
            visualization: None,
            phase: Phase::Requested { g_a, accept_at, accepting: false },
            timers: Timers::default(),
            held: BTreeMap::new(),
            restored: false,
            typing_told: None,
            scheduled: None,
        }
    }

    pub(crate) fn session(&mut self) -> Option<&mut Session> {
        match &mut self.phase {
            Phase::Ready(session) => Some(session),
            _ => None,
        }
    }

    /// Whether Diffie-Hellman parameters are what the chat waits for.
    pub(crate) fn wants_parameters(&self) -> bool {
        matches!(self.phase, Phase::Preparing | Phase::Requested { accepting: true, .. })
    }

    /// Goes on with checked parameters: draws the exponent, stores it, calls.
    pub(crate) fn take_parameters(&mut self, params: &DhParams, server_random: &[u8], step: &mut Step<'_>) {
        if !self.wants_parameters() {
            return;
        }
        let Ok(secret) = DhSecret::generate(params, step.rng, server_random) else {
            return self.end(CloseReason::BadParameters, None, false, step);
        };
        match &self.phase {
            Phase::Preparing => {
                self.phase = Phase::Requesting { secret };
                self.call_request(step);
            }
            Phase::Requested { g_a, .. } => match secret.agree(g_a) {
                Ok(key) => {
                    let g_b = secret.public().to_vec();
                    self.phase = Phase::Accepting { params: params.clone(), g_b, key };
                    self.call_accept(step);
                }
                Err(_) => {
                    self.end(CloseReason::Violation(Violation::PublicValue), Some(false), false, step);
                }
            },
            _ => {}
        }
    }

    pub(crate) fn call_request(&self, step: &mut Step<'_>) {
        let Phase::Requesting { secret } = &self.phase else { return };
        let call = Call::RequestEncryption {
            user_id: self.user_id,
            user_access_hash: self.user_access_hash,
            random_id: self.id.0,
            g_a: secret.public().to_vec(),
        };
        step.fx.request(call, Purpose::Request(self.id), None);
    }

    pub(crate) fn call_accept(&self, step: &mut Step<'_>) {
        let Phase::Accepting { g_b, key, .. } = &self.phase else { return };
        let call = Call::AcceptEncryption {
            peer: self.peer(),
            g_b: g_b.clone(),
            key_fingerprint: key.fingerprint().0,
        };
        step.fx.request(call, Purpose::Accept(self.id), None);
    }

    pub(crate) fn call_discard(&self, delete_history: bool, step: &mut Step<'_>) {
        let call = Call::DiscardEncryption { chat_id: self.id, delete_history };
        step.fx.request(call, Purpose::Discard(self.id), None);
    }

    /// The server has taken our request.
    pub(crate) fn waiting(&mut self, head: &ChatHead, step: &mut Step<'_>) {
        self.access_hash = head.access_hash;
        self.date = head.date;
        self.restored = false;
        match std::mem::replace(&mut self.phase, Phase::Preparing) {
            Phase::Requesting { secret } => {
                self.phase = Phase::Waiting { secret };
                step.event(Event::ChatWaiting {
                    requested: self.requested,
                    chat: self.id,
                    user_id: self.user_id,
                });
            }
            phase => self.phase = phase,
        }
    }

    /// `encryptedChat`: the other side, or the server, confirms. Ignored in every state that does not wait for it.
    pub(crate) fn accepted(
        &mut self,
        head: &ChatHead,
        g_a_or_b: &[u8],
        key_fingerprint: i64,
        step: &mut Step<'_>,
    ) {
        let (params, key) = match &self.phase {
            Phase::Requesting { secret } | Phase::Waiting { secret } => match secret.agree(g_a_or_b) {
                Ok(key) if key.fingerprint().0 == key_fingerprint => (secret.params().clone(), key),
                Ok(_) => return self.end(CloseReason::FingerprintMismatch, Some(false), false, step),
                Err(_) => {
                    let reason = CloseReason::Violation(Violation::PublicValue);
                    return self.end(reason, Some(false), false, step);
                }
            },
            Phase::Accepting { params, key, .. } if key.fingerprint().0 == key_fingerprint => {
                (params.clone(), key.clone())
            }
            Phase::Accepting { .. } => return self.end(CloseReason::AcceptedElsewhere, None, false, step),
            _ => return,
        };
        self.access_hash = head.access_hash;
        self.date = head.date;
        self.ready(params, key, step);
    }

    fn ready(&mut self, params: DhParams, key: AuthKey, step: &mut Step<'_>) {
        let shown = KeyVisualization::new(&key);
        self.visualization = Some(shown);
        self.restored = false;
        self.phase = Phase::Ready(Box::new(Session::new(self.role, params, key, step.now.unix_secs())));
        step.event(Event::ChatReady { chat: self.id, user_id: self.user_id, key: shown });
        self.announce_layer(step);
        let held = std::mem::take(&mut self.held);
        for (raw, message) in held {
            step.fx.remove(RecordKey::Inbound { chat: self.id, raw, held: true });
            self.receive(message, step);
        }
    }

    /// Announces our layer if the peer does not know it.
    pub(crate) fn announce_layer(&mut self, step: &mut Step<'_>) {
        let (id, layer) = (self.id, step.config.layer);
        let Some(session) = self.session() else { return };
        if session.local_layer < layer
            && session.send_action(id, &Action::NotifyLayer { layer: layer.0 }, step).is_ok()
        {
            session.local_layer = layer;
        }
    }

    /// A message from the server.
    pub(crate) fn receive(&mut self, message: EncryptedMessage, step: &mut Step<'_>) {
        let chat = self.id;
        let waits = match &mut self.phase {
            Phase::Ready(session) => {
                if let Err(reason) = session.receive(&message, step) {
                    self.end(reason, Some(false), false, step);
                }
                return;
            }
            Phase::Requested { accepting, .. } => *accepting,
            Phase::Requesting { .. } | Phase::Waiting { .. } | Phase::Accepting { .. } => true,
            Phase::Preparing | Phase::Discarded { .. } => false,
        };
        let len = self.held.values().map(|held| held.bytes.len()).sum::<usize>() + message.bytes.len();
        let fits = self.held.len() < limits::MAX_HELD_COUNT && len <= limits::MAX_HELD_LEN;
        let reason = match (waits, fits) {
            (true, true) => {
                let raw = self.held.last_key_value().map_or(0, |(last, _)| last.saturating_add(1));
                step.fx.put(RecordKey::Inbound { chat, raw, held: true }, record::encode_held(&message));
                self.held.insert(raw, message);
                return;
            }
            (true, false) => DropReason::TooMany,
            (false, _) => DropReason::UnknownChat,
        };
        step.event(Event::Dropped { chat, reason });
    }

    /// Ends the chat: erases keys and everything unsent, keeps the picture. `discard`: tell the server, and whether
    /// the peer shall delete the history.
    pub(crate) fn end(
        &mut self,
        reason: CloseReason,
        discard: Option<bool>,
        history_deleted: bool,
        step: &mut Step<'_>,
    ) {
        let chat = self.id;
        if matches!(self.phase, Phase::Discarded { .. }) {
            return;
        }
        // Until our request is answered the server may know the chat by another number: discard it then.
        let unanswered = matches!(self.phase, Phase::Requesting { .. });
        if let Some(session) = self.session() {
            for raw in session.outbox.keys() {
                step.fx.remove(RecordKey::Outbound { chat, raw: *raw });
            }
            for raw in session.pending.keys() {
                step.fx.remove(RecordKey::Inbound { chat, raw: *raw, held: false });
            }
            for slot in session.names.slots.keys() {
                step.fx.remove(RecordKey::Names { chat, slot: *slot });
            }
            // What was said stays, and goes when its time has come.
            self.timers = std::mem::take(&mut session.timers);
        }
        for raw in std::mem::take(&mut self.held).into_keys() {
            step.fx.remove(RecordKey::Inbound { chat, raw, held: true });
        }
        self.phase = Phase::Discarded { discard };
        if history_deleted {
            self.forget_timers(step);
        }
        step.fx.forget(chat);
        step.event(Event::ChatClosed { chat, reason, history_deleted });
        if let (Some(delete_history), false) = (discard, unanswered) {
            self.call_discard(delete_history, step);
        }
    }

    /// `encryptedChatDiscarded`. The chat may have ended before, by an error or by ourselves: the peer's wish that the
    /// history goes holds all the same.
    pub(crate) fn discarded(&mut self, history_deleted: bool, step: &mut Step<'_>) {
        if history_deleted && matches!(self.phase, Phase::Discarded { .. }) {
            self.forget_timers(step);
            step.event(Event::HistoryCleared { chat: self.id, kept: Vec::new() });
        } else {
            self.end(CloseReason::Discarded, None, history_deleted, step);
        }
    }

    /// Takes up after a restart: every call that may not have been made, or answered, is made again.
    pub(crate) fn resume(&mut self, step: &mut Step<'_>) {
        self.timers().resume(step.now);
        match &mut self.phase {
            Phase::Preparing | Phase::Requested { accepting: true, .. } => step.fx.want_dh = true,
            Phase::Requesting { .. } => self.call_request(step),
            Phase::Accepting { .. } => self.call_accept(step),
            Phase::Waiting { .. } | Phase::Requested { .. } => self.restored = false,
            Phase::Ready(session) => {
                session.unsent =
                    session.outbox.iter().filter(|(_, o)| !o.sent).map(|(raw, _)| *raw).collect();
                // The one goes with the other.
                session.gap_since = match session.pending.is_empty() {
                    true => None,
                    false => session.gap_since.or(Some(step.now.unix_secs())),
                };
                session.pending_len = session.pending.values().map(|pending| pending.body.len()).sum();
                session.gap_asked = step.now.monotonic;
                session.read_is_news = true;
                // Records of before do not say it.
                if session.newest == i32::MAX {
                    session.newest = step.now.unix_secs_i32();
                }
                self.restored = false;
                self.announce_layer(step);
                self.tell_read(step);
            }
            Phase::Discarded { discard: Some(delete_history) } => {
                let delete_history = *delete_history;
                self.call_discard(delete_history, step);
            }
            Phase::Discarded { discard: None } => {}
        }
    }

    /// Tells the server up to where we have read, if it does not know.
    pub(crate) fn tell_read(&mut self, step: &mut Step<'_>) {
        let peer = self.peer();
        let Some(session) = self.session() else { return };
        let max_date = session.read_wanted;
        let reading =
            |purpose: &Purpose| matches!(purpose, Purpose::Read { chat, .. } if *chat == peer.chat_id);
        if max_date > session.read_told && !step.fx.outstanding.values().any(|o| reading(&o.purpose)) {
            let purpose = Purpose::Read { chat: peer.chat_id, max_date };
            step.fx.request(Call::ReadEncryptedHistory { peer, max_date }, purpose, None);
        }
    }

    /// What every step ends with: a due rekey starts, and what may be sent is handed out.
    pub(crate) fn settle(&mut self, step: &mut Step<'_>) {
        let peer = self.peer();
        self.run_timers(step);
        if let Some(session) = self.session() {
            // A failure here (numbers used up, a broken generator) shows itself at the next command.
            let _ = session.rekey_if_due(peer.chat_id, step);
            session.pump(peer, step);
        }
    }

    /// What is due at this moment.
    pub(crate) fn tick(&mut self, step: &mut Step<'_>) {
        let (chat, unix) = (self.id, step.now.unix_secs());
        match &mut self.phase {
            Phase::Requested { accept_at: Some(at), accepting, .. } if *at <= unix && !*accepting => {
                match step.fx.accept_by_policy(step.now) {
                    Ok(()) => {
                        *accepting = true;
                        step.fx.want_dh = true;
                    }
                    Err(wait) => *at = unix.saturating_add(seconds(wait).saturating_add(1)),
                }
            }
            Phase::Ready(session) => {
                let Some(since) = session.gap_since else { return };
                if !session.stuck_told && unix.saturating_sub(since) >= seconds(limits::GAP_STUCK) {
                    session.stuck_told = true;
                    step.event(Event::GapStuck { chat });
                }
                if session.ask_again_at().is_some_and(|at| at <= step.now.monotonic) {
                    session.gap_tries = session.gap_tries.saturating_add(1);
                    if let Err(reason) = session.ask_for_missing(chat, true, step) {
                        self.end(reason, Some(false), false, step);
                    }
                }
            }
            _ => {}
        }
    }

    /// When something will be due next, on the monotonic clock.
    pub(crate) fn deadline(&self, step: &Step<'_>) -> Option<Duration> {
        let (mono, unix) = (step.now.monotonic, step.now.unix_secs());
        let at_unix = |at: i64| {
            mono.saturating_add(Duration::from_secs(u64::try_from(at.saturating_sub(unix)).unwrap_or(0)))
        };
        match &self.phase {
            Phase::Requested { accept_at: Some(at), accepting: false, .. } => Some(at_unix(*at)),
            Phase::Discarded { .. } => self.timers.next(),
            Phase::Ready(session) => {
                let stuck = session
                    .gap_since
                    .filter(|_| !session.stuck_told)
                    .map(|since| at_unix(since.saturating_add(seconds(limits::GAP_STUCK))));
                let rekey = (step.config.automatic_rekey && session.can_rekey())
                    .then(|| session.rekey_at().map(at_unix))
                    .flatten()
                    // Due but held up by a gap: it starts when the gap closes.
                    .filter(|at| *at > mono);
                [session.ask_again_at(), stuck, rekey, session.retry_at, session.timers.next()]
                    .into_iter()
                    .flatten()
                    .min()
            }
            _ => None,
        }
    }
}

pub(super) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
