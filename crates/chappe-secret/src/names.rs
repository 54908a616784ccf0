//! The ids of recent messages: what makes a repeated id harmless, and tells what may be deleted.

use std::collections::{BTreeMap, BTreeSet};

use crate::RandomId;

/// Ids in one record.
const SLOT_LEN: u32 = 32;

/// Records in the ring.
const SLOTS: u32 = 32;

/// A ring of the last thousand ids of content messages of one chat, of both sides: each slot is a record.
#[derive(Default)]
pub(crate) struct Names {
    /// Ids so far.
    pub(crate) count: u32,
    pub(crate) slots: BTreeMap<u32, Vec<i64>>,
}

impl Names {
    /// Adds an id. The slot that has changed.
    pub(crate) fn insert(&mut self, id: RandomId) -> u32 {
        let (slot, place) = (self.count / SLOT_LEN % SLOTS, self.count % SLOT_LEN);
        let ids = self.slots.entry(slot).or_default();
        // A slot whose turn comes again loses its old ids; one that is ahead of the counter cannot be.
        ids.truncate(place as usize);
        ids.push(id.0);
        self.count = self.count.checked_add(1).unwrap_or(SLOT_LEN * SLOTS);
        slot
    }

    pub(crate) fn contains(&self, id: RandomId) -> bool {
        self.slots.values().any(|ids| ids.contains(&id.0))
    }

    /// Those of the given ids that can be content messages of this chat, each once: known ones and, once the ring has
    /// turned, any that may be older.
    pub(crate) fn only_known(&self, ids: &[i64]) -> Vec<RandomId> {
        let mut known: BTreeSet<i64> = self.slots.values().flatten().copied().collect();
        let turned = self.count > SLOT_LEN * SLOTS;
        let mut seen = BTreeSet::new();
        ids.iter()
            .filter(|id| **id != 0 && (turned || known.remove(id)) && seen.insert(**id))
            .map(|id| RandomId(*id))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_thousand_ids_are_known() {
        let mut names = Names::default();
        for id in 1..=1024 {
            names.insert(RandomId(id));
        }
        assert!((1..=1024).all(|id| names.contains(RandomId(id))));
        assert_eq!(names.only_known(&[5, 0, 2000, 5]), [RandomId(5)]);
        names.insert(RandomId(1025));
        assert!(
            !names.contains(RandomId(1)) && names.contains(RandomId(33)) && names.contains(RandomId(1025))
        );
        assert_eq!(names.only_known(&[1, 0, 1]), [RandomId(1)], "it may be one that was forgotten");
        for id in 1026..10_000 {
            names.insert(RandomId(id));
        }
        assert!(names.slots.len() == 32 && names.slots.values().all(|ids| ids.len() <= 32));
    }
}
