//! The server's time as the client knows it.

use std::time::Duration;

use chappe_crypto::Now;

use super::TimeOffset;

/// A step of the local clock against the monotonic one that makes the estimate doubtful.
const STEP: i128 = 5_000_000_000;

/// The estimate of the server's time. Runs on the monotonic clock, so that somebody setting the local clock does not
/// move it; such a step, which may also be a suspended machine, only makes it doubtful.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Server time minus monotonic time, in nanoseconds.
    offset: i128,
    synced: bool,
    was_synced: bool,
    /// Local time minus monotonic time when last looked at.
    wall: i128,
}

fn nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX / 4)
}

fn wall(now: Now) -> i128 {
    nanos(now.unix) - nanos(now.monotonic)
}

impl Clock {
    pub(super) fn new(offset: Option<TimeOffset>, now: Now) -> Self {
        let wall = wall(now);
        let millis = offset.unwrap_or_default().millis;
        // What was known earlier is a good guess and no more: the local clock may have been set since.
        Self { offset: wall + i128::from(millis) * 1_000_000, synced: false, was_synced: false, wall }
    }

    /// Looks for steps of the local clock. `true` if there was one.
    pub(super) fn observe(&mut self, now: Now) -> bool {
        let wall = wall(now);
        let stepped = (wall - self.wall).abs() > STEP;
        self.wall = wall;
        if stepped {
            self.synced = false;
        }
        stepped
    }

    pub(super) fn is_synced(&self) -> bool {
        self.synced
    }

    /// Whether it ever was.
    pub(super) fn was_synced(&self) -> bool {
        self.was_synced
    }

    pub(super) fn doubt(&mut self) {
        self.synced = false;
    }

    fn at(&self, monotonic: Duration) -> i128 {
        nanos(monotonic).saturating_add(self.offset)
    }

    /// The server's time as time since 1970.
    pub(super) fn server_time(&self, now: Now) -> Duration {
        let total = u128::try_from(self.at(now.monotonic).max(0)).unwrap_or(0);
        let secs = u64::try_from(total / 1_000_000_000).unwrap_or(u64::MAX);
        Duration::new(secs, (total % 1_000_000_000) as u32)
    }

    /// The server's clock shows `server` right now.
    pub(super) fn set(&mut self, server: Duration, now: Now) {
        self.offset = nanos(server) - nanos(now.monotonic);
        self.synced = true;
        self.was_synced = true;
    }

    /// The server's clock showed `server` somewhere between `sent` and now: moves the estimate as little as that takes.
    /// `true` if it moved by a second or more.
    pub(super) fn bracket(&mut self, server: Duration, sent: Duration, now: Now) -> bool {
        let server = nanos(server);
        let (earliest, latest) = (self.at(sent), self.at(now.monotonic));
        let step = if server > latest {
            server - latest
        } else if server < earliest {
            server - earliest
        } else {
            0
        };
        self.offset += step;
        self.synced = true;
        self.was_synced = true;
        step.abs() >= 1_000_000_000
    }

    /// The estimate in relation to the local clock.
    pub(super) fn time_offset(&self) -> TimeOffset {
        TimeOffset { millis: i64::try_from((self.offset - self.wall) / 1_000_000).unwrap_or(0) }
    }
}
