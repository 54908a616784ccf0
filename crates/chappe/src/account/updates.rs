//! Driving the update counters: what they let through goes to the secret chats or to the application.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chappe_api::{enums, functions, types};
use chappe_secret::{Now, SecretChatId};
use chappe_tl::{Decode, DecodeError, Encode};
use chappe_updates::{ChannelId, Event, Output, Pts, Qts, Request, Seq, State, UpdateMachine};

use super::keys;
use super::secret::Driver;
use super::task::{Done, Task};
use crate::call::{Call, InvokeOptions, Policy};
use crate::error::{Error, InvokeError};
use crate::limits;
use crate::net::NetEvent;
use crate::peers::{PeerCache, PeerId};
use crate::rt::Instant;
use crate::session::{Record, Scan};
use crate::updates::{self, ApiUpdate, Position, short};

/// The machine and what the driver remembers for it.
pub(super) struct Counters {
    pub(super) machine: UpdateMachine,
    /// When it wants to be woken, on the monotonic clock.
    timeout: Option<Duration>,
    /// Whom the next updates speak of.
    users: Arc<[enums::User]>,
    chats: Arc<[enums::Chat]>,
    /// Whom the server has described: a short form may name them.
    told: HashSet<i64>,
    peers: PeerCache,
    /// What channels are asked for with.
    pub(super) hashes: HashMap<ChannelId, i64>,
    /// The list of chats is being looked through for where their channels stand.
    pub(super) listing: bool,
    /// What was asked to be stored last.
    published: Option<State>,
    /// Whether the server's queue begins where the stored state ends.
    queue: Queue,
}

/// People remembered for short forms; beyond that all are forgotten, and short forms are fetched as whole ones.
const MAX_TOLD: usize = 100_000;

/// Where the counters go on.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    pub(super) state: Option<State>,
    pub(super) channels: Vec<(ChannelId, Pts, i64)>,
}

/// What the first differences show of the queue of secret messages.
///
/// Messages are acknowledged when they are stored, and the server deletes them then. If some behind the stored state
/// are gone, a newer state has acknowledged them, unless they were too old or their chat has ended.
#[derive(Clone, Copy, Debug, Default)]
struct Queue {
    /// Messages that were counted and did not come.
    missing: i64,
    /// There may be another reason than an older copy.
    explained: bool,
    /// The server's date of the stored state.
    since: Option<i32>,
}

impl Queue {
    fn note(&mut self, from: State, difference: &enums::updates::Difference) {
        use enums::updates::Difference;
        let (messages, updates, state) = match difference {
            Difference::Difference(d) => (&d.new_encrypted_messages, &d.other_updates, &d.state),
            Difference::Slice(d) => (&d.new_encrypted_messages, &d.other_updates, &d.intermediate_state),
            _ => return,
        };
        let came = i64::try_from(messages.len()).unwrap_or(i64::MAX);
        let since = *self.since.get_or_insert(from.date);
        let retention = i64::try_from(limits::QUEUE_RETENTION.as_secs()).unwrap_or(i64::MAX);
        self.missing += i64::from(state.qts) - i64::from(from.qts.0) - came;
        self.explained |= i64::from(state.date) - i64::from(since) > retention
            // The server forgets what waits of a chat that ends, and other updates may count in qts.
            || updates.iter().any(|update| match update {
                enums::Update::Encryption(u) => matches!(u.chat, enums::EncryptedChat::Discarded(_)),
                update => chappe_updates::counts_in_qts(update),
            });
    }
}

