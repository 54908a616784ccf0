//! The machine: updates and time in, events and things to do out.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chappe_api::enums::{self, Updates};
use chappe_api::types;
use chappe_crypto::Now;

use crate::counters::Verdict;
use crate::item::{Counter, Item};
use crate::{Pts, Qts, Seq, State, limits};

/// One thing to do. Perform them strictly in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Hand this on. Whoever takes it must have stored what it leads to before the next output is taken: the
    /// [`Output::Persist`] after it acknowledges it.
    Event(Event),
    /// Store this.
    Persist(State),
    /// Make this call and hand in its answer. It stays in
    /// [`pending_request`](UpdateMachine::pending_request) until then.
    Request(Request),
    /// Call [`handle_timeout`](UpdateMachine::handle_timeout) at this moment, if nothing else comes first.
    Timeout(Now),
}

/// A call to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// `updates.getDifference`; its answer goes to [`handle_difference`](UpdateMachine::handle_difference). The qts in
    /// it acknowledges secret messages.
    GetDifference {
        /// The state to ask from.
        from: State,
    },
    /// `updates.getState`; its answer goes to [`handle_state`](UpdateMachine::handle_state).
    GetState,
}

/// Something for the application.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A message for a secret chat. `qts` is `None` for all but the last of a difference.
    EncryptedMessage {
        /// The message.
        message: Box<enums::EncryptedMessage>,
        /// The counter to store together with what the message leads to.
        qts: Option<Qts>,
    },
    /// A message from a difference.
    Message(Box<enums::Message>),
    /// People and groups that the following events name.
    Peers {
        /// Groups and channels.
        chats: Vec<enums::Chat>,
        /// People.
        users: Vec<enums::User>,
    },
    /// qts moved without a secret message.
    QtsMoved(Qts),
    /// `updateShortMessage`, `updateShortChatMessage` or `updateShortSentMessage`.
    Short(Box<Updates>),
    /// Too much has happened: the list of chats has to be fetched anew.
    TooLong,
    /// Any other update.
    Update(Box<enums::Update>),
}

/// A batch that waits for the one before it.
#[derive(Clone, Debug)]
struct Batch {
    seq: i32,
    date: i32,
    items: Vec<Item>,
    peers: Event,
}

/// Keeps the counters of one account.
///
/// Call `poll_output` until it returns `None` after every `handle_*`. Report answers of failed calls with
/// [`handle_failure`](Self::handle_failure), and a connection that was lost and found again, or a new session of the
/// server, with [`handle_new_session`](Self::handle_new_session).
#[derive(Debug)]
pub struct UpdateMachine {
    state: Option<State>,
    persisted: Option<State>,
    pending: Option<Request>,
    /// What came while a request was pending.
    queue: Vec<Updates>,
    pts_gap: BTreeMap<i32, Item>,
    qts_gap: BTreeMap<i32, Item>,
    seq_gap: BTreeMap<i32, Batch>,
    /// The highest pts that the answer to a call named while something before it is missing.
    missed: Option<Pts>,
    gap_deadline: Option<Duration>,
    retry: Option<(Duration, Request)>,
    failures: u32,
    last_heard: Duration,
    outputs: VecDeque<Output>,
    now: Now,
    timeout_told: Option<Duration>,
}

impl UpdateMachine {
    /// Starts from a stored state, or from nothing. The first output is a request: what happened meanwhile is fetched.
    pub fn new(stored: Option<State>, now: Now) -> Self {
        let mut machine = Self {
            state: stored,
            persisted: stored,
            pending: None,
            queue: Vec::new(),
            pts_gap: BTreeMap::new(),
            qts_gap: BTreeMap::new(),
            seq_gap: BTreeMap::new(),
            missed: None,
            gap_deadline: None,
            retry: None,
            failures: 0,
            last_heard: now.monotonic,
            outputs: VecDeque::new(),
            now,
            timeout_told: None,
        };
        machine.fetch();
        machine
    }

    /// Where we stand; `None` before the first answer.
    pub fn state(&self) -> Option<State> {
        self.state
    }

