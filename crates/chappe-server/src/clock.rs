//! Where the server gets the time from.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chappe_crypto::Now;

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
