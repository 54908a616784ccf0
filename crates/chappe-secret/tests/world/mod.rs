//! Two people, a store for each, and a server that may lose, double and reorder messages. Everything follows from
//! a seed.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use chappe_crypto::dh::KNOWN_PRIME;
use chappe_secret::{
    Call, Change, ChatHead, ChatUpdate, Config, Content, DhConfig, EncryptedMessage, Event, Now, Output,
    RandomId, RecordKey, RequestId, Response, RpcFailure, SecretChatId, SecretChats,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub(crate) const ALICE: usize = 0;
pub(crate) const BOB: usize = 1;

/// What happens to messages, in per cent.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    pub(crate) drop: u32,
    pub(crate) double: u32,
    pub(crate) reorder: u32,
}

pub(crate) enum Delivery {
    Update(ChatUpdate),
    Message(EncryptedMessage),
    Read(i32),
}

pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) engine: SecretChats,
    pub(crate) config: Config,
    pub(crate) store: BTreeMap<RecordKey, Vec<u8>>,
    pub(crate) events: Vec<Event>,
    pub(crate) inbox: VecDeque<Delivery>,
    pub(crate) answers: VecDeque<(RequestId, Result<Response, RpcFailure>)>,
    /// Every call made, in order.
    pub(crate) calls: Vec<Call>,
    pub(crate) timeout: Option<Now>,
    /// Events that were stored with a batch and will come out after it.
    stored_events: usize,
    qts: i32,
    seen: BTreeSet<i64>,
}

#[derive(Default)]
pub(crate) struct ServerChat {
    pub(crate) id: i32,
    pub(crate) g_a: Vec<u8>,
    pub(crate) g_b: Vec<u8>,
    pub(crate) fingerprint: i64,
    pub(crate) accepted: bool,
    pub(crate) discarded: bool,
}

