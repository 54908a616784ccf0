use chappe_api::{enums, functions, types};

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::peers::{Link, Peer, PeerId, PeerRef, wrong_kind};

/// Messages of a basic group that somebody who is added sees.
const FORWARDED: i32 = 100;

impl Client {
    /// Enters a public channel or supergroup, or asks to be let in.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let channel = client.resolve("@chappe").await?;
    /// client.join(&channel).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for other chats; the server refuses: `CHANNELS_TOO_MUCH`; `INVITE_REQUEST_SENT` if an
    /// admin has to agree.
    pub async fn join(&self, channel: impl Into<PeerRef>) -> Result<Peer, Error> {
        let channel = self.input_channel(channel)?;
        let answer = self.invoke(functions::channels::JoinChannel { channel }).await?;
        self.joined(answer).await
    }

    /// Accepts an invitation: its link, or the secret part of it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let group = client.accept_invite("https://t.me/+AbCdEfGh").await?;
    /// println!("{}", group.name());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `INVITE_HASH_EXPIRED`, `USER_ALREADY_PARTICIPANT`; `INVITE_REQUEST_SENT` if an admin has to
    /// agree.
    pub async fn accept_invite(&self, link: &str) -> Result<Peer, Error> {
        let hash = invite_hash(link)?;
        let answer = self.invoke(functions::messages::ImportChatInvite { hash }).await?;
        self.joined(answer).await
    }

    /// Looks at an invitation without accepting it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// if let chappe::enums::ChatInvite::Invite(invite) = client.check_invite("https://t.me/+AbCdEfGh").await? {
    ///     println!("{} with {} members", invite.title, invite.participants_count);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `INVITE_HASH_EXPIRED` …
    pub async fn check_invite(&self, link: &str) -> Result<enums::ChatInvite, Error> {
        let hash = invite_hash(link)?;
        Ok(self.invoke(functions::messages::CheckChatInvite { hash }).await?)
    }

    async fn joined(&self, answer: enums::messages::ChatInviteJoinResult) -> Result<Peer, Error> {
        match answer {
            enums::messages::ChatInviteJoinResult::Ok(joined) => self.told(joined.updates).await.first_chat(),
            enums::messages::ChatInviteJoinResult::WebView(_) => Err(Error::new(
                ErrorKind::Argument,
                "a bot of this chat asks questions first: join it in an official program",
            )),
        }
    }

    /// Leaves a group or channel.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.leave(chat).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for users; the server refuses: `USER_NOT_PARTICIPANT` …
    pub async fn leave(&self, chat: impl Into<PeerRef>) -> Result<(), Error> {
        let chat = chat.into();
        let answer = match chat.id() {
            PeerId::Channel(_) => {
                let channel = self.input_channel(chat)?;
                self.invoke(functions::channels::LeaveChannel { channel }).await?
            }
            PeerId::Chat(chat_id) => {
                let request = functions::messages::DeleteChatUser {
                    revoke_history: false,
                    chat_id,
                    user_id: enums::InputUser::UserSelf,
                };
                self.invoke(request).await?
            }
            id @ PeerId::User(_) => return Err(wrong_kind(id, "a group or channel")),
        };
        self.told(answer).await;
        Ok(())
    }

    /// Adds people to a group or channel, and returns those who could not be added: their privacy settings forbid it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// for missing in client.invite(chat, [user]).await? {
    ///     println!("{} does not want to be added", missing.user_id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for users in the place of the chat, and for members that are no users; the server
    /// refuses: `USER_ALREADY_PARTICIPANT`, `CHAT_ADMIN_REQUIRED` …
    pub async fn invite(
        &self,
        chat: impl Into<PeerRef>,
        people: impl IntoIterator<Item = PeerRef>,
    ) -> Result<Vec<types::MissingInvitee>, Error> {
        let chat = chat.into();
        let users: Vec<_> = people.into_iter().map(|user| self.input_user(user)).collect::<Result<_, _>>()?;
        let mut missing = Vec::new();
        match chat.id() {
            PeerId::Channel(_) => {
                let channel = self.input_channel(chat)?;
                let answer = self.invoke(functions::channels::InviteToChannel { channel, users }).await?;
                self.told(answer.updates).await;
                missing.extend(answer.missing_invitees);
            }
            PeerId::Chat(chat_id) => {
                for user_id in users {
                    let request = functions::messages::AddChatUser { chat_id, user_id, fwd_limit: FORWARDED };
                    let answer = self.invoke(request).await?;
                    self.told(answer.updates).await;
                    missing.extend(answer.missing_invitees);
                }
            }
            id @ PeerId::User(_) => return Err(wrong_kind(id, "a group or channel")),
        }
        Ok(missing)
    }
}

fn invite_hash(link: &str) -> Result<String, Error> {
    match Link::parse(link) {
        Some(Link::Invite(hash)) => Ok(hash),
        _ => Err(Error::new(ErrorKind::Argument, "this is no link of an invitation")),
    }
}
