use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::hub::Reader;
use super::{AlbumStream, Event, Filter};
use crate::account::{AccountHandle, Query};
use crate::error::Error;

/// What somebody wants to read: all that passes every filter.
#[derive(Default)]
pub(super) struct Sieve(Option<Filter>);

impl Sieve {
    pub(super) fn add(&mut self, filter: Filter) {
        self.0 = Some(match self.0.take() {
            Some(before) => before & filter,
            None => filter,
        });
    }

    /// Whether there is anything that it does not let pass.
    pub(super) fn chooses(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn passes(&self, event: &Event) -> bool {
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
/// the session never stores more than that. Ends when the client is disconnected, or the last clone of it dropped.
///
/// Read it by [`recv`](UpdateStream::recv), or as a [`Stream`].
///
/// ```no_run
/// use futures_util::StreamExt;
///
/// # async fn run(client: chappe::Client) {
/// // As a stream, with all that streams can do.
/// let mut texts = client.updates().filter_map(async |event| event.text().map(str::to_owned));
/// # let mut texts = std::pin::pin!(texts);
/// while let Some(text) = texts.next().await {
///     println!("{text}");
/// }
/// # }
/// ```
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

    /// The same with the messages of each album as one, which waits for its messages for half a second at most. Filters
    /// given before choose albums by their messages.
    ///
    /// ```no_run
    /// use chappe::updates::{Filter, Gathered};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut messages = client.updates().only(Filter::new_message() & Filter::incoming()).albums();
    /// while let Some(gathered) = messages.recv().await {
    ///     if let Gathered::Album(album) = gathered {
    ///         client.send(album.chat(), format!("{} at once!", album.messages().len())).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn albums(self) -> AlbumStream {
        AlbumStream::new(self.reader, self.account, self.sieve)
    }

    /// The next event; `None` once the client is disconnected. All events before it count as handled now.
    ///
    /// May be dropped without losing an event, as in `tokio::select!`.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates();
    /// let mut hour = tokio::time::interval(std::time::Duration::from_secs(3600));
    /// loop {
    ///     tokio::select! {
    ///         event = updates.recv() => match event {
    ///             Some(event) => println!("{event:?}"),
    ///             None => break,
    ///         },
    ///         _ = hour.tick() => println!("another hour"),
    ///     }
    /// }
    /// # }
    /// ```
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
                    let reader = self.reader.clone();
                    return Poll::Ready(Some(Held::new(event, vec![number], reader)));
                }
                self.reader.release(&[number]);
            }
        })
        .await
    }

    /// Says that everything received so far is handled (but for what is [held](UpdateStream::recv_held)), and waits until
    /// that is stored.
    ///
    /// Without it the position is stored within a twentieth of a second after the next `recv`.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// # async fn pay(_: &chappe::Event) {}
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     pay(&event).await;
    ///     updates.save().await?; // and never again, whatever happens to this machine
    /// }
    /// # Ok(())
    /// # }
    /// ```
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

/// An event, or [what was gathered of several](super::Gathered), that is not handled yet. If it is dropped without
/// [`done`](Held::done), it comes again after a restart, with all that came after it.
///
/// ```no_run
/// # async fn run(client: chappe::Client) {
/// let mut updates = client.updates();
/// while let Some(event) = updates.recv_held().await {
///     tokio::spawn(async move {
///         println!("{:?}", event.text()); // all of an event's methods are there
///         event.done();
///     });
/// }
/// # }
/// ```
#[must_use = "the event counts as handled only after `done`"]
pub struct Held<T = Event> {
    event: T,
    /// What it was made of.
    numbers: Vec<u64>,
    reader: Arc<Reader>,
}

impl<T> Held<T> {
    pub(super) fn new(event: T, numbers: Vec<u64>, reader: Arc<Reader>) -> Self {
        Self { event, numbers, reader }
    }

    /// The event is handled.
    ///
    /// ```no_run
    /// # async fn run(updates: &mut chappe::UpdateStream) {
    /// while let Some(event) = updates.recv_held().await {
    ///     tokio::spawn(async move {
    ///         println!("{:?}", event.text());
    ///         event.done(); // from here on it does not come again
    ///     });
    /// }
    /// # }
    /// ```
    pub fn done(self) {
        self.reader.release(&self.numbers);
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.event
    }
}

impl<T: fmt::Debug> fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(&self.event).finish()
    }
}

/// Everything that happens, for looking on: holds nothing up, and loses what it does not read in time.
///
/// Made by [`Client::observe`](crate::Client::observe). Ends when the client is disconnected, or the last clone of it dropped.
///
/// ```no_run
/// use chappe::{Event, updates::Filter};
///
/// # async fn run(client: chappe::Client) {
/// let mut observer = client.observe().only(Filter::new_message() | Filter::edited());
/// while let Some(event) = observer.recv().await {
///     match event {
///         Event::Lagged { .. } => println!("there was more"),
///         event => println!("{:?}", event.text()),
///     }
/// }
/// # }
/// ```
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
    ///
    /// ```no_run
    /// use chappe::updates::Filter;
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut edits = client.observe().only(Filter::edited());
    /// while let Some(event) = edits.recv().await {
    ///     println!("{:?}", event.text());
    /// }
    /// # }
    /// ```
    pub fn only(mut self, filter: Filter) -> Self {
        self.sieve.add(filter);
        self
    }

    /// The next event; `None` once the client is disconnected. May be dropped without losing an event.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// let mut observer = client.observe();
    /// while let Some(event) = observer.recv().await {
    ///     println!("{event:?}"); // whoever handles them does so elsewhere
    /// }
    /// # }
    /// ```
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
///
/// ```no_run
/// use chappe::secret::SecretEvent;
///
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// let mut events = client.secret_events();
/// while let Some(event) = events.recv().await {
///     match event {
///         SecretEvent::ChatRequested { chat, .. } => drop(client.secret_chats().accept(chat).await?),
///         SecretEvent::Message(message) => println!("{}: {:?}", message.chat, message.content),
///         SecretEvent::ChatClosed { chat, reason, .. } => println!("{chat} has ended: {reason:?}"),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "events are dropped with their stream"]
pub struct SecretEvents(Observer);

impl SecretEvents {
    pub(crate) fn new(observer: Observer) -> Self {
        Self(observer)
    }

    /// The next event; `None` once the client is disconnected. May be dropped without losing an event.
    ///
    /// ```no_run
    /// use chappe::secret::SecretEvent;
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut events = client.secret_events();
    /// while let Some(event) = events.recv().await {
    ///     if let SecretEvent::ChatRequested { user_id, .. } = event {
    ///         println!("{user_id} asks for a secret chat");
    ///     }
    /// }
    /// # }
    /// ```
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
