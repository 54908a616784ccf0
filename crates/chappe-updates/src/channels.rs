//! The counters of channels: one for each, with its own gaps and differences.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use chappe_api::enums::{self, updates::ChannelDifference};
use chappe_crypto::Now;

use crate::counters::Verdict;
use crate::gap::{Gap, Taken};
use crate::item::{Counter, Item, date_of};
use crate::{ChannelId, Event, Output, Pts, Request, limits};

/// Where a channel that we know nothing of is asked from.
const BEGINNING: Pts = Pts(1);

/// What is asked about a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Difference,
    Pts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Waits before it is asked again.
    Backoff(Ask),
    Pending(Ask),
    Queued(Ask),
    Settled,
}

#[derive(Debug)]
struct Channel {
    /// `None` while it is being found out.
    pts: Option<Pts>,
    /// While it is asked from its beginning: messages that are older than this are no news.
    since: Option<i32>,
    stage: Stage,
    /// Ask once more when the present answer has come.
    again: bool,
    gap: Gap,
    /// What calls took and cannot be counted yet.
    taken: Taken,
    timer: Option<Duration>,
    failures: u32,
    /// Answers in a row that could not be read.
    unreadable: u32,
    heard: u64,
}

impl Channel {
    fn at(pts: Option<Pts>) -> Self {
        Self {
            pts,
            since: None,
            stage: Stage::Settled,
            again: false,
            gap: Gap::default(),
            taken: Taken::default(),
            timer: None,
            failures: 0,
            unreadable: 0,
            heard: 0,
        }
    }

    /// Whether a difference is on its way, so that updates have to wait for it.
    fn awaits_difference(&self) -> bool {
        matches!(
            self.stage,
            Stage::Queued(Ask::Difference)
                | Stage::Pending(Ask::Difference)
                | Stage::Backoff(Ask::Difference)
        )
    }
}

/// All channels of the account.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    known: HashMap<ChannelId, Channel>,
    queued: VecDeque<ChannelId>,
    pending: usize,
    backing_off: usize,
    timers: BTreeSet<(Duration, ChannelId)>,
    /// Their place has moved and is not stored.
    dirty: BTreeSet<ChannelId>,
    /// In all gaps together.
    buffered: usize,
    heard: u64,
    pub(crate) paused: bool,
}

impl Channels {
    pub(crate) fn new(stored: impl IntoIterator<Item = (ChannelId, Pts)>) -> Self {
        let known = stored.into_iter().map(|(channel, pts)| (channel, Channel::at(Some(pts))));
        Self { known: known.collect(), ..Self::default() }
    }

    pub(crate) fn pts(&self, channel: ChannelId) -> Option<Pts> {
        self.known.get(&channel)?.pts
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ChannelId, Pts)> {
        self.known.iter().filter_map(|(id, channel)| Some((*id, channel.pts?)))
    }

    /// Whether nothing that happened in channels is known to be missing.
    pub(crate) fn are_settled(&self) -> bool {
        self.pending == 0 && self.backing_off == 0 && self.queued.is_empty()
    }

    /// Whether that holds for gaps, too, that may close by themselves.
    pub(crate) fn are_quiet(&self) -> bool {
        self.are_settled() && self.buffered == 0 && self.timers.is_empty()
    }

    /// The first moment at which [`handle_timeout`](Self::handle_timeout) has something to do.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// A numbered update. The first one of a channel says where the channel stands.
    pub(crate) fn apply(&mut self, item: Item, now: Now, outputs: &mut VecDeque<Output>) {
        let Counter::Channel { channel: id, pts, count } = item.counter else { return };
        let before = Pts(pts.saturating_sub(count));
        let paused = self.paused;
        let channel = self.heard_of(id, Some(before));
        if paused {
            return self.ask(id, Ask::Difference);
        }
        let Some(local) = channel.pts.filter(|_| !channel.awaits_difference()) else {
            return self.hold(id, item, now);
        };
        match local.judge(pts, count) {
            Verdict::Known => {}
            Verdict::Gap => self.hold(id, item, now),
            Verdict::Apply => {
                channel.pts = Some(Pts(pts));
                self.dirty.insert(id);
                outputs.push_back(Output::Event(item.event));
                self.drain(id, now, outputs);
            }
        }
    }

