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
            ///
            /// ```no_run
            #[doc = concat!("# fn run(event: chappe::updates::", stringify!($name), ") {")]
            /// for user in event.api().users.iter() {
            ///     println!("{user:?}"); // whoever has to do with it
            /// }
            /// # }
            /// ```
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
            ///
            /// ```no_run
            #[doc = concat!("# fn run(message: chappe::updates::", stringify!($name), ") {")]
            /// println!("message {}", message.id());
            /// # }
            /// ```
            pub fn id(&self) -> i32 {
                self.0.message().map_or(0, message::id)
            }

            /// The chat that it is in: for private chats the other person.
            ///
            /// ```no_run
            #[doc = concat!("# async fn run(client: chappe::Client, message: chappe::updates::", stringify!($name), ") -> Result<(), chappe::Error> {")]
            /// client.send(message.chat(), "Noted.").await?;
            /// # Ok(())
            /// # }
            /// ```
            pub fn chat(&self) -> PeerId {
                self.0.message().map_or(NOBODY, message::chat)
            }

            /// Who wrote it; `None` for posts of channels that are not signed.
            ///
            /// ```no_run
            #[doc = concat!("# fn run(message: chappe::updates::", stringify!($name), ") {")]
            /// match message.sender() {
            ///     Some(sender) => println!("by {sender}"),
            ///     None => println!("by the channel itself"),
            /// }
            /// # }
            /// ```
            pub fn sender(&self) -> Option<PeerId> {
                self.0.message().and_then(message::sender)
            }

            /// Whether this account wrote it, here or on another device.
            ///
            /// ```no_run
            #[doc = concat!("# fn run(message: chappe::updates::", stringify!($name), ") {")]
            /// println!("{}", if message.is_outgoing() { "from here" } else { "from somebody else" });
            /// # }
            /// ```
            pub fn is_outgoing(&self) -> bool {
                self.0.message().is_some_and(message::is_outgoing)
            }

            /// When it was written, Unix seconds by the server.
            ///
            /// ```no_run
            #[doc = concat!("# fn run(message: chappe::updates::", stringify!($name), ") {")]
            /// println!("at {} Unix seconds", message.date());
            /// # }
            /// ```
            pub fn date(&self) -> i32 {
                self.0.message().map_or(0, message::date)
            }

            /// The message with all that is not here.
            ///
            /// ```no_run
            /// use chappe::enums::Message;
            ///
            #[doc = concat!("# fn run(message: chappe::updates::", stringify!($name), ") {")]
            /// if let Some(Message::Message(raw)) = message.raw() {
            ///     println!("{:?} have seen it", raw.views); // what has no method here
            /// }
            /// # }
            /// ```
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
            ///
            /// ```no_run
            #[doc = concat!("# fn run(message: chappe::updates::", stringify!($name), ") {")]
            /// println!("{} words", message.text().split_whitespace().count());
            /// # }
            /// ```
            pub fn text(&self) -> &str {
                self.text_message().map_or("", |message| &message.message)
            }

            /// What is bold, a link and so on, in UTF-16 units.
            ///
            /// ```no_run
            /// use chappe::markup;
            ///
            #[doc = concat!("# fn run(message: chappe::updates::", stringify!($name), ") {")]
            /// for entity in markup::from_api(message.entities()) {
            ///     println!("{:?} from {} on", entity.kind, entity.offset);
            /// }
            /// # }
            /// ```
            pub fn entities(&self) -> &[enums::MessageEntity] {
                self.text_message().and_then(|message| message.entities.as_deref()).unwrap_or_default()
            }

            /// A photo, a document or whatever else it carries.
            ///
            /// ```no_run
            /// use chappe::files::CloudFile;
            ///
            #[doc = concat!("# fn run(message: chappe::updates::", stringify!($name), ") {")]
            /// if let Some(file) = message.media().and_then(CloudFile::of_media) {
            ///     println!("{:?}, {:?} bytes", file.name(), file.size());
            /// }
            /// # }
            /// ```
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

impl NewMessage {
    /// What the messages of one album have in common; `None` for a message of its own. To get them together, see
    /// [`UpdateStream::albums`](super::UpdateStream::albums).
    ///
    /// ```no_run
    /// # fn run(message: chappe::updates::NewMessage) {
    /// if message.album_id().is_none() {
    ///     println!("it came alone");
    /// }
    /// # }
    /// ```
    pub fn album_id(&self) -> Option<i64> {
        self.text_message()?.grouped_id
    }
}

