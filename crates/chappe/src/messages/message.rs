use std::fmt;

use chappe_api::{enums, types};

use super::{DeleteMessages, EditMessage, ForwardMessages, SendMessage};
use crate::client::Client;
use crate::error::Error;
use crate::markup::{self, Entity, FormattedText};
use crate::peers::{Peer, PeerId, PeerMap, PeerRef};

/// A message of the cloud, as the server told of it, with the client that got it. Cheap to clone it is not: it holds
/// text and media.
///
/// ```no_run
/// # async fn run(message: chappe::Message) -> Result<(), chappe::Error> {
/// if !message.is_outgoing() && message.text() == "ping" {
///     message.reply("pong").await?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// Source: <https://core.telegram.org/constructor/message>
#[derive(Clone)]
pub struct Message {
    client: Client,
    raw: enums::Message,
    peers: PeerMap,
}

/// The field of a message or service message; the last arm is for what was deleted.
macro_rules! field {
    ($message:expr, $field:ident, $otherwise:expr) => {
        match &$message.raw {
            enums::Message::Message(message) => message.$field.clone(),
            enums::Message::Service(message) => message.$field.clone(),
            enums::Message::Empty(_) => $otherwise,
        }
    };
}

impl Message {
    /// `None` for a message that is not there (any more).
    pub(crate) fn new(client: &Client, raw: enums::Message, peers: &PeerMap) -> Option<Self> {
        match raw {
            enums::Message::Empty(_) => None,
            raw => Some(Self { client: client.clone(), raw, peers: peers.clone() }),
        }
    }

    fn plain(&self) -> Option<&types::Message> {
        match &self.raw {
            enums::Message::Message(message) => Some(message),
            _ => None,
        }
    }

    /// Its number: unique in a channel or supergroup, elsewhere among all messages of the account outside those.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let sent = client.send(chat, "In an hour").await?;
    /// client.edit(chat, sent.id(), "In two hours").await?; // all that a program has to keep
    /// # Ok(())
    /// # }
    /// ```
    pub fn id(&self) -> i32 {
        match &self.raw {
            enums::Message::Message(message) => message.id,
            enums::Message::Service(message) => message.id,
            enums::Message::Empty(message) => message.id,
        }
    }

    fn chat_id(&self) -> PeerId {
        match &self.raw {
            enums::Message::Message(message) => PeerId::from(&message.peer_id),
            enums::Message::Service(message) => PeerId::from(&message.peer_id),
            enums::Message::Empty(message) => message.peer_id.as_ref().map_or(PeerId::User(0), PeerId::from),
        }
    }

