//! Messages of the cloud: sending, changing, finding.
//!
//! ```no_run
//! # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
//! let friend = client.resolve("@friend").await?;
//! let sent = client.send(&friend, "**Tomorrow** at eight?").markdown().silent().await?;
//! sent.edit("**Tomorrow** at nine?").markdown().await?;
//! sent.reply("Or later.").await?;
//!
//! let mut messages = client.messages(&friend).limit(20);
//! while let Some(message) = messages.next().await? {
//!     println!("{}: {}", message.id(), message.text());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Every call with options is a builder: methods set the options, `.await` makes the call.
//!
//! | to | use |
//! |---|---|
//! | send, with or without media | [`Client::send`](crate::Client::send) |
//! | send several media together | [`Client::send_album`](crate::Client::send_album) |
//! | answer, edit, forward, delete, pin | the methods of [`Message`], or those of [`Client`](crate::Client) with ids |
//! | read a history, search | [`Client::messages`](crate::Client::messages), [`Client::search`](crate::Client::search) |
//! | keep a text for later | [`Client::save_draft`](crate::Client::save_draft) |
//!
//! Source: <https://core.telegram.org/api/messages>

macro_rules! into_call {
    ($builder:ty => $output:ty) => {
        impl std::future::IntoFuture for $builder {
            type Output = Result<$output, $crate::error::Error>;
            type IntoFuture = futures_util::future::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.call())
            }
        }
    };
}
pub(crate) use into_call;

mod album;
pub(crate) mod content;
mod delete;
mod draft;
mod edit;
pub(crate) mod fetch;
mod forward;
mod iter;
pub(crate) mod media;
mod message;
pub(crate) mod options;
mod pin;
mod read;
mod send;
pub(crate) mod sent;
pub(crate) mod short;
mod update;

pub use album::SendAlbum;
pub use delete::DeleteMessages;
pub use draft::{Draft, SaveDraft};
pub use edit::EditMessage;
pub use forward::ForwardMessages;
pub use iter::Messages;
pub use media::Media;
pub use message::Message;
pub use pin::PinMessage;
pub use send::SendMessage;

/// The date to schedule a message for the moment when the other person is online.
pub const WHEN_ONLINE: i32 = 0x7fff_fffe;
