//! Faults on purpose: what goes wrong between client and server, said in advance by a test.
//!
//! A rule without a method looks at the packets of connections, in one direction. A rule with a method looks at calls:
//! the fault meets the packet with the answer, so the call was executed. [`Fault::Answer`], [`Fault::Delay`] and
//! [`Fault::Silence`] come before the call is executed. A rule about a secret chat looks at the messages on their way
//! into the mailbox of the other side's device: who sent them is answered as ever, and the calls are left alone.

mod rules;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use rand::rngs::StdRng;

use self::rules::{Counters, Meets, Rule};
use crate::keys::lock;
use crate::limits::FAULT_RULES;
use crate::store::NewSecretMessage;

/// What goes wrong.
///
/// What is said of packets is what happens to the messages of a secret chat, too, if the rule is
/// [about one](Match::secret_chat): they are lost, late, doubled, changed, in another order. [`Fault::ForgeDate`],
/// [`Fault::ForgeRead`], [`Fault::SwapFile`] and [`Fault::Truncate`] meet nothing but such messages; errors and ended
/// connections mean nothing for them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The call is answered with this error and not executed.
    Answer {
        /// Its code, such as 420.
        code: i32,
        /// Its text, such as `FLOOD_WAIT_3`.
        text: String,
    },
    /// One bit of the packet is another one.
    Corrupt,
    /// The packet, or the execution of the call, comes this much later by the server's clock; later packets overtake.
    Delay(Duration),
    /// The connection ends, without a word, instead of the packet.
    Disconnect,
    /// The packet is lost.
    Drop,
    /// The packet comes twice.
    Duplicate,
    /// The message has a date that is so many seconds later, or earlier, for who receives it.
    ForgeDate(i32),
    /// Who wrote the message is told that it was read, with everything before it: this many seconds from its date on,
    /// which is also up to when everything is read.
    ForgeRead(i32),
    /// Before the packet, the client gets back what it sent last. Who wrote a secret message gets it as if it came from
    /// the other side, which gets it, too.
    Reflect,
    /// The packet comes after the next one, or a second later if there is none.
    Reorder,
    /// The salts of the client's key are other ones from now on.
    SaltChange,
    /// The call is neither executed nor answered; a packet is lost.
    Silence,
    /// The message comes with the file of another one of its chat, or without any if there is no other.
    SwapFile,
    /// The connection ends with this transport error, such as -404 or -429, instead of the packet.
    TransportError(i32),
    /// So many bytes are missing at the end of the message.
    Truncate(usize),
    /// The call is executed, and answered with an object that no schema knows.
    Unreadable,
}

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From client to server.
    Incoming,
    /// From server to client.
    Outgoing,
}

/// Whom a fault meets. What is not said may be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Match {
    /// TL name of a method; with a star at its end, every method that begins so.
    pub method: Option<String>,
    /// Account that is logged in.
    pub user: Option<i64>,
    /// Number of a connection, from [`Server::connections`](crate::Server::connections).
    pub connection: Option<u64>,
    /// Number of a secret chat, 0 for all of them: messages of it. The user is who wrote them, the method what they
    /// were sent by, such as `messages.sendEncryptedFile`; they know of no connection.
    pub secret_chat: Option<i32>,
}

impl Match {
    /// Everything.
    pub fn any() -> Self {
        Self::default()
    }

    /// Calls of a method, such as `messages.sendMessage`, or of all that begin so: `messages.*`.
    pub fn method(name: impl Into<String>) -> Self {
        Self { method: Some(name.into()), ..Self::default() }
    }

    /// What an account does.
    pub fn user(id: i64) -> Self {
        Self { user: Some(id), ..Self::default() }
    }

    /// What happens on a connection.
    pub fn connection(number: u64) -> Self {
        Self { connection: Some(number), ..Self::default() }
    }

    /// The messages of a secret chat, by its number.
    pub fn secret_chat(id: i32) -> Self {
        Self { secret_chat: Some(id), ..Self::default() }
    }

    /// The messages of all secret chats.
    pub fn secret_chats() -> Self {
        Self::secret_chat(0)
    }

    /// Only what this account does.
    #[must_use]
    pub fn and_user(self, id: i64) -> Self {
        Self { user: Some(id), ..self }
    }

    /// Only what happens on this connection.
    #[must_use]
    pub fn and_connection(self, number: u64) -> Self {
        Self { connection: Some(number), ..self }
    }

    /// Only what is sent by this method, or by all that begin so.
    #[must_use]
    pub fn and_method(self, name: impl Into<String>) -> Self {
        Self { method: Some(name.into()), ..self }
    }

