use std::fmt;
use std::path::PathBuf;

use chappe_secret::{Content, FormattedText, MediaFile, RandomId, RemoteFile, SecretChatId};

/// The place of an entry in the history of its chat: later entries have larger ones. Never used twice.
///
/// ```no_run
/// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
/// // Page by page to the beginning.
/// let mut page = chat.history().limit(100).await?;
/// while let Some(oldest) = page.first() {
///     println!("{} entries from {} on", page.len(), oldest.date);
///     page = chat.history().before(oldest.cursor).limit(100).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(pub u64);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One entry of a history.
///
/// ```no_run
/// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
/// for entry in chat.history().await? {
///     let mark = if entry.outgoing { ">" } else { "<" };
///     let answers = entry.reply_to.map(|id| format!(" (to {id})")).unwrap_or_default();
///     println!("{mark} {} {}{answers} [{}]", entry.date, entry.text(), entry.state.name());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// The chat.
    pub chat: SecretChatId,
    /// Its place.
    pub cursor: Cursor,
    /// Its sender's name for it; 0 for what nobody sent.
    pub random_id: RandomId,
    /// Whether it is ours.
    pub outgoing: bool,
    /// Its place in the sequence of its sender.
    pub raw_seq_no: u32,
    /// The server's date, Unix seconds; our clock's until the server has the message.
    pub date: i32,
    /// What has become of it.
    pub state: MessageState,
    /// Self-destruct timer in seconds; 0 for none.
    pub ttl: i32,
    /// When it goes, Unix seconds, once its timer runs.
    pub expires_at: Option<i64>,
    /// Whether it was sent without a sound.
    pub silent: bool,
    /// The message this one answers.
    pub reply_to: Option<RandomId>,
    /// The album it belongs to.
    pub grouped_id: Option<i64>,
    /// The name of an inline bot that made it, without `@`.
    pub via_bot_name: Option<String>,
    /// Where its file is on this device: what it was sent from, or was last fetched to by
    /// [`SecretChat::download`](crate::secret::SecretChat::download). Nobody looks whether it is still there.
    pub local_path: Option<PathBuf>,
    /// What it says.
    pub body: HistoryBody,
}

/// What has become of a message.
///
/// ```no_run
/// use chappe::history::MessageState;
///
/// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
/// for entry in chat.history().limit(50).await? {
///     match &entry.state {
///         MessageState::Failed { error } => println!("{:?} did not leave: {error}", entry.text()),
///         MessageState::Pending => println!("{:?} waits for the server", entry.text()),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageState {
    /// Ours: on its way to the server.
    Pending,
    /// Ours: the server has it.
    Sent,
    /// Ours: the other side has it.
    Delivered,
    /// Inbound: it has come.
    Received,
    /// Ours: the other side has read it, as the server says, or opened it. Inbound: we have.
    Read,
    /// Its time is over. The content is gone; the entry goes in a moment.
    Expired,
    /// Ours: it could not be sent, and will not be.
    Failed {
        /// The server's word for why.
        error: String,
    },
}

impl MessageState {
    /// The word for it.
    ///
    /// ```
    /// use chappe::history::MessageState;
    ///
    /// assert_eq!(MessageState::Delivered.name(), "delivered");
    /// assert_eq!(MessageState::Failed { error: "CHAT_ID_INVALID".to_owned() }.name(), "failed");
    /// ```
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Received => "received",
            Self::Read => "read",
            Self::Expired => "expired",
            Self::Failed { .. } => "failed",
        }
    }
}

/// What an entry says.
///
/// ```no_run
/// use chappe::history::HistoryBody;
///
/// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
/// for entry in chat.history().await? {
///     match &entry.body {
///         HistoryBody::Message(content) => println!("{content:?}"),
///         HistoryBody::Notice(notice) => println!("-- {notice:?} --"),
///         _ => println!("-- no more --"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum HistoryBody {
    /// The content has expired.
    Gone,
    /// A message. The file of media to be opened once is [`Unopened`](chappe_secret::Unavailable::Unopened) until
    /// [`SecretChat::open`](crate::secret::SecretChat::open).
    Message(Content),
    /// Something that happened in the chat.
    Notice(Notice),
}

/// Something that happened in a chat.
///
/// ```
/// use chappe::history::Notice;
///
/// fn shown(notice: &Notice) -> String {
///     match notice {
///         Notice::Started => "The chat begins.".to_owned(),
///         Notice::TtlSet { seconds: 0 } => "Messages stay from now on.".to_owned(),
///         Notice::TtlSet { seconds } => format!("Messages go after {seconds} seconds."),
///         other => format!("{other:?}"),
///     }
/// }
/// assert_eq!(shown(&Notice::TtlSet { seconds: 60 }), "Messages go after 60 seconds.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The chat has ended.
    Closed {
        /// Why, in English.
        reason: String,
    },
    /// Somebody took a screenshot.
    Screenshot {
        /// Messages on it.
        messages: Vec<RandomId>,
    },
    /// The chat can be used.
    Started,
    /// Somebody set the self-destruct timer for what follows.
    TtlSet {
        /// Seconds; 0 turns it off.
        seconds: i32,
    },
}

impl HistoryEntry {
    /// The words: the text, or the caption of media. Empty if there are none.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let words: usize = chat.history().await?.iter().map(|entry| entry.text().split_whitespace().count()).sum();
    /// println!("{words} words");
    /// # Ok(())
    /// # }
    /// ```
    pub fn text(&self) -> &str {
        self.formatted().map_or("", |text| &text.text)
    }

    /// The words with their formatting.
    ///
    /// ```no_run
    /// use chappe::markup;
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// for entry in chat.history().await? {
    ///     println!("{}", entry.formatted().map(markup::to_markdown).unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn formatted(&self) -> Option<&FormattedText> {
        match self.content()? {
            Content::Text(text) | Content::Media { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The content, if it is a message.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let entries = chat.history().limit(500).await?;
    /// let media = entries.iter().filter_map(|entry| entry.content()).filter(|content| content.media().is_some());
    /// println!("{} of {} with a picture, a film, a place …", media.count(), entries.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn content(&self) -> Option<&Content> {
        match &self.body {
            HistoryBody::Message(content) => Some(content),
            _ => None,
        }
    }

    /// What is known of its file.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// for entry in chat.history().await? {
    ///     if let Some(file) = entry.media_file() {
    ///         println!("{:?}: {:?}", file.name, entry.local_path);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn media_file(&self) -> Option<&MediaFile> {
        match self.content()? {
            Content::Media { file, .. } => file.as_deref(),
            _ => None,
        }
    }

    /// Whether it is media to be shown only when the user asks for it: see
    /// [`SecretChat::open`](crate::secret::SecretChat::open).
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// for entry in chat.history().await?.iter().filter(|entry| entry.opens()) {
    ///     println!("{}: touch to see it", entry.random_id); // then `SecretChat::open`
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn opens(&self) -> bool {
        !self.outgoing && self.content().is_some_and(|content| content.opens(self.ttl))
    }

    /// Where its file is and what it is encrypted with, if it can be fetched.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// for entry in chat.history().await? {
    ///     if let Some(file) = entry.remote_file() {
    ///         client.secret_chats().download(file.clone()).to_path(format!("{}.bin", entry.random_id)).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn remote_file(&self) -> Option<&RemoteFile> {
        self.media_file()?.remote.as_ref().ok()
    }
}
