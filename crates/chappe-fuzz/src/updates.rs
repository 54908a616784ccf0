//! The counters of updates.

use std::collections::BTreeMap;
use std::time::Duration;

use chappe_api::{enums, types};
use chappe_crypto::Now;
use chappe_tl::Decode;
use chappe_updates::{ChannelId, Output, Pts, Qts, Request, Seq, State, UpdateMachine, limits};

use crate::input::Input;
use crate::support::NOW;

const MAX_OPERATIONS: usize = 200;

struct Driver {
    machine: UpdateMachine,
    now: Now,
    request: Option<Request>,
    /// What is asked about channels.
    asked: Vec<Request>,
    channels: BTreeMap<ChannelId, Pts>,
    timeout: Option<Now>,
    stored: Option<State>,
    delivered: usize,
}

impl Driver {
    fn new(stored: Option<State>, channels: BTreeMap<ChannelId, Pts>, now: Now) -> Self {
        let machine = UpdateMachine::with_channels(stored, channels.clone(), now);
        let mut driver = Self {
            machine,
            now,
            request: None,
            asked: Vec::new(),
            channels,
            timeout: None,
            stored,
            delivered: 0,
        };
        driver.drain();
        driver
    }

    /// The date may stay behind while something is missing in channels.
    fn is_stored(&self, state: State) -> bool {
        self.stored.is_some_and(|stored| State { date: stored.date, ..state } == stored)
    }

    fn drain(&mut self) {
        for _ in 0..100_000 {
            let Some(output) = self.machine.poll_output() else {
                assert!(
                    self.machine.state().is_none_or(|state| self.is_stored(state)),
                    "a counter moved and is not stored"
                );
                for (channel, pts) in self.machine.channels() {
                    assert_eq!(self.channels.get(&channel), Some(&pts), "a channel moved and is not stored");
                }
                assert_eq!(self.machine.pending_request(), self.request);
                return;
            };
            match output {
                Output::Event(_) => self.delivered += 1,
                Output::Persist(state) => self.stored = Some(state),
                Output::PersistChannel { channel, pts: Some(pts) } => {
                    self.channels.insert(channel, pts);
                }
                Output::PersistChannel { channel, pts: None } => {
                    self.channels.remove(&channel);
                }
                Output::Request(
                    request @ (Request::GetChannelDifference { .. } | Request::GetChannelPts { .. }),
                ) => {
                    self.asked.push(request);
                    assert!(self.asked.len() <= limits::MAX_CHANNEL_REQUESTS, "too much is asked at once");
                }
                Output::Request(request) => {
                    assert_eq!(self.request.replace(request), None, "a request while one is pending");
                    if let Request::GetDifference { from } = request {
                        assert!(self.is_stored(from), "asked from a state that is not stored");
                    }
                }
                Output::Timeout(at) => {
                    assert!(at.monotonic >= self.now.monotonic.saturating_sub(limits::SILENCE));
                    self.timeout = Some(at);
                }
            }
        }
        panic!("the outputs do not end");
    }

    /// A number near the counter, or any.
    fn near(input: &mut Input<'_>, counter: i32) -> i32 {
        match input.u8() {
            0xff => input.i32(),
            step => counter.wrapping_add(i32::from(step as i8)),
        }
    }

