//! What goes out: gathering messages into packets, and the next wake-up.

use std::time::Duration;

use chappe_crypto::{CryptoRng, Now, Role};

use super::calls::{Sent, SentAs, ServiceKind, ServiceOut, Stage};
use super::{CallId, ClientSession, Event, MAX_REMEMBERED, Output, random_i64};
use crate::rpc::RpcError;
use crate::rpc::container::{CONTAINER_HEADER_LEN, ITEM_HEADER_LEN};
use crate::rpc::service::Service;
use crate::rpc::{container, wrappers};
use crate::session::envelope::{self, Header};
use crate::session::numbering::time_of_id;
use crate::session::{MsgId, SeqNo, limits};

/// One message of the packet that is being put together.
enum Part {
    Call(CallId),
    Service(ServiceOut),
}

/// The same with its numbers.
struct Numbered {
    msg_id: MsgId,
    seq_no: SeqNo,
    part: Part,
    /// It was sent under this id before.
    again: bool,
}

impl ClientSession {
    /// What to do next; call it until it returns `None`, after every other call.
    ///
    /// [`Output::Persist`] comes before whatever depends on it.
    pub fn poll_output(&mut self, now: Now, rng: &mut impl CryptoRng) -> Option<Output> {
        if std::mem::take(&mut self.persist_due) {
            return Some(Output::Persist(self.state(now)));
        }
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        if self.connected && !self.closing {
            self.queue_upkeep(now, rng);
            if let Some(output) = self.next_packet(now, rng) {
                return Some(output);
            }
            // Building the packet may have found something to report.
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
        }
        let timeout = self.next_timeout();
        if timeout == self.timeout {
            return None;
        }
        self.timeout = timeout;
        timeout.map(Output::Timeout)
    }

    /// Pings and requests for salts that are due.
    fn queue_upkeep(&mut self, now: Now, rng: &mut impl CryptoRng) {
        if now.monotonic >= self.next_ping && self.ping_out.is_none() {
            let ping_id = random_i64(rng);
            let delay = i32::try_from(self.config.disconnect_delay.as_secs()).unwrap_or(i32::MAX);
            let ping = Service::PingDelayDisconnect { ping_id, disconnect_delay: delay };
            self.send_service(ServiceKind::Ping { ping_id, own: true }, &ping);
            self.ping_out = Some((ping_id, now.monotonic));
            self.next_ping = now.monotonic.saturating_add(self.config.ping_interval);
        }
        let retry = Duration::from_secs(60);
        let may_ask = self.salts_asked.is_none_or(|at| now.monotonic >= at.saturating_add(retry));
        let server_time = self.server_time(now);
        if may_ask && self.clock.is_synced() && self.salts.is_running_out(server_time) {
            self.get_future_salts();
            self.salts_asked = Some(now.monotonic);
        }
    }

    fn acks_due_at(&self) -> Option<Duration> {
        let many = self.acks.len() > limits::FEW_ACKS;
        let delay = if many { limits::MANY_ACKS_DELAY } else { limits::CLIENT_ACK_DELAY };
        Some(self.acks_since?.saturating_add(delay))
    }

    fn acks_due(&self, now: Now) -> bool {
        self.acks_due_at().is_some_and(|at| now.monotonic >= at)
    }

    fn next_timeout(&self) -> Option<Duration> {
        if !self.connected || self.closing {
            return None;
        }
        let ping = match self.ping_out {
            Some((_, at)) => at.saturating_add(self.config.pong_timeout),
            None => self.next_ping,
        };
        let call = self.deadlines.first().map(|(at, _)| *at);
        [Some(ping), self.acks_due_at(), call, self.reset_at].into_iter().flatten().min()
    }