impl Counters {
    /// Whether what the server says can only be if a newer state of this session exists.
    pub(super) fn is_older_copy(&self) -> bool {
        self.queue.missing > 0 && !self.queue.explained
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Whether the account's own difference is not being asked for.
    pub(super) fn is_current(&self) -> bool {
        self.machine.state().is_some() && self.machine.pending_request().is_none()
    }

    /// Whether nothing that happened is known to be missing, or as much waits as may.
    pub(super) fn is_caught_up(&self) -> bool {
        (self.machine.is_current() && !self.listing) || self.machine.is_paused()
    }

    /// Remembers whom the server describes.
    pub(super) fn learn(&mut self, users: &[enums::User], chats: &[enums::Chat]) {
        self.peers.learn(users, chats);
        if self.told.len() + users.len() > MAX_TOLD {
            self.told.clear();
        }
        if self.hashes.len() + chats.len() > chappe_updates::limits::MAX_CHANNELS * 2 {
            self.hashes.retain(|channel, _| self.machine.channel_pts(*channel).is_some());
        }
        self.told.extend(users.iter().filter_map(|user| match user {
            enums::User::User(user) => Some(user.id),
            enums::User::Empty(_) => None,
        }));
        for chat in chats {
            if let enums::Chat::Channel(channel) = chat
                && !channel.min
                && let Some(hash) = channel.access_hash
            {
                self.hashes.insert(ChannelId(channel.id), hash);
            }
        }
    }

    /// Whether everybody whom a short form names is known; `true` for whole forms.
    fn knows(&self, updates: &enums::Updates) -> bool {
        let known = |user: &i64| self.told.contains(user) || self.peers.get(PeerId::User(*user)).is_some();
        short::named(updates).is_none_or(|people| people.iter().all(known))
    }

    pub(super) fn handle_timeout(&mut self, now: Now) {
        if self.timeout.is_some_and(|at| at <= now.monotonic) {
            self.timeout = None;
            self.machine.handle_timeout(now);
        }
    }
}

impl Task {
    /// Where the counters stand by what is stored.
    pub(super) async fn stored_standing(&mut self) -> Result<Standing, Error> {
        let mut standing = Standing::default();
        for record in self.store.scan(&Scan::all(keys::all_updates())).await? {
            match keys::to_channel(&record.key) {
                None => standing.state = decode_state(&record.value),
                Some(channel) => {
                    let stood = decode_channel(&record.value);
                    standing.channels.extend(stood.map(|(pts, hash)| (channel, pts, hash)));
                }
            }
        }
        Ok(standing)
    }

    /// Goes on from there. The qts of secret chats is written together with the effects of messages, so it counts.
    pub(super) fn load_updates(&self, standing: Standing, driver: &Driver) -> Counters {
        let Standing { mut state, channels } = standing;
        let qts = driver.engine.qts();
        let queue = Queue { explained: driver.ended.before || state.is_none(), ..Queue::default() };
        // Bots have no secret chats: their qts counts updates.
        if let Some(state) = &mut state
            && qts != 0
            && !self.is_bot
        {
            state.qts = Qts(qts);
        }
        let known = channels.iter().map(|(channel, pts, _)| (*channel, *pts));
        Counters {
            machine: UpdateMachine::with_channels(state, known, self.clock.now()),
            timeout: None,
            users: Arc::default(),
            chats: Arc::default(),
            told: HashSet::new(),
            peers: self.peers.clone(),
            hashes: channels.iter().map(|(channel, _, hash)| (*channel, *hash)).collect(),
            listing: false,
            published: state,
            queue,
        }
    }

    /// Lets go of the counters. What they had let through already goes its way, so that they can go on behind it.
    pub(super) fn set_counters_aside(&mut self) {
        let Some(mut counters) = self.counters.take() else { return };
        while let Some(output) = counters.machine.poll_output() {
            match output {
                // Messages of secret chats come again: their engine has not stored them.
                Output::Event(event) => {
                    if let Some(event) = counters.tell(event) {
                        self.hub.publish(event);
                    }
                }
                Output::Persist(state) => {
                    counters.published = Some(state);
                    self.hub.mark(Position::of_account(state));
                }
                Output::PersistChannel { channel, pts } => {
                    self.hub.mark(Position::of_channel(channel, pts));
                }
                Output::Request(_) | Output::Timeout(_) => {}
            }
        }
        let hash = |channel| counters.hashes.get(&channel).copied().unwrap_or_default();
        let channels = counters.machine.channels().map(|(channel, pts)| (channel, pts, hash(channel)));
        self.standing =
            counters.published.map(|state| Standing { state: Some(state), channels: channels.collect() });
    }

