//! The machine: updates and time in, events and things to do out.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chappe_api::enums::{self, Update, Updates};
use chappe_api::types;
use chappe_crypto::Now;

use crate::channels::Channels;
use crate::counters::Verdict;
use crate::gap::{Gap, Taken};
use crate::item::{Counter, Item};
use crate::{ChannelId, Event, Output, Pts, Qts, Request, Seq, State, limits};

/// A batch that waits for the one before it.
#[derive(Clone, Debug)]
struct Batch {
    seq: i32,
    date: i32,
    items: Vec<Item>,
    chats: Vec<enums::Chat>,
    users: Vec<enums::User>,
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
    /// Up to this date nothing is missing in channels.
    quiet_date: Option<i32>,
    /// The last [`Event::Peers`] named somebody.
    peers_told: bool,
    pending: Option<Request>,
    /// What came while a request was pending.
    queue: Vec<Updates>,
    pts_gap: Gap,
    qts_gap: Gap,
    seq_gap: BTreeMap<i32, Batch>,
    channels: Channels,
    /// Nothing but secret chats goes on.
    paused: bool,
    /// Something was passed over while paused.
    wanted: bool,
    /// What calls took and cannot be counted yet.
    taken: Taken,
    gap_deadline: Option<Duration>,
    retry: Option<(Duration, Request)>,
    failures: u32,
    /// Differences in a row that could not be read.
    unreadable: u32,
    last_heard: Duration,
    outputs: VecDeque<Output>,
    now: Now,
    timeout_told: Option<Duration>,
}

impl UpdateMachine {
    /// Starts from a stored state, or from nothing. The first output is a request: what happened meanwhile is fetched.
    pub fn new(stored: Option<State>, now: Now) -> Self {
        Self::with_channels(stored, [], now)
    }

