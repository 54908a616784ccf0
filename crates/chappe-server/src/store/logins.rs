//! Logins that were looked up before: every call asks who makes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::Authorization;
use crate::keys::lock;
use crate::limits::KNOWN_LOGINS;

/// What is known of devices that are logged in. Only where no other process changes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Logins(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// How often something has changed: what was read before a change is not noted after it.
    changes: u64,
    found: HashMap<i64, Authorization>,
}

impl Logins {
    /// The login; or with what to [note](Self::note) it once it is read.
    pub(super) fn get(&self, device: i64) -> Result<Authorization, u64> {
        let known = lock(&self.0);
        known.found.get(&device).copied().ok_or(known.changes)
    }

    pub(super) fn note(&self, authorization: Authorization, changes: u64) {
        let mut known = lock(&self.0);
        if known.changes != changes {
            return;
        }
        if known.found.len() >= KNOWN_LOGINS {
            known.found.clear();
        }
        known.found.insert(authorization.auth_key_id, authorization);
    }

    /// A change is in the database.
    pub(super) fn changed(&self) {
        let mut known = lock(&self.0);
        known.changes += 1;
        known.found.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_noted_after_it() {
        let logins = Logins::default();
        let login =
            Authorization { auth_key_id: 7, user_id: 1, encrypted_requests_disabled: false, is_bot: false };
        let before = logins.get(7).unwrap_err();
        logins.changed();
        logins.note(login, before);
        let now = logins.get(7).unwrap_err();
        logins.note(login, now);
        assert_eq!((logins.get(7), logins.get(8)), (Ok(login), Err(now)));
        logins.changed();
        assert!(logins.get(7).is_err());
    }

    #[test]
    fn no_more_than_so_many_are_known() {
        let logins = Logins::default();
        for auth_key_id in 0..=KNOWN_LOGINS as i64 {
            logins.note(
                Authorization { auth_key_id, user_id: 1, encrypted_requests_disabled: false, is_bot: false },
                0,
            );
        }
        assert!(logins.get(0).is_err() && logins.get(KNOWN_LOGINS as i64).is_ok());
    }
}
