//! The messages of an album, gathered into one.
//!
//! What is gathered is *held*: nothing of it counts as handled before the program has got the album and asks for what
//! comes next.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::hub::Reader;
use super::kinds::NOBODY;
use super::stream::{Held, Sieve};
use super::{Event, NewMessage};
use crate::account::{AccountHandle, Query};
use crate::error::Error;
use crate::limits::{ALBUM_WAIT, MAX_ALBUM, MAX_OPEN_ALBUMS};
use crate::peers::PeerId;
use crate::rt::{self, Instant};

/// What an [`AlbumStream`] gives.
///
/// ```no_run
/// use chappe::Event;
/// use chappe::updates::Gathered;
///
/// # async fn run(client: chappe::Client) {
/// let mut updates = client.updates().albums();
/// while let Some(gathered) = updates.recv().await {
///     match gathered {
///         Gathered::Album(album) => println!("{} pictures: {}", album.messages().len(), album.text()),
///         Gathered::Event(Event::NewMessage(message)) => println!("{}", message.text()),
///         _ => {} // other events, and what later versions may add
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "moved once, and nearly always the large one")]
pub enum Gathered {
    /// Two to ten messages that were sent together.
    Album(Album),
    /// Everything else, as the plain stream gives it.
    Event(Event),
}

/// New messages that were sent together, in their order.
///
/// ```no_run
/// use chappe::Message;
/// use chappe::updates::Gathered;
///
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// let mut updates = client.updates().albums();
/// while let Some(Gathered::Album(album)) = updates.recv().await {
///     for message in Message::of_album(&client, &album) {
///         client.download(&message).to_path(format!("{}.bin", message.id())).await?;
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Album(Vec<NewMessage>);

impl Album {
    /// The messages; never fewer than two.
    ///
    /// ```no_run
    /// # fn run(album: chappe::updates::Album) {
    /// let sizes = album.messages().iter().filter_map(|message| message.media());
    /// println!("{} media", sizes.count());
    /// # }
    /// ```
    pub fn messages(&self) -> &[NewMessage] {
        &self.0
    }

    /// The chat that it is in.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, album: chappe::updates::Album) -> Result<(), chappe::Error> {
    /// client.send(album.chat(), "Lovely pictures!").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn chat(&self) -> PeerId {
        self.0.first().map_or(NOBODY, NewMessage::chat)
    }

    /// Who sent it; `None` for posts of channels that are not signed.
    ///
    /// ```no_run
    /// # fn run(album: chappe::updates::Album) {
    /// if let Some(sender) = album.sender() {
    ///     println!("an album of {sender}");
    /// }
    /// # }
    /// ```
    pub fn sender(&self) -> Option<PeerId> {
        self.0.first().and_then(NewMessage::sender)
    }

    /// Whether this account sent it, here or on another device.
    ///
    /// ```no_run
    /// # fn run(album: chappe::updates::Album) {
    /// println!("{}", if album.is_outgoing() { "from here" } else { "from somebody else" });
    /// # }
    /// ```
    pub fn is_outgoing(&self) -> bool {
        self.0.first().is_some_and(NewMessage::is_outgoing)
    }

    /// The caption that clients show under the whole: the only one there is. Empty if there is none, or several.
    ///
    /// ```no_run
    /// # fn run(album: chappe::updates::Album) {
    /// match album.text() {
    ///     "" => album.messages().iter().for_each(|message| println!("{}", message.text())),
    ///     caption => println!("{caption}"),
    /// }
    /// # }
    /// ```
    pub fn text(&self) -> &str {
        let mut captions = self.0.iter().map(NewMessage::text).filter(|text| !text.is_empty());
        match (captions.next(), captions.next()) {
            (Some(only), None) => only,
            _ => "",
        }
    }
}

