//! The engine: all secret chats of one account.

mod answers;
mod commands;
mod compose;
pub(crate) mod effects;
mod life;
mod receive;
mod rekey;
mod restore;
mod send;
mod timed;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::Duration;

use chappe_crypto::Now;
use rand_core::CryptoRng;

use crate::record::{Account, ParamsCache};
use crate::state::{Chat, Phase};
use crate::{
    Batch, Call, Change, ChatUpdate, Config, DropReason, EncryptedMessage, Error, Event, Output, RecordKey,
    Request, RequestId, Response, RpcFailure, SecretChatId, limits,
};
use effects::{Effects, Outstanding, Purpose, Staged, Step};

/// All secret chats of one account: messages and time go in, things to do come out.
///
/// There are four kinds of methods: queries; commands (plain verbs); `handle_*`, which take what the server says, what
/// the store says, and the time; and [`poll_output`](Self::poll_output). After every command and every `handle_*`,
/// call `poll_output` until it returns `None`, and perform each output before taking the next.
///
/// **Storage.** [`Output::Persist`] comes before everything that depends on it, and nothing comes out after it until
/// [`handle_persisted`](Self::handle_persisted) has confirmed it. If storing fails, do not confirm: drop the engine
/// and start again from the store. One store must never serve two engines, and an older copy of it must never be
/// taken up again: numbers would be used twice.
///
/// **Requests** stay in [`pending_requests`](Self::pending_requests) until they are answered. After a reconnection,
/// make them again as they are; after a restart [`SecretChats::new`] makes the ones that matter anew. Do not report a
/// lost connection as an answer.
pub struct SecretChats {
    pub(super) config: Config,
    pub(super) chats: BTreeMap<SecretChatId, Chat>,
    pub(super) account: Account,
    pub(super) params: ParamsCache,
    pub(super) fx: Effects,
    /// Calls to make again later; sends have a schedule of their own.
    pub(super) retries: Vec<(Duration, Outstanding)>,
    /// Updates about chats whose number we do not know yet.
    pub(super) orphans: Vec<ChatUpdate>,
    pub(super) deadlines: BTreeSet<(Duration, SecretChatId)>,
    /// The last qts that the server knows we have.
    pub(super) acknowledged: Option<i32>,
    outputs: VecDeque<Output>,
    barrier: u64,
    /// The batch that came out last and is not confirmed.
    unconfirmed: Option<u64>,
    now: Now,
    timeout_told: Option<Duration>,
}

