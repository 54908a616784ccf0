//! Going on under a new session id.

use chappe_crypto::{CryptoRng, Now};

use super::calls::{Sent, SentAs, ServiceKind};
use super::{CallId, ClientSession, Event, FailReason, random_i64};
use crate::session::numbering::{MsgIds, ReceivedIds, SeqNos, time_of_id};
use crate::session::{SessionId, limits};

impl ClientSession {
    /// Goes on under a new session id soon: when nothing is left that this one could still answer, or in a while.
    pub(super) fn reset_soon(&mut self, now: Now) {
        let at = now.monotonic.saturating_add(self.config.ack_timeout);
        self.reset_at.get_or_insert(at);
    }

    /// Whether a reset is due; `None` if none is.
    pub(super) fn is_reset_due(&self, now: Now) -> Option<bool> {
        let at = self.reset_at?;
        Some(now.monotonic >= at || self.calls.values().all(|pending| pending.sent.is_none()))
    }

    /// Goes on under a new session id, because the counters of the old one are spoilt. Calls that the server may have
    /// executed fail unless they are repeatable.
    pub(super) fn reset(&mut self, now: Now, rng: &mut impl CryptoRng) {
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
            let refused = |sent: &SentAs| sent.guessed && time_of_id(sent.msg_id) > horizon;
            if pending.sent.as_ref().is_none_or(refused) || pending.options.repeatable {
                self.requeue(call, false);
                self.forget_former(call);
            } else {
                self.fail(call, FailReason::OutcomeUnknown);
            }
        }
    }
}