    fn next_packet(&mut self, now: Now, rng: &mut impl CryptoRng) -> Option<Output> {
        let server_time = self.clock.server_time(now);
        let salt = self.salts.current(self.server_time(now));
        // Without a salt everything would be refused: one packet finds out the right one.
        if salt == 0 && self.probed && !self.ready {
            return None;
        }
        let ahead = time_of_id(self.msg_ids.last()).saturating_sub(server_time);
        if self.clock.is_synced() && ahead > limits::WINDOW_FUTURE {
            self.reset_soon(now);
        }
        match self.is_reset_due(now) {
            Some(true) => self.reset(now, rng),
            // Whatever is sent now would be refused.
            Some(false) => return None,
            None => {}
        }
        let parts = self.gather(now);
        if parts.is_empty() {
            return None;
        }
        let mut numbered = Vec::with_capacity(parts.len());
        for part in parts {
            numbered.push(self.number(part, now, rng));
        }
        let alone = matches!(numbered.as_slice(), [only] if !only.again);
        let first = numbered.first().filter(|_| alone);
        let (msg_id, seq_no) = match first {
            // Never a bare packet for what was sent before: two ciphertexts of one header tell that it is a repetition.
            Some(only) => (only.msg_id, only.seq_no),
            None => (self.msg_ids.next(server_time, 0, rng), self.seq_nos.next(false)),
        };
        let header = Header { salt, session_id: self.session_id, msg_id, seq_no };
        let bodies: Vec<_> = numbered.iter().map(|one| self.body_of(&one.part)).collect();
        let len = bodies.iter().map(|body| body.len()).sum::<usize>();
        let len = if alone { len } else { CONTAINER_HEADER_LEN + ITEM_HEADER_LEN * bodies.len() + len };
        let write = |out: &mut Vec<u8>| {
            if !alone {
                container::write_head(out, numbered.len());
            }
            for (one, body) in numbered.iter().zip(&bodies) {
                if !alone {
                    container::write_item_head(out, one.msg_id, one.seq_no, body.len());
                }
                out.extend_from_slice(body);
            }
        };
        let sealed = envelope::seal(&self.config.auth_key, Role::Initiator, &header, (len, write), rng);
        if !alone {
            let items = numbered.iter().map(|one| one.msg_id.0).collect();
            self.remember(msg_id, Sent::Container { seq_no, items });
        }
        let mut to_quick_ack = Vec::new();
        for one in numbered {
            match one.part {
                Part::Call(call) => {
                    let deadline = now.monotonic.saturating_add(self.config.ack_timeout);
                    self.set_deadline(call, Some(deadline));
                    if let Some(pending) = self.calls.get_mut(&call) {
                        pending.stage = Stage::Sent;
                        if let Some(sent) = &mut pending.sent {
                            sent.times += 1;
                            sent.packet = msg_id;
                        }
                        if pending.options.quick_ack {
                            to_quick_ack.push(call);
                        }
                    }
                }
                Part::Service(out) => {
                    self.remember(one.msg_id, Sent::Service { out, seq_no: one.seq_no, at: now.monotonic });
                }
            }
        }
        self.probed = true;
        // The only error is a length that padding rules out.
        let (packet, token) = sealed.ok()?;
        let quick_ack = !to_quick_ack.is_empty();
        if quick_ack && self.quick_acks.len() < limits::MAX_QUICK_ACKS {
            self.quick_acks.insert(token, to_quick_ack);
        }
        Some(Output::Transmit { packet, quick_ack })
    }

    fn body_of<'a>(&'a self, part: &'a Part) -> &'a [u8] {
        match part {
            Part::Call(call) => self.calls.get(call).map_or(&[], |pending| pending.wire()),
            Part::Service(out) => &out.body,
        }
    }

    /// Takes from the queues what fits into one packet.
    fn gather(&mut self, now: Now) -> Vec<Part> {
        if let Some(bind) = self.take_queued_bind() {
            return vec![Part::Call(bind)];
        }
        let mut parts = Vec::new();
        let mut len = CONTAINER_HEADER_LEN;
        while parts.len() < limits::SEND_CONTAINER_ITEMS - 1 && len < limits::SEND_CONTAINER_LEN {
            let Some(out) = self.service.pop_front() else { break };
            len += ITEM_HEADER_LEN + out.body.len();
            parts.push(Part::Service(out));
        }
        let mut failed = Vec::new();
        let mut taken = Vec::new();
        let permitted = self.queue.iter().take_while(|_| self.binds.is_empty());
        for call in permitted {
            let Some(pending) = self.calls.get(call) else { continue };
            let blocked = |before: &CallId| self.calls.contains_key(before);
            if pending.hold && pending.options.after.iter().any(blocked) {
                continue;
            }
            let lost = |before: &CallId| self.finished.get(before).is_some_and(|done| *done == (None, false));
            if pending.sent.is_none() && pending.options.after.iter().any(lost) {
                failed.push(*call);
                continue;
            }
            // The wrapper for its predecessors, too.
            let item_len = ITEM_HEADER_LEN + pending.wire().len() + 16 + 8 * pending.options.after.len();
            let full = parts.len() + taken.len() >= limits::SEND_CONTAINER_ITEMS - 1
                || len + item_len > limits::SEND_CONTAINER_LEN;
            if full && !(parts.is_empty() && taken.is_empty()) {
                break;
            }
            len += item_len;
            taken.push(*call);
        }
        for call in failed {
            self.finish(call, Err(RpcError::new(500, "MSG_WAIT_FAILED")));
        }
        for call in taken {
            self.queue.remove(&call);
            parts.push(Part::Call(call));
        }
        if !self.acks.is_empty() && (!parts.is_empty() || self.acks_due(now)) {
            let mut msg_ids: Vec<i64> = Vec::with_capacity(self.acks.len().min(limits::MAX_IDS));
            while msg_ids.len() < limits::MAX_IDS
                && let Some(id) = self.acks.pop_first()
            {
                msg_ids.push(id);
            }
            if self.acks.is_empty() {
                self.acks_since = None;
            }
            let body = Service::MsgsAck { msg_ids: msg_ids.clone() }.to_bytes();
            parts.push(Part::Service(ServiceOut { kind: ServiceKind::Ack(msg_ids), body, refusals: 0 }));
        }
        parts
    }

