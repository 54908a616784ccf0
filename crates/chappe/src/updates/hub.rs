//! One queue of events, which every stream reads at its own pace.
//!
//! ```text
//!            first                               tail
//!   entries    |  e  e  e  e  e  e  e  e  e  e  e  |  <- publish
//!                    ^        ^           ^
//!              handled        next        observer
//!   marks            m     m        m              positions: saved once all before them is handled
//! ```
//!
//! Streams of `Client::updates` keep: what they have not read stays in the queue, and positions wait for what they have
//! not handled. Observers hold nothing up.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;

use super::{Event, Position};
use crate::limits::{MAX_POSITIONS, MAX_QUEUED_UPDATES, MAX_UNCLAIMED_UPDATES, MAX_UNREAD_UPDATES};

/// Of what stands in no queue.
const NO_NUMBER: u64 = u64::MAX;

/// Hands every event to every reader.
#[derive(Clone)]
pub(crate) struct Hub(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// What somebody asked to hear of has come.
    progress: Notify,
}

#[derive(Default)]
struct State {
    entries: VecDeque<Event>,
    /// The number of the first entry.
    first: u64,
    /// The number after the last event that the counters count with.
    counted: u64,
    /// Positions, each with the number before which everything has to be handled.
    marks: VecDeque<(u64, Position)>,
    readers: BTreeMap<u64, Cursor>,
    next_reader: u64,
    /// A stream that keeps was taken once.
    claimed: bool,
    /// Any reader was taken once: it got what came before it.
    read: bool,
    /// What is before this is handled, whatever becomes of the readers.
    handled: u64,
    /// The first event that was held and not done when its stream went: it is to come again, with all behind it.
    undone: Option<u64>,
    /// Where the last stream that kept had got to.
    resume: u64,
    /// Told when a position is due. To say so with each event would cost more than to read it.
    awaits_due: bool,
    /// Told when there is room again.
    awaits_room: bool,
    closed: bool,
}

struct Cursor {
    keeps: bool,
    next: u64,
    /// What is before this is handled, but for what is held.
    passed: u64,
    held: BTreeSet<u64>,
    lost: u64,
    waker: Option<Waker>,
}

impl Cursor {
    fn handled(&self) -> u64 {
        self.held.first().map_or(self.passed, |held| self.passed.min(*held))
    }
}

