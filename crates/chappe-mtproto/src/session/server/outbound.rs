//! What goes out: gathering messages into packets, keeping what is not acknowledged, and the next wake-up.

use std::sync::Arc;
use std::time::Duration;

use chappe_crypto::{CryptoRng, Now, Role};

use super::records::{Answer, CallState};
use super::{ConnectionId, ServerEvent, ServerOutput, ServerSession};
use crate::rpc::container::{self, CONTAINER_HEADER_LEN, ITEM_HEADER_LEN};
use crate::rpc::service::{Service, ids};
use crate::session::envelope::{self, Header};
use crate::session::{MsgId, SeqNo, limits};

/// `rpc_result#f35c6d01 req_msg_id:long`, in bytes.
const RESULT_HEADER_LEN: usize = 12;

/// The body of a message. What is sent and what is kept share its bytes.
#[derive(Clone, Debug)]
struct Body {
    /// The bytes are the result of this call: its header goes in front.
    result_of: Option<MsgId>,
    bytes: Arc<Vec<u8>>,
}

impl Body {
    fn plain(bytes: Vec<u8>) -> Self {
        Self { result_of: None, bytes: Arc::new(bytes) }
    }

    fn len(&self) -> usize {
        self.bytes.len() + self.result_of.map_or(0, |_| RESULT_HEADER_LEN)
    }

    fn write(&self, out: &mut Vec<u8>) {
        if let Some(request) = self.result_of {
            out.extend_from_slice(&ids::RPC_RESULT.to_le_bytes());
            out.extend_from_slice(&request.0.to_le_bytes());
        }
        out.extend_from_slice(&self.bytes);
    }
}

/// A message with its numbers.
struct Numbered {
    msg_id: MsgId,
    seq_no: SeqNo,
    body: Body,
}

/// A message to be sent.
#[derive(Debug)]
pub(super) enum Out {
    /// What is kept under this id, once more.
    Again(MsgId),
    /// The result of a call, which goes into an `rpc_result`.
    Answer { request: MsgId, result: Vec<u8> },
    /// `new_session_created`.
    NewSession(Vec<u8>),
    /// A service message that needs no acknowledgement; `class` is its id modulo 4.
    Notice { body: Vec<u8>, class: i64 },
    /// An update.
    Update(Vec<u8>),
}

impl Out {
    fn len(&self) -> usize {
        match self {
            Self::Again(_) => 0,
            Self::Answer { result, .. } => RESULT_HEADER_LEN + result.len(),
            Self::NewSession(body) | Self::Notice { body, .. } | Self::Update(body) => body.len(),
        }
    }
}

/// A message that was sent and is not acknowledged.
#[derive(Debug)]
pub(super) struct Kept {
    seq_no: SeqNo,
    body: Body,
}

impl ServerSession {
    /// Queues a message for the connection used last, or for the next one if there is none.
    pub(super) fn enqueue(&mut self, out: Out) {
        if let Some(last) = self.connections.last() {
            self.queue.push_back((last.id, out));
            return;
        }
        self.waiting_len += out.len();
        self.waiting.push_back(out);
        let mut lost_updates = false;
        while self.waiting_len > self.config.max_unacknowledged_len {
            let Some(oldest) = self.waiting.pop_front() else { break };
            self.waiting_len -= oldest.len();
            match oldest {
                Out::Answer { request, .. } => self.set_answer(request, Answer::Lost),
                Out::Update(_) => lost_updates = true,
                _ => {}
            }
        }
        if lost_updates {
            self.outputs.push_back(ServerOutput::Event(ServerEvent::UpdatesLost));
        }
    }

    fn set_answer(&mut self, request: MsgId, to: Answer) {
        if let Some(CallState::Answered { ok, .. }) = self.records.call(request) {
            self.records.set_call(request, CallState::Answered { ok, answer: to });
        }
    }

