use chappe_api::functions;

use crate::client::Client;
use crate::error::Error;
use crate::limits::MAX_MESSAGE_IDS;
use crate::peers::{PeerId, PeerRef};

/// Deletes messages. From [`Client::delete_messages`] and [`Message::delete`](crate::Message::delete); `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// let count = client.delete_messages(chat, [17, 18]).await?;
/// println!("{count} deleted");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until it is awaited"]
pub struct DeleteMessages {
    client: Client,
    chat: PeerRef,
    ids: Vec<i32>,
    revoke: bool,
}

impl Client {
    /// Deletes messages, for everybody unless [`only_for_me`](DeleteMessages::only_for_me) is set, and returns how many
    /// there were.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.delete_messages(chat, [17, 18]).only_for_me().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: the server refuses: `MESSAGE_DELETE_FORBIDDEN`, `CHANNEL_PRIVATE` …
    pub fn delete_messages(
        &self,
        chat: impl Into<PeerRef>,
        ids: impl IntoIterator<Item = i32>,
    ) -> DeleteMessages {
        DeleteMessages {
            client: self.clone(),
            chat: chat.into(),
            ids: ids.into_iter().collect(),
            revoke: true,
        }
    }
}

impl DeleteMessages {
    /// Leaves the copies of others. In channels and supergroups there are none.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let count = client.delete_messages(chat, [17, 18]).only_for_me().await?;
    /// println!("{count} gone, here alone");
    /// # Ok(())
    /// # }
    /// ```
    pub fn only_for_me(mut self) -> Self {
        self.revoke = false;
        self
    }

    async fn call(self) -> Result<usize, Error> {
        let mut count = 0;
        for ids in self.ids.chunks(MAX_MESSAGE_IDS) {
            let id = ids.to_vec();
            let affected = match self.chat.id() {
                PeerId::Channel(_) => {
                    let channel = self.client.input_channel(self.chat)?;
                    self.client.invoke(functions::channels::DeleteMessages { channel, id }).await?
                }
                PeerId::Chat(_) | PeerId::User(_) => {
                    self.client
                        .invoke(functions::messages::DeleteMessages { revoke: self.revoke, id })
                        .await?
                }
            };
            count += usize::try_from(affected.pts_count).unwrap_or_default();
        }
        Ok(count)
    }
}

into_call!(DeleteMessages => usize);