    /// The call without an answer: make it again after a reconnection.
    pub fn pending_request(&self) -> Option<Request> {
        self.pending
    }

    /// Updates from the connection, or the answer to a method that returns `Updates`.
    pub fn handle_updates(&mut self, updates: Updates, now: Now) {
        self.now = now;
        self.last_heard = now.monotonic;
        if self.pending.is_some() || self.retry.is_some() {
            if self.queue.len() < limits::MAX_BUFFERED {
                self.queue.push(updates);
            } else {
                // What is dropped here is fetched later.
                self.queue = vec![Updates::TooLong];
            }
            return;
        }
        self.take(updates);
        self.settle();
    }

    /// The answer to a method that moved pts (`messages.affectedMessages` and its kin).
    pub fn handle_affected(&mut self, pts: Pts, pts_count: i32, now: Now) {
        self.now = now;
        match self.state.as_mut().map(|state| (state.judge_pts(pts.0, pts_count), state)) {
            Some((Verdict::Apply, state)) => state.pts = pts,
            Some((Verdict::Gap, _)) => {
                self.missed = self.missed.max(Some(pts));
                self.wait_for_gap();
            }
            _ => {}
        }
        self.settle();
    }

    /// The answer to [`Request::GetState`].
    pub fn handle_state(&mut self, state: &types::updates::State, now: Now) {
        self.now = now;
        if self.pending != Some(Request::GetState) {
            return;
        }
        self.pending = None;
        self.failures = 0;
        let state = State::from(state);
        self.state = Some(state);
        self.outputs.push_back(Output::Event(Event::QtsMoved(state.qts)));
        self.resume();
    }

    /// The answer to [`Request::GetDifference`].
    pub fn handle_difference(&mut self, difference: enums::updates::Difference, now: Now) {
        use enums::updates::Difference as D;
        self.now = now;
        self.last_heard = now.monotonic;
        let (Some(Request::GetDifference { from }), Some(mut state)) = (self.pending, self.state) else {
            return;
        };
        self.pending = None;
        let more = match difference {
            D::Empty(empty) => {
                state.date = empty.date;
                state.seq = Seq(empty.seq);
                self.state = Some(state);
                false
            }
            D::Difference(d) => {
                let new = State::from(&d.state);
                self.emit(d.new_messages, d.new_encrypted_messages, d.other_updates, d.chats, d.users, new);
                false
            }
            D::Slice(d) => {
                let new = State::from(&d.intermediate_state);
                self.emit(d.new_messages, d.new_encrypted_messages, d.other_updates, d.chats, d.users, new);
                true
            }
            D::TooLong(d) => {
                self.outputs.push_back(Output::Event(Event::TooLong));
                state.pts = Pts(d.pts);
                self.state = Some(state);
                true
            }
        };
        self.persist();
        if !more {
            self.failures = 0;
            return self.resume();
        }
        // A slice that does not move on would be fetched for ever.
        let moved = self.state.is_some_and(|now| {
            (now.pts, now.qts, now.date) != (from.pts, from.qts, from.date)
                && now.pts >= from.pts
                && now.date >= from.date
        });
        if moved {
            self.failures = 0;
            self.fetch();
        } else {
            self.back_off();
        }
    }

    /// The pending call failed: it is made again after a while. A lost connection is no failure.
    pub fn handle_failure(&mut self, now: Now) {
        self.now = now;
        if self.pending.take().is_some() {
            self.back_off();
        }
    }

    /// The server has a new session for us, or the connection was away: something may be missing.
    pub fn handle_new_session(&mut self, now: Now) {
        self.now = now;
        self.fetch();
    }

    /// The moment of [`Output::Timeout`] has come. Calling it at any other time does no harm.
    pub fn handle_timeout(&mut self, now: Now) {
        self.now = now;
        self.timeout_told = None;
        if let Some((at, _)) = self.retry {
            if at <= now.monotonic {
                self.retry = None;
                self.fetch();
            }
            return;
        }
        let silent = now.monotonic >= self.last_heard.saturating_add(limits::SILENCE);
        if silent || self.gap_deadline.is_some_and(|at| at <= now.monotonic) {
            self.last_heard = now.monotonic;
            self.fetch();
        }
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        let silence = self.last_heard.saturating_add(limits::SILENCE);
        let next = match (self.pending, self.retry, self.gap_deadline) {
            (Some(_), _, _) => return None,
            (None, Some((at, _)), _) => at,
            (None, None, Some(at)) => at.min(silence),
            (None, None, None) => silence,
        };
        if self.timeout_told == Some(next) {
            return None;
        }
        self.timeout_told = Some(next);
        Some(Output::Timeout(self.now.advance(next.saturating_sub(self.now.monotonic))))
    }

