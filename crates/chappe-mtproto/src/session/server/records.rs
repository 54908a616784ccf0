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

impl CallState {
    /// Not answered yet.
    fn is_running(self) -> bool {
        matches!(self, Self::Held | Self::Running { .. })
    }
}

impl Kind {
    fn is_running(self) -> bool {
        matches!(self, Self::Call(state) if state.is_running())
    }
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
    /// Ids of the calls in `map` by their numbers.
    numbers: BTreeMap<i32, i64>,
    floor: i64,
    /// How many calls in `map` are not answered.
    running: usize,
}

impl Default for Records {
    fn default() -> Self {
        Self { map: BTreeMap::new(), numbers: BTreeMap::new(), floor: i64::MIN, running: 0 }
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

    pub(super) fn call(&self, id: MsgId) -> Option<CallState> {
        match self.map.get(&id.0) {
            Some(Record { kind: Kind::Call(state), .. }) => Some(*state),
            _ => None,
        }
    }

    /// Says how far a call is, if it is a call.
    pub(super) fn set_call(&mut self, id: MsgId, to: CallState) {
        if let Some(Record { kind: Kind::Call(state), .. }) = self.map.get_mut(&id.0) {
            let before = std::mem::replace(state, to);
            self.running = self.running + usize::from(to.is_running()) - usize::from(before.is_running());
        }
    }

    pub(super) fn insert(&mut self, id: MsgId, seq_no: SeqNo, kind: Kind) {
        let replaced = self.map.insert(id.0, Record { seq_no, kind });
        let was_running = replaced.is_some_and(|record| record.kind.is_running());
        self.running = self.running + usize::from(kind.is_running()) - usize::from(was_running);
        if matches!(kind, Kind::Call(_)) {
            self.numbers.insert(seq_no.0, id.0);
        }
        if self.map.len() <= limits::RECEIVED_IDS {
            return;
        }
        let lowest_done = self.map.iter().find(|(_, record)| !record.kind.is_running()).map(|(id, _)| *id);
        if let Some(lowest) = lowest_done {
            if let Some(record) = self.map.remove(&lowest)
                && self.numbers.get(&record.seq_no.0) == Some(&lowest)
            {
                self.numbers.remove(&record.seq_no.0);
            }
            self.floor = self.floor.max(lowest);
        }
    }

    /// The code of `bad_msg_notification` if the number of a new call contradicts those of the calls before.
    ///
    /// Only calls are compared among themselves. Clients agree on little else: some count pings, others do not; some
    /// number a container or an acknowledgement long before or after what surrounds it.
    ///
    /// A number above all others is a counter that goes on, whatever the id: clients that are told the time may take
    /// lower ids than before, and those that were refused for a number may leap ahead. A lower number belongs to a call
    /// that was late or lost, so it must be free, and its id must lie between those of its neighbours.
    pub(super) fn check_order(&self, id: MsgId, seq_no: SeqNo) -> Option<i32> {
        use crate::rpc::service::bad_msg_code::{SEQ_NO_TOO_HIGH, SEQ_NO_TOO_LOW};
        if seq_no.0 < 0 {
            return Some(SEQ_NO_TOO_LOW);
        }
        let mut from_here = self.numbers.range(seq_no.0..);
        let (above, above_id) = from_here.next()?;
        if *above_id < id.0 {
            return Some(SEQ_NO_TOO_LOW);
        }
        if *above == seq_no.0 {
            return Some(SEQ_NO_TOO_HIGH);
        }
        let below = self.numbers.range(..seq_no.0).next_back();
        below.is_some_and(|(_, below_id)| *below_id > id.0).then_some(SEQ_NO_TOO_HIGH)
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
        self.running
    }
}
