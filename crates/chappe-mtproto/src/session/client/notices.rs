//! Notices about our own messages: acknowledgements, refusals, states, a session made anew.

use chappe_crypto::Now;

use super::calls::{Sent, ServiceKind, Stage};
use super::{CallId, ClientSession, Event, FailReason};
use crate::rpc::service::{Service, bad_msg_code, state_bits};
use crate::session::numbering::{Seen, time_of_id};
use crate::session::{MsgId, SeqNo, limits};

impl ClientSession {
    pub(super) fn handle_ack(&mut self, msg_id: i64, now: Now) {
        match self.sent.get(&msg_id) {
            Some(Sent::Call(call)) => {
                let call = *call;
                self.acknowledged(call, now);
            }
            Some(Sent::Container { items, .. }) => {
                let calls: Vec<CallId> = items.iter().filter_map(|item| self.call_of(*item)).collect();
                calls.into_iter().for_each(|call| self.acknowledged(call, now));
            }
            _ => {}
        }
    }

    fn call_of(&self, msg_id: i64) -> Option<CallId> {
        match self.sent.get(&msg_id) {
            Some(Sent::Call(call)) => Some(*call),
            _ => None,
        }
    }

    /// The server refuses a message of ours. Believed only if we sent it and wait for it: an old notice must not move
    /// our clock or salt.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn handle_bad_msg(
        &mut self,
        notice_id: MsgId,
        bad_msg_id: MsgId,
        bad_seq_no: SeqNo,
        code: i32,
        new_salt: Option<i64>,
        now: Now,
    ) {
        let known_seq_no = match self.sent.get(&bad_msg_id.0) {
            Some(Sent::Call(call)) => {
                let current = self.calls.get(call).and_then(|pending| pending.sent.as_ref());
                current.filter(|sent| sent.msg_id == bad_msg_id).map(|sent| sent.seq_no)
            }
            Some(Sent::Service { seq_no, .. } | Sent::Container { seq_no, .. }) => Some(*seq_no),
            None => None,
        };
        if known_seq_no != Some(bad_seq_no) {
            self.drops.stale_notice += 1;
            return;
        }
        // A container stands for what is in it.
        let ids = match self.sent.get(&bad_msg_id.0) {
            Some(Sent::Container { items, .. }) => {
                let items = items.clone();
                self.sent.remove(&bad_msg_id.0);
                items
            }
            _ => vec![bad_msg_id.0],
        };
        // Codes that judge a packet do not concern what travelled again in another one since.
        let of_packet = !matches!(code, bad_msg_code::MSG_ID_BITS | bad_msg_code::TOO_OLD | 32..=35);
        let mut calls = Vec::new();
        let mut services = false;
        for id in ids {
            match self.sent.get(&id) {
                Some(Sent::Call(call)) => {
                    let Some(pending) = self.calls.get(call) else { continue };
                    let current = pending.sent.as_ref().is_some_and(|sent| sent.packet == bad_msg_id);
                    if pending.stage != Stage::Queued && (current || !of_packet) {
                        calls.push(*call);
                    }
                }
                Some(Sent::Service { .. }) => {
                    services = true;
                    self.refuse_service(id, now);
                }
                _ => {}
            }
        }
        if calls.is_empty() && !services {
            self.drops.stale_notice += 1;
            return;
        }
        match code {
            bad_msg_code::BAD_SALT => {
                let Some(salt) = new_salt else { return };
                let server_time = self.server_time(now);
                self.salts.set_current(salt, server_time);
                self.persist_due = true;
            }
            bad_msg_code::MSG_ID_TOO_LOW | bad_msg_code::MSG_ID_TOO_HIGH => {
                self.clock.set(time_of_id(notice_id), now);
                self.persist_due = true;
            }
            _ => {}
        }
        let exhausted = self.count_refusals(&mut calls, code);
        for call in exhausted {
            self.fail(call, FailReason::Refused { code });
        }
        match code {
            bad_msg_code::BAD_SALT => self.resend_refused(&calls, true, now),
            bad_msg_code::MSG_ID_TOO_LOW => self.resend_refused(&calls, false, now),
            bad_msg_code::TOO_OLD => {
                for call in calls {
                    self.outcome_unknown(call);
                }
            }
            _ => {
                self.resend_refused(&calls, true, now);
                self.reset_soon(now);
            }
        }
    }

    /// Counts one more refusal for each; takes out and returns those that had too many.
    fn count_refusals(&mut self, calls: &mut Vec<CallId>, code: i32) -> Vec<CallId> {
        let mut exhausted = Vec::new();
        calls.retain(|call| {
            let Some(pending) = self.calls.get_mut(call) else { return false };
            // One wrong thing after the other may be put right; the same one again and again is not.
            let (last, count) = pending.refused_as;
            pending.refused_as = (code, if last == code { count + 1 } else { 1 });
            pending.refusals += 1;
            let too_many = pending.refused_as.1 >= limits::MAX_REFUSALS
                || pending.refusals >= limits::MAX_REFUSALS_IN_ALL;
            if too_many {
                exhausted.push(*call);
            }
            !too_many
        });
        exhausted
    }

    /// Sends refused calls again: under new ids where the refused copy was the only one, so that the server cannot have
    /// executed them. Otherwise under the old one, which it recognises; if even that may be too old, it is asked.
    fn resend_refused(&mut self, calls: &[CallId], keep_possible: bool, now: Now) {
        let mut ask = Vec::new();
        for call in calls {
            let Some(pending) = self.calls.get(call) else { continue };
            let only_copy =
                pending.sent.as_ref().is_none_or(|sent| sent.times <= 1) && pending.former.is_empty();
            let young = self.age(*call, now).is_some_and(|age| age < limits::RESEND_AGE);
            if only_copy {
                self.requeue(*call, false);
                self.forget_former(*call);
            } else if keep_possible && young {
                self.requeue(*call, true);
            } else {
                ask.push(*call);
            }
        }
        self.ask_about(&ask, now);
    }

    /// The ids that a call had before can no longer be answered.
    pub(super) fn forget_former(&mut self, call: CallId) {
        let Some(pending) = self.calls.get_mut(&call) else { return };
        for id in std::mem::take(&mut pending.former) {
            self.sent.remove(&id);
        }
    }

    fn outcome_unknown(&mut self, call: CallId) {
        let Some(pending) = self.calls.get(&call) else { return };
        if pending.options.repeatable {
            self.requeue(call, false);
        } else {
            self.fail(call, FailReason::OutcomeUnknown);
        }
    }

    fn refuse_service(&mut self, msg_id: i64, now: Now) {
        let Some(Sent::Service { mut out, .. }) = self.sent.remove(&msg_id) else { return };
        out.refusals += 1;
        match out.kind {
            ServiceKind::Ack(ids) => ids.into_iter().for_each(|id| self.acknowledge(MsgId(id), now)),
            // Calls have deadlines of their own.
            ServiceKind::StateReq(_) | ServiceKind::Other => {}
            _ if out.refusals < limits::MAX_REFUSALS => self.service.push_back(out),
            _ => {}
        }
    }

    pub(super) fn handle_new_session(&mut self, first_msg_id: MsgId, unique_id: i64, salt: i64, now: Now) {
        if self.unique_ids.contains(&unique_id) {
            return;
        }
        self.unique_ids.push_back(unique_id);
        if self.unique_ids.len() > 16 {
            self.unique_ids.pop_front();
        }
        let server_time = self.server_time(now);
        if self.salts.current(server_time) != salt {
            self.salts.set_current(salt, server_time);
            self.persist_due = true;
        }
        let unseen: Vec<CallId> = self
            .calls
            .iter()
            .filter(|(_, pending)| {
                pending.stage != Stage::Queued
                    && pending.sent.as_ref().is_some_and(|sent| sent.msg_id < first_msg_id)
            })
            .map(|(call, _)| *call)
            .collect();
        for call in unseen {
            // Under the old id, because a copy may still be on its way.
            let young = self.age(call, now).is_some_and(|age| age < limits::RESEND_AGE);
            self.requeue(call, young);
        }
        self.event(Event::NewSession { first_msg_id, unique_id });
    }

    pub(super) fn handle_state_info(&mut self, req_msg_id: MsgId, info: &[u8], now: Now) {
        let asked = match self.service_kind(req_msg_id) {
            Some(ServiceKind::StateReq(ids)) if ids.len() == info.len() => ids.clone(),
            _ => {
                self.drops.stale_notice += 1;
                return;
            }
        };
        self.sent.remove(&req_msg_id.0);
        asked.iter().zip(info).for_each(|(id, state)| self.handle_state(*id, *state, now));
    }

    /// What the server knows about one message of ours.
    pub(super) fn handle_state(&mut self, msg_id: i64, state: u8, now: Now) {
        let Some(call) = self.call_of(msg_id) else { return };
        let Some(pending) = self.calls.get(&call) else { return };
        let current = pending.sent.as_ref().is_some_and(|sent| sent.msg_id.0 == msg_id);
        if !current || pending.stage == Stage::Queued {
            return;
        }
        let age = self.age(call, now).unwrap_or_default();
        match state & state_bits::MASK {
            state_bits::UNKNOWN => self.outcome_unknown(call),
            state_bits::NOT_RECEIVED | state_bits::TOO_HIGH if age < limits::RESEND_AGE => {
                self.requeue(call, true)
            }
            state_bits::NOT_RECEIVED | state_bits::TOO_HIGH if age > limits::FORGOTTEN_AGE => {
                self.requeue(call, false);
                self.forget_former(call);
            }
            // A copy may still come through: ask again later.
            state_bits::NOT_RECEIVED | state_bits::TOO_HIGH => {
                let again = now.monotonic.saturating_add(self.config.ack_timeout);
                self.set_deadline(call, Some(again));
            }
            // The answer should have come before this notice. The call under its old id brings it back.
            state_bits::RECEIVED if state & state_bits::ANSWERED != 0 => {
                self.acknowledged(call, now);
                self.requeue(call, true);
            }
            state_bits::RECEIVED => self.acknowledged(call, now),
            _ => {}
        }
    }

    pub(super) fn answer_state_request(&mut self, req_msg_id: MsgId, msg_ids: &[i64]) {
        let info: Vec<u8> = msg_ids
            .iter()
            .map(|id| match self.received.check(MsgId(*id)) {
                Seen::Duplicate => state_bits::RECEIVED,
                Seen::New => state_bits::NOT_RECEIVED,
                Seen::TooOld => state_bits::UNKNOWN,
            })
            .collect();
        self.send_service(ServiceKind::Other, &Service::MsgsStateInfo { req_msg_id, info: &info });
    }

    pub(super) fn handle_resend_request(&mut self, req_msg_id: MsgId, msg_ids: &[i64]) {
        let mut others = Vec::new();
        for id in msg_ids {
            match self.call_of(*id) {
                Some(call) if self.calls.get(&call).is_some_and(|p| p.stage != Stage::Queued) => {
                    self.requeue(call, true);
                }
                Some(_) => {}
                None => others.push(*id),
            }
        }
        if !others.is_empty() {
            self.answer_state_request(req_msg_id, &others);
        }
    }
}
