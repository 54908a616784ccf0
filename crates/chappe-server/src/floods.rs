//! Limits on how often somebody may call a method. There are none unless the builder is told so, but for the messages of a
//! day, which the server has to keep.
//!
//! Each limit is a window that moves along with the server's clock: so many calls in so long a time. The day of the messages
//! begins with the first of them. Each process counts for itself.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use crate::keys::lock;
use crate::limits::{FLOOD_WINDOWS, MESSAGES_PER_DAY};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// So many in so long a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) count: usize,
    pub(crate) period: Duration,
}

/// Which calls a limit counts together.
#[derive(Clone, Debug)]
pub(crate) struct MethodLimit {
    /// The TL name, its beginning up to a point, or nothing for all methods.
    pub(crate) methods: String,
    pub(crate) rate: Rate,
}

/// What is limited.
#[derive(Clone, Debug, Default)]
pub(crate) struct FloodLimits {
    pub(crate) methods: Vec<MethodLimit>,
    pub(crate) codes_per_number: Option<Rate>,
    pub(crate) codes_per_device: Option<Rate>,
    /// Messages that an account writes in a day; `None` for [`MESSAGES_PER_DAY`].
    pub(crate) messages_per_day: Option<usize>,
}

impl MethodLimit {
    fn counts(&self, method: &str) -> bool {
        self.methods.is_empty()
            || self.methods == method
            || self.methods.ends_with('.') && method.starts_with(&self.methods)
    }
}

/// Who is counted, and by which limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Counted {
    /// An account, or a device on which nobody is logged in.
    Caller(usize, i64),
    Device(i64),
    Number(String),
}

/// The limits, and what was counted.
#[derive(Debug, Default)]
pub(crate) struct Floods {
    limits: FloodLimits,
    /// Monotonic times of the calls that still count, the oldest first.
    windows: Mutex<HashMap<Counted, VecDeque<Duration>>>,
    /// When the day of an account began, in monotonic time, and how many messages it has written since.
    days: Mutex<HashMap<i64, (Duration, usize)>>,
}

impl Floods {
    pub(crate) fn new(limits: FloodLimits) -> Self {
        Self { limits, windows: Mutex::default(), days: Mutex::default() }
    }

    pub(crate) fn limits(&self) -> &FloodLimits {
        &self.limits
    }

    /// Counts a call; after how many seconds it may come again if it comes too early. Such a call does not count.
    pub(crate) fn call(&self, method: &str, caller: i64, now: Duration) -> Option<i64> {
        let rules = self.limits.methods.iter().enumerate().filter(|(_, limit)| limit.counts(method));
        let rules = rules.map(|(at, limit)| (Counted::Caller(at, caller), limit.rate)).collect();
        self.count(rules, now)
    }

    /// Counts a login code for a number.
    pub(crate) fn code_for_number(&self, number: &str, now: Duration) -> Option<i64> {
        let rate = self.limits.codes_per_number?;
        self.count(vec![(Counted::Number(number.to_owned()), rate)], now)
    }

    /// Counts a login code that a device asks for.
    pub(crate) fn code_for_device(&self, device: i64, now: Duration) -> Option<i64> {
        let rate = self.limits.codes_per_device?;
        self.count(vec![(Counted::Device(device), rate)], now)
    }

    /// Counts a message that an account writes; after how many seconds it may write again if it has written too many.
    pub(crate) fn message(&self, account: i64, now: Duration) -> Option<i64> {
        let most = self.limits.messages_per_day.unwrap_or(MESSAGES_PER_DAY);
        let mut days = lock(&self.days);
        if days.len() >= FLOOD_WINDOWS {
            days.retain(|_, (start, _)| start.saturating_add(DAY) > now);
        }
        let (start, count) = days.entry(account).or_insert((now, 0));
        if start.saturating_add(DAY) <= now {
            (*start, *count) = (now, 0);
        }
        if *count < most {
            *count += 1;
            return None;
        }
        Some(seconds(start.saturating_add(DAY).saturating_sub(now)))
    }

    fn count(&self, rules: Vec<(Counted, Rate)>, now: Duration) -> Option<i64> {
        if rules.is_empty() {
            return None;
        }
        let mut windows = lock(&self.windows);
        let longest = rules.iter().map(|(_, rate)| rate.period).max().unwrap_or_default();
        if windows.len() >= FLOOD_WINDOWS {
            windows.retain(|_, times| times.back().is_some_and(|last| *last + longest > now));
        }
        let mut wait = Duration::ZERO;
        for (counted, rate) in &rules {
            let times = windows.entry(counted.clone()).or_default();
            while times.front().is_some_and(|first| first.saturating_add(rate.period) <= now) {
                times.pop_front();
            }
            if times.len() >= rate.count {
                let end = times.front().map_or(now, |first| *first).saturating_add(rate.period);
                wait = wait.max(end.saturating_sub(now));
            }
        }
        if !wait.is_zero() {
            return Some(seconds(wait));
        }
        for (counted, _) in rules {
            windows.entry(counted).or_default().push_back(now);
        }
        None
    }
}

/// Whole seconds, not fewer.
fn seconds(wait: Duration) -> i64 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_move_and_what_is_refused_does_not_count() {
        let rate = |count, secs| Rate { count, period: Duration::from_secs(secs) };
        let limit = |methods: &str, rate| MethodLimit { methods: methods.to_owned(), rate };
        let methods = vec![limit("messages.sendMessage", rate(2, 10)), limit("messages.", rate(3, 60))];
        let floods = Floods::new(FloodLimits { methods, ..FloodLimits::default() });
        let at = Duration::from_millis;
        assert_eq!(floods.call("messages.sendMessage", 1, at(0)), None);
        assert_eq!(floods.call("messages.sendMessage", 1, at(4_000)), None);
        assert_eq!(floods.call("messages.sendMessage", 1, at(4_500)), Some(6));
        assert_eq!(floods.call("messages.sendMessage", 2, at(4_500)), None, "others are counted apart");
        assert_eq!(floods.call("messages.getHistory", 1, at(5_000)), None);
        assert_eq!(floods.call("messages.getHistory", 1, at(10_000)), Some(50), "all of them together");
        assert_eq!(floods.call("help.getConfig", 1, at(10_000)), None);
        assert_eq!(floods.call("messages.sendMessage", 1, at(60_000)), None);
    }

    #[test]
    fn the_messages_of_a_day_are_counted_from_the_first_on() {
        let floods = Floods::new(FloodLimits { messages_per_day: Some(2), ..FloodLimits::default() });
        let at = Duration::from_secs;
        assert_eq!(floods.message(1, at(10)), None);
        assert_eq!(floods.message(1, at(20)), None);
        assert_eq!(floods.message(1, at(30)), Some(24 * 3600 - 20));
        assert_eq!(floods.message(2, at(30)), None, "others are counted apart");
        assert_eq!(floods.message(1, at(24 * 3600 + 10)), None);
    }
}
