//! Auth keys in memory, each with the sessions that use it.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chappe_crypto::AuthKey;
use chappe_mtproto::session::SessionId;
use chappe_mtproto::session::server::{FirstSalt, Salts};

use crate::centres;
use crate::limits::{ACTIVITY_GRAIN, CACHED_KEYS, SESSIONS_PER_KEY};
use crate::session::Session;
use crate::store::{AuthKeyRow, ClientInfo};

/// For how long the salt that an exchange ended with is good, in seconds.
const FIRST_SALT_LIFETIME: i64 = 1800;

/// The number of the data centre that a client means, which adds 10000 for test servers and a sign for media. What random
/// bytes say in place of a number is not believed.
pub(crate) fn dc_number(said: i32) -> Option<i32> {
    let dc = said.unsigned_abs();
    let dc = if dc > 10_000 { dc - 10_000 } else { dc };
    i32::try_from(dc).ok().filter(|dc| (1..=centres::MOST).contains(dc))
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One auth key.
pub(crate) struct Key {
    pub(crate) id: i64,
    pub(crate) auth_key: AuthKey,
    pub(crate) is_temp: bool,
    /// Unix seconds; 0 means never.
    pub(crate) expires_at: i64,
    /// As the client wrote it in the exchange; 0 if it did not.
    pub(crate) dc: i32,
    pub(crate) first_salt: FirstSalt,
    /// The data centre of ours that made it; 0: it is known at every one.
    pub(crate) home: i32,
    /// As the opening of the connection that was used last named it.
    connection_dc: AtomicI32,
    bound_to: AtomicI64,
    info: Mutex<ClientInfo>,
    /// From where and when it was used, as stored last.
    used: Mutex<(Option<IpAddr>, i64)>,
    sessions: Mutex<HashMap<SessionId, Arc<Session>>>,
    /// Set by a fault on purpose.
    changed_salts: Mutex<Option<Salts>>,
}

impl Key {
    pub(crate) fn new(row: &AuthKeyRow) -> Result<Self, chappe_crypto::Error> {
        let info = ClientInfo { layer: i32::try_from(row.layer).unwrap_or(0), ..ClientInfo::default() };
        Ok(Self {
            id: row.id,
            auth_key: AuthKey::from_slice(&row.key_bytes)?,
            is_temp: row.is_temp,
            expires_at: row.expires_at,
            dc: i32::try_from(row.dc_id).unwrap_or(0),
            home: i32::try_from(row.home).unwrap_or(0),
            first_salt: FirstSalt {
                salt: row.first_salt,
                valid_until: row.created_at.saturating_add(FIRST_SALT_LIFETIME),
            },
            connection_dc: AtomicI32::new(0),
            bound_to: AtomicI64::new(row.bound_to),
            info: Mutex::new(info),
            used: Mutex::new((None, 0)),
            sessions: Mutex::default(),
            changed_salts: Mutex::default(),
        })
    }

    pub(crate) fn is_expired(&self, now: i64) -> bool {
        self.expires_at != 0 && self.expires_at <= now
    }

    /// The permanent key that a temporary one is bound to.
    pub(crate) fn bound_to(&self) -> Option<i64> {
        Some(self.bound_to.load(Ordering::Relaxed)).filter(|id| *id != 0)
    }

    fn bind(&self, perm: i64) {
        self.bound_to.store(perm, Ordering::Relaxed);
    }

    /// The device this key speaks for: the id of the permanent key. `None` for a temporary key without one.
    pub(crate) fn device(&self) -> Option<i64> {
        if self.is_temp { self.bound_to() } else { Some(self.id) }
    }

    /// Remembers what an obfuscated opening named as the data centre; 0 if there was none.
    pub(crate) fn note_dc(&self, of_connection: i32) {
        self.connection_dc.store(of_connection, Ordering::Relaxed);
    }

    /// The data centre that the client believes it talks to, and whether in test mode: from its exchange or its
    /// connection, else `own`.
    pub(crate) fn this_dc(&self, own: i32) -> (i32, bool) {
        let said = [self.dc, self.connection_dc.load(Ordering::Relaxed)];
        let first = said.into_iter().find_map(|said| dc_number(said).map(|dc| (dc, said)));
        first.map_or((own, false), |(dc, said)| (dc, dc.unsigned_abs() != said.unsigned_abs()))
    }

    pub(crate) fn layer(&self) -> i32 {
        lock(&self.info).layer
    }

    /// Remembers what the client said about itself; returns it if it is new.
    pub(crate) fn remember(&self, change: impl FnOnce(&mut ClientInfo)) -> Option<ClientInfo> {
        let mut info = lock(&self.info);
        let before = info.clone();
        change(&mut info);
        (*info != before).then(|| info.clone())
    }

    /// Takes down that it is used; whether that is worth storing.
    pub(crate) fn was_used(&self, peer: Option<IpAddr>, now: i64) -> bool {
        let mut used = lock(&self.used);
        let news = used.0 != peer || used.1.saturating_add(ACTIVITY_GRAIN) <= now;
        if news {
            *used = (peer, now);
        }
        news
    }

    pub(crate) fn session(&self, id: SessionId) -> Option<Arc<Session>> {
        lock(&self.sessions).get(&id).cloned()
    }

    pub(crate) fn sessions(&self) -> Vec<Arc<Session>> {
        lock(&self.sessions).values().cloned().collect()
    }

    /// The session with this id, made by `make` if there is none. The one used least recently makes room.
    pub(crate) fn session_or(&self, id: SessionId, make: impl FnOnce() -> Arc<Session>) -> Arc<Session> {
        let mut sessions = lock(&self.sessions);
        if let Some(session) = sessions.get(&id) {
            return Arc::clone(session);
        }
        if sessions.len() >= SESSIONS_PER_KEY
            && let Some(oldest) =
                sessions.values().min_by_key(|session| session.rank()).map(|session| session.id)
            && let Some(session) = sessions.remove(&oldest)
        {
            session.close();
        }
        let session = make();
        sessions.insert(id, Arc::clone(&session));
        session
    }

    /// Has other salts be good from now on, made from `secret`, and no earlier one.
    pub(crate) fn change_salts(&self, secret: [u8; 32]) {
        let salts = Salts::new(secret);
        *lock(&self.changed_salts) = Some(salts.clone());
        self.sessions().iter().for_each(|session| session.change_salts(&salts));
    }

    pub(crate) fn changed_salts(&self) -> Option<Salts> {
        lock(&self.changed_salts).clone()
    }

    /// Forgets a session; whether there was one.
    pub(crate) fn remove_session(&self, id: SessionId) -> bool {
        let removed = lock(&self.sessions).remove(&id);
        if let Some(session) = &removed {
            session.close();
        }
        removed.is_some()
    }

    /// Forgets exactly this session; another one that took its id stays.
    pub(crate) fn forget(&self, session: &Arc<Session>) {
        let mut sessions = lock(&self.sessions);
        if sessions.get(&session.id).is_some_and(|held| Arc::ptr_eq(held, session)) {
            sessions.remove(&session.id);
        }
        session.close();
    }

    fn close(&self) {
        for (_, session) in lock(&self.sessions).drain() {
            session.close();
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).field("is_temp", &self.is_temp).finish_non_exhaustive()
    }
}

/// The keys in use and some more.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    keys: HashMap<i64, Arc<Key>>,
    /// Temporary keys by the permanent one.
    bound: HashMap<i64, Vec<i64>>,
    /// Who is logged in on a device that was heard of, and the other way round.
    users: HashMap<i64, i64>,
    devices: HashMap<i64, Vec<i64>>,
}

