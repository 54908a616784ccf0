//! What a client has sent and waits for.

use std::time::Duration;

use super::{CallId, CallOptions};
use crate::session::{MsgId, SeqNo, SessionId};

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
    pub(super) body: Vec<u8>,
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
}

impl Pending {
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
