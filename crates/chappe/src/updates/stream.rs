use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::Update;
use super::hub::Reader;

/// Everything that happens from now on, in order. Ends when the client is disconnected.
///
/// Read it by [`recv`](UpdateStream::recv), or as a [`Stream`].
#[must_use = "updates are dropped with their stream"]
pub struct UpdateStream(Arc<Reader>);

impl UpdateStream {
    pub(super) fn new(reader: Arc<Reader>) -> Self {
        Self(reader)
    }

    /// The next update; `None` once the client is disconnected. May be dropped without losing an update.
    pub async fn recv(&mut self) -> Option<Update> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    pub(super) fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Option<Update>> {
        self.0.poll(cx)
    }
}

impl Stream for UpdateStream {
    type Item = Update;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Update>> {
        self.poll_recv(cx)
    }
}

impl fmt::Debug for UpdateStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateStream").finish_non_exhaustive()
    }
}

/// The events of secret chats alone, in order.
#[derive(Debug)]
#[must_use = "events are dropped with their stream"]
pub struct SecretEvents(UpdateStream);

impl SecretEvents {
    pub(crate) fn new(updates: UpdateStream) -> Self {
        Self(updates)
    }

    /// The next event; `None` once the client is disconnected. May be dropped without losing an event.
    pub async fn recv(&mut self) -> Option<chappe_secret::Event> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Option<chappe_secret::Event>> {
        loop {
            match self.0.poll_recv(cx) {
                Poll::Ready(Some(Update::Secret(event))) => return Poll::Ready(Some(*event)),
                Poll::Ready(Some(_)) => {}
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl Stream for SecretEvents {
    type Item = chappe_secret::Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_recv(cx)
    }
}
