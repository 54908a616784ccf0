//! An engine with a store in memory, and a ready chat to begin with.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use chappe_api::secret::enums::{DecryptedMessage, DecryptedMessageAction};
use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_crypto::{AuthKey, Now, Role};
use chappe_secret::wrapper::Wrapper;
use chappe_secret::{
    AcceptPolicy, Call, Change, ChatHead, ChatState, ChatUpdate, Config, DhConfig, Error, Event, Output,
    RecordKey, Request, Response, RpcFailure, SecretChatId, SecretChats, envelope,
};
use chappe_tl::Decode;
use rand_chacha::ChaCha8Rng;

use crate::support::{NOW, rng};

const OWN: i64 = 100;
pub(super) const PEER: i64 = 200;

/// A chat that is ready, as its records, and what the peer knows of it.
pub(super) struct Scene {
    pub(super) records: Vec<(RecordKey, Vec<u8>)>,
    pub(super) chat: SecretChatId,
    pub(super) key: AuthKey,
    pub(super) peer: DhSecret,
}

/// The key exchange is done once; the engine starts from its records each time.
pub(super) fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let peer = DhSecret::generate(&DhParams::known(3).unwrap(), &mut rng(20), &[]).unwrap();
        let mut driver = Driver::start(Vec::new(), 21);
        let chat = driver.engine.request(PEER, 1, driver.now, &mut driver.random).unwrap();
        driver.drain();
        let mut key = None;
        while let Some(request) = driver.requests.pop() {
            let response = match &request.call {
                Call::GetDhConfig { .. } => {
                    Response::DhConfig { new: Some(dh_config()), random: vec![1; 256] }
                }
                Call::RequestEncryption { g_a, .. } => {
                    key = Some(peer.agree(g_a).unwrap());
                    Response::Chat(ChatUpdate::Waiting { chat: head(chat) })
                }
                _ => Response::Done,
            };
            driver.answer(&request, Ok(response));
        }
        let key = key.expect("no chat was requested");
        let accepted = ChatUpdate::Accepted {
            chat: head(chat),
            g_a_or_b: peer.public().to_vec(),
            key_fingerprint: key.fingerprint().0,
        };
        driver.engine.handle_encryption_update(accepted, 0, driver.now, &mut driver.random);
        driver.drain();
        assert_eq!(driver.engine.chat(chat).map(|chat| chat.state), Some(ChatState::Ready));
        Scene { records: driver.store.into_iter().collect(), chat, key, peer }
    })
}

pub(super) fn dh_config() -> DhConfig {
    DhConfig { version: 1, g: 3, p: DhParams::known(3).unwrap().p().to_vec() }
}

/// A chat of ours as the server describes it.
pub(super) fn head(id: SecretChatId) -> ChatHead {
    ChatHead { id, access_hash: 5, date: 1, admin_id: OWN, participant_id: PEER }
}

fn config() -> Config {
    let mut config = Config::new(OWN);
    config.accept = AcceptPolicy::Automatic { delay: Duration::from_secs(1) };
    config
}

pub(super) struct Driver {
    pub(super) engine: SecretChats,
    pub(super) store: BTreeMap<RecordKey, Vec<u8>>,
    pub(super) requests: Vec<Request>,
    pub(super) now: Now,
    pub(super) random: ChaCha8Rng,
    pub(super) timeout: Option<Now>,
    /// The next number that may be delivered, by chat.
    next: BTreeMap<SecretChatId, u32>,
    /// Keys that the peer can use by now, the oldest first.
    pub(super) keys: Vec<AuthKey>,
    /// The last exchange the engine spoke of, and the key that it leads to if the peer plays along.
    pub(super) exchange: Option<(i64, AuthKey)>,
    /// Public values of the engine's own requests for chats.
    pub(super) asked: BTreeMap<SecretChatId, Vec<u8>>,
}

impl Driver {
    pub(super) fn start(records: Vec<(RecordKey, Vec<u8>)>, seed: u64) -> Self {
        Self::open(records.into_iter().collect(), seed).expect("own records")
    }

    /// An engine from records that may be anything.
    pub(super) fn open(store: BTreeMap<RecordKey, Vec<u8>>, seed: u64) -> Result<Self, Error> {
        let mut random = rng(seed);
        let engine = SecretChats::new(config(), store.clone(), NOW, &mut random)?;
        let mut driver = Self {
            engine,
            store,
            requests: Vec::new(),
            now: NOW,
            random,
            timeout: None,
            next: BTreeMap::new(),
            keys: Vec::new(),
            exchange: None,
            asked: BTreeMap::new(),
        };
        driver.drain();
        Ok(driver)
    }

