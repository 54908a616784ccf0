//! A whole account over a connection that loses, doubles, delays and reorders, with calls that fail and a process that
//! is killed between any two steps: each update comes once and in order. Every run follows from its seed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

use std::collections::BTreeMap;
use std::time::Duration;

use chappe_api::enums::{Update, Updates, updates::ChannelDifference, updates::Difference};
use chappe_api::types;
use chappe_crypto::Now;
use chappe_updates::{ChannelId, Event, Output, Pts, Request, Seq, State, UpdateMachine};

const START: Now = Now::from_unix_secs(1_700_000_000);
const CHANNELS: [ChannelId; 3] = [ChannelId(71), ChannelId(72), ChannelId(73)];
/// Mailbox of the account itself.
const ACCOUNT: ChannelId = ChannelId(0);
const SEEDS: u64 = 400;
const STEPS: usize = 300;

/// Numbers out of a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % n as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// What the server keeps: of each mailbox the dates of its events. Event number n moves pts to n.
struct Log(BTreeMap<ChannelId, Vec<i32>>);

fn event(mailbox: ChannelId, pts: i32) -> Update {
    match mailbox {
        ACCOUNT => types::UpdateDeleteMessages { messages: vec![pts], pts, pts_count: 1 }.into(),
        channel => {
            let (channel_id, messages) = (channel.0, vec![pts]);
            types::UpdateDeleteChannelMessages { channel_id, messages, pts, pts_count: 1 }.into()
        }
    }
}

impl Log {
    fn pts(&self, mailbox: ChannelId) -> i32 {
        self.0[&mailbox].len() as i32
    }

    fn after(&self, mailbox: ChannelId, pts: Pts, limit: usize) -> (Vec<Update>, i32, bool) {
        let last = self.pts(mailbox).min(pts.0 + limit as i32);
        ((pts.0 + 1..=last).map(|pts| event(mailbox, pts)).collect(), last, last < self.pts(mailbox))
    }

    fn difference(&self, from: State, now: i32) -> Difference {
        let (mut other_updates, pts, more) = self.after(ACCOUNT, from.pts, 5);
        if !more {
            let changed = CHANNELS.iter().filter(|id| self.0[id].iter().any(|date| *date >= from.date));
            other_updates.extend(
                changed.map(|id| {
                    types::UpdateChannelTooLong { channel_id: id.0, pts: Some(self.pts(*id)) }.into()
                }),
            );
        }
        let date = if more { from.date } else { now };
        let state = types::updates::State { pts, qts: 0, date, seq: 0, unread_count: 0 };
        let (new_messages, new_encrypted_messages, chats, users) = (vec![], vec![], vec![], vec![]);
        match more {
            true => types::updates::DifferenceSlice {
                new_messages,
                new_encrypted_messages,
                other_updates,
                chats,
                users,
                intermediate_state: state,
            }
            .into(),
            false => types::updates::Difference {
                new_messages,
                new_encrypted_messages,
                other_updates,
                chats,
                users,
                state,
            }
            .into(),
        }
    }

    fn channel_difference(&self, channel: ChannelId, from: Pts) -> ChannelDifference {
        let (other_updates, pts, more) = self.after(channel, from, 4);
        let (new_messages, chats, users) = (vec![], vec![], vec![]);
        types::updates::ChannelDifference {
            r#final: !more,
            pts,
            timeout: None,
            new_messages,
            other_updates,
            chats,
            users,
        }
        .into()
    }
}

struct World {
    log: Log,
    machine: UpdateMachine,
    now: Now,
    flight: Vec<Updates>,
    calls: Vec<Request>,
    timeout: Option<Now>,
    stored: State,
    stored_channels: BTreeMap<ChannelId, Pts>,
    /// What the program has heard, and of that what is within the stored state: a kill takes the rest back.
    heard: BTreeMap<ChannelId, Vec<i32>>,
    settled: BTreeMap<ChannelId, usize>,
}

impl World {
    fn new() -> Self {
        let mailboxes = [&[ACCOUNT][..], &CHANNELS].concat();
        let stored = State { date: START.unix_secs_i32(), seq: Seq(0), ..State::default() };
        let stored_channels: BTreeMap<_, _> = CHANNELS.iter().map(|id| (*id, Pts(0))).collect();
        Self {
            log: Log(mailboxes.iter().map(|id| (*id, vec![])).collect()),
            machine: UpdateMachine::with_channels(Some(stored), stored_channels.clone(), START),
            now: START,
            flight: vec![],
            calls: vec![],
            timeout: None,
            stored,
            stored_channels,
            heard: mailboxes.iter().map(|id| (*id, vec![])).collect(),
            settled: BTreeMap::new(),
        }
    }

    fn happen(&mut self, mailbox: ChannelId) {
        let date = self.now.unix_secs_i32();
        let events = self.log.0.get_mut(&mailbox).unwrap();
        events.push(date);
        let update = event(mailbox, events.len() as i32);
        self.flight.push(types::UpdateShort { update, date }.into());
    }

