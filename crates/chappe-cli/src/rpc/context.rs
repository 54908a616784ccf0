//! What all connections share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chappe::{Client, LoginToken, UserRef, enums};

use super::limits::{MAX_LOGINS, MAX_USERS};
use crate::failure::Failure;
use crate::people;

/// The client, and what is remembered beside it. Cheap to clone.
#[derive(Clone)]
pub(super) struct Context(Arc<Shared>);

struct Shared {
    client: Client,
    /// Logins in progress, the latest last.
    logins: Mutex<VecDeque<LoginToken>>,
    /// Users that updates spoke of.
    users: Mutex<HashMap<i64, UserRef>>,
}

impl Context {
    pub(super) fn new(client: Client) -> Self {
        Self(Arc::new(Shared { client, logins: Mutex::default(), users: Mutex::default() }))
    }

    pub(super) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(super) fn begin_login(&self, token: LoginToken) {
        let mut logins = lock(&self.0.logins);
        if logins.len() >= MAX_LOGINS {
            logins.pop_front();
        }
        logins.push_back(token);
    }

    /// The login that `login.send_code` has named so.
    pub(super) fn login(&self, phone_code_hash: &str) -> Result<LoginToken, Failure> {
        let logins = lock(&self.0.logins);
        logins.iter().rev().find(|token| token.phone_code_hash == phone_code_hash).cloned().ok_or_else(|| {
            Failure::field("phone_code_hash", "no such login is in progress: call `login.send_code` first")
        })
    }

    pub(super) fn remember(&self, users: &[enums::User]) {
        let mut known = lock(&self.0.users);
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
            let known = lock(&self.0.users).get(&id).copied();
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
