//! What the client has seen of users and channels, so that their ids are enough to name them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chappe_api::enums;
use chappe_tl::{DecodeError, Reader, Writer};

use super::reference::Access;
use super::{PeerId, PeerRef};
use crate::limits::MAX_KNOWN_PEERS;
use crate::session::{Batch, Key, KeyRange, Record, Scan, Session, SessionError};

/// A peer of the cache.
const PEER: u8 = b'P';

/// Access hashes by id, and ids by public name. Cheap to clone; all clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PeerCache(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    known: HashMap<PeerId, Known>,
    names: HashMap<String, PeerId>,
    /// Counts uses: the least recently used ones give way.
    clock: i64,
    /// What the session does not have yet, or has and should not.
    changed: HashSet<PeerId>,
    owner: Option<Owner>,
}

/// Who is logged in: each account has hashes of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) user_id: i64,
    pub(crate) is_bot: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Known {
    access: Access,
    /// Lower case.
    name: Option<String>,
    used: i64,
}

impl Known {
    fn is_called(&self, name: Option<&str>) -> bool {
        match (&self.name, name) {
            // Names have no other letters than those of ASCII.
            (Some(known), Some(name)) => known.eq_ignore_ascii_case(name),
            (known, name) => known.is_none() && name.is_none(),
        }
    }
}

impl PeerCache {
    /// What the session has. Records that cannot be read are passed over: they can be seen anew.
    pub(crate) async fn load(store: &dyn Session) -> Result<Self, SessionError> {
        let cache = Self::default();
        let records = store.scan(&Scan::first(KeyRange::prefix(&[PEER]), MAX_KNOWN_PEERS)).await?;
        let mut state = cache.lock();
        for record in &records {
            let Some((id, known)) = to_id(&record.key).zip(decode(&record.value).ok()) else { continue };
            state.clock = state.clock.max(known.used);
            if let Some(name) = &known.name {
                state.names.insert(name.clone(), id);
            }
            state.known.insert(id, known);
        }
        drop(state);
        Ok(cache)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what an answer or update says of users and chats.
    pub(crate) fn learn(&self, users: &[enums::User], chats: &[enums::Chat]) {
        let mut state = self.lock();
        for user in users {
            if let enums::User::User(user) = user
                && !user.min
                && let Some(hash) = user.access_hash
            {
                let names = user.usernames.iter().flatten().filter(|name| name.active);
                let name = user.username.as_deref().or(names.map(|name| name.username.as_str()).next());
                state.note(PeerId::User(user.id), Access::Hash(hash), name);
            }
        }
        for chat in chats {
            match chat {
                enums::Chat::Channel(channel) if !channel.min => {
                    if let Some(hash) = channel.access_hash {
                        let names = channel.usernames.iter().flatten().filter(|name| name.active);
                        let name =
                            channel.username.as_deref().or(names.map(|name| name.username.as_str()).next());
                        state.note(PeerId::Channel(channel.id), Access::Hash(hash), name);
                    }
                }
                enums::Chat::ChannelForbidden(channel) => {
                    state.note(PeerId::Channel(channel.id), Access::Hash(channel.access_hash), None);
                }
                _ => {}
            }
        }
        state.make_room();
    }

    /// Notes in which message peers were seen of which the server tells too little to name them otherwise.
    pub(crate) fn learn_messages(&self, messages: &[enums::Message]) {
        let mut state = self.lock();
        for message in messages {
            let (chat, id, seen) = match message {
                enums::Message::Message(message) => {
                    let mut seen: Vec<PeerId> = Vec::new();
                    seen.extend(message.from_id.as_ref().map(PeerId::from));
                    let origin = message.fwd_from.as_ref().and_then(|header| header.from_id.as_ref());
                    seen.extend(origin.map(PeerId::from));
                    seen.extend(message.via_bot_id.map(PeerId::User));
                    seen.extend(message.entities.iter().flatten().filter_map(|entity| match entity {
                        enums::MessageEntity::MentionName(mention) => Some(PeerId::User(mention.user_id)),
                        _ => None,
                    }));
                    (PeerId::from(&message.peer_id), message.id, seen)
                }
                enums::Message::Service(message) => {
                    let seen = message.from_id.iter().map(PeerId::from).collect();
                    (PeerId::from(&message.peer_id), message.id, seen)
                }
                enums::Message::Empty(_) => continue,
            };
            for peer in seen {
                state.note_seen(peer, chat, id);
            }
        }
        state.make_room();
    }

    /// What is known of a peer.
    pub(crate) fn get(&self, id: PeerId) -> Option<PeerRef> {
        let mut state = self.lock();
        let now = state.tick();
        let known = state.known.get_mut(&id)?;
        known.used = now;
        Some(PeerRef { id, access: known.access })
    }

    /// Who had a public name when last seen.
    pub(crate) fn by_name(&self, name: &str) -> Option<PeerRef> {
        let id = self.lock().names.get(&name.to_ascii_lowercase()).copied()?;
        self.get(id)
    }

    /// Who is logged in now. What another account has seen is forgotten; what is stored of it goes with its login.
    pub(crate) fn set_owner(&self, owner: Option<Owner>) {
        let mut state = self.lock();
        if state.owner.is_some() && state.owner != owner {
            *state = State::default();
        }
        state.owner = owner;
    }

    pub(crate) fn owner(&self) -> Option<Owner> {
        self.lock().owner
    }

    /// What has changed since the last time, for the session. If it cannot be written, the changes are kept by
    /// [`PeerCache::put_back`].
    pub(crate) fn changes(&self) -> Batch {
        let mut state = self.lock();
        let changed = std::mem::take(&mut state.changed);
        let mut batch = Batch::default();
        for id in changed {
            match state.known.get(&id) {
                Some(known) => batch.put.push(Record { key: key(id), value: encode(known) }),
                None => batch.remove.push(key(id)),
            }
        }
        batch
    }

    pub(crate) fn put_back(&self, batch: &Batch) {
        let keys = batch.put.iter().map(|record| &record.key).chain(&batch.remove);
        self.lock().changed.extend(keys.filter_map(to_id));
    }

    /// Writes what has changed. A cache that cannot be written is no reason for a call to fail.
    pub(crate) async fn store(&self, store: &dyn Session) {
        let batch = self.changes();
        if !batch.is_empty()
            && let Err(error) = store.apply(&batch).await
        {
            tracing::warn!(%error, "what was seen of users and channels cannot be stored");
            self.put_back(&batch);
        }
    }
}

impl State {
    fn tick(&mut self) -> i64 {
        self.clock = self.clock.saturating_add(1);
        self.clock
    }

