use chappe_api::types;

use crate::messages::{Draft, Message};
use crate::peers::Peer;

/// A chat in the list of chats.
///
/// ```no_run
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// let dialog = client.dialog(&client.resolve("@friend").await?).await?;
/// println!("{} unread", dialog.unread_count());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Dialog {
    pub(super) raw: Box<types::Dialog>,
    pub(super) peer: Peer,
    pub(super) last: Option<Message>,
}

impl Dialog {
    /// Whom or what the chat is with.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The newest message; `None` if there is none (any more).
    pub fn last_message(&self) -> Option<&Message> {
        self.last.as_ref()
    }

    /// Messages that this account has not read.
    pub fn unread_count(&self) -> usize {
        usize::try_from(self.raw.unread_count).unwrap_or_default()
    }

    /// Mentions that this account has not seen.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// for dialog in client.dialogs().limit(50).collect().await? {
    ///     if dialog.unread_mentions_count() > 0 || dialog.is_marked_unread() {
    ///         let mark = if dialog.is_pinned() { "*" } else { " " };
    ///         println!("{mark} {} wants you", dialog.peer().name());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn unread_mentions_count(&self) -> usize {
        usize::try_from(self.raw.unread_mentions_count).unwrap_or_default()
    }

    /// The newest message that this account has read.
    pub fn read_inbox_max_id(&self) -> i32 {
        self.raw.read_inbox_max_id
    }

    /// The newest message of this account that somebody has read.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// for dialog in client.dialogs().limit(20).collect().await? {
    ///     if let Some(message) = dialog.last_message().filter(|message| message.is_outgoing()) {
    ///         let seen = dialog.read_outbox_max_id() >= message.id();
    ///         println!("{}: {}", dialog.peer().name(), if seen { "✓✓" } else { "✓" });
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn read_outbox_max_id(&self) -> i32 {
        self.raw.read_outbox_max_id
    }

    /// Whether it stays at the top of the list.
    pub fn is_pinned(&self) -> bool {
        self.raw.pinned
    }

    /// Whether the user marked it as unread.
    pub fn is_marked_unread(&self) -> bool {
        self.raw.unread_mark
    }

    /// The words that wait in it to be sent.
    pub fn draft(&self) -> Option<Draft> {
        Draft::new(self.peer.id(), self.raw.draft.as_ref()?)
    }

    /// The dialog as the API has it.
    pub fn raw(&self) -> &types::Dialog {
        &self.raw
    }
}