impl Keys {
    pub(crate) fn get(&self, id: i64) -> Option<Arc<Key>> {
        lock(&self.inner).keys.get(&id).cloned()
    }

    pub(crate) fn contains(&self, id: i64) -> bool {
        lock(&self.inner).keys.contains_key(&id)
    }

    pub(crate) fn ids(&self) -> Vec<i64> {
        lock(&self.inner).keys.keys().copied().collect()
    }

    /// Adds a key loaded from storage. If another task was faster, its value stays.
    pub(crate) fn insert(&self, key: Key) -> Arc<Key> {
        let mut inner = lock(&self.inner);
        if inner.keys.len() >= CACHED_KEYS {
            inner.keys.retain(|_, key| Arc::strong_count(key) > 1 || !lock(&key.sessions).is_empty());
            let Inner { keys, bound, users, devices } = &mut *inner;
            bound.retain(|_, temps| {
                temps.retain(|temp| keys.contains_key(temp));
                !temps.is_empty()
            });
            users.retain(|device, _| keys.contains_key(device) || bound.contains_key(device));
            devices.retain(|_, devices| {
                devices.retain(|device| users.contains_key(device));
                !devices.is_empty()
            });
        }
        if let Some(perm) = key.bound_to() {
            note(&mut inner, perm, key.id);
        }
        let id = key.id;
        Arc::clone(inner.keys.entry(id).or_insert_with(|| Arc::new(key)))
    }

