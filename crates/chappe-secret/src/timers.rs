//! Self-destruct timers: when a message has to go.
//!
//! A short timer (up to a minute) of something that is looked at or listened to starts when it is *opened*, any other
//! when the message is *read*. Each side counts for itself: the receiver from the moment it reads or opens, the sender
//! from the moment it hears of that. The start is stored as a time of day, so that a timer goes on while nothing runs;
//! within one run the monotonic clock counts as well, so that a clock put back does not give a message more time.
//!
//! Source: <https://core.telegram.org/api/end-to-end#self-destructing-messages> and the behaviour of TDLib

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chappe_crypto::Now;

use crate::{Media, RandomId, limits};

/// How long a message lives, and from when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    /// Seconds; 0 for what is gone as soon as it is opened.
    pub(crate) secs: i32,
    /// From the opening, not from the reading.
    pub(crate) opens: bool,
}

impl Lifetime {
    /// The lifetime of a message with this timer. `None`: it stays.
    pub(crate) fn new(ttl: i32, media: Option<&Media>) -> Option<Self> {
        let opened = media.is_some_and(Media::is_opened);
        match ttl {
            ..=0 => None,
            limits::TTL_VIEW_ONCE => Some(Self { secs: 0, opens: true }),
            1..=limits::MAX_OPEN_TTL if opened => {
                // Long enough to be played to the end.
                let plays = media.map_or(0, Media::duration).clamp(0, limits::MAX_PLAY_TIME);
                Some(Self { secs: ttl.max(plays.saturating_add(1)), opens: true })
            }
            _ => Some(Self { secs: ttl.min(limits::MAX_TTL), opens: false }),
        }
    }
}

/// A timer value from a peer or a caller, within bounds.
pub(crate) fn clamp(ttl: i32) -> i32 {
    if ttl == limits::TTL_VIEW_ONCE { ttl } else { ttl.clamp(0, limits::MAX_TTL) }
}

/// The timer of one message: a record each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timer {
    pub(crate) random_id: RandomId,
    /// The message's number in the sequence of its sender.
    pub(crate) raw: u32,
    /// Whether the peer sent it.
    pub(crate) inbound: bool,
    /// The server's date of the message; until `dated`, when it was made by our clock.
    pub(crate) date: i32,
    /// The server has the message.
    pub(crate) dated: bool,
    pub(crate) lifetime: Lifetime,
    /// When it started, Unix seconds.
    pub(crate) started: Option<i64>,
}

impl Timer {
    /// Its place among the records of the chat.
    pub(crate) const fn number(&self) -> u32 {
        number(self.raw, self.inbound)
    }

    /// When the message goes, Unix seconds.
    pub(crate) fn expires_at(&self) -> Option<i64> {
        Some(self.started?.saturating_add(self.lifetime.secs.into()))
    }
}

pub(crate) const fn number(raw: u32, inbound: bool) -> u32 {
    raw << 1 | inbound as u32
}

/// All timers of one chat.
#[derive(Default)]
pub(crate) struct Timers {
    all: BTreeMap<u32, Timer>,
    /// The started ones, by the moment they are due on the monotonic clock.
    due: BTreeSet<(Duration, u32)>,
}

impl Timers {
    pub(crate) fn insert(&mut self, timer: Timer) {
        self.all.insert(timer.number(), timer);
    }

    /// Sets the clocks of timers that come from the store.
    pub(crate) fn resume(&mut self, now: Now) {
        self.due = self.all.values().filter_map(|timer| Some((due(timer, now)?, timer.number()))).collect();
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Timer> {
        self.all.get_mut(&number)
    }

    /// Starts those that meet the condition and have not started, as of `since` (Unix seconds) but not in the future. The
    /// changed timers.
    pub(crate) fn start(
        &mut self,
        now: Now,
        since: impl Fn(&Timer) -> i64,
        which: impl Fn(&Timer) -> bool,
    ) -> Vec<Timer> {
        let mut started = Vec::new();
        for timer in self.all.values_mut().filter(|timer| timer.started.is_none() && which(timer)) {
            timer.started = Some(since(timer).min(now.unix_secs()));
            if let Some(at) = due(timer, now) {
                self.due.insert((at, timer.number()));
            }
            started.push(*timer);
        }
        started
    }

    /// Takes out those that meet the condition.
    pub(crate) fn remove(&mut self, which: impl Fn(&Timer) -> bool) -> Vec<Timer> {
        let gone: Vec<Timer> = self.all.values().filter(|timer| which(timer)).copied().collect();
        for timer in &gone {
            self.all.remove(&timer.number());
        }
        if !gone.is_empty() {
            let all = &self.all;
            self.due.retain(|(_, number)| all.contains_key(number));
        }
        gone
    }

    /// Takes out those that are over, by either clock.
    pub(crate) fn expire(&mut self, now: Now) -> Vec<Timer> {
        // The clock of the day may have jumped forward; it is looked at for the whole table, which holds only what
        // has started.
        let over = |at: &Duration, number: &u32| {
            *at <= now.monotonic
                || self.all.get(number).and_then(Timer::expires_at).is_some_and(|at| at <= now.unix_secs())
        };
        let numbers: Vec<u32> =
            self.due.iter().filter(|(at, number)| over(at, number)).map(|(_, number)| *number).collect();
        if numbers.is_empty() {
            return Vec::new();
        }
        let gone: Vec<Timer> = numbers.iter().filter_map(|number| self.all.remove(number)).collect();
        let all = &self.all;
        self.due.retain(|(_, number)| all.contains_key(number));
        gone
    }

    /// When the next one is over, on the monotonic clock.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.due.first().map(|(at, _)| *at)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Timer> {
        self.all.values()
    }
}

