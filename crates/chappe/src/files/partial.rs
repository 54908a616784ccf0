//! A file on disk that is not complete yet.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chappe_api::enums::InputFileLocation as Location;
use chappe_secret::FilePosition;
use futures_util::FutureExt;
use zeroize::Zeroizing;

use super::disk::{self, beside, unwritable};
use super::pieces::{FileBytes, Origin};
use super::upload_state::take;
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::rt::{self, Instant, JoinHandle};

/// Which file it is: only the same one is continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    id: i64,
    size: u64,
    /// Fingerprint of the key; 0 without encryption.
    fingerprint: i32,
}

impl Identity {
    /// `None` if that cannot be told: such a download always begins anew.
    pub(super) fn of(origin: &Origin) -> Option<Self> {
        match origin {
            Origin::Secret(remote) => Some(Self {
                id: remote.file.id,
                size: remote.size.unsigned_abs(),
                fingerprint: remote.key.fingerprint(),
            }),
            Origin::Cloud(file) => {
                let id = match &file.location {
                    Location::DocumentFileLocation(l) if l.thumb_size.is_empty() => l.id,
                    _ => return None,
                };
                Some(Self { id, size: file.size?, fingerprint: 0 })
            }
        }
    }
}

pub(super) struct Partial {
    path: PathBuf,
    part: PathBuf,
    state: PathBuf,
    identity: Option<Identity>,
    /// With the last of those who have it goes its lock.
    file: Arc<File>,
    /// The bytes that are being written, while more are fetched.
    writing: Option<Work>,
    /// Bytes written since the state was.
    unkept: u64,
    /// The state that is being written, while the download goes on.
    keeping: Option<Work>,
}

/// What goes on where it may wait for the disk.
type Work = JoinHandle<Result<(), Error>>;

/// Waits for it, if there is any.
async fn ended(work: &mut Option<Work>) -> Result<(), Error> {
    match work.take() {
        Some(work) => work.await.map_err(disk::interrupted)?,
        None => Ok(()),
    }
}

/// How long to wait for a download of the same file that was given up, while its last state is being written.
const LOCK_WAIT: Duration = Duration::from_secs(2);
const LOCK_PAUSE: Duration = Duration::from_millis(10);

const MAGIC: &[u8; 8] = b"chappeD1";

impl Partial {
    /// Opens the unfinished file, and says from where to continue.
    pub(super) async fn open(
        path: PathBuf,
        identity: Option<Identity>,
    ) -> Result<(Self, Option<FilePosition>), Error> {
        let (part, state) = (beside(&path, ".part"), beside(&path, ".part.state"));
        let begin = Instant::now();
        let (file, position) = loop {
            let (at, state_path) = (part.clone(), state.clone());
            if let Some(opened) = disk::blocking(move || open(&at, &state_path, identity)).await? {
                break opened;
            }
            if begin.elapsed() > LOCK_WAIT {
                let message = format!("another download writes {}: wait for it", part.display());
                return Err(Error::new(ErrorKind::File, message));
            }
            rt::sleep(LOCK_PAUSE).await;
        };
        let file = Arc::new(file);
        Ok((Self { path, part, state, identity, file, writing: None, unkept: 0, keeping: None }, position))
    }

    /// Writes, and notes now and then how far it is.
    pub(super) async fn write(&mut self, bytes: FileBytes, position: FilePosition) -> Result<(), Error> {
        ended(&mut self.writing).await?;
        self.unkept += bytes.len() as u64;
        let (file, part) = (Arc::clone(&self.file), self.part.clone());
        self.writing = Some(rt::spawn_blocking(move || {
            (&*file).write_all(&bytes).map_err(|error| unwritable(&part, error))
        }));
        if self.unkept >= limits::DOWNLOAD_CHECKPOINT && self.is_kept()? {
            self.begin_to_keep(position).await?;
        }
        Ok(())
    }

    /// Notes how far it is, once the bytes are on disk.
    pub(super) async fn keep(&mut self, position: FilePosition) -> Result<(), Error> {
        self.begin_to_keep(position).await?;
        ended(&mut self.keeping).await
    }

