//! A timer that is set anew with every packet or update, mostly for later than before.

use std::future::{Future, pending};
use std::pin::Pin;

use crate::rt::{self, Instant};

type Timer = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Leaves the runtime's timer alone while it rings early enough: to move it costs as much as a small packet.
#[derive(Default)]
pub(crate) struct Alarm {
    /// When it rings, and the timer.
    set: Option<(Instant, Timer)>,
}

impl Alarm {
    /// Returns at this moment; never, if there is none. May be dropped and called again with another moment.
    pub(crate) async fn wait(&mut self, until: Option<Instant>) {
        let Some(until) = until else { return pending().await };
        loop {
            match &mut self.set {
                Some((at, timer)) if *at <= until => {
                    timer.as_mut().await;
                    self.set = None;
                    if Instant::now() >= until {
                        return;
                    }
                }
                _ => self.set = Some((until, Box::pin(rt::sleep_until(until)))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn it_rings_at_the_moment_that_was_asked_for_last() {
        let start = Instant::now();
        let at = |number| Some(start + 30 * Duration::from_millis(number));
        let mut alarm = Alarm::default();
        // Set, then moved back and forth, as a connection does with each packet.
        for number in [5, 9, 3, 7] {
            let _ = rt::timeout(Duration::from_millis(5), alarm.wait(at(number))).await;
        }
        alarm.wait(at(8)).await;
        assert!(start.elapsed() >= Duration::from_millis(240));
        assert!(rt::timeout(Duration::from_millis(20), alarm.wait(None)).await.is_err());
        // What is over rings at once.
        alarm.wait(at(2)).await;
    }
}
