//! Time as an argument.

use std::time::Duration;

/// The one value in which the cores are given time.
///
/// Cores never read a clock. Each `handle_*` call brings a `Now` with both notions of time: `monotonic` decides
/// intervals and deadlines, `unix` goes into message ids and onto the wire.
///
/// ```
/// use chappe_crypto::Now;
/// use std::time::Duration;
///
/// let now = Now::from_unix_secs(1_700_000_000);
/// let later = now.advance(Duration::from_millis(1500));
/// assert_eq!(later.unix_secs(), 1_700_000_001);
/// assert_eq!(later.monotonic - now.monotonic, Duration::from_millis(1500));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Now {
    /// Time since any fixed point of the process. Never steps back.
    pub monotonic: Duration,
    /// Time since 1970-01-01 00:00 UTC by the local clock. May step in either direction.
    pub unix: Duration,
}

impl Now {
    /// A moment given as whole Unix seconds; `monotonic` is set to the same value.
    pub const fn from_unix_secs(secs: u64) -> Self {
        Self { monotonic: Duration::from_secs(secs), unix: Duration::from_secs(secs) }
    }

    /// Whole Unix seconds, saturating.
    pub fn unix_secs(self) -> i64 {
        i64::try_from(self.unix.as_secs()).unwrap_or(i64::MAX)
    }

    /// Whole Unix seconds as TL's `int`, saturating in 2038.
    pub fn unix_secs_i32(self) -> i32 {
        i32::try_from(self.unix.as_secs()).unwrap_or(i32::MAX)
    }

    /// The moment `by` later on both clocks, saturating.
    #[must_use]
    pub const fn advance(self, by: Duration) -> Self {
        Self { monotonic: self.monotonic.saturating_add(by), unix: self.unix.saturating_add(by) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_saturate_at_the_end_of_each_type() {
        assert_eq!(Now::from_unix_secs(u64::MAX).unix_secs(), i64::MAX);
        assert_eq!(Now::from_unix_secs(1 << 40).unix_secs_i32(), i32::MAX);
        assert_eq!(Now::from_unix_secs(5).unix_secs_i32(), 5);
        let end = Now::from_unix_secs(u64::MAX).advance(Duration::MAX);
        assert_eq!(end.unix, Duration::MAX);
    }
}