    /// The chat that it is in: for a private chat the other person.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// client.send(message.chat(), "By the way …").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn chat(&self) -> PeerRef {
        self.reference(self.chat_id())
    }

    /// What came along about the chat. Not always there: [`Client::peer`] asks.
    ///
    /// ```no_run
    /// # fn run(message: chappe::Message) {
    /// let name = |peer: Option<&chappe::Peer>| peer.map(|peer| peer.name()).unwrap_or_default();
    /// println!("{} in {}: {}", name(message.sender_info()), name(message.chat_info()), message.text());
    /// # }
    /// ```
    pub fn chat_info(&self) -> Option<&Peer> {
        self.peers.get(self.chat_id())
    }

    fn sender_id(&self) -> PeerId {
        let chat = self.chat_id();
        match field!(self, from_id, None) {
            Some(from) => PeerId::from(from),
            None if self.is_outgoing() && matches!(chat, PeerId::User(_)) => {
                self.client.inner.peers.owner().map_or(chat, |owner| PeerId::User(owner.user_id))
            }
            None => chat,
        }
    }

    /// Who wrote it: a user, or the chat itself for posts in channels and for admins who hide behind their group.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// let sender = client.peer(message.sender()).await?; // asked for if it did not come along
    /// println!("{}: {}", sender.name(), message.text());
    /// # Ok(())
    /// # }
    /// ```
    pub fn sender(&self) -> PeerRef {
        self.reference(self.sender_id())
    }

    /// What came along about the sender. Not always there: [`Client::peer`] asks.
    ///
    /// ```no_run
    /// # fn run(message: chappe::Message) {
    /// println!("{}: {}", message.sender_info().map(|sender| sender.name()).unwrap_or_default(), message.text());
    /// # }
    /// ```
    pub fn sender_info(&self) -> Option<&Peer> {
        self.peers.get(self.sender_id())
    }

    /// What came along about somebody whom the message mentions.
    ///
    /// ```no_run
    /// use chappe::{PeerId, markup::EntityKind};
    ///
    /// # fn run(message: chappe::Message) {
    /// for entity in message.entities() {
    ///     if let EntityKind::MentionName { user_id } = entity.kind {
    ///         println!("{:?} is meant", message.peer(PeerId::User(user_id)).map(|peer| peer.name()));
    ///     }
    /// }
    /// # }
    /// ```
    pub fn peer(&self, id: PeerId) -> Option<&Peer> {
        self.peers.get(id)
    }

    fn reference(&self, id: PeerId) -> PeerRef {
        self.peers.get(id).map_or(id.into(), Peer::to_ref)
    }

    /// Its words, or the caption of its media. Empty for service messages.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message) -> Result<(), chappe::Error> {
    /// if let Some(name) = message.text().strip_prefix("/greet ") {
    ///     message.reply(format!("Good morning, {name}.")).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn text(&self) -> &str {
        self.plain().map_or("", |message| &message.message)
    }

    /// The formatting of the words; offsets count UTF-16 code units. Kinds that [`markup`] has no word for are left
    /// out.
    ///
    /// ```no_run
    /// use chappe::markup::EntityKind;
    ///
    /// # fn run(message: chappe::Message) {
    /// let is_link = |kind: &EntityKind| matches!(kind, EntityKind::Url | EntityKind::TextUrl { .. });
    /// println!("{} links", message.entities().iter().filter(|entity| is_link(&entity.kind)).count());
    /// # }
    /// ```
    pub fn entities(&self) -> Vec<Entity> {
        let entities = self.plain().and_then(|message| message.entities.as_deref());
        markup::from_api(entities.unwrap_or_default())
    }

    /// Words and formatting.
    ///
    /// ```no_run
    /// # async fn run(
    /// #     client: chappe::Client,
    /// #     message: chappe::Message,
    /// #     chat: chappe::PeerRef,
    /// # ) -> Result<(), chappe::Error> {
    /// // The same words, bold where they were bold, as a message of our own.
    /// client.send(chat, message.formatted()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn formatted(&self) -> FormattedText {
        FormattedText { text: self.text().to_owned(), entities: self.entities() }
    }

    /// The words as Markdown: see [`markup`].
    ///
    /// ```no_run
    /// # fn run(message: chappe::Message) {
    /// println!("> {}", message.markdown().replace('\n', "\n> ")); // into a file of notes
    /// # }
    /// ```
    pub fn markdown(&self) -> String {
        markup::to_markdown(&self.formatted())
    }

    /// The words as HTML: see [`markup`].
    ///
    /// ```no_run
    /// # fn run(message: chappe::Message) {
    /// println!("<blockquote>{}</blockquote>", message.html());
    /// # }
    /// ```
    pub fn html(&self) -> String {
        markup::to_html(&self.formatted())
    }

    /// When it was sent, Unix seconds.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// let age = client.server_time().await - i64::from(message.date());
    /// println!("{} minutes old", age / 60);
    /// # Ok(())
    /// # }
    /// ```
    pub fn date(&self) -> i32 {
        field!(self, date, 0)
    }

    /// When it was edited last, Unix seconds.
    ///
    /// ```no_run
    /// # fn run(message: chappe::Message) {
    /// let edited = message.edit_date().map(|date| format!(" (edited at {date})")).unwrap_or_default();
    /// let marks = [(message.is_pinned(), "pinned"), (message.is_mention(), "for you")];
    /// let marks: Vec<_> = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
    /// println!("{}{edited} {}", message.text(), marks.join(", "));
    /// # }
    /// ```
    pub fn edit_date(&self) -> Option<i32> {
        self.plain()?.edit_date
    }

    /// Photo, document, place, poll …
    ///
    /// ```no_run
    /// use chappe::enums::MessageMedia;
    ///
    /// # fn run(message: chappe::Message) {
    /// match message.media() {
    ///     Some(MessageMedia::Photo(_)) => println!("a photo"),
    ///     Some(MessageMedia::Geo(_) | MessageMedia::Venue(_)) => println!("a place"),
    ///     Some(other) => println!("{other:?}"),
    ///     None => println!("words alone"),
    /// }
    /// # }
    /// ```
    pub fn media(&self) -> Option<&enums::MessageMedia> {
        self.plain()?.media.as_ref()
    }

    /// What a service message tells of: somebody joined, the title changed …
    ///
    /// ```no_run
    /// use chappe::enums::MessageAction;
    ///
    /// # fn run(message: chappe::Message) {
    /// if let Some(MessageAction::ChatEditTitle(change)) = message.action() {
    ///     println!("it is called {} now", change.title);
    /// }
    /// # }
    /// ```
    pub fn action(&self) -> Option<&enums::MessageAction> {
        match &self.raw {
            enums::Message::Service(message) => Some(&message.action),
            _ => None,
        }
    }

    /// The number of the message that it answers.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message) -> Result<(), chappe::Error> {
    /// if message.reply_to().is_some() && let Some(question) = message.replied().await? {
    ///     println!("{}\n  {}", question.text(), message.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn reply_to(&self) -> Option<i32> {
        match field!(self, reply_to, None)? {
            enums::MessageReplyHeader::Header(header) => header.reply_to_msg_id,
            _ => None,
        }
    }

    /// Where it was forwarded from.
    ///
    /// ```no_run
    /// # fn run(message: chappe::Message) {
    /// if let Some(origin) = message.forwarded() {
    ///     println!("by {:?}, first said at {}", origin.from_name, origin.date);
    /// }
    /// # }
    /// ```
    pub fn forwarded(&self) -> Option<&types::MessageFwdHeader> {
        self.plain()?.fwd_from.as_deref()
    }

    /// The buttons under it, or the keyboard that it brings.
    ///
    /// ```no_run
    /// use chappe::enums::ReplyMarkup;
    ///
    /// # async fn run(message: chappe::Message) -> Result<(), chappe::Error> {
    /// if let Some(ReplyMarkup::InlineMarkup(markup)) = message.reply_markup() {
    ///     let texts: Vec<_> = markup.rows.iter().flat_map(|row| &row.buttons).map(|button| &button.text).collect();
    ///     println!("{texts:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn reply_markup(&self) -> Option<&enums::ReplyMarkup> {
        self.plain()?.reply_markup.as_ref()
    }

    /// What the messages of one album have in common.
    ///
    /// ```no_run
    /// use std::collections::BTreeMap;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let mut albums: BTreeMap<i64, Vec<i32>> = BTreeMap::new();
    /// for message in client.messages(chat).limit(100).collect().await? {
    ///     if let Some(album) = message.album_id() {
    ///         albums.entry(album).or_default().push(message.id());
    ///     }
    /// }
    /// println!("{albums:?}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn album_id(&self) -> Option<i64> {
        self.plain()?.grouped_id
    }

    /// Whether this account sent it.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message) -> Result<(), chappe::Error> {
    /// if !message.is_outgoing() {
    ///     message.reply("Heard.").await?; // but never as an answer to itself
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_outgoing(&self) -> bool {
        field!(self, out, false)
    }

    /// Whether it mentions this account, or answers it.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message) -> Result<(), chappe::Error> {
    /// // In a group: only when it is spoken to.
    /// if message.is_mention() {
    ///     message.reply("Yes?").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_mention(&self) -> bool {
        field!(self, mentioned, false)
    }

    /// Whether it is pinned.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message) -> Result<(), chappe::Error> {
    /// if !message.is_pinned() {
    ///     message.pin().silent().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_pinned(&self) -> bool {
        self.plain().is_some_and(|message| message.pinned)
    }

    /// The message as the API has it.
    ///
    /// ```no_run
    /// # fn run(message: chappe::Message) {
    /// // What has no method here: the reactions to a message.
    /// if let chappe::enums::Message::Message(raw) = message.raw() {
    ///     println!("{:?}", raw.reactions);
    /// }
    /// # }
    /// ```
    pub fn raw(&self) -> &enums::Message {
        &self.raw
    }

    /// The client that got it.
    ///
    /// ```no_run
    /// /// All that a handler needs is in the message.
    /// async fn welcome(message: &chappe::Message) -> Result<(), chappe::Error> {
    ///     let me = message.client().me().await?;
    ///     message.reply(format!("I am {}.", me.first_name.unwrap_or_default())).await?;
    ///     Ok(())
    /// }
    /// # let _ = welcome;
    /// ```
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Answers it.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// message.reply("pong").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reply(&self, text: impl Into<FormattedText>) -> SendMessage {
        self.client.send(self.chat(), text).reply_to(self.id())
    }

    /// Writes into the same chat without answering it.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// message.respond("By the way …").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn respond(&self, text: impl Into<FormattedText>) -> SendMessage {
        self.client.send(self.chat(), text)
    }

    /// Changes its words.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// message.edit("**better**").markdown().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn edit(&self, text: impl Into<FormattedText>) -> EditMessage {
        self.client.edit(self.chat(), self.id(), text)
    }

    /// Deletes it, for everybody unless told otherwise.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// message.delete().only_for_me().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete(&self) -> DeleteMessages {
        self.client.delete_messages(self.chat(), [self.id()])
    }

    /// Forwards it to another chat.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// message.forward_to(chat).drop_author().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn forward_to(&self, to: impl Into<PeerRef>) -> ForwardMessages {
        self.client.forward(self.chat(), [self.id()], to)
    }

    /// Fetches the message that it answers; `None` if it answers none, or that one was deleted.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// if let Some(question) = message.replied().await? {
    ///     println!("in answer to {}", question.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses.
    pub async fn replied(&self) -> Result<Option<Self>, Error> {
        if self.reply_to().is_none() {
            return Ok(None);
        }
        let id = types::InputMessageReplyTo { id: self.id() }.into();
        Ok(self.client.get_input_messages(self.chat(), vec![id]).await?.pop())
    }

    /// Fetches it anew, as it is now; `None` if it was deleted.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let still_there = message.refresh().await?.is_some();
    /// # let _ = still_there;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses.
    pub async fn refresh(&self) -> Result<Option<Self>, Error> {
        Ok(self.client.messages_by_id(self.chat(), [self.id()]).await?.pop().flatten())
    }
}

/// Shows which message it is, never the words.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id())
            .field("chat", &self.chat_id())
            .field("sender", &self.sender_id())
            .field("date", &self.date())
            .finish_non_exhaustive()
    }
}
