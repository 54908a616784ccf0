//! Numbers for messages: ids that only grow, sequence numbers, and the memory of ids that came in.

use std::collections::BTreeSet;
use std::time::Duration;

use chappe_crypto::Rng;

use super::{MsgId, SeqNo, limits};

/// `msg_id`s that strictly increase, whatever the clock does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MsgIds {
    last: i64,
}

/// The id of a moment: seconds in the upper half, fraction in the lower one.
pub(crate) fn id_of_time(unix: Duration) -> i64 {
    let secs = unix.as_secs().min(0x7fff_fffe) as i64;
    let fraction = (u64::from(unix.subsec_nanos()) << 32) / 1_000_000_000;
    (secs << 32) | fraction as i64
}

/// The moment of an id.
pub(crate) fn time_of_id(id: MsgId) -> Duration {
    let bits = id.0.max(0) as u64;
    let nanos = ((bits & 0xffff_ffff) * 1_000_000_000) >> 32;
    Duration::new(bits >> 32, nanos as u32)
}

impl MsgIds {
    /// The next id at server time `unix`; `class` is its value modulo 4. 20 random bits hide the exact clock.
    pub(crate) fn next(&mut self, unix: Duration, class: i64, rng: &mut impl Rng) -> MsgId {
        let random = i64::from(rng.next_u32() & 0x003f_fffc);
        let now = (id_of_time(unix) ^ random) & !3;
        let next = now.max((self.last & !3).saturating_add(4)) & !3;
        self.last = next | (class & 3);
        MsgId(self.last)
    }

    /// The last id given out.
    pub(crate) fn last(&self) -> MsgId {
        MsgId(self.last)
    }
}

/// `seq_no`s of the messages sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SeqNos {
    content_related: u32,
}

impl SeqNos {
    pub(crate) fn next(&mut self, content_related: bool) -> SeqNo {
        let even = self.content_related.wrapping_mul(2) & 0x7fff_fffe;
        if content_related {
            self.content_related = self.content_related.wrapping_add(1);
            SeqNo((even | 1) as i32)
        } else {
            SeqNo(even as i32)
        }
    }
}

/// What is known about an id that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    New,
    Duplicate,
    /// Below everything that is remembered: nobody can tell.
    TooOld,
}

/// The highest [`limits::RECEIVED_IDS`] ids that came in. The lowest goes first, so that an id can never come back.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedIds {
    ids: BTreeSet<i64>,
    floor: i64,
}

impl Default for ReceivedIds {
    fn default() -> Self {
        Self { ids: BTreeSet::new(), floor: i64::MIN }
    }
}

impl ReceivedIds {
    pub(crate) fn check(&self, id: MsgId) -> Seen {
        if self.ids.contains(&id.0) {
            Seen::Duplicate
        } else if id.0 <= self.floor {
            Seen::TooOld
        } else {
            Seen::New
        }
    }

    pub(crate) fn insert(&mut self, id: MsgId) {
        self.ids.insert(id.0);
        while self.ids.len() > limits::RECEIVED_IDS {
            if let Some(lowest) = self.ids.pop_first() {
                self.floor = self.floor.max(lowest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    proptest! {
        #[test]
        fn ids_strictly_increase_under_any_clock(
            seed: u64,
            moments in prop::collection::vec((0..4_000_000_000_u64, 0..1_000_000_000_u32, 0..4_i64), 1..200),
        ) {
            let mut rng = ChaCha20Rng::seed_from_u64(seed);
            let mut ids = MsgIds::default();
            let mut last = 0;
            for (secs, nanos, class) in moments {
                let id = ids.next(Duration::new(secs, nanos), class, &mut rng).0;
                prop_assert!(id > last);
                prop_assert_eq!(id & 3, class);
                last = id;
            }
        }

        #[test]
        fn seq_nos_count_content_related_messages(kinds in prop::collection::vec(any::<bool>(), 0..300)) {
            let mut seq_nos = SeqNos::default();
            let mut before = 0;
            for content_related in kinds {
                let seq_no = seq_nos.next(content_related);
                prop_assert_eq!(seq_no.0, 2 * before + i32::from(content_related));
                prop_assert_eq!(seq_no.is_content_related(), content_related);
                before += i32::from(content_related);
            }
        }

        #[test]
        fn an_id_is_never_new_twice(ids in prop::collection::vec(0..6000_i64, 0..6000)) {
            let mut received = ReceivedIds::default();
            let mut all = BTreeSet::new();
            for id in ids {
                let seen = received.check(MsgId(id));
                if seen == Seen::New {
                    prop_assert!(all.insert(id), "{id} was new twice");
                    received.insert(MsgId(id));
                }
            }
        }
    }

    #[test]
    fn ids_and_moments_agree() {
        for moment in [Duration::new(1_700_000_000, 0), Duration::new(1_700_000_000, 999_999_999)] {
            let back = time_of_id(MsgId(id_of_time(moment)));
            assert!(moment.abs_diff(back) < Duration::from_nanos(2), "{moment:?} {back:?}");
        }
        assert_eq!(time_of_id(MsgId(-5)), Duration::ZERO);
    }
}
