//! The counters, each a type of its own.

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i32);
    };
}

counter! {
    /// Counts events: in the common box (private chats and basic groups), or in one channel.
    Pts
}
counter! {
    /// Counts messages of secret chats, and some updates for bots; one counter for each authorization.
    Qts
}
counter! {
    /// Counts whole batches of updates.
    Seq
}

/// A channel or supergroup, by the number that the API gives it (`channel_id`, positive).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(pub i64);

/// Where we stand: what to store, and what to ask the difference from. Channels have places of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// Events of the common box.
    pub pts: Pts,
    /// Secret messages.
    pub qts: Qts,
    /// Batches.
    pub seq: Seq,
    /// The date up to which everything is known, Unix seconds by the server.
    pub date: i32,
}

impl From<&chappe_api::types::updates::State> for State {
    fn from(state: &chappe_api::types::updates::State) -> Self {
        Self { pts: Pts(state.pts), qts: Qts(state.qts), seq: Seq(state.seq), date: state.date }
    }
}

/// How an update stands to a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the next one.
    Apply,
    /// Something before it is missing.
    Gap,
    /// It is known.
    Known,
}

impl Pts {
    /// Judges an update that moves this counter by `count` to `pts`.
    pub(crate) fn judge(self, pts: i32, count: i32) -> Verdict {
        judge(self.0, pts, count)
    }
}

impl State {
    /// Judges an update that moves qts by one to `qts`.
    pub(crate) fn judge_qts(&self, qts: i32) -> Verdict {
        if qts.saturating_add(crate::limits::RESET_DISTANCE) < self.qts.0 {
            return Verdict::Apply;
        }
        judge(self.qts.0, qts, 1)
    }
}

fn judge(local: i32, new: i32, count: i32) -> Verdict {
    match local.saturating_add(count).cmp(&new) {
        std::cmp::Ordering::Equal => Verdict::Apply,
        std::cmp::Ordering::Greater => Verdict::Known,
        std::cmp::Ordering::Less => Verdict::Gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_of_the_counters() {
        let state = State { pts: Pts(10), qts: Qts(5_000_000), ..State::default() };
        assert_eq!(state.pts.judge(11, 1), Verdict::Apply);
        assert_eq!(state.pts.judge(10, 0), Verdict::Apply);
        assert_eq!(state.pts.judge(10, 1), Verdict::Known);
        assert_eq!(state.pts.judge(12, 1), Verdict::Gap);
        assert_eq!(state.pts.judge(i32::MAX, i32::MAX), Verdict::Apply);
        assert_eq!(state.judge_qts(5_000_001), Verdict::Apply);
        assert_eq!(state.judge_qts(5_000_000), Verdict::Known);
        assert_eq!(state.judge_qts(5_000_002), Verdict::Gap);
        assert_eq!(state.judge_qts(3), Verdict::Apply, "a reset");
    }
}
