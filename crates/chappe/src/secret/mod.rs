//! Secret chats: end-to-end encrypted, between two devices.
//!
//! ```no_run
//! use chappe::secret::SecretEvent;
//!
//! # async fn run(client: chappe::Client, friend: chappe::types::User) -> Result<(), chappe::Error> {
//! let mut events = client.secret_events();
//! let chat = client.secret_chats().start(&friend).await?;
//! chat.ready().await?; // the other side accepts
//! println!("compare with your friend: {}", chat.key().await?);
//! chat.send_text("nobody else reads this").await?;
//! while let Some(event) = events.recv().await {
//!     if let SecretEvent::Message(message) = event {
//!         println!("{:?}", message.content);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod chat;
mod chats;
mod content;
mod outgoing_file;

pub use chappe_secret::{
    AcceptPolicy, Action, Activity, ChatInfo, ChatState, CloseReason, Content, DropReason, EncryptedFile,
    Entity, EntityKind, Event as SecretEvent, ExternalDocument, FileKey, FormattedText, InboundMessage,
    KeyFingerprint, KeyVisualization, Media, MediaFile, OutgoingMedia, OutgoingText, RandomId, RemoteFile,
    Role, SecretChatId, SecretLayer, Thumbnail, Unavailable, Violation, pack_waveform, unpack_waveform,
};
pub use chat::{Sealed, SecretChat, Sent};
pub use chats::SecretChats;
pub use content::SentFile;
pub use outgoing_file::OutgoingFile;
