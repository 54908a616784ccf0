//! The local history of secret chats.
//!
//! A secret chat has no history on the server: what was said is kept here, in the session, and nowhere else. Every
//! entry is written in the same step as the state of the chat, so a crash neither loses nor doubles one. What is
//! deleted, by us or by the other side, and what has expired is removed from the session.
//!
//! ```no_run
//! # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
//! let newest = chat.history().limit(20).await?;
//! if let Some(first) = newest.first() {
//!     let before = chat.history().before(first.cursor).limit(20).await?;
//!     println!("{} earlier ones", before.len());
//! }
//! for entry in chat.history().search("Straße").await? {
//!     println!("{} {:?} {}", entry.date, entry.state, entry.text());
//! }
//! # Ok(())
//! # }
//! ```

mod archive;
mod entry;
mod fold;
mod json;
pub(crate) mod keys;
pub(crate) mod local_file;
mod query;
mod record;
pub(crate) mod writer;

pub use archive::Archive;
pub use entry::{Cursor, HistoryBody, HistoryEntry, MessageState, Notice};
pub use query::HistoryQuery;
pub(crate) use query::{chats, message};
