//! Media to send.

use std::fmt;

use chappe_crypto::file::FileKey;

use crate::{
    Content, EncryptedFile, Entity, FormattedText, InputFile, Media, MediaFile, OutgoingText, RandomId,
    RemoteFile, SecretChatId, Thumbnail, Unavailable,
};

/// A media message to send. Only the media is obligatory.
///
/// ```
/// use chappe_secret::{Media, OutgoingMedia};
///
/// let voice = OutgoingMedia {
///     ttl: Some(30),
///     ..OutgoingMedia::new(Media::Voice { duration: 5, waveform: Vec::new() })
/// };
/// assert_eq!(voice.mime_type, "audio/ogg");
/// ```
#[derive(Clone, PartialEq)]
pub struct OutgoingMedia {
    /// What it is.
    pub media: Media,
    /// The text beside it (caption).
    pub text: String,
    /// Formatting of the text; offsets and lengths count UTF-16 code units. What the peer's layer lacks is left out, and
    /// [named](OutboundMessage::left_out).
    pub entities: Vec<Entity>,
    /// Name of the file. Paths and control characters are taken out.
    pub file_name: Option<String>,
    /// Type of the file's content.
    pub mime_type: String,
    /// A small JPEG, at most 90 by 90 pixels.
    pub thumbnail: Option<Thumbnail>,
    /// Self-destruct timer in seconds, [`TTL_VIEW_ONCE`](crate::limits::TTL_VIEW_ONCE) for media that can be opened
    /// once. `None`: the timer of the chat.
    pub ttl: Option<i32>,
    /// Whether the peer should be notified without a sound.
    pub silent: bool,
    /// The message this one answers.
    pub reply_to: Option<RandomId>,
    /// The album it belongs to: the same number for two to ten messages. See
    /// [`new_album`](crate::SecretChats::new_album).
    pub grouped_id: Option<i64>,
    /// The name of an inline bot that made it, without `@`.
    pub via_bot_name: Option<String>,
}

impl OutgoingMedia {
    /// Just the media, with the usual type of its file.
    pub fn new(media: Media) -> Self {
        let mime_type = match &media {
            Media::Animation { .. } | Media::RoundVideo { .. } | Media::Video { .. } => "video/mp4",
            Media::Audio { .. } => "audio/mpeg",
            Media::Photo { .. } => "image/jpeg",
            Media::Sticker { .. } => "image/webp",
            Media::Voice { .. } => "audio/ogg",
            _ => "application/octet-stream",
        }
        .to_owned();
        Self {
            media,
            text: String::new(),
            entities: Vec::new(),
            file_name: None,
            mime_type,
            thumbnail: None,
            ttl: None,
            silent: false,
            reply_to: None,
            grouped_id: None,
            via_bot_name: None,
        }
    }
}

impl From<Media> for OutgoingMedia {
    fn from(media: Media) -> Self {
        Self::new(media)
    }
}

/// Shows everything but the words.
impl fmt::Debug for OutgoingMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingMedia")
            .field("media", &self.media)
            .field("text_len", &self.text.len())
            .field("ttl", &self.ttl)
            .field("silent", &self.silent)
            .field("reply_to", &self.reply_to)
            .field("grouped_id", &self.grouped_id)
            .finish_non_exhaustive()
    }
}

/// A message of ours, as it went into the sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboundMessage {
    /// The chat.
    pub chat: SecretChatId,
    /// Our name for the message.
    pub random_id: RandomId,
    /// Its place in our sequence, counted from 0.
    pub raw_seq_no: u32,
    /// When it was made, Unix seconds by our clock. The server's date comes with [`Event::Sent`](crate::Event::Sent).
    pub date: i32,
    /// Self-destruct timer in seconds; 0 for none.
    pub ttl: i32,
    /// Whether the peer is notified without a sound.
    pub silent: bool,
    /// The message this one answers.
    pub reply_to: Option<RandomId>,
    /// The album it belongs to.
    pub grouped_id: Option<i64>,
    /// The name of an inline bot that made the message, without `@`.
    pub via_bot_name: Option<String>,
    /// What it says, with the formatting that the peer gets. A file that the server has only in parts so far is
    /// [`Unavailable::Pending`] until [`Event::FileStored`](crate::Event::FileStored) names it.
    pub content: Content,
    /// The file as it was uploaded.
    pub file: Option<UploadedFile>,
    /// Formatting that was asked for and that the peer does not get so: kinds that its layer lacks (before it has told
    /// its own that is [`SecretLayer::MTPROTO2`](crate::SecretLayer::MTPROTO2)) or that secret chats do not have, and
    /// what is not within the text. A collapsed quote is here, and goes as an open one.
    pub left_out: Vec<Entity>,
}

