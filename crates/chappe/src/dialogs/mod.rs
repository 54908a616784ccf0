//! The list of chats.
//!
//! ```no_run
//! # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
//! let mut dialogs = client.dialogs();
//! while let Some(dialog) = dialogs.next().await? {
//!     let last = dialog.last_message().map_or("", |message| message.text());
//!     println!("{} ({} unread): {last}", dialog.peer().name(), dialog.unread_count());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Source: <https://core.telegram.org/api/folders>, <https://core.telegram.org/constructor/dialog>

mod delete;
mod dialog;
mod iter;
mod marks;
mod page;

pub use delete::DeleteHistory;
pub use dialog::Dialog;
pub use iter::Dialogs;
pub(crate) use page::{Offset, Page};