    pub(super) fn handle_net(&mut self, event: NetEvent) {
        if let NetEvent::Connection(state) = event {
            return self.hub.publish_aside(updates::Event::Connection(state));
        }
        let (now, me) = (self.clock.now(), self.login.unwrap_or_default());
        let Some(counters) = &mut self.counters else { return };
        let updates = match event {
            NetEvent::Connection(_) => return,
            NetEvent::Affected { channel: Some(channel), pts, pts_count } => {
                return counters.machine.handle_channel_affected(
                    ChannelId(channel),
                    Pts(pts),
                    pts_count,
                    now,
                );
            }
            NetEvent::Affected { channel: None, pts, pts_count } => {
                return counters.machine.handle_affected(Pts(pts), pts_count, now);
            }
            NetEvent::Lost => return counters.machine.handle_new_session(now),
            // Nothing that counts may get lost because it cannot be read: the difference is asked for it.
            NetEvent::Sent { request, answer } => {
                short::sent(&request, &answer, me).unwrap_or(enums::Updates::TooLong)
            }
            NetEvent::Updates(bytes) => enums::Updates::from_bytes(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, "updates cannot be read");
                self.hub.publish_aside(undecodable(&bytes, &error));
                enums::Updates::TooLong
            }),
        };
        let updates = match counters.knows(&updates) {
            true => short::lengthen(updates, me),
            false => enums::Updates::TooLong,
        };
        counters.machine.handle_updates(updates, now);
    }

    pub(super) fn handle_updates_answer(&mut self, answer: Result<Vec<u8>, InvokeError>) {
        let now = self.clock.now();
        let Some(Counters { machine, queue, .. }) = &mut self.counters else { return };
        let bytes = match answer {
            Ok(bytes) => bytes,
            // It is asked for again after the next start.
            Err(InvokeError::Closed) => return,
            Err(error) if error.is_unauthorized() => return self.logged_out_by(&error),
            Err(error) => {
                tracing::debug!(%error, "the difference cannot be fetched");
                return machine.handle_failure(now);
            }
        };
        let handled = match machine.pending_request() {
            Some(Request::GetState) => {
                let handled =
                    types::updates::State::from_bytes(&bytes).map(|state| machine.handle_state(&state, now));
                if handled.is_ok() {
                    self.list_channels();
                }
                handled
            }
            Some(Request::GetDifference { from }) => {
                enums::updates::Difference::from_bytes(&bytes).map(|difference| {
                    queue.note(from, &difference);
                    machine.handle_difference(difference, now);
                })
            }
            _ => Ok(()),
        };
        if let Err(error) = handled {
            tracing::warn!(%error, "the difference cannot be read");
            self.hub.publish_aside(undecodable(&bytes, &error));
            if let Some(counters) = &mut self.counters {
                counters.machine.handle_unreadable(now);
            }
        }
    }

    /// The server has ended the login.
    pub(super) fn logged_out_by(&mut self, error: &InvokeError) {
        tracing::warn!(%error, "the login has ended");
        self.login_ended();
        self.hub.publish_aside(updates::Event::LoggedOut);
    }

    /// Carries out one thing that the counters ask for. `false` if they ask for nothing.
    pub(super) fn drive_updates(&mut self) -> bool {
        let Some(counters) = &mut self.counters else { return false };
        match counters.machine.poll_output() {
            None => return false,
            Some(Output::Event(event)) => {
                self.handle_update(event);
                self.pause_if_full();
            }
            Some(Output::Persist(state)) => {
                counters.published = Some(state);
                self.hub.mark(Position::of_account(state));
                self.plan_saving();
            }
            Some(Output::PersistChannel { channel, pts }) => {
                self.hub.mark(Position::of_channel(channel, pts));
                self.plan_saving();
            }
            Some(Output::Request(request)) => self.request_updates(request),
            Some(Output::Timeout(at)) => counters.timeout = Some(at.monotonic),
        }
        true
    }

    fn pause_if_full(&mut self) {
        if let Some(counters) = &mut self.counters
            && !counters.machine.is_paused()
            && self.hub.is_full()
        {
            tracing::debug!("the program is behind: no more updates are fetched for now");
            counters.machine.set_paused(true, self.clock.now());
        }
    }

    /// The program has handled something, or has read.
    pub(super) fn handle_progress(&mut self) {
        if let Some(counters) = &mut self.counters
            && counters.machine.is_paused()
            && self.hub.has_room()
        {
            counters.machine.set_paused(false, self.clock.now());
        }
        self.plan_saving();
    }

    pub(super) fn plan_saving(&mut self) {
        if self.save_at.is_none() && self.hub.has_due() {
            let earliest = self.saved_at.map(|saved| saved + limits::SAVE_INTERVAL);
            let now = Instant::now();
            self.save_at = Some(earliest.map_or(now, |earliest| earliest.max(now)));
        }
    }

    /// Stores how far the updates are handled.
    pub(super) async fn save_updates(&mut self) -> Result<(), Error> {
        self.save_at = None;
        self.saved_at = Some(Instant::now());
        let Some(position) = self.hub.take_due() else {
            self.plan_saving();
            return Ok(());
        };
        // Whoever was in what is handled does not come again with it.
        let peers = self.peers.changes();
        let mut batch = peers.clone();
        if let Some(state) = position.state {
            batch.put.push(Record { key: keys::updates(), value: encode_state(state) });
        }
        for (&channel, &pts) in &position.channels {
            let key = keys::channel(channel);
            let hash = self.counters.as_ref().and_then(|counters| counters.hashes.get(&channel));
            match pts {
                Some(pts) => {
                    let value = encode_channel(pts, hash.copied().unwrap_or_default());
                    batch.put.push(Record { key, value });
                }
                None => batch.remove.push(key),
            }
        }
        let written = self.write(&batch).await;
        if written.is_err() {
            self.hub.put_back(position);
            self.peers.put_back(&peers);
        } else {
            self.plan_saving();
        }
        written
    }

    fn request_updates(&mut self, request: Request) {
        let body = match request {
            Request::GetState => functions::updates::GetState {}.to_bytes(),
            Request::GetDifference { from } => functions::updates::GetDifference {
                pts: from.pts.0,
                pts_limit: None,
                pts_total_limit: None,
                date: from.date,
                qts: from.qts.0,
                qts_limit: None,
            }
            .to_bytes(),
            Request::GetChannelDifference { channel, .. } | Request::GetChannelPts { channel } => {
                return self.request_channel(channel, request);
            }
        };
        let Ok(body) = body else { return };
        let (call, run) = (self.call_for_updates(body), self.run);
        self.running.push(Box::pin(async move { Done::Updates { run, answer: call.await } }));
    }

    pub(super) fn call_for_updates(&self, body: Vec<u8>) -> Call<Vec<u8>> {
        let options = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
        let policy = Policy { flood_wait_limit: limits::MAX_DIFFERENCE_FLOOD_WAIT, repeat_faults: true };
        Call::start(&self.net, body, options, policy)
    }

    fn handle_update(&mut self, event: Event) {
        let (now, ahead) = (self.clock.now(), self.server_ahead());
        let (Some(counters), Some(driver)) = (&mut self.counters, &mut self.secret) else { return };
        let engine = &mut driver.engine;
        engine.set_server_ahead(ahead);
        match event {
            Event::EncryptedMessage { message, qts } => {
                engine.handle_encrypted_message(*message, qts.map(|qts| qts.0), now, &mut self.rng);
            }
            Event::QtsMoved(qts) => engine.handle_qts(qts.0),
            Event::Update(update) => match *update {
                enums::Update::Encryption(u) => {
                    engine.handle_encryption_update(u.chat, u.date, now, &mut self.rng);
                }
                enums::Update::EncryptedChatTyping(u) => engine.handle_typing(SecretChatId(u.chat_id)),
                enums::Update::EncryptedMessagesRead(u) => {
                    engine.handle_read(SecretChatId(u.chat_id), u.max_date, u.date);
                }
                update => self.hub.publish(counters.tell_update(update)),
            },
            event => {
                if let Some(event) = counters.tell(event) {
                    self.hub.publish(event);
                }
            }
        }
    }
}

