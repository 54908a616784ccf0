//! Runs one schedule and checks what must hold.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use chappe_secret::{
    Action, Call, Change, ChatInfo, Media, Now, OutgoingMedia, OutgoingText, Output, RandomId, RecordKey,
    RpcFailure, SecretChatId,
};

use super::Op;
use super::side::{Side, Staged};
use crate::world::{ALICE, BOB, Delivery, ServerChat, World};

/// A chat that two people made before: exchanging keys for each schedule would take most of the time.
struct Start {
    stores: [BTreeMap<RecordKey, Vec<u8>>; 2],
    chat: ServerChat,
    now: Now,
    qts: [i32; 2],
}

fn start() -> &'static Start {
    static START: OnceLock<Start> = OnceLock::new();
    START.get_or_init(|| {
        let (world, _) = World::ready(0);
        Start {
            stores: [world.users[ALICE].store.clone(), world.users[BOB].store.clone()],
            chat: world.chat.clone().unwrap(),
            now: world.now,
            qts: [world.users[ALICE].qts, world.users[BOB].qts],
        }
    })
}

pub(crate) struct Runner {
    world: World,
    chat: SecretChatId,
    sides: [Side; 2],
    /// The server forgets which calls were made: repeated ones are delivered again.
    forgetful: bool,
}

type Result<T = ()> = std::result::Result<T, String>;

/// Runs a schedule to its end and checks everything.
pub(crate) fn run(seed: u64, ops: &[Op]) -> Result {
    let from = start();
    // One message on the way at a time, or as many as the client has.
    let send_window = if seed.is_multiple_of(2) { 1 } else { 16 };
    let world = World::resume(seed, send_window, from.now, &from.stores, &from.chat, from.qts);
    let chat = SecretChatId(from.chat.id);
    let mut runner =
        Runner { world, chat, sides: [Side::default(), Side::default()], forgetful: seed.is_multiple_of(3) };
    runner.all_outputs(ALICE)?;
    runner.all_outputs(BOB)?;
    for op in ops {
        runner.step(*op)?;
    }
    runner.finish()
}

impl Runner {
    fn step(&mut self, op: Op) -> Result {
        let (now, chat) = (self.world.now, self.chat);
        let rng = &mut self.world.rng;
        match op {
            Op::Answer { who } => self.answer(who)?,
            Op::Crash { who, after } => {
                // Something has to be under way for the crash to be of interest.
                self.input(who);
                self.crash(who, after)?;
            }
            Op::Delete { who, back } => {
                let at = self.sides[who].screen.visible.len().checked_sub(1 + usize::from(back));
                let Some(id) = at.and_then(|at| self.sides[who].screen.visible.iter().nth(at).copied())
                else {
                    return Ok(());
                };
                let ids = [RandomId(id)];
                self.world.users[who].engine.delete(chat, &ids, now, rng).map_err(|e| e.to_string())?;
                self.sides[who].staged = Staged::Deleted(id);
                self.all_outputs(who)?;
            }
            Op::Deliver { who, at } => {
                self.deliver(who, at.into());
                self.all_outputs(who)?;
            }
            Op::Double { who, at } => {
                if let Some(at) = self.message_at(who, at) {
                    let copy = self.world.users[who].inbox[at].clone();
                    self.world.users[who].inbox.push_back(copy);
                }
            }
            Op::Drop { who, at } => {
                if let Some(at) = self.message_at(who, at) {
                    self.world.users[who].inbox.remove(at);
                }
            }
            Op::Fail { who, code } => {
                let name = match code {
                    400 => "DATA_TOO_LONG",
                    420 => "FLOOD_WAIT_2",
                    _ => "MSG_WAIT_FAILED",
                };
                self.world.fail_next.push_back((who, RpcFailure::new(code.into(), name)));
            }
            Op::Flush { who } => {
                self.world.users[who].engine.flush(chat, now, rng).map_err(|e| e.to_string())?;
                self.sides[who].staged = Staged::Cleared;
                self.all_outputs(who)?;
            }
            Op::Open { who } => {
                if let Some(id) = self.sides[who].unopened.pop() {
                    self.world.users[who].engine.opened(chat, id, now, rng).map_err(|e| e.to_string())?;
                    self.all_outputs(who)?;
                }
            }
            Op::Pass { secs } => self.pass(u64::from(secs))?,
            Op::Photo { who, ttl } => {
                let file = self.world.upload(50);
                let media = OutgoingMedia {
                    ttl: Some(ttl.into()),
                    ..OutgoingMedia::new(Media::Photo { width: 1, height: 1 })
                };
                let rng = &mut self.world.rng;
                let sent = self.world.users[who].engine.send_media(chat, media, file, now, rng);
                self.sides[who].staged = Staged::Said(sent.map_err(|e| e.to_string())?.0);
                self.all_outputs(who)?;
            }
            Op::Read { who } => {
                let date = now.unix_secs_i32();
                self.world.users[who].engine.read_history(chat, date, now, rng).map_err(|e| e.to_string())?;
                self.all_outputs(who)?;
            }
            Op::Rekey { who } => {
                // One may be under way already.
                let _ = self.world.users[who].engine.rekey(chat, now, rng);
                self.all_outputs(who)?;
            }
            Op::Say { who, ttl } => {
                let text = OutgoingText { ttl: Some(ttl.into()), ..OutgoingText::new("words") };
                let sent = self.world.users[who].engine.send_text(chat, text, now, rng);
                self.sides[who].staged = Staged::Said(sent.map_err(|e| e.to_string())?.0);
                self.all_outputs(who)?;
            }
        }
        Ok(())
    }

