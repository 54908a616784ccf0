//! What comes in: the checks of every message in their order, then each by its kind.

use chappe_crypto::{CryptoRng, Now};

use super::outbound::Out;
use super::records::{Answer, CallState, Kind};
use super::{
    Connection, ConnectionId, Held, Opened, PredecessorState, ServerEvent, ServerOutput, ServerSession,
};
use crate::rpc::RpcError;
use crate::rpc::container::{self, Item};
use crate::rpc::gzip::GzipError;
use crate::rpc::service::{Service, bad_msg_code, ids};
use crate::rpc::wrappers::{self, PeelError};
use crate::session::numbering::{Seen, time_of_id};
use crate::session::{MsgId, SeqNo, limits};

impl ServerSession {
    /// A message for this session came in over `connection`.
    ///
    /// The checks, in this order: parity of the id, whether it is known, time window, salt, sequence number.
    /// Only a message that passes all of them makes the connection one of the session's.
    pub fn handle(&mut self, opened: Opened, connection: ConnectionId, now: Now, rng: &mut impl CryptoRng) {
        let _ = rng;
        let header = opened.plain.header;
        let (msg_id, seq_no, body) = (header.msg_id, header.seq_no, opened.plain.body());
        if header.session_id != self.session_id || body.len() < 4 {
            return;
        }
        if msg_id.0 <= 0 || msg_id.0 & 3 != 0 {
            return self.refuse(connection, msg_id, seq_no, bad_msg_code::MSG_ID_BITS, None, now);
        }
        let is_container = container::is_container(body);
        // What is known is recognised even after its time: the answer is there, and an error would make the client
        // send the call anew.
        let seen = self.records.check(msg_id);
        if seen == Seen::Duplicate {
            let was_container = self.records.get(msg_id).is_some_and(|record| record.kind == Kind::Container);
            if is_container != was_container {
                return self.refuse(connection, msg_id, seq_no, bad_msg_code::CONTAINER_ID_USED, None, now);
            }
            return self.handle_known(connection, msg_id, seq_no, now);
        }
        let (sent, here) = (time_of_id(msg_id), self.server_time(now));
        if here > sent.saturating_add(limits::WINDOW_PAST) {
            return self.refuse(connection, msg_id, seq_no, bad_msg_code::MSG_ID_TOO_LOW, None, now);
        }
        if sent > here.saturating_add(limits::WINDOW_FUTURE) {
            return self.refuse(connection, msg_id, seq_no, bad_msg_code::MSG_ID_TOO_HIGH, None, now);
        }
        if seen == Seen::TooOld {
            return self.refuse(connection, msg_id, seq_no, bad_msg_code::TOO_OLD, None, now);
        }
        if !self.is_salt_valid(header.salt, now) {
            let salt = self.current_salt(now);
            return self.refuse(connection, msg_id, seq_no, bad_msg_code::BAD_SALT, Some(salt), now);
        }
        if let Some(code) = self.check_seq_no(msg_id, seq_no, body) {
            return self.refuse(connection, msg_id, seq_no, code, None, now);
        }
        let items = if is_container {
            match container::parse(body) {
                Ok(items) if items.iter().all(|item| item.msg_id < msg_id) => items,
                _ => return self.refuse(connection, msg_id, seq_no, bad_msg_code::BAD_CONTAINER, None, now),
            }
        } else {
            vec![Item { msg_id, seq_no, body }]
        };
        self.attach(connection);
        self.outputs.push_back(ServerOutput::QuickAck { connection, token: opened.plain.quick_ack_token });
        if !self.created {
            let first = items.iter().map(|item| item.msg_id).min().unwrap_or(msg_id);
            self.create(connection, first, now);
        }
        if is_container {
            self.records.insert(msg_id, seq_no, Kind::Container);
        }
        for item in items {
            if is_container && !self.is_item_good(connection, &item, now) {
                continue;
            }
            self.handle_message(connection, item, now);
        }
    }

    fn is_salt_valid(&self, salt: i64, now: Now) -> bool {
        let first = self.config.first_salt;
        self.config.salts.is_valid(self.config.auth_key.id(), salt, now)
            || first.is_some_and(|first| first.salt == salt && now.unix_secs() < first.valid_until)
    }

