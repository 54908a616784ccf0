use chappe_api::functions;

use super::Message;
use crate::client::Client;
use crate::error::Error;
use crate::peers::PeerRef;

/// Pins a message. From [`Client::pin`] and [`Message::pin`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.pin(chat, 17).one_side().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is pinned until it is awaited"]
pub struct PinMessage {
    client: Client,
    chat: PeerRef,
    id: i32,
    silent: bool,
    one_side: bool,
}

impl Client {
    /// Pins a message in its chat.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.pin(chat, 17).silent().await?;
    /// client.unpin(chat, 17).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: the server refuses: `CHAT_ADMIN_REQUIRED`, `MESSAGE_ID_INVALID` …
    pub fn pin(&self, chat: impl Into<PeerRef>, id: i32) -> PinMessage {
        PinMessage { client: self.clone(), chat: chat.into(), id, silent: false, one_side: false }
    }

    /// Unpins a message.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.unpin(chat, 17).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::pin`].
    pub async fn unpin(&self, chat: impl Into<PeerRef>, id: i32) -> Result<(), Error> {
        self.update_pinned(chat.into(), id, (false, true, false)).await
    }

    /// Unpins all messages of a chat.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.unpin_all(chat).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::pin`].
    pub async fn unpin_all(&self, chat: impl Into<PeerRef>) -> Result<(), Error> {
        let peer = self.input_peer(chat)?;
        loop {
            let request = functions::messages::UnpinAllMessages {
                peer: peer.clone(),
                top_msg_id: None,
                saved_peer_id: None,
            };
            if self.invoke(request).await?.offset <= 0 {
                return Ok(());
            }
        }
    }

    async fn update_pinned(
        &self,
        chat: PeerRef,
        id: i32,
        (silent, unpin, pm_oneside): (bool, bool, bool),
    ) -> Result<(), Error> {
        let peer = self.input_peer(chat)?;
        let request = functions::messages::UpdatePinnedMessage { silent, unpin, pm_oneside, peer, id };
        let answer = self.invoke(request).await?;
        self.told(answer).await;
        Ok(())
    }
}

impl PinMessage {
    /// Tells nobody of it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.pin(chat, 17).silent().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// Pins it for this account alone. In private chats.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.pin(chat, 17).one_side().await?; // a note to oneself
    /// # Ok(())
    /// # }
    /// ```
    pub fn one_side(mut self) -> Self {
        self.one_side = true;
        self
    }

    async fn call(self) -> Result<(), Error> {
        self.client.update_pinned(self.chat, self.id, (self.silent, false, self.one_side)).await
    }
}

into_call!(PinMessage => ());

impl Message {
    /// Pins it.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// message.pin().silent().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn pin(&self) -> PinMessage {
        self.client().pin(self.chat(), self.id())
    }

    /// Unpins it.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// message.unpin().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::pin`].
    pub async fn unpin(&self) -> Result<(), Error> {
        self.client().unpin(self.chat(), self.id()).await
    }
}
