//! Photos, films, sounds, places, people, links and files.

use std::fmt;

use chappe_crypto::file::FileKey;

use crate::EncryptedFile;

/// What a media message shows. The same type describes what is received and what is sent; in received messages
/// every number is a claim of the peer, and never negative.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Media {
    /// A silent, looping film (GIF).
    Animation {
        /// Pixels.
        width: i32,
        /// Pixels.
        height: i32,
        /// Seconds.
        duration: i32,
    },
    /// Music.
    Audio {
        /// Seconds.
        duration: i32,
        /// Name of the piece.
        title: Option<String>,
        /// Who plays it.
        performer: Option<String>,
    },
    /// A person.
    Contact {
        /// Phone number.
        phone_number: String,
        /// First name.
        first_name: String,
        /// Last name.
        last_name: String,
        /// User id; 0 if unknown, and written as 0 if it does not fit the 32 bits it has on the wire.
        user_id: i64,
    },
    /// Any other file.
    Document,
    /// A sticker, or another document, that lies unencrypted in the cloud.
    ExternalDocument(Box<ExternalDocument>),
    /// A place.
    Location {
        /// Degrees, -90 to 90.
        latitude: f64,
        /// Degrees, -180 to 180.
        longitude: f64,
    },
    /// A JPEG picture.
    Photo {
        /// Pixels.
        width: i32,
        /// Pixels.
        height: i32,
    },
    /// A round film.
    RoundVideo {
        /// Width and height, pixels.
        side: i32,
        /// Seconds.
        duration: i32,
    },
    /// A sticker sent as a file.
    Sticker {
        /// The emoji it stands for.
        alt: String,
        /// Pixels.
        width: i32,
        /// Pixels.
        height: i32,
    },
    /// A place with a name.
    Venue {
        /// Degrees, -90 to 90.
        latitude: f64,
        /// Degrees, -180 to 180.
        longitude: f64,
        /// Its name.
        title: String,
        /// Its address.
        address: String,
        /// Whose directory it is from: `foursquare` or `gplaces`.
        provider: String,
        /// Its id in that directory.
        venue_id: String,
    },
    /// A film.
    Video {
        /// Pixels.
        width: i32,
        /// Pixels.
        height: i32,
        /// Seconds.
        duration: i32,
    },
    /// A spoken message.
    Voice {
        /// Seconds.
        duration: i32,
        /// Loudness over time, packed in groups of five bits; may be empty.
        waveform: Vec<u8>,
    },
    /// A link to preview. Fetching the preview shows the link to the server: ask first.
    WebPage {
        /// The address.
        url: String,
    },
}

impl Media {
    /// Whether a message of this kind has a file beside it.
    pub const fn has_file(&self) -> bool {
        !matches!(
            self,
            Self::Contact { .. }
                | Self::ExternalDocument(_)
                | Self::Location { .. }
                | Self::Venue { .. }
                | Self::WebPage { .. }
        )
    }

    /// Whether a short timer (up to a minute) starts when the media is opened and not when the message is read.
    pub const fn is_opened(&self) -> bool {
        matches!(
            self,
            Self::Animation { .. }
                | Self::Audio { .. }
                | Self::Photo { .. }
                | Self::RoundVideo { .. }
                | Self::Video { .. }
                | Self::Voice { .. }
        )
    }

    /// How long it plays, in seconds; 0 for what does not play.
    pub const fn duration(&self) -> i32 {
        match self {
            Self::Animation { duration, .. }
            | Self::Audio { duration, .. }
            | Self::RoundVideo { duration, .. }
            | Self::Video { duration, .. }
            | Self::Voice { duration, .. } => *duration,
            _ => 0,
        }
    }

    /// The word for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Animation { .. } => "Animation",
            Self::Audio { .. } => "Audio",
            Self::Contact { .. } => "Contact",
            Self::Document => "Document",
            Self::ExternalDocument(_) => "ExternalDocument",
            Self::Location { .. } => "Location",
            Self::Photo { .. } => "Photo",
            Self::RoundVideo { .. } => "RoundVideo",
            Self::Sticker { .. } => "Sticker",
            Self::Venue { .. } => "Venue",
            Self::Video { .. } => "Video",
            Self::Voice { .. } => "Voice",
            Self::WebPage { .. } => "WebPage",
        }
    }
}

