//! Where the bytes of an upload come from.

use std::fmt;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncRead, AsyncReadExt};

use chappe_secret::limits;

use crate::error::{Error, ErrorKind};
use crate::rt::fs;

pub(crate) type Reader = Box<dyn AsyncRead + Send + Unpin>;

/// A file to send: a path, bytes in memory, or a reader.
///
/// ```
/// use chappe::files::FileInput;
///
/// let from_disk = FileInput::path("holiday.jpg"); // or just "holiday.jpg" where a `FileInput` is asked for
/// let from_memory = FileInput::bytes(b"hello".to_vec()).named("hello.txt");
/// let from_anywhere = FileInput::stream(tokio::io::stdin()).named("standard input");
/// # drop((from_disk, from_memory, from_anywhere));
/// ```
pub struct FileInput {
    source: Source,
    name: Option<String>,
}

enum Source {
    Bytes(Vec<u8>),
    Path(PathBuf),
    Reader { reader: Option<Reader>, size: Option<u64> },
}

/// A file whose bytes can be read once.
pub(crate) struct Opened {
    pub(crate) reader: Reader,
    /// In bytes, if that is known.
    pub(crate) size: Option<u64>,
}

impl Opened {
    /// Looks into a stream of unknown length: if it ends within one part, its length is known.
    pub(crate) async fn measured(mut self) -> Result<Self, Error> {
        if self.size.is_some() {
            return Ok(self);
        }
        let mut head = Vec::new();
        let mut beginning = (&mut self.reader).take(limits::FILE_PART_LEN as u64 + 1);
        beginning.read_to_end(&mut head).await.map_err(|error| {
            Error::with_source(ErrorKind::File, format!("the file cannot be read: {error}"), error)
        })?;
        if head.len() <= limits::FILE_PART_LEN {
            let size = Some(head.len() as u64);
            return Ok(Self { reader: Box::new(Cursor::new(head)), size });
        }
        Ok(Self { reader: Box::new(Cursor::new(head).chain(self.reader)), size: None })
    }
}