    /// Gives the engine whatever there is for it; without that, a text to send.
    fn input(&mut self, who: usize) {
        let (now, user) = (self.world.now, &mut self.world.users[who]);
        if let Some((id, response)) = user.answers.pop_front() {
            user.engine.handle_response(id, response, now, &mut self.world.rng);
        } else if user.inbox.is_empty() {
            if let Ok(id) = user.engine.send_text(self.chat, "last words", now, &mut self.world.rng) {
                self.sides[who].staged = Staged::Said(id.0);
            }
        } else {
            self.deliver(who, 0);
        }
    }

    fn answer(&mut self, who: usize) -> Result {
        let (now, user) = (self.world.now, &mut self.world.users[who]);
        if let Some((id, response)) = user.answers.pop_front() {
            user.engine.handle_response(id, response, now, &mut self.world.rng);
        }
        self.all_outputs(who)
    }

    fn deliver(&mut self, who: usize, at: usize) {
        let (now, user) = (self.world.now, &mut self.world.users[who]);
        let Some(at) = at.checked_rem(user.inbox.len()) else { return };
        let Some(delivery) = user.inbox.remove(at) else { return };
        match delivery.clone() {
            Delivery::Message(message) => {
                user.qts += 1;
                user.engine.handle_encrypted_message(message, Some(user.qts), now, &mut self.world.rng);
            }
            Delivery::Read { max_date, date } => user.engine.handle_read(self.chat, max_date, date),
            Delivery::Update(update) => {
                user.engine.handle_encryption_update(update, 0, now, &mut self.world.rng);
            }
        }
        self.sides[who].unstored = Some(delivery);
    }

    fn message_at(&self, who: usize, at: u8) -> Option<usize> {
        let inbox = &self.world.users[who].inbox;
        let at = usize::from(at).checked_rem(inbox.len())?;
        matches!(inbox.get(at), Some(Delivery::Message(_))).then_some(at)
    }

    fn pass(&mut self, secs: u64) -> Result {
        self.world.now = self.world.now.advance(Duration::from_secs(secs));
        for who in [ALICE, BOB] {
            let now = self.world.now;
            self.world.users[who].engine.handle_timeout(now, &mut self.world.rng);
            self.all_outputs(who)?;
        }
        Ok(())
    }

    fn all_outputs(&mut self, who: usize) -> Result {
        loop {
            while let Some(output) = self.world.users[who].engine.poll_output() {
                self.perform(who, output)?;
            }
            self.sides[who].unstored = None;
            self.sides[who].staged = Staged::Nothing;
            let (now, user) = (self.world.now, &mut self.world.users[who]);
            if user.timeout.is_none_or(|at| at.monotonic > now.monotonic) {
                return Ok(());
            }
            user.timeout = None;
            user.engine.handle_timeout(now, &mut self.world.rng);
        }
    }

    fn perform(&mut self, who: usize, output: Output) -> Result {
        match output {
            Output::Persist(batch) => {
                let user = &mut self.world.users[who];
                for change in batch.changes {
                    match change {
                        Change::Put { key, value } => drop(user.store.insert(key, value.to_vec())),
                        Change::Remove { key } => drop(user.store.remove(&key)),
                    }
                }
                user.stored_events += batch.events.len();
                user.engine.handle_persisted(batch.barrier);
                self.sides[who].stored();
                for event in batch.events {
                    self.sides[who].see(event)?;
                }
            }
            Output::Event(event) => {
                let user = &mut self.world.users[who];
                match user.stored_events.checked_sub(1) {
                    Some(rest) => user.stored_events = rest,
                    None => self.sides[who].see(event)?,
                }
            }
            Output::Request(request) => {
                self.check_call(who, &request.call)?;
                if self.forgetful {
                    self.world.users[who].seen.clear();
                }
                self.world.call(who, request);
            }
            Output::Timeout(at) => self.world.users[who].timeout = Some(at),
        }
        Ok(())
    }