    fn update(&self, input: &mut Input<'_>) -> enums::Update {
        let state = self.machine.state().unwrap_or_default();
        match input.u8() % 9 {
            6 => {
                let channel = ChannelId(i64::from(input.u8() % 4));
                let pts_count = Self::near(input, 1);
                let pts = Self::near(input, self.channels.get(&channel).map_or(0, |pts| pts.0));
                let channel_id = channel.0;
                types::UpdateDeleteChannelMessages { channel_id, messages: vec![1], pts, pts_count }.into()
            }
            7 => {
                let pts = input.u8().is_multiple_of(2).then(|| input.i32());
                types::UpdateChannelTooLong { channel_id: i64::from(input.u8() % 4), pts }.into()
            }
            8 => types::UpdateChannel { channel_id: i64::from(input.u8() % 4) }.into(),
            0..=2 => {
                let pts_count = Self::near(input, 1);
                let pts = Self::near(input, state.pts.0);
                types::UpdateDeleteMessages { messages: vec![1], pts, pts_count }.into()
            }
            3 | 4 => {
                let message =
                    types::EncryptedMessageService { random_id: 1, chat_id: 2, date: 3, bytes: Vec::new() };
                let qts = Self::near(input, state.qts.0);
                types::UpdateNewEncryptedMessage { message: message.into(), qts }.into()
            }
            _ => {
                let chat = types::EncryptedChatDiscarded { history_deleted: false, id: 2 };
                types::UpdateEncryption { chat: chat.into(), date: 3 }.into()
            }
        }
    }

    fn updates(&self, input: &mut Input<'_>) -> Option<enums::Updates> {
        let state = self.machine.state().unwrap_or_default();
        let many = |input: &mut Input<'_>| (0..input.u8() % 5).map(|_| self.update(input)).collect();
        Some(match input.u8() % 5 {
            0 => types::UpdateShort { update: self.update(input), date: input.i32() }.into(),
            1 => {
                let updates = many(input);
                let (date, seq) = (input.i32(), Self::near(input, state.seq.0));
                types::Updates { updates, users: Vec::new(), chats: Vec::new(), date, seq }.into()
            }
            2 => {
                let updates = many(input);
                let (date, seq_start) = (input.i32(), Self::near(input, state.seq.0));
                let seq = Self::near(input, seq_start);
                let (users, chats) = (Vec::new(), Vec::new());
                types::UpdatesCombined { updates, users, chats, date, seq_start, seq }.into()
            }
            3 => enums::Updates::from_bytes(input.piece()).ok()?,
            _ => enums::Updates::TooLong,
        })
    }

    fn state(&self, input: &mut Input<'_>) -> types::updates::State {
        let state = self.machine.state().unwrap_or_default();
        types::updates::State {
            pts: Self::near(input, state.pts.0),
            qts: Self::near(input, state.qts.0),
            date: Self::near(input, state.date),
            seq: Self::near(input, state.seq.0),
            unread_count: 0,
        }
    }

    fn difference(&self, input: &mut Input<'_>) -> Option<enums::updates::Difference> {
        let many = |input: &mut Input<'_>| (0..input.u8() % 4).map(|_| self.update(input)).collect();
        let (new_messages, chats, users) = (Vec::new(), Vec::new(), Vec::new());
        let message = types::EncryptedMessageService { random_id: 1, chat_id: 2, date: 3, bytes: Vec::new() };
        let new_encrypted_messages = vec![message.into(); usize::from(input.u8() % 3)];
        Some(match input.u8() % 5 {
            0 => types::updates::DifferenceEmpty { date: input.i32(), seq: input.i32() }.into(),
            1 => {
                let (state, other_updates) = (self.state(input), many(input));
                types::updates::Difference {
                    new_messages,
                    new_encrypted_messages,
                    other_updates,
                    chats,
                    users,
                    state,
                }
                .into()
            }
            2 => {
                let (intermediate_state, other_updates) = (self.state(input), many(input));
                types::updates::DifferenceSlice {
                    new_messages,
                    new_encrypted_messages,
                    other_updates,
                    chats,
                    users,
                    intermediate_state,
                }
                .into()
            }
            3 => types::updates::DifferenceTooLong { pts: input.i32() }.into(),
            _ => enums::updates::Difference::from_bytes(input.piece()).ok()?,
        })
    }