type Timer = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Everything that happens, with the messages of an album as one. Made by
/// [`UpdateStream::albums`](super::UpdateStream::albums).
///
/// An album is complete with its tenth message, with the next message of its chat that is of another kind, or when
/// [half a second](crate::limits::ALBUM_WAIT) has brought no more of it. Other chats are not held up by it. Nothing of an
/// album counts as handled until the program asks for what comes after it, so that after a crash it comes again as a
/// whole. If the stream is dropped while it gathers, what was not given out comes again after a restart, as what is
/// [held](super::Held) does.
///
/// ```no_run
/// use chappe::updates::{Filter, Gathered};
///
/// # async fn run(client: chappe::Client) {
/// // An album passes a filter if one of its messages does.
/// let mut incoming = client.updates().only(Filter::incoming()).albums();
/// while let Some(gathered) = incoming.recv().await {
///     if let Gathered::Album(album) = gathered {
///         println!("{:?} sent {} at once", album.sender(), album.messages().len());
///     }
/// }
/// # }
/// ```
#[must_use = "nothing is handled until the stream is read"]
pub struct AlbumStream {
    reader: Arc<Reader>,
    account: AccountHandle,
    sieve: Sieve,
    gathering: Gathering,
    /// What the program was given and has not passed.
    given: Vec<u64>,
    timer: Option<(Instant, Timer)>,
}

impl AlbumStream {
    pub(super) fn new(reader: Arc<Reader>, account: AccountHandle, sieve: Sieve) -> Self {
        let gathering = Gathering::default();
        Self { reader, account, sieve, gathering, given: Vec::new(), timer: None }
    }

    /// What comes next; `None` once the client is disconnected. Everything given before counts as handled now.
    ///
    /// May be dropped without losing anything, as in `tokio::select!`.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates().albums();
    /// while let Some(gathered) = updates.recv().await {
    ///     println!("{gathered:?}");
    /// }
    /// # }
    /// ```
    pub async fn recv(&mut self) -> Option<Gathered> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// As [`recv`](AlbumStream::recv), for programs that handle several events and albums at once: an album counts as
    /// handled, as a whole, only when [`Held::done`] says so.
    ///
    /// ```no_run
    /// # async fn work(_: &chappe::updates::Gathered) {}
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates().albums();
    /// while let Some(gathered) = updates.recv_held().await {
    ///     tokio::spawn(async move {
    ///         work(&gathered).await;
    ///         gathered.done();
    ///     });
    /// }
    /// # }
    /// ```
    pub async fn recv_held(&mut self) -> Option<Held<Gathered>> {
        self.pass();
        let (numbers, gathered) = poll_fn(|cx| self.poll_gathered(cx)).await?;
        Some(Held::new(gathered, numbers, self.reader.clone()))
    }

    /// Says that everything received so far is handled (but for what is [held](AlbumStream::recv_held)), and waits until
    /// that is stored: as [`UpdateStream::save`](super::UpdateStream::save).
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// # async fn keep(_: chappe::updates::Gathered) {}
    /// let mut updates = client.updates().albums();
    /// while let Some(gathered) = updates.recv().await {
    ///     keep(gathered).await;
    ///     updates.save().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`UpdateStream::save`](super::UpdateStream::save).
    pub async fn save(&mut self) -> Result<(), Error> {
        self.pass();
        self.reader.pass();
        self.account.ask(|reply| Query::SaveUpdates { reply }).await
    }

