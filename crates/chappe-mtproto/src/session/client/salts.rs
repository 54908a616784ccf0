//! The salts that a client knows.

use crate::session::{FutureSalt, limits};

/// Salts sorted by the beginning of their validity, and the one to use if none of them fits.
#[derive(Clone, Debug, Default)]
pub(super) struct SaltBook {
    fallback: i64,
    known: Vec<FutureSalt>,
}

impl SaltBook {
    pub(super) fn new(salt: i64, future: Vec<FutureSalt>) -> Self {
        let mut book = Self { fallback: salt, known: Vec::new() };
        book.set_future(future);
        book
    }

    /// The salt to use at `now`, in Unix seconds of the server; 0 if none was ever known.
    pub(super) fn current(&self, now: i64) -> i64 {
        let usable = |entry: &&FutureSalt| {
            i64::from(entry.valid_since) <= now
                && now < i64::from(entry.valid_until) - limits::SALT_MARGIN_SECS
        };
        self.known.iter().rev().find(usable).map_or(self.fallback, |entry| entry.salt)
    }

    pub(super) fn known(&self) -> &[FutureSalt] {
        &self.known
    }

    /// The server said that `salt` is the right one.
    pub(super) fn set_current(&mut self, salt: i64, now: i64) {
        let clamp = |secs: i64| i32::try_from(secs).unwrap_or(i32::MAX);
        self.fallback = salt;
        // What else claims to be valid now has just been refused, or will be.
        self.known.retain(|entry| i64::from(entry.valid_since) > now);
        let valid_until = clamp(now.saturating_add(limits::SALT_DEFAULT_SECS));
        self.known.insert(0, FutureSalt { valid_since: clamp(now), valid_until, salt });
    }

    /// Takes a list from the server.
    pub(super) fn set_future(&mut self, list: Vec<FutureSalt>) {
        self.known.extend(list.into_iter().filter(|entry| entry.valid_since < entry.valid_until));
        self.known.sort_unstable();
        self.known.dedup_by_key(|entry| entry.salt);
        self.known.truncate(2 * limits::FUTURE_SALTS as usize);
    }

    /// Forgets what is over, and says whether more should be asked for: less than half an hour is left.
    pub(super) fn is_running_out(&mut self, now: i64) -> bool {
        self.known.retain(|entry| i64::from(entry.valid_until) > now);
        self.known.last().is_none_or(|last| i64::from(last.valid_until) < now.saturating_add(1800))
    }
}
