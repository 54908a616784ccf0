use std::fmt;
use std::sync::Arc;

use chappe_api::enums::{self, Message, Update};

use super::kinds::{
    CallbackQuery, ChatAction, ChosenInlineResult, InlineQuery, MessageEdited, MessagesDeleted, NewMessage,
    Read, Typing,
};
use crate::peers::PeerId;

/// Something that happened.
///
/// ```no_run
/// use chappe::Event;
///
/// # async fn run(client: chappe::Client) {
/// let mut updates = client.updates();
/// while let Some(event) = updates.recv().await {
///     match event {
///         Event::NewMessage(message) => println!("{:?}: {}", message.chat(), message.text()),
///         Event::MessageEdited(message) => println!("{} is now {}", message.id(), message.text()),
///         Event::Secret(event) => println!("{event:?}"),
///         Event::Missed { .. } => println!("the list of chats is to be read anew"),
///         Event::LoggedOut => break,
///         _ => {}
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Somebody pressed a button of a message of this bot.
    CallbackQuery(CallbackQuery),
    /// Something happened to a chat: somebody joined or left, its title or photo changed, a message was pinned. The
    /// server writes a service message about it.
    ChatAction(ChatAction),
    /// Somebody took one of the results of this bot.
    ChosenInlineResult(ChosenInlineResult),
    /// A connection was made or has broken. A hint for people: calls and updates wait for the next one by themselves.
    Connection(ConnectionState),
    /// Somebody asks this bot from within another chat.
    InlineQuery(InlineQuery),
    /// This reader was too slow, or there was none: so many events were dropped. Streams of
    /// [`Client::updates`](crate::Client::updates) see it only if the program had dropped its stream and only looked on.
    Lagged {
        /// How many.
        count: u64,
    },
    /// The login has ended: the user closed it on another device, or the account is gone. Log in anew.
    LoggedOut,
    /// A message was edited.
    MessageEdited(MessageEdited),
    /// Messages were deleted.
    MessagesDeleted(MessagesDeleted),
    /// The server had too much to tell since the last time: fetch this channel's history anew, or without a channel the
    /// list of chats.
    Missed {
        /// The channel's number; `None` for private chats and basic groups.
        channel: Option<i64>,
    },
    /// A message of somebody else, or of this account: see [`NewMessage::is_outgoing`].
    NewMessage(NewMessage),
    /// Any other update of the API.
    Raw(ApiUpdate),
    /// Messages were read, by the other side or by this account on another device.
    Read(Read),
    /// What the server says shows that the session is an older copy of one that was used since: updates and secret
    /// chats have stopped. See [`secret`](crate::secret#older-copies).
    Restored,
    /// Something in a secret chat.
    Secret(Box<chappe_secret::Event>),
    /// Somebody types, records or uploads.
    Typing(Typing),
    /// The server said something that this version of the library cannot read. It is skipped, and what counts is fetched
    /// in another way.
    Undecodable {
        /// The TL constructor that is not known, or that with which the object began.
        constructor_id: u32,
    },
}

/// Whether there is a connection.
///
/// ```no_run
/// use chappe::{ConnectionState, Event};
///
/// # async fn run(client: chappe::Client) {
/// let mut events = client.observe();
/// while let Some(event) = events.recv().await {
///     if let Event::Connection(ConnectionState::Disconnected) = event {
///         println!("given up; what is asked for next is tried again");
///         client.reconnect();
///     }
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionState {
    /// A connection stands.
    Connected,
    /// It broke; another one is being made.
    Connecting,
    /// It broke and no other one is being made: see [`Reconnect::max_attempts`](crate::Reconnect).
    Disconnected,
}

/// An update of the API, and whom it speaks of.
///
/// ```no_run
/// use chappe::{Event, enums::Update};
///
/// # async fn run(client: chappe::Client) {
/// let mut updates = client.updates();
/// while let Some(event) = updates.recv().await {
///     // What has no event of its own: somebody comes or goes.
///     if let Event::Raw(api) = event && let Update::UserStatus(status) = &api.update {
///         println!("{}: {:?}", status.user_id, status.status);
///     }
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct ApiUpdate {
    /// What happened. A message that was fetched after an absence is an `updateNewMessage` (or
    /// `updateNewChannelMessage`) with a pts of 0.
    pub update: Update,
    /// The users that the server described beside it.
    pub users: Arc<[enums::User]>,
    /// The chats that the server described beside it.
    pub chats: Arc<[enums::Chat]>,
}