    /// Performs everything that the engine asks for; requests are kept for later.
    pub(super) fn drain(&mut self) {
        for _ in 0..20_000 {
            let Some(output) = self.engine.poll_output() else { return self.check() };
            match output {
                Output::Persist(batch) => {
                    for change in batch.changes {
                        match change {
                            Change::Put { key, value } => drop(self.store.insert(key, value.to_vec())),
                            Change::Remove { key } => drop(self.store.remove(&key)),
                        }
                    }
                    assert!(
                        self.engine.poll_output().is_none(),
                        "something came before the store had answered"
                    );
                    self.engine.handle_persisted(batch.barrier);
                }
                Output::Event(event) => self.deliver(&event),
                Output::Request(request) => {
                    assert!(request.call.to_bytes().is_ok());
                    self.listen(&request.call);
                    self.requests.push(request);
                }
                Output::Timeout(at) => self.timeout = Some(at),
            }
        }
        panic!("the outputs do not end");
    }

    /// What holds whenever there is nothing to do.
    fn check(&self) {
        for chat in self.engine.chats() {
            assert!(chat.pending_count <= chappe_secret::limits::MAX_PENDING_COUNT);
            assert!(chat.acknowledged_count <= chat.sent_count);
            assert!(self.store.contains_key(&RecordKey::Chat(chat.id)), "{} is not stored", chat.id);
        }
    }

    /// Messages come in their order and once.
    fn deliver(&mut self, event: &Event) {
        let (chat, raw) = match event {
            Event::Message(message) => (message.chat, message.raw_seq_no),
            Event::Action { chat, raw_seq_no, .. } => (*chat, *raw_seq_no),
            _ => return,
        };
        let next = self.next.entry(chat).or_default();
        assert!(raw >= *next, "message {raw} of {chat} was delivered after {next}");
        *next = raw + 1;
    }

    /// What the peer learns from a message of the engine.
    fn listen(&mut self, call: &Call) {
        if let Call::RequestEncryption { random_id, g_a, .. } = call {
            self.asked.insert(SecretChatId(*random_id), g_a.clone());
        }
        let (Call::SendEncrypted { data, .. } | Call::SendEncryptedService { data, .. }) = call else {
            return;
        };
        let Some(key) = self.keys.iter().find(|key| Some(key.fingerprint()) == envelope::fingerprint(data))
        else {
            return;
        };
        let object = envelope::open(key, Role::Initiator, data).expect("the engine sends what does not open");
        let wrapper = Wrapper::decode(&object).expect("the engine sends a message without a wrapper");
        let message =
            DecryptedMessage::from_bytes(wrapper.body).expect("the engine sends an unknown message");
        let DecryptedMessage::Service(message) = message else { return };
        let (id, theirs) = match &message.action {
            DecryptedMessageAction::RequestKey(action) => (action.exchange_id, &action.g_a),
            DecryptedMessageAction::AcceptKey(action) => (action.exchange_id, &action.g_b),
            _ => return,
        };
        let key = scene().peer.agree(theirs).expect("the engine sends a bad public value");
        if let DecryptedMessageAction::AcceptKey(action) = &message.action {
            assert!(action.key_fingerprint == key.fingerprint().0 || self.keys.len() > 1);
        }
        self.keys.push(key.clone());
        self.exchange = Some((id, key));
    }

    pub(super) fn answer(&mut self, request: &Request, response: Result<Response, RpcFailure>) {
        self.engine.handle_response(request.id, response, self.now, &mut self.random);
        self.drain();
    }

    /// A crash: the same account from its store.
    pub(super) fn restart(&mut self) {
        let records = std::mem::take(&mut self.store).into_iter().collect();
        let mut fresh = Self::start(Vec::new(), 23);
        fresh.store = records;
        let stored = fresh.store.clone();
        fresh.engine = SecretChats::new(config(), stored, self.now, &mut fresh.random).expect("own records");
        fresh.next = std::mem::take(&mut self.next);
        fresh.keys = std::mem::take(&mut self.keys);
        fresh.asked = std::mem::take(&mut self.asked);
        (fresh.now, fresh.exchange) = (self.now, self.exchange.take());
        *self = fresh;
        self.drain();
    }
}