pub(crate) struct World {
    pub(crate) rng: ChaCha20Rng,
    pub(crate) now: Now,
    pub(crate) users: [User; 2],
    pub(crate) chat: Option<ServerChat>,
    pub(crate) faults: Faults,
    /// Answers every send of this user with this error, once each.
    pub(crate) fail_next: VecDeque<(usize, RpcFailure)>,
    /// The server gives chats numbers of its own.
    pub(crate) own_numbers: bool,
    /// Changes answers of the server before they arrive.
    pub(crate) tamper: Option<fn(&mut ChatUpdate)>,
    pub(crate) dh: (i32, Vec<u8>),
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with(seed, |_| ())
    }

    pub(crate) fn with(seed: u64, configure: impl Fn(&mut Config)) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let now = Now::from_unix_secs(1_700_000_000);
        let mut user = |id| {
            let mut config = Config::new(id);
            configure(&mut config);
            User {
                id,
                engine: SecretChats::new(config.clone(), [], now, &mut rng).unwrap(),
                config,
                store: BTreeMap::new(),
                events: Vec::new(),
                inbox: VecDeque::new(),
                answers: VecDeque::new(),
                calls: Vec::new(),
                timeout: None,
                stored_events: 0,
                qts: 0,
                seen: BTreeSet::new(),
            }
        };
        let users = [user(100), user(200)];
        Self {
            rng,
            now,
            users,
            chat: None,
            faults: Faults::default(),
            fail_next: VecDeque::new(),
            own_numbers: false,
            tamper: None,
            dh: (3, KNOWN_PRIME.to_vec()),
        }
    }

    /// A world with a chat ready on both sides.
    pub(crate) fn ready(seed: u64) -> (Self, SecretChatId) {
        let mut world = Self::new(seed);
        let chat = world.open();
        (world, chat)
    }

    pub(crate) fn open(&mut self) -> SecretChatId {
        self.users[ALICE].engine.request(200, 7, self.now, &mut self.rng).unwrap();
        self.run();
        let chat = SecretChatId(self.chat.as_ref().unwrap().id);
        self.users[BOB].engine.accept(chat, self.now, &mut self.rng).unwrap();
        self.run();
        chat
    }

    fn percent(&mut self, chance: u32) -> bool {
        self.rng.next_u32() % 100 < chance
    }

    /// Performs outputs of one user until there are none.
    pub(crate) fn drain(&mut self, who: usize) {
        while let Some(output) = self.users[who].engine.poll_output() {
            match output {
                Output::Persist(batch) => {
                    let user = &mut self.users[who];
                    for change in batch.changes {
                        match change {
                            Change::Put { key, value } => user.store.insert(key, value.to_vec()),
                            Change::Remove { key } => user.store.remove(&key),
                        };
                    }
                    user.stored_events += batch.events.len();
                    user.events.extend(batch.events);
                    user.engine.handle_persisted(batch.barrier);
                }
                Output::Request(request) => self.call(who, request.id, request.call),
                Output::Event(event) => {
                    let user = &mut self.users[who];
                    match user.stored_events.checked_sub(1) {
                        Some(rest) => user.stored_events = rest,
                        None => user.events.push(event),
                    }
                }
                Output::Timeout(at) => self.users[who].timeout = Some(at),
            }
        }
    }

    /// Lets everything happen that can happen without time passing.
    pub(crate) fn run(&mut self) {
        for _ in 0..100_000 {
            self.drain(ALICE);
            self.drain(BOB);
            let busy: Vec<usize> = (0..2)
                .filter(|i| !self.users[*i].answers.is_empty() || !self.users[*i].inbox.is_empty())
                .collect();
            let Some(who) = busy.get(self.rng.next_u32() as usize % busy.len().max(1)).copied() else {
                return;
            };
            self.one(who);
        }
        panic!("the world does not come to rest");
    }

    /// Hands one answer or delivery to a user.
    pub(crate) fn one(&mut self, who: usize) {
        let (now, user) = (self.now, &mut self.users[who]);
        let answer =
            !user.answers.is_empty() && (user.inbox.is_empty() || self.rng.next_u32().is_multiple_of(2));
        if answer {
            let (id, response) = user.answers.pop_front().unwrap();
            user.engine.handle_response(id, response, now, &mut self.rng);
        } else if let Some(delivery) = user.inbox.pop_front() {
            match delivery {
                Delivery::Update(update) => {
                    user.engine.handle_encryption_update(update, 0, now, &mut self.rng)
                }
                Delivery::Message(message) => {
                    user.qts += 1;
                    user.engine.handle_encrypted_message(message, Some(user.qts), now, &mut self.rng);
                }
                Delivery::Read(date) => {
                    let chat = SecretChatId(self.chat.as_ref().unwrap().id);
                    user.engine.handle_read(chat, date, date);
                }
            }
        }
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.now = self.now.advance(by);
        for who in [ALICE, BOB] {
            self.users[who].engine.handle_timeout(self.now, &mut self.rng);
        }
        self.run();
    }

    /// Ends the process of a user and starts it again from its store. Answers on the way are lost.
    pub(crate) fn restart(&mut self, who: usize) {
        // It ends right after storing: nothing that depends on it has come out.
        let user = &mut self.users[who];
        while let Some(output) = user.engine.poll_output() {
            if let Output::Persist(batch) = output {
                for change in batch.changes {
                    match change {
                        Change::Put { key, value } => user.store.insert(key, value.to_vec()),
                        Change::Remove { key } => user.store.remove(&key),
                    };
                }
                user.events.extend(batch.events);
                user.engine.handle_persisted(batch.barrier);
            }
        }
        user.stored_events = 0;
        user.answers.clear();
        let stored: Vec<_> = user.store.clone().into_iter().collect();
        user.engine = SecretChats::new(user.config.clone(), stored, self.now, &mut self.rng).unwrap();
    }

    fn head(&self, viewer: usize) -> ChatHead {
        let id = SecretChatId(self.chat.as_ref().unwrap().id);
        ChatHead { id, access_hash: 1000 + viewer as i64, date: 5, admin_id: 100, participant_id: 200 }
    }

    fn call(&mut self, who: usize, id: RequestId, call: Call) {
        self.users[who].calls.push(call.clone());
        let sends = matches!(call, Call::SendEncrypted { .. } | Call::SendEncryptedService { .. });
        if sends && self.fail_next.front().is_some_and(|(other, _)| *other == who) {
            let (_, failure) = self.fail_next.pop_front().unwrap();
            return self.users[who].answers.push_back((id, Err(failure)));
        }
        let response = self.serve(who, call);
        self.users[who].answers.push_back((id, response));
    }

    fn tampered(&self, mut update: ChatUpdate) -> ChatUpdate {
        if let Some(tamper) = self.tamper {
            tamper(&mut update);
        }
        update
    }

    fn serve(&mut self, who: usize, call: Call) -> Result<Response, RpcFailure> {
        let other = 1 - who;
        match call {
            Call::GetDhConfig { version, .. } => {
                let mut random = vec![0; 256];
                self.rng.fill_bytes(&mut random);
                let new = (version != 9).then(|| DhConfig { version: 9, g: self.dh.0, p: self.dh.1.clone() });
                Ok(Response::DhConfig { new, random })
            }
            Call::RequestEncryption { random_id, g_a, .. } => {
                if self.chat.is_some() {
                    return Err(RpcFailure::new(400, "RANDOM_ID_DUPLICATE"));
                }
                let id = if self.own_numbers { 4242 } else { random_id };
                self.chat = Some(ServerChat { id, g_a: g_a.clone(), ..ServerChat::default() });
                let update = ChatUpdate::Requested { chat: self.head(other), g_a, folder_id: None };
                let update = self.tampered(update);
                self.users[other].inbox.push_back(Delivery::Update(update));
                Ok(Response::Chat(ChatUpdate::Waiting { chat: self.head(who) }))
            }
            Call::AcceptEncryption { g_b, key_fingerprint, .. } => {
                let (mine, theirs) = (self.head(who), self.head(other));
                let chat = self.chat.as_mut().unwrap();
                if chat.discarded {
                    return Err(RpcFailure::new(400, "ENCRYPTION_ALREADY_DECLINED"));
                }
                if chat.accepted {
                    return Err(RpcFailure::new(400, "ENCRYPTION_ALREADY_ACCEPTED"));
                }
                chat.accepted = true;
                let g_a = chat.g_a.clone();
                let update = ChatUpdate::Accepted { chat: theirs, g_a_or_b: g_b, key_fingerprint };
                let update = self.tampered(update);
                self.users[other].inbox.push_back(Delivery::Update(update));
                Ok(Response::Chat(ChatUpdate::Accepted { chat: mine, g_a_or_b: g_a, key_fingerprint }))
            }
            Call::DiscardEncryption { chat_id, delete_history } => {
                let chat = self.chat.as_mut().unwrap();
                if !chat.discarded {
                    chat.discarded = true;
                    let update = ChatUpdate::Discarded { id: chat_id, history_deleted: delete_history };
                    self.users[other].inbox.push_back(Delivery::Update(update));
                }
                Ok(Response::Done)
            }
            Call::SendEncrypted { random_id, data, .. } => self.deliver(who, random_id, data, false),
            Call::SendEncryptedService { random_id, data, .. } => self.deliver(who, random_id, data, true),
            Call::ReadEncryptedHistory { max_date, .. } => {
                self.users[other].inbox.push_back(Delivery::Read(max_date));
                Ok(Response::Done)
            }
            _ => Ok(Response::Done),
        }
    }

    fn deliver(
        &mut self,
        who: usize,
        random_id: i64,
        bytes: Vec<u8>,
        service: bool,
    ) -> Result<Response, RpcFailure> {
        let other = 1 - who;
        let chat = self.chat.as_ref().unwrap();
        if chat.discarded {
            return Err(RpcFailure::new(400, "ENCRYPTION_DECLINED"));
        }
        let date = self.now.unix_secs_i32();
        // A call repeated after a restart is not delivered twice.
        if self.users[who].seen.insert(random_id) {
            let message =
                EncryptedMessage { chat: SecretChatId(chat.id), random_id, date, bytes, file: None, service };
            let copies = match (self.percent(self.faults.drop), self.percent(self.faults.double)) {
                (true, _) => 0,
                (false, false) => 1,
                (false, true) => 2,
            };
            for _ in 0..copies {
                let at = self.users[other].inbox.len();
                let at = if self.percent(self.faults.reorder) { at.saturating_sub(3) } else { at };
                // Only messages pass each other.
                let least = self.users[other]
                    .inbox
                    .iter()
                    .rposition(|d| matches!(d, Delivery::Update(_)))
                    .map_or(0, |i| i + 1);
                self.users[other].inbox.insert(at.max(least), Delivery::Message(message.clone()));
            }
        }
        Ok(Response::Sent { date, file: None })
    }

    pub(crate) fn text(&mut self, who: usize, chat: SecretChatId, text: &str) -> RandomId {
        self.users[who].engine.send_text(chat, text, self.now, &mut self.rng).unwrap()
    }

    /// The texts a user has received.
    pub(crate) fn texts(&self, who: usize) -> Vec<String> {
        self.users[who]
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Message(message) => match &message.content {
                    Content::Text(text) => Some(text.text.clone()),
                    other => Some(format!("{other:?}")),
                },
                _ => None,
            })
            .collect()
    }

    /// The names of the actions a user has received.
    pub(crate) fn actions(&self, who: usize) -> Vec<&'static str> {
        self.users[who]
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Action { action, .. } => Some(action.name()),
                _ => None,
            })
            .collect()
    }

    /// How many different payloads a user has sent.
    pub(crate) fn payload_count(&self, who: usize) -> usize {
        let payloads: BTreeSet<&Vec<u8>> = self.users[who]
            .calls
            .iter()
            .filter_map(|call| match call {
                Call::SendEncrypted { data, .. } | Call::SendEncryptedService { data, .. } => Some(data),
                _ => None,
            })
            .collect();
        payloads.len()
    }

    pub(crate) fn closed(&self, who: usize) -> Option<&Event> {
        self.users[who].events.iter().find(|event| matches!(event, Event::ChatClosed { .. }))
    }
}
