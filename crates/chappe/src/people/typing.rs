use chappe_api::{enums, functions};

use crate::client::Client;
use crate::error::Error;
use crate::peers::PeerRef;

impl Client {
    /// Shows in a chat that the user is doing something: typing, recording, sending a file … It is shown for six
    /// seconds, or until a message comes.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// use chappe::enums::SendMessageAction;
    ///
    /// client.set_typing(chat, SendMessageAction::TypingAction).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `USER_BANNED_IN_CHANNEL` …
    pub async fn set_typing(
        &self,
        chat: impl Into<PeerRef>,
        action: impl Into<enums::SendMessageAction>,
    ) -> Result<(), Error> {
        let peer = self.input_peer(chat)?;
        self.invoke(functions::messages::SetTyping { peer, top_msg_id: None, action: action.into() }).await?;
        Ok(())
    }
}
