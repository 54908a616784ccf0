use std::fmt;

use chappe_api::{enums, functions, types};

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::limits::PAGE;
use crate::messages::into_call;
use crate::peers::{Peer, PeerRef};

/// Makes a link that invites. From [`Client::export_invite`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// let invite = client.export_invite(chat).expires(1_900_000_000).request_needed().await?;
/// # drop(invite);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is made until it is awaited"]
pub struct ExportInvite {
    client: Client,
    chat: PeerRef,
    expires: Option<i32>,
    usage_limit: Option<i32>,
    title: Option<String>,
    request_needed: bool,
}

/// Changes a link that invites. From [`Client::edit_invite`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.edit_invite(chat, "https://t.me/+AbCdEfGh").title("for friends").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is changed until it is awaited"]
pub struct EditInvite {
    client: Client,
    chat: PeerRef,
    link: String,
    expires: Option<i32>,
    usage_limit: Option<i32>,
    title: Option<String>,
    request_needed: Option<bool>,
}

impl Client {
    /// Makes a link that invites to a group or channel.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let invite = client.export_invite(chat).title("for friends").usage_limit(5).await?;
    /// println!("{}", invite.link);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: the server refuses: `CHAT_ADMIN_REQUIRED`, `USAGE_LIMIT_INVALID` …
    pub fn export_invite(&self, chat: impl Into<PeerRef>) -> ExportInvite {
        ExportInvite {
            client: self.clone(),
            chat: chat.into(),
            expires: None,
            usage_limit: None,
            title: None,
            request_needed: false,
        }
    }

    /// Changes a link that invites.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.edit_invite(chat, "https://t.me/+AbCdEfGh").usage_limit(0).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: the server refuses: `CHAT_ADMIN_REQUIRED`, `INVITE_HASH_EXPIRED` …
    pub fn edit_invite(&self, chat: impl Into<PeerRef>, link: impl Into<String>) -> EditInvite {
        EditInvite {
            client: self.clone(),
            chat: chat.into(),
            link: link.into(),
            expires: None,
            usage_limit: None,
            title: None,
            request_needed: None,
        }
    }

    /// The links that an admin made, newest first: those that are good, or those that were revoked.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let me = client.resolve("me").await?;
    /// for invite in client.invites(chat, &me, false).await? {
    ///     println!("{}: used {} times", invite.link, invite.usage.unwrap_or(0));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CHAT_ADMIN_REQUIRED` …
    pub async fn invites(
        &self,
        chat: impl Into<PeerRef>,
        admin: impl Into<PeerRef>,
        revoked: bool,
    ) -> Result<Vec<types::ChatInviteExported>, Error> {
        let peer = self.input_peer(chat)?;
        let admin_id = self.input_user(admin)?;
        let mut invites: Vec<types::ChatInviteExported> = Vec::new();
        loop {
            let last = invites.last();
            let request = functions::messages::GetExportedChatInvites {
                revoked,
                peer: peer.clone(),
                admin_id: admin_id.clone(),
                offset_date: last.map(|invite| invite.date),
                offset_link: last.map(|invite| invite.link.clone()),
                limit: i32::try_from(PAGE).unwrap_or(i32::MAX),
            };
            let page = self.invoke(request).await?;
            self.learn(&page.users, &[]).await;
            let before = invites.len();
            invites.extend(page.invites.into_iter().filter_map(|invite| match invite {
                enums::ExportedChatInvite::Exported(invite) => Some(*invite),
                enums::ExportedChatInvite::PublicJoinRequests => None,
            }));
            if invites.len() - before < PAGE {
                return Ok(invites);
            }
        }
    }

    /// Makes a link worthless. In place of the main link of an admin comes another one, which is returned.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.revoke_invite(chat, "https://t.me/+AbCdEfGh").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CHAT_ADMIN_REQUIRED`, `INVITE_HASH_EXPIRED` …
    pub async fn revoke_invite(
        &self,
        chat: impl Into<PeerRef>,
        link: impl Into<String>,
    ) -> Result<Option<types::ChatInviteExported>, Error> {
        let request = functions::messages::EditExportedChatInvite {
            revoked: true,
            peer: self.input_peer(chat)?,
            link: link.into(),
            expire_date: None,
            usage_limit: None,
            request_needed: None,
            title: None,
        };
        match self.invoke(request).await? {
            enums::messages::ExportedChatInvite::Invite(_) => Ok(None),
            enums::messages::ExportedChatInvite::Replaced(replaced) => {
                exported(replaced.new_invite).map(Some)
            }
        }
    }

    /// Deletes a link that was revoked.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.delete_invite(chat, "https://t.me/+AbCdEfGh").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `INVITE_REVOKED_MISSING` …
    pub async fn delete_invite(
        &self,
        chat: impl Into<PeerRef>,
        link: impl Into<String>,
    ) -> Result<(), Error> {
        let peer = self.input_peer(chat)?;
        self.invoke(functions::messages::DeleteExportedChatInvite { peer, link: link.into() }).await?;
        Ok(())
    }

