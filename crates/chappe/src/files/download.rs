//! Downloads: `upload.getFile`.
//!
//! Source: <https://core.telegram.org/api/files#downloading-files>

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use chappe_secret::{RandomId, RemoteFile};
use futures_core::Stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::cloud_file::Downloadable;
use super::partial::{Identity, Partial};
use super::pieces::{Origin, Pieces};
use super::progress::{Listener, Progress};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::history::local_file::LocalFile;
use crate::limits;
use crate::secret::SecretChat;

/// A download, as set up by [`Client::download`] or [`SecretChats::download`](crate::secret::SecretChats::download).
/// It ends with one of the `to_` methods, or with [`chunks`](Download::chunks); drop what they return to give it up.
///
/// Files of secret chats are decrypted on the way. Nothing authenticates their content, so treat it as hostile; what
/// can be checked is: the key, its fingerprint and the sizes.
///
/// ```no_run
/// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
/// client.download(&message).progress(|progress| println!("{}", progress.done)).to_path("film.mp4").await?;
/// let first_kilobyte = client.download(&message).range(0..1024).to_vec().await?;
/// println!("{:02x?}", &first_kilobyte[..4]);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until it is written somewhere"]
#[derive(Debug)]
pub struct Download {
    client: Client,
    /// `None` if there is no file.
    origin: Option<Origin>,
    range: Option<Range<u64>>,
    progress: Listener,
    /// The message whose file it is, in whose history the path is noted.
    message: Option<(SecretChat, RandomId)>,
}

impl Download {
    pub(super) fn cloud(client: Client, Downloadable(file): Downloadable) -> Self {
        Self::new(client, file.map(Origin::Cloud))
    }

    pub(crate) fn secret(client: Client, file: RemoteFile) -> Self {
        Self::new(client, Some(Origin::Secret(file)))
    }

    fn new(client: Client, origin: Option<Origin>) -> Self {
        Self { client, origin, range: None, progress: Listener::default(), message: None }
    }

    pub(crate) fn of_message(chat: &SecretChat, message: RandomId, file: RemoteFile) -> Self {
        Self { message: Some((chat.clone(), message)), ..Self::secret(chat.client().clone(), file) }
    }

