//! Lines on their way to a reader that may be slow.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;
use tokio::sync::Notify;

use super::limits::MAX_WAITING_LEN;
use super::message;

/// A queue with a bound in bytes. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Outbox(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    filled: Notify,
    drained: Notify,
}

#[derive(Default)]
struct State {
    lines: VecDeque<String>,
    len: usize,
    /// Events that found no room since the last line.
    lost: u64,
    closed: bool,
}

impl State {
    fn push(&mut self, line: String) {
        self.len += line.len();
        self.lines.push_back(line);
    }

    /// Tells of lost events in the place where they would have been.
    fn admit_losses(&mut self) {
        if self.lost > 0 {
            let count = std::mem::take(&mut self.lost);
            self.push(message::notification("event.lagged", &json!({ "event": "lagged", "count": count })));
        }
    }
}

impl Outbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a response once there is room.
    pub(super) async fn respond(&self, line: String) {
        loop {
            let drained = self.0.drained.notified();
            {
                let mut state = self.state();
                if state.closed {
                    return;
                }
                if state.len < MAX_WAITING_LEN {
                    state.push(line);
                    self.0.filled.notify_one();
                    return;
                }
            }
            drained.await;
        }
    }

    /// Queues an event, or counts it as lost if there is no room.
    pub(super) fn announce(&self, line: String) {
        let mut state = self.state();
        if state.len + line.len() > MAX_WAITING_LEN {
            state.lost += 1;
        } else {
            state.admit_losses();
            state.push(line);
        }
        self.0.filled.notify_one();
    }

    /// The next line to write; `None` once the box is closed and empty.
    pub(super) async fn next(&self) -> Option<String> {
        loop {
            let filled = self.0.filled.notified();
            {
                let mut state = self.state();
                if state.lines.is_empty() {
                    state.admit_losses();
                }
                if let Some(line) = state.lines.pop_front() {
                    state.len -= line.len();
                    self.0.drained.notify_one();
                    return Some(line);
                }
                if state.closed {
                    return None;
                }
            }
            filled.await;
        }
    }

    /// Nothing more will come; what waits can still be taken.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.0.filled.notify_one();
        self.0.drained.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lost_events_are_counted_in_their_place() {
        let outbox = Outbox::default();
        let big = "x".repeat(MAX_WAITING_LEN / 2);
        outbox.announce(big.clone());
        outbox.announce(big.clone());
        outbox.announce("lost".to_owned());
        outbox.announce("lost, too".to_owned());
        assert_eq!(outbox.next().await.unwrap(), big);
        outbox.announce("after".to_owned());
        assert_eq!(outbox.next().await.unwrap(), big);
        assert!(outbox.next().await.unwrap().contains(r#""count":2"#));
        assert_eq!(outbox.next().await.unwrap(), "after");
        outbox.close();
        assert_eq!(outbox.next().await, None);
    }

    #[tokio::test]
    async fn a_response_waits_for_room() {
        let outbox = Outbox::default();
        outbox.respond("x".repeat(MAX_WAITING_LEN)).await;
        let waiting = tokio::spawn({
            let outbox = outbox.clone();
            async move { outbox.respond("late".to_owned()).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        outbox.next().await.unwrap();
        waiting.await.unwrap();
        assert_eq!(outbox.next().await.unwrap(), "late");
    }
}
