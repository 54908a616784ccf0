//! What happens: new, edited and deleted messages, read marks, typing, queries to bots, secret chats, the connection.
//!
//! ```no_run
//! use chappe::Event;
//!
//! # async fn run(client: chappe::Client) {
//! let mut updates = client.updates();
//! while let Some(event) = updates.recv().await {
//!     match event {
//!         Event::NewMessage(message) if !message.is_outgoing() => println!("{}", message.text()),
//!         Event::MessagesDeleted(deleted) => println!("{:?} are gone", deleted.ids()),
//!         _ => {}
//!     }
//! }
//! # }
//! ```
//!
//! # What holds
//!
//! * **Nothing is lost and nothing comes twice.** Telegram numbers what happens: in private chats and basic groups, in
//!   each channel, in the queue of secret messages. What is missing is fetched, what is known is dropped, whether a
//!   connection broke, the process was away for days, or updates overtook each other. Messages of one chat come in
//!   order; between chats, and between messages and what is done to them, there is no order.
//! * **The session never stores more than the program has handled.** An event counts as handled when the program asks
//!   the stream for the next one. If the process dies before, the event comes again after the restart, with all that
//!   came after it. So an event comes once as long as the process lives, and *at least* once over crashes; programs for
//!   which that matters note the [number](NewMessage::id) of the last message of a chat together with what they did, and
//!   pass over what is not greater. [`UpdateStream::save`] makes a point behind which nothing comes again; only what was
//!   fetched together after an absence (at most some hundred events) is passed together.
//! * **Several streams** of [`Client::updates`](crate::Client::updates): what all of them have handled is handled. An
//!   [`Observer`] holds nothing up. A program that never takes a stream does not want updates: those that come meanwhile
//!   wait (some thousands of them), and count as handled when the client is disconnected. One that has dropped its stream
//!   and only looks on goes on looking on, and nothing more is stored as handled.
//! * **A slow program is waited for.** When [so many](crate::limits::MAX_UNREAD_UPDATES) events wait for a stream, the
//!   client fetches no more until half of them are read; then it goes on where it was. Secret chats go on all the same.
//! * **What the server does not keep cannot be fetched.** It says so if it has too much to tell: [`Event::Missed`].
//!   Typing and the like has no number: it comes if there is a connection. What the server knows by its date only (a
//!   chat was changed, somebody has a new name) may be told twice.
//! * Events of secret chats are stored with the chats before they are told, and do not come again: what a program did
//!   not get to is in the chat's [history](crate::history).
//!
//! What this client does itself comes, too: a message that it sends is an [`Event::NewMessage`] that
//! [is outgoing](NewMessage::is_outgoing). What it reads and deletes does not.
//!
//! The messages of an album come one by one, as the server tells them. [`UpdateStream::albums`] gathers them.
//!
//! Source: <https://core.telegram.org/api/updates>

mod album;
mod event;
mod filter;
mod hub;
mod kinds;
mod position;
pub(crate) mod short;
mod stream;

pub use album::{Album, AlbumStream, Gathered};
pub use event::{ApiUpdate, ConnectionState, Event};
pub use filter::Filter;
pub(crate) use hub::Hub;
pub use kinds::{
    CallbackQuery, ChatAction, ChosenInlineResult, InlineQuery, MessageEdited, MessagesDeleted, NewMessage,
    Read, Typing,
};
pub(crate) use position::Position;
pub use stream::{Held, Observer, SecretEvents, UpdateStream};