    /// Tells how far it is, after each piece.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// let download = client.download(&message).progress(|progress| match progress.total {
    ///     Some(total) => println!("{} of {total} bytes", progress.done),
    ///     None => println!("{} bytes", progress.done),
    /// });
    /// download.to_path("film.mp4").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Listener::new(listener);
        self
    }

    /// How many bytes the file has: then several pieces travel at once, and another size is an error. Known already
    /// for everything but bare locations.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, place: chappe::enums::InputFileLocation) -> Result<(), chappe::Error> {
    /// // A database has kept where the file is, and how large.
    /// client.download(place).size(1_048_576).to_path("copy.bin").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn size(mut self, bytes: u64) -> Self {
        if let Some(Origin::Cloud(file)) = &mut self.origin {
            file.size = Some(bytes);
        }
        self
    }

    /// Fetches only these bytes, and as little beside them as may be. What is behind the end of the file is left out.
    /// Not for files of secret chats, and such a download does not continue a broken one.
    ///
    /// ```no_run
    /// use chappe::files::CloudFile;
    ///
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// // Only the end, where a ZIP file says what is in it.
    /// let size = message.media().and_then(CloudFile::of_media).and_then(|file| file.size()).unwrap_or_default();
    /// let end = client.download(&message).range(size.saturating_sub(64 << 10)..size).to_vec().await?;
    /// println!("{} bytes", end.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn range(mut self, bytes: Range<u64>) -> Self {
        self.range = Some(bytes);
        self
    }

    /// The data centre that has the file. Without it a redirection of the server is followed.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, place: chappe::enums::InputFileLocation) -> Result<(), chappe::Error> {
    /// client.download(place).data_centre(4).size(1_048_576).to_path("copy.bin").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn data_centre(mut self, id: i32) -> Self {
        if let Some(Origin::Cloud(file)) = &mut self.origin {
            file.dc_id = Some(id);
        }
        self
    }

    /// Writes the file to a path and returns its size. Until it is complete it is called `PATH.part`, and
    /// `PATH.part.state` says how far it is: a later download of the same file to the same path continues. Only the
    /// owner may read it. What was at the path before is replaced in one step.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// // May be stopped at any time: the next run goes on where this one was.
    /// let size = client.download(&message).to_path("downloads/film.mp4").await?;
    /// println!("{size} bytes are there");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::File`] if the path cannot be written, another download writes it, or the file is not of the size
    /// it has to be; [`ErrorKind::Rpc`] if the server refuses.
    pub async fn to_path(self, path: impl Into<PathBuf>) -> Result<u64, Error> {
        let path = path.into();
        let origin = self.origin.ok_or_else(no_file)?;
        let identity = if self.range.is_none() { Identity::of(&origin) } else { None };
        let mut leftover = Leftover(None);
        let (mut partial, position) = Partial::open(path.clone(), identity).await?;
        let message = self.message;
        // Before there is anything on the disk that has to go one day.
        let begun = LocalFile::begun(&path);
        if let (Some((chat, message)), Some(file)) = (&message, &begun)
            && !chat.note_file(*message, file.clone()).await?
        {
            leftover.0 = begun.clone();
        }
        let mut pieces = Pieces::start(self.client, origin, self.range, position, self.progress).await?;
        loop {
            match pieces.next().await {
                Ok(Some(bytes)) => partial.write(bytes, pieces.position()).await?,
                Ok(None) => break,
                Err(error) => {
                    // The reason of the break matters more than what becomes of the state.
                    drop(partial.keep(pieces.position()).await);
                    if let (Some((chat, message)), Some(file)) = (&message, &begun)
                        && matches!(chat.note_file(*message, file.clone()).await, Ok(false))
                    {
                        leftover.0 = begun;
                    }
                    return Err(error);
                }
            }
        }
        let size = pieces.finish()?;
        partial.finish().await?;
        leftover.0 = None;
        if let (Some((chat, message)), Some(file)) = (&message, LocalFile::complete(&path)) {
            chat.note_file(*message, file).await?;
        }
        Ok(size)
    }

    /// Writes the file and returns its size. The writer is flushed at the end, not closed.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut connection = tokio::net::TcpStream::connect("printer.example.org:9100").await?;
    /// client.download(&message).to_writer(&mut connection).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Download::to_path`].
    pub async fn to_writer(self, writer: &mut (impl AsyncWrite + Unpin + ?Sized)) -> Result<u64, Error> {
        let failed = |error| {
            Error::with_source(ErrorKind::File, format!("the file cannot be written: {error}"), error)
        };
        let origin = self.origin.ok_or_else(no_file)?;
        let mut pieces = Pieces::start(self.client, origin, self.range, None, self.progress).await?;
        while let Some(bytes) = pieces.next().await? {
            writer.write_all(&bytes).await.map_err(failed)?;
        }
        writer.flush().await.map_err(failed)?;
        pieces.finish()
    }

    /// The file piece by piece, in order, as fast as it is asked for: a [`Stream`], or [`next`](Chunks::next) after
    /// `next`. A few pieces are on the way while the one before is handled, never more. What they are is known only at the
    /// end: a file that turns out damaged ends with an error.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// let mut chunks = client.download(&message).range(0..1_000_000).chunks();
    /// while let Some(bytes) = chunks.next().await? {
    ///     println!("{} bytes", bytes.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn chunks(self) -> Chunks {
        let Self { client, origin, range, progress, .. } = self;
        let start = async move {
            let origin = origin.ok_or_else(no_file)?;
            Pieces::start(client, origin, range, None, progress).await
        };
        let pieces = futures_util::stream::once(start).map(|started| {
            futures_util::stream::try_unfold(started, async |pieces| {
                let mut pieces = pieces?;
                match pieces.next().await? {
                    Some(bytes) => Ok(Some((bytes.into_vec(), Ok(pieces)))),
                    None => pieces.finish().map(|_| None),
                }
            })
        });
        Chunks(pieces.flatten().boxed())
    }

    /// The file in memory.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), Box<dyn std::error::Error>> {
    /// let text = String::from_utf8(client.download(&message).to_vec().await?)?;
    /// println!("{} lines", text.lines().count());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Download::to_path`]; [`ErrorKind::File`] for more than 64 MiB.
    pub async fn to_vec(self) -> Result<Vec<u8>, Error> {
        let too_large = || {
            Error::new(
                ErrorKind::File,
                "the file is too large to be kept in memory: download it to a path or a writer",
            )
        };
        let origin = self.origin.ok_or_else(no_file)?;
        let whole = self.range.is_none();
        if origin.size().is_some_and(|size| whole && size > limits::MAX_DOWNLOAD_IN_MEMORY) {
            return Err(too_large());
        }
        let mut pieces = Pieces::start(self.client, origin, self.range, None, self.progress).await?;
        let mut whole = Vec::new();
        while let Some(bytes) = pieces.next().await? {
            if (whole.len() + bytes.len()) as u64 > limits::MAX_DOWNLOAD_IN_MEMORY {
                return Err(too_large());
            }
            whole.extend_from_slice(&bytes);
        }
        pieces.finish()?;
        Ok(whole)
    }
}

/// What a download leaves on the disk if it ends early and its message has gone: nobody else would remove it.
struct Leftover(Option<LocalFile>);

impl Drop for Leftover {
    fn drop(&mut self) {
        if let Some(file) = self.0.take() {
            file.remove_now();
        }
    }
}

/// The pieces of a file as they come. From [`Download::chunks`]. It ends after an error.
///
/// ```no_run
/// use futures_util::TryStreamExt;
///
/// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
/// let chunks = client.download(&message).chunks();
/// let len = chunks.try_fold(0, async |len, bytes| Ok(len + bytes.len())).await?;
/// # let _: usize = len;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is fetched until it is asked for"]
pub struct Chunks(BoxStream<'static, Result<Vec<u8>, Error>>);

impl Chunks {
    /// The next bytes; `None` at the end of the file. Dropping the future loses nothing: the next one goes on.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// let mut chunks = client.download(&message).chunks();
    /// let mut zeros = 0;
    /// while let Some(bytes) = chunks.next().await? {
    ///     zeros += bytes.iter().filter(|byte| **byte == 0).count();
    /// }
    /// println!("{zeros} zeros");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::File`] if the file is not of the size it has to be; [`ErrorKind::Rpc`] if the server refuses.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        self.0.next().await.transpose()
    }
}

impl Stream for Chunks {
    type Item = Result<Vec<u8>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chunks")
    }
}

fn no_file() -> Error {
    Error::new(
        ErrorKind::Argument,
        "there is no file in it: only messages and media with a file can be downloaded",
    )
}
