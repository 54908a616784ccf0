//! What comes in: the checks of every packet in their order, then each message by its kind.

use std::time::Duration;

use chappe_crypto::{CryptoRng, Now, Role};

use super::calls::{Sent, ServiceKind};
use super::{CallId, ClientSession, DestroyAuthKeyOutcome, Event, FailReason, SessionError};
use crate::rpc::service::{Service, ids};
use crate::rpc::{RpcError, container, gzip};
use crate::session::envelope::{self, OpenError};
use crate::session::numbering::{Seen, time_of_id};
use crate::session::{MsgId, SeqNo, limits};

/// Where a message stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A packet of its own: may be a container.
    Packet,
    /// In a container or unpacked: may not.
    Inside,
}

impl ClientSession {
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
        // Only sending draws random numbers today; the argument keeps the shape that all cores share.
        let _ = rng;
        self.clock.observe(now);
        if let Ok(code) = <[u8; 4]>::try_from(packet.as_slice()) {
            self.handle_transport_error(i32::from_le_bytes(code));
            return Ok(());
        }
        let plain = match envelope::open(&self.config.auth_key, Role::Responder, packet) {
            Ok(plain) => plain,
            Err(OpenError::ForeignKey) => {
                self.drops.foreign_key += 1;
                return Ok(());
            }
            Err(OpenError::Undecryptable) => {
                self.drops.undecryptable += 1;
                self.undecryptable += 1;
                let count = self.undecryptable;
                return if count < limits::MAX_UNDECRYPTABLE {
                    Ok(())
                } else {
                    Err(SessionError::Undecryptable { count })
                };
            }
            Err(OpenError::Malformed) => {
                return Err(SessionError::Malformed { what: "its length or padding is impossible" });
            }
        };
        self.undecryptable = 0;
        let header = plain.header;
        if header.session_id != self.session_id {
            self.drops.foreign_session += 1;
            return Ok(());
        }
        if header.msg_id.0 & 1 == 0 {
            self.drops.bad_msg_id += 1;
            return Ok(());
        }
        if !self.is_timely(header.msg_id, now) && !self.is_fresh_answer(plain.body(), now) {
            self.drops.outside_window += 1;
            self.outside_window += 1;
            if self.outside_window >= limits::MAX_OUTSIDE_WINDOW {
                // Either a replay or a wrong idea of the time: a fresh answer to a ping decides.
                self.outside_window = 0;
                self.clock.doubt();
                self.next_ping = now.monotonic;
                self.ping_out = None;
            }
            return Ok(());
        }
        match self.received.check(header.msg_id) {
            Seen::New => self.received.insert(header.msg_id),
            Seen::Duplicate => {
                self.drops.duplicate += 1;
                if header.seq_no.is_content_related() {
                    self.acknowledge(header.msg_id, now);
                }
                return Ok(());
            }
            Seen::TooOld => {
                self.drops.duplicate += 1;
                self.reset_soon(now);
                return Ok(());
            }
        }
        self.outside_window = 0;
        if !self.ready {
            self.ready = true;
            self.event(Event::Ready);
        }
        if let Some((request, call, len)) = self.long_answer(plain.body()) {
            if header.seq_no.is_content_related() {
                self.acknowledge(header.msg_id, now);
            }
            self.sync_by(request, header.msg_id, now);
            self.finish(call, Ok(plain.into_tail(len)));
            return Ok(());
        }
        self.handle_message(header.msg_id, header.seq_no, plain.body(), Place::Packet, now)
    }

    /// What a packet answers that is nothing but an answer too long to be copied, and how long that is.
    fn long_answer(&self, body: &[u8]) -> Option<(MsgId, CallId, usize)> {
        if body.len() < limits::LONG_ANSWER || container::is_container(body) {
            return None;
        }
        let Ok(Some(Service::RpcResult { req_msg_id, result })) = Service::parse(body) else { return None };
        let id = result.first_chunk().map(|id| u32::from_le_bytes(*id))?;
        match self.sent.get(&req_msg_id.0) {
            Some(Sent::Call(call)) if id != ids::RPC_ERROR && !gzip::is_packed(result) => {
                Some((req_msg_id, *call, result.len()))
            }
            _ => None,
        }
    }

    fn is_timely(&self, msg_id: MsgId, now: Now) -> bool {
        // Even a doubtful idea of the time is better than none: whoever replays old packets can cause doubt.
        if !self.clock.was_synced() {
            return true;
        }
        let (sent, here) = (time_of_id(msg_id), self.clock.server_time(now));
        sent <= here.saturating_add(limits::WINDOW_FUTURE) && here <= sent.saturating_add(limits::WINDOW_PAST)
    }

    /// Whether a packet answers something that was sent a short while ago: then it is younger than that, whatever its id
    /// says, and it is our clock that is wrong.
    fn is_fresh_answer(&self, body: &[u8], now: Now) -> bool {
        let is_recent = |request: MsgId| {
            self.sent_at(request).is_some_and(|at| now.monotonic <= at.saturating_add(limits::WINDOW_PAST))
        };
        let answers = |body: &[u8]| match Service::parse(body) {
            Ok(Some(
                Service::RpcResult { req_msg_id: request, .. }
                | Service::Pong { msg_id: request, .. }
                | Service::FutureSalts { req_msg_id: request, .. }
                | Service::MsgsStateInfo { req_msg_id: request, .. },
            )) => is_recent(request),
            Ok(Some(Service::BadMsg { bad_msg_id, .. })) => match self.sent.get(&bad_msg_id.0) {
                Some(Sent::Container { items, .. }) => items.iter().any(|item| is_recent(MsgId(*item))),
                _ => is_recent(bad_msg_id),
            },
            _ => false,
        };
        match container::parse(body) {
            Ok(items) => items.iter().any(|item| answers(item.body)),
            Err(_) => answers(body),
        }
    }

    fn handle_message(
        &mut self,
        msg_id: MsgId,
        seq_no: SeqNo,
        body: &[u8],
        place: Place,
        now: Now,
    ) -> Result<(), SessionError> {
        if place == Place::Packet && container::is_container(body) {
            return self.handle_container(msg_id, body, now);
        }
        if seq_no.is_content_related() {
            self.acknowledge(msg_id, now);
        }
        let unpacked;
        let body = if gzip::is_packed(body) {
            match gzip::unpack(body, limits::MAX_UNPACKED_LEN) {
                Ok(bytes) => {
                    unpacked = bytes;
                    &unpacked
                }
                Err(_) => {
                    self.drops.unreadable += 1;
                    return Ok(());
                }
            }
        } else {
            body
        };
        if container::is_container(body) {
            self.drops.unreadable += 1;
            return Ok(());
        }
        match Service::parse(body) {
            Ok(Some(service)) => self.handle_service(msg_id, service, now),
            Ok(None) => {
                self.event(Event::Update(body.to_vec()));
                Ok(())
            }
            Err(_) => {
                self.drops.unreadable += 1;
                Ok(())
            }
        }
    }

    fn handle_container(&mut self, container_id: MsgId, body: &[u8], now: Now) -> Result<(), SessionError> {
        let items =
            container::parse(body).map_err(|_| SessionError::Malformed { what: "a container is broken" })?;
        let session_id = self.session_id;
        for item in items {
            // A notice may have reset the session: the rest belongs to the old one.
            if self.session_id != session_id {
                return Ok(());
            }
            if item.msg_id.0 & 1 == 0 || item.msg_id >= container_id {
                self.drops.bad_msg_id += 1;
                continue;
            }
            let seen = self.received.check(item.msg_id);
            let is_result =
                Service::parse(item.body).is_ok_and(|s| matches!(s, Some(Service::RpcResult { .. })));
            match seen {
                Seen::New => self.received.insert(item.msg_id),
                // An answer that was sent again late: the table of calls knows whether it still counts.
                Seen::TooOld if is_result => {}
                Seen::TooOld | Seen::Duplicate => {
                    self.drops.duplicate += 1;
                    if item.seq_no.is_content_related() {
                        self.acknowledge(item.msg_id, now);
                    }
                    continue;
                }
            }
            self.handle_message(item.msg_id, item.seq_no, item.body, Place::Inside, now)?;
        }
        Ok(())
    }

    fn handle_service(&mut self, msg_id: MsgId, service: Service<'_>, now: Now) -> Result<(), SessionError> {
        match service {
            Service::RpcResult { req_msg_id, result } => self.handle_result(msg_id, req_msg_id, result, now),
            Service::BadMsg { bad_msg_id, bad_msg_seq_no, code, new_salt } => {
                self.handle_bad_msg(msg_id, bad_msg_id, bad_msg_seq_no, code, new_salt, now);
            }
            Service::Pong { msg_id: ping_msg_id, ping_id } => {
                self.handle_pong(msg_id, ping_msg_id, ping_id, now)
            }
            Service::FutureSalts { req_msg_id, salts, .. } => {
                if !matches!(self.service_kind(req_msg_id), Some(ServiceKind::FutureSalts)) {
                    self.drops.stale_notice += 1;
                } else if salts.len() <= limits::FUTURE_SALTS as usize {
                    self.sync_by(req_msg_id, msg_id, now);
                    self.sent.remove(&req_msg_id.0);
                    self.salts.set_future(salts);
                    self.persist_due = true;
                }
            }
            Service::NewSessionCreated { first_msg_id, unique_id, server_salt } => {
                self.handle_new_session(first_msg_id, unique_id, server_salt, now);
            }
            Service::MsgsAck { msg_ids } => {
                for id in msg_ids {
                    self.handle_ack(id, now);
                }
            }
            Service::MsgsStateReq { msg_ids } => self.answer_state_request(msg_id, &msg_ids),
            Service::MsgsStateInfo { req_msg_id, info } => self.handle_state_info(req_msg_id, info, now),
            Service::MsgsAllInfo { msg_ids, info } => {
                if msg_ids.len() == info.len() {
                    msg_ids.iter().zip(info).for_each(|(id, state)| self.handle_state(*id, *state, now));
                }
            }
            Service::MsgDetailedInfo { answer_msg_id, .. } => {
                if self.received.check(answer_msg_id) == Seen::New {
                    let request = Service::MsgResendReq { msg_ids: vec![answer_msg_id.0], answers: false };
                    self.send_service(ServiceKind::Other, &request);
                } else {
                    self.acknowledge(answer_msg_id, now);
                }
            }
            Service::MsgResendReq { msg_ids, answers: false } => self.handle_resend_request(msg_id, &msg_ids),
            Service::DestroySessionRes { session_id, existed } => self.handle_destroyed(session_id, existed),
            Service::DestroyAuthKeyRes { id } => self.handle_key_destroyed(id),
            Service::MsgCopy(item) => {
                let sound = item.msg_id.0 & 1 == 1 && item.msg_id < msg_id && !gzip::is_packed(item.body);
                if sound && self.received.check(item.msg_id) == Seen::New {
                    self.received.insert(item.msg_id);
                    // A copy of a copy would be a way to nest without end.
                    if !matches!(Service::parse(item.body), Ok(Some(Service::MsgCopy(_)))) {
                        return self.handle_message(item.msg_id, item.seq_no, item.body, Place::Inside, now);
                    }
                }
            }
            // What only clients send, or what is an answer to nothing.
            _ => self.drops.stale_notice += 1,
        }
        Ok(())
    }

    fn handle_result(&mut self, msg_id: MsgId, req_msg_id: MsgId, result: &[u8], now: Now) {
        self.sync_by(req_msg_id, msg_id, now);
        match self.sent.get(&req_msg_id.0) {
            Some(Sent::Call(call)) => {
                let call = *call;
                self.handle_answer(call, result);
            }
            Some(Sent::Service { out, .. }) if out.kind == ServiceKind::DropAnswer => {
                self.sent.remove(&req_msg_id.0);
            }
            // Some servers put the answers to service requests into rpc_result.
            Some(Sent::Service { .. }) => {
                if let Ok(Some(
                    inner @ (Service::Pong { .. }
                    | Service::FutureSalts { .. }
                    | Service::DestroySessionRes { .. }
                    | Service::DestroyAuthKeyRes { .. }),
                )) = Service::parse(result)
                {
                    let _ = self.handle_service(msg_id, inner, now);
                }
            }
            _ => self.drops.stale_notice += 1,
        }
    }

    fn handle_answer(&mut self, call: CallId, result: &[u8]) {
        let unpacked;
        let result = if gzip::is_packed(result) {
            match gzip::unpack(result, limits::MAX_UNPACKED_LEN) {
                Ok(bytes) => {
                    unpacked = bytes;
                    &unpacked
                }
                Err(_) => {
                    self.drops.unreadable += 1;
                    self.fail(call, FailReason::BadAnswer);
                    return;
                }
            }
        } else {
            result
        };
        match result.first_chunk().map(|id| u32::from_le_bytes(*id)) {
            Some(ids::RPC_ERROR) => match Service::parse(result) {
                Ok(Some(Service::RpcError { code, text })) => {
                    self.handle_error(call, RpcError::new(code, &text))
                }
                _ => self.fail(call, FailReason::BadAnswer),
            },
            Some(_) => self.finish(call, Ok(result.to_vec())),
            None => self.fail(call, FailReason::BadAnswer),
        }
    }

    fn handle_error(&mut self, call: CallId, error: RpcError) {
        if let Some(pending) = self.calls.get_mut(&call)
            && !pending.options.after.is_empty()
            && pending.refusals < limits::MAX_REFUSALS_IN_ALL
        {
            let waiting = pending.options.after.clone();
            let still_running = waiting.iter().any(|before| self.calls.contains_key(before));
            // It was not executed: it may go again once those before it are through.
            if error.is_predecessor_slow() || (error.is_predecessor_failed() && still_running) {
                if let Some(pending) = self.calls.get_mut(&call) {
                    pending.refusals += 1;
                    pending.hold = true;
                }
                self.requeue(call, false);
                self.forget_former(call);
                return;
            }
        }
        self.finish(call, Err(error));
    }

    fn handle_pong(&mut self, msg_id: MsgId, ping_msg_id: MsgId, ping_id: i64, now: Now) {
        let Some(ServiceKind::Ping { ping_id: sent_id, own }) = self.service_kind(ping_msg_id).cloned()
        else {
            self.drops.stale_notice += 1;
            return;
        };
        if sent_id != ping_id {
            self.drops.stale_notice += 1;
            return;
        }
        self.sync_by(ping_msg_id, msg_id, now);
        self.sent.remove(&ping_msg_id.0);
        if !own {
            self.event(Event::Pong { ping_id });
        } else if self.ping_out.is_some_and(|(out, _)| out == ping_id) {
            self.ping_out = None;
        }
    }

    fn handle_destroyed(&mut self, session_id: crate::session::SessionId, existed: bool) {
        let wanted = |sent: &Sent| matches!(sent, Sent::Service { out, .. } if out.kind == ServiceKind::DestroySession(session_id));
        let found = self.sent.iter().find(|(_, sent)| wanted(sent)).map(|(id, _)| *id);
        let Some(id) = found else {
            self.drops.stale_notice += 1;
            return;
        };
        self.sent.remove(&id);
        self.event(Event::DestroySession { session_id, existed });
    }

    fn handle_key_destroyed(&mut self, id: u32) {
        let wanted = |sent: &Sent| matches!(sent, Sent::Service { out, .. } if out.kind == ServiceKind::DestroyAuthKey);
        let found = self.sent.iter().find(|(_, sent)| wanted(sent)).map(|(id, _)| *id);
        let Some(msg_id) = found else {
            self.drops.stale_notice += 1;
            return;
        };
        self.sent.remove(&msg_id);
        self.event(Event::DestroyAuthKey(match id {
            ids::DESTROY_AUTH_KEY_OK => DestroyAuthKeyOutcome::Ok,
            ids::DESTROY_AUTH_KEY_NONE => DestroyAuthKeyOutcome::None,
            _ => DestroyAuthKeyOutcome::Fail,
        }));
    }

    /// The kind of the service message that we sent under this id.
    pub(super) fn service_kind(&self, msg_id: MsgId) -> Option<&ServiceKind> {
        match self.sent.get(&msg_id.0) {
            Some(Sent::Service { out, .. }) => Some(&out.kind),
            _ => None,
        }
    }

    /// When the message with this id was first sent, if it waits for something.
    fn sent_at(&self, msg_id: MsgId) -> Option<Duration> {
        match self.sent.get(&msg_id.0)? {
            Sent::Service { at, .. } => Some(*at),
            Sent::Call(call) => {
                let sent = self.calls.get(call)?.sent.as_ref()?;
                (sent.msg_id == msg_id).then_some(sent.at)
            }
            Sent::Container { .. } => None,
        }
    }

    /// `answer` answers our message `request`, so the server's clock is bracketed by our own.
    fn sync_by(&mut self, request: MsgId, answer: MsgId, now: Now) {
        let Some(sent) = self.sent_at(request) else { return };
        if self.clock.bracket(time_of_id(answer), sent, now) {
            self.persist_due = true;
        }
    }
}
