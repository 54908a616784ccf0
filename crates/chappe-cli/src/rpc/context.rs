//! What all connections share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chappe::files::Progress;
use chappe::{Client, LoginToken, UserRef, enums};
use serde_json::json;

use super::limits::{MAX_LOGINS, MAX_USERS, PROGRESS_INTERVAL};
use super::message::notification;
use super::outbox::Outbox;
use crate::failure::Failure;
use crate::people;

/// The client, what is remembered beside it, and the way to whoever asks. Cheap to clone.
#[derive(Clone)]
pub(super) struct Context {
    shared: Arc<Shared>,
    outbox: Outbox,
}

struct Shared {
    client: Client,
    /// Logins in progress, the latest last.
    logins: Mutex<VecDeque<LoginToken>>,
    /// Users that updates spoke of.
    users: Mutex<HashMap<i64, UserRef>>,
}

impl Context {
    pub(super) fn new(client: Client) -> Self {
        let shared = Shared { client, logins: Mutex::default(), users: Mutex::default() };
        Self { shared: Arc::new(shared), outbox: Outbox::default() }
    }

    /// The same for another connection.
    pub(super) fn connection(&self) -> Self {
        Self { shared: self.shared.clone(), outbox: Outbox::default() }
    }

    /// Where lines to this connection go.
    pub(super) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Tells this connection how far a transfer is, a few times a second, if it has given it a name.
    pub(super) fn progress(&self, name: Option<String>) -> impl Fn(Progress) + Send + Sync + 'static {
        let outbox = self.outbox.clone();
        let last: Mutex<Option<Instant>> = Mutex::default();
        move |progress| {
            let Some(name) = &name else { return };
            let mut last = lock(&last);
            if progress.is_complete() || last.is_none_or(|last| last.elapsed() >= PROGRESS_INTERVAL) {
                *last = Some(Instant::now());
                let params = json!({ "event": "progress", "name": name, "done": progress.done.to_string(),
                    "total": progress.total.map(|total| total.to_string()) });
                outbox.announce(notification("event.progress", &params));
            }
        }
    }

    pub(super) fn client(&self) -> &Client {
        &self.shared.client
    }

    pub(super) fn begin_login(&self, token: LoginToken) {
        let mut logins = lock(&self.shared.logins);
        if logins.len() >= MAX_LOGINS {
            logins.pop_front();
        }
        logins.push_back(token);
    }

    /// The login that `login.send_code` has named so.
    pub(super) fn login(&self, phone_code_hash: &str) -> Result<LoginToken, Failure> {
        let logins = lock(&self.shared.logins);
        logins.iter().rev().find(|token| token.phone_code_hash == phone_code_hash).cloned().ok_or_else(|| {
            Failure::field("phone_code_hash", "no such login is in progress: call `login.send_code` first")
        })
    }

    pub(super) fn remember(&self, users: &[enums::User]) {
        let mut known = lock(&self.shared.users);
        for user in users {
            // Those of whom little is said are called in another way.
            if let enums::User::User(user) = user
                && !user.min
                && user.access_hash.is_some()
                && (known.len() < MAX_USERS || known.contains_key(&user.id))
            {
                known.insert(user.id, UserRef::from(&**user));
            }
        }
    }

    /// Somebody by phone number, `@username` or id.
    pub(super) async fn person(&self, who: &str) -> Result<UserRef, Failure> {
        if let Some(id) = people::id(who) {
            let known = lock(&self.shared.users).get(&id).copied();
            if let Some(known) = known {
                return Ok(known);
            }
        }
        people::find(self.client(), who).await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
