//! Media for cloud messages: photos, films, voice messages, documents.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use chappe::media::Attachment;
//!
//! # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
//! let film = Attachment::video("holiday.mp4", 1280, 720, Duration::from_secs(93))
//!     .thumbnail("holiday.jpg")
//!     .spoiler()
//!     .progress(|progress| println!("{} of {:?}", progress.done, progress.total));
//! let media = client.upload_media(film).await?; // an `InputMedia` for any method that sends
//! let friend = client.resolve("@friend").await?;
//! client.send(&friend, "See what we saw").media(media).await?;
//! # Ok(())
//! # }
//! ```
//!
//! The words beside a medium are those of the message that carries it. To fetch media, see
//! [`Client::download`](crate::Client::download).

mod attachment;
mod upload;

pub use attachment::Attachment;
