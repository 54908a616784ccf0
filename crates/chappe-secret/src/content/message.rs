//! What people say to each other: outgoing texts and received messages.

use std::fmt;

use crate::{Media, MediaFile, RandomId, RemoteFile, SecretChatId, SecretLayer};

/// A text to send. Only the text is obligatory: `OutgoingText::new("hello")`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OutgoingText {
    /// The text.
    pub text: String,
    /// Formatting; offsets and lengths count UTF-16 code units. What the peer's layer lacks is left out, and
    /// [named](crate::OutboundMessage::left_out).
    pub entities: Vec<Entity>,
    /// Self-destruct timer in seconds. `None`: the timer of the chat.
    pub ttl: Option<i32>,
    /// Whether the peer should be notified without a sound.
    pub silent: bool,
    /// Whether links should have no preview.
    pub no_webpage: bool,
    /// The message this one answers.
    pub reply_to: Option<RandomId>,
    /// The name of an inline bot that made the text, without `@`.
    pub via_bot_name: Option<String>,
}

impl OutgoingText {
    /// A plain text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The message it answers, of either side.
    #[must_use]
    pub fn reply_to(mut self, message: RandomId) -> Self {
        self.reply_to = Some(message);
        self
    }

    /// Without a sound on the other side.
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// Its own self-destruct timer in seconds in place of the chat's; 0 for none.
    #[must_use]
    pub fn ttl(mut self, seconds: i32) -> Self {
        self.ttl = Some(seconds);
        self
    }
}

impl From<&str> for OutgoingText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<FormattedText> for OutgoingText {
    fn from(FormattedText { text, entities }: FormattedText) -> Self {
        Self { text, entities, ..Self::default() }
    }
}

impl From<String> for OutgoingText {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// Shows everything but the words.
impl fmt::Debug for OutgoingText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingText")
            .field("text_len", &self.text.len())
            .field("entity_count", &self.entities.len())
            .field("ttl", &self.ttl)
            .field("silent", &self.silent)
            .field("reply_to", &self.reply_to)
            .finish_non_exhaustive()
    }
}

/// A received message.
#[derive(Clone, Debug, PartialEq)]
pub struct InboundMessage {
    /// The chat.
    pub chat: SecretChatId,
    /// The sender's name for the message; 0 for an [unsupported](Content::Unsupported) one without a name of its own.
    pub random_id: RandomId,
    /// The message's place in the sender's sequence, counted from 0. Together with the chat it identifies the
    /// delivery: a second one with the same number is a repetition after a crash.
    pub raw_seq_no: u32,
    /// How many of our own messages the sender had seen when writing this one: where it belongs in the history.
    pub seen_count: u32,
    /// The server's date, Unix seconds. Not authenticated by the peer.
    pub date: i32,
    /// The layer the message was written in.
    pub layer: SecretLayer,
    /// Self-destruct timer in seconds; 0 for none.
    pub ttl: i32,
    /// Whether the sender asked for no sound.
    pub silent: bool,
    /// The message this one answers.
    pub reply_to: Option<RandomId>,
    /// The album it belongs to.
    pub grouped_id: Option<i64>,
    /// The name of an inline bot that made the message, without `@`.
    pub via_bot_name: Option<String>,
    /// What it says.
    pub content: Content,
    /// The encrypted file that came beside the message.
    pub file: Option<EncryptedFile>,
}

impl InboundMessage {
    /// The words: the text, or the caption of media. Empty if there are none.
    pub fn text(&self) -> &str {
        self.content.formatted().map_or("", |text| &text.text)
    }

    /// The words with their formatting.
    pub const fn formatted(&self) -> Option<&FormattedText> {
        self.content.formatted()
    }

    /// The media, if it is a media message.
    pub const fn media(&self) -> Option<&Media> {
        self.content.media()
    }

    /// What is known of its file.
    pub fn media_file(&self) -> Option<&MediaFile> {
        self.content.file()
    }

    /// The file, if there is one that can be fetched.
    pub fn remote_file(&self) -> Option<&RemoteFile> {
        self.media_file()?.remote.as_ref().ok()
    }

    /// Whether its media go for good when they are opened.
    pub const fn is_view_once(&self) -> bool {
        self.ttl == crate::limits::TTL_VIEW_ONCE
    }

    /// Whether it may be sent on: nothing with a timer may.
    pub const fn may_be_forwarded(&self) -> bool {
        self.ttl == 0 && !matches!(self.content, Content::Unsupported)
    }

