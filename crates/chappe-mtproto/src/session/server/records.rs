//! What the server remembers of the messages that came in.

use std::collections::BTreeMap;

use super::PredecessorState;
use crate::session::numbering::Seen;
use crate::session::{MsgId, SeqNo, limits};

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallState {
    /// Waits for others.
    Held,
    /// Handed to the driver. `dropped`: nobody wants the answer.
    Running { dropped: bool },
    /// Answered.
    Answered { ok: bool, answer: Answer },
}

/// Where the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Waits to be sent.
    Queued,
    /// Sent under this id, not acknowledged.
    Kept(MsgId),
    /// Acknowledged, or not wanted.
    Settled,
    /// Given up before it was acknowledged.
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Container,
    Service,
    Call(CallState),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) seq_no: SeqNo,
    pub(super) kind: Kind,
}

/// The highest ids that came in, with what became of them. As in the client the lowest goes first; only calls that are
/// not answered yet stay beyond the limit, and they are bounded on their own.
#[derive(Clone, Debug)]
pub(super) struct Records {
    map: BTreeMap<i64, Record>,
    floor: i64,
}

impl Default for Records {
    fn default() -> Self {
        Self { map: BTreeMap::new(), floor: i64::MIN }
    }
}

impl Records {
    pub(super) fn get(&self, id: MsgId) -> Option<&Record> {
        self.map.get(&id.0)
    }

    pub(super) fn check(&self, id: MsgId) -> Seen {
        if self.map.contains_key(&id.0) {
            Seen::Duplicate
        } else if id.0 <= self.floor {
            Seen::TooOld
        } else {
            Seen::New
        }
    }

    pub(super) fn call_mut(&mut self, id: MsgId) -> Option<&mut CallState> {
        match self.map.get_mut(&id.0) {
            Some(Record { kind: Kind::Call(state), .. }) => Some(state),
            _ => None,
        }
    }

    pub(super) fn insert(&mut self, id: MsgId, seq_no: SeqNo, kind: Kind) {
        self.map.insert(id.0, Record { seq_no, kind });
        if self.map.len() <= limits::RECEIVED_IDS {
            return;
        }
        let done =
            |record: &Record| !matches!(record.kind, Kind::Call(CallState::Held | CallState::Running { .. }));
        let lowest_done = self.map.iter().find(|(_, record)| done(record)).map(|(id, _)| *id);
        if let Some(lowest) = lowest_done {
            self.map.remove(&lowest);
            self.floor = self.floor.max(lowest);
        }
    }

    /// The code of `bad_msg_notification` if `seq_no` contradicts that of a message received before.
    pub(super) fn check_order(&self, id: MsgId, seq_no: SeqNo) -> Option<i32> {
        use crate::rpc::service::bad_msg_code::{SEQ_NO_TOO_HIGH, SEQ_NO_TOO_LOW};
        let clash = |other: SeqNo| other == seq_no && seq_no.is_content_related();
        // Neighbours suffice: those accepted before are in order among themselves.
        let below = self.map.range(..id.0).next_back().map(|(_, record)| record.seq_no);
        if seq_no.0 < 0 || below.is_some_and(|below| below > seq_no || clash(below)) {
            return Some(SEQ_NO_TOO_LOW);
        }
        let above = self.map.range(id.0.saturating_add(1)..).next().map(|(_, record)| record.seq_no);
        above.is_some_and(|above| above < seq_no || clash(above)).then_some(SEQ_NO_TOO_HIGH)
    }

    pub(super) fn predecessor_state(&self, id: MsgId) -> PredecessorState {
        match self.map.get(&id.0).map(|record| record.kind) {
            Some(Kind::Call(CallState::Answered { ok: false, .. })) => PredecessorState::Failed,
            Some(Kind::Call(CallState::Held | CallState::Running { .. })) => PredecessorState::Running,
            Some(_) => PredecessorState::Done,
            None if id.0 <= self.floor => PredecessorState::Done,
            None => PredecessorState::Unknown,
        }
    }

    pub(super) fn running(&self) -> usize {
        let running =
            |record: &&Record| matches!(record.kind, Kind::Call(CallState::Held | CallState::Running { .. }));
        self.map.values().filter(running).count()
    }
}
