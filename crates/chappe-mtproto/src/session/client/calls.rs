//! What a client has sent and waits for, and how a call ends.

use std::sync::Arc;
use std::time::Duration;

use chappe_crypto::Now;

use super::bind::Bind;
use super::{CallId, CallOptions, ClientSession, Event, FailReason, MAX_FINISHED};
use crate::rpc::RpcError;
use crate::rpc::service::Service;
use crate::session::{MsgId, SeqNo, SessionId, limits};

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// To be sent: under its old id if it has one, under a new one otherwise.
    Queued,
    /// Sent, not acknowledged.
    Sent,
    /// The server has it.
    Acked,
    /// Sent once; now the server is being asked whether it has it.
    Asking,
}

/// A call under one msg_id.
#[derive(Clone, Debug)]
pub(super) struct SentAs {
    pub(super) msg_id: MsgId,
    pub(super) seq_no: SeqNo,
    /// The body with `invokeAfterMsg`, if that was added.
    pub(super) wrapped: Option<Vec<u8>>,
    /// When it was first sent, on the monotonic clock.
    pub(super) at: Duration,
    /// The packet that carried it last: itself, or a container.
    pub(super) packet: MsgId,
    /// How often it was sent under this id.
    pub(super) times: u32,
    /// The id was made before the server's time was known.
    pub(super) guessed: bool,
}

/// A call that waits for its answer.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) body: Arc<Vec<u8>>,
    pub(super) options: CallOptions,
    pub(super) stage: Stage,
    pub(super) sent: Option<SentAs>,
    /// Ids under which it was sent before and under which it might still be answered.
    pub(super) former: Vec<i64>,
    /// How often the server refused it.
    pub(super) refusals: u32,
    /// The last code, and how often in a row it came.
    pub(super) refused_as: (i32, u32),
    /// Entry in the session's list of deadlines.
    pub(super) deadline: Option<Duration>,
    /// Wait for the predecessors to finish before sending (again).
    pub(super) hold: bool,
    /// Write the body anew for each id.
    pub(super) bind: Option<Box<Bind>>,
}

impl Pending {
    /// A call that was not sent yet.
    pub(super) fn new(body: Arc<Vec<u8>>, options: CallOptions) -> Self {
        Self {
            body,
            options,
            stage: Stage::Queued,
            sent: None,
            former: Vec::new(),
            refusals: 0,
            refused_as: (0, 0),
            deadline: None,
            hold: false,
            bind: None,
        }
    }

    /// The bytes that travel under the current id.
    pub(super) fn wire(&self) -> &[u8] {
        self.sent.as_ref().and_then(|sent| sent.wrapped.as_deref()).unwrap_or(&self.body)
    }
}

/// Service messages that have consequences.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ServiceKind {
    Ack(Vec<i64>),
    /// `true`: of the session itself.
    Ping {
        ping_id: i64,
        own: bool,
    },
    DropAnswer,
    FutureSalts,
    StateReq(Vec<i64>),
    DestroySession(SessionId),
    DestroyAuthKey,
    Other,
}

/// A service message to be sent.
#[derive(Clone, Debug)]
pub(super) struct ServiceOut {
    pub(super) kind: ServiceKind,
    pub(super) body: Vec<u8>,
    pub(super) refusals: u32,
}

/// What stands behind a msg_id of ours.
#[derive(Debug)]
pub(super) enum Sent {
    Call(CallId),
    Service { out: ServiceOut, seq_no: SeqNo, at: Duration },
    Container { seq_no: SeqNo, items: Vec<i64> },
}

impl ClientSession {
    /// How long ago a call was first sent under its current id.
    pub(super) fn age(&self, call: CallId, now: Now) -> Option<Duration> {
        let sent = self.calls.get(&call)?.sent.as_ref()?;
        Some(now.monotonic.saturating_sub(sent.at))
    }

    pub(super) fn set_deadline(&mut self, call: CallId, at: Option<Duration>) {
        let Some(pending) = self.calls.get_mut(&call) else { return };
        if let Some(old) = pending.deadline.take() {
            self.deadlines.remove(&(old, call));
        }
        pending.deadline = at;
        if let Some(at) = at {
            self.deadlines.insert((at, call));
        }
    }

    /// Queues a call to be sent again: under its old id (it must then travel in a container), or under a new one.
    pub(super) fn requeue(&mut self, call: CallId, keep_id: bool) {
        self.set_deadline(call, None);
        let Some(pending) = self.calls.get_mut(&call) else { return };
        pending.stage = Stage::Queued;
        if !keep_id && let Some(sent) = pending.sent.take() {
            pending.former.push(sent.msg_id.0);
        }
        self.queue.insert(call);
    }

    /// Asks the server what it knows about calls.
    pub(super) fn ask_about(&mut self, calls: &[CallId], now: Now) {
        let again = now.monotonic.saturating_add(self.config.ack_timeout);
        let mut msg_ids = Vec::with_capacity(calls.len());
        for call in calls {
            let Some(pending) = self.calls.get_mut(call) else { continue };
            let Some(sent) = &pending.sent else { continue };
            msg_ids.push(sent.msg_id.0);
            pending.stage = Stage::Asking;
            self.set_deadline(*call, Some(again));
        }
        for ids in msg_ids.chunks(limits::MAX_IDS) {
            let kind = ServiceKind::StateReq(ids.to_vec());
            self.send_service(kind, &Service::MsgsStateReq { msg_ids: ids.to_vec() });
        }
    }

    pub(super) fn remove_call(&mut self, call: CallId) -> Option<Pending> {
        self.set_deadline(call, None);
        let pending = self.calls.remove(&call)?;
        self.queue.remove(&call);
        self.binds.remove(&call);
        for id in pending.former.iter().chain(pending.sent.as_ref().map(|sent| &sent.msg_id.0)) {
            self.sent.remove(id);
        }
        Some(pending)
    }

    pub(super) fn remember_finished(&mut self, call: CallId, msg_id: Option<MsgId>, succeeded: bool) {
        self.finished.insert(call, (msg_id, succeeded));
        if self.finished.len() > MAX_FINISHED {
            self.finished.pop_first();
        }
    }

    pub(super) fn finish(&mut self, call: CallId, result: Result<Vec<u8>, RpcError>) {
        let Some(pending) = self.remove_call(call) else { return };
        self.remember_finished(call, pending.sent.map(|sent| sent.msg_id), result.is_ok());
        self.event(Event::Response { call, result });
    }

    pub(super) fn fail(&mut self, call: CallId, reason: FailReason) {
        let Some(pending) = self.remove_call(call) else { return };
        self.remember_finished(call, pending.sent.map(|sent| sent.msg_id), false);
        self.event(Event::Failed { call, reason });
    }
}