    /// Asks for what is missing. What waits behind gaps comes again with the answer.
    fn fetch(&mut self) {
        if self.pending.is_some() || self.retry.is_some() {
            return;
        }
        self.pts_gap.clear();
        self.qts_gap.clear();
        self.seq_gap.clear();
        self.missed = None;
        self.gap_deadline = None;
        self.persist();
        let request = self.state.map_or(Request::GetState, |from| Request::GetDifference { from });
        self.pending = Some(request);
        self.outputs.push_back(Output::Request(request));
    }

    fn back_off(&mut self) {
        self.failures = self.failures.saturating_add(1);
        let wait =
            limits::RETRY_FIRST.saturating_mul(1 << (self.failures - 1).min(10)).min(limits::RETRY_LONGEST);
        let request = self.state.map_or(Request::GetState, |from| Request::GetDifference { from });
        self.retry = Some((self.now.monotonic.saturating_add(wait), request));
    }

    /// Goes on with what came while a request was pending.
    fn resume(&mut self) {
        let mut queue = std::mem::take(&mut self.queue).into_iter();
        while let Some(updates) = queue.next() {
            self.take(updates);
            if self.pending.is_some() {
                self.queue.extend(queue);
                break;
            }
        }
        self.settle();
    }

    fn emit(
        &mut self,
        messages: Vec<enums::Message>,
        encrypted: Vec<enums::EncryptedMessage>,
        updates: Vec<enums::Update>,
        chats: Vec<enums::Chat>,
        users: Vec<enums::User>,
        new: State,
    ) {
        let mut events = vec![Event::Peers { chats, users }];
        // A secret chat that was just accepted has to be known before its first message.
        let (chats, rest): (Vec<_>, Vec<_>) =
            updates.into_iter().partition(|update| matches!(update, enums::Update::Encryption(_)));
        events.extend(chats.into_iter().map(|update| Event::Update(Box::new(update))));
        let last = encrypted.len().checked_sub(1);
        if last.is_none() && self.state.is_some_and(|state| state.qts != new.qts) {
            events.push(Event::QtsMoved(new.qts));
        }
        events.extend(encrypted.into_iter().enumerate().map(|(i, message)| Event::EncryptedMessage {
            message: Box::new(message),
            qts: (Some(i) == last).then_some(new.qts),
        }));
        events.extend(messages.into_iter().map(|message| Event::Message(Box::new(message))));
        events.extend(rest.into_iter().map(|update| Item::new(update).event));
        self.outputs.extend(events.into_iter().map(Output::Event));
        self.state = Some(new);
    }

    fn take(&mut self, updates: Updates) {
        match updates {
            Updates::TooLong => self.fetch(),
            Updates::UpdateShort(u) => {
                self.apply(vec![Item::new(u.update)]);
                self.see_date(u.date);
            }
            Updates::Updates(u) => {
                let peers = Event::Peers { chats: u.chats, users: u.users };
                self.batch(u.seq, Batch { seq: u.seq, date: u.date, items: items(u.updates), peers });
            }
            Updates::Combined(u) => {
                let peers = Event::Peers { chats: u.chats, users: u.users };
                self.batch(u.seq_start, Batch { seq: u.seq, date: u.date, items: items(u.updates), peers });
            }
            short => {
                if let Some((item, date)) = Item::short(short) {
                    self.apply(vec![item]);
                    self.see_date(date);
                }
            }
        }
    }

    fn see_date(&mut self, date: i32) {
        if let Some(state) = &mut self.state {
            state.date = state.date.max(date);
        }
    }