impl FileInput {
    /// A file on disk. It must not change before it has gone up.
    ///
    /// ```
    /// use chappe::files::FileInput;
    ///
    /// assert_eq!(FileInput::path("photos/beach.jpg").name(), Some("beach.jpg"));
    /// ```
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Self { source: Source::Path(path), name }
    }

    /// Bytes in memory.
    ///
    /// ```
    /// use chappe::files::FileInput;
    ///
    /// let report = FileInput::bytes("date,count\n2026-01-01,7\n").named("report.csv");
    /// assert_eq!(report.name(), Some("report.csv"));
    /// ```
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self { source: Source::Bytes(bytes.into()), name: None }
    }

    /// Anything that can be read, which gives exactly `size` bytes. What is read from it is gone, so such an upload
    /// cannot be tried again with the same input.
    ///
    /// ```no_run
    /// use chappe::files::FileInput;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let file = tokio::fs::File::open("film.mp4").await?;
    /// let size = file.metadata().await?.len();
    /// client.upload(FileInput::reader(file, size).named("holiday.mp4")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reader(reader: impl AsyncRead + Send + Unpin + 'static, size: u64) -> Self {
        Self { source: Source::Reader { reader: Some(Box::new(reader)), size: Some(size) }, name: None }
    }

    /// Anything that can be read, of unknown length: a pipe, a body that is still being made. It goes up while it is
    /// read, with constant memory. What is read from it is gone, so such an upload can neither be tried again nor be
    /// continued later.
    ///
    /// ```no_run
    /// use std::process::Stdio;
    /// use chappe::files::FileInput;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// // What another program writes, while it writes it.
    /// let mut tar = tokio::process::Command::new("tar").args(["-cz", "photos"]).stdout(Stdio::piped()).spawn()?;
    /// if let Some(bytes) = tar.stdout.take() {
    ///     client.upload(FileInput::stream(bytes).named("photos.tar.gz")).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(reader: impl AsyncRead + Send + Unpin + 'static) -> Self {
        Self { source: Source::Reader { reader: Some(Box::new(reader)), size: None }, name: None }
    }

    /// Gives it a name, in place of that of the path.
    ///
    /// ```
    /// use chappe::files::FileInput;
    ///
    /// // What others see is not what the file is called here.
    /// let input = FileInput::path("spool/4f1c.tmp").named("holiday.jpg");
    /// assert_eq!(input.name(), Some("holiday.jpg"));
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Its name.
    ///
    /// ```
    /// use chappe::files::FileInput;
    ///
    /// assert_eq!(FileInput::from("photos/beach.jpg").name(), Some("beach.jpg"));
    /// assert_eq!(FileInput::bytes(*b"hello").name(), None);
    /// ```
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The file on disk that it is, if it is one.
    pub(crate) fn local_path(&self) -> Option<&Path> {
        match &self.source {
            Source::Path(path) => Some(path),
            _ => None,
        }
    }

    /// Whether it can be opened twice.
    pub(crate) fn is_repeatable(&self) -> bool {
        !matches!(self.source, Source::Reader { .. })
    }

    /// Its size in bytes, if that is known.
    pub(crate) async fn size(&mut self) -> Result<Option<u64>, Error> {
        // A shared reference across the wait would bind the future to one thread.
        match &mut self.source {
            Source::Bytes(bytes) => Ok(Some(bytes.len() as u64)),
            Source::Path(path) => Ok(open_path(path).await?.size),
            Source::Reader { size, .. } => Ok(*size),
        }
    }

    /// The size if it is known, and a reader at the beginning.
    pub(crate) async fn open(&mut self) -> Result<Opened, Error> {
        match &mut self.source {
            Source::Bytes(bytes) => {
                let size = Some(bytes.len() as u64);
                Ok(Opened { reader: Box::new(Cursor::new(bytes.clone())), size })
            }
            Source::Path(path) => open_path(path).await,
            Source::Reader { reader, size } => {
                let reader = reader.take().ok_or_else(|| {
                    Error::new(ErrorKind::File, "this reader has been used up: give the file anew")
                })?;
                Ok(Opened { reader, size: *size })
            }
        }
    }

    /// The first bytes, where they can be had without using the input up.
    pub(crate) async fn peek(&mut self, len: u64) -> Result<Vec<u8>, Error> {
        let mut head = Vec::new();
        match &mut self.source {
            Source::Bytes(bytes) => {
                let len = usize::try_from(len).unwrap_or(usize::MAX).min(bytes.len());
                head.extend_from_slice(bytes.get(..len).unwrap_or_default());
            }
            Source::Path(path) => {
                let opened = open_path(path).await?;
                opened
                    .reader
                    .take(len)
                    .read_to_end(&mut head)
                    .await
                    .map_err(|error| unreadable(path, error))?;
            }
            Source::Reader { .. } => {}
        }
        Ok(head)
    }
}

async fn open_path(path: &Path) -> Result<Opened, Error> {
    let file = fs::File::open(path).await.map_err(|error| unreadable(path, error))?;
    let metadata = file.metadata().await.map_err(|error| unreadable(path, error))?;
    if !metadata.is_file() {
        let message = format!("{} is not a file: only files can be sent", path.display());
        return Err(Error::new(ErrorKind::File, message));
    }
    Ok(Opened { reader: Box::new(file), size: Some(metadata.len()) })
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::with_source(ErrorKind::File, format!("{} cannot be read: {error}", path.display()), error)
}

impl From<&str> for FileInput {
    fn from(path: &str) -> Self {
        Self::path(path)
    }
}

impl From<String> for FileInput {
    fn from(path: String) -> Self {
        Self::path(path)
    }
}

impl From<&Path> for FileInput {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl From<PathBuf> for FileInput {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

impl From<&PathBuf> for FileInput {
    fn from(path: &PathBuf) -> Self {
        Self::path(path)
    }
}

impl From<Vec<u8>> for FileInput {
    fn from(bytes: Vec<u8>) -> Self {
        Self::bytes(bytes)
    }
}

/// Where it comes from, never what is in it.
impl fmt::Debug for FileInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Bytes(bytes) => write!(f, "FileInput({} bytes)", bytes.len()),
            Source::Path(path) => write!(f, "FileInput({})", path.display()),
            Source::Reader { size: Some(size), .. } => write!(f, "FileInput(reader of {size} bytes)"),
            Source::Reader { size: None, .. } => f.write_str("FileInput(stream)"),
        }
    }
}
