//! The salts of a server: derived, not stored.

use std::fmt;

use chappe_crypto::{AuthKeyId, Now, hash};
use zeroize::Zeroizing;

use crate::session::FutureSalt;

/// For how long a salt is the current one, in seconds. It stays valid for as long again.
const PERIOD: i64 = 1800;

/// Derives the salts of every key from one secret: the salt of period `i` is the beginning of
/// `HMAC-SHA-256(secret, auth_key_id | i)`. The salts of the current and the previous period are valid.
#[derive(Clone)]
pub struct Salts {
    secret: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for Salts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Salts").finish_non_exhaustive()
    }
}

impl Salts {
    /// `secret` must be random and the same after a restart if sessions are to go on without a detour.
    pub fn new(secret: [u8; 32]) -> Self {
        Self { secret: Zeroizing::new(secret) }
    }

    fn of_period(&self, key: AuthKeyId, period: i64) -> i64 {
        let digest =
            Zeroizing::new(hash::hmac_sha256(&*self.secret, &[&key.to_le_bytes(), &period.to_le_bytes()]));
        let salt = digest.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes));
        // 0 is what clients send that know no salt.
        if salt == 0 { 1 } else { salt }
    }

    /// The salt to send now.
    pub fn current(&self, key: AuthKeyId, now: Now) -> i64 {
        self.of_period(key, now.unix_secs().div_euclid(PERIOD))
    }

    /// Whether a client may use `salt` now.
    pub fn is_valid(&self, key: AuthKeyId, salt: i64, now: Now) -> bool {
        let period = now.unix_secs().div_euclid(PERIOD);
        salt == self.of_period(key, period) || salt == self.of_period(key, period - 1)
    }

    /// The current salt and those after it, `count` in all.
    pub fn future(&self, key: AuthKeyId, now: Now, count: usize) -> Vec<FutureSalt> {
        let first = now.unix_secs().div_euclid(PERIOD);
        (first..)
            .take(count)
            .map(|period| {
                let since = period.saturating_mul(PERIOD);
                FutureSalt {
                    valid_since: i32::try_from(since).unwrap_or(i32::MAX),
                    valid_until: i32::try_from(since + 2 * PERIOD).unwrap_or(i32::MAX),
                    salt: self.of_period(key, period),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salt_is_valid_for_two_periods() {
        let salts = Salts::new([7; 32]);
        let key = AuthKeyId(5);
        let now = Now::from_unix_secs(1_700_000_000);
        let future = salts.future(key, now, 9);
        assert_eq!(future.len(), 9);
        assert_eq!(future[0].salt, salts.current(key, now));
        for entry in &future {
            let at = |secs: i32| Now::from_unix_secs(secs as u64);
            assert!(!salts.is_valid(key, entry.salt, at(entry.valid_since - 1)));
            assert!(salts.is_valid(key, entry.salt, at(entry.valid_since)));
            assert!(salts.is_valid(key, entry.salt, at(entry.valid_until - 1)));
            assert!(!salts.is_valid(key, entry.salt, at(entry.valid_until)));
        }
        assert!(!salts.is_valid(key, 0, now));
        assert!(!salts.is_valid(AuthKeyId(6), future[0].salt, now), "salts belong to a key");
        assert_eq!(format!("{salts:?}"), "Salts { .. }");
    }
}