/// When a timer is over, on the monotonic clock.
fn due(timer: &Timer, now: Now) -> Option<Duration> {
    let (started, unix) = (timer.started?, now.unix_secs());
    let left = match unix.checked_sub(started) {
        // The clock was put back to before the start: nobody knows how much is left, so nothing is.
        None | Some(i64::MIN..=-1) => 0,
        Some(passed) => i64::from(timer.lifetime.secs).saturating_sub(passed).max(0),
    };
    Some(now.monotonic.saturating_add(Duration::from_secs(left.unsigned_abs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(raw: u32, secs: i32) -> Timer {
        let lifetime = Lifetime { secs, opens: false };
        Timer {
            random_id: RandomId(raw.into()),
            raw,
            inbound: true,
            date: 1,
            dated: true,
            lifetime,
            started: None,
        }
    }

    #[test]
    fn the_two_kinds_of_timers() {
        let photo = Media::Photo { width: 1, height: 1 };
        let film = Media::Video { width: 1, height: 1, duration: 30 };
        let endless = Media::Video { width: 1, height: 1, duration: i32::MAX };
        let of = |ttl, media| Lifetime::new(ttl, media).map(|lifetime| (lifetime.secs, lifetime.opens));
        for ttl in [0, -1, i32::MIN] {
            assert_eq!(of(ttl, Some(&photo)), None);
        }
        assert_eq!(of(1, Some(&photo)), Some((1, true)));
        assert_eq!(of(60, Some(&photo)), Some((60, true)));
        assert_eq!(of(61, Some(&photo)), Some((61, false)));
        assert_eq!(of(5, Some(&film)), Some((31, true)), "to the end of the film");
        assert_eq!(of(60, Some(&film)), Some((60, true)));
        assert_eq!(of(5, Some(&endless)), Some((limits::MAX_PLAY_TIME + 1, true)));
        assert_eq!(of(1, None), Some((1, false)));
        assert_eq!(of(5, Some(&Media::Document)), Some((5, false)));
        assert_eq!(of(limits::TTL_VIEW_ONCE, Some(&photo)), Some((0, true)));
        assert_eq!(of(limits::TTL_VIEW_ONCE - 1, Some(&photo)), Some((limits::MAX_TTL, false)));
    }

    #[test]
    fn either_clock_ends_a_timer_and_none_prolongs_it() {
        let start = Now::from_unix_secs(1_000_000);
        let running = || {
            let mut timers = Timers::default();
            timers.insert(timer(1, 60));
            assert_eq!(timers.start(start, |_| i64::MAX, |_| true).len(), 1);
            timers
        };
        assert_eq!(running().next(), Some(start.monotonic + Duration::from_secs(60)));
        assert!(running().expire(start.advance(Duration::from_secs(59))).is_empty());
        assert_eq!(running().expire(start.advance(Duration::from_secs(60))).len(), 1);
        // The clock of the day jumps a year ahead, or back.
        let ahead = Now { unix: Duration::from_secs(40_000_000), ..start };
        assert_eq!(running().expire(ahead).len(), 1);
        let back = Now { unix: Duration::from_secs(1), monotonic: start.monotonic + Duration::from_secs(60) };
        assert_eq!(running().expire(back).len(), 1);
        // The same over a restart, where the monotonic clock starts anew.
        for (unix, left) in [(1_000_000, 60), (1_000_020, 40), (1_000_060, 0), (2_000_000, 0), (999_999, 0)] {
            let mut timers = running();
            let now = Now { monotonic: Duration::ZERO, unix: Duration::from_secs(unix) };
            timers.resume(now);
            assert_eq!(timers.next(), Some(Duration::from_secs(left)), "{unix}");
        }
    }
}
