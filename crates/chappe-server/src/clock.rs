//! Where the server gets the time from.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chappe_crypto::Now;
use tokio::sync::watch;

/// The time as the server sees it: dates of messages, validity of codes, keys and salts, msg_ids, deadlines of
/// connections and sessions, retention.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The present moment. `monotonic` must never step back.
    fn now(&self) -> Now;

    /// Waits until the monotonic time of this clock has reached `at`. It may end early: whoever waits looks at the
    /// clock again.
    ///
    /// The implementation given here sleeps as long as the machine's time takes. A clock that can be set ahead wakes
    /// its sleepers then.
    fn sleep_until(&self, at: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let rest = at.saturating_sub(self.now().monotonic);
        Box::pin(tokio::time::sleep(rest))
    }
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time begins now.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Now { monotonic: self.start.elapsed(), unix }
    }
}

/// A clock that stands still at one moment: a run that goes by it alone repeats exactly.
///
/// Deadlines never pass by it unless a [`VirtualClock`] above it, such as that of every server, is set ahead.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock {
    now: Now,
}

impl FixedClock {
    /// Stands at this many seconds since 1970.
    pub fn at_unix(secs: u64) -> Self {
        Self { now: Now { monotonic: Duration::ZERO, unix: Duration::from_secs(secs) } }
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Now {
        self.now
    }

    fn sleep_until(&self, at: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        if at <= self.now.monotonic {
            Box::pin(std::future::ready(()))
        } else {
            Box::pin(std::future::pending())
        }
    }
}

/// As many as fit: 584 years.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A clock that can be set ahead of another one, with everything that sleeps by it.
///
/// ```
/// use std::time::Duration;
/// use chappe_server::{Clock, VirtualClock};
///
/// let clock = VirtualClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(7 * 24 * 3600));
/// assert!(clock.now().unix_secs() - before.unix_secs() >= 7 * 24 * 3600);
/// ```
#[derive(Debug)]
pub struct VirtualClock {
    base: Arc<dyn Clock>,
    ahead: watch::Sender<Duration>,
    /// The same in nanoseconds: the clock is read far more often than it is set.
    nanos: AtomicU64,
}

impl VirtualClock {
    /// Goes with the machine's clock.
    pub fn new() -> Arc<Self> {
        Self::over(Arc::new(SystemClock::new()), Duration::ZERO)
    }

    /// Goes with `base`, ahead of it by `ahead`.
    pub fn over(base: Arc<dyn Clock>, ahead: Duration) -> Arc<Self> {
        Arc::new(Self { base, ahead: watch::channel(ahead).0, nanos: AtomicU64::new(nanos(ahead)) })
    }

    /// Sets the clock ahead and wakes whoever sleeps by it.
    pub fn advance(&self, by: Duration) {
        self.ahead.send_modify(|ahead| {
            *ahead = ahead.saturating_add(by);
            self.nanos.store(nanos(*ahead), Ordering::Release);
        });
    }

    /// How far it is ahead of the clock below.
    pub fn ahead(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Acquire))
    }

    pub(crate) fn base(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.base)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Now {
        self.base.now().advance(self.ahead())
    }

    fn sleep_until(&self, at: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut ahead = self.ahead.subscribe();
        let at = at.saturating_sub(*ahead.borrow_and_update());
        Box::pin(async move {
            tokio::select! {
                _ = ahead.changed() => {}
                () = self.base.sleep_until(at) => {}
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_sleeps_by_a_clock_wakes_when_it_is_set_ahead() {
        let clock = VirtualClock::over(Arc::new(FixedClock::at_unix(1_800_000_000)), Duration::ZERO);
        assert_eq!(clock.now().unix_secs(), 1_800_000_000);
        let hour = Duration::from_secs(3600);
        let sleeper = Arc::clone(&clock);
        let asleep = tokio::spawn(async move {
            while sleeper.now().monotonic < hour {
                sleeper.sleep_until(hour).await;
            }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!asleep.is_finished(), "time stands still");
        clock.advance(hour);
        tokio::time::timeout(Duration::from_secs(5), asleep).await.expect("it wakes").expect("it ends");
        assert_eq!(clock.now().unix_secs(), 1_800_003_600);
    }
}