    /// Gives a message its id and number, or takes the ones it has.
    fn number(&mut self, part: Part, now: Now, rng: &mut impl CryptoRng) -> Numbered {
        let server_time = self.clock.server_time(now);
        if let Part::Call(call) = part {
            let sent = self.calls.get(&call).and_then(|pending| pending.sent.as_ref());
            if let Some(sent) = sent {
                return Numbered { msg_id: sent.msg_id, seq_no: sent.seq_no, part, again: true };
            }
            let msg_id = self.msg_ids.next(server_time, 0, rng);
            let seq_no = self.seq_nos.next(true);
            self.write_bind(call, msg_id, rng);
            let wrapped = self.wrap(call);
            if let Some(pending) = self.calls.get_mut(&call) {
                pending.sent = Some(SentAs {
                    msg_id,
                    seq_no,
                    wrapped,
                    at: now.monotonic,
                    packet: msg_id,
                    times: 0,
                    guessed: !self.clock.was_synced(),
                });
            }
            self.sent.insert(msg_id.0, Sent::Call(call));
            return Numbered { msg_id, seq_no, part, again: false };
        }
        let msg_id = self.msg_ids.next(server_time, 0, rng);
        Numbered { msg_id, seq_no: self.seq_nos.next(false), part, again: false }
    }

    /// The body inside `invokeAfterMsg(s)`, if predecessors are on their way or have failed on the server.
    fn wrap(&self, call: CallId) -> Option<Vec<u8>> {
        let pending = self.calls.get(&call)?;
        let mut after = Vec::new();
        for before in &pending.options.after {
            match (self.calls.get(before), self.finished.get(before)) {
                (Some(running), _) => after.extend(running.sent.as_ref().map(|sent| sent.msg_id.0)),
                (None, Some((Some(msg_id), false))) => after.push(msg_id.0),
                _ => {}
            }
        }
        match after.as_slice() {
            [] => None,
            [one] => Some(wrappers::invoke_after_msg(*one, &pending.body)),
            several => Some(wrappers::invoke_after_msgs(several, &pending.body)),
        }
    }

    /// Remembers what stands behind an id, for notices about it.
    fn remember(&mut self, msg_id: MsgId, sent: Sent) {
        self.sent.insert(msg_id.0, sent);
        self.remembered.push_back(msg_id.0);
        while self.remembered.len() > MAX_REMEMBERED {
            let Some(oldest) = self.remembered.pop_front() else { break };
            if !matches!(self.sent.get(&oldest), Some(Sent::Call(_))) {
                self.sent.remove(&oldest);
            }
        }
    }

    /// Notes that a message has to be acknowledged.
    pub(super) fn acknowledge(&mut self, msg_id: MsgId, now: Now) {
        // A peer that sends more than fits into one acknowledgement will repeat the rest.
        if self.acks.len() < limits::MAX_IDS {
            self.acks.insert(msg_id.0);
            self.acks_since.get_or_insert(now.monotonic);
        }
    }

    /// A call was acknowledged.
    pub(super) fn acknowledged(&mut self, call: CallId, now: Now) {
        let deadline = now.monotonic.saturating_add(self.config.answer_timeout);
        let Some(pending) = self.calls.get_mut(&call) else { return };
        if matches!(pending.stage, Stage::Sent | Stage::Asking) {
            let first = pending.stage == Stage::Sent;
            pending.stage = Stage::Acked;
            self.set_deadline(call, Some(deadline));
            if first {
                self.event(Event::Acknowledged { call });
            }
        }
    }
}
