//! What to do when the connection breaks.

use std::time::Duration;

use crate::limits;

/// How a broken connection is made anew: at once, then with pauses that double from `first_delay` to `max_delay`, each
/// shortened by up to half at random so that clients do not come back in step.
///
/// A server that hangs up soon after each connection gets the pauses, too.
///
/// ```
/// use std::time::Duration;
///
/// let patient = chappe::Reconnect::default();
/// assert_eq!(patient.max_attempts, None);
/// let for_scripts = chappe::Reconnect { max_attempts: Some(5), ..patient };
/// let never = chappe::Reconnect { max_attempts: Some(0), ..patient };
/// # let _ = (for_scripts, never, Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconnect {
    /// The first pause. Default: a tenth of a second.
    pub first_delay: Duration,
    /// The longest pause. Default: 30 seconds.
    pub max_delay: Duration,
    /// Attempts in a row that may fail before the client gives up: calls then fail with
    /// [`InvokeError::Unreachable`](crate::InvokeError::Unreachable) until [`Client::reconnect`](crate::Client::reconnect) is
    /// called. Default: no limit.
    pub max_attempts: Option<u32>,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            first_delay: limits::RECONNECT_DELAY,
            max_delay: limits::MAX_RECONNECT_DELAY,
            max_attempts: None,
        }
    }
}

impl Reconnect {
    /// The longest pause after so many failures.
    pub(crate) fn delay(&self, failures: u32) -> Duration {
        self.first_delay.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(self.max_delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let policy = Reconnect::default();
        let pauses: Vec<u128> = (1..12).map(|failures| policy.delay(failures).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
        assert_eq!(policy.delay(u32::MAX), policy.max_delay);
    }
}
