//! The two clocks, read in one place.

use std::time::Duration;

use chappe_crypto::Now;

use crate::rt::{Instant, SystemTime, UNIX_EPOCH};

/// Reads the clocks for the cores below, which never do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now() }
    }

    pub(crate) fn now(self) -> Now {
        Now {
            monotonic: self.start.elapsed(),
            unix: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        }
    }

    /// The moment at which [`Now::monotonic`] reaches `monotonic`.
    pub(crate) fn instant(self, monotonic: Duration) -> Instant {
        // A deadline beyond all bounds is "never": a day from now is asked again then.
        self.start.checked_add(monotonic).unwrap_or_else(|| Instant::now() + Duration::from_secs(86_400))
    }
}