    /// Parity by what the message is, and the order among calls.
    fn check_seq_no(&self, msg_id: MsgId, seq_no: SeqNo, body: &[u8]) -> Option<i32> {
        let id = body.first_chunk().map(|id| u32::from_le_bytes(*id))?;
        match id {
            ids::MSG_CONTAINER | ids::MSG_COPY => {
                seq_no.is_content_related().then_some(bad_msg_code::EVEN_SEQ_NO_EXPECTED)
            }
            // Clients disagree about the other service objects; mtcute numbers even acknowledgements like calls.
            _ if is_service(id) => None,
            _ if !seq_no.is_content_related() => Some(bad_msg_code::ODD_SEQ_NO_EXPECTED),
            _ => self.records.check_order(msg_id, seq_no),
        }
    }

    fn is_item_good(&mut self, connection: ConnectionId, item: &Item<'_>, now: Now) -> bool {
        let (msg_id, seq_no) = (item.msg_id, item.seq_no);
        let code = if msg_id.0 <= 0 || msg_id.0 & 3 != 0 {
            Some(bad_msg_code::MSG_ID_BITS)
        } else {
            match self.records.check(msg_id) {
                Seen::Duplicate => {
                    self.handle_known(connection, msg_id, seq_no, now);
                    return false;
                }
                Seen::TooOld => Some(bad_msg_code::TOO_OLD),
                Seen::New => self.check_seq_no(msg_id, seq_no, item.body),
            }
        };
        if let Some(code) = code {
            self.refuse(connection, msg_id, seq_no, code, None, now);
        }
        code.is_none()
    }

    /// A message that was received before: never executed again, but its answer or acknowledgement goes out again.
    fn handle_known(&mut self, connection: ConnectionId, msg_id: MsgId, seq_no: SeqNo, now: Now) {
        self.dropped_replays += 1;
        let Some(record) = self.records.get(msg_id).copied() else { return };
        match record.kind {
            Kind::Call(CallState::Answered { answer: Answer::Kept(answer), .. }) => {
                self.send_again(connection, answer, now);
            }
            Kind::Call(CallState::Answered { answer: Answer::Lost, .. }) => {
                let lost = RpcError::new(500, "RPC_ANSWER_LOST").to_bytes().unwrap_or_default();
                self.queue.push_back((connection, Out::Answer { request: msg_id, result: lost }));
            }
            Kind::Call(CallState::Answered { answer: Answer::Queued, .. }) | Kind::Container => {}
            Kind::Call(_) | Kind::Service => {
                if seq_no.is_content_related() {
                    self.acknowledge(msg_id, now);
                }
            }
        }
    }

    /// Answers with `bad_msg_notification` or `bad_server_salt`.
    fn refuse(
        &mut self,
        connection: ConnectionId,
        msg_id: MsgId,
        seq_no: SeqNo,
        code: i32,
        new_salt: Option<i64>,
        now: Now,
    ) {
        if self.notices.take(1, limits::NOTICES_PER_SECOND as usize, now) {
            let notice = Service::BadMsg { bad_msg_id: msg_id, bad_msg_seq_no: seq_no, code, new_salt };
            self.queue.push_back((connection, Out::Notice { body: notice.to_bytes(), class: 1 }));
        }
    }

    /// Makes `connection` the one that answers and updates go to.
    fn attach(&mut self, connection: ConnectionId) {
        if self.connections.last().is_some_and(|last| last.id == connection) {
            return;
        }
        if let Some(at) = self.connections.iter().position(|known| known.id == connection) {
            let known = self.connections.remove(at);
            self.connections.push(known);
            return;
        }
        if self.connections.len() >= limits::MAX_CONNECTIONS {
            self.connections.remove(0);
        }
        self.connections.push(Connection { id: connection, close_at: None });
        // What went over other connections may have been lost with them.
        let queued: Vec<i64> = self
            .queue
            .iter()
            .filter_map(|(_, out)| if let Out::Again(id) = out { Some(id.0) } else { None })
            .collect();
        let again = self.kept.keys().filter(|id| !queued.contains(id));
        self.queue.extend(again.map(|id| (connection, Out::Again(MsgId(*id)))));
        self.waiting_len = 0;
        let waiting = std::mem::take(&mut self.waiting);
        self.queue.extend(waiting.into_iter().map(|out| (connection, out)));
    }

