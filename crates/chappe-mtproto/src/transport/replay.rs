use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use chappe_crypto::Now;

/// Remembers the random bytes of connections, so that a recorded opening cannot be played back at a proxy or server.
///
/// Bounded in number and in time. Fill it only with bytes that have passed every other check: otherwise a stranger
/// can push the real ones out.
///
/// ```
/// use chappe_crypto::Now;
/// use chappe_mtproto::transport::ReplayGuard;
///
/// let mut guard = ReplayGuard::default();
/// let now = Now::from_unix_secs(1_700_000_000);
/// assert!(guard.is_new(b"random of a hello", now));
/// assert!(!guard.is_new(b"random of a hello", now));
/// ```
#[derive(Clone, Debug)]
pub struct ReplayGuard {
    capacity: usize,
    lifetime: Duration,
    seen: BTreeSet<Vec<u8>>,
    order: VecDeque<(Duration, Vec<u8>)>,
}

impl Default for ReplayGuard {
    /// 100,000 entries for two days.
    fn default() -> Self {
        Self::new(100_000, Duration::from_secs(2 * 24 * 3600))
    }
}

impl ReplayGuard {
    /// Remembers at most `capacity` entries (at least 1), each for at most `lifetime`.
    pub fn new(capacity: usize, lifetime: Duration) -> Self {
        Self { capacity: capacity.max(1), lifetime, seen: BTreeSet::new(), order: VecDeque::new() }
    }

    /// Whether `bytes` have not been seen; they are remembered from now on.
    pub fn is_new(&mut self, bytes: &[u8], now: Now) -> bool {
        while let Some((at, _)) = self.order.front() {
            let expired = now.monotonic.saturating_sub(*at) > self.lifetime;
            if !expired && (self.order.len() < self.capacity || self.seen.contains(bytes)) {
                break;
            }
            if let Some((_, old)) = self.order.pop_front() {
                self.seen.remove(&old);
            }
        }
        if !self.seen.insert(bytes.to_vec()) {
            return false;
        }
        self.order.push_back((now.monotonic, bytes.to_vec()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entry_makes_room_and_time_runs_out() {
        let mut guard = ReplayGuard::new(2, Duration::from_secs(10));
        let now = Now::from_unix_secs(100);
        assert!(guard.is_new(b"a", now) && guard.is_new(b"b", now) && guard.is_new(b"c", now));
        assert!(!guard.is_new(b"b", now) && !guard.is_new(b"c", now));
        assert!(guard.is_new(b"a", now));
        assert!(guard.is_new(b"c", now.advance(Duration::from_secs(11))));
    }
}