    /// The same, while more is written.
    async fn begin_to_keep(&mut self, position: FilePosition) -> Result<(), Error> {
        ended(&mut self.keeping).await?;
        let Some(identity) = self.identity else { return Ok(()) };
        ended(&mut self.writing).await?;
        self.unkept = 0;
        let (file, part, state) = (Arc::clone(&self.file), self.part.clone(), self.state.clone());
        self.keeping = Some(rt::spawn_blocking(move || {
            file.sync_data().map_err(|error| unwritable(&part, error))?;
            let kept = disk::replace(&state, &encode(identity, &position));
            // Not before: whoever continues the file waits for the lock.
            drop(file);
            kept
        }));
        Ok(())
    }

    /// Whether no state is being written any more.
    fn is_kept(&mut self) -> Result<bool, Error> {
        let Some(keeping) = &mut self.keeping else { return Ok(true) };
        let Some(kept) = keeping.now_or_never() else { return Ok(false) };
        self.keeping = None;
        kept.map_err(disk::interrupted)?.map(|()| true)
    }

    /// The file gets its name.
    pub(super) async fn finish(mut self) -> Result<(), Error> {
        ended(&mut self.keeping).await?;
        ended(&mut self.writing).await?;
        let Self { path, part, state, file, .. } = self;
        disk::blocking(move || {
            file.sync_data().map_err(|error| unwritable(&part, error))?;
            std::fs::rename(&part, &path).map_err(|error| unwritable(&path, error))?;
            // Without its file it means nothing.
            let _ = std::fs::remove_file(state);
            Ok(())
        })
        .await
    }
}

/// The file, at the place where to continue. `None` while somebody else holds its lock.
fn open(
    part: &Path,
    state: &Path,
    identity: Option<Identity>,
) -> Result<Option<(File, Option<FilePosition>)>, Error> {
    let failed = |error| unwritable(part, error);
    let mut file = disk::open(part).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
        // Some file systems know no locks.
        Err(std::fs::TryLockError::Error(error)) => {
            tracing::debug!(%error, "a download goes on without a lock")
        }
    }
    let len = file.metadata().map_err(failed)?.len();
    let stored = std::fs::read(state).map(Zeroizing::new).unwrap_or_default();
    let position = decode(&stored)
        .filter(|(of, position)| Some(*of) == identity && (1..=len).contains(&position.offset))
        .map(|(_, position)| position);
    // What was written after the state was is fetched again.
    let offset = position.as_ref().map_or(0, |position| position.offset);
    file.set_len(offset).map_err(failed)?;
    file.seek(SeekFrom::Start(offset)).map_err(failed)?;
    Ok(Some((file, position)))
}

fn encode(identity: Identity, position: &FilePosition) -> Zeroizing<Vec<u8>> {
    let mut out = Vec::with_capacity(128);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&identity.id.to_le_bytes());
    out.extend_from_slice(&identity.size.to_le_bytes());
    out.extend_from_slice(&identity.fingerprint.to_le_bytes());
    out.extend_from_slice(&position.offset.to_le_bytes());
    out.extend_from_slice(&position.chain[..]);
    Zeroizing::new(out)
}

fn decode(bytes: &[u8]) -> Option<(Identity, FilePosition)> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let identity = Identity {
        id: i64::from_le_bytes(take(&mut rest)?),
        size: u64::from_le_bytes(take(&mut rest)?),
        fingerprint: i32::from_le_bytes(take(&mut rest)?),
    };
    let offset = u64::from_le_bytes(take(&mut rest)?);
    let chain = Zeroizing::new(take(&mut rest)?);
    // A position inside of a piece is none that was written here.
    let possible = rest.is_empty() && offset.is_multiple_of(limits::DOWNLOAD_PIECE);
    possible.then_some((identity, FilePosition { offset, chain }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_comes_back_and_damage_is_found() {
        let identity = Identity { id: 1, size: 2, fingerprint: -3 };
        let chain = Zeroizing::new([4; 32]);
        let position = FilePosition { offset: 2 * limits::DOWNLOAD_PIECE, chain };
        let bytes = encode(identity, &position);
        let (read, at) = decode(&bytes).unwrap();
        assert_eq!((read, at.offset, at.chain), (identity, position.offset, position.chain.clone()));
        for len in 0..bytes.len() {
            assert!(decode(&bytes[..len]).is_none());
        }
    }
}
