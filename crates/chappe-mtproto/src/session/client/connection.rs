//! Connections come and go, and time passes.

use chappe_crypto::Now;

use super::calls::{Sent, ServiceKind, Stage};
use super::{CallId, ClientSession, CloseReason, Event, Output};
use crate::session::limits;

impl ClientSession {
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

    pub(super) fn close(&mut self, reason: CloseReason) {
        if self.connected && !self.closing {
            self.closing = true;
            self.outputs.push_back(Output::Close(reason));
        }
    }
}