    /// The answer to a call moved the counter.
    pub(crate) fn affected(
        &mut self,
        id: ChannelId,
        pts: Pts,
        count: i32,
        now: Now,
        outputs: &mut VecDeque<Output>,
    ) {
        let before = Pts(pts.0.saturating_sub(count));
        let channel = self.heard_of(id, Some(before));
        channel.taken.push(pts, count);
        // A difference that is on its way may tell of it.
        if !channel.awaits_difference() {
            self.drain(id, now, outputs);
        }
    }

    /// `updateChannelTooLong`. `since`: of a channel that was not known, only what happened from this date on is news.
    pub(crate) fn too_long(&mut self, id: ChannelId, pts: Option<Pts>, since: i32) {
        let is_new = !self.known.contains_key(&id);
        let channel = self.heard_of(id, None);
        if is_new {
            channel.since = Some(since);
        }
        let known = channel.pts.zip(pts).is_some_and(|(ours, theirs)| ours >= theirs);
        match channel.stage {
            _ if known => {}
            Stage::Pending(_) => channel.again = true,
            _ => self.ask(id, Ask::Difference),
        }
    }

    /// The account may have entered this channel.
    pub(crate) fn joined(&mut self, id: ChannelId) {
        if !self.known.contains_key(&id) {
            self.heard_of(id, None);
            self.ask(id, Ask::Pts);
        }
    }

    /// The account has left, or cannot see the channel any more.
    pub(crate) fn forget(&mut self, id: ChannelId) {
        self.set_timer(id, None);
        if let Some(channel) = self.known.remove(&id) {
            self.buffered -= channel.gap.len();
            match channel.stage {
                Stage::Backoff(_) => self.backing_off -= 1,
                Stage::Pending(_) => self.pending -= 1,
                Stage::Queued(_) | Stage::Settled => {}
            }
            self.queued.retain(|other| *other != id);
            self.dirty.insert(id);
        }
    }

    /// Where a channel stands, for those of which nothing is known yet.
    pub(crate) fn handle_pts(&mut self, id: ChannelId, pts: Pts, now: Now, outputs: &mut VecDeque<Output>) {
        let channel = self.heard_of(id, None);
        let asked = channel.stage == Stage::Pending(Ask::Pts);
        if asked {
            channel.stage = Stage::Settled;
            channel.failures = 0;
        }
        if channel.pts.is_none() && !channel.awaits_difference() {
            channel.pts = Some(pts);
            self.dirty.insert(id);
        }
        if asked {
            self.pending -= 1;
        }
        self.go_on(id, now, outputs);
    }

