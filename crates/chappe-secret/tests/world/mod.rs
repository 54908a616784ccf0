//! Two people, a store for each, and a server that may lose, double and reorder messages. Everything follows from
//! a seed.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

mod server;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use chappe_crypto::dh::KNOWN_PRIME;
use chappe_secret::{
    Call, Change, ChatUpdate, Config, Content, EncryptedFile, EncryptedMessage, Event, FileKey, FileSource,
    Now, Output, RandomId, RecordKey, RequestId, Response, RpcFailure, SecretChatId, SecretChats,
    UploadedFile,
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

#[derive(Clone)]
pub(crate) enum Delivery {
    Update(ChatUpdate),
    Message(EncryptedMessage),
    Read { max_date: i32, date: i32 },
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
    pub(crate) stored_events: usize,
    pub(crate) qts: i32,
    pub(crate) seen: BTreeSet<i64>,
    /// Payloads that the server has taken.
    pub(crate) taken: BTreeSet<Vec<u8>>,
    /// Sends that failed: what was to come after them fails as well.
    pub(crate) failed: BTreeSet<RequestId>,
}

#[derive(Clone, Default)]
pub(crate) struct ServerChat {
    pub(crate) id: i32,
    pub(crate) g_a: Vec<u8>,
    pub(crate) g_b: Vec<u8>,
    pub(crate) fingerprint: i64,
    pub(crate) accepted: bool,
    pub(crate) discarded: bool,
}

/// The next call of a method fails: `done` is one that was carried out, so that only its answer is lost.
pub(crate) struct Trouble {
    pub(crate) who: usize,
    pub(crate) method: &'static str,
    pub(crate) failure: RpcFailure,
    pub(crate) done: bool,
}

pub(crate) struct World {
    pub(crate) rng: ChaCha20Rng,
    pub(crate) now: Now,
    /// Seconds that the server's clock is ahead of that of the users.
    pub(crate) server_ahead: i32,
    pub(crate) users: [User; 2],
    pub(crate) chat: Option<ServerChat>,
    pub(crate) faults: Faults,
    /// Answers every send of this user with this error, once each. `DATA_TOO_LONG` waits for a message that the server has
    /// never taken.
    pub(crate) fail_next: VecDeque<(usize, RpcFailure)>,
    /// What goes wrong with calls.
    pub(crate) troubles: Vec<Trouble>,
    /// A repeated acceptance of the same device is answered like the first.
    pub(crate) idempotent: bool,
    /// The server gives chats numbers of its own.
    pub(crate) own_numbers: bool,
    /// Changes answers of the server before they arrive.
    pub(crate) tamper: Option<fn(&mut ChatUpdate)>,
    pub(crate) dh: (i32, Vec<u8>),
    /// What was uploaded or sent, by number.
    pub(crate) files: BTreeMap<i64, EncryptedFile>,
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
                taken: BTreeSet::new(),
                failed: BTreeSet::new(),
            }
        };
        let users = [user(100), user(200)];
        Self {
            rng,
            now,
            server_ahead: 0,
            users,
            chat: None,
            faults: Faults::default(),
            fail_next: VecDeque::new(),
            troubles: Vec::new(),
            idempotent: false,
            own_numbers: false,
            tamper: None,
            dh: (3, KNOWN_PRIME.to_vec()),
            files: BTreeMap::new(),
        }
    }

    /// A world whose people take up these stores and this chat, with so many messages on the way at once.
    pub(crate) fn resume(
        seed: u64,
        send_window: usize,
        now: Now,
        stores: &[BTreeMap<RecordKey, Vec<u8>>; 2],
        chat: &ServerChat,
        qts: [i32; 2],
    ) -> Self {
        let mut world = Self::with(seed, |config| config.send_window = send_window);
        world.now = now;
        world.chat = Some(chat.clone());
        for ((user, store), qts) in world.users.iter_mut().zip(stores).zip(qts) {
            user.store.clone_from(store);
            user.qts = qts;
            user.engine = SecretChats::new(user.config.clone(), store.clone(), now, &mut world.rng).unwrap();
        }
        world
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
                Output::Request(request) => self.call(who, request),
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
            if let Some(who) = busy.get(self.rng.next_u32() as usize % busy.len().max(1)).copied() {
                self.one(who);
            } else if !self.wake() {
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    /// Calls `handle_timeout` where it is due. Whether it was.
    pub(crate) fn wake(&mut self) -> bool {
        let mut woken = false;
        for user in &mut self.users {
            if user.timeout.is_some_and(|at| at.monotonic <= self.now.monotonic) {
                user.timeout = None;
                user.engine.handle_timeout(self.now, &mut self.rng);
                woken = true;
            }
        }
        woken
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
                Delivery::Read { max_date, date } => {
                    let chat = SecretChatId(self.chat.as_ref().unwrap().id);
                    user.engine.handle_read(chat, max_date, date);
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
        user.failed.clear();
        let stored: Vec<_> = user.store.clone().into_iter().collect();
        user.engine = SecretChats::new(user.config.clone(), stored, self.now, &mut self.rng).unwrap();
    }

    pub(crate) fn text(&mut self, who: usize, chat: SecretChatId, text: &str) -> RandomId {
        self.users[who].engine.send_text(chat, text, self.now, &mut self.rng).unwrap()
    }

    /// A file of this plain size, uploaded.
    pub(crate) fn upload(&mut self, size: i64) -> UploadedFile {
        let key = FileKey::generate(&mut self.rng);
        let id = self.files.len() as i64 + 1;
        let (key_fingerprint, encrypted) = (key.fingerprint(), (size + 15) / 16 * 16);
        let file = EncryptedFile { id, access_hash: id * 11, size: encrypted, dc_id: 2, key_fingerprint };
        self.files.insert(id, file);
        UploadedFile { source: FileSource::Uploaded { id, parts: 1, md5_checksum: String::new() }, key, size }
    }

    /// The next call of this method by the user fails once.
    pub(crate) fn trouble(&mut self, who: usize, method: &'static str, failure: RpcFailure, done: bool) {
        self.troubles.push(Trouble { who, method, failure, done });
    }

    /// How often a user has called this method.
    pub(crate) fn count(&self, who: usize, method: &str) -> usize {
        self.users[who].calls.iter().filter(|call| call.method() == method).count()
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
                Call::SendEncrypted { data, .. }
                | Call::SendEncryptedFile { data, .. }
                | Call::SendEncryptedService { data, .. } => Some(data),
                _ => None,
            })
            .collect();
        payloads.len()
    }

    pub(crate) fn closed(&self, who: usize) -> Option<&Event> {
        self.users[who].events.iter().find(|event| matches!(event, Event::ChatClosed { .. }))
    }
}