    /// Sends a kept message again, within the limit for repetitions.
    pub(super) fn send_again(&mut self, connection: ConnectionId, msg_id: MsgId, now: Now) {
        let Some(kept) = self.kept.get(&msg_id.0) else { return };
        let queued = self.queue.iter().any(|(_, out)| matches!(out, Out::Again(id) if *id == msg_id));
        if !queued && self.resends.take(kept.body.len(), limits::RESEND_LEN_PER_SECOND, now) {
            self.queue.push_back((connection, Out::Again(msg_id)));
        }
    }

    /// A message of ours was acknowledged. Returns its number and length if it was kept.
    pub(super) fn settle(&mut self, msg_id: MsgId) -> Option<(SeqNo, usize)> {
        let kept = self.kept.remove(&msg_id.0)?;
        self.kept_len -= kept.body.len();
        if let Some(request) = kept.body.result_of {
            self.set_answer(request, Answer::Settled);
        }
        Some((kept.seq_no, kept.body.len()))
    }

    /// Notes that a message has to be acknowledged.
    pub(super) fn acknowledge(&mut self, msg_id: MsgId, now: Now) {
        if self.acks.len() < limits::MAX_IDS {
            self.acks.insert(msg_id.0);
            self.acks_since.get_or_insert(now.monotonic);
        }
    }

