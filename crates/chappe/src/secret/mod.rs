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
//!
//! # Older copies
//!
//! An older copy of a session (a restored backup, a snapshot of a machine) must not go on: its chats would use numbers
//! and keys twice, which the other side takes for an attack and which weakens the encryption. A
//! [`SqliteSession`](crate::SqliteSession) recognises a copy put in its own place when it is opened. Elsewhere the
//! server shows it: nothing that takes a number is sent before the first difference has come, and if messages behind
//! the stored state were handed out and acknowledged already, updates and chats stop with
//! [`ErrorKind::Restored`](crate::ErrorKind::Restored). The history can be read and exported
//! ([`Archive`](crate::history::Archive)); [`SecretChats::close_restored`] ends the chats.
//!
//! What cannot be recognised: a copy whose newer state has received nothing since (nothing is missing then), or is a
//! week or more behind (the server deletes by itself), or when the account has chats that ended (the server deletes
//! what waits of them). The other side's numbers still end such a chat with its next message.

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
