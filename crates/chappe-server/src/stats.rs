//! What goes on in a server: connections, methods, and how much there is of everything.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use crate::error::ServerError;
use crate::keys::lock;
use crate::limits::{COUNTED_ERRORS, SHOWN_ROWS};
use crate::net::Connection;
use crate::server::Server;
use crate::session::Session;
use crate::store::ClientInfo;

pub use crate::store::{GroupSummary, MessageSummary, SecretChatSummary, Totals, UserSummary};

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// Its number, unique in the process.
    pub id: u64,
    /// Where it comes from.
    pub peer: SocketAddr,
    /// When it was accepted, in Unix seconds of the server's clock.
    pub since: i64,
    /// What it speaks, such as `obfuscated intermediate`; empty before its first packet.
    pub transport: String,
    /// The accounts whose sessions it serves.
    pub users: Vec<i64>,
    /// Bytes from the client, as they came over the wire.
    pub received: u64,
    /// Bytes to the client.
    pub sent: u64,
}

/// One session of a client: a connection may serve several, and a session several connections.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionInfo {
    /// Who is logged in.
    pub user: Option<i64>,
    /// The API layer that it speaks; 0 if it has not said so yet.
    pub layer: i32,
    /// What the client said that it is, such as `2.26.22`. Not to be trusted, as the next two.
    pub app_version: String,
    /// What it said that it runs on.
    pub device_model: String,
    /// And under which system.
    pub system_version: String,
    /// Numbers of the connections that serve it now.
    pub connections: Vec<u64>,
}

/// How one method was called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MethodStats {
    /// How often.
    pub calls: u64,
    /// How often with which error, by its text without numbers that vary.
    pub errors: BTreeMap<String, u64>,
    /// Time that all executions took together.
    pub time: Duration,
}

/// Counters of a server.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    connections: Mutex<BTreeMap<u64, Weak<Connection>>>,
    methods: Mutex<BTreeMap<&'static str, MethodStats>>,
    pub(crate) accepted: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) exchanges: AtomicU64,
    pub(crate) exchanges_refused: AtomicU64,
    pub(crate) received: AtomicU64,
    pub(crate) sent: AtomicU64,
}

/// Counters since the server started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetworkStats {
    /// Connections accepted.
    pub accepted: u64,
    /// Connections refused because their address had too many.
    pub refused: u64,
    /// Steps of auth key exchanges that went well.
    pub exchange_steps: u64,
    /// Steps of auth key exchanges that were refused.
    pub exchange_steps_refused: u64,
    /// Bytes from clients.
    pub received: u64,
    /// Bytes to clients.
    pub sent: u64,
}

pub(crate) fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

impl Stats {
    pub(crate) fn opened(&self, connection: &Arc<Connection>) {
        count(&self.accepted, 1);
        lock(&self.connections).insert(connection.id.0, Arc::downgrade(connection));
    }

    pub(crate) fn closed(&self, id: u64) {
        lock(&self.connections).remove(&id);
    }

    pub(crate) fn called(&self, method: &'static str, error: Option<&str>, time: Duration) {
        let mut methods = lock(&self.methods);
        let stats = methods.entry(method).or_default();
        stats.calls += 1;
        stats.time = stats.time.saturating_add(time);
        let Some(error) = error else { return };
        if let Some(count) = stats.errors.get_mut(error) {
            *count += 1;
        } else if stats.errors.len() < COUNTED_ERRORS {
            stats.errors.insert(error.to_owned(), 1);
        }
    }

    fn connections(&self) -> Vec<Arc<Connection>> {
        lock(&self.connections).values().filter_map(Weak::upgrade).collect()
    }
}

impl Server {
    /// The connections that are open, by their numbers.
    pub fn connections(&self) -> Vec<ConnectionInfo> {
        let mut list: Vec<_> =
            self.world.stats.connections().into_iter().map(|connection| connection.describe()).collect();
        let sessions = self.world.keys.all_sessions();
        for info in &mut list {
            let users =
                sessions.iter().filter(|session| session.is_served_by(info.id)).filter_map(|s| s.user());
            info.users = users.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        }
        list
    }

    /// The sessions in memory, the connected ones first.
    pub fn sessions(&self) -> Vec<SessionInfo> {
        let describe = |(info, session): (ClientInfo, Arc<Session>)| SessionInfo {
            user: session.user(),
            layer: info.layer,
            app_version: info.app_version,
            device_model: info.device_model,
            system_version: info.system_version,
            connections: session.connections(),
        };
        let mut list: Vec<_> = self.world.keys.described_sessions().into_iter().map(describe).collect();
        list.sort_by_key(|session| (session.connections.is_empty(), session.user, session.layer));
        list
    }

    /// How each method was called since the server started, by TL name. Those that are not implemented are counted in
    /// [`Server::unimplemented`], too.
    pub fn methods(&self) -> BTreeMap<&'static str, MethodStats> {
        lock(&self.world.stats.methods).clone()
    }

    /// Bytes and connections since the server started.
    pub fn network(&self) -> NetworkStats {
        let stats = &self.world.stats;
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        NetworkStats {
            accepted: load(&stats.accepted),
            refused: load(&stats.refused),
            exchange_steps: load(&stats.exchanges),
            exchange_steps_refused: load(&stats.exchanges_refused),
            received: load(&stats.received),
            sent: load(&stats.sent),
        }
    }

    /// How many rows there are of what.
    ///
    /// # Errors
    /// [`ServerError::Storage`].
    pub async fn totals(&self) -> Result<Totals, ServerError> {
        Ok(self.world.store.totals().await?)
    }

    /// The accounts, the newest first, at most 500.
    ///
    /// # Errors
    /// [`ServerError::Storage`].
    pub async fn users(&self) -> Result<Vec<UserSummary>, ServerError> {
        Ok(self.world.store.user_summaries(SHOWN_ROWS).await?)
    }

    /// The groups and channels, the newest first, at most 500.
    ///
    /// # Errors
    /// [`ServerError::Storage`].
    pub async fn groups(&self) -> Result<Vec<GroupSummary>, ServerError> {
        Ok(self.world.store.group_summaries(SHOWN_ROWS).await?)
    }

    /// The cloud messages, the newest first, at most 500.
    ///
    /// # Errors
    /// [`ServerError::Storage`].
    pub async fn messages(&self) -> Result<Vec<MessageSummary>, ServerError> {
        Ok(self.world.store.message_summaries(SHOWN_ROWS).await?)
    }

    /// What the server sees of secret chats, the newest first, at most 500: who, when and how much.
    ///
    /// # Errors
    /// [`ServerError::Storage`].
    pub async fn secret_chats(&self) -> Result<Vec<SecretChatSummary>, ServerError> {
        Ok(self.world.store.secret_chat_summaries(SHOWN_ROWS).await?)
    }
}
