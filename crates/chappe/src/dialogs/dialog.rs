use std::fmt;

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
#[derive(Clone)]
pub struct Dialog {
    pub(super) raw: Box<types::Dialog>,
    pub(super) peer: Peer,
    pub(super) last: Option<Message>,
}

impl Dialog {
    /// Whom or what the chat is with.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// for dialog in client.dialogs().limit(20).collect().await? {
    ///     println!("{} ({})", dialog.peer().name(), dialog.peer().id());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The newest message; `None` if there is none (any more).
    ///
    /// ```no_run
    /// # fn run(dialog: chappe::dialogs::Dialog) {
    /// let last = dialog.last_message().map(|message| message.text()).unwrap_or_default();
    /// let preview: String = last.chars().take(30).collect();
    /// println!("{}: {preview}", dialog.peer().name());
    /// # }
    /// ```
    pub fn last_message(&self) -> Option<&Message> {
        self.last.as_ref()
    }

    /// Messages that this account has not read.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, dialog: chappe::dialogs::Dialog) -> Result<(), chappe::Error> {
    /// // What is new, oldest first.
    /// for message in client.messages(dialog.peer()).limit(dialog.unread_count()).collect().await?.iter().rev() {
    ///     println!("{}", message.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, dialog: chappe::dialogs::Dialog) -> Result<(), chappe::Error> {
    /// // Begin where the user stopped reading, here or on another device.
    /// let mut new = client.messages(dialog.peer()).min_id(dialog.read_inbox_max_id()).reverse();
    /// while let Some(message) = new.next().await? {
    ///     println!("{}", message.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```no_run
    /// # fn run(dialogs: Vec<chappe::dialogs::Dialog>) {
    /// let pinned = dialogs.iter().take_while(|dialog| dialog.is_pinned()).count(); // they come first
    /// println!("{pinned} at the top, {} below", dialogs.len() - pinned);
    /// # }
    /// ```
    pub fn is_pinned(&self) -> bool {
        self.raw.pinned
    }

    /// Whether the user marked it as unread.
    ///
    /// ```no_run
    /// # fn run(dialog: chappe::dialogs::Dialog) {
    /// let badge = match dialog.unread_count() {
    ///     0 if dialog.is_marked_unread() => "•".to_owned(), // read, and marked to be looked at again
    ///     0 => String::new(),
    ///     count => count.to_string(),
    /// };
    /// println!("{} {badge}", dialog.peer().name());
    /// # }
    /// ```
    pub fn is_marked_unread(&self) -> bool {
        self.raw.unread_mark
    }

    /// The words that wait in it to be sent.
    ///
    /// ```no_run
    /// # fn run(dialog: chappe::dialogs::Dialog) {
    /// if let Some(draft) = dialog.draft() {
    ///     println!("{} – draft: {}", dialog.peer().name(), draft.text());
    /// }
    /// # }
    /// ```
    pub fn draft(&self) -> Option<Draft> {
        Draft::new(self.peer.id(), self.raw.draft.as_ref()?)
    }

    /// The dialog as the API has it.
    ///
    /// ```no_run
    /// # fn run(dialog: chappe::dialogs::Dialog) {
    /// // What has no method here: the timer for new messages.
    /// println!("{}: {:?}", dialog.peer().name(), dialog.raw().ttl_period);
    /// # }
    /// ```
    pub fn raw(&self) -> &types::Dialog {
        &self.raw
    }
}

/// Shows which chat it is and how it stands, never the words of its draft.
impl fmt::Debug for Dialog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialog")
            .field("chat", &self.peer.id())
            .field("last_message", &self.last)
            .field("unread_count", &self.unread_count())
            .field("is_pinned", &self.is_pinned())
            .field("has_draft", &self.draft().is_some())
            .finish_non_exhaustive()
    }
}
