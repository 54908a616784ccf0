use chappe_api::functions;

use crate::client::Client;
use crate::error::Error;
use crate::peers::PeerRef;

impl Client {
    /// Keeps a chat at the top of the list, or no more.
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
    /// # Errors
    /// The server refuses.
    pub async fn mark_dialog_unread(&self, chat: impl Into<PeerRef>, unread: bool) -> Result<(), Error> {
        let peer = self.input_dialog(chat.into())?;
        self.invoke(functions::messages::MarkDialogUnread { unread, parent_peer: None, peer }).await?;
        Ok(())
    }
}