impl ChatAction {
    /// What happened.
    ///
    /// ```no_run
    /// use chappe::enums::MessageAction;
    ///
    /// # fn run(happened: chappe::updates::ChatAction) {
    /// match happened.action() {
    ///     Some(MessageAction::ChatAddUser(added)) => println!("{:?} came in", added.users),
    ///     Some(MessageAction::ChatDeleteUser(left)) => println!("{} has left", left.user_id),
    ///     Some(MessageAction::PinMessage) => println!("something was pinned"),
    ///     other => println!("{other:?}"),
    /// }
    /// # }
    /// ```
    pub fn action(&self) -> Option<&enums::MessageAction> {
        match self.0.message()? {
            Message::Service(message) => Some(&message.action),
            Message::Empty(_) | Message::Message(_) => None,
        }
    }
}

impl MessagesDeleted {
    /// The numbers of the messages.
    ///
    /// ```no_run
    /// # fn run(deleted: chappe::updates::MessagesDeleted, shown: &mut std::collections::BTreeMap<i32, String>) {
    /// deleted.ids().iter().for_each(|id| drop(shown.remove(id)));
    /// # }
    /// ```
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
    ///
    /// ```no_run
    /// # fn run(read: chappe::updates::Read, unread: &mut std::collections::HashMap<chappe::PeerId, i32>) {
    /// if let Some(left) = read.still_unread() {
    ///     unread.insert(read.chat(), left);
    /// }
    /// # }
    /// ```
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
    ///
    /// ```no_run
    /// # fn run(read: chappe::updates::Read, sent: &[i32]) {
    /// let seen = sent.iter().filter(|id| **id <= read.max_id()).count();
    /// println!("{seen} of {} have been seen", sent.len());
    /// # }
    /// ```
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
    ///
    /// ```no_run
    /// # fn run(read: chappe::updates::Read) {
    /// match read.is_outbox() {
    ///     true => println!("✓✓ up to {}", read.max_id()),
    ///     false => println!("read on another device: the notification can go"),
    /// }
    /// # }
    /// ```
    pub fn is_outbox(&self) -> bool {
        matches!(self.0.update, Update::ReadHistoryOutbox(_) | Update::ReadChannelOutbox(_))
    }

    /// How many messages are not read yet; the server says it only about what this account has to read.
    ///
    /// ```no_run
    /// # fn run(read: chappe::updates::Read) {
    /// println!("badge: {}", read.still_unread().unwrap_or_default());
    /// # }
    /// ```
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
    ///
    /// ```no_run
    /// # fn run(typing: chappe::updates::Typing, shown: chappe::PeerId) {
    /// if typing.chat() == shown {
    ///     println!("{} writes …", typing.sender());
    /// }
    /// # }
    /// ```
    pub fn chat(&self) -> PeerId {
        match &self.0.update {
            Update::ChatUserTyping(u) => PeerId::Chat(u.chat_id),
            Update::ChannelUserTyping(u) => PeerId::Channel(u.channel_id),
            _ => self.sender(),
        }
    }

    /// Who types.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, typing: chappe::updates::Typing) -> Result<(), chappe::Error> {
    /// println!("{} writes …", client.peer(typing.sender()).await?.name());
    /// # Ok(())
    /// # }
    /// ```
    pub fn sender(&self) -> PeerId {
        match &self.0.update {
            Update::UserTyping(u) => PeerId::User(u.user_id),
            Update::ChatUserTyping(u) => PeerId::from(&u.from_id),
            Update::ChannelUserTyping(u) => PeerId::from(&u.from_id),
            _ => NOBODY,
        }
    }