impl Event {
    /// The kind of an update.
    pub(crate) fn new(api: ApiUpdate) -> Self {
        match &api.update {
            Update::NewMessage(u) => Self::message(matches!(u.message, Message::Service(_)), api),
            Update::NewChannelMessage(u) => Self::message(matches!(u.message, Message::Service(_)), api),
            Update::EditMessage(_) | Update::EditChannelMessage(_) => Self::MessageEdited(MessageEdited(api)),
            Update::DeleteMessages(_) | Update::DeleteChannelMessages(_) => {
                Self::MessagesDeleted(MessagesDeleted(api))
            }
            Update::ReadHistoryInbox(_)
            | Update::ReadHistoryOutbox(_)
            | Update::ReadChannelInbox(_)
            | Update::ReadChannelOutbox(_) => Self::Read(Read(api)),
            Update::UserTyping(_) | Update::ChatUserTyping(_) | Update::ChannelUserTyping(_) => {
                Self::Typing(Typing(api))
            }
            Update::BotInlineQuery(_) => Self::InlineQuery(InlineQuery(api)),
            Update::BotInlineSend(_) => Self::ChosenInlineResult(ChosenInlineResult(api)),
            Update::BotCallbackQuery(_) | Update::InlineBotCallbackQuery(_) => {
                Self::CallbackQuery(CallbackQuery(api))
            }
            _ => Self::Raw(api),
        }
    }

    fn message(is_service: bool, api: ApiUpdate) -> Self {
        match is_service {
            true => Self::ChatAction(ChatAction(api)),
            false => Self::NewMessage(NewMessage(api)),
        }
    }

    /// The update of the API behind the event, if there is one.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     let people = event.api().map_or(0, |api| api.users.len());
    ///     println!("{people} people were described beside it");
    /// }
    /// # }
    /// ```
    pub fn api(&self) -> Option<&ApiUpdate> {
        Some(match self {
            Self::CallbackQuery(CallbackQuery(api))
            | Self::ChatAction(ChatAction(api))
            | Self::ChosenInlineResult(ChosenInlineResult(api))
            | Self::InlineQuery(InlineQuery(api))
            | Self::MessageEdited(MessageEdited(api))
            | Self::MessagesDeleted(MessagesDeleted(api))
            | Self::NewMessage(NewMessage(api))
            | Self::Raw(api)
            | Self::Read(Read(api))
            | Self::Typing(Typing(api)) => api,
            _ => return None,
        })
    }

    /// The chat in which it happened, where the update names one. Deletions name only channels.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if let Some(chat) = event.chat() {
    ///         println!("something happens in {chat}");
    ///     }
    /// }
    /// # }
    /// ```
    pub fn chat(&self) -> Option<PeerId> {
        match self {
            Self::CallbackQuery(event) => event.chat(),
            Self::ChatAction(event) => Some(event.chat()),
            Self::MessageEdited(event) => Some(event.chat()),
            Self::MessagesDeleted(event) => event.chat(),
            Self::NewMessage(event) => Some(event.chat()),
            Self::Read(event) => Some(event.chat()),
            Self::Typing(event) => Some(event.chat()),
            _ => None,
        }
    }

    /// Who did it, where the update says so.
    ///
    /// ```no_run
    /// use std::collections::HashMap;
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut busy = HashMap::new();
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if let Some(sender) = event.sender() {
    ///         *busy.entry(sender).or_insert(0) += 1;
    ///     }
    /// }
    /// println!("{busy:?}");
    /// # }
    /// ```
    pub fn sender(&self) -> Option<PeerId> {
        match self {
            Self::CallbackQuery(event) => Some(PeerId::User(event.user_id())),
            Self::ChatAction(event) => event.sender(),
            Self::ChosenInlineResult(event) => Some(PeerId::User(event.user_id())),
            Self::InlineQuery(event) => Some(PeerId::User(event.user_id())),
            Self::MessageEdited(event) => event.sender(),
            Self::NewMessage(event) => event.sender(),
            Self::Typing(event) => Some(event.sender()),
            _ => None,
        }
    }

    /// The text of a new or edited message; what was typed into an inline query.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if event.text().is_some_and(|text| text.contains("fire")) {
    ///         println!("{:?} in {:?}", event.sender(), event.chat());
    ///     }
    /// }
    /// # }
    /// ```
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::InlineQuery(event) => Some(event.query()),
            Self::MessageEdited(event) => Some(event.text()),
            Self::NewMessage(event) => Some(event.text()),
            _ => None,
        }
    }
}

impl ApiUpdate {
    /// The message of the update, new or edited.
    pub(crate) fn message(&self) -> Option<&Message> {
        match &self.update {
            Update::NewMessage(u) => Some(&u.message),
            Update::NewChannelMessage(u) => Some(&u.message),
            Update::EditMessage(u) => Some(&u.message),
            Update::EditChannelMessage(u) => Some(&u.message),
            _ => None,
        }
    }
}

impl fmt::Debug for ApiUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiUpdate")
            .field("update", &self.update)
            .field("user_count", &self.users.len())
            .field("chat_count", &self.chats.len())
            .finish()
    }
}
