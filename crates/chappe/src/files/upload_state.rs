//! What has to be kept of an upload to continue it.

use std::fmt;

use chappe_secret::FileKey;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::limits;

/// Where an upload stands: enough to continue it after a restart. **Secret**: it holds the key of an encrypted file.
///
/// A key encrypts one content only, so the state remembers what the file looked like up to each part that may have
/// left: the chaining values of the cipher, or running checksums of a file that is not encrypted. If the file has
/// changed since, the upload is refused.
///
/// ```no_run
/// use chappe::files::UploadState;
///
/// # async fn run(client: chappe::Client, noted: Option<Vec<u8>>) -> Result<(), chappe::Error> {
/// // What `state_file` does by itself, for a program that keeps such things in its own place.
/// let mut upload = client.upload("film.mp4").checkpoint(|state| drop(state.to_bytes() /* to be kept */));
/// if let Some(noted) = noted {
///     let state = UploadState::from_bytes(&noted)?;
///     println!("{} parts are there already", state.acknowledged_parts());
///     upload = upload.resume(state);
/// }
/// upload.await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct UploadState {
    pub(crate) file_id: i64,
    /// Bytes of the plain file.
    pub(crate) size: u64,
    pub(crate) key: Option<FileKey>,
    /// What fills the last block.
    pub(crate) padding: [u8; 16],
    /// Parts that the server has, without a gap.
    pub(crate) acknowledged: u32,
    /// Marks of the file after `acknowledged` parts and after each further part that may have left.
    pub(crate) marks: Vec<Zeroizing<[u8; 32]>>,
}

const MAGIC: &[u8; 8] = b"chappeU1";
/// More than there are parts on the way at once.
const MAX_MARKS: usize = limits::MAX_PARTS_AHEAD + 2;

impl UploadState {
    /// How many parts the server has.
    ///
    /// ```no_run
    /// # fn run(client: chappe::Client) {
    /// let upload = client.upload("film.mp4");
    /// let upload = upload.checkpoint(|state| println!("{} parts are there", state.acknowledged_parts()));
    /// # drop(upload);
    /// # }
    /// ```
    pub fn acknowledged_parts(&self) -> u32 {
        self.acknowledged
    }

    /// The state as bytes. Secret.
    ///
    /// ```no_run
    /// # fn run(client: chappe::Client) {
    /// // Into whatever the program keeps such things in; another one must not read them.
    /// let (states, kept) = std::sync::mpsc::channel();
    /// let upload = client.upload("film.mp4").checkpoint(move |state| drop(states.send(state.to_bytes())));
    /// # drop((upload, kept));
    /// # }
    /// ```
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Enough to never move: what is left behind would not be wiped.
        let mut out = Vec::with_capacity(128 + 32 * self.marks.len());
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.file_id.to_le_bytes());
        out.extend_from_slice(&self.size.to_le_bytes());
        out.push(self.key.is_some().into());
        if let Some(key) = &self.key {
            out.extend_from_slice(&key.key);
            out.extend_from_slice(&key.iv);
        }
        out.extend_from_slice(&self.padding);
        out.extend_from_slice(&self.acknowledged.to_le_bytes());
        out.push(u8::try_from(self.marks.len()).unwrap_or(u8::MAX));
        self.marks.iter().for_each(|mark| out.extend_from_slice(&mark[..]));
        Zeroizing::new(out)
    }

    /// The inverse of [`UploadState::to_bytes`].
    ///
    /// ```
    /// use chappe::{ErrorKind, files::UploadState};
    ///
    /// let damaged = UploadState::from_bytes(b"what an editor has saved").unwrap_err();
    /// assert_eq!(damaged.kind(), ErrorKind::File); // begin anew
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::File`] if these are no such bytes: start the upload anew.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(bytes).ok_or_else(|| {
            Error::new(ErrorKind::File, "this is not the state of an upload, or it is damaged: start anew")
        })
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let file_id = i64::from_le_bytes(take(&mut rest)?);
        let size = u64::from_le_bytes(take(&mut rest)?);
        let key = match take::<1>(&mut rest)? {
            [0] => None,
            [1] => Some(FileKey { key: take(&mut rest)?, iv: take(&mut rest)? }),
            _ => return None,
        };
        let padding = take(&mut rest)?;
        let acknowledged = u32::from_le_bytes(take(&mut rest)?);
        let [count] = take::<1>(&mut rest)?;
        let (marks, rest) = rest.as_chunks::<32>();
        let possible =
            rest.is_empty() && marks.len() == usize::from(count) && (1..=MAX_MARKS).contains(&marks.len());
        possible.then(|| Self {
            file_id,
            size,
            key,
            padding,
            acknowledged,
            marks: marks.iter().map(|mark| Zeroizing::new(*mark)).collect(),
        })
    }
}

/// Takes the next bytes.
pub(super) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(*taken)
}

impl fmt::Debug for UploadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadState")
            .field("size", &self.size)
            .field("acknowledged", &self.acknowledged)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_comes_back_and_damage_is_found() {
        for key in [None, Some(FileKey { key: [1; 32], iv: [2; 32] })] {
            let marks = vec![Zeroizing::new([3; 32]), Zeroizing::new([4; 32])];
            let state = UploadState { file_id: -5, size: 6, key, padding: [7; 16], acknowledged: 8, marks };
            let bytes = state.to_bytes();
            let read = UploadState::from_bytes(&bytes).unwrap();
            assert_eq!(read.to_bytes(), bytes);
            assert_eq!(read.acknowledged_parts(), 8);
            for len in 0..bytes.len() {
                assert!(UploadState::from_bytes(&bytes[..len]).is_err(), "{len}");
            }
            assert!(!format!("{state:?}").contains("key"));
        }
    }
}
