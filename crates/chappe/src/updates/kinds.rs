//! The kinds of updates that have types of their own.

use chappe_api::enums::{self, Message, Update};
use chappe_api::types;

use super::ApiUpdate;
use crate::peers::PeerId;

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub(super) ApiUpdate);

        impl $name {
            /// The update of the API, with the users and chats that the server described beside it.
            pub fn api(&self) -> &ApiUpdate {
                &self.0
            }
        }
    };
}

kind! {
    /// A button of a message of this bot was pressed (`updateBotCallbackQuery`). Answer it with
    /// `messages.setBotCallbackAnswer`, or the user's button goes on turning.
    ///
    /// ```no_run
    /// use chappe::Event;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if let Event::CallbackQuery(query) = event {
    ///         let answer = match query.data() {
    ///             Some(b"yes") => "So be it.",
    ///             _ => "Then not.",
    ///         };
    ///         client.answer_callback(query.id()).text(answer).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    CallbackQuery
}
kind! {
    /// A service message: what happened to a chat.
    ///
    /// ```no_run
    /// use chappe::{Event, enums::MessageAction};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if let Event::ChatAction(happened) = event
    ///         && let Some(MessageAction::ChatAddUser(_)) = happened.action()
    ///     {
    ///         client.send(happened.chat(), "Welcome!").await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ChatAction
}
kind! {
    /// A result of this bot was taken (`updateBotInlineSend`). Comes only to bots that have asked for it.
    ///
    /// ```no_run
    /// use chappe::Event;
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if let Event::ChosenInlineResult(chosen) = event {
    ///         println!("{} chose {} for {:?}", chosen.user_id(), chosen.result_id(), chosen.query());
    ///     }
    /// }
    /// # }
    /// ```
    ChosenInlineResult
}
kind! {
    /// Somebody asks this bot from within another chat (`updateBotInlineQuery`). Answer with
    /// `messages.setInlineBotResults`.
    ///
    /// ```no_run
    /// use chappe::{Event, bots::Article};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if let Event::InlineQuery(query) = event {
    ///         let shout = Article::new("shout", "Louder", query.query().to_uppercase());
    ///         client.answer_inline(query.id()).article(shout).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    InlineQuery
}
kind! {
    /// An edited message, as it is now.
    ///
    /// ```no_run
    /// use chappe::Event;
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if let Event::MessageEdited(message) = event {
    ///         println!("message {} now says {:?}", message.id(), message.text());
    ///     }
    /// }
    /// # }
    /// ```
    MessageEdited
}
kind! {
    /// Deleted messages.
    ///
    /// ```no_run
    /// use chappe::Event;
    ///
    /// # async fn run(client: chappe::Client) {
    /// # struct Archive; impl Archive { fn mark(&self, _: Option<chappe::PeerId>, _: i32) {} }
    /// # let archive = Archive;
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if let Event::MessagesDeleted(deleted) = event {
    ///         deleted.ids().iter().for_each(|id| archive.mark(deleted.chat(), *id));
    ///     }
    /// }
    /// # }
    /// ```
    MessagesDeleted
}
kind! {
    /// A new message.
    ///
    /// ```no_run
    /// use chappe::{Event, Message};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// // A userbot that answers questions.
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     match &event {
    ///         Event::NewMessage(new) if !new.is_outgoing() && new.text().ends_with('?') => {
    ///             if let Some(message) = Message::from_update(&client, &event) {
    ///                 message.reply("I wonder, too.").await?;
    ///             }
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    NewMessage
}
kind! {
    /// Messages were read.
    ///
    /// ```no_run
    /// use chappe::Event;
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     match event {
    ///         Event::Read(read) if read.is_outbox() => println!("{} has seen {}", read.chat(), read.max_id()),
    ///         Event::Read(read) => println!("{:?} are left to read", read.still_unread()),
    ///         _ => {}
    ///     }
    /// }
    /// # }
    /// ```
    Read
}
kind! {
    /// Somebody types, records or uploads; it holds for six seconds.
    ///
    /// ```no_run
    /// use chappe::{Event, enums::SendMessageAction};
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if let Event::Typing(typing) = event
    ///         && !matches!(typing.action(), Some(SendMessageAction::CancelAction))
    ///     {
    ///         println!("{} is busy in {}", typing.sender(), typing.chat());
    ///     }
    /// }
    /// # }
    /// ```
    Typing
}

/// The id of a message, its chat, its sender, its date, whether it is this account's.
macro_rules! of_message {
    ($($name:ident)*) => {
        $(impl $name {
            /// Its number: in the chat for channels, in the account for all other chats.
            pub fn id(&self) -> i32 {
                self.0.message().map_or(0, message::id)
            }

            /// The chat that it is in: for private chats the other person.
            pub fn chat(&self) -> PeerId {
                self.0.message().map_or(NOBODY, message::chat)
            }

            /// Who wrote it; `None` for posts of channels that are not signed.
            pub fn sender(&self) -> Option<PeerId> {
                self.0.message().and_then(message::sender)
            }

            /// Whether this account wrote it, here or on another device.
            pub fn is_outgoing(&self) -> bool {
                self.0.message().is_some_and(message::is_outgoing)
            }

            /// When it was written, Unix seconds by the server.
            pub fn date(&self) -> i32 {
                self.0.message().map_or(0, message::date)
            }

            /// The message with all that is not here.
            pub fn raw(&self) -> Option<&Message> {
                self.0.message()
            }
        })*
    };
}

of_message! { ChatAction MessageEdited NewMessage }

/// What a message with a text says.
macro_rules! of_text {
    ($($name:ident)*) => {
        $(impl $name {
            /// The text, or the caption of media; often empty for media.
            pub fn text(&self) -> &str {
                self.text_message().map_or("", |message| &message.message)
            }

            /// What is bold, a link and so on, in UTF-16 units.
            pub fn entities(&self) -> &[enums::MessageEntity] {
                self.text_message().and_then(|message| message.entities.as_deref()).unwrap_or_default()
            }

            /// A photo, a document or whatever else it carries.
            pub fn media(&self) -> Option<&enums::MessageMedia> {
                self.text_message()?.media.as_ref()
            }

            fn text_message(&self) -> Option<&types::Message> {
                match self.0.message()? {
                    Message::Message(message) => Some(message),
                    Message::Empty(_) | Message::Service(_) => None,
                }
            }
        })*
    };
}

of_text! { MessageEdited NewMessage }

impl ChatAction {
    /// What happened.
    pub fn action(&self) -> Option<&enums::MessageAction> {
        match self.0.message()? {
            Message::Service(message) => Some(&message.action),
            Message::Empty(_) | Message::Message(_) => None,
        }
    }
}

impl MessagesDeleted {
    /// The numbers of the messages.
    pub fn ids(&self) -> &[i32] {
        match &self.0.update {
            Update::DeleteMessages(u) => &u.messages,
            Update::DeleteChannelMessages(u) => &u.messages,
            _ => &[],
        }
    }

    /// The channel that they were in. `None` for private chats and basic groups: there a number means one message of the
    /// account, and the server does not say in which chat it was.
    ///
    /// ```no_run
    /// use chappe::{Event, PeerId, updates::Filter};
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates().only(Filter::deleted());
    /// while let Some(Event::MessagesDeleted(deleted)) = updates.recv().await {
    ///     match deleted.chat() {
    ///         Some(channel) => println!("{:?} of {channel}", deleted.ids()),
    ///         None => println!("{:?} of all other chats", deleted.ids()),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn chat(&self) -> Option<PeerId> {
        match &self.0.update {
            Update::DeleteChannelMessages(u) => Some(PeerId::Channel(u.channel_id)),
            _ => None,
        }
    }
}

impl Read {
    /// The chat.
    pub fn chat(&self) -> PeerId {
        match &self.0.update {
            Update::ReadHistoryInbox(u) => PeerId::from(&u.peer),
            Update::ReadHistoryOutbox(u) => PeerId::from(&u.peer),
            Update::ReadChannelInbox(u) => PeerId::Channel(u.channel_id),
            Update::ReadChannelOutbox(u) => PeerId::Channel(u.channel_id),
            _ => NOBODY,
        }
    }

    /// Messages up to this number are read.
    pub fn max_id(&self) -> i32 {
        match &self.0.update {
            Update::ReadHistoryInbox(u) => u.max_id,
            Update::ReadHistoryOutbox(u) => u.max_id,
            Update::ReadChannelInbox(u) => u.max_id,
            Update::ReadChannelOutbox(u) => u.max_id,
            _ => 0,
        }
    }

    /// Whether somebody else has read messages of this account. Otherwise this account has read some, on another device.
    pub fn is_outbox(&self) -> bool {
        matches!(self.0.update, Update::ReadHistoryOutbox(_) | Update::ReadChannelOutbox(_))
    }

    /// How many messages are not read yet; the server says it only about what this account has to read.
    pub fn still_unread(&self) -> Option<i32> {
        match &self.0.update {
            Update::ReadHistoryInbox(u) => Some(u.still_unread_count),
            Update::ReadChannelInbox(u) => Some(u.still_unread_count),
            _ => None,
        }
    }
}

impl Typing {
    /// The chat: for private chats the other person.
    pub fn chat(&self) -> PeerId {
        match &self.0.update {
            Update::ChatUserTyping(u) => PeerId::Chat(u.chat_id),
            Update::ChannelUserTyping(u) => PeerId::Channel(u.channel_id),
            _ => self.sender(),
        }
    }

    /// Who types.
    pub fn sender(&self) -> PeerId {
        match &self.0.update {
            Update::UserTyping(u) => PeerId::User(u.user_id),
            Update::ChatUserTyping(u) => PeerId::from(&u.from_id),
            Update::ChannelUserTyping(u) => PeerId::from(&u.from_id),
            _ => NOBODY,
        }
    }

    /// What is being done; [`SendMessageActionCancel`](enums::SendMessageAction) if it has ended.
    pub fn action(&self) -> Option<&enums::SendMessageAction> {
        Some(match &self.0.update {
            Update::UserTyping(u) => &u.action,
            Update::ChatUserTyping(u) => &u.action,
            Update::ChannelUserTyping(u) => &u.action,
            _ => return None,
        })
    }
}

impl InlineQuery {
    fn update(&self) -> Option<&types::UpdateBotInlineQuery> {
        match &self.0.update {
            Update::BotInlineQuery(u) => Some(u),
            _ => None,
        }
    }

    /// Names the query in the answer.
    pub fn id(&self) -> i64 {
        self.update().map_or(0, |u| u.query_id)
    }

    /// Who asks.
    pub fn user_id(&self) -> i64 {
        self.update().map_or(0, |u| u.user_id)
    }

    /// What was typed.
    pub fn query(&self) -> &str {
        self.update().map_or("", |u| &u.query)
    }

    /// Where the results are to go on: what the answer before gave as `next_offset`; empty at first.
    pub fn offset(&self) -> &str {
        self.update().map_or("", |u| &u.offset)
    }
}

impl ChosenInlineResult {
    fn update(&self) -> Option<&types::UpdateBotInlineSend> {
        match &self.0.update {
            Update::BotInlineSend(u) => Some(u),
            _ => None,
        }
    }

    /// Who took it.
    pub fn user_id(&self) -> i64 {
        self.update().map_or(0, |u| u.user_id)
    }

    /// What was typed.
    pub fn query(&self) -> &str {
        self.update().map_or("", |u| &u.query)
    }

    /// The id that the bot gave the result.
    pub fn result_id(&self) -> &str {
        self.update().map_or("", |u| &u.id)
    }
}

impl CallbackQuery {
    /// Names the query in the answer.
    pub fn id(&self) -> i64 {
        match &self.0.update {
            Update::BotCallbackQuery(u) => u.query_id,
            Update::InlineBotCallbackQuery(u) => u.query_id,
            _ => 0,
        }
    }

    /// Who pressed the button.
    pub fn user_id(&self) -> i64 {
        match &self.0.update {
            Update::BotCallbackQuery(u) => u.user_id,
            Update::InlineBotCallbackQuery(u) => u.user_id,
            _ => 0,
        }
    }

    /// The data of the button.
    pub fn data(&self) -> Option<&[u8]> {
        match &self.0.update {
            Update::BotCallbackQuery(u) => u.data.as_deref(),
            Update::InlineBotCallbackQuery(u) => u.data.as_deref(),
            _ => None,
        }
    }

    /// The chat of the message; `None` if it was sent by way of an inline query.
    pub fn chat(&self) -> Option<PeerId> {
        match &self.0.update {
            Update::BotCallbackQuery(u) => Some(PeerId::from(&u.peer)),
            _ => None,
        }
    }

    /// The message with the button; `None` if it was sent by way of an inline query.
    ///
    /// ```no_run
    /// use chappe::{Event, bots::{InlineButton, InlineKeyboard}};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// // A counter under a message.
    /// let mut updates = client.updates();
    /// let mut count = 0;
    /// while let Some(event) = updates.recv().await {
    ///     if let Event::CallbackQuery(query) = event
    ///         && let (Some(chat), Some(message)) = (query.chat(), query.message_id())
    ///     {
    ///         count += 1;
    ///         let button = InlineButton::callback(format!("{count} times"), *b"once more");
    ///         client.edit(chat, message, "").keep_text().reply_markup(InlineKeyboard::new().row([button])).await?;
    ///         client.answer_callback(query.id()).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn message_id(&self) -> Option<i32> {
        match &self.0.update {
            Update::BotCallbackQuery(u) => Some(u.msg_id),
            _ => None,
        }
    }
}

/// The kinds are made of updates of their kind only: this stands where another one would be.
const NOBODY: PeerId = PeerId::User(0);

/// What all forms of a message have.
mod message {
    use chappe_api::enums::{Message, Peer};

    use crate::peers::PeerId;

    pub(super) fn id(message: &Message) -> i32 {
        match message {
            Message::Empty(message) => message.id,
            Message::Message(message) => message.id,
            Message::Service(message) => message.id,
        }
    }

    pub(super) fn chat(message: &Message) -> PeerId {
        match message {
            Message::Empty(message) => message.peer_id.as_ref().map_or(super::NOBODY, PeerId::from),
            Message::Message(message) => PeerId::from(&message.peer_id),
            Message::Service(message) => PeerId::from(&message.peer_id),
        }
    }

    /// In private chats the server leaves it out for messages of the other side.
    pub(super) fn sender(message: &Message) -> Option<PeerId> {
        let (from, chat, is_outgoing) = match message {
            Message::Empty(_) => return None,
            Message::Message(message) => (&message.from_id, &message.peer_id, message.out),
            Message::Service(message) => (&message.from_id, &message.peer_id, message.out),
        };
        match (from, chat) {
            (None, Peer::User(_)) if !is_outgoing => Some(PeerId::from(chat)),
            _ => from.as_ref().map(PeerId::from),
        }
    }

    pub(super) fn is_outgoing(message: &Message) -> bool {
        match message {
            Message::Empty(_) => false,
            Message::Message(message) => message.out,
            Message::Service(message) => message.out,
        }
    }

    pub(super) fn date(message: &Message) -> i32 {
        match message {
            Message::Empty(_) => 0,
            Message::Message(message) => message.date,
            Message::Service(message) => message.date,
        }
    }
}
