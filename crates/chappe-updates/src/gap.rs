//! What waits behind a gap.

use std::collections::BTreeMap;

use crate::counters::Verdict;
use crate::item::{Counter, Item};
use crate::{Pts, limits};

/// Updates of one counter, in the order in which they can go. Those that move the counter come before those that only
/// stand at it, and each moving one is kept once.
#[derive(Debug, Default)]
pub(crate) struct Gap {
    items: BTreeMap<(i32, u32), Item>,
    /// Tells apart what stands at the same place without moving.
    next: u32,
}

impl Gap {
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.items.clear();
    }

    pub(crate) fn push(&mut self, item: Item) {
        let key = match item.counter {
            Counter::Pts { pts, count: 0 } | Counter::Channel { pts, count: 0, .. } => {
                self.next = self.next.wrapping_add(1).max(1);
                (pts, self.next)
            }
            Counter::Pts { pts, .. } | Counter::Channel { pts, .. } => (pts, 0),
            Counter::Qts(qts) => (qts, 0),
            Counter::None => return,
        };
        self.items.entry(key).or_insert(item);
    }

    /// The first one, if nothing before it is missing any more.
    pub(crate) fn pop_ready(&mut self, verdict: impl Fn(Counter) -> Verdict) -> Option<Item> {
        let first = self.items.first_entry()?;
        match verdict(first.get().counter) {
            Verdict::Gap => None,
            Verdict::Apply | Verdict::Known => Some(first.remove()),
        }
    }

    /// The same for a counter of events.
    pub(crate) fn pop_ready_at(&mut self, local: Pts) -> Option<Item> {
        self.pop_ready(|counter| match counter {
            Counter::Pts { pts, count } | Counter::Channel { pts, count, .. } => local.judge(pts, count),
            Counter::Qts(_) | Counter::None => Verdict::Known,
        })
    }
}

/// Numbers that the answers to calls took while something before them was missing: nothing else comes for them.
#[derive(Debug, Default)]
pub(crate) struct Taken(BTreeMap<i32, i32>);

impl Taken {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// One that is too many is missing then, and fetched as anything else.
    pub(crate) fn push(&mut self, pts: Pts, count: i32) {
        if self.0.len() < limits::MAX_BUFFERED {
            self.0.insert(pts.0, count);
        }
    }

    /// Moves the counter over those that are next; `false` if there are none.
    pub(crate) fn pass(&mut self, local: &mut Pts) -> bool {
        let before = *local;
        while let Some(first) = self.0.first_entry() {
            let pts = *first.key();
            match local.judge(pts, *first.get()) {
                Verdict::Gap => break,
                Verdict::Apply => *local = Pts(pts),
                Verdict::Known => {}
            }
            first.remove();
        }
        *local != before
    }
}