    /// Whether this is to be shown only when the user asks for it, and
    /// [`opened`](crate::SecretChats::opened) then: photos, films and sounds with a timer of up to a minute, and what
    /// can be viewed once. Do not play, keep or forward it.
    pub fn opens(&self) -> bool {
        self.content.opens(self.ttl)
    }
}

/// The content of a message.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// A file, place, contact or link.
    Media {
        /// The text beside it (caption), with formatting.
        text: FormattedText,
        /// What it is.
        media: Media,
        /// Its file, for the kinds that have one.
        file: Option<Box<MediaFile>>,
    },
    /// A text.
    Text(FormattedText),
    /// Authentic, but of a kind this version does not know: tell the user that an update may be needed.
    Unsupported,
}

impl Content {
    /// The text, or the caption of media.
    pub const fn formatted(&self) -> Option<&FormattedText> {
        match self {
            Self::Media { text, .. } | Self::Text(text) => Some(text),
            Self::Unsupported => None,
        }
    }

    /// What is known of the file of a media message.
    pub fn file(&self) -> Option<&MediaFile> {
        match self {
            Self::Media { file, .. } => file.as_deref(),
            _ => None,
        }
    }

    /// Whether a message with this content and timer counts from its opening: see [`InboundMessage::opens`].
    pub fn opens(&self, ttl: i32) -> bool {
        crate::timers::Lifetime::new(ttl, self.media()).is_some_and(|lifetime| lifetime.opens)
    }

    /// The media, if it is a media message.
    pub const fn media(&self) -> Option<&Media> {
        match self {
            Self::Media { media, .. } => Some(media),
            _ => None,
        }
    }
}

/// Shows the kind of content, never the content.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Media { text, media, file } => {
                f.debug_struct("Media").field("text", text).field("media", media).field("file", file).finish()
            }
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            Self::Unsupported => f.write_str("Unsupported"),
        }
    }
}

/// A text with its formatting.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FormattedText {
    /// The text.
    pub text: String,
    /// Formatting, clamped to the text.
    pub entities: Vec<Entity>,
}

impl FormattedText {
    /// Cuts the entities to the text, sorts and nests them; what is empty or outside goes.
    pub fn normalize(&mut self) {
        self.entities = crate::codec::clamp_entities(&self.text, std::mem::take(&mut self.entities));
    }
}

impl From<&str> for FormattedText {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for FormattedText {
    fn from(text: String) -> Self {
        Self { text, entities: Vec::new() }
    }
}

/// Shows the length, never the words.
impl fmt::Debug for FormattedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormattedText")
            .field("text_len", &self.text.len())
            .field("entity_count", &self.entities.len())
            .finish()
    }
}

/// The formatting of one stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Where it starts, in UTF-16 code units.
    pub offset: i32,
    /// How long it is, in UTF-16 code units.
    pub length: i32,
    /// What it does.
    pub kind: EntityKind,
}

/// The kinds of formatting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are the descriptions")]
pub enum EntityKind {
    BankCard,
    Blockquote { collapsed: bool },
    Bold,
    BotCommand,
    Cashtag,
    Code,
    CustomEmoji { document_id: i64 },
    Email,
    Hashtag,
    Italic,
    Mention,
    MentionName { user_id: i64 },
    Phone,
    Pre { language: String },
    Spoiler,
    Strike,
    TextUrl { url: String },
    Underline,
    Unknown,
    Url,
}

impl EntityKind {
    /// The lowest layer whose clients know this kind; `None` for kinds that are read but never sent.
    pub const fn layer(&self) -> Option<SecretLayer> {
        match self {
            Self::BankCard | Self::Cashtag | Self::MentionName { .. } | Self::Phone => None,
            Self::Blockquote { .. } | Self::Strike | Self::Underline => Some(SecretLayer::UNDERLINE),
            Self::CustomEmoji { .. } | Self::Spoiler => Some(SecretLayer::CURRENT),
            _ => Some(SecretLayer::ENTITIES),
        }
    }
}

/// A file on the server, encrypted with a key that is in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EncryptedFile {
    /// Number of the file.
    pub id: i64,
    /// Needed with the number to fetch it.
    pub access_hash: i64,
    /// Size of the ciphertext in bytes, as the server says.
    pub size: i64,
    /// The data centre that has it.
    pub dc_id: i32,
    /// Fingerprint of the file's key and iv.
    pub key_fingerprint: i32,
}