/// Only the kind.
impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A document in the cloud, nearly always a sticker. It is not encrypted: the server learns which one it is when it is
/// fetched.
#[derive(Clone, PartialEq)]
pub struct ExternalDocument {
    /// Number of the document.
    pub id: i64,
    /// Needed with the number to fetch it.
    pub access_hash: i64,
    /// When it was uploaded, Unix seconds.
    pub date: i32,
    /// Type of its content.
    pub mime_type: String,
    /// Bytes.
    pub size: i32,
    /// The data centre that has it.
    pub dc_id: i32,
    /// What it is: a [sticker](Media::Sticker), or anything else that a file can be.
    pub media: Media,
    /// Short name of the set of a sticker, if it has one.
    pub sticker_set: Option<String>,
    /// Its name, without paths, control characters and changes of direction.
    pub file_name: Option<String>,
    /// A small picture, if one came with it and is within bounds. One that lies with the server is not kept.
    pub thumbnail: Option<Thumbnail>,
}

impl ExternalDocument {
    /// The emoji of a sticker; empty for anything else.
    pub fn emoji(&self) -> &str {
        match &self.media {
            Media::Sticker { alt, .. } => alt,
            _ => "",
        }
    }
}

impl fmt::Debug for ExternalDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalDocument").field("size", &self.size).finish_non_exhaustive()
    }
}

/// The file of a received message. What it decrypts to is authenticated by nothing: treat it as hostile.
#[derive(Clone, PartialEq)]
pub struct MediaFile {
    /// Its name, without paths, control characters and changes of direction.
    pub name: Option<String>,
    /// Type of its content, as claimed. Animated stickers come as `application/octet-stream`: their format is too
    /// rich for unknown senders.
    pub mime_type: String,
    /// Size of the plain file in bytes, as claimed. Agrees with the server's size if `remote` is there.
    pub size: i64,
    /// A small JPEG, if it is within bounds.
    pub thumbnail: Option<Thumbnail>,
    /// Where the file is and how to decrypt it, or why it cannot be had.
    pub remote: Result<RemoteFile, Unavailable>,
}

impl fmt::Debug for MediaFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaFile")
            .field("size", &self.size)
            .field("remote", &self.remote)
            .finish_non_exhaustive()
    }
}

/// A file that can be fetched and decrypted: see [`FileDecryption`](crate::FileDecryption).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// Where it is.
    pub file: EncryptedFile,
    /// What it is encrypted with. To send it on to another secret chat, use the same.
    pub key: FileKey,
    /// Size of the plain file in bytes.
    pub size: i64,
}

/// Why the file of a message cannot be had. The message itself counts and is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unavailable {
    /// The key does not have the fingerprint that the server has with the file: another file was put in its place.
    Fingerprint,
    /// Key or initialisation vector do not have 32 bytes.
    Key,
    /// The message came without its file, as the iOS client sends some again.
    Missing,
    /// Ours, and the server has not confirmed it yet.
    Pending,
    /// The claimed size does not go with the size of the ciphertext.
    Size,
    /// To be opened once, and not opened yet.
    Unopened,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "the server has not confirmed it yet",
            Self::Unopened => "it is to be opened first",
            Self::Fingerprint => "the server has another file in its place, encrypted with another key",
            Self::Key => "its key is not of the right length",
            Self::Missing => "the message came without it",
            Self::Size => "its size is not the one that the message says",
        })
    }
}

/// A small JPEG inside a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// The JPEG. Treat it as hostile.
    pub bytes: Vec<u8>,
    /// Pixels, as claimed.
    pub width: i32,
    /// Pixels, as claimed.
    pub height: i32,
}

impl fmt::Debug for Thumbnail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbnail({}x{}, {} bytes)", self.width, self.height, self.bytes.len())
    }
}
