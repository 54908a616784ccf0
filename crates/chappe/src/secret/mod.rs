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
//! A chat lives on one device of each side. Other devices of the one who is asked see the request until one of them
//! accepts it; nothing is accepted without a decision, unless
//! [`ClientBuilder::accept_policy`](crate::ClientBuilder::accept_policy) says so. Texts leave in the order in which they
//! were given, over broken connections and restarts; a method that sends returns once the server has the message, which
//! is on the disk before it leaves.
//!
//! # Files and timers
//!
//! ```no_run
//! # use std::time::Duration;
//! # use chappe::files::FileInput;
//! # use chappe::secret::{OutgoingFile, RandomId, SecretChat};
//! # async fn run(
//! #     chat: SecretChat,
//! #     id: RandomId,
//! #     pipe: impl tokio::io::AsyncRead + Send + Unpin + 'static,
//! # ) -> Result<(), chappe::Error> {
//! chat.send_file(OutgoingFile::new("beach.jpg").caption("See this?").ttl(Duration::from_secs(30))).await?;
//! chat.send_file(FileInput::stream(pipe).named("log.txt")).await?; // its length is not known
//!
//! // On the other side: media with a short timer, or to be viewed once, are opened once.
//! let entry = chat.open(id).await?;
//! chat.download_entry(&entry)?.to_path("beach.jpg").await?; // removed when the time is over
//! # Ok(())
//! # }
//! ```
//!
//! | timer of | starts here when | starts at the sender when |
//! |---|---|---|
//! | photos, films, sounds: up to a minute, or to be viewed once | they are opened: [`SecretChat::open`] | that is told: [`SecretEvent::Action`] |
//! | everything else | it is read: [`SecretChat::read_history`] | the server tells that: [`SecretEvent::Read`] |
//!
//! [`SecretEvent::TimerStarted`] tells the start and [`SecretEvent::Expired`] the end, on both sides. Then the entry is gone
//! from the history and from the disk, and with it the fetched file; time passes while nothing runs, too.
//!
//! # When something goes wrong
//!
//! Broken connections, flood waits and faults of the server are waited for. An upload continues from its
//! [`state_file`](OutgoingFile::state_file) after a restart, and a download from what is beside its path. Until a file is on
//! the server its message has no number, so that nothing of a broken upload is in the chat. What a peer must not do ends
//! the chat: [`SecretEvent::ChatClosed`] says why.
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
    KeyFingerprint, KeyVisualization, Media, MediaFile, OutboundMessage, OutgoingMedia, OutgoingText,
    RandomId, RemoteFile, Role, SecretChatId, SecretLayer, Thumbnail, Unavailable, Violation, pack_waveform,
    unpack_waveform,
};
pub use chat::{Sealed, SecretChat, Sent};
pub use chats::SecretChats;
pub use content::SentFile;
pub use outgoing_file::OutgoingFile;