    /// Carries out at most so many outputs.
    fn drain(&mut self, limit: usize) {
        for _ in 0..limit {
            match self.machine.poll_output() {
                None => return,
                Some(Output::Event(Event::Update(update))) => match &*update {
                    Update::DeleteMessages(u) => self.heard.get_mut(&ACCOUNT).unwrap().push(u.pts),
                    Update::DeleteChannelMessages(u) => {
                        self.heard.get_mut(&ChannelId(u.channel_id)).unwrap().push(u.pts);
                    }
                    other => panic!("{other:?}"),
                },
                Some(Output::Event(Event::Peers { .. })) => {}
                Some(Output::Event(other)) => panic!("{other:?}"),
                Some(Output::Persist(state)) => {
                    self.stored = state;
                    self.settled.insert(ACCOUNT, self.heard[&ACCOUNT].len());
                }
                Some(Output::PersistChannel { channel, pts }) => {
                    self.stored_channels.insert(channel, pts.unwrap());
                    self.settled.insert(channel, self.heard[&channel].len());
                }
                Some(Output::Request(request)) => self.calls.push(request),
                Some(Output::Timeout(at)) => self.timeout = Some(at),
            }
        }
    }

    fn answer(&mut self, at: usize, fails: bool) {
        let (now, unix) = (self.now, self.now.unix_secs_i32());
        match self.calls.remove(at) {
            Request::GetDifference { .. } if fails => self.machine.handle_failure(now),
            Request::GetDifference { from } => {
                self.machine.handle_difference(self.log.difference(from, unix), now);
            }
            Request::GetChannelDifference { channel, .. } if fails => {
                self.machine.handle_channel_failure(channel, now);
            }
            Request::GetChannelDifference { channel, from } => {
                let difference = self.log.channel_difference(channel, from);
                self.machine.handle_channel_difference(channel, difference, now);
            }
            other => panic!("{other:?}"),
        }
    }

    /// The process is killed and started again: what is not stored did not happen.
    fn restart(&mut self) {
        for (mailbox, heard) in &mut self.heard {
            heard.truncate(self.settled.get(mailbox).copied().unwrap_or(0));
        }
        self.machine =
            UpdateMachine::with_channels(Some(self.stored), self.stored_channels.clone(), self.now);
        self.calls.clear();
        self.flight.clear();
        self.timeout = None;
    }

    fn step(&mut self, dice: &mut Dice) {
        match dice.below(20) {
            0..=5 => self.happen([ACCOUNT, CHANNELS[0], CHANNELS[1], CHANNELS[2]][dice.below(4)]),
            6..=10 if !self.flight.is_empty() => {
                let at = dice.below(self.flight.len().min(4));
                let updates = self.flight.remove(at);
                match dice.below(6) {
                    0 => {}
                    1 => {
                        self.machine.handle_updates(updates.clone(), self.now);
                        self.machine.handle_updates(updates, self.now);
                    }
                    _ => self.machine.handle_updates(updates, self.now),
                }
            }
            11..=13 if !self.calls.is_empty() => {
                let (at, fails) = (dice.below(self.calls.len()), dice.one_in(5));
                self.answer(at, fails);
            }
            14 | 15 => {
                self.now = self.now.advance(Duration::from_millis(dice.below(3000) as u64));
                self.machine.handle_timeout(self.now);
            }
            16 => {
                // The connection is cut: what was on its way is lost.
                self.flight.clear();
                self.machine.handle_new_session(self.now);
            }
            17 => self.machine.set_paused(dice.one_in(2), self.now),
            18 if dice.one_in(6) => self.restart(),
            _ => {}
        }
        let limit = if dice.one_in(8) { dice.below(4) } else { usize::MAX };
        self.drain(limit);
    }

    /// Nothing goes wrong any more.
    fn settle(&mut self) {
        self.machine.set_paused(false, self.now);
        self.machine.handle_new_session(self.now);
        for _ in 0..10_000 {
            self.drain(usize::MAX);
            if !self.calls.is_empty() {
                self.answer(0, false);
            } else if self.machine.is_current() {
                return;
            } else if let Some(at) = self.timeout.take() {
                self.now = self.now.advance(at.monotonic.saturating_sub(self.now.monotonic));
                self.machine.handle_timeout(self.now);
            }
        }
        panic!("it does not come to rest");
    }
}

#[test]
fn every_update_comes_once_and_in_order_whatever_goes_wrong() {
    for seed in 0..SEEDS {
        let (mut world, mut dice) = (World::new(), Dice(seed));
        for _ in 0..STEPS {
            world.step(&mut dice);
        }
        world.settle();
        for (mailbox, heard) in &world.heard {
            let all: Vec<i32> = (1..=world.log.pts(*mailbox)).collect();
            assert_eq!(*heard, all, "seed {seed}, {mailbox:?}");
        }
        assert_eq!(world.stored.pts.0, world.log.pts(ACCOUNT), "seed {seed}");
        for channel in CHANNELS {
            assert_eq!(world.stored_channels[&channel].0, world.log.pts(channel), "seed {seed}");
        }
    }
}
