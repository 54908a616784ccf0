use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use super::{Update, UpdateStream};
use crate::limits::MAX_QUEUED_UPDATES;

/// Hands every update to every reader.
#[derive(Clone)]
pub(crate) struct Hub(Arc<Mutex<State>>);

struct State {
    readers: Vec<Weak<Reader>>,
    /// What came before the first reader.
    backlog: Option<Queue>,
    closed: bool,
}

#[derive(Default)]
struct Queue {
    updates: VecDeque<Update>,
    lost: u64,
    closed: bool,
    waker: Option<Waker>,
}

/// The queue of one stream.
pub(crate) struct Reader(Mutex<Queue>);

impl Hub {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            readers: Vec::new(),
            backlog: Some(Queue::default()),
            closed: false,
        })))
    }

    pub(crate) fn subscribe(&self) -> UpdateStream {
        let mut state = lock(&self.0);
        let mut queue = state.backlog.take().unwrap_or_default();
        queue.closed = state.closed;
        let reader = Arc::new(Reader(Mutex::new(queue)));
        state.readers.push(Arc::downgrade(&reader));
        UpdateStream::new(reader)
    }

    pub(crate) fn publish(&self, update: &Update) {
        let mut state = lock(&self.0);
        if let Some(backlog) = &mut state.backlog {
            backlog.push(update.clone());
        }
        state.readers.retain(|reader| match reader.upgrade() {
            Some(reader) => {
                lock(&reader.0).push(update.clone());
                true
            }
            None => false,
        });
    }

    /// Ends all streams once they have been read to their ends.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.0);
        state.closed = true;
        for reader in state.readers.drain(..).filter_map(|reader| reader.upgrade()) {
            let mut queue = lock(&reader.0);
            queue.closed = true;
            queue.wake();
        }
    }
}

impl Queue {
    fn push(&mut self, update: Update) {
        if self.updates.len() >= MAX_QUEUED_UPDATES {
            self.updates.pop_front();
            self.lost += 1;
        }
        self.updates.push_back(update);
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Reader {
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Option<Update>> {
        let mut queue = lock(&self.0);
        if queue.lost > 0 {
            let count = std::mem::take(&mut queue.lost);
            return Poll::Ready(Some(Update::Lagged { count }));
        }
        match queue.updates.pop_front() {
            Some(update) => Poll::Ready(Some(update)),
            None if queue.closed => Poll::Ready(None),
            None => {
                queue.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    async fn next(stream: &mut UpdateStream) -> Option<Update> {
        poll_fn(|cx| match stream.poll_recv(cx) {
            Poll::Pending => Poll::Ready(None),
            ready => ready,
        })
        .await
    }

    #[tokio::test]
    async fn the_first_reader_gets_what_came_before_it() {
        let hub = Hub::new();
        hub.publish(&Update::Missed);
        let mut first = hub.subscribe();
        let mut second = hub.subscribe();
        assert!(matches!(next(&mut first).await, Some(Update::Missed)));
        assert!(next(&mut second).await.is_none());
        hub.publish(&Update::Missed);
        assert!(next(&mut first).await.is_some() && next(&mut second).await.is_some());
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_how_much_it_lost() {
        let hub = Hub::new();
        let mut stream = hub.subscribe();
        for _ in 0..MAX_QUEUED_UPDATES + 3 {
            hub.publish(&Update::Missed);
        }
        assert!(matches!(next(&mut stream).await, Some(Update::Lagged { count: 3 })));
        assert!(matches!(next(&mut stream).await, Some(Update::Missed)));
    }

    #[tokio::test]
    async fn streams_end_with_the_client() {
        let hub = Hub::new();
        let mut stream = hub.subscribe();
        hub.publish(&Update::Missed);
        hub.close();
        assert!(stream.recv().await.is_some());
        assert!(stream.recv().await.is_none());
        assert!(hub.subscribe().recv().await.is_none());
    }
}