    /// What is being done; [`SendMessageActionCancel`](enums::SendMessageAction) if it has ended.
    ///
    /// ```no_run
    /// use chappe::enums::SendMessageAction;
    ///
    /// # fn run(typing: chappe::updates::Typing) {
    /// match typing.action() {
    ///     Some(SendMessageAction::RecordAudioAction) => println!("speaks …"),
    ///     Some(SendMessageAction::CancelAction) | None => println!(),
    ///     Some(_) => println!("writes …"),
    /// }
    /// # }
    /// ```
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
    ///
    /// ```no_run
    /// use chappe::bots::Article;
    ///
    /// # async fn run(client: chappe::Client, query: chappe::updates::InlineQuery) -> Result<(), chappe::Error> {
    /// client.answer_inline(query.id()).article(Article::new("echo", "The same", query.query())).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn id(&self) -> i64 {
        self.update().map_or(0, |u| u.query_id)
    }

    /// Who asks.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, query: chappe::updates::InlineQuery) -> Result<(), chappe::Error> {
    /// println!("{} asks", client.peer(chappe::PeerId::User(query.user_id())).await?.name());
    /// # Ok(())
    /// # }
    /// ```
    pub fn user_id(&self) -> i64 {
        self.update().map_or(0, |u| u.user_id)
    }

    /// What was typed.
    ///
    /// ```no_run
    /// # fn run(query: chappe::updates::InlineQuery) {
    /// let (city, day) = query.query().split_once(' ').unwrap_or((query.query(), "today"));
    /// println!("the weather in {city}, {day}");
    /// # }
    /// ```
    pub fn query(&self) -> &str {
        self.update().map_or("", |u| &u.query)
    }

    /// Where the results are to go on: what the answer before gave as `next_offset`; empty at first.
    ///
    /// ```no_run
    /// use chappe::bots::Article;
    ///
    /// # async fn run(client: chappe::Client, query: chappe::updates::InlineQuery) -> Result<(), chappe::Error> {
    /// let from: usize = query.offset().parse().unwrap_or(0); // empty at first
    /// let answer = (from..from + 20).fold(client.answer_inline(query.id()), |answer, number| {
    ///     answer.article(Article::new(number.to_string(), format!("Number {number}"), number.to_string()))
    /// });
    /// answer.next_offset((from + 20).to_string()).await?;
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```no_run
    /// # fn run(chosen: chappe::updates::ChosenInlineResult, counts: &mut std::collections::HashMap<i64, u32>) {
    /// *counts.entry(chosen.user_id()).or_default() += 1;
    /// # }
    /// ```
    pub fn user_id(&self) -> i64 {
        self.update().map_or(0, |u| u.user_id)
    }

    /// What was typed.
    ///
    /// ```no_run
    /// # fn run(chosen: chappe::updates::ChosenInlineResult) {
    /// println!("{:?} led to {}", chosen.query(), chosen.result_id());
    /// # }
    /// ```
    pub fn query(&self) -> &str {
        self.update().map_or("", |u| &u.query)
    }

    /// The id that the bot gave the result.
    ///
    /// ```no_run
    /// # fn run(chosen: chappe::updates::ChosenInlineResult, counts: &mut std::collections::HashMap<String, u32>) {
    /// *counts.entry(chosen.result_id().to_owned()).or_default() += 1; // what people like comes first next time
    /// # }
    /// ```
    pub fn result_id(&self) -> &str {
        self.update().map_or("", |u| &u.id)
    }
}

impl CallbackQuery {
    /// Names the query in the answer.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, query: chappe::updates::CallbackQuery) -> Result<(), chappe::Error> {
    /// client.answer_callback(query.id()).text("Done.").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn id(&self) -> i64 {
        match &self.0.update {
            Update::BotCallbackQuery(u) => u.query_id,
            Update::InlineBotCallbackQuery(u) => u.query_id,
            _ => 0,
        }
    }

    /// Who pressed the button.
    ///
    /// ```no_run
    /// # async fn run(
    /// #     client: chappe::Client,
    /// #     query: chappe::updates::CallbackQuery,
    /// #     owner: i64,
    /// # ) -> Result<(), chappe::Error> {
    /// if query.user_id() != owner {
    ///     client.answer_callback(query.id()).text("This is not for you.").alert().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn user_id(&self) -> i64 {
        match &self.0.update {
            Update::BotCallbackQuery(u) => u.user_id,
            Update::InlineBotCallbackQuery(u) => u.user_id,
            _ => 0,
        }
    }

    /// The data of the button.
    ///
    /// ```no_run
    /// # fn run(query: chappe::updates::CallbackQuery) {
    /// match query.data() {
    ///     Some([stars @ 1..=5]) => println!("{stars} stars"),
    ///     other => println!("a button of an older version: {other:?}"),
    /// }
    /// # }
    /// ```
    pub fn data(&self) -> Option<&[u8]> {
        match &self.0.update {
            Update::BotCallbackQuery(u) => u.data.as_deref(),
            Update::InlineBotCallbackQuery(u) => u.data.as_deref(),
            _ => None,
        }
    }

    /// The chat of the message; `None` if it was sent by way of an inline query.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, query: chappe::updates::CallbackQuery) -> Result<(), chappe::Error> {
    /// if let Some(chat) = query.chat() {
    ///     client.send(chat, "Somebody has pressed it.").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
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
pub(super) const NOBODY: PeerId = PeerId::User(0);

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