/// What the program is told of bytes that cannot be read.
pub(super) fn undecodable(bytes: &[u8], error: &DecodeError) -> updates::Event {
    let first = bytes.first_chunk().map_or(0, |id| u32::from_le_bytes(*id));
    let constructor_id = match error {
        DecodeError::UnexpectedConstructor { id } => *id,
        _ => first,
    };
    updates::Event::Undecodable { constructor_id }
}

impl Counters {
    /// What the program is told; `None` for what it is not, and for secret chats.
    fn tell(&mut self, event: Event) -> Option<updates::Event> {
        match event {
            Event::Peers { chats, users } => {
                self.learn(&users, &chats);
                self.users = users.into();
                self.chats = chats.into();
                None
            }
            Event::Update(update) => match *update {
                enums::Update::Encryption(_)
                | enums::Update::EncryptedChatTyping(_)
                | enums::Update::EncryptedMessagesRead(_) => None,
                update => Some(self.tell_update(update)),
            },
            // There is one way to learn of a message, however it was fetched.
            Event::Message(message) => Some(self.tell_update(new_message(*message))),
            Event::TooLong => Some(updates::Event::Missed { channel: None }),
            Event::ChannelTooLong(channel) => Some(updates::Event::Missed { channel: Some(channel.0) }),
            Event::EncryptedMessage { .. } | Event::QtsMoved(_) => None,
            event => {
                tracing::debug!(?event, "an update of an unknown kind");
                None
            }
        }
    }

