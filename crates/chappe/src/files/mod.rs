//! Files: up to the server and down again, in parts and with constant memory.
//!
//! ```no_run
//! # async fn run(client: chappe::Client, location: chappe::enums::InputFileLocation) -> Result<(), chappe::Error> {
//! let file = client
//!     .upload("holiday.mp4")
//!     .state_file("holiday.mp4.upload") // continued from here after a restart
//!     .progress(|progress| println!("{} of {:?}", progress.done, progress.total))
//!     .await?; // an `InputFile` for other methods
//! client.download(location).to_path("copy.mp4").await?;
//! # drop(file);
//! # Ok(())
//! # }
//! ```
//!
//! Files of secret chats are sent with [`SecretChat::send_file`](crate::secret::SecretChat::send_file) and fetched with
//! [`SecretChat::download`](crate::secret::SecretChat::download): the same machinery, with encryption on the way.
//!
//! A few parts are on the way at once, whatever the size of the file; each is sent again after a broken connection, a
//! flood wait or a fault of the server. The server may send a transfer to another data centre or to a content delivery
//! network ([`CloudFile`], `ClientBuilder::cdn`), and file references that have expired are renewed from the message. A
//! pipe can be sent as well ([`FileInput::stream`]). To give a transfer up, drop its future; an upload with a state file and a
//! download to a path continue where they were.

mod cdn;
mod centres;
mod cloud_file;
mod content;
mod disk;
mod download;
mod input;
mod mime;
mod partial;
mod pieces;
mod progress;
mod upload;
mod upload_state;

pub use cloud_file::{CloudFile, Downloadable};
pub use download::{Chunks, Download};
pub use input::FileInput;
pub use mime::{jpeg_size, mime_type};
pub use progress::Progress;
pub use upload::Upload;
pub use upload_state::UploadState;

pub(crate) use cdn::is_reference_error;
pub(crate) use centres::Centres;
pub(crate) use cloud_file::Origin;
pub(crate) use disk::{beside, blocking};
pub(crate) use upload::{Options as UploadOptions, forget_state, upload_plain, upload_secret};

use crate::client::Client;

impl Client {
    /// Uploads a file: a path, bytes or a reader. Await what it returns for the file as other methods want it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let file = client.upload("beach.jpg").progress(|progress| println!("{}", progress.done)).await?;
    /// client.set_profile_photo(file).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload(&self, input: impl Into<FileInput>) -> Upload {
        Upload::new(self.clone(), input.into())
    }

    /// Downloads a file that is not of a secret chat: that of a message, of media, of a [`CloudFile`], or what is at a
    /// place ([`enums::InputFileLocation`](chappe_api::enums::InputFileLocation)).
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::types::Message) -> Result<(), chappe::Error> {
    /// client.download(&message).to_path("holiday.mp4").await?;
    /// let head = client.download(&message).range(0..512).to_vec().await?;
    /// # drop(head);
    /// # Ok(())
    /// # }
    /// ```
    pub fn download(&self, file: impl Into<Downloadable>) -> Download {
        Download::cloud(self.clone(), file.into())
    }
}

/// Transfers can be spawned: this compiles.
#[cfg(test)]
fn _transfers_move_between_threads(
    chat: &crate::secret::SecretChat,
    download: [Download; 4],
    upload: Upload,
) {
    fn moves(_: impl Send) {}
    let [first, second, third, fourth] = download;
    moves(first.to_path("file"));
    moves(second.to_vec());
    moves(async { third.to_writer(&mut tokio::io::sink()).await });
    moves(fourth.chunks());
    moves(std::future::IntoFuture::into_future(upload));
    moves(chat.send_file("file"));
    moves(chat.send_album([]));
}