    fn is_call(&self, method: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| match wanted.strip_suffix('*') {
            Some(beginning) => method.starts_with(beginning),
            None => method == wanted,
        })
    }

    fn is_from(&self, connection: Option<u64>, is_user: impl Fn(i64) -> bool) -> bool {
        self.user.is_none_or(is_user) && self.connection.is_none_or(|wanted| connection == Some(wanted))
    }
}

/// The faults of one server. See [`Server::faults`](crate::Server::faults).
///
/// ```
/// # async fn example(server: &chappe_server::Server) {
/// use std::time::Duration;
/// use chappe_server::{Fault, Match};
///
/// let faults = server.faults();
/// faults.on(Match::method("messages.sendMessage")).times(2).answer(500, "INTERNAL_SERVER_ERROR");
/// faults.on(Match::method("contacts.*")).flood_wait(3);
/// faults.on(Match::any()).probability(0.1).apply(Fault::Drop);
/// let slow = faults.on(Match::any()).incoming().apply(Fault::Delay(Duration::from_millis(200)));
/// slow.remove();
///
/// // A server that means ill: what Alice writes in a secret chat.
/// # let (alice, chat) = (5_000_000_001, 1_234_567);
/// let hers = || Match::secret_chat(chat).and_user(alice);
/// faults.on(hers()).after(2).times(1).apply(Fault::Drop);
/// faults.on(hers().and_method("messages.sendEncryptedFile")).apply(Fault::SwapFile);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Faults(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    rules: Mutex<Rules>,
    /// Whether there is any rule: without one, nothing is looked at.
    any: AtomicBool,
    /// Secret messages that are to come after the next one, each with its date.
    held: Mutex<Vec<(NewSecretMessage<'static>, i32)>>,
}

#[derive(Debug)]
struct Rules {
    list: Vec<Rule>,
    next: u64,
    rng: StdRng,
}

impl Faults {
    pub(crate) fn new(rng: StdRng) -> Self {
        let rules = Mutex::new(Rules { list: Vec::new(), next: 1, rng });
        Self(Arc::new(Shared { rules, any: AtomicBool::new(false), held: Mutex::default() }))
    }

    /// Begins a rule; [`FaultBuilder::apply`] sets it up. Of several rules that fit, the first one acts.
    pub fn on(&self, target: Match) -> FaultBuilder {
        FaultBuilder {
            faults: self.clone(),
            target,
            direction: Direction::Outgoing,
            after: 0,
            times: None,
            probability: 1.0,
        }
    }

    /// All rules, in the order in which they are looked at.
    pub fn list(&self) -> Vec<FaultRule> {
        self.rules().list.iter().map(Rule::describe).collect()
    }

    /// Removes the rule with this number; whether there was one.
    pub fn remove(&self, id: u64) -> bool {
        let mut rules = self.rules();
        let before = rules.list.len();
        rules.list.retain(|rule| rule.id != id);
        self.0.any.store(!rules.list.is_empty(), Ordering::Relaxed);
        before != rules.list.len()
    }

    /// Removes all rules.
    pub fn clear(&self) {
        self.rules().list.clear();
        self.0.any.store(false, Ordering::Relaxed);
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        lock(&self.0.rules)
    }

    pub(crate) fn is_idle(&self) -> bool {
        !self.0.any.load(Ordering::Relaxed)
    }

    /// The fault that meets a packet.
    pub(crate) fn for_packet(
        &self,
        direction: Direction,
        connection: u64,
        is_user: impl Fn(i64) -> bool,
    ) -> Option<Fault> {
        if self.is_idle() {
            return None;
        }
        let Rules { list, rng, .. } = &mut *self.rules();
        let fits = |rule: &Rule| {
            rule.meets() == Meets::Packets
                && rule.direction() == direction
                && rule.target.is_from(Some(connection), &is_user)
        };
        list.iter_mut().filter(|rule| fits(rule)).find_map(|rule| rule.strike(rng))
    }

    /// The fault that meets a call.
    pub(crate) fn for_call(&self, method: &str, user: Option<i64>, connection: Option<u64>) -> Option<Fault> {
        if self.is_idle() {
            return None;
        }
        let Rules { list, rng, .. } = &mut *self.rules();
        let fits = |rule: &Rule| {
            rule.meets() == Meets::Calls
                && rule.target.is_call(method)
                && rule.target.is_from(connection, |wanted| user == Some(wanted))
        };
        list.iter_mut().filter(|rule| fits(rule)).find_map(|rule| rule.strike(rng))
    }