    /// What was given is handled.
    fn pass(&mut self) {
        if !self.given.is_empty() {
            self.reader.release(&std::mem::take(&mut self.given));
        }
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Gathered>> {
        self.pass();
        let next = std::task::ready!(self.poll_gathered(cx));
        Poll::Ready(next.map(|(numbers, gathered)| {
            self.given = numbers;
            gathered
        }))
    }

    fn poll_gathered(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Vec<u64>, Gathered)>> {
        loop {
            while let Some((numbers, gathered)) = self.gathering.ready.pop_front() {
                if self.passes(&gathered) {
                    return Poll::Ready(Some((numbers, gathered)));
                }
                self.reader.release(&numbers);
            }
            match self.reader.poll_held(cx) {
                Poll::Ready(Some((number, event))) => self.gathering.take(number, event, Instant::now()),
                Poll::Ready(None) if self.gathering.open.is_empty() => return Poll::Ready(None),
                Poll::Ready(None) => self.gathering.complete(|_| true),
                Poll::Pending => {
                    let Some(until) = self.gathering.open.front().map(|first| first.since + ALBUM_WAIT)
                    else {
                        self.timer = None;
                        return Poll::Pending;
                    };
                    let timer = match &mut self.timer {
                        Some((at, timer)) if *at == until => timer,
                        other => &mut other.insert((until, Box::pin(rt::sleep_until(until)))).1,
                    };
                    std::task::ready!(timer.as_mut().poll(cx));
                    self.timer = None;
                    let now = Instant::now();
                    self.gathering.complete(|open| open.since + ALBUM_WAIT <= now);
                }
            }
        }
    }

    fn passes(&self, gathered: &Gathered) -> bool {
        match gathered {
            Gathered::Event(event) => self.sieve.passes(event),
            Gathered::Album(album) => album.messages().iter().any(|message| {
                !self.sieve.chooses() || self.sieve.passes(&Event::NewMessage(message.clone()))
            }),
        }
    }
}

impl Stream for AlbumStream {
    type Item = Gathered;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Gathered>> {
        self.poll_recv(cx)
    }
}

impl fmt::Debug for AlbumStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlbumStream").field("open", &self.gathering.open.len()).finish_non_exhaustive()
    }
}

/// An album of which more may come.
struct Open {
    chat: PeerId,
    album: i64,
    /// When the last of it came.
    since: Instant,
    /// Events that came since.
    behind: usize,
    numbers: Vec<u64>,
    messages: Vec<NewMessage>,
}

/// Albums that are being gathered, and what can be given out.
#[derive(Default)]
struct Gathering {
    /// The one that waits the longest comes first.
    open: VecDeque<Open>,
    ready: VecDeque<(Vec<u64>, Gathered)>,
}

impl Gathering {
    fn take(&mut self, number: u64, event: Event, now: Instant) {
        let part = match &event {
            Event::NewMessage(message) => message.album_id().map(|album| (message.chat(), album)),
            _ => None,
        };
        self.complete(|open| part != Some((open.chat, open.album)) && concerns(&event, open));
        for open in &mut self.open {
            open.behind += 1;
        }
        match (part, event) {
            (Some((chat, album)), Event::NewMessage(message)) => {
                let at = self.open.iter().position(|open| (open.chat, open.album) == (chat, album));
                let mut open = at.and_then(|at| self.open.remove(at)).unwrap_or_else(|| Open {
                    chat,
                    album,
                    since: now,
                    behind: 0,
                    numbers: Vec::new(),
                    messages: Vec::new(),
                });
                (open.since, open.behind) = (now, 0);
                open.numbers.push(number);
                open.messages.push(message);
                self.open.push_back(open);
            }
            (_, event) => self.ready.push_back((vec![number], Gathered::Event(event))),
        }
        self.complete(|open| open.messages.len() >= MAX_ALBUM || open.behind >= MAX_OPEN_ALBUMS);
    }

    /// These are complete.
    fn complete(&mut self, which: impl Fn(&Open) -> bool) {
        let open = std::mem::take(&mut self.open);
        for mut open in open {
            if !which(&open) {
                self.open.push_back(open);
                continue;
            }
            let gathered = match open.messages.len() {
                1 => open.messages.pop().map(|message| Gathered::Event(Event::NewMessage(message))),
                _ => Some(Gathered::Album(Album(open.messages))),
            };
            self.ready.extend(gathered.map(|gathered| (open.numbers, gathered)));
        }
    }
}

/// Whether nothing more of an album can come before this event, or the program would be told of things in an order in
/// which they did not happen.
fn concerns(event: &Event, open: &Open) -> bool {
    match event {
        // Holds for the moment, and says nothing of messages.
        Event::Typing(_) => false,
        Event::MessagesDeleted(deleted) => {
            let same = match deleted.chat() {
                Some(chat) => chat == open.chat,
                None => !matches!(open.chat, PeerId::Channel(_)),
            };
            same && open.messages.iter().any(|message| deleted.ids().contains(&message.id()))
        }
        Event::Lagged { .. } | Event::LoggedOut | Event::Missed { .. } | Event::Restored => true,
        event => event.chat() == Some(open.chat),
    }
}

#[cfg(test)]
mod tests;