    /// A batch is let through when its turn has come; its items are then judged by their own counters.
    fn batch(&mut self, start: i32, batch: Batch) {
        let Some(state) = &mut self.state else { return };
        if start != 0 {
            let expected = state.seq.0.saturating_add(1);
            if start < expected {
                return;
            }
            if start > expected {
                if self.seq_gap.len() >= limits::MAX_BUFFERED {
                    return self.fetch();
                }
                self.seq_gap.insert(start, batch);
                return self.wait_for_gap();
            }
            state.seq = Seq(batch.seq);
            state.date = batch.date;
        }
        if !matches!(&batch.peers, Event::Peers { chats, users } if chats.is_empty() && users.is_empty()) {
            self.outputs.push_back(Output::Event(batch.peers));
        }
        self.apply(batch.items);
    }

    fn apply(&mut self, items: Vec<Item>) {
        for item in items {
            let Some(state) = &mut self.state else { return };
            let verdict = match item.counter {
                Counter::None => Verdict::Apply,
                Counter::Pts { pts, count } => state.judge_pts(pts, count),
                Counter::Qts(qts) => state.judge_qts(qts),
            };
            match (verdict, item.counter) {
                (Verdict::Known, _) => {}
                (Verdict::Apply, counter) => {
                    match counter {
                        Counter::Pts { pts, .. } => state.pts = Pts(pts),
                        Counter::Qts(qts) => state.qts = Qts(qts),
                        Counter::None => {}
                    }
                    self.outputs.push_back(Output::Event(item.event));
                }
                (Verdict::Gap, counter) => {
                    if self.pts_gap.len() + self.qts_gap.len() >= limits::MAX_BUFFERED {
                        return self.fetch();
                    }
                    match counter {
                        Counter::Pts { pts, .. } => self.pts_gap.entry(pts).or_insert(item),
                        Counter::Qts(qts) => self.qts_gap.entry(qts).or_insert(item),
                        Counter::None => continue,
                    };
                    self.wait_for_gap();
                }
            }
        }
    }

    fn wait_for_gap(&mut self) {
        let at = self.now.monotonic.saturating_add(limits::GAP_WAIT);
        self.gap_deadline.get_or_insert(at);
    }

    /// Lets through what waited and can go now, and stores.
    fn settle(&mut self) {
        while let Some(state) = self.state {
            let pts = self.pts_gap.first_key_value().filter(|(_, item)| match item.counter {
                Counter::Pts { pts, count } => state.judge_pts(pts, count) != Verdict::Gap,
                _ => true,
            });
            let pts = pts.map(|(key, _)| *key);
            let qts = self.qts_gap.first_key_value().map(|(qts, _)| *qts);
            let qts = qts.filter(|qts| state.judge_qts(*qts) != Verdict::Gap);
            let seq = self.seq_gap.first_key_value().map(|(start, _)| *start);
            let seq = seq.filter(|start| *start <= state.seq.0.saturating_add(1));
            if let Some(item) = pts.and_then(|pts| self.pts_gap.remove(&pts)) {
                self.apply(vec![item]);
            } else if let Some(item) = qts.and_then(|qts| self.qts_gap.remove(&qts)) {
                self.apply(vec![item]);
            } else if let Some((start, batch)) = seq.and_then(|seq| self.seq_gap.remove_entry(&seq)) {
                self.batch(start, batch);
            } else {
                break;
            }
        }
        self.missed = self.missed.filter(|pts| self.state.is_some_and(|state| state.pts < *pts));
        let gaps = self.pts_gap.len() + self.qts_gap.len() + self.seq_gap.len();
        if gaps == 0 && self.missed.is_none() {
            self.gap_deadline = None;
        }
        self.persist();
    }

    fn persist(&mut self) {
        if let Some(state) = self.state
            && self.persisted != Some(state)
        {
            self.persisted = Some(state);
            self.outputs.push_back(Output::Persist(state));
        }
    }
}

fn items(updates: Vec<enums::Update>) -> Vec<Item> {
    let mut items: Vec<Item> = updates.into_iter().map(Item::new).collect();
    items.sort_by_key(Item::rank);
    items
}