    /// The fault that meets a message of a secret chat.
    pub(crate) fn for_message(&self, method: &str, user: i64, chat_id: i32) -> Option<Fault> {
        if self.is_idle() {
            return None;
        }
        let Rules { list, rng, .. } = &mut *self.rules();
        let fits = |rule: &Rule| {
            rule.meets() == Meets::SecretMessages
                && rule.target.secret_chat.is_none_or(|wanted| wanted == 0 || wanted == chat_id)
                && rule.target.is_call(method)
                && rule.target.is_from(None, |wanted| wanted == user)
        };
        list.iter_mut().filter(|rule| fits(rule)).find_map(|rule| rule.strike(rng))
    }

    /// Keeps a secret message back until [`Faults::release`].
    pub(crate) fn hold(&self, message: NewSecretMessage<'static>, date: i32) {
        lock(&self.0.held).push((message, date));
    }

    /// What was kept back for a device of a chat.
    pub(crate) fn release(&self, chat_id: i32, device: i64) -> Vec<(NewSecretMessage<'static>, i32)> {
        lock(&self.0.held)
            .extract_if(.., |(held, _)| held.chat_id == chat_id && held.receiver_auth == device)
            .collect()
    }

    /// Turns one bit around.
    pub(crate) fn corrupt(&self, packet: &mut [u8]) {
        use rand::RngExt;
        if packet.is_empty() {
            return;
        }
        let bit = self.rules().rng.random_range(0..packet.len() * 8);
        if let Some(byte) = packet.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
    }
}

/// A rule that is being set up.
#[derive(Clone, Debug)]
pub struct FaultBuilder {
    faults: Faults,
    target: Match,
    direction: Direction,
    after: u64,
    times: Option<u64>,
    probability: f64,
}

impl FaultBuilder {
    /// Meets what clients send. Default: what the server sends. Means nothing for rules about calls and secret chats.
    #[must_use]
    pub fn incoming(self) -> Self {
        self.direction(Direction::Incoming)
    }

    /// Meets packets that go this way. Default: what the server sends.
    #[must_use]
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// Lets this many pass first. Default: none.
    #[must_use]
    pub fn after(mut self, count: u64) -> Self {
        self.after = count;
        self
    }

    /// Happens this often at most. Default: again and again.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.times = Some(count);
        self
    }

    /// Happens by chance, from 0 to 1. Default: 1. With a seed, chance repeats.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = if probability.is_nan() { 0.0 } else { probability.clamp(0.0, 1.0) };
        self
    }

    /// Sets the rule up. It holds until it is removed, also when the handle is dropped.
    ///
    /// Beyond 1000 rules the oldest goes.
    pub fn apply(self, fault: Fault) -> FaultHandle {
        let mut rules = self.faults.rules();
        let id = rules.next;
        rules.next += 1;
        let counters = Arc::new(Counters::default());
        if rules.list.len() >= FAULT_RULES {
            rules.list.remove(0);
        }
        rules.list.push(Rule {
            id,
            target: self.target,
            fault,
            direction: self.direction,
            after: self.after,
            times: self.times,
            probability: self.probability,
            counters: Arc::clone(&counters),
        });
        self.faults.0.any.store(true, Ordering::Relaxed);
        drop(rules);
        FaultHandle { id, faults: self.faults, counters }
    }

    /// Answers calls with this error.
    pub fn answer(self, code: i32, text: impl Into<String>) -> FaultHandle {
        self.apply(Fault::Answer { code, text: text.into() })
    }

    /// Answers calls with `420 FLOOD_WAIT_seconds`.
    pub fn flood_wait(self, seconds: u32) -> FaultHandle {
        self.answer(420, format!("FLOOD_WAIT_{seconds}"))
    }
}

/// A rule that was set up.
#[derive(Clone, Debug)]
pub struct FaultHandle {
    id: u64,
    faults: Faults,
    counters: Arc<Counters>,
}

impl FaultHandle {
    /// Its number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// How often it has acted.
    pub fn hits(&self) -> u64 {
        self.counters.hits.load(Ordering::Relaxed)
    }

    /// Removes the rule; whether it was still there.
    pub fn remove(&self) -> bool {
        self.faults.remove(self.id)
    }
}

/// A rule as it stands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FaultRule {
    /// Its number.
    pub id: u64,
    /// Whom it meets.
    pub target: Match,
    /// What goes wrong.
    pub fault: Fault,
    /// Which packets it looks at.
    pub direction: Direction,
    /// How many pass first.
    pub after: u64,
    /// How often it acts at most.
    pub times: Option<u64>,
    /// How likely it acts.
    pub probability: f64,
    /// How often it has acted.
    pub hits: u64,
}

impl std::fmt::Debug for Counters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counters").field("hits", &load(&self.hits)).field("seen", &load(&self.seen)).finish()
    }
}

fn load(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