    fn note(&mut self, id: PeerId, access: Access, name: Option<&str>) {
        let used = self.tick();
        // Nearly all have been seen before.
        if let Some(known) = self.known.get_mut(&id)
            && known.access == access
            && known.is_called(name)
        {
            known.used = used;
            return;
        }
        let new = Known { access, name: name.map(str::to_ascii_lowercase), used };
        let old = self.known.insert(id, new.clone());
        self.changed.insert(id);
        if let Some(name) = old.and_then(|old| old.name)
            && self.names.get(&name) == Some(&id)
        {
            self.names.remove(&name);
        }
        if let Some(name) = new.name {
            self.names.insert(name, id);
        }
    }

    /// The newest message is the one that is least likely to be deleted.
    fn note_seen(&mut self, id: PeerId, chat: PeerId, message: i32) {
        let chat_hash = match (id, chat) {
            (PeerId::Chat(_), _) | (_, PeerId::User(_)) => return,
            (_, PeerId::Chat(_)) => 0,
            (_, PeerId::Channel(_)) => match self.known.get(&chat) {
                Some(Known { access: Access::Hash(hash), .. }) => *hash,
                _ => return,
            },
        };
        let older = match self.known.get(&id) {
            None => true,
            Some(Known { access: Access::Message { chat: other, message: older, .. }, .. }) => {
                *other != chat || *older < message
            }
            Some(_) => false,
        };
        if id != chat && older {
            self.note(id, Access::Message { chat, chat_hash, message }, None);
        }
    }

