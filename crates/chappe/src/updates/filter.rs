use std::fmt;
use std::ops::{BitAnd, BitOr, Not};
use std::sync::Arc;

use super::Event;
use crate::peers::PeerId;

/// Which events a stream is to give: for [`UpdateStream::only`](super::UpdateStream::only).
///
/// Filters are put together by `&`, `|` and `!`.
///
/// ```
/// use chappe::updates::Filter;
///
/// // What others write to this account, without service messages and without edits.
/// let filter = Filter::new_message() & Filter::incoming();
/// // Commands, new or edited, but not from this one.
/// let commands = Filter::text(|text| text.starts_with('/')) & !Filter::from_user(777000);
/// # drop((filter, commands));
/// ```
#[derive(Clone)]
#[must_use = "it is in no stream yet"]
pub struct Filter(Arc<dyn Fn(&Event) -> bool + Send + Sync>);

impl Filter {
    /// Events for which the closure says `true`.
    ///
    /// ```
    /// use chappe::{Event, updates::Filter};
    ///
    /// // Messages in which there is a picture, a film, a place …
    /// let media = Filter::new(|event| matches!(event, Event::NewMessage(message) if message.media().is_some()));
    /// # drop(media);
    /// ```
    pub fn new(passes: impl Fn(&Event) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(passes))
    }

    /// Whether an event passes.
    ///
    /// ```no_run
    /// use chappe::updates::Filter;
    ///
    /// # async fn run(client: chappe::Client) {
    /// let (secret, commands) = (Filter::secret(), Filter::incoming() & Filter::text(|text| text.starts_with('/')));
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     match () {
    ///         () if secret.passes(&event) => println!("for the secret part"),
    ///         () if commands.passes(&event) => println!("for the bot"),
    ///         () => {}
    ///     }
    /// }
    /// # }
    /// ```
    pub fn passes(&self, event: &Event) -> bool {
        self.0(event)
    }

    /// New messages, without service messages.
    ///
    /// ```no_run
    /// use chappe::updates::Filter;
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut new = client.updates().only(Filter::new_message());
    /// while let Some(event) = new.recv().await {
    ///     println!("{}", event.text().unwrap_or_default());
    /// }
    /// # }
    /// ```
    pub fn new_message() -> Self {
        Self::new(|event| matches!(event, Event::NewMessage(_)))
    }

    /// Edited messages.
    ///
    /// ```no_run
    /// use chappe::{Event, updates::Filter};
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut edits = client.updates().only(Filter::edited() & Filter::incoming());
    /// while let Some(Event::MessageEdited(message)) = edits.recv().await {
    ///     println!("{} says now: {}", message.id(), message.text());
    /// }
    /// # }
    /// ```
    pub fn edited() -> Self {
        Self::new(|event| matches!(event, Event::MessageEdited(_)))
    }

    /// Deleted messages.
    ///
    /// ```
    /// use chappe::{Event, updates::Filter};
    ///
    /// let filter = Filter::deleted() | Filter::edited(); // whatever changes what was said
    /// assert!(!filter.passes(&Event::LoggedOut));
    /// ```
    pub fn deleted() -> Self {
        Self::new(|event| matches!(event, Event::MessagesDeleted(_)))
    }

    /// Service messages.
    ///
    /// ```no_run
    /// use chappe::{Event, updates::Filter};
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut actions = client.updates().only(Filter::chat_action());
    /// while let Some(Event::ChatAction(happened)) = actions.recv().await {
    ///     println!("{}: {:?}", happened.chat(), happened.action());
    /// }
    /// # }
    /// ```
    pub fn chat_action() -> Self {
        Self::new(|event| matches!(event, Event::ChatAction(_)))
    }

    /// Events of secret chats.
    ///
    /// ```
    /// use chappe::{Event, updates::Filter};
    ///
    /// let rest = !Filter::secret(); // for a program that reads secret chats from `Client::secret_events`
    /// assert!(rest.passes(&Event::LoggedOut));
    /// ```
    pub fn secret() -> Self {
        Self::new(|event| matches!(event, Event::Secret(_)))
    }

    /// Messages, edits and service messages that others have written.
    ///
    /// ```
    /// use chappe::updates::Filter;
    ///
    /// // A bot in a group that hears itself, too, would answer itself.
    /// let commands = Filter::incoming() & Filter::text(|text| text.starts_with('/'));
    /// # drop(commands);
    /// ```
    pub fn incoming() -> Self {
        Self::new(|event| is_outgoing(event) == Some(false))
    }

    /// Messages, edits and service messages that this account has written, here or on another device.
    ///
    /// ```no_run
    /// use chappe::updates::Filter;
    ///
    /// # async fn run(client: chappe::Client) {
    /// // Notes to oneself, from whichever device: "todo: …"
    /// let mut notes = client.updates().only(Filter::outgoing() & Filter::text(|text| text.starts_with("todo:")));
    /// while let Some(event) = notes.recv().await {
    ///     println!("{}", event.text().unwrap_or_default());
    /// }
    /// # }
    /// ```
    pub fn outgoing() -> Self {
        Self::new(|event| is_outgoing(event) == Some(true))
    }

    /// Messages, edits and inline queries whose text passes. Media without a caption have an empty text.
    ///
    /// ```
    /// use chappe::updates::Filter;
    ///
    /// let greetings = Filter::new_message() & Filter::text(|text| text.to_lowercase().contains("hello"));
    /// # drop(greetings);
    /// ```
    pub fn text(passes: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self::new(move |event| event.text().is_some_and(&passes))
    }

    /// What happens in this chat. Deletions in private chats and basic groups do not say where they happened and never
    /// pass.
    ///
    /// ```no_run
    /// use chappe::updates::Filter;
    ///
    /// # async fn run(client: chappe::Client, group: chappe::Peer) -> Result<(), chappe::Error> {
    /// let mut updates = client.updates().only(Filter::chat(group.id()) & Filter::chat_action());
    /// while let Some(event) = updates.recv().await {
    ///     println!("{event:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn chat(chat: PeerId) -> Self {
        Self::new(move |event| event.chat() == Some(chat))
    }

    /// What happens in private chats.
    ///
    /// ```
    /// use chappe::updates::Filter;
    ///
    /// let asked_in_private = Filter::new_message() & Filter::incoming() & Filter::private();
    /// # drop(asked_in_private);
    /// ```
    pub fn private() -> Self {
        Self::new(|event| matches!(event.chat(), Some(PeerId::User(_))))
    }

    /// What this user did.
    ///
    /// ```no_run
    /// use chappe::updates::Filter;
    ///
    /// # async fn run(client: chappe::Client) {
    /// // The codes with which this account is logged in elsewhere come from Telegram's own user.
    /// let mut codes = client.updates().only(Filter::new_message() & Filter::from_user(777_000));
    /// if let Some(event) = codes.recv().await {
    ///     println!("{:?}", event.text());
    /// }
    /// # }
    /// ```
    pub fn from_user(user_id: i64) -> Self {
        Self::new(move |event| event.sender() == Some(PeerId::User(user_id)))
    }
}

fn is_outgoing(event: &Event) -> Option<bool> {
    match event {
        Event::ChatAction(event) => Some(event.is_outgoing()),
        Event::MessageEdited(event) => Some(event.is_outgoing()),
        Event::NewMessage(event) => Some(event.is_outgoing()),
        _ => None,
    }
}

impl BitAnd for Filter {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self::new(move |event| self.passes(event) && other.passes(event))
    }
}

impl BitOr for Filter {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self::new(move |event| self.passes(event) || other.passes(event))
    }
}

impl Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(move |event| !self.passes(event))
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter")
    }
}
