//! Where the server gets the time from.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chappe_crypto::Now;

/// The time as the server sees it: dates of messages, validity of codes, keys and salts, msg_ids.
///
/// Socket deadlines do not follow it; they are a matter of the machine.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The present moment. `monotonic` must never step back.
    fn now(&self) -> Now;
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