    /// Everything that leaves is stored, and no number has two payloads but for the one deletion of itself.
    fn check_call(&mut self, who: usize, call: &Call) -> Result {
        let (data, silent) = match call {
            Call::SendEncrypted { data, silent, .. } => (data, *silent),
            Call::SendEncryptedFile { data, .. } | Call::SendEncryptedService { data, .. } => (data, false),
            _ => return Ok(()),
        };
        let side = &mut self.sides[who];
        let store = &self.world.users[who].store;
        let holds = |value: &Vec<u8>| {
            (0..4).any(|pad| value.len().checked_sub(pad).is_some_and(|len| value[..len].ends_with(data)))
        };
        let stored = store.iter().rev().find_map(|(key, value)| match key {
            RecordKey::Outbound { raw, .. } if holds(value) => Some(*raw),
            _ => None,
        });
        let raw = match (stored, side.numbers.get(data)) {
            (Some(raw), _) => raw,
            (None, Some(raw)) => *raw,
            (None, None) => return Err(format!("{who} sends what it has not stored")),
        };
        side.numbers.insert(data.clone(), raw);
        let payloads = side.payloads.entry(raw).or_default();
        if !payloads.contains(data) {
            payloads.push(data.clone());
            if payloads.len() > 2 || payloads.len() == 2 && !silent {
                return Err(format!("number {raw} of {who} has {} payloads", payloads.len()));
            }
        }
        Ok(())
    }

    fn crash(&mut self, who: usize, after: u8) -> Result {
        for _ in 0..after {
            let Some(output) = self.world.users[who].engine.poll_output() else { break };
            let stored = matches!(output, Output::Persist(_));
            self.perform(who, output)?;
            if stored {
                self.sides[who].unstored = None;
            }
        }
        let side = &mut self.sides[who];
        side.staged = Staged::Nothing;
        let user = &mut self.world.users[who];
        // What was not stored was not acknowledged: it comes again.
        if let Some(delivery) = side.unstored.take() {
            user.inbox.push_front(delivery);
        }
        user.stored_events = 0;
        user.answers.clear();
        user.failed.clear();
        user.timeout = None;
        let (store, now) = (user.store.clone(), self.world.now);
        user.engine = chappe_secret::SecretChats::new(user.config.clone(), store, now, &mut self.world.rng)
            .map_err(|error| error.to_string())?;
        self.all_outputs(who)
    }

    fn info(&self, who: usize) -> Result<ChatInfo> {
        self.world.users[who].engine.chat(self.chat).ok_or_else(|| "the chat is lost".to_owned())
    }

    /// The faults end; both sides come to agree.
    fn finish(&mut self) -> Result {
        self.world.fail_next.clear();
        self.forgetful = false;
        for round in 0..12 {
            loop {
                let mut busy = false;
                for who in [ALICE, BOB] {
                    while !self.world.users[who].answers.is_empty() {
                        busy = true;
                        self.answer(who)?;
                    }
                    while !self.world.users[who].inbox.is_empty() {
                        busy = true;
                        self.deliver(who, 0);
                        self.all_outputs(who)?;
                    }
                }
                if !busy {
                    break;
                }
            }
            if round == 6 {
                for who in [ALICE, BOB] {
                    self.crash(who, 0)?;
                }
            }
            let now = self.world.now;
            for who in [ALICE, BOB] {
                let (user, rng) = (&mut self.world.users[who], &mut self.world.rng);
                let date = now.unix_secs_i32();
                user.engine.read_history(self.chat, date, now, rng).map_err(|e| e.to_string())?;
                user.engine.send_action(self.chat, Action::Noop, now, rng).map_err(|e| e.to_string())?;
                self.all_outputs(who)?;
                while let Some(id) = self.sides[who].unopened.pop() {
                    let (user, rng) = (&mut self.world.users[who], &mut self.world.rng);
                    user.engine.opened(self.chat, id, now, rng).map_err(|e| e.to_string())?;
                    self.all_outputs(who)?;
                }
            }
            self.pass(61)?;
        }
        self.check()
    }

    fn check(&self) -> Result {
        let infos = [self.info(ALICE)?, self.info(BOB)?];
        for who in [ALICE, BOB] {
            let (mine, theirs) = (&self.sides[who].screen, &self.sides[1 - who].screen);
            let expected: Vec<i64> =
                mine.said.iter().copied().filter(|id| theirs.heard.contains(id)).collect();
            if theirs.heard != expected {
                return Err(format!("{who} said {:?}, the other heard {:?}", mine.said, theirs.heard));
            }
            let lost = mine.said.iter().find(|id| !mine.gone.contains(id) && !theirs.heard.contains(id));
            if let Some(lost) = lost {
                return Err(format!("message {lost} of {who} is lost"));
            }
            let info = &infos[who];
            if info.pending_count != 0 || info.rekeying || info.acknowledged_count + 2 < info.sent_count {
                return Err(format!("{who} is not settled: {info:?}"));
            }
        }
        if infos[0].key_fingerprint != infos[1].key_fingerprint || infos[0].key != infos[1].key {
            return Err("the keys differ".to_owned());
        }
        let [a, b] = [&self.sides[ALICE].screen.visible, &self.sides[BOB].screen.visible];
        if a != b {
            return Err(format!("Alice sees {a:?}, Bob sees {b:?}"));
        }
        let timers = |who: usize| {
            self.world.users[who].store.keys().filter(|key| matches!(key, RecordKey::Timer { .. })).count()
        };
        if timers(ALICE) + timers(BOB) > 0 {
            return Err(format!("timers are left: {} {}", timers(ALICE), timers(BOB)));
        }
        Ok(())
    }
}
