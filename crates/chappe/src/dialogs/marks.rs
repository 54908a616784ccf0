use chappe_api::functions;

use crate::client::Client;
use crate::error::Error;
use crate::peers::PeerRef;

impl Client {
    /// Keeps a chat at the top of the list, or no more.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.pin_dialog(chat, true).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `PINNED_DIALOGS_TOO_MUCH` …
    pub async fn pin_dialog(&self, chat: impl Into<PeerRef>, pinned: bool) -> Result<(), Error> {
        let peer = self.input_dialog(chat.into())?;
        self.invoke(functions::messages::ToggleDialogPin { pinned, peer }).await?;
        Ok(())
    }

    /// Puts the pinned chats in this order.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.reorder_pinned_dialogs([user, chat]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses.
    pub async fn reorder_pinned_dialogs(
        &self,
        chats: impl IntoIterator<Item = PeerRef>,
    ) -> Result<(), Error> {
        let order = chats.into_iter().map(|chat| self.input_dialog(chat)).collect::<Result<_, _>>()?;
        self.invoke(functions::messages::ReorderPinnedDialogs { force: true, folder_id: 0, order }).await?;
        Ok(())
    }

    /// Marks a chat as unread, whatever is in it, or takes the mark away.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.mark_dialog_unread(chat, true).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses.
    pub async fn mark_dialog_unread(&self, chat: impl Into<PeerRef>, unread: bool) -> Result<(), Error> {
        let peer = self.input_dialog(chat.into())?;
        self.invoke(functions::messages::MarkDialogUnread { unread, parent_peer: None, peer }).await?;
        Ok(())
    }
}