    /// Lets an eighth of the peers go once there are too many.
    fn make_room(&mut self) {
        if self.known.len() <= MAX_KNOWN_PEERS {
            return;
        }
        let mut by_use: Vec<_> = self.known.iter().map(|(id, known)| (known.used, *id)).collect();
        by_use.sort_unstable();
        let surplus = self.known.len() - MAX_KNOWN_PEERS * 7 / 8;
        for (_, id) in by_use.into_iter().take(surplus) {
            let gone = self.known.remove(&id);
            if let Some(name) = gone.and_then(|known| known.name)
                && self.names.get(&name) == Some(&id)
            {
                self.names.remove(&name);
            }
            self.changed.insert(id);
        }
    }
}

const KIND_USER: u8 = 1;
const KIND_CHAT: u8 = 2;
const KIND_CHANNEL: u8 = 3;

fn kind(id: PeerId) -> u8 {
    match id {
        PeerId::User(_) => KIND_USER,
        PeerId::Chat(_) => KIND_CHAT,
        PeerId::Channel(_) => KIND_CHANNEL,
    }
}

fn of_kind(kind: u8, id: i64) -> Option<PeerId> {
    match kind {
        KIND_USER => Some(PeerId::User(id)),
        KIND_CHAT => Some(PeerId::Chat(id)),
        KIND_CHANNEL => Some(PeerId::Channel(id)),
        _ => None,
    }
}

fn key(id: PeerId) -> Key {
    let mut key = vec![PEER, kind(id)];
    key.extend(id.bare().to_be_bytes());
    Key(key)
}

fn to_id(key: &Key) -> Option<PeerId> {
    let (&[PEER, kind], id) = key.0.split_first_chunk::<2>()? else { return None };
    of_kind(kind, i64::from_be_bytes(id.try_into().ok()?))
}

/// The forms of a record.
const WITH_HASH: i32 = 1;
const IN_MESSAGE: i32 = 2;

fn encode(known: &Known) -> Vec<u8> {
    let mut out = Writer::default();
    match known.access {
        Access::Message { chat, chat_hash, message } => {
            out.i32(IN_MESSAGE);
            out.i64(known.used);
            out.i32(kind(chat).into());
            out.i64(chat.bare());
            out.i64(chat_hash);
            out.i32(message);
        }
        Access::Hash(hash) => {
            out.i32(WITH_HASH);
            out.i64(known.used);
            out.i64(hash);
            out.bytes(known.name.as_deref().unwrap_or_default().as_bytes());
        }
        // Not kept: there is nothing to know of it.
        Access::Cached => {}
    }
    out.into_inner()
}

fn decode(bytes: &[u8]) -> Result<Known, DecodeError> {
    let mut input = Reader::new(bytes);
    let form = input.i32()?;
    let used = input.i64()?;
    let mut name = None;
    let access = if form == WITH_HASH {
        let hash = input.i64()?;
        name = Some(input.string()?).filter(|name| !name.is_empty());
        Access::Hash(hash)
    } else {
        let kind = input.i32()?;
        let id = input.i64()?;
        let chat = u8::try_from(kind).ok().and_then(|kind| of_kind(kind, id)).unwrap_or(PeerId::Chat(id));
        Access::Message { chat, chat_hash: input.i64()?, message: input.i32()? }
    };
    input.finish()?;
    Ok(Known { access, name, used })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::MemorySession;

    fn note(cache: &PeerCache, id: PeerId, hash: i64, name: Option<&str>) {
        cache.lock().note(id, Access::Hash(hash), name);
    }

    #[tokio::test]
    async fn what_was_seen_outlives_the_client() {
        let store = MemorySession::new();
        let cache = PeerCache::default();
        note(&cache, PeerId::User(7), -3, Some("Alice"));
        note(&cache, PeerId::Channel(7), 5, None);
        cache.lock().note_seen(PeerId::User(8), PeerId::Channel(7), 40);
        cache.store(&store).await;
        assert!(cache.changes().is_empty());

        let again = PeerCache::load(&store).await.unwrap();
        assert_eq!(again.by_name("aLICE"), Some(PeerRef::with_hash(PeerId::User(7), -3)));
        assert_eq!(again.get(PeerId::Channel(7)), Some(PeerRef::with_hash(PeerId::Channel(7), 5)));
        assert_eq!(again.get(PeerId::User(8)), cache.get(PeerId::User(8)));
        assert_eq!(again.get(PeerId::User(9)), None);
    }

    #[test]
    fn what_is_seen_again_is_not_stored_again() {
        let cache = PeerCache::default();
        let user = PeerId::User(1);
        note(&cache, user, 1, Some("Name"));
        cache.changes();
        note(&cache, user, 1, Some("nAME"));
        assert!(cache.changes().is_empty());
        for (hash, name) in [(2, Some("name")), (2, None), (2, Some("other"))] {
            note(&cache, user, hash, name);
            assert_eq!(cache.changes().put.len(), 1);
        }
        assert_eq!((cache.by_name("name"), cache.by_name("OTHER").map(|peer| peer.id())), (None, Some(user)));
    }

    #[test]
    fn a_name_follows_its_owner() {
        let cache = PeerCache::default();
        note(&cache, PeerId::User(1), 1, Some("name"));
        note(&cache, PeerId::User(2), 2, Some("name"));
        assert_eq!(cache.by_name("name").map(|peer| peer.id()), Some(PeerId::User(2)));
        note(&cache, PeerId::User(1), 1, Some("other"));
        assert_eq!(cache.by_name("name").map(|peer| peer.id()), Some(PeerId::User(2)));
        note(&cache, PeerId::User(2), 2, None);
        assert_eq!(cache.by_name("name"), None);
    }

    #[test]
    fn a_hash_is_better_than_a_message_and_a_new_message_than_an_old_one() {
        let cache = PeerCache::default();
        let (user, chat) = (PeerId::User(1), PeerId::Chat(2));
        let message = |cache: &PeerCache| match cache.get(user)?.input()? {
            enums::InputPeer::UserFromMessage(user) => Some(user.msg_id),
            _ => None,
        };
        for (seen, newest) in [(5, 5), (4, 5), (6, 6)] {
            cache.lock().note_seen(user, chat, seen);
            assert_eq!(message(&cache), Some(newest));
        }
        note(&cache, user, 9, None);
        cache.lock().note_seen(user, chat, 7);
        assert_eq!(cache.get(user).and_then(|user| user.access_hash()), Some(9));
    }

    #[test]
    fn the_least_used_ones_give_way() {
        let cache = PeerCache::default();
        for id in 1..=MAX_KNOWN_PEERS as i64 {
            note(&cache, PeerId::User(id), id, None);
        }
        cache.changes();
        assert!(cache.get(PeerId::User(1)).is_some());
        note(&cache, PeerId::User(-1), 1, None);
        cache.lock().make_room();
        assert!(cache.get(PeerId::User(1)).is_some(), "it was used a moment ago");
        assert!(cache.get(PeerId::User(2)).is_none());
        assert_eq!(cache.lock().known.len(), MAX_KNOWN_PEERS * 7 / 8);
        let batch = cache.changes();
        assert_eq!(batch.remove.len(), MAX_KNOWN_PEERS - MAX_KNOWN_PEERS * 7 / 8 + 1);
        cache.put_back(&batch);
        assert_eq!(cache.changes().remove.len(), batch.remove.len());
    }

    #[test]
    fn damaged_records_are_refused() {
        let known = Known { access: Access::Hash(1), name: Some("alice".into()), used: 4 };
        let bytes = encode(&known);
        assert_eq!(decode(&bytes).unwrap(), known);
        for len in 0..bytes.len() {
            assert!(decode(&bytes[..len]).is_err());
        }
    }

    /// A user as servers describe somebody whom the account has nothing to do with.
    fn user(id: i64, access_hash: i64, min: bool) -> enums::User {
        use chappe_api::api_schema;
        use chappe_tl::Decode;
        let user = api_schema().object("user").unwrap().with("id", id).unwrap();
        let user = user.with("access_hash", access_hash).unwrap().with("min", min).unwrap();
        let bytes = api_schema().encode(&user).unwrap();
        enums::User::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn what_a_min_user_carries_is_no_access_hash() {
        let cache = PeerCache::default();
        cache.learn(&[user(1, 5, true)], &[]);
        assert_eq!(cache.get(PeerId::User(1)), None);
        cache.learn(&[user(1, 6, false)], &[]);
        cache.learn(&[user(1, 7, true)], &[]);
        assert_eq!(cache.get(PeerId::User(1)).and_then(|user| user.access_hash()), Some(6));
    }
}