    /// What to do next; call it until it returns `None`, after every other call.
    pub fn poll_output(&mut self, now: Now, rng: &mut impl CryptoRng) -> Option<ServerOutput> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        if let Some(output) = self.next_packet(now, rng) {
            return Some(output);
        }
        // Keeping a message may have pushed out another.
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        let timeout = self.next_timeout();
        if timeout == self.timeout {
            return None;
        }
        self.timeout = timeout;
        timeout.map(ServerOutput::Timeout)
    }

    fn acks_due_at(&self) -> Option<Duration> {
        let many = self.acks.len() > limits::FEW_ACKS;
        let delay = self.config.ack_delay;
        let delay = if many { delay.min(limits::MANY_ACKS_DELAY) } else { delay };
        let at = self.acks_since?.saturating_add(delay);
        (!self.connections.is_empty()).then_some(at)
    }

    fn next_timeout(&self) -> Option<Duration> {
        let held = self.held.values().map(|held| held.until).min();
        let close = self.connections.iter().filter_map(|connection| connection.close_at).min();
        [held, close, self.acks_due_at()].into_iter().flatten().min()
    }

    fn next_packet(&mut self, now: Now, rng: &mut impl CryptoRng) -> Option<ServerOutput> {
        let acks_due = self.acks_due_at().is_some_and(|at| at <= now.monotonic);
        let connection = match self.queue.front() {
            Some((connection, _)) => *connection,
            None if acks_due => self.connections.last()?.id,
            None => return None,
        };
        let unix = self.server_time(now);
        let (mut numbered, again) = self.gather(connection, unix, rng);
        if !self.acks.is_empty() {
            let mut msg_ids = Vec::with_capacity(self.acks.len().min(limits::MAX_IDS));
            while msg_ids.len() < limits::MAX_IDS
                && let Some(id) = self.acks.pop_first()
            {
                msg_ids.push(id);
            }
            self.acks_since = None;
            let body = Service::MsgsAck { msg_ids }.to_bytes();
            let msg_id = self.msg_ids.next(unix, 3, rng);
            numbered.push(Numbered { msg_id, seq_no: self.seq_nos.next(false), body: Body::plain(body) });
        }
        let alone = match numbered.as_slice() {
            [] => return None,
            [only] if !again => Some(only),
            _ => None,
        };
        let (msg_id, seq_no, len) = match alone {
            Some(only) => (only.msg_id, only.seq_no, only.body.len()),
            None => {
                let items = numbered.iter().map(|one| ITEM_HEADER_LEN + one.body.len());
                let len = CONTAINER_HEADER_LEN + items.sum::<usize>();
                (self.msg_ids.next(unix, 1, rng), self.seq_nos.next(false), len)
            }
        };
        let write = |out: &mut Vec<u8>| {
            if alone.is_none() {
                container::write_head(out, numbered.len());
            }
            for one in &numbered {
                if alone.is_none() {
                    container::write_item_head(out, one.msg_id, one.seq_no, one.body.len());
                }
                one.body.write(out);
            }
        };
        let header = Header { salt: self.current_salt(now), session_id: self.session_id, msg_id, seq_no };
        let sealed = envelope::seal(&self.config.auth_key, Role::Responder, &header, (len, write), rng);
        let (packet, _) = sealed.ok()?;
        Some(ServerOutput::Transmit { connection, packet })
    }

    /// Takes what is queued for a connection, as much as fits into one packet, and numbers it. The second value says
    /// whether something in it was sent before.
    fn gather(
        &mut self,
        connection: ConnectionId,
        unix: Duration,
        rng: &mut impl CryptoRng,
    ) -> (Vec<Numbered>, bool) {
        let mut numbered = Vec::new();
        let mut again = false;
        let mut len = CONTAINER_HEADER_LEN;
        let mut rest = std::collections::VecDeque::new();
        while let Some((to, out)) = self.queue.pop_front() {
            let out_len = match &out {
                Out::Again(id) => match self.kept.get(&id.0) {
                    Some(kept) => kept.body.len(),
                    None => continue,
                },
                other => other.len(),
            };
            let full = numbered.len() >= limits::SEND_CONTAINER_ITEMS - 1
                || len + ITEM_HEADER_LEN + out_len > limits::SEND_CONTAINER_LEN;
            if to != connection || (full && !numbered.is_empty()) {
                rest.push_back((to, out));
                if to == connection {
                    break;
                }
                continue;
            }
            len += ITEM_HEADER_LEN + out_len;
            again |= matches!(out, Out::Again(_));
            numbered.extend(self.number(out, unix, rng));
        }
        rest.append(&mut self.queue);
        self.queue = rest;
        (numbered, again)
    }

    fn number(&mut self, out: Out, unix: Duration, rng: &mut impl CryptoRng) -> Option<Numbered> {
        let (body, class) = match out {
            Out::Again(id) => {
                let kept = self.kept.get(&id.0)?;
                return Some(Numbered { msg_id: id, seq_no: kept.seq_no, body: kept.body.clone() });
            }
            Out::Notice { body, class } => {
                let (msg_id, seq_no) = (self.msg_ids.next(unix, class, rng), self.seq_nos.next(false));
                return Some(Numbered { msg_id, seq_no, body: Body::plain(body) });
            }
            Out::Answer { request, result } => {
                (Body { result_of: Some(request), bytes: Arc::new(result) }, 1)
            }
            Out::NewSession(body) | Out::Update(body) => (Body::plain(body), 3),
        };
        let msg_id = self.msg_ids.next(unix, class, rng);
        let seq_no = self.seq_nos.next(true);
        if let Some(request) = body.result_of {
            // The answer says that the call arrived.
            self.acks.remove(&request.0);
            if self.acks.is_empty() {
                self.acks_since = None;
            }
            self.set_answer(request, Answer::Kept(msg_id));
        }
        self.kept_len += body.len();
        self.kept.insert(msg_id.0, Kept { seq_no, body: body.clone() });
        self.give_up_oldest();
        Some(Numbered { msg_id, seq_no, body })
    }

    fn give_up_oldest(&mut self) {
        let mut lost_updates = false;
        while self.kept_len > self.config.max_unacknowledged_len && self.kept.len() > 1 {
            let Some((_, kept)) = self.kept.pop_first() else { break };
            self.kept_len -= kept.body.len();
            match kept.body.result_of {
                Some(request) => self.set_answer(request, Answer::Lost),
                None => lost_updates = true,
            }
        }
        if lost_updates {
            self.outputs.push_back(ServerOutput::Event(ServerEvent::UpdatesLost));
        }
    }
}
