//! Timers: one `setTimeout` for all that wait.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use gloo_timers::callback::Timeout;
pub(crate) use web_time::{Instant, SystemTime, UNIX_EPOCH};

/// The longest time that `setTimeout` can measure, in milliseconds. Who waits longer is asked again then.
const MAX_MILLIS: u128 = 0x7fff_ffff;

thread_local! {
    static TIMERS: RefCell<Timers> = RefCell::default();
}

#[derive(Default)]
struct Timers {
    /// Who waits, in the order of the moments; the number tells apart who waits for the same one.
    waiting: BTreeMap<(Instant, u64), Waker>,
    next: u64,
    /// What the browser was asked for. Dropping it takes that back.
    armed: Option<(Instant, Timeout)>,
}

impl Timers {
    /// Asks the browser for the first of the moments.
    fn arm(&mut self) {
        let Some((&(first, _), _)) = self.waiting.first_key_value() else {
            self.armed = None;
            return;
        };
        if self.armed.as_ref().is_none_or(|(at, _)| *at > first) {
            // Rounded up: a timer that fires early would only be set again.
            let millis = first.saturating_duration_since(Instant::now()).as_millis() + 1;
            let millis = u32::try_from(millis.min(MAX_MILLIS)).unwrap_or_default();
            self.armed = Some((first, Timeout::new(millis, fire)));
        }
    }
}

fn fire() {
    let due = TIMERS.with_borrow_mut(|timers| {
        timers.armed = None;
        let later = timers.waiting.split_off(&(Instant::now(), u64::MAX));
        let due = std::mem::replace(&mut timers.waiting, later);
        timers.arm();
        due
    });
    due.into_values().for_each(Waker::wake);
}

/// Waits for a moment.
#[derive(Debug)]
#[must_use = "nobody waits until it is awaited"]
pub(crate) struct Sleep {
    deadline: Instant,
    number: Option<u64>,
}

pub(crate) fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { deadline, number: None }
}

pub(crate) fn sleep(duration: Duration) -> Sleep {
    let now = Instant::now();
    // A moment beyond all bounds is "never": a day from now nobody waits for it any more.
    sleep_until(now.checked_add(duration).unwrap_or(now + Duration::from_secs(86_400)))
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.deadline {
            return Poll::Ready(());
        }
        TIMERS.with_borrow_mut(|timers| {
            let number = *self.number.get_or_insert_with(|| {
                timers.next += 1;
                timers.next
            });
            timers.waiting.insert((self.deadline, number), cx.waker().clone());
            timers.arm();
        });
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            // The waker is dropped outside, since it may hold the last reference to a task with timers of its own.
            let waker = TIMERS.with_borrow_mut(|timers| timers.waiting.remove(&(self.deadline, number)));
            drop(waker);
        }
    }
}

/// The time was over before the future was.
#[derive(Debug, thiserror::Error)]
#[error("the time is over")]
pub(crate) struct Elapsed;

/// Waits for a future, but not for longer than this.
pub(crate) async fn timeout<T>(duration: Duration, future: impl Future<Output = T>) -> Result<T, Elapsed> {
    tokio::select! {
        biased;
        done = future => Ok(done),
        () = sleep(duration) => Err(Elapsed),
    }
}

/// Ticks, at once for the first time.
#[derive(Debug)]
pub(crate) struct Interval {
    next: Instant,
    period: Duration,
}

pub(crate) fn interval(period: Duration) -> Interval {
    Interval { next: Instant::now(), period }
}

impl Interval {
    /// Waits for the next tick and says for when it was due.
    pub(crate) async fn tick(&mut self) -> Instant {
        let due = self.next;
        sleep_until(due).await;
        self.next = due + self.period;
        due
    }
}