    pub(crate) fn handle_difference(
        &mut self,
        id: ChannelId,
        difference: ChannelDifference,
        now: Now,
        outputs: &mut VecDeque<Output>,
    ) {
        let Some(channel) = self.known.get_mut(&id) else { return };
        if channel.stage != Stage::Pending(Ask::Difference) {
            return;
        }
        self.pending -= 1;
        channel.stage = Stage::Settled;
        channel.unreadable = 0;
        let mut tell = |event| outputs.push_back(Output::Event(event));
        let from = channel.pts.unwrap_or(BEGINNING);
        let (pts, is_last) = match difference {
            ChannelDifference::Empty(d) => (Some(d.pts), d.r#final),
            ChannelDifference::Difference(d) => {
                tell(Event::Peers { chats: d.chats, users: d.users });
                let is_news = |message: &enums::Message| channel.since <= Some(date_of(message));
                for message in d.new_messages.into_iter().filter(is_news) {
                    tell(Event::Message(Box::new(message)));
                }
                d.other_updates.into_iter().map(Item::new).for_each(|item| tell(item.event));
                (Some(d.pts), d.r#final)
            }
            ChannelDifference::TooLong(d) => {
                tell(Event::Peers { chats: d.chats, users: d.users });
                tell(Event::ChannelTooLong(id));
                let pts = match &d.dialog {
                    enums::Dialog::Dialog(dialog) => dialog.pts,
                    enums::Dialog::Folder(_) | enums::Dialog::Community(_) => None,
                };
                (pts, true)
            }
        };
        // The next update says where it stands.
        let Some(pts) = pts.map(Pts) else { return self.forget(id) };
        channel.pts = Some(pts);
        self.dirty.insert(id);
        if is_last {
            channel.since = None;
            channel.failures = 0;
            return self.go_on(id, now, outputs);
        }
        // A slice that does not move on would be fetched for ever.
        if pts > from {
            channel.failures = 0;
            self.ask(id, Ask::Difference);
        } else {
            self.back_off(id, Ask::Difference, now);
        }
    }

    /// A call about this channel failed for now.
    pub(crate) fn handle_failure(&mut self, id: ChannelId, now: Now) {
        if let Some(Stage::Pending(ask)) = self.known.get(&id).map(|channel| channel.stage) {
            self.pending -= 1;
            self.back_off(id, ask, now);
        }
    }

    /// What was said of this channel cannot be read.
    pub(crate) fn handle_unreadable(&mut self, id: ChannelId, now: Now, outputs: &mut VecDeque<Output>) {
        let Some(channel) = self.known.get_mut(&id) else { return };
        channel.unreadable += 1;
        if channel.unreadable < limits::UNREADABLE_ANSWERS {
            return self.handle_failure(id, now);
        }
        outputs.push_back(Output::Event(Event::ChannelTooLong(id)));
        self.forget(id);
    }

    pub(crate) fn handle_timeout(&mut self, now: Now) {
        while let Some((at, id)) = self.timers.first().copied() {
            if at > now.monotonic {
                return;
            }
            self.set_timer(id, None);
            let Some(channel) = self.known.get_mut(&id) else { continue };
            match channel.stage {
                Stage::Backoff(ask) => {
                    channel.stage = Stage::Settled;
                    self.backing_off -= 1;
                    self.ask(id, ask);
                }
                Stage::Settled if !channel.gap.is_empty() || !channel.taken.is_empty() => {
                    self.ask(id, Ask::Difference);
                }
                Stage::Pending(_) | Stage::Queued(_) | Stage::Settled => {}
            }
        }
    }

    /// Makes the calls that are due.
    pub(crate) fn request(&mut self, outputs: &mut VecDeque<Output>) {
        while !self.paused && self.pending < limits::MAX_CHANNEL_REQUESTS {
            let Some(id) = self.queued.pop_front() else { return };
            let Some(channel) = self.known.get_mut(&id) else { continue };
            let Stage::Queued(ask) = channel.stage else { continue };
            channel.stage = Stage::Pending(ask);
            self.pending += 1;
            let from = channel.pts.unwrap_or(BEGINNING);
            if ask == Ask::Difference {
                // It tells of what calls have taken up to now.
                channel.taken.clear();
            }
            outputs.push_back(Output::Request(match ask {
                Ask::Difference => Request::GetChannelDifference { channel: id, from },
                Ask::Pts => Request::GetChannelPts { channel: id },
            }));
        }
    }

    /// Stores what has moved.
    pub(crate) fn persist(&mut self, outputs: &mut VecDeque<Output>) {
        while let Some(channel) = self.dirty.pop_first() {
            outputs.push_back(Output::PersistChannel { channel, pts: self.pts(channel) });
        }
    }

    /// After an answer: asks once more, or lets through what waited.
    fn go_on(&mut self, id: ChannelId, now: Now, outputs: &mut VecDeque<Output>) {
        let Some(channel) = self.known.get_mut(&id) else { return };
        if std::mem::take(&mut channel.again) {
            return self.ask(id, Ask::Difference);
        }
        self.drain(id, now, outputs);
    }

    /// The channel, which stands at `pts` if nothing else is known.
    fn heard_of(&mut self, id: ChannelId, pts: Option<Pts>) -> &mut Channel {
        if self.known.len() >= limits::MAX_CHANNELS && !self.known.contains_key(&id) {
            self.forget_silent();
        }
        self.heard += 1;
        let heard = self.heard;
        let channel = self.known.entry(id).or_insert_with(|| Channel::at(None));
        if channel.pts.is_none() && pts.is_some() && !channel.awaits_difference() {
            channel.pts = pts;
            self.dirty.insert(id);
        }
        channel.heard = heard;
        channel
    }

    /// Makes room: a tenth of the channels goes, those that were silent for longest.
    fn forget_silent(&mut self) {
        let mut settled: Vec<(u64, ChannelId)> = self
            .known
            .iter()
            .filter(|(_, channel)| channel.stage == Stage::Settled)
            .map(|(id, channel)| (channel.heard, *id))
            .collect();
        settled.sort_unstable();
        settled.truncate(limits::MAX_CHANNELS / 10);
        settled.into_iter().for_each(|(_, id)| self.forget(id));
    }

    /// Keeps an update until what is before it has come.
    fn hold(&mut self, id: ChannelId, item: Item, now: Now) {
        let full = self.buffered >= limits::MAX_BUFFERED_IN_CHANNELS;
        let Some(channel) = self.known.get_mut(&id) else { return };
        let before = channel.gap.len();
        if full || before >= limits::MAX_BUFFERED {
            self.buffered -= before;
            channel.gap.clear();
            // What is dropped here comes with a difference that is asked for from now on.
            match channel.stage {
                Stage::Pending(_) => channel.again = true,
                _ => self.ask(id, Ask::Difference),
            }
            return;
        }
        channel.gap.push(item);
        self.buffered += channel.gap.len() - before;
        self.wait_for_gap(id, now);
    }

    fn wait_for_gap(&mut self, id: ChannelId, now: Now) {
        let Some(channel) = self.known.get(&id) else { return };
        match channel.stage {
            Stage::Settled if channel.timer.is_none() => {
                self.set_timer(id, Some(now.monotonic.saturating_add(limits::GAP_WAIT)));
            }
            Stage::Settled => {}
            // An answer is awaited anyway; this one closes the gap, too.
            _ if channel.awaits_difference() => {}
            _ => self.ask(id, Ask::Difference),
        }
    }

    /// Lets through what waited and can go now.
    fn drain(&mut self, id: ChannelId, now: Now, outputs: &mut VecDeque<Output>) {
        let Some(channel) = self.known.get_mut(&id) else { return };
        let Some(mut local) = channel.pts else { return };
        let before = channel.gap.len();
        loop {
            let Some(item) = channel.gap.pop_ready_at(local) else {
                match channel.taken.pass(&mut local) {
                    true => continue,
                    false => break,
                }
            };
            if let Counter::Channel { pts, count, .. } = item.counter
                && local.judge(pts, count) == Verdict::Apply
            {
                local = Pts(pts);
                outputs.push_back(Output::Event(item.event));
            }
        }
        if channel.pts != Some(local) {
            channel.pts = Some(local);
            self.dirty.insert(id);
        }
        self.buffered -= before - channel.gap.len();
        if !channel.gap.is_empty() || !channel.taken.is_empty() {
            self.wait_for_gap(id, now);
        } else if channel.stage == Stage::Settled {
            self.set_timer(id, None);
        }
    }

    fn ask(&mut self, id: ChannelId, ask: Ask) {
        let Some(channel) = self.known.get_mut(&id) else { return };
        match channel.stage {
            Stage::Settled => {
                channel.stage = Stage::Queued(ask);
                self.queued.push_back(id);
                self.set_timer(id, None);
            }
            // Asking for the difference tells more.
            Stage::Queued(_) if ask == Ask::Difference => channel.stage = Stage::Queued(ask),
            Stage::Backoff(_) if ask == Ask::Difference => channel.stage = Stage::Backoff(ask),
            Stage::Pending(Ask::Pts) => channel.again = true,
            Stage::Pending(Ask::Difference) | Stage::Queued(_) | Stage::Backoff(_) => {}
        }
    }

    fn back_off(&mut self, id: ChannelId, ask: Ask, now: Now) {
        let Some(channel) = self.known.get_mut(&id) else { return };
        channel.failures = channel.failures.saturating_add(1);
        channel.stage = Stage::Backoff(ask);
        self.backing_off += 1;
        let wait = limits::retry_wait(channel.failures);
        self.set_timer(id, Some(now.monotonic.saturating_add(wait)));
    }

    fn set_timer(&mut self, id: ChannelId, at: Option<Duration>) {
        let Some(channel) = self.known.get_mut(&id) else { return };
        if let Some(old) = std::mem::replace(&mut channel.timer, at) {
            self.timers.remove(&(old, id));
        }
        if let Some(at) = at {
            self.timers.insert((at, id));
        }
    }
}