    /// The server answers what is asked about a channel.
    fn answer_channel(&mut self, input: &mut Input<'_>) {
        if self.asked.is_empty() {
            return;
        }
        let request = self.asked.remove(usize::from(input.u8()) % self.asked.len());
        let (Request::GetChannelDifference { channel, .. } | Request::GetChannelPts { channel }) = request
        else {
            return;
        };
        let pts = Self::near(input, self.channels.get(&channel).map_or(1, |pts| pts.0));
        match (input.u8() % 8, request) {
            (0, _) => self.machine.handle_channel_failure(channel, self.now),
            (1, _) => self.machine.forget_channel(channel, self.now),
            (_, Request::GetChannelPts { .. }) => {
                self.machine.handle_channel_pts(channel, Pts(pts), self.now)
            }
            (kind, _) => {
                let (is_last, timeout) = (kind % 2 == 0, None);
                let other_updates = (0..input.u8() % 4).map(|_| self.update(input)).collect();
                let difference = types::updates::ChannelDifference {
                    r#final: is_last,
                    pts,
                    timeout,
                    new_messages: Vec::new(),
                    other_updates,
                    chats: Vec::new(),
                    users: Vec::new(),
                };
                self.machine.handle_channel_difference(channel, difference.into(), self.now);
            }
        }
    }

    /// The server answers what is pending.
    fn answer(&mut self, input: &mut Input<'_>) {
        match self.request {
            Some(Request::GetChannelDifference { .. } | Request::GetChannelPts { .. }) | None => {}
            Some(_) if input.u8().is_multiple_of(8) => {
                self.request = None;
                self.machine.handle_failure(self.now);
            }
            Some(Request::GetState) => {
                self.request = None;
                let state = self.state(input);
                self.machine.handle_state(&state, self.now);
            }
            Some(Request::GetDifference { .. }) => {
                let Some(difference) = self.difference(input) else { return };
                self.request = None;
                self.machine.handle_difference(difference, self.now);
            }
        }
    }

    fn pass(&mut self, input: &mut Input<'_>) {
        let by = Duration::from_millis(u64::from(input.u32() % 2_000_000));
        self.now = match self.timeout.take() {
            Some(at) if by.is_zero() => self.now.max(at),
            _ => self.now.advance(by),
        };
        for _ in 0..20 {
            self.timeout = None;
            self.machine.handle_timeout(self.now);
            self.drain();
            if self.timeout.is_none_or(|at| at.monotonic > self.now.monotonic) {
                return;
            }
        }
        panic!("a timeout is due again and again");
    }
}

/// The machine of the counters. The first byte says whether a state is stored; then come operations: updates near the
/// counters or far from them, answers and failures of the pending request, new sessions, time, restarts.
///
/// Outputs end; one request at a time, from a stored state; every move of a counter is stored; a timeout is not due again
/// at once.
pub fn updates(data: &[u8]) {
    let mut input = Input::new(data);
    let stored = State { pts: Pts(100), qts: Qts(50), seq: Seq(10), date: 1 };
    let mut driver = Driver::new(input.bool().then_some(stored), BTreeMap::new(), NOW);
    for _ in 0..MAX_OPERATIONS {
        if input.is_empty() {
            break;
        }
        match input.u8() % 15 {
            0..=4 => {
                if let Some(updates) = driver.updates(&mut input) {
                    driver.machine.handle_updates(updates, driver.now);
                }
            }
            5..=7 => driver.answer(&mut input),
            8 => {
                let state = driver.machine.state().unwrap_or_default();
                let pts = Pts(Driver::near(&mut input, state.pts.0));
                driver.machine.handle_affected(pts, Driver::near(&mut input, 1), driver.now);
            }
            9 => driver.pass(&mut input),
            10 => driver.machine.handle_new_session(driver.now),
            11 | 12 => driver.answer_channel(&mut input),
            13 => driver.machine.set_paused(input.bool(), driver.now),
            _ => driver = Driver::new(driver.stored, driver.channels.clone(), driver.now),
        }
        driver.drain();
    }
}
