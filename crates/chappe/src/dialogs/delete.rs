use chappe_api::functions;

use crate::client::Client;
use crate::error::Error;
use crate::messages::into_call;
use crate::peers::{PeerId, PeerRef};

/// Deletes what was said in a chat. From [`Client::delete_history`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.delete_history(chat).keep_dialog().max_id(17).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until it is awaited"]
pub struct DeleteHistory {
    client: Client,
    chat: PeerRef,
    for_everyone: bool,
    keep_dialog: bool,
    max_id: i32,
}

impl Client {
    /// Deletes what was said in a chat, for this account, and takes the chat from the list.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.delete_history(chat).for_everyone().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: the server refuses: `CHAT_ADMIN_REQUIRED` …
    pub fn delete_history(&self, chat: impl Into<PeerRef>) -> DeleteHistory {
        DeleteHistory {
            client: self.clone(),
            chat: chat.into(),
            for_everyone: false,
            keep_dialog: false,
            max_id: 0,
        }
    }
}

impl DeleteHistory {
    /// For the others, too.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.delete_history(chat).for_everyone().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn for_everyone(mut self) -> Self {
        self.for_everyone = true;
        self
    }

    /// Leaves the chat in the list.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.delete_history(chat).keep_dialog().await?;
    /// assert!(client.dialog(chat).await?.last_message().is_none()); // empty, but in its place
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep_dialog(mut self) -> Self {
        self.keep_dialog = true;
        self
    }

    /// Only up to this message.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // All but the last message.
    /// let last = client.messages(chat).limit(1).collect().await?;
    /// if let Some(last) = last.first() {
    ///     client.delete_history(chat).max_id(last.id() - 1).keep_dialog().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_id(mut self, id: i32) -> Self {
        self.max_id = id;
        self
    }

    async fn call(self) -> Result<(), Error> {
        let Self { client, chat, for_everyone, keep_dialog, max_id } = self;
        if let PeerId::Channel(_) = chat.id() {
            let channel = client.input_channel(chat)?;
            let answer =
                client.invoke(functions::channels::DeleteHistory { for_everyone, channel, max_id }).await?;
            client.told(answer).await;
            return Ok(());
        }
        let peer = client.input_peer(chat)?;
        loop {
            let request = functions::messages::DeleteHistory {
                just_clear: keep_dialog,
                revoke: for_everyone,
                peer: peer.clone(),
                max_id,
                min_date: None,
                max_date: None,
            };
            // A long history goes piece by piece.
            if client.invoke(request).await?.offset <= 0 {
                return Ok(());
            }
        }
    }
}

into_call!(DeleteHistory => ());