    fn tell_update(&mut self, update: enums::Update) -> updates::Event {
        let api = ApiUpdate { update, users: self.users.clone(), chats: self.chats.clone() };
        if let Some(message) = api.message() {
            self.peers.learn_messages(std::slice::from_ref(message));
        }
        updates::Event::new(api)
    }
}

fn new_message(message: enums::Message) -> enums::Update {
    let peer = match &message {
        enums::Message::Empty(message) => message.peer_id.as_ref(),
        enums::Message::Message(message) => Some(&message.peer_id),
        enums::Message::Service(message) => Some(&message.peer_id),
    };
    match peer {
        Some(enums::Peer::Channel(_)) => {
            types::UpdateNewChannelMessage { message, pts: 0, pts_count: 0 }.into()
        }
        _ => types::UpdateNewMessage { message, pts: 0, pts_count: 0 }.into(),
    }
}

/// The version of the records.
const VERSION: i32 = 1;

fn encode_state(state: State) -> Vec<u8> {
    let State { pts, qts, seq, date } = state;
    [VERSION, pts.0, qts.0, seq.0, date].iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// `None` for anything else than what [`encode_state`] writes: the state is then fetched anew.
fn decode_state(bytes: &[u8]) -> Option<State> {
    let read = |bytes: &[u8]| -> Result<[i32; 5], DecodeError> {
        let mut reader = chappe_tl::Reader::new(bytes);
        let mut numbers = [0; 5];
        for number in &mut numbers {
            *number = reader.i32()?;
        }
        reader.finish()?;
        Ok(numbers)
    };
    match read(bytes) {
        Ok([VERSION, pts, qts, seq, date]) => {
            Some(State { pts: Pts(pts), qts: Qts(qts), seq: Seq(seq), date })
        }
        _ => None,
    }
}

fn encode_channel(pts: Pts, access_hash: i64) -> Vec<u8> {
    let mut bytes = [VERSION, pts.0].iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    bytes.extend(access_hash.to_le_bytes());
    bytes
}

/// `None` for anything else than what [`encode_channel`] writes: the channel's next update says where it stands.
fn decode_channel(bytes: &[u8]) -> Option<(Pts, i64)> {
    let mut reader = chappe_tl::Reader::new(bytes);
    let (version, pts, hash) = (reader.i32().ok()?, reader.i32().ok()?, reader.i64().ok()?);
    reader.finish().ok()?;
    (version == VERSION).then_some((Pts(pts), hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_place_of_a_channel_comes_back() {
        let bytes = encode_channel(Pts(7), -8);
        assert_eq!(decode_channel(&bytes), Some((Pts(7), -8)));
        for len in 0..bytes.len() {
            assert_eq!(decode_channel(&bytes[..len]), None);
        }
    }

    #[test]
    fn the_stored_state_comes_back() {
        let state = State { pts: Pts(1), qts: Qts(-2), seq: Seq(3), date: i32::MAX };
        let bytes = encode_state(state);
        assert_eq!(decode_state(&bytes), Some(state));
        for len in 0..bytes.len() {
            assert_eq!(decode_state(&bytes[..len]), None);
        }
    }
}
