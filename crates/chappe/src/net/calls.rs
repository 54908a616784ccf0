//! Calls from the application's hand to their answers, across connections, keys and data centres.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chappe_mtproto::rpc::RpcError;
use chappe_mtproto::session::OwnIds;
use chappe_mtproto::session::client::{CallId, CallOptions, FailReason};

use super::commands::{Answer, Request};
use super::task::Task;
use super::{NetEvent, answers, inited};
use crate::call::CallHandle;
use crate::error::InvokeError;
use crate::limits;

/// The calls of one client.
#[derive(Default)]
pub(super) struct Calls {
    /// Those that the session has.
    pub(super) pending: OwnIds<CallId, Pending>,
    handles: OwnIds<CallHandle, CallId>,
    /// Calls that have failed lately: what comes after them must fail, too. Without an id if it was in a session that
    /// is gone.
    failed: VecDeque<(CallHandle, Option<CallId>)>,
    /// Calls for which there is no session, or which wait for the next key.
    pub(super) waiting: VecDeque<Request>,
    /// Answers that were handed over since calls were taken last.
    pub(super) answered: u32,
}

/// A call whose answer is awaited.
pub(super) struct Pending {
    pub(super) request: Request,
    wrapped: bool,
    /// Whether it was sent again because the server asked for the wrappers, or for another binding.
    rewrapped: bool,
}

/// What becomes of calls whose session is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Nothing of the session can have been carried out that matters elsewhere: another data centre.
    Moved,
    /// The server has denied the key from the first packet of this connection on: it cannot have read what was sent over
    /// this one alone.
    Denied,
    /// The key has ended, so long ago if that is known: what was sent afterwards cannot have been read.
    Ended(Option<Duration>),
}

impl Calls {
    fn forget(&mut self, call: CallId) -> Option<Pending> {
        let pending = self.pending.remove(&call)?;
        // A repetition may have taken over the name already.
        if self.handles.get(&pending.request.handle) == Some(&call) {
            self.handles.remove(&pending.request.handle);
        }
        Some(pending)
    }

    /// What an answer tells the account.
    fn told(&self, call: CallId, answer: &[u8]) -> Option<NetEvent> {
        answers::event(&self.pending.get(&call)?.request.body, answer)
    }

    fn note_failed(&mut self, handle: CallHandle, call: Option<CallId>) {
        self.failed.truncate(limits::MAX_FAILED_CALLS - 1);
        self.failed.push_front((handle, call));
    }

    pub(super) fn reply(&mut self, call: CallId, answer: Answer) {
        if let Some(pending) = self.forget(call) {
            if answer.is_err() {
                self.note_failed(pending.request.handle, Some(call));
            }
            self.answered = self.answered.saturating_add(1);
            drop(pending.request.reply.send(answer));
        }
    }

    /// Gives a call up; returns what the session knows it as.
    pub(super) fn cancel(&mut self, handle: CallHandle) -> Option<CallId> {
        self.waiting.retain(|request| request.handle != handle);
        let call = self.handles.remove(&handle)?;
        self.pending.remove(&call);
        Some(call)
    }

    /// Tells everybody who waits.
    pub(super) fn finish(&mut self, error: impl Fn() -> InvokeError) {
        for (_, pending) in self.pending.drain() {
            drop(pending.request.reply.send(Err(error())));
        }
        for request in self.waiting.drain(..) {
            drop(request.reply.send(Err(error())));
        }
        self.handles.clear();
    }
}

impl Task {
    /// Sends a call, or has it wait.
    pub(super) fn call(&mut self, request: Request, rewrapped: bool) {
        if request.reply.is_closed() {
            return;
        }
        let held = self.temporary.as_ref().is_some_and(|key| key.holds_calls(self.clock.now().monotonic));
        let Some(session) = self.session.as_mut().filter(|_| !held) else {
            return self.calls.waiting.push_back(request);
        };
        let wrapped = !self.inited;
        let body = match wrapped {
            false => request.body.clone(),
            true => match inited::wrap(&self.config, &request.body) {
                Ok(body) => Arc::new(body),
                Err(error) => return drop(request.reply.send(Err(error.into()))),
            },
        };
        let mut after = Vec::with_capacity(request.options.after.len());
        for handle in &request.options.after {
            let failed = || self.calls.failed.iter().find(|(failed, _)| failed == handle);
            match (self.calls.handles.get(handle), failed()) {
                (Some(running), _) => after.push(*running),
                (None, Some((_, Some(call)))) => after.push(*call),
                // The server has forgotten it together with its session: its answer is given here.
                (None, Some((_, None))) => {
                    self.calls.note_failed(request.handle, None);
                    let error = RpcError::new(400, "MSG_WAIT_FAILED");
                    return drop(request.reply.send(Err(error.into())));
                }
                (None, None) => {}
            }
        }
        let options = CallOptions {
            after,
            quick_ack: false,
            gzip: request.options.gzip,
            repeatable: request.options.repeatable,
        };
        let id = session.call(body, options);
        self.calls.handles.insert(request.handle, id);
        self.calls.pending.insert(id, Pending { request, wrapped, rewrapped });
    }

    /// Sends the calls that have waited.
    pub(super) fn call_waiting(&mut self) {
        for request in std::mem::take(&mut self.calls.waiting) {
            self.call(request, false);
        }
    }

    pub(super) fn answer(&mut self, call: CallId, result: Result<Vec<u8>, RpcError>) {
        let Some(Pending { wrapped, rewrapped, .. }) = self.calls.pending.get(&call) else { return };
        let (wrapped, rewrapped) = (*wrapped, *rewrapped);
        let again = match &result {
            Err(error) if error.is_not_inited() => {
                self.inited = false;
                true
            }
            Err(error) if error.is_unbound_key() => self.bind_again(),
            _ => {
                self.inited |= wrapped;
                false
            }
        };
        if again
            && !rewrapped
            && let Some(pending) = self.calls.forget(call)
        {
            return self.call(pending.request, true);
        }
        if let Ok(bytes) = &result
            && let Some(event) = self.calls.told(call, bytes)
        {
            self.tell(event);
        }
        self.calls.reply(call, result.map_err(InvokeError::Rpc));
    }

    /// Leaves the session behind. Calls under way go along unless they may have been carried out and must not be twice.
    pub(super) fn leave_session(&mut self, loss: Loss) {
        let session = self.session.take();
        self.temporary = None;
        self.config_call = None;
        self.deadline = None;
        self.inited = false;
        self.calls.handles.clear();
        for (_, call) in &mut self.calls.failed {
            *call = None;
        }
        let mut calls: Vec<_> = self.calls.pending.drain().collect();
        calls.sort_unstable_by_key(|(id, _)| *id);
        let now = self.clock.now();
        let sent_within = |id, ago: Option<Duration>| {
            let sent = session.as_ref().and_then(|session| session.sent_ago(id, now));
            sent.zip(ago).is_some_and(|(sent, ago)| sent < ago)
        };
        let mut again = VecDeque::new();
        for (id, Pending { request, .. }) in calls {
            let sent = session.as_ref().map_or(0, |session| session.times_sent(id));
            let harmless = request.options.repeatable
                || match loss {
                    Loss::Moved => true,
                    Loss::Denied => sent <= 1,
                    Loss::Ended(ago) => sent == 0 || (sent == 1 && sent_within(id, ago)),
                };
            if harmless {
                again.push_back(request);
            } else {
                self.calls.note_failed(request.handle, None);
                drop(request.reply.send(Err(FailReason::OutcomeUnknown.into())));
            }
        }
        again.append(&mut self.calls.waiting);
        self.calls.waiting = again;
    }
}