impl OutboundMessage {
    pub(crate) fn text(chat: SecretChatId, random_id: RandomId, text: &OutgoingText) -> Self {
        let OutgoingText { text: words, entities, silent, reply_to, via_bot_name, .. } = text.clone();
        Self {
            chat,
            random_id,
            raw_seq_no: 0,
            date: 0,
            ttl: 0,
            silent,
            reply_to,
            grouped_id: None,
            via_bot_name,
            content: Content::Text(FormattedText { text: words, entities }),
            file: None,
            left_out: Vec::new(),
        }
    }

    pub(crate) fn media(
        chat: SecretChatId,
        random_id: RandomId,
        media: &OutgoingMedia,
        file: Option<&UploadedFile>,
    ) -> Self {
        let shown = file.map(|UploadedFile { source, key, size }| {
            Box::new(MediaFile {
                name: media.file_name.clone(),
                mime_type: media.mime_type.clone(),
                size: *size,
                thumbnail: media.thumbnail.clone(),
                remote: match source {
                    FileSource::Stored(file) => Ok(RemoteFile { file: *file, key: key.clone(), size: *size }),
                    _ => Err(Unavailable::Pending),
                },
            })
        });
        let text = FormattedText { text: media.text.clone(), entities: media.entities.clone() };
        Self {
            chat,
            random_id,
            raw_seq_no: 0,
            date: 0,
            ttl: 0,
            silent: media.silent,
            reply_to: media.reply_to,
            grouped_id: media.grouped_id,
            via_bot_name: media.via_bot_name.clone(),
            content: Content::Media { text, media: media.media.clone(), file: shown },
            file: file.cloned(),
            left_out: Vec::new(),
        }
    }
}

/// A file that is completely on the server, as ciphertext. See [`FileEncryption`](crate::FileEncryption) for how it
/// gets there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedFile {
    /// How the server knows it.
    pub source: FileSource,
    /// What it is encrypted with.
    pub key: FileKey,
    /// Size of the plain file in bytes.
    pub size: i64,
}

impl UploadedFile {
    /// Its name in a call.
    pub fn input(&self) -> InputFile {
        let key_fingerprint = self.key.fingerprint();
        match self.source.clone() {
            FileSource::Big { id, parts } => InputFile::Big { id, parts, key_fingerprint },
            FileSource::Stored(file) => InputFile::Stored { id: file.id, access_hash: file.access_hash },
            FileSource::Uploaded { id, parts, md5_checksum } => {
                InputFile::Uploaded { id, parts, md5_checksum, key_fingerprint }
            }
        }
    }
}

/// Sends a received file on, under the key it has.
impl From<RemoteFile> for UploadedFile {
    fn from(remote: RemoteFile) -> Self {
        let RemoteFile { file, key, size } = remote;
        Self { source: FileSource::Stored(file), key, size }
    }
}

/// How the server knows a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileSource {
    /// All its parts went up by `upload.saveBigFilePart`.
    Big {
        /// Our number for the upload.
        id: i64,
        /// How many parts.
        parts: i32,
    },
    /// It was sent or received before.
    Stored(EncryptedFile),
    /// All its parts went up by `upload.saveFilePart`.
    Uploaded {
        /// Our number for the upload.
        id: i64,
        /// How many parts.
        parts: i32,
        /// MD5 of the ciphertext in hexadecimal, or empty.
        md5_checksum: String,
    },
}
