//! Where the file of a message is on this device.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use chappe_tl::{DecodeError, Reader, Writer};

/// A path that was noted with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalFile {
    pub(super) path: String,
    /// What was there when it was complete: length in bytes, and when it was written, in nanoseconds of Unix time.
    written: Option<(u64, i64)>,
}

impl LocalFile {
    /// A file that is about to be written. `None` for a path that is no text.
    pub(crate) fn begun(path: &Path) -> Option<Self> {
        let path = std::path::absolute(path).ok()?.to_str()?.to_owned();
        Some(Self { path, written: None })
    }

    /// A file that is there.
    pub(crate) fn complete(path: &Path) -> Option<Self> {
        let begun = Self::begun(path)?;
        Some(Self { written: Some(facts(Path::new(&begun.path))?), ..begun })
    }

    /// The path, once the file is there.
    pub(super) fn path(&self) -> Option<PathBuf> {
        self.written.is_some().then(|| PathBuf::from(&self.path))
    }

    /// Removes what was written of it, and nothing else that may be there by now.
    pub(crate) async fn remove(self) {
        let removed = crate::files::blocking(move || {
            self.remove_now();
            Ok(())
        });
        drop(removed.await);
    }

    /// As [`remove`](Self::remove), and waits for the disk.
    pub(crate) fn remove_now(self) {
        let path = Path::new(&self.path);
        let mut doomed = vec![crate::files::beside(path, ".part"), crate::files::beside(path, ".part.state")];
        if self.written.is_some() && facts(path) == self.written {
            doomed.push(path.to_owned());
        }
        for path in doomed {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(%error, "the file of a message whose time is over cannot be removed");
                }
                _ => {}
            }
        }
    }

    pub(super) fn put(&self, w: &mut Writer) {
        w.bytes(self.path.as_bytes());
        w.bool(self.written.is_some());
        let (len, at) = self.written.unwrap_or_default();
        w.i64(i64::try_from(len).unwrap_or(i64::MAX));
        w.i64(at);
    }

    pub(super) fn get(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (path, complete) = (r.string()?, r.bool()?);
        let (len, at) = (r.i64()?.unsigned_abs(), r.i64()?);
        Ok(Self { path, written: complete.then_some((len, at)) })
    }
}

fn facts(path: &Path) -> Option<(u64, i64)> {
    let facts = std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let at = facts.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    Some((facts.len(), i64::try_from(at).unwrap_or(i64::MAX)))
}