    fn create(&mut self, connection: ConnectionId, first_msg_id: MsgId, now: Now) {
        self.created = true;
        let server_salt = self.current_salt(now);
        let notice = Service::NewSessionCreated { first_msg_id, unique_id: self.unique_id, server_salt };
        self.queue.push_back((connection, Out::NewSession(notice.to_bytes())));
        self.outputs.push_back(ServerOutput::Event(ServerEvent::NewSession));
    }

    fn handle_message(&mut self, connection: ConnectionId, item: Item<'_>, now: Now) {
        let Item { msg_id, seq_no, body } = item;
        if seq_no.is_content_related() {
            self.acknowledge(msg_id, now);
        }
        match Service::parse(body) {
            Ok(None) => {
                self.handle_call(connection, msg_id, seq_no, body, now);
            }
            Ok(Some(Service::MsgCopy(copy))) => {
                self.records.insert(msg_id, seq_no, Kind::Service);
                let nested = matches!(Service::parse(copy.body), Ok(Some(Service::MsgCopy(_))));
                if copy.msg_id < msg_id && !nested && !container::is_container(copy.body) {
                    let good = self.is_item_good(connection, &copy, now);
                    if good {
                        self.handle_message(connection, copy, now);
                    }
                }
            }
            Ok(Some(service)) => {
                self.records.insert(msg_id, seq_no, Kind::Service);
                self.handle_service(connection, msg_id, service, now);
            }
            Err(_) => self.records.insert(msg_id, seq_no, Kind::Service),
        }
    }

    fn handle_call(&mut self, connection: ConnectionId, msg_id: MsgId, seq_no: SeqNo, body: &[u8], now: Now) {
        let busy = self.records.running() >= self.config.max_running_calls;
        self.records.insert(msg_id, seq_no, Kind::Call(CallState::Running { dropped: false }));
        let max_len = match self.config.authorized {
            true => limits::MAX_UNPACKED_LEN,
            false => limits::MAX_UNPACKED_LEN_BEFORE_LOGIN,
        };
        let error = match wrappers::peel(body, max_len) {
            _ if busy => RpcError::new(420, "FLOOD_WAIT_1"),
            Ok(call) => {
                match self.verdict(msg_id, &call.after) {
                    PredecessorState::Done => self.start(msg_id, connection, call),
                    PredecessorState::Failed => {
                        self.answer(msg_id, Err(RpcError::new(500, "MSG_WAIT_FAILED")), false);
                    }
                    PredecessorState::Running | PredecessorState::Unknown => {
                        self.records.set_call(msg_id, CallState::Held);
                        let until = now.monotonic.saturating_add(self.config.predecessor_timeout);
                        self.held.insert(msg_id.0, Held { connection, call, until });
                    }
                }
                return;
            }
            Err(PeelError::Gzip(GzipError::TooLong { .. })) => RpcError::new(400, "INPUT_REQUEST_TOO_LONG"),
            Err(_) => RpcError::new(400, "INPUT_FETCH_ERROR"),
        };
        self.answer(msg_id, Err(error), false);
    }
}

/// Whether the id belongs to a service object: those may have either parity.
fn is_service(id: u32) -> bool {
    matches!(
        id,
        ids::PING
            | ids::PING_DELAY_DISCONNECT
            | ids::PONG
            | ids::GET_FUTURE_SALTS
            | ids::MSGS_STATE_REQ
            | ids::MSGS_STATE_INFO
            | ids::MSGS_ALL_INFO
            | ids::MSG_RESEND_REQ
            | ids::MSG_RESEND_ANS_REQ
            | ids::MSG_DETAILED_INFO
            | ids::MSG_NEW_DETAILED_INFO
            | ids::RPC_DROP_ANSWER
            | ids::DESTROY_SESSION
            | ids::DESTROY_AUTH_KEY
            | ids::HTTP_WAIT
            | ids::MSGS_ACK
            | ids::MSG_CONTAINER
            | ids::MSG_COPY
    )
}
