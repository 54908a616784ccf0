//! What one step of the engine leads to, collected until the step is complete.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chappe_crypto::Now;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    Call, Config, Event, OutboundMessage, RandomId, RecordKey, Request, RequestId, SecretChatId, limits,
};

/// What a request is for: decides what its answer does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Accept(SecretChatId),
    Acknowledge { qts: i32 },
    DhConfig,
    Discard(SecretChatId),
    Read { chat: SecretChatId, max_date: i32 },
    Request(SecretChatId),
    Send { chat: SecretChatId, message: Sending },
    Typing,
}

/// A message of ours on its way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sending {
    pub(crate) raw: u32,
    pub(crate) random_id: RandomId,
    /// The id of the call: another one means that the number has a new payload since.
    pub(crate) outer: i64,
    /// The application knows already that the server has it.
    pub(crate) told: bool,
}

/// A request without an answer.
#[derive(Clone, Debug)]
pub(crate) struct Outstanding {
    pub(crate) call: Call,
    pub(crate) purpose: Purpose,
    pub(crate) after: Option<RequestId>,
    /// Failures so far.
    pub(crate) attempt: u32,
    /// An earlier try may have been carried out: its answer was lost.
    pub(crate) in_doubt: bool,
    /// The driver has it.
    pub(crate) released: bool,
}

/// An event or request, in the order in which they arose.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "staged once and moved")]
pub(crate) enum Staged {
    Event(Event),
    Request(RequestId),
}

/// Collected effects, and the requests that wait for answers.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) staged: Vec<Staged>,
    pub(crate) changes: BTreeMap<RecordKey, Option<Zeroizing<Vec<u8>>>>,
    pub(crate) outstanding: BTreeMap<RequestId, Outstanding>,
    next_request: u64,
    /// Some chat needs Diffie-Hellman parameters.
    pub(crate) want_dh: bool,
    /// Seconds that the server's clock is ahead of ours.
    pub(crate) server_ahead: i64,
    /// When the policy accepted chats, on the monotonic clock: those of the last minute.
    accepted: VecDeque<Duration>,
}

impl Effects {
    pub(crate) fn event(&mut self, event: Event) {
        self.staged.push(Staged::Event(event));
    }

    pub(crate) fn request(&mut self, call: Call, purpose: Purpose, after: Option<RequestId>) -> RequestId {
        self.repeat(Outstanding { call, purpose, after, attempt: 0, in_doubt: false, released: false })
    }

    pub(crate) fn repeat(&mut self, mut outstanding: Outstanding) -> RequestId {
        outstanding.released = false;
        self.next_request += 1;
        let id = RequestId(self.next_request);
        self.outstanding.insert(id, outstanding);
        self.staged.push(Staged::Request(id));
        id
    }

    pub(crate) fn put(&mut self, key: RecordKey, value: Zeroizing<Vec<u8>>) {
        self.changes.insert(key, Some(value));
    }

    pub(crate) fn remove(&mut self, key: RecordKey) {
        self.changes.insert(key, None);
    }

    /// Forgets the requests of a chat that has ended; answers to them are ignored.
    pub(crate) fn forget(&mut self, chat: SecretChatId) {
        self.outstanding.retain(|_, outstanding| match outstanding.purpose {
            Purpose::Accept(id) | Purpose::Send { chat: id, .. } | Purpose::Read { chat: id, .. } => {
                id != chat
            }
            _ => true,
        });
    }

    /// Whether the policy may accept one more chat now; otherwise how long it has to wait.
    pub(crate) fn accept_by_policy(&mut self, now: Now) -> Result<(), Duration> {
        let left = |at: &Duration| at.saturating_add(limits::ACCEPT_PERIOD).checked_sub(now.monotonic);
        while self.accepted.front().is_some_and(|at| left(at).is_none_or(|left| left.is_zero())) {
            self.accepted.pop_front();
        }
        match self.accepted.front().and_then(left) {
            Some(left) if self.accepted.len() >= limits::MAX_ACCEPTS => Err(left),
            _ => {
                self.accepted.push_back(now.monotonic);
                Ok(())
            }
        }
    }

    /// Takes back a request that the driver does not have yet. Whether that was so.
    pub(crate) fn take_back(&mut self, id: RequestId) -> bool {
        let held = self.outstanding.get(&id).is_some_and(|outstanding| !outstanding.released);
        if held {
            self.outstanding.remove(&id);
        }
        held
    }

    pub(crate) fn to_request(id: RequestId, outstanding: &Outstanding) -> Request {
        Request { id, call: outstanding.call.clone(), after: outstanding.after }
    }
}

/// What a step of a chat works with besides the chat.
pub(crate) struct Step<'a> {
    pub(crate) config: &'a Config,
    pub(crate) now: Now,
    pub(crate) rng: &'a mut dyn CryptoRng,
    pub(crate) fx: &'a mut Effects,
}

impl Step<'_> {
    pub(crate) fn event(&mut self, event: Event) {
        self.fx.event(event);
    }

    /// The date by the clock of the server, as well as we know it.
    pub(crate) fn server_date(&self) -> i32 {
        let date = self.now.unix_secs().saturating_add(self.fx.server_ahead);
        i32::try_from(date).unwrap_or(i32::MAX)
    }

    /// Tells that the server must have a message of ours, though it did not say so: the date is the best guess.
    pub(crate) fn taken(&mut self, chat: SecretChatId, random_id: RandomId) {
        let date = self.server_date();
        self.event(Event::Sent { chat, random_id, date });
    }

    /// Tells of a message of ours.
    pub(crate) fn composed(&mut self, message: OutboundMessage, raw_seq_no: u32, ttl: i32) {
        let date = self.now.unix_secs_i32();
        self.event(Event::Composed(Box::new(OutboundMessage { raw_seq_no, date, ttl, ..message })));
    }

    /// A random number that is not zero.
    pub(crate) fn random_id(&mut self) -> i64 {
        loop {
            let id = self.rng.next_u64() as i64;
            if id != 0 {
                return id;
            }
        }
    }
}

/// How long to wait after the given number of failures in a row.
pub(crate) fn backoff(attempt: u32, asked: Option<u32>) -> Duration {
    let own =
        limits::RETRY_FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(limits::RETRY_LONGEST);
    own.max(Duration::from_secs(asked.unwrap_or(0).into()))
}
