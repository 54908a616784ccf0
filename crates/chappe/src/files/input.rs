//! Where the bytes of an upload come from.

use std::fmt;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::error::{Error, ErrorKind};

pub(crate) type Reader = Box<dyn AsyncRead + Send + Unpin>;

/// A file to send: a path, bytes in memory, or a reader.
///
/// ```
/// use chappe::files::FileInput;
///
/// let from_disk = FileInput::path("holiday.jpg"); // or just "holiday.jpg" where a `FileInput` is asked for
/// let from_memory = FileInput::bytes(b"hello".to_vec()).named("hello.txt");
/// # drop((from_disk, from_memory));
/// ```
pub struct FileInput {
    source: Source,
    name: Option<String>,
}

enum Source {
    Bytes(Vec<u8>),
    Path(PathBuf),
    Reader { reader: Option<Reader>, size: u64 },
}

/// A file whose size is known and whose bytes can be read once.
pub(crate) struct Opened {
    pub(crate) reader: Reader,
    pub(crate) size: u64,
}

impl FileInput {
    /// A file on disk. It must not change before it has gone up.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Self { source: Source::Path(path), name }
    }

    /// Bytes in memory.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self { source: Source::Bytes(bytes.into()), name: None }
    }

    /// Anything that can be read, which gives exactly `size` bytes. What is read from it is gone, so such an upload
    /// cannot be tried again with the same input.
    pub fn reader(reader: impl AsyncRead + Send + Unpin + 'static, size: u64) -> Self {
        Self { source: Source::Reader { reader: Some(Box::new(reader)), size }, name: None }
    }

    /// Gives it a name, in place of that of the path.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Its name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether it can be opened twice.
    pub(crate) fn is_repeatable(&self) -> bool {
        !matches!(self.source, Source::Reader { .. })
    }

    /// Its size in bytes.
    pub(crate) async fn size(&mut self) -> Result<u64, Error> {
        // A shared reference across the wait would bind the future to one thread.
        match &mut self.source {
            Source::Bytes(bytes) => Ok(bytes.len() as u64),
            Source::Path(path) => Ok(open_path(path).await?.size),
            Source::Reader { size, .. } => Ok(*size),
        }
    }

    /// The size, and a reader at the beginning.
    pub(crate) async fn open(&mut self) -> Result<Opened, Error> {
        match &mut self.source {
            Source::Bytes(bytes) => {
                let size = bytes.len() as u64;
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
    let file = tokio::fs::File::open(path).await.map_err(|error| unreadable(path, error))?;
    let metadata = file.metadata().await.map_err(|error| unreadable(path, error))?;
    if !metadata.is_file() {
        let message = format!("{} is not a file: only files can be sent", path.display());
        return Err(Error::new(ErrorKind::File, message));
    }
    Ok(Opened { reader: Box::new(file), size: metadata.len() })
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
            Source::Reader { size, .. } => write!(f, "FileInput(reader of {size} bytes)"),
        }
    }
}