/// The place of one stream in the queue.
pub(crate) struct Reader {
    hub: Hub,
    id: u64,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared { state: Mutex::default(), progress: Notify::new() }))
    }

    /// `keeps`: what it has not handled is kept, and not stored as handled.
    pub(crate) fn subscribe(&self, keeps: bool) -> Reader {
        let mut state = self.state();
        let tail = state.tail();
        let next = match keeps {
            // What was dropped after the last one is told.
            true if state.claimed && !state.readers.values().any(|reader| reader.keeps) => state.resume,
            true if !state.claimed => state.first,
            false if !state.read => state.first,
            _ => tail,
        };
        state.claimed |= keeps;
        state.read = true;
        let id = state.next_reader;
        state.next_reader += 1;
        let lost = 0;
        let cursor = Cursor { keeps, next, passed: next, held: BTreeSet::new(), lost, waker: None };
        state.readers.insert(id, cursor);
        self.tell_progress(&mut state);
        Reader { hub: self.clone(), id }
    }

    /// An event that the counters count with.
    pub(crate) fn publish(&self, event: Event) {
        self.change(|state| {
            state.push(event);
            state.counted = state.tail();
        });
    }

    /// An event that no position depends on.
    pub(crate) fn publish_aside(&self, event: Event) {
        self.change(|state| state.push(event));
    }

    /// Wakes the readers, but not while the state is locked: they ask for it at once.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        let sleeping: Vec<Waker> =
            state.readers.values_mut().filter_map(|reader| reader.waker.take()).collect();
        drop(state);
        sleeping.into_iter().for_each(Waker::wake);
    }

    /// Where the counters stand once everything published so far is handled.
    pub(crate) fn mark(&self, position: Position) {
        let mut state = self.state();
        let at = state.counted;
        let full = state.marks.len() >= MAX_POSITIONS;
        match state.marks.back_mut() {
            Some(last) if last.0 == at || full => {
                last.0 = at;
                last.1.pass(position);
            }
            _ => state.marks.push_back((at, position)),
        }
    }

    /// The position that may be stored now, if it has moved.
    pub(crate) fn take_due(&self) -> Option<Position> {
        let mut state = self.state();
        let handled = state.handled();
        let mut due = Position::default();
        while let Some((_, position)) = state.marks.pop_front_if(|(at, _)| *at <= handled) {
            due.pass(position);
        }
        (!due.is_empty()).then_some(due)
    }

    /// The position that was due could not be stored.
    pub(crate) fn put_back(&self, position: Position) {
        let mut state = self.state();
        state.awaits_due = true;
        match state.marks.front_mut() {
            // It is due later, then.
            Some((_, next)) => {
                let later = std::mem::replace(next, position);
                next.pass(later);
            }
            None => state.marks.push_back((0, position)),
        }
    }

    /// Whether a position may be stored now. If not, it is told when [that has changed](Self::progress).
    pub(crate) fn has_due(&self) -> bool {
        let mut state = self.state();
        state.awaits_due = !state.is_due();
        !state.awaits_due
    }

    /// No position of before means anything any more.
    pub(crate) fn forget_positions(&self) {
        let mut state = self.state();
        state.marks.clear();
        state.undone = None;
    }

    /// The client ends in good order. If nobody wanted the updates, they are handled.
    pub(crate) fn finish(&self) {
        let mut state = self.state();
        if !state.claimed {
            state.handled = state.tail();
        }
    }

    /// Whether as much waits for a stream that keeps as may. If so, it is told when [there is room](Self::progress).
    pub(crate) fn is_full(&self) -> bool {
        let mut state = self.state();
        state.awaits_room = state.unread() >= MAX_UNREAD_UPDATES;
        state.awaits_room
    }

    /// Whether a good part of it has been read. If not, it is told when [there is](Self::progress).
    pub(crate) fn has_room(&self) -> bool {
        let mut state = self.state();
        state.awaits_room = !state.has_room();
        !state.awaits_room
    }

    /// Returns when the answer to a question above has changed to the better since it was given.
    pub(crate) async fn progress(&self) {
        self.0.progress.notified().await;
    }

    /// Ends all streams once they have been read to their ends.
    pub(crate) fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// To be called when somebody has handled or read something.
    fn tell_progress(&self, state: &mut State) {
        let due = state.awaits_due && state.is_due();
        let room = state.awaits_room && state.has_room();
        if due || room {
            state.awaits_due &= !due;
            state.awaits_room &= !room;
            self.0.progress.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tail(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    fn push(&mut self, event: Event) {
        self.entries.push_back(event);
        if !self.claimed && self.entries.len() > MAX_UNCLAIMED_UPDATES {
            // Nobody seems to want them.
            self.handled = self.handled.max(self.tail() - MAX_UNCLAIMED_UPDATES as u64);
        }
        self.trim();
        while self.entries.len() > MAX_QUEUED_UPDATES {
            self.entries.pop_front();
            self.first += 1;
        }
    }

    /// Drops what nobody needs any more.
    fn trim(&mut self) {
        let wanted = self.wanted_from();
        while self.first < wanted && self.entries.pop_front().is_some() {
            self.first += 1;
        }
    }

    /// The first entry that somebody will read.
    fn wanted_from(&self) -> u64 {
        let next = |keeps: bool| {
            self.readers.values().filter(move |reader| reader.keeps == keeps).map(|reader| reader.next).min()
        };
        let kept = match self.claimed {
            true => next(true).unwrap_or(self.resume),
            false => self.handled,
        };
        next(false).map_or(kept, |observed| kept.min(observed))
    }

    fn handled(&self) -> u64 {
        let kept = self.readers.values().filter(|reader| reader.keeps).map(Cursor::handled).min();
        let handled = kept.map_or(self.handled, |kept| kept.max(self.handled));
        self.undone.map_or(handled, |undone| undone.min(handled))
    }

    /// Whether the first position may be stored.
    fn is_due(&self) -> bool {
        self.marks.front().is_some_and(|(at, _)| *at <= self.handled())
    }

    fn has_room(&self) -> bool {
        self.unread() <= MAX_UNREAD_UPDATES / 2
    }

    /// What waits for the slowest stream that keeps. If there is none any more, observers go on all the same.
    fn unread(&self) -> usize {
        let slowest = self.readers.values().filter(|reader| reader.keeps).map(|reader| reader.next).min();
        let from = match slowest {
            Some(next) => next,
            None if self.claimed && self.readers.is_empty() => self.resume,
            None => return 0,
        };
        usize::try_from(self.tail().saturating_sub(from)).unwrap_or(usize::MAX)
    }
}

impl Reader {
    /// Asking for the next one says that those before it are handled.
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Option<Event>> {
        let next = self.poll_number(cx, false);
        next.map(|next| next.map(|(_, event)| event))
    }

    /// The next one, which counts as handled only once it is [released](Self::release).
    pub(crate) fn poll_held(&self, cx: &Context<'_>) -> Poll<Option<(u64, Event)>> {
        self.poll_number(cx, true)
    }

    fn poll_number(&self, cx: &Context<'_>, hold: bool) -> Poll<Option<(u64, Event)>> {
        let mut guard = self.hub.state();
        let state = &mut *guard;
        let (first, closed) = (state.first, state.closed);
        let Some(cursor) = state.readers.get_mut(&self.id) else { return Poll::Ready(None) };
        let moved = cursor.keeps && cursor.passed < cursor.next;
        cursor.passed = cursor.next;
        if moved {
            self.hub.tell_progress(state);
        }
        let Some(cursor) = state.readers.get_mut(&self.id) else { return Poll::Ready(None) };
        if cursor.next < first {
            cursor.lost += first - cursor.next;
            cursor.next = first;
            cursor.passed = first;
        }
        let number = cursor.next;
        if cursor.lost > 0 {
            let count = std::mem::take(&mut cursor.lost);
            return Poll::Ready(Some((NO_NUMBER, Event::Lagged { count })));
        }
        let index = usize::try_from(number - first).unwrap_or(usize::MAX);
        if index >= state.entries.len() {
            if closed {
                return Poll::Ready(None);
            }
            cursor.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        cursor.next += 1;
        if hold {
            cursor.held.insert(number);
        }
        // Whoever reads an entry last has it, the others have copies.
        let event = match index == 0 && state.wanted_from() > number {
            true => {
                state.first += 1;
                state.entries.pop_front()
            }
            false => state.entries.get(index).cloned(),
        };
        Poll::Ready(event.map(|event| (number, event)))
    }

    /// What was held is handled.
    pub(crate) fn release(&self, numbers: &[u64]) {
        let mut state = self.hub.state();
        if let Some(cursor) = state.readers.get_mut(&self.id) {
            for number in numbers {
                cursor.held.remove(number);
            }
        }
        self.hub.tell_progress(&mut state);
    }

    /// Everything handed out is handled, but for what is held.
    pub(crate) fn pass(&self) {
        let mut state = self.hub.state();
        if let Some(cursor) = state.readers.get_mut(&self.id) {
            cursor.passed = cursor.next;
        }
        self.hub.tell_progress(&mut state);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        if let Some(cursor) = state.readers.remove(&self.id)
            && cursor.keeps
        {
            state.undone = state.undone.into_iter().chain(cursor.held.first().copied()).min();
            if !state.readers.values().any(|reader| reader.keeps) {
                state.handled = state.handled.max(cursor.handled());
                state.resume = cursor.next;
            }
        }
        state.trim();
        self.hub.tell_progress(&mut state);
    }
}

#[cfg(test)]
mod tests;
