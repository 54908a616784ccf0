use chappe_api::{functions, types};

use super::{AdminRights, Restrictions};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::messages::into_call;
use crate::peers::{PeerId, PeerRef, wrong_kind};

/// Gives somebody the rights of an admin. From [`Client::promote`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.promote(chat, user, chappe::groups::AdminRights::all()).rank("Second").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is changed until it is awaited"]
pub struct Promote {
    client: Client,
    chat: PeerRef,
    user: PeerRef,
    rights: AdminRights,
    rank: Option<String>,
}

impl Client {
    /// Gives somebody the rights of an admin, or takes them away: [`AdminRights::new`]. In basic groups an admin has
    /// all rights or none.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// use chappe::groups::AdminRights;
    ///
    /// client.promote(chat, user, AdminRights::new().pin_messages()).await?;
    /// client.promote(chat, user, AdminRights::new()).await?; // a plain member again
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`ErrorKind::Argument`] for peers of the wrong kind; the server refuses: `CHAT_ADMIN_REQUIRED`,
    /// `RIGHT_FORBIDDEN`, `USER_CREATOR` …
    pub fn promote(
        &self,
        chat: impl Into<PeerRef>,
        user: impl Into<PeerRef>,
        rights: impl Into<AdminRights>,
    ) -> Promote {
        Promote {
            client: self.clone(),
            chat: chat.into(),
            user: user.into(),
            rights: rights.into(),
            rank: None,
        }
    }

    /// Keeps somebody in a supergroup or channel from doing something: [`Restrictions::ban`] keeps them out of it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// use chappe::groups::Restrictions;
    ///
    /// client.restrict(chat, user, Restrictions::new().send_media().until(1_900_000_000)).await?;
    /// client.restrict(chat, user, Restrictions::new()).await?; // everything again
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for other chats; the server refuses: `CHAT_ADMIN_REQUIRED`, `USER_ADMIN_INVALID` …
    pub async fn restrict(
        &self,
        channel: impl Into<PeerRef>,
        who: impl Into<PeerRef>,
        restrictions: impl Into<Restrictions>,
    ) -> Result<(), Error> {
        let request = functions::channels::EditBanned {
            channel: self.input_channel(channel)?,
            participant: self.input_peer(who)?,
            banned_rights: restrictions.into().into(),
        };
        let answer = self.invoke(request).await?;
        self.told(answer).await;
        Ok(())
    }

    /// Takes somebody out of a group or channel. They may come back.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.kick(chat, user).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for users in the place of the chat; the server refuses: `CHAT_ADMIN_REQUIRED` …
    pub async fn kick(&self, chat: impl Into<PeerRef>, who: impl Into<PeerRef>) -> Result<(), Error> {
        let (chat, who) = (chat.into(), who.into());
        match chat.id() {
            PeerId::Channel(_) => {
                self.restrict(chat, who, Restrictions::ban()).await?;
                self.restrict(chat, who, Restrictions::new()).await
            }
            PeerId::Chat(chat_id) => {
                let user_id = self.input_user(who)?;
                let request = functions::messages::DeleteChatUser { revoke_history: false, chat_id, user_id };
                let answer = self.invoke(request).await?;
                self.told(answer).await;
                Ok(())
            }
            id @ PeerId::User(_) => Err(wrong_kind(id, "a group or channel")),
        }
    }

    /// What members who are no admins may not do.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.set_default_restrictions(chat, chappe::groups::Restrictions::new().send_polls()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CHAT_ADMIN_REQUIRED`, `CHAT_NOT_MODIFIED` …
    pub async fn set_default_restrictions(
        &self,
        group: impl Into<PeerRef>,
        restrictions: impl Into<Restrictions>,
    ) -> Result<(), Error> {
        let request = functions::messages::EditChatDefaultBannedRights {
            peer: self.input_peer(group)?,
            banned_rights: restrictions.into().into(),
        };
        let answer = self.invoke(request).await?;
        self.told(answer).await;
        Ok(())
    }

    /// What admins did in a supergroup or channel in the last two days, newest first, at most so many.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// for event in client.admin_log(chat, 50).await? {
    ///     println!("{}: {:?}", event.user_id, event.action);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for other chats; the server refuses: `CHAT_ADMIN_REQUIRED` …
    pub async fn admin_log(
        &self,
        channel: impl Into<PeerRef>,
        limit: usize,
    ) -> Result<Vec<types::ChannelAdminLogEvent>, Error> {
        let channel = self.input_channel(channel)?;
        let (mut events, mut max_id) = (Vec::new(), 0);
        while events.len() < limit {
            let request = functions::channels::GetAdminLog {
                channel: channel.clone(),
                q: String::new(),
                events_filter: None,
                admins: None,
                max_id,
                min_id: 0,
                limit: i32::try_from((limit - events.len()).min(crate::limits::PAGE)).unwrap_or(i32::MAX),
            };
            let page = self.invoke(request).await?;
            self.learn(&page.users, &page.chats).await;
            let Some(last) = page.events.last() else { break };
            max_id = last.id;
            events.extend(page.events);
        }
        Ok(events)
    }
}

impl Promote {
    /// The title that stands beside the name, up to 16 characters.
    ///
    /// ```no_run
    /// use chappe::groups::AdminRights;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.promote(chat, user, AdminRights::new().delete_messages().ban_users()).rank("Gardener").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn rank(mut self, rank: impl Into<String>) -> Self {
        self.rank = Some(rank.into());
        self
    }

    async fn call(self) -> Result<(), Error> {
        let Self { client, chat, user, rights, rank } = self;
        let user_id = client.input_user(user)?;
        match chat.id() {
            PeerId::Channel(_) => {
                let channel = client.input_channel(chat)?;
                let admin_rights = rights.into();
                let request = functions::channels::EditAdmin { channel, user_id, admin_rights, rank };
                let answer = client.invoke(request).await?;
                client.told(answer).await;
                Ok(())
            }
            PeerId::Chat(_) if rank.is_some() => Err(Error::new(
                ErrorKind::Argument,
                "admins of basic groups have no titles: turn it into a supergroup first",
            )),
            PeerId::Chat(chat_id) => {
                let is_admin = !rights.is_none();
                client.invoke(functions::messages::EditChatAdmin { chat_id, user_id, is_admin }).await?;
                Ok(())
            }
            id @ PeerId::User(_) => Err(wrong_kind(id, "a group or channel")),
        }
    }
}

into_call!(Promote => ());
