//! What people say to each other, in types of our own.

pub(crate) mod file_name;
mod media;
mod message;
mod outgoing;
mod waveform;

pub use media::{ExternalDocument, Media, MediaFile, RemoteFile, Thumbnail, Unavailable};
pub use message::{Content, EncryptedFile, Entity, EntityKind, FormattedText, InboundMessage, OutgoingText};
pub use outgoing::{FileSource, OutboundMessage, OutgoingMedia, UploadedFile};
pub use waveform::{pack_waveform, unpack_waveform};
