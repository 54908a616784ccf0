use chappe_api::{enums, functions, types};

use crate::client::Client;
use crate::error::Error;
use crate::peers::{PeerId, PeerRef, wrong_kind};

impl Client {
    /// Everything that the server tells of a group or channel.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// if let chappe::enums::ChatFull::ChannelFull(full) = client.full_chat(chat).await? {
    ///     println!("{}", full.about);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for users; the server refuses: `CHANNEL_PRIVATE` …
    pub async fn full_chat(&self, chat: impl Into<PeerRef>) -> Result<enums::ChatFull, Error> {
        let chat = chat.into();
        let full = match chat.id() {
            PeerId::Channel(_) => {
                let channel = self.input_channel(chat)?;
                self.invoke(functions::channels::GetFullChannel { channel }).await?
            }
            PeerId::Chat(chat_id) => self.invoke(functions::messages::GetFullChat { chat_id }).await?,
            id @ PeerId::User(_) => return Err(wrong_kind(id, "a group or channel")),
        };
        self.learn(&full.users, &full.chats).await;
        Ok(full.full_chat)
    }

    /// Gives a group or channel another title.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.set_title(chat, "Higher towers").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for users; the server refuses: `CHAT_ADMIN_REQUIRED`,
    /// `CHAT_NOT_MODIFIED` …
    pub async fn set_title(&self, chat: impl Into<PeerRef>, title: impl Into<String>) -> Result<(), Error> {
        let (chat, title) = (chat.into(), title.into());
        let answer = match chat.id() {
            PeerId::Channel(_) => {
                let channel = self.input_channel(chat)?;
                self.invoke(functions::channels::EditTitle { channel, title }).await?
            }
            PeerId::Chat(chat_id) => {
                self.invoke(functions::messages::EditChatTitle { chat_id, title }).await?
            }
            id @ PeerId::User(_) => return Err(wrong_kind(id, "a group or channel")),
        };
        self.told(answer).await;
        Ok(())
    }

    /// Says something else about a group or channel.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.set_about(chat, "All about them").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CHAT_ADMIN_REQUIRED`, `CHAT_ABOUT_NOT_MODIFIED` …
    pub async fn set_about(&self, chat: impl Into<PeerRef>, about: impl Into<String>) -> Result<(), Error> {
        let peer = self.input_peer(chat)?;
        self.invoke(functions::messages::EditChatAbout { peer, about: about.into() }).await?;
        Ok(())
    }

    /// Gives a group or channel another photo: an uploaded picture, or none.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let file = client.upload("tower.jpg").await?;
    /// client.set_chat_photo(chat, Some(file)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for users; the server refuses: `CHAT_ADMIN_REQUIRED`,
    /// `PHOTO_INVALID` …
    pub async fn set_chat_photo(
        &self,
        chat: impl Into<PeerRef>,
        file: Option<enums::InputFile>,
    ) -> Result<(), Error> {
        let chat = chat.into();
        let photo = match file {
            None => enums::InputChatPhoto::Empty,
            Some(file) => types::InputChatUploadedPhoto {
                file: Some(file),
                video: None,
                video_start_ts: None,
                video_emoji_markup: None,
            }
            .into(),
        };
        let answer = match chat.id() {
            PeerId::Channel(_) => {
                let channel = self.input_channel(chat)?;
                self.invoke(functions::channels::EditPhoto { channel, photo }).await?
            }
            PeerId::Chat(chat_id) => {
                self.invoke(functions::messages::EditChatPhoto { chat_id, photo }).await?
            }
            id @ PeerId::User(_) => return Err(wrong_kind(id, "a group or channel")),
        };
        self.told(answer).await;
        Ok(())
    }

    /// Gives a channel or supergroup a public name, without `@`; an empty one makes it private.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.set_public_name(chat, "towers_of_chappe").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for other chats; the server refuses: `USERNAME_OCCUPIED`,
    /// `CHAT_ADMIN_REQUIRED` …
    pub async fn set_public_name(
        &self,
        channel: impl Into<PeerRef>,
        username: impl Into<String>,
    ) -> Result<(), Error> {
        let channel = self.input_channel(channel)?;
        self.invoke(functions::channels::UpdateUsername { channel, username: username.into() }).await?;
        Ok(())
    }

    /// How many seconds members of a supergroup have to wait between two messages; 0 for none.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.set_slow_mode(chat, 30).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for other chats; the server refuses: `SECONDS_INVALID` …
    pub async fn set_slow_mode(&self, group: impl Into<PeerRef>, seconds: i32) -> Result<(), Error> {
        let channel = self.input_channel(group)?;
        let answer = self.invoke(functions::channels::ToggleSlowMode { channel, seconds }).await?;
        self.told(answer).await;
        Ok(())
    }

    /// Whether what is said in a group or channel may be forwarded and saved.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.set_no_forwards(chat, true).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CHAT_ADMIN_REQUIRED`, `CHAT_NOT_MODIFIED` …
    pub async fn set_no_forwards(&self, chat: impl Into<PeerRef>, enabled: bool) -> Result<(), Error> {
        let peer = self.input_peer(chat)?;
        let request = functions::messages::ToggleNoForwards { peer, enabled, request_msg_id: None };
        let answer = self.invoke(request).await?;
        self.told(answer).await;
        Ok(())
    }

    /// The link of a message in a channel or supergroup.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// println!("{}", client.message_link(chat, 17).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for other chats; the server refuses:
    /// `MESSAGE_ID_INVALID` …
    pub async fn message_link(&self, channel: impl Into<PeerRef>, id: i32) -> Result<String, Error> {
        let channel = self.input_channel(channel)?;
        let request = functions::channels::ExportMessageLink { grouped: false, thread: false, channel, id };
        Ok(self.invoke(request).await?.link)
    }
}