    /// The same with what was stored of channels: the answer to the first request names those in which something
    /// happened.
    pub fn with_channels(
        stored: Option<State>,
        channels: impl IntoIterator<Item = (ChannelId, Pts)>,
        now: Now,
    ) -> Self {
        let mut machine = Self {
            state: stored,
            persisted: stored,
            quiet_date: stored.map(|state| state.date),
            peers_told: false,
            pending: None,
            queue: Vec::new(),
            pts_gap: Gap::default(),
            qts_gap: Gap::default(),
            seq_gap: BTreeMap::new(),
            channels: Channels::new(channels),
            paused: false,
            wanted: false,
            taken: Taken::default(),
            gap_deadline: None,
            retry: None,
            failures: 0,
            unreadable: 0,
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

    /// The call for the account without an answer. Calls for channels are counted by themselves.
    pub fn pending_request(&self) -> Option<Request> {
        self.pending
    }

    /// Where we stand in a channel; `None` if that is not known.
    pub fn channel_pts(&self, channel: ChannelId) -> Option<Pts> {
        self.channels.pts(channel)
    }

    /// The channels whose place is known.
    pub fn channels(&self) -> impl Iterator<Item = (ChannelId, Pts)> {
        self.channels.iter()
    }

    /// Whether nothing that happened is known to be missing, and nothing is being asked.
    pub fn is_current(&self) -> bool {
        let idle = self.pending.is_none() && self.retry.is_none() && !self.wanted;
        self.state.is_some() && idle && self.channels.are_settled()
    }

    /// Stops and goes on again: while nobody takes what comes, nothing but secret chats goes on. What is passed over
    /// meanwhile is not kept; it is fetched afterwards from where the counters stand.
    pub fn set_paused(&mut self, paused: bool, now: Now) {
        self.now = now;
        self.paused = paused;
        self.channels.paused = paused;
        if !paused && std::mem::take(&mut self.wanted) {
            self.fetch();
        }
        self.timeout_told = None;
    }

    /// Whether the machine is [paused](Self::set_paused).
    pub fn is_paused(&self) -> bool {
        self.paused
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
        self.taken.push(pts, pts_count);
        // A difference that is on its way may tell of it.
        if self.pending.is_none() && self.retry.is_none() {
            self.settle();
        }
    }

    /// The same for a method that moved the pts of a channel.
    pub fn handle_channel_affected(&mut self, channel: ChannelId, pts: Pts, pts_count: i32, now: Now) {
        self.now = now;
        self.channels.affected(channel, pts, pts_count, now, &mut self.outputs);
        self.settle();
    }

    /// The answer to [`Request::GetState`].
    pub fn handle_state(&mut self, state: &types::updates::State, now: Now) {
        self.now = now;
        if self.pending != Some(Request::GetState) {
            return;
        }
        self.pending = None;
        let state = State::from(state);
        if let Some(before) = self.state {
            return self.pass_over(before, state);
        }
        self.failures = 0;
        self.state = Some(state);
        self.outputs.push_back(Output::Event(Event::QtsMoved(state.qts)));
        self.resume();
    }

    /// What happened since `before` cannot be read. Secret messages and the names of channels in which something happened are
    /// asked for once more.
    fn pass_over(&mut self, before: State, now: State) {
        let moved = before.pts != now.pts;
        self.state = Some(State { qts: before.qts, date: before.date, ..now });
        if !moved {
            return self.back_off();
        }
        self.failures = 0;
        self.outputs.push_back(Output::Event(Event::TooLong));
        self.persist();
        self.fetch();
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
        self.unreadable = 0;
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

    /// The answer to [`Request::GetChannelDifference`].
    pub fn handle_channel_difference(
        &mut self,
        channel: ChannelId,
        difference: enums::updates::ChannelDifference,
        now: Now,
    ) {
        self.now = now;
        self.channels.handle_difference(channel, difference, now, &mut self.outputs);
        // It may have named somebody.
        self.peers_told = true;
        self.persist();
    }

    /// The answer to [`Request::GetChannelPts`]. May be called unasked, with what a list of chats says: a channel that
    /// is known already stays where it is.
    pub fn handle_channel_pts(&mut self, channel: ChannelId, pts: Pts, now: Now) {
        self.now = now;
        self.channels.handle_pts(channel, pts, now, &mut self.outputs);
        self.persist();
    }

    /// A call about this channel failed: it is made again after a while. A lost connection is no failure.
    pub fn handle_channel_failure(&mut self, channel: ChannelId, now: Now) {
        self.now = now;
        self.channels.handle_failure(channel, now);
    }

    /// The account cannot see this channel (any more): it is forgotten, with what is asked about it.
    pub fn forget_channel(&mut self, channel: ChannelId, now: Now) {
        self.now = now;
        self.channels.forget(channel);
        self.persist();
    }

    /// The pending call failed: it is made again after a while. A lost connection is no failure.
    pub fn handle_failure(&mut self, now: Now) {
        self.now = now;
        if self.pending.take().is_some() {
            self.back_off();
        }
    }

    /// The answer to the pending call cannot be read. It is asked for again after a while; if that does not help, what it
    /// tells is passed over ([`Event::TooLong`]), and the counters go on from now.
    pub fn handle_unreadable(&mut self, now: Now) {
        if matches!(self.pending, Some(Request::GetDifference { .. })) {
            self.unreadable += 1;
        }
        if self.unreadable < limits::UNREADABLE_ANSWERS {
            return self.handle_failure(now);
        }
        self.now = now;
        self.unreadable = 0;
        self.pending = Some(Request::GetState);
        self.outputs.push_back(Output::Request(Request::GetState));
    }

    /// The answer to a call about this channel cannot be read. It is asked for again after a while; if that does not help,
    /// what it tells is passed over ([`Event::ChannelTooLong`]): the next update says where the channel stands.
    pub fn handle_channel_unreadable(&mut self, channel: ChannelId, now: Now) {
        self.now = now;
        self.channels.handle_unreadable(channel, now, &mut self.outputs);
        self.persist();
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
        self.channels.handle_timeout(now);
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
        if self.outputs.is_empty() {
            self.channels.request(&mut self.outputs);
        }
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        let silence = self.last_heard.saturating_add(limits::SILENCE);
        let own = match (self.pending, self.retry, self.gap_deadline) {
            (Some(_), _, _) => None,
            (None, Some((at, _)), _) => Some(at),
            (None, None, Some(at)) => Some(at.min(silence)),
            (None, None, None) => Some(silence),
        };
        let next = own.into_iter().chain(self.channels.deadline()).min()?;
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
        if self.paused && self.state.is_some() {
            self.wanted = true;
            self.gap_deadline = None;
            return;
        }
        self.wanted = false;
        self.pts_gap.clear();
        self.qts_gap.clear();
        self.seq_gap.clear();
        self.taken.clear();
        self.gap_deadline = None;
        self.persist();
        let request = self.state.map_or(Request::GetState, |from| Request::GetDifference { from });
        self.pending = Some(request);
        self.outputs.push_back(Output::Request(request));
    }

    fn back_off(&mut self) {
        self.failures = self.failures.saturating_add(1);
        let wait = limits::retry_wait(self.failures);
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
        let since = self.state.map_or(0, |state| state.date);
        self.tell_peers(chats, users);
        let mut events = Vec::new();
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
        self.outputs.extend(events.into_iter().map(Output::Event));
        self.state = Some(new);
        // What counts in the account is within the new state; channels go by their own counters.
        for item in rest.into_iter().map(Item::new) {
            match item.counter {
                Counter::Channel { .. } => self.channels.apply(item, self.now, &mut self.outputs),
                _ => self.apply_uncounted(item, since),
            }
        }
    }

    /// Lets an update through that stands at no counter, or whose counter is dealt with.
    fn apply_uncounted(&mut self, item: Item, since: i32) {
        if let Event::Update(update) = &item.event {
            match &**update {
                Update::ChannelTooLong(u) => {
                    return self.channels.too_long(ChannelId(u.channel_id), u.pts.map(Pts), since);
                }
                Update::Channel(u) => self.channels.joined(ChannelId(u.channel_id)),
                _ => {}
            }
        }
        self.outputs.push_back(Output::Event(item.event));
    }

    fn take(&mut self, updates: Updates) {
        match updates {
            Updates::TooLong => self.fetch(),
            Updates::UpdateShort(u) => {
                self.tell_peers(Vec::new(), Vec::new());
                self.apply(vec![Item::new(u.update)]);
            }
            Updates::Updates(u) => {
                let (items, chats, users) = (items(u.updates), u.chats, u.users);
                self.batch(u.seq, Batch { seq: u.seq, date: u.date, items, chats, users });
            }
            Updates::Combined(u) => {
                let (items, chats, users) = (items(u.updates), u.chats, u.users);
                self.batch(u.seq_start, Batch { seq: u.seq, date: u.date, items, chats, users });
            }
            short => {
                if let Some(item) = Item::short(short) {
                    self.tell_peers(Vec::new(), Vec::new());
                    self.apply(vec![item]);
                }
            }
        }
    }

    /// A batch is let through when its turn has come; its items are then judged by their own counters.
    ///
    /// The date moves with numbered batches only: with the others, something before them may be missing still.
    fn batch(&mut self, start: i32, batch: Batch) {
        let paused = self.paused;
        let Some(state) = &mut self.state else { return };
        if start != 0 && paused {
            self.wanted = true;
        } else if start != 0 {
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
        let left = left_channels(&batch);
        self.tell_peers(batch.chats, batch.users);
        self.apply(batch.items);
        left.into_iter().for_each(|channel| self.channels.forget(channel));
    }

    fn apply(&mut self, items: Vec<Item>) {
        for item in items {
            let Some(state) = &mut self.state else { return };
            let verdict = match item.counter {
                Counter::Channel { .. } => {
                    self.channels.apply(item, self.now, &mut self.outputs);
                    continue;
                }
                _ if self.paused && !item.is_secret() => {
                    self.wanted = true;
                    continue;
                }
                Counter::None => {
                    let since = state.date;
                    self.apply_uncounted(item, since);
                    continue;
                }
                Counter::Pts { pts, count } => state.pts.judge(pts, count),
                Counter::Qts(qts) => state.judge_qts(qts),
            };
            match (verdict, item.counter) {
                (Verdict::Known, _) => {}
                (Verdict::Apply, counter) => {
                    match counter {
                        Counter::Pts { pts, .. } => state.pts = Pts(pts),
                        Counter::Qts(qts) => state.qts = Qts(qts),
                        Counter::Channel { .. } | Counter::None => {}
                    }
                    self.outputs.push_back(Output::Event(item.event));
                }
                (Verdict::Gap, counter) => {
                    if self.pts_gap.len() + self.qts_gap.len() >= limits::MAX_BUFFERED {
                        return self.fetch();
                    }
                    match counter {
                        Counter::Qts(_) => self.qts_gap.push(item),
                        _ => self.pts_gap.push(item),
                    }
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
            let seq = self.seq_gap.first_key_value().map(|(start, _)| *start);
            let seq = seq.filter(|start| *start <= state.seq.0.saturating_add(1));
            if let Some(item) = self.pts_gap.pop_ready_at(state.pts) {
                self.apply(vec![item]);
            } else if let Some(item) = self.qts_gap.pop_ready(|counter| match counter {
                Counter::Qts(qts) => state.judge_qts(qts),
                _ => Verdict::Known,
            }) {
                self.apply(vec![item]);
            } else if let Some(state) = &mut self.state
                && self.taken.pass(&mut state.pts)
            {
                // What waited behind it may go now.
            } else if let Some((start, batch)) = seq.and_then(|seq| self.seq_gap.remove_entry(&seq)) {
                self.batch(start, batch);
            } else {
                break;
            }
        }
        let gaps = self.pts_gap.len() + self.qts_gap.len() + self.seq_gap.len();
        match (gaps, self.taken.is_empty()) {
            (0, true) => self.gap_deadline = None,
            (_, true) => {}
            (_, false) => self.wait_for_gap(),
        }
        self.persist();
    }

    /// Channels first: the date of the account says up to when nothing is missing in them. While something is, the
    /// old one is stored, so that the server names them again after a restart.
    fn persist(&mut self) {
        self.channels.persist(&mut self.outputs);
        let Some(state) = self.state else { return };
        if self.channels.are_quiet() {
            self.quiet_date = Some(state.date);
        }
        let date = self.quiet_date.map_or(state.date, |quiet| quiet.min(state.date));
        let stored = State { date, ..state };
        if self.persisted != Some(stored) {
            self.persisted = Some(stored);
            self.outputs.push_back(Output::Persist(stored));
        }
    }

    /// Tells whom the following updates speak of.
    fn tell_peers(&mut self, chats: Vec<enums::Chat>, users: Vec<enums::User>) {
        let nobody = chats.is_empty() && users.is_empty();
        if !nobody || self.peers_told {
            self.peers_told = !nobody;
            self.outputs.push_back(Output::Event(Event::Peers { chats, users }));
        }
    }
}

/// Channels that the batch speaks of and that the account is not in.
fn left_channels(batch: &Batch) -> Vec<ChannelId> {
    let named = |id: i64| {
        batch.items.iter().any(|item| match &item.event {
            Event::Update(update) => matches!(&**update, Update::Channel(u) if u.channel_id == id),
            _ => false,
        })
    };
    let left = batch.chats.iter().filter_map(|chat| match chat {
        enums::Chat::Channel(channel) if channel.left && !channel.min => Some(channel.id),
        enums::Chat::ChannelForbidden(channel) => Some(channel.id),
        _ => None,
    });
    left.filter(|id| named(*id)).map(ChannelId).collect()
}

fn items(updates: Vec<enums::Update>) -> Vec<Item> {
    let mut items: Vec<Item> = updates.into_iter().map(Item::new).collect();
    items.sort_by_key(Item::rank);
    items
}
