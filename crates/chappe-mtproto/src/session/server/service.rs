//! Service messages of the client: pings, salts, acknowledgements, states and repetitions.

use std::time::Duration;

use chappe_crypto::Now;

use super::outbound::Out;
use super::records::{Answer, CallState, Kind};
use super::{ConnectionId, ServerEvent, ServerOutput, ServerSession};
use crate::rpc::service::{Service, ids, state_bits};
use crate::session::numbering::{Seen, time_of_id};
use crate::session::{MsgId, limits};

/// Longest grace that `ping_delay_disconnect` may ask for.
const MAX_DISCONNECT_DELAY: i32 = 6 * 3600;

impl ServerSession {
    pub(super) fn handle_service(
        &mut self,
        connection: ConnectionId,
        msg_id: MsgId,
        service: Service<'_>,
        now: Now,
    ) {
        let mut notice = |body: Service<'_>| {
            self.queue.push_back((connection, Out::Notice { body: body.to_bytes(), class: 1 }));
        };
        match service {
            Service::Ping { ping_id } => notice(Service::Pong { msg_id, ping_id }),
            Service::PingDelayDisconnect { ping_id, disconnect_delay } => {
                notice(Service::Pong { msg_id, ping_id });
                let delay = Duration::from_secs(
                    disconnect_delay.clamp(1, MAX_DISCONNECT_DELAY).unsigned_abs().into(),
                );
                if let Some(known) = self.connections.iter_mut().find(|known| known.id == connection) {
                    known.close_at = Some(now.monotonic.saturating_add(delay));
                }
            }
            Service::GetFutureSalts { num } => self.send_future_salts(connection, msg_id, num, now),
            Service::MsgsAck { msg_ids } => {
                for id in msg_ids {
                    self.settle(MsgId(id));
                }
            }
            Service::MsgsStateReq { msg_ids } => {
                let permitted = self.notices.take(1, limits::NOTICES_PER_SECOND as usize, now);
                // Nothing beyond the limit: the client asks again.
                if permitted {
                    self.send_states(connection, msg_id, &msg_ids, now);
                }
            }
            Service::MsgResendReq { msg_ids, answers } => {
                self.handle_resend(connection, msg_id, &msg_ids, answers, now)
            }
            Service::RpcDropAnswer { req_msg_id } => self.handle_drop_answer(connection, msg_id, req_msg_id),
            Service::DestroySession { session_id } if session_id == self.session_id => {
                notice(Service::DestroySessionRes { session_id, existed: false });
            }
            Service::DestroySession { session_id } => {
                let event = ServerEvent::DestroySession { other: session_id };
                self.outputs.push_back(ServerOutput::Event(event));
            }
            Service::DestroyAuthKey => {
                self.outputs.push_back(ServerOutput::Event(ServerEvent::DestroyAuthKey));
            }
            // States of our own messages: what is received needs no repetition.
            Service::MsgsAllInfo { msg_ids, info } if msg_ids.len() == info.len() => {
                for (id, state) in msg_ids.iter().zip(info) {
                    if state & state_bits::MASK == state_bits::RECEIVED {
                        self.settle(MsgId(*id));
                    }
                }
            }
            // http_wait means nothing here, and the rest only servers send.
            _ => {}
        }
    }

    fn send_future_salts(&mut self, connection: ConnectionId, req_msg_id: MsgId, num: i32, now: Now) {
        // The answer is long for so short a question.
        if self.notices.take(1, limits::NOTICES_PER_SECOND as usize, now) {
            let count = usize::try_from(num.clamp(1, limits::FUTURE_SALTS)).unwrap_or(1);
            let salts = self.config.salts.future(self.config.auth_key.id(), now, count);
            let body = Service::FutureSalts { req_msg_id, now: now.unix_secs_i32(), salts }.to_bytes();
            self.queue.push_back((connection, Out::Notice { body, class: 1 }));
        }
    }

    fn send_states(&mut self, connection: ConnectionId, req_msg_id: MsgId, msg_ids: &[i64], now: Now) {
        let info: Vec<u8> = msg_ids.iter().map(|id| self.state_of(MsgId(*id), now)).collect();
        let body = Service::MsgsStateInfo { req_msg_id, info: &info }.to_bytes();
        self.queue.push_back((connection, Out::Notice { body, class: 1 }));
    }

    fn state_of(&self, id: MsgId, now: Now) -> u8 {
        let Some(record) = self.records.get(id) else {
            return if self.records.check(id) == Seen::TooOld {
                state_bits::UNKNOWN
            } else if time_of_id(id) > now.unix.max(self.time.1).saturating_add(limits::WINDOW_FUTURE) {
                state_bits::TOO_HIGH
            } else {
                state_bits::NOT_RECEIVED
            };
        };
        let acknowledged = if self.acks.contains(&id.0) { 0 } else { state_bits::ACKNOWLEDGED };
        state_bits::RECEIVED
            | match record.kind {
                Kind::Call(CallState::Answered { .. }) => {
                    acknowledged | state_bits::CALL | state_bits::ANSWERED
                }
                Kind::Call(_) => acknowledged | state_bits::CALL,
                _ if !record.seq_no.is_content_related() => state_bits::NO_ACK_NEEDED,
                _ => acknowledged,
            }
    }

    fn handle_resend(
        &mut self,
        connection: ConnectionId,
        req_msg_id: MsgId,
        msg_ids: &[i64],
        answers: bool,
        now: Now,
    ) {
        let mut others = Vec::new();
        for id in msg_ids {
            let wanted = match self.records.get(MsgId(*id)).map(|record| record.kind) {
                Some(Kind::Call(CallState::Answered { answer: Answer::Kept(kept), .. })) if answers => kept,
                _ => MsgId(*id),
            };
            if self.kept.contains_key(&wanted.0) {
                self.send_again(connection, wanted, now);
            } else {
                others.push(*id);
            }
        }
        if !others.is_empty() && self.notices.take(1, limits::NOTICES_PER_SECOND as usize, now) {
            self.send_states(connection, req_msg_id, &others, now);
        }
    }

    fn handle_drop_answer(&mut self, connection: ConnectionId, msg_id: MsgId, call: MsgId) {
        let running = ids::RPC_ANSWER_DROPPED_RUNNING.to_le_bytes().to_vec();
        let result = match self.records.call(call) {
            Some(CallState::Running { dropped }) => {
                if !dropped {
                    self.records.set_call(call, CallState::Running { dropped: true });
                    self.outputs.push_back(ServerOutput::Event(ServerEvent::DropAnswer { msg_id: call }));
                }
                running
            }
            Some(CallState::Held) => {
                self.records.set_call(call, CallState::Answered { ok: false, answer: Answer::Settled });
                self.held.remove(&call.0);
                running
            }
            Some(CallState::Answered { answer: Answer::Kept(kept), .. }) => {
                self.settle(kept).map_or_else(Vec::new, |(seq_no, len)| {
                    // rpc_answer_dropped#a43ad8b7 msg_id:long seq_no:int bytes:int = RpcDropAnswer
                    let mut out = ids::RPC_ANSWER_DROPPED.to_le_bytes().to_vec();
                    out.extend_from_slice(&kept.0.to_le_bytes());
                    out.extend_from_slice(&seq_no.0.to_le_bytes());
                    out.extend_from_slice(&(len as u32).to_le_bytes());
                    out
                })
            }
            _ => Vec::new(),
        };
        let unknown = || ids::RPC_ANSWER_UNKNOWN.to_le_bytes().to_vec();
        let result = if result.is_empty() { unknown() } else { result };
        self.queue.push_back((connection, Out::Answer { request: msg_id, result }));
        self.release_held();
    }
}
