use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::hub::Reader;
use super::{Event, Filter};
use crate::account::{AccountHandle, Query};
use crate::error::Error;

/// What somebody wants to read: all that passes every filter.
#[derive(Default)]
struct Sieve(Option<Filter>);

impl Sieve {
    fn add(&mut self, filter: Filter) {
        self.0 = Some(match self.0.take() {
            Some(before) => before & filter,
            None => filter,
        });
    }

    fn passes(&self, event: &Event) -> bool {
        self.0.as_ref().is_none_or(|filter| filter.passes(event))
    }

    fn poll(&self, reader: &Reader, cx: &Context<'_>) -> Poll<Option<Event>> {
        loop {
            match std::task::ready!(reader.poll(cx)) {
                Some(event) if !self.passes(&event) => {}
                event => return Poll::Ready(event),
            }
        }
    }
}

/// Everything that happens, in order, each event once: see [the guarantees](crate::updates#what-holds).
///
/// Made by [`Client::updates`](crate::Client::updates). Asking for the next event says that those before it are handled;
/// the session never stores more than that. Ends when the client is disconnected.
///
/// Read it by [`recv`](UpdateStream::recv), or as a [`Stream`].
#[must_use = "nothing is handled until the stream is read"]
pub struct UpdateStream {
    reader: Arc<Reader>,
    account: AccountHandle,
    sieve: Sieve,
}

impl UpdateStream {
    pub(crate) fn new(reader: Reader, account: AccountHandle) -> Self {
        Self { reader: Arc::new(reader), account, sieve: Sieve::default() }
    }

    /// Only the events that pass the filter from here on. The others count as handled when they are passed over.
    ///
    /// ```no_run
    /// use chappe::updates::Filter;
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut commands = client.updates().only(Filter::incoming() & Filter::text(|text| text.starts_with('/')));
    /// while let Some(event) = commands.recv().await {
    ///     println!("{event:?}");
    /// }
    /// # }
    /// ```
    pub fn only(mut self, filter: Filter) -> Self {
        self.sieve.add(filter);
        self
    }

    /// The next event; `None` once the client is disconnected. All events before it count as handled now.
    ///
    /// May be dropped without losing an event, as in `tokio::select!`.
    pub async fn recv(&mut self) -> Option<Event> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// As [`recv`](UpdateStream::recv), for programs that handle several events at once: the event counts as handled
    /// only when [`Held::done`] says so.
    ///
    /// ```no_run
    /// # async fn work(_: &chappe::Event) {}
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv_held().await {
    ///     tokio::spawn(async move {
    ///         work(&event).await;
    ///         event.done();
    ///     });
    /// }
    /// # }
    /// ```
    pub async fn recv_held(&mut self) -> Option<Held> {
        poll_fn(|cx| {
            loop {
                let Some((number, event)) = std::task::ready!(self.reader.poll_held(cx)) else {
                    return Poll::Ready(None);
                };
                if self.sieve.passes(&event) {
                    return Poll::Ready(Some(Held { event, number, reader: self.reader.clone() }));
                }
                self.reader.release(number);
            }
        })
        .await
    }

    /// Says that everything received so far is handled (but for what is [held](UpdateStream::recv_held)), and waits until
    /// that is stored.
    ///
    /// Without it the position is stored within a twentieth of a second after the next `recv`.
    ///
    /// # Errors
    /// [`ErrorKind::Session`](crate::ErrorKind::Session) if the session cannot be written;
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) if the client is disconnected.
    pub async fn save(&mut self) -> Result<(), Error> {
        self.reader.pass();
        self.account.ask(|reply| Query::SaveUpdates { reply }).await
    }

    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Option<Event>> {
        self.sieve.poll(&self.reader, cx)
    }
}

impl Stream for UpdateStream {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.poll_recv(cx)
    }
}

impl fmt::Debug for UpdateStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateStream").field("filter", &self.sieve.0).finish_non_exhaustive()
    }
}

/// An event that is not handled yet. If it is dropped without [`done`](Held::done), it comes again after a restart, with
/// all that came after it.
#[must_use = "the event counts as handled only after `done`"]
pub struct Held {
    event: Event,
    number: u64,
    reader: Arc<Reader>,
}

impl Held {
    /// The event is handled.
    pub fn done(self) {
        self.reader.release(self.number);
    }
}

impl Deref for Held {
    type Target = Event;

    fn deref(&self) -> &Event {
        &self.event
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(&self.event).finish()
    }
}

/// Everything that happens, for looking on: holds nothing up, and loses what it does not read in time.
///
/// Made by [`Client::observe`](crate::Client::observe). Ends when the client is disconnected.
#[must_use = "nothing is observed until it is read"]
pub struct Observer {
    reader: Reader,
    sieve: Sieve,
}

impl Observer {
    pub(crate) fn new(reader: Reader) -> Self {
        Self { reader, sieve: Sieve::default() }
    }

    /// Only the events that pass the filter from here on.
    pub fn only(mut self, filter: Filter) -> Self {
        self.sieve.add(filter);
        self
    }

    /// The next event; `None` once the client is disconnected. May be dropped without losing an event.
    pub async fn recv(&mut self) -> Option<Event> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Option<Event>> {
        self.sieve.poll(&self.reader, cx)
    }
}

impl Stream for Observer {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.poll_recv(cx)
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").field("filter", &self.sieve.0).finish_non_exhaustive()
    }
}

/// The events of secret chats alone, in order. Looks on, as an [`Observer`] does: what it misses is in the chats'
/// [history](crate::history).
#[derive(Debug)]
#[must_use = "events are dropped with their stream"]
pub struct SecretEvents(Observer);

impl SecretEvents {
    pub(crate) fn new(observer: Observer) -> Self {
        Self(observer)
    }

    /// The next event; `None` once the client is disconnected. May be dropped without losing an event.
    pub async fn recv(&mut self) -> Option<chappe_secret::Event> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Option<chappe_secret::Event>> {
        loop {
            match std::task::ready!(self.0.poll_recv(cx)) {
                Some(Event::Secret(event)) => return Poll::Ready(Some(*event)),
                Some(_) => {}
                None => return Poll::Ready(None),
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