impl SecretChats {
    /// Takes up the stored records (every [`Change::Put`] that was not removed or replaced), or starts empty.
    ///
    /// # Errors
    /// [`Error::Record`] or [`Error::RecordVersion`] if a record cannot be read.
    pub fn new(
        config: Config,
        stored: impl IntoIterator<Item = (RecordKey, Vec<u8>)>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Error> {
        let mut engine = Self {
            config,
            chats: BTreeMap::new(),
            account: Account::default(),
            params: ParamsCache::new(),
            fx: Effects::default(),
            retries: Vec::new(),
            orphans: Vec::new(),
            deadlines: BTreeSet::new(),
            acknowledged: None,
            outputs: VecDeque::new(),
            barrier: 0,
            unconfirmed: None,
            now,
            timeout_told: None,
        };
        for (id, stored) in engine.restore(stored, rng)? {
            engine.with(id, now, rng, |chat, step| {
                chat.resume(step);
                chat.tick(step);
            });
            // What this has not changed need not be written again: there may be thousands.
            let key = RecordKey::Chat(id);
            if engine.fx.changes.get(&key).is_some_and(|new| new.as_ref() == Some(&stored)) {
                engine.fx.changes.remove(&key);
            }
        }
        engine.commit();
        Ok(engine)
    }

    /// Runs one step of a chat, and stores the chat.
    pub(super) fn with(
        &mut self,
        id: SecretChatId,
        now: Now,
        rng: &mut dyn CryptoRng,
        run: impl FnOnce(&mut Chat, &mut Step<'_>),
    ) {
        self.now = now;
        let Some(chat) = self.chats.get_mut(&id) else { return };
        let mut step = Step { config: &self.config, now, rng, fx: &mut self.fx };
        run(chat, &mut step);
        chat.settle(&mut step);
        let deadline = chat.deadline(&step);
        if deadline != chat.scheduled {
            if let Some(old) = chat.scheduled {
                self.deadlines.remove(&(old, id));
            }
            if let Some(deadline) = deadline {
                self.deadlines.insert((deadline, id));
            }
            chat.scheduled = deadline;
        }
        self.fx.put(RecordKey::Chat(id), chat.encode());
    }

    /// Ends a step: its changes first, then what depends on them.
    pub(super) fn commit(&mut self) {
        let fetching = |o: &Outstanding| o.purpose == Purpose::DhConfig;
        if self.fx.want_dh
            && !self.fx.outstanding.values().any(fetching)
            && !self.retries.iter().any(|(_, o)| fetching(o))
        {
            let version = self.account.dh.as_ref().map_or(0, |(version, _)| *version);
            self.fx.request(Call::GetDhConfig { version, random_length: 256 }, Purpose::DhConfig, None);
        }
        self.fx.want_dh = false;
        self.acknowledge_queue();
        let changes: Vec<Change> = std::mem::take(&mut self.fx.changes)
            .into_iter()
            .map(|(key, value)| match value {
                Some(value) => Change::Put { key, value },
                None => Change::Remove { key },
            })
            .collect();
        let staged = std::mem::take(&mut self.fx.staged);
        if !changes.is_empty() {
            self.barrier += 1;
            let events = staged
                .iter()
                .filter_map(|staged| match staged {
                    Staged::Event(event) => Some(event.clone()),
                    Staged::Request(_) => None,
                })
                .collect();
            self.outputs.push_back(Output::Persist(Batch { barrier: self.barrier, changes, events }));
        }
        for staged in staged {
            match staged {
                Staged::Event(event) => self.outputs.push_back(Output::Event(event)),
                Staged::Request(id) => {
                    if let Some(outstanding) = self.fx.outstanding.get(&id) {
                        self.outputs.push_back(Output::Request(Effects::to_request(id, outstanding)));
                    }
                }
            }
        }
    }

    fn acknowledge_queue(&mut self) {
        let qts = self.account.qts;
        let pending = |o: &Outstanding| matches!(o.purpose, Purpose::Acknowledge { .. });
        if self.config.acknowledge
            && self.acknowledged.is_some_and(|told| told != qts)
            && !self.fx.outstanding.values().any(pending)
            && !self.retries.iter().any(|(_, o)| pending(o))
        {
            self.fx.request(Call::ReceivedQueue { max_qts: qts }, Purpose::Acknowledge { qts }, None);
        }
    }

    // Input

    /// `updateEncryption`: the server's view of a chat. Every `EncryptedChat` of the API converts.
    pub fn handle_encryption_update(
        &mut self,
        chat: impl Into<ChatUpdate>,
        _date: i32,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) {
        self.now = now;
        self.apply(chat.into(), now, rng);
        self.commit();
    }

    /// `updateNewEncryptedMessage`, or a message of a difference. Every `EncryptedMessage` of the API converts.
    ///
    /// `qts` is stored together with the effects of the message, and acknowledged after that. Messages of a
    /// difference have none of their own: pass `None` for all but the last, and the qts of the difference's state for
    /// the last.
    pub fn handle_encrypted_message(
        &mut self,
        message: impl Into<EncryptedMessage>,
        qts: Option<i32>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) {
        self.now = now;
        let message = message.into();
        let chat = message.chat;
        if self.chats.contains_key(&chat) {
            self.with(chat, now, rng, |chat, step| chat.receive(message, step));
        } else {
            self.fx.event(Event::Dropped { chat, reason: DropReason::UnknownChat });
        }
        if let Some(qts) = qts {
            self.store_qts(qts);
        }
        self.commit();
    }

    /// The counter of the update queue, if it moved without a message for a secret chat (or was read at login).
    pub fn handle_qts(&mut self, qts: i32) {
        self.store_qts(qts);
        self.commit();
    }

    fn store_qts(&mut self, qts: i32) {
        // A message that comes again after a crash brings its old number; a much lower one is a reset by the server.
        let reset = qts.saturating_add(limits::QTS_RESET_DISTANCE) < self.account.qts;
        if qts > self.account.qts || reset {
            self.acknowledged.get_or_insert(self.account.qts);
            self.account.qts = qts;
            self.fx.put(RecordKey::Account, self.account.encode());
        }
    }

    /// `updateEncryptedChatTyping`.
    pub fn handle_typing(&mut self, chat: SecretChatId) {
        if self.is_ready(chat) {
            self.fx.event(Event::Typing { chat });
            self.commit();
        }
    }

    /// How many seconds the server's clock is ahead of [`Now`]; below 0 if it is behind. Timers that start when the
    /// server says so count from then by our clock. 0 until it is said.
    pub const fn set_server_ahead(&mut self, seconds: i64) {
        self.fx.server_ahead = seconds;
    }

    /// `updateEncryptedMessagesRead`. Starts timers of our messages as of `date`; `max_date` is a claim of the server.
    pub fn handle_read(&mut self, chat: SecretChatId, max_date: i32, date: i32) {
        if self.is_ready(chat) {
            self.fx.event(Event::Read { chat, max_date, date });
            self.note_peer_read(chat, max_date, date);
            self.commit();
        }
    }

    fn is_ready(&self, chat: SecretChatId) -> bool {
        self.chats.get(&chat).is_some_and(|chat| matches!(chat.phase, Phase::Ready(_)))
    }

    /// The answer to a request. Answers to requests that are no longer listed are ignored.
    pub fn handle_response(
        &mut self,
        request: RequestId,
        response: Result<Response, RpcFailure>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) {
        self.now = now;
        self.answer(request, response, now, rng);
        self.commit();
    }

    /// A batch is durable: what depends on it may come out now.
    pub fn handle_persisted(&mut self, barrier: u64) {
        if self.unconfirmed.is_some_and(|waiting| barrier >= waiting) {
            self.unconfirmed = None;
        }
    }

    /// The moment of [`Output::Timeout`] has come. Calling it at any other time does no harm.
    pub fn handle_timeout(&mut self, now: Now, rng: &mut dyn CryptoRng) {
        self.now = now;
        self.timeout_told = None;
        for (at, outstanding) in std::mem::take(&mut self.retries) {
            if at > now.monotonic {
                self.retries.push((at, outstanding));
            } else if !self.is_moot(&outstanding, now, rng) {
                self.fx.repeat(outstanding);
            }
        }
        let due: Vec<SecretChatId> =
            self.deadlines.iter().take_while(|(at, _)| *at <= now.monotonic).map(|(_, chat)| *chat).collect();
        for chat in due {
            self.with(chat, now, rng, |chat, step| chat.tick(step));
        }
        self.commit();
    }

    /// The next thing to do; `None` once there is nothing, or until a batch is confirmed.
    pub fn poll_output(&mut self) -> Option<Output> {
        if self.unconfirmed.is_some() {
            return None;
        }
        while let Some(output) = self.outputs.pop_front() {
            match &output {
                Output::Persist(batch) => self.unconfirmed = Some(batch.barrier),
                Output::Request(request) => match self.fx.outstanding.get_mut(&request.id) {
                    Some(outstanding) => outstanding.released = true,
                    // The chat has ended since, or the message was deleted.
                    None => continue,
                },
                _ => {}
            }
            return Some(output);
        }
        let chats = self.deadlines.first().map(|(at, _)| *at);
        let next = self.retries.iter().map(|(at, _)| *at).chain(chats).min()?;
        if self.timeout_told == Some(next) {
            return None;
        }
        self.timeout_told = Some(next);
        Some(Output::Timeout(self.now.advance(next.saturating_sub(self.now.monotonic))))
    }

    /// Whether a request still has to be made, or answered.
    pub fn is_pending(&self, request: RequestId) -> bool {
        self.fx.outstanding.contains_key(&request)
    }

    /// The requests without an answer, oldest first, as they came out of
    /// [`poll_output`](Self::poll_output): what to make again after a reconnection.
    ///
    /// Requests that wait in `poll_output` behind an unconfirmed batch are not among them. The others may have been
    /// carried out, and count as repeated from now on.
    pub fn pending_requests(&mut self) -> Vec<Request> {
        let queued: BTreeSet<RequestId> = self
            .outputs
            .iter()
            .filter_map(|output| match output {
                Output::Request(request) => Some(request.id),
                _ => None,
            })
            .collect();
        let listed = self.fx.outstanding.iter_mut().filter(|(id, _)| !queued.contains(id));
        listed
            .map(|(id, outstanding)| {
                outstanding.in_doubt = true;
                Effects::to_request(*id, outstanding)
            })
            .collect()
    }
}

impl fmt::Debug for SecretChats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretChats")
            .field("chats", &self.chats.values())
            .field("qts", &self.account.qts)
            .finish_non_exhaustive()
    }
}
