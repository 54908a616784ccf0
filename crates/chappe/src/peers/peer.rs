use std::sync::Arc;

use chappe_api::{enums, types};

use super::reference::Access;
use super::{PeerId, PeerRef};

/// What the server has told of a user, group or channel. Cheap to clone.
///
/// ```no_run
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// let peer = client.resolve("@chappe").await?;
/// println!("{} is {}", peer.name(), peer.id());
/// if let Some(user) = peer.as_user() {
///     println!("a bot: {}", user.bot);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Peer(Described);

#[derive(Clone, Debug, PartialEq)]
enum Described {
    User(Arc<types::User>),
    Chat(PeerId, Arc<enums::Chat>),
}

impl Peer {
    pub(crate) fn of_user(user: types::User) -> Self {
        Self(Described::User(Arc::new(user)))
    }

    /// `None` for accounts of which there is nothing to tell.
    pub(crate) fn from_user(user: enums::User) -> Option<Self> {
        match user {
            enums::User::User(user) => Some(Self::of_user(*user)),
            enums::User::Empty(_) => None,
        }
    }

    /// `None` for communities, and for groups of which there is nothing to tell.
    pub(crate) fn from_chat(chat: enums::Chat) -> Option<Self> {
        match chat {
            enums::Chat::Empty(_) => None,
            chat => Some(Self(Described::Chat(PeerId::of_chat(&chat)?, Arc::new(chat)))),
        }
    }

    /// Its number and kind.
    ///
    /// ```no_run
    /// use chappe::PeerId;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// match client.resolve("@chappe").await?.id() {
    ///     PeerId::User(id) => println!("person {id}"),
    ///     PeerId::Chat(id) | PeerId::Channel(id) => println!("group or channel {id}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn id(&self) -> PeerId {
        match &self.0 {
            Described::User(user) => PeerId::User(user.id),
            Described::Chat(id, _) => *id,
        }
    }

    /// What names it in calls.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// // All that a program has to keep of it to write there later.
    /// let channel = client.resolve("@chappe").await?.to_ref();
    /// client.send(channel, "Hello").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_ref(&self) -> PeerRef {
        let hash = match &self.0 {
            // What a `min` user or channel carries is good for pictures only.
            Described::User(user) if user.min => None,
            Described::User(user) => user.access_hash,
            Described::Chat(_, chat) => match &**chat {
                enums::Chat::Channel(channel) if channel.min => None,
                enums::Chat::Channel(channel) => channel.access_hash,
                enums::Chat::ChannelForbidden(channel) => Some(channel.access_hash),
                _ => None,
            },
        };
        PeerRef { id: self.id(), access: hash.map_or(Access::Cached, Access::Hash) }
    }

    /// First and last name, or the title. Empty for deleted accounts.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// println!("{}", client.resolve("@chappe").await?.name());
    /// # Ok(())
    /// # }
    /// ```
    pub fn name(&self) -> String {
        match &self.0 {
            Described::User(user) => {
                let names = [user.first_name.as_deref(), user.last_name.as_deref()];
                let names: Vec<_> = names.into_iter().flatten().filter(|name| !name.is_empty()).collect();
                names.join(" ")
            }
            Described::Chat(_, chat) => match &**chat {
                enums::Chat::Chat(chat) => chat.title.clone(),
                enums::Chat::Forbidden(chat) => chat.title.clone(),
                enums::Chat::Channel(channel) => channel.title.clone(),
                enums::Chat::ChannelForbidden(channel) => channel.title.clone(),
                _ => String::new(),
            },
        }
    }

    /// The public name, without `@`; the first active one if there are several.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// if let Some(username) = client.peer(message.sender()).await?.username() {
    ///     println!("https://t.me/{username}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn username(&self) -> Option<&str> {
        let (one, several) = match &self.0 {
            Described::User(user) => (user.username.as_deref(), user.usernames.as_deref()),
            Described::Chat(_, chat) => match &**chat {
                enums::Chat::Channel(channel) => (channel.username.as_deref(), channel.usernames.as_deref()),
                _ => (None, None),
            },
        };
        one.or_else(|| several?.iter().find(|name| name.active).map(|name| name.username.as_str()))
    }

    /// The user; `None` for groups and channels.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let peer = client.resolve("@chappe").await?;
    /// println!("{:?}", peer.as_user().and_then(|user| user.phone.as_deref()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn as_user(&self) -> Option<&types::User> {
        match &self.0 {
            Described::User(user) => Some(user),
            Described::Chat(..) => None,
        }
    }

    /// The group or channel; `None` for users.
    ///
    /// ```no_run
    /// use chappe::enums::Chat;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let peer = client.resolve("@chappe").await?;
    /// if let Some(Chat::Channel(channel)) = peer.as_chat() {
    ///     println!("a channel, verified: {}", channel.verified);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn as_chat(&self) -> Option<&enums::Chat> {
        match &self.0 {
            Described::User(_) => None,
            Described::Chat(_, chat) => Some(chat),
        }
    }

    /// Whether it is a person or bot.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let people = client.dialogs().collect().await?.iter().filter(|dialog| dialog.peer().is_user()).count();
    /// println!("{people} of the chats are with one person or bot");
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_user(&self) -> bool {
        self.as_user().is_some()
    }

    /// Whether it is a bot.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// // Two bots that answer each other never end.
    /// if !client.peer(message.sender()).await?.is_bot() {
    ///     message.reply("Hello.").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_bot(&self) -> bool {
        self.as_user().is_some_and(|user| user.bot)
    }

    /// Whether everybody in it may write: a basic group or supergroup.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// for dialog in client.dialogs().limit(100).collect().await? {
    ///     let peer = dialog.peer();
    ///     let kind = match () {
    ///         () if peer.is_bot() => "a bot",
    ///         () if peer.is_user() => "a person",
    ///         () if peer.is_group() => "a group",
    ///         () if peer.is_broadcast() => "a channel",
    ///         () => "something else",
    ///     };
    ///     println!("{} is {kind}", peer.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_group(&self) -> bool {
        self.as_chat().is_some() && !self.is_broadcast()
    }

    /// Whether only its admins write: a channel.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let dialogs = client.dialogs().collect().await?;
    /// for channel in dialogs.iter().map(|dialog| dialog.peer()).filter(|peer| peer.is_broadcast()) {
    ///     println!("{}", channel.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_broadcast(&self) -> bool {
        match self.as_chat() {
            Some(enums::Chat::Channel(channel)) => channel.broadcast,
            Some(enums::Chat::ChannelForbidden(channel)) => channel.broadcast,
            _ => false,
        }
    }

    /// Whether the server told too little of it to name it outside the message that it came with.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// if let Some(sender) = message.sender_info().filter(|sender| sender.is_min()) {
    ///     let whole = client.peer(sender).await?; // found by way of the message
    ///     println!("{:?}", whole.username());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_min(&self) -> bool {
        match &self.0 {
            Described::User(user) => user.min,
            Described::Chat(_, chat) => matches!(&**chat, enums::Chat::Channel(channel) if channel.min),
        }
    }
}

impl From<types::User> for Peer {
    fn from(user: types::User) -> Self {
        Self::of_user(user)
    }
}
