use chappe_api::functions;

use super::Message;
use crate::client::Client;
use crate::error::Error;
use crate::peers::{PeerId, PeerRef};

impl Client {
    /// Marks the messages of a chat as read, up to a number; 0 for all.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.mark_read(chat, 0).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CHANNEL_PRIVATE` …
    pub async fn mark_read(&self, chat: impl Into<PeerRef>, max_id: i32) -> Result<(), Error> {
        let chat = chat.into();
        match chat.id() {
            PeerId::Channel(_) => {
                let channel = self.input_channel(chat)?;
                self.invoke(functions::channels::ReadHistory { channel, max_id }).await?;
            }
            PeerId::Chat(_) | PeerId::User(_) => {
                let peer = self.input_peer(chat)?;
                self.invoke(functions::messages::ReadHistory { peer, max_id }).await?;
            }
        }
        Ok(())
    }

    /// Marks voice and round video messages as listened to, and mentions as seen.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.mark_contents_read(chat, [17]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses.
    pub async fn mark_contents_read(
        &self,
        chat: impl Into<PeerRef>,
        ids: impl IntoIterator<Item = i32>,
    ) -> Result<(), Error> {
        let (chat, id) = (chat.into(), ids.into_iter().collect());
        match chat.id() {
            PeerId::Channel(_) => {
                let channel = self.input_channel(chat)?;
                self.invoke(functions::channels::ReadMessageContents { channel, id }).await?;
            }
            PeerId::Chat(_) | PeerId::User(_) => {
                self.invoke(functions::messages::ReadMessageContents { id }).await?;
            }
        }
        Ok(())
    }

    /// Marks all mentions in a chat as seen.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.mark_mentions_read(chat).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses.
    pub async fn mark_mentions_read(&self, chat: impl Into<PeerRef>) -> Result<(), Error> {
        let peer = self.input_peer(chat)?;
        loop {
            let request = functions::messages::ReadMentions { peer: peer.clone(), top_msg_id: None };
            if self.invoke(request).await?.offset <= 0 {
                return Ok(());
            }
        }
    }
}

impl Message {
    /// Marks it and everything before it as read.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// message.mark_read().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::mark_read`].
    pub async fn mark_read(&self) -> Result<(), Error> {
        self.client().mark_read(self.chat(), self.id()).await
    }
}
