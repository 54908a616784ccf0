//! Small things that have to be done right with files.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind};
use crate::rt;

/// Puts a file in place of another, or leaves the other as it was. Only its owner may read it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let fresh = beside(path, ".new");
    let written = create(&fresh).and_then(|mut file| file.write_all(bytes));
    written.and_then(|()| std::fs::rename(&fresh, path)).map_err(|error| unwritable(path, error))
}

/// Makes an empty file that only its owner may read.
pub(super) fn create(path: &Path) -> std::io::Result<File> {
    options().truncate(true).open(path)
}

/// Opens a file for reading and writing, or makes one that only its owner may read.
pub(super) fn open(path: &Path) -> std::io::Result<File> {
    options().read(true).open(path)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The path with something after the name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

pub(super) fn unwritable(path: &Path, error: std::io::Error) -> Error {
    Error::with_source(ErrorKind::File, format!("{} cannot be written: {error}", path.display()), error)
}

/// Runs what waits for the disk where it holds nobody up.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    rt::spawn_blocking(work).await.map_err(interrupted)?
}

/// The program ends, or the work has panicked.
pub(super) fn interrupted(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::with_source(ErrorKind::File, "the work on a file was interrupted", error)
}
