use chappe_api::{enums, functions, types};

use super::reference::{to_channel, to_user};
use super::{Link, Peer, PeerId, PeerMap, PeerRef};
use crate::client::Client;
use crate::error::{Error, ErrorKind};

impl Client {
    /// Finds a user, group or channel by whatever names one: an @username, a phone number, a `t.me` or `tg:` link (an
    /// invitation only to a chat that the user is in), `id:` and a marked id, or `me`. See [`Link`].
    ///
    /// Public names are looked up in what the client has seen first: the server lets few names be asked for a day.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// for name in ["@durov", "+99966 21234", "https://t.me/c/1234/5", "me"] {
    ///     println!("{}", client.resolve(name).await?.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a text that names nobody; the server refuses: `USERNAME_NOT_OCCUPIED`,
    /// `PHONE_NOT_OCCUPIED` …
    pub async fn resolve(&self, who: &str) -> Result<Peer, Error> {
        let link = Link::parse(who).ok_or_else(|| {
            Error::new(
                ErrorKind::Argument,
                "this names nobody: give an @username, a phone number in international form or a t.me link",
            )
        })?;
        self.resolve_link(&link).await
    }

    /// As [`Client::resolve`], for a link that was read before. Of a link to a message the chat counts.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// if let Some(link) = chappe::Link::parse("https://t.me/chappe") {
    ///     println!("{}", client.resolve_link(&link).await?.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::resolve`].
    pub async fn resolve_link(&self, link: &Link) -> Result<Peer, Error> {
        match link {
            Link::Me => Ok(Peer::of_user(self.me().await?)),
            Link::Id(id) => self.peer(*id).await,
            Link::Channel { id, .. } => self.peer(PeerId::Channel(*id)).await,
            Link::Phone(phone) => Ok(Peer::of_user(self.resolve_phone(phone).await?)),
            Link::Username { name, .. } => self.by_username(name).await,
            Link::Invite(hash) => {
                let invite = self.invoke(functions::messages::CheckChatInvite { hash: hash.clone() }).await?;
                let chat = match invite {
                    enums::ChatInvite::Already(invite) => invite.chat,
                    enums::ChatInvite::Peek(invite) => invite.chat,
                    enums::ChatInvite::Invite(_) => {
                        return Err(Error::new(
                            ErrorKind::Argument,
                            "the invitation is to a chat that you are not in: accept it first",
                        ));
                    }
                };
                self.learn(&[], std::slice::from_ref(&chat)).await;
                Peer::from_chat(chat).ok_or_else(undescribed)
            }
        }
    }

    async fn by_username(&self, name: &str) -> Result<Peer, Error> {
        // Names change hands: it counts only if its owner still has it.
        if let Some(known) = self.inner.peers.by_name(name)
            && let Ok(peer) = self.peer(known).await
            && peer.username().is_some_and(|now| now.eq_ignore_ascii_case(name))
        {
            return Ok(peer);
        }
        let request = functions::contacts::ResolveUsername { username: name.to_owned(), referer: None };
        let found = self.invoke(request).await?;
        self.learn(&found.users, &found.chats).await;
        let id = PeerId::from(&found.peer);
        PeerMap::new(found.users, found.chats).get(id).cloned().ok_or_else(undescribed)
    }

    /// Has the server describe a peer as it is now.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let group = client.peer(chappe::PeerId::Chat(7)).await?;
    /// println!("{}", group.name());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if only an id is given and the client has not seen it before; the server refuses.
    pub async fn peer(&self, peer: impl Into<PeerRef>) -> Result<Peer, Error> {
        let peer = peer.into();
        let input = self.input_peer(peer)?;
        if let Some(user) = to_user(input.clone()) {
            let users = self.invoke(functions::users::GetUsers { id: vec![user] }).await?;
            self.learn(&users, &[]).await;
            return users.into_iter().find_map(Peer::from_user).ok_or_else(undescribed);
        }
        let chats = match to_channel(input) {
            Some(channel) => self.invoke(functions::channels::GetChannels { id: vec![channel] }).await?,
            None => self.invoke(functions::messages::GetChats { id: vec![peer.id().bare()] }).await?,
        };
        let chats = match chats {
            enums::messages::Chats::Chats(chats) => chats.chats,
            enums::messages::Chats::Slice(chats) => chats.chats,
        };
        self.learn(&[], &chats).await;
        chats.into_iter().find_map(Peer::from_chat).ok_or_else(undescribed)
    }

    /// The peer as calls made by hand want it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// use chappe::{PeerId, functions};
    ///
    /// let peer = client.input_peer(PeerId::User(7))?;
    /// client.invoke(functions::messages::GetPeerSettings { peer }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if only an id is given and the client has not seen it before.
    pub fn input_peer(&self, peer: impl Into<PeerRef>) -> Result<enums::InputPeer, Error> {
        let peer = peer.into();
        if let Some(input) = peer.input() {
            return Ok(input);
        }
        if let Some(input) = self.inner.peers.get(peer.id).and_then(|known| known.input()) {
            return Ok(input);
        }
        let owner = self.inner.peers.owner();
        match peer.id {
            PeerId::User(id) if owner.is_some_and(|owner| owner.user_id == id) => {
                return Ok(enums::InputPeer::PeerSelf);
            }
            // Bots name whom they have met without a hash.
            id if owner.is_some_and(|owner| owner.is_bot) => {
                if let Some(input) = PeerRef::with_hash(id, 0).input() {
                    return Ok(input);
                }
            }
            _ => {}
        }
        Err(Error::new(
            ErrorKind::Argument,
            format!(
                "{} has not been seen by this session: resolve it by name, phone number or link first, or list the \
                 dialogs or members that it is among",
                peer.id
            ),
        ))
    }

    /// As [`Client::input_peer`], for users alone.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let id = client.input_user(user)?;
    /// client.invoke(chappe::functions::users::GetFullUser { id }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::input_peer`]; [`ErrorKind::Argument`] for groups and channels.
    pub fn input_user(&self, user: impl Into<PeerRef>) -> Result<enums::InputUser, Error> {
        let user = user.into();
        to_user(self.input_peer(user)?).ok_or_else(|| wrong_kind(user.id, "a user"))
    }

    /// As [`Client::input_peer`], for channels and supergroups alone.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let channel = client.input_channel(chat)?;
    /// client.invoke(chappe::functions::channels::GetFullChannel { channel }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::input_peer`]; [`ErrorKind::Argument`] for users and basic groups.
    pub fn input_channel(&self, channel: impl Into<PeerRef>) -> Result<enums::InputChannel, Error> {
        let channel = channel.into();
        to_channel(self.input_peer(channel)?).ok_or_else(|| wrong_kind(channel.id, "a channel or supergroup"))
    }

    /// Notes what an answer says of users and chats.
    pub(crate) async fn learn(&self, users: &[enums::User], chats: &[enums::Chat]) {
        self.inner.peers.learn(users, chats);
        self.inner.peers.store(&*self.inner.store).await;
    }
}

pub(crate) fn wrong_kind(id: PeerId, wanted: &str) -> Error {
    Error::new(ErrorKind::Argument, format!("{wanted} is wanted here, not {id}"))
}

fn undescribed() -> Error {
    Error::new(ErrorKind::Protocol, "the server did not describe what it found")
}

impl From<&types::Channel> for PeerRef {
    fn from(channel: &types::Channel) -> Self {
        let id = PeerId::Channel(channel.id);
        match channel.access_hash {
            Some(hash) if !channel.min => Self::with_hash(id, hash),
            _ => id.into(),
        }
    }
}