    pub(crate) fn bind(&self, temp: &Key, perm: i64) {
        temp.bind(perm);
        note(&mut lock(&self.inner), perm, temp.id);
    }

    pub(crate) fn remove(&self, id: i64) {
        let mut inner = lock(&self.inner);
        inner.bound.remove(&id);
        let removed = inner.keys.remove(&id);
        drop(inner);
        if let Some(key) = removed {
            key.close();
        }
    }

    /// The sessions of a device, under its permanent key and the temporary ones bound to it.
    pub(crate) fn sessions_of(&self, device: i64) -> Vec<Arc<Session>> {
        let inner = lock(&self.inner);
        let temps = inner.bound.get(&device).into_iter().flatten().copied();
        let keys: Vec<Arc<Key>> =
            std::iter::once(device).chain(temps).filter_map(|id| inner.keys.get(&id).cloned()).collect();
        drop(inner);
        keys.iter().flat_map(|key| key.sessions()).collect()
    }

    /// The sessions of all keys in memory.
    pub(crate) fn all_sessions(&self) -> Vec<Arc<Session>> {
        let keys: Vec<Arc<Key>> = lock(&self.inner).keys.values().cloned().collect();
        keys.iter().flat_map(|key| key.sessions()).collect()
    }

    /// The same, each with what its client said about itself.
    pub(crate) fn described_sessions(&self) -> Vec<(ClientInfo, Arc<Session>)> {
        let keys: Vec<Arc<Key>> = lock(&self.inner).keys.values().cloned().collect();
        let of_key = |key: &Arc<Key>| {
            let info = lock(&key.info).clone();
            key.sessions().into_iter().map(move |session| (info.clone(), session))
        };
        keys.iter().flat_map(of_key).collect()
    }

    /// Remembers who is logged in on a device; 0 for nobody.
    pub(crate) fn note_user(&self, device: i64, user: i64) {
        let mut inner = lock(&self.inner);
        let before = if user == 0 { inner.users.remove(&device) } else { inner.users.insert(device, user) };
        if before == Some(user) {
            return;
        }
        if let Some(devices) = before.and_then(|before| inner.devices.get_mut(&before)) {
            devices.retain(|other| *other != device);
        }
        if user != 0 {
            inner.devices.entry(user).or_default().push(device);
        }
    }

    /// The sessions of all devices of an account.
    pub(crate) fn sessions_of_user(&self, user: i64) -> Vec<Arc<Session>> {
        let devices = lock(&self.inner).devices.get(&user).cloned().unwrap_or_default();
        devices.into_iter().flat_map(|device| self.sessions_of(device)).collect()
    }

    /// Ends all sessions.
    pub(crate) fn close(&self) {
        let keys: Vec<Arc<Key>> = lock(&self.inner).keys.drain().map(|(_, key)| key).collect();
        keys.iter().for_each(|key| key.close());
    }
}

fn note(inner: &mut Inner, perm: i64, temp: i64) {
    let temps = inner.bound.entry(perm).or_default();
    if !temps.contains(&temp) {
        temps.push(temp);
    }
}
