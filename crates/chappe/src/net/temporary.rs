//! Temporary keys: what travels under them cannot be read by whoever gets hold of the session later.
//!
//! ```text
//!   made ──▶ bound to the permanent key ──▶ used … a quarter of its life is left
//!                                                  │ the next one is made over another connection
//!                                                  ▼
//!                     no call is under way ──▶ the next one takes over
//!                     an eighth is left: further calls wait
//!                     a sixteenth is left: it takes over all the same; without one, calls wait in the last moments
//! ```
//!
//! Source: <https://core.telegram.org/api/pfs>

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chappe_mtproto::exchange::NewAuthKey;
use chappe_mtproto::session::client::CallId;

use super::wire::Wire;
use crate::error::Error;
use crate::limits;

/// The key of the session, if it is a temporary one.
pub(super) struct Temporary {
    /// When it ends, on the monotonic clock.
    ends: Duration,
    life: Duration,
    /// The call that binds it, until that is answered.
    pub(super) bind: Option<CallId>,
    pub(super) expires_at: i32,
    pub(super) next: Next,
}

/// A key for later, and the connection over which it was made.
pub(super) struct Fresh {
    pub(super) wire: Wire,
    pub(super) key: NewAuthKey,
    /// When it was made, on the monotonic clock.
    pub(super) made: Duration,
}

/// The server has refused to bind a key: for a while the permanent one has to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    /// When to try again, on the monotonic clock.
    pub(super) until: Duration,
    pause: Duration,
}

impl Refused {
    /// Once more after `before`: twice as long, at most for the life of a key.
    pub(super) fn again(before: Option<Self>, life: Duration, now: Duration) -> Self {
        let pause = match before {
            None => (life / 64).min(limits::RENEWAL_RETRY_DELAY),
            Some(before) => before.pause.saturating_mul(2).min(life),
        };
        Self { until: now.saturating_add(pause), pause }
    }
}

pub(super) type Making = Pin<Box<dyn Future<Output = Result<Box<Fresh>, Error>> + Send>>;

/// How far the next key is.
pub(super) enum Next {
    /// Not begun; not before this moment.
    NotBefore(Duration),
    Making(Making),
    Ready(Box<Fresh>),
}

/// What is to be done about the next key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Make it.
    Make,
    /// Let it take over.
    Switch,
    /// Nothing yet; look again then.
    Wait(Option<Duration>),
}

impl Temporary {
    pub(super) fn new(key: &NewAuthKey, life: Duration, made: Duration) -> Self {
        Self {
            ends: made.saturating_add(life),
            life,
            bind: None,
            expires_at: key.expires_at.unwrap_or(i32::MAX),
            next: Next::NotBefore(Duration::ZERO),
        }
    }

    /// The moment at which a part of its life is left.
    fn left(&self, part: u32) -> Duration {
        self.ends.saturating_sub(self.life / part)
    }

    /// Whether it is of no use for another connection.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        now >= self.left(16)
    }

    /// Whether calls have to wait for the next key.
    pub(super) fn holds_calls(&self, now: Duration) -> bool {
        let is_ready = matches!(self.next, Next::Ready(_));
        // In its last moments nothing is sent whose answer would come too late.
        let last = self.ends.saturating_sub((self.life / 16).min(limits::LAST_OF_TEMPORARY_KEY));
        (is_ready && now >= self.left(8)) || now >= last
    }

    /// What to do now, with or without calls under way.
    pub(super) fn step(&self, now: Duration, busy: bool) -> Step {
        match &self.next {
            Next::NotBefore(moment) => {
                let due = self.left(4).max(*moment);
                if now >= due { Step::Make } else { Step::Wait(Some(due)) }
            }
            Next::Making(_) => Step::Wait(None),
            Next::Ready(_) if !busy || now >= self.left(16) => Step::Switch,
            // Once at the moment from which calls are held: the caller looks whether there are none.
            Next::Ready(_) if now < self.left(8) => Step::Wait(Some(self.left(8))),
            Next::Ready(_) => Step::Wait(Some(self.left(16))),
        }
    }

    /// The next key could not be made: not again for a while.
    pub(super) fn failed(&mut self, now: Duration) {
        let pause = (self.life / 64).min(limits::RENEWAL_RETRY_DELAY);
        self.next = Next::NotBefore(now.saturating_add(pause));
    }
}

#[cfg(test)]
mod tests {
    use chappe_crypto::AuthKey;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn temporary() -> Temporary {
        let key = NewAuthKey {
            auth_key: AuthKey::new([1; 256]),
            first_salt: 1,
            time_offset: 0,
            expires_at: Some(1_800_086_400),
        };
        Temporary::new(&key, DAY, Duration::from_secs(100))
    }

    #[test]
    fn the_next_key_is_made_when_a_quarter_is_left() {
        let mut key = temporary();
        let due = Duration::from_secs(100 + 64_800);
        assert_eq!(key.step(Duration::from_secs(100), true), Step::Wait(Some(due)));
        assert_eq!(key.step(due, true), Step::Make);
        key.failed(due);
        assert_eq!(key.step(due, true), Step::Wait(Some(due + limits::RENEWAL_RETRY_DELAY)));
        key.next = Next::Making(Box::pin(std::future::pending()));
        assert_eq!(key.step(due, false), Step::Wait(None));
    }

    #[test]
    fn who_refuses_again_and_again_is_asked_ever_more_rarely() {
        let mut refused = Refused::again(None, DAY, Duration::ZERO);
        assert_eq!(refused.until, limits::RENEWAL_RETRY_DELAY);
        refused = Refused::again(Some(refused), DAY, refused.until);
        assert_eq!(refused.until, limits::RENEWAL_RETRY_DELAY * 3);
        let before = refused.until;
        for _ in 0..20 {
            refused = Refused::again(Some(refused), DAY, before);
        }
        assert_eq!(refused.until, before + DAY);
    }

    #[test]
    fn a_key_is_of_no_use_shortly_before_its_end() {
        let key = temporary();
        assert!(!key.is_over(Duration::from_secs(100 + 80_999)));
        assert!(key.is_over(Duration::from_secs(100 + 81_000)));
        assert!(!key.holds_calls(Duration::from_secs(100 + 80_000)), "there is no next one");
        assert!(key.holds_calls(Duration::from_secs(100 + 86_380)), "in its last moments");
    }
}
