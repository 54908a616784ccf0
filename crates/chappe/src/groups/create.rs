use chappe_api::functions;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::messages::sent::Told;
use crate::peers::{Peer, PeerId, PeerRef, wrong_kind};

impl Client {
    /// Makes a basic group with these people in it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let group = client.create_group("Towers", [user]).await?;
    /// client.send(&group, "Welcome").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for members that are no users; the server refuses: `USERS_TOO_FEW` …
    pub async fn create_group(
        &self,
        title: impl Into<String>,
        members: impl IntoIterator<Item = PeerRef>,
    ) -> Result<Peer, Error> {
        let users = members.into_iter().map(|user| self.input_user(user)).collect::<Result<_, _>>()?;
        let request = functions::messages::CreateChat { users, title: title.into(), ttl_period: None };
        let answer = self.invoke(request).await?;
        self.told(answer.updates).await.first_chat()
    }

    /// Makes a supergroup: everybody in it writes.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let group = client.create_supergroup("Towers", "All about them").await?;
    /// # drop(group);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CHAT_TITLE_EMPTY`, `CHANNELS_TOO_MUCH` …
    pub async fn create_supergroup(
        &self,
        title: impl Into<String>,
        about: impl Into<String>,
    ) -> Result<Peer, Error> {
        self.create(title.into(), about.into(), false).await
    }

    /// Makes a channel: its admins write.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let channel = client.create_channel("News", "Daily").await?;
    /// client.set_public_name(&channel, "news_of_chappe").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::create_supergroup`].
    pub async fn create_channel(
        &self,
        title: impl Into<String>,
        about: impl Into<String>,
    ) -> Result<Peer, Error> {
        self.create(title.into(), about.into(), true).await
    }

    async fn create(&self, title: String, about: String, broadcast: bool) -> Result<Peer, Error> {
        let request = functions::channels::CreateChannel {
            broadcast,
            megagroup: !broadcast,
            for_import: false,
            forum: false,
            title,
            about,
            geo_point: None,
            address: None,
            ttl_period: None,
        };
        let answer = self.invoke(request).await?;
        self.told(answer).await.first_chat()
    }

    /// Turns a basic group into a supergroup, and returns that.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let supergroup = client.migrate_group(chat).await?;
    /// # drop(supergroup);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for other chats; the server refuses: `CHAT_ADMIN_REQUIRED` …
    pub async fn migrate_group(&self, group: impl Into<PeerRef>) -> Result<Peer, Error> {
        let group = group.into();
        let PeerId::Chat(chat_id) = group.id() else {
            return Err(wrong_kind(group.id(), "a basic group"));
        };
        let answer = self.invoke(functions::messages::MigrateChat { chat_id }).await?;
        self.told(answer).await.chat(|peer| matches!(peer.id(), PeerId::Channel(_)))
    }

    /// Deletes a group or channel, for everybody.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.delete_group(chat).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for users; the server refuses: `CHAT_ADMIN_REQUIRED` …
    pub async fn delete_group(&self, chat: impl Into<PeerRef>) -> Result<(), Error> {
        let chat = chat.into();
        match chat.id() {
            PeerId::Channel(_) => {
                let channel = self.input_channel(chat)?;
                let answer = self.invoke(functions::channels::DeleteChannel { channel }).await?;
                self.told(answer).await;
            }
            PeerId::Chat(chat_id) => {
                self.invoke(functions::messages::DeleteChat { chat_id }).await?;
            }
            id @ PeerId::User(_) => return Err(wrong_kind(id, "a group or channel")),
        }
        Ok(())
    }
}

impl Told {
    pub(super) fn first_chat(&self) -> Result<Peer, Error> {
        self.chat(|_| true)
    }

    /// A group or channel that the answer speaks of.
    pub(super) fn chat(&self, which: impl Fn(&Peer) -> bool) -> Result<Peer, Error> {
        let found = self.peers.iter().find(|peer| !peer.is_user() && which(peer));
        found.cloned().ok_or_else(|| {
            Error::new(ErrorKind::Protocol, "the server did the work, but did not tell of the chat")
        })
    }
}