    /// Those who ask to be let in, at most a hundred.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// for person in client.join_requests(chat).await? {
    ///     client.answer_join_request(chat, &person, true).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CHAT_ADMIN_REQUIRED` …
    pub async fn join_requests(&self, chat: impl Into<PeerRef>) -> Result<Vec<Peer>, Error> {
        let request = functions::messages::GetChatInviteImporters {
            requested: true,
            subscription_expired: false,
            peer: self.input_peer(chat)?,
            link: None,
            q: None,
            offset_date: 0,
            offset_user: enums::InputUser::Empty,
            limit: i32::try_from(PAGE).unwrap_or(i32::MAX),
        };
        let found = self.invoke(request).await?;
        self.learn(&found.users, &[]).await;
        Ok(found.users.into_iter().filter_map(Peer::from_user).collect())
    }

    /// Lets somebody in who asked for it, or not.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.answer_join_request(chat, user, false).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for groups and channels in the place of the user; the server refuses:
    /// `HIDE_REQUESTER_MISSING` …
    pub async fn answer_join_request(
        &self,
        chat: impl Into<PeerRef>,
        user: impl Into<PeerRef>,
        approved: bool,
    ) -> Result<(), Error> {
        let request = functions::messages::HideChatJoinRequest {
            approved,
            peer: self.input_peer(chat)?,
            user_id: self.input_user(user)?,
        };
        let answer = self.invoke(request).await?;
        self.told(answer).await;
        Ok(())
    }
}

fn exported(invite: enums::ExportedChatInvite) -> Result<types::ChatInviteExported, Error> {
    match invite {
        enums::ExportedChatInvite::Exported(invite) => Ok(*invite),
        enums::ExportedChatInvite::PublicJoinRequests => {
            Err(Error::new(ErrorKind::Protocol, "the server made no link"))
        }
    }
}

/// What both builders set. The examples go on from `begin`, which makes the builder.
macro_rules! bounds {
    ($begin:literal) => {
        /// When it ends, Unix seconds; 0 for never.
        ///
        /// ```no_run
        /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
        /// let tomorrow = client.server_time().await as i32 + 86_400;
        #[doc = concat!($begin, ".expires(tomorrow).await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn expires(mut self, date: i32) -> Self {
            self.expires = Some(date);
            self
        }

        /// How many people may use it; 0 for any number.
        ///
        /// ```no_run
        /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, ".usage_limit(30).await?; // for one class of a school")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn usage_limit(mut self, limit: i32) -> Self {
            self.usage_limit = Some(limit);
            self
        }

        /// What admins call it.
        ///
        /// ```no_run
        /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, ".title(\"from the poster\").await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn title(mut self, title: impl Into<String>) -> Self {
            self.title = Some(title.into());
            self
        }
    };
}

impl ExportInvite {
    bounds!("client.export_invite(chat)");

    /// Who uses it has to be let in by an admin.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let invite = client.export_invite(chat).title("from the poster").request_needed().await?;
    /// println!("{} – an admin lets people in", invite.link);
    /// # Ok(())
    /// # }
    /// ```
    pub fn request_needed(mut self) -> Self {
        self.request_needed = true;
        self
    }

    async fn call(self) -> Result<types::ChatInviteExported, Error> {
        let request = functions::messages::ExportChatInvite {
            legacy_revoke_permanent: false,
            request_needed: self.request_needed,
            peer: self.client.input_peer(self.chat)?,
            expire_date: self.expires,
            usage_limit: self.usage_limit,
            title: self.title,
            subscription_pricing: None,
        };
        exported(self.client.invoke(request).await?)
    }
}

into_call!(ExportInvite => types::ChatInviteExported);

impl EditInvite {
    bounds!("client.edit_invite(chat, \"https://t.me/+AbCdEfGhIjKlMnOp\")");

    /// Whether who uses it has to be let in by an admin.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // From now on everybody may come in who has the link.
    /// client.edit_invite(chat, "https://t.me/+AbCdEfGhIjKlMnOp").request_needed(false).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request_needed(mut self, needed: bool) -> Self {
        self.request_needed = Some(needed);
        self
    }

    async fn call(self) -> Result<types::ChatInviteExported, Error> {
        let request = functions::messages::EditExportedChatInvite {
            revoked: false,
            peer: self.client.input_peer(self.chat)?,
            link: self.link,
            expire_date: self.expires,
            usage_limit: self.usage_limit,
            request_needed: self.request_needed,
            title: self.title,
        };
        match self.client.invoke(request).await? {
            enums::messages::ExportedChatInvite::Invite(edited) => exported(edited.invite),
            enums::messages::ExportedChatInvite::Replaced(replaced) => exported(replaced.new_invite),
        }
    }
}

into_call!(EditInvite => types::ChatInviteExported);

/// Whoever knows the link may use it: it is left out.
impl fmt::Debug for EditInvite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client: _, chat, link: _, expires, usage_limit, title, request_needed } = self;
        f.debug_struct("EditInvite")
            .field("chat", chat)
            .field("expires", expires)
            .field("usage_limit", usage_limit)
            .field("title", title)
            .field("request_needed", request_needed)
            .finish_non_exhaustive()
    }
}
