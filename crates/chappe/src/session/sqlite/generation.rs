//! The file beside the session that knows how far the session has come.
//!
//! Every write counts in the session's file, and then here. A session that has counted less than its companion is an
//! older copy. The companion is written after the session's file is durable, so it is never ahead of the real one.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What the companion's name has behind that of the session.
const SUFFIX: &str = "-generation";
const MAGIC: &[u8; 8] = b"chappeg1";

/// Which session, and how many writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Generation {
    pub(super) id: [u8; 16],
    pub(super) count: u64,
}

/// The companion.
#[derive(Debug)]
pub(super) struct Companion {
    path: PathBuf,
    /// Opened with the first write.
    file: Option<File>,
}

impl Companion {
    pub(super) fn of(session: &Path) -> Self {
        let mut path = session.as_os_str().to_owned();
        path.push(SUFFIX);
        Self { path: path.into(), file: None }
    }

    /// What it says; `None` if it is not there or is not one of ours.
    pub(super) fn read(&self) -> Option<Generation> {
        let mut bytes = [0; 32];
        File::open(&self.path).ok()?.read_exact(&mut bytes).ok()?;
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (id, count) = rest.split_first_chunk::<16>()?;
        let count = u64::from_le_bytes(*count.first_chunk()?);
        (magic == MAGIC).then_some(Generation { id: *id, count })
    }

    /// Tells it how far the session has come. Reaches the disk some time later, or with [`Companion::sync`].
    pub(super) fn write(&mut self, generation: Generation) {
        let mut write = || -> std::io::Result<()> {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(open(&self.path)?),
            };
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(MAGIC);
            bytes[8..24].copy_from_slice(&generation.id);
            bytes[24..].copy_from_slice(&generation.count.to_le_bytes());
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&bytes)
        };
        // A companion that stays behind recognises less; it never refuses the real session.
        if let Err(error) = write() {
            tracing::warn!(path = %self.path.display(), %error, "the companion of the session cannot be written");
            self.file = None;
        }
    }

    pub(super) fn sync(&self) {
        if let Some(Err(error)) = self.file.as_ref().map(File::sync_data) {
            tracing::warn!(path = %self.path.display(), %error, "the companion of the session cannot be written");
        }
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
