//! The file of an upload, cut into parts.

use chappe_secret::FileEncryption;
use md5::{Digest, Md5};
use rand::rngs::StdRng;
use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use super::input::{Opened, Reader};
use super::upload_state::UploadState;
use crate::error::{Error, ErrorKind};

/// What the file looks like up to here.
pub(super) fn mark(cipher: Option<&FileEncryption>, md5: Option<&Md5>) -> Zeroizing<[u8; 32]> {
    match cipher {
        // A change anywhere before changes the chain.
        Some(cipher) => cipher.position().chain,
        None => {
            let mut mark = Zeroizing::new([0; 32]);
            let digest = md5.map(|md5| md5.clone().finalize()).unwrap_or_default();
            mark.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
            mark
        }
    }
}

/// The file, part by part as it goes up.
pub(super) struct Content {
    reader: Reader,
    /// Bytes that are still to come, if that is known.
    left: Option<u64>,
    /// The part after the one that was given last, of a file of unknown length: only then is it known whether that was
    /// the last.
    ahead: Option<Vec<u8>>,
    part_len: usize,
    /// Bytes of the plain file so far, and the most that there may be.
    read: u64,
    max_size: u64,
    /// Bytes that were given out.
    given: u64,
    cipher: Option<FileEncryption>,
    padding: [u8; 16],
    /// `None` where nobody asks for it: it costs more than the encryption of the connection.
    md5: Option<Md5>,
    rng: StdRng,
}

/// A part as it goes up.
pub(super) struct Part {
    pub(super) bytes: Vec<u8>,
    /// Of the last part: bytes of all parts together.
    pub(super) total: Option<u64>,
}

impl Content {
    pub(super) fn new(
        state: &UploadState,
        opened: Opened,
        part_len: usize,
        max_size: Option<u64>,
        needs_md5: bool,
        rng: StdRng,
    ) -> Self {
        Self {
            reader: opened.reader,
            left: opened.size,
            ahead: None,
            part_len,
            read: 0,
            max_size: max_size.unwrap_or(chappe_secret::limits::MAX_FILE_SIZE.unsigned_abs()),
            given: 0,
            cipher: state.key.as_ref().map(FileEncryption::new),
            padding: state.padding,
            md5: needs_md5.then(Md5::new),
            rng,
        }
    }

    /// The next part; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Part>, Error> {
        let (mut bytes, is_last) = match self.left {
            Some(0) => return Ok(None),
            Some(left) => {
                let len = usize::try_from(left).unwrap_or(usize::MAX).min(self.part_len);
                let mut part = vec![0; len];
                self.reader.read_exact(&mut part).await.map_err(unreadable)?;
                let left = left - len as u64;
                self.left = Some(left);
                (part, left == 0)
            }
            None => {
                let part = match self.ahead.take() {
                    Some(part) => part,
                    None => self.fill().await?,
                };
                let next = if part.len() == self.part_len { self.fill().await? } else { Vec::new() };
                let is_last = next.is_empty();
                match is_last {
                    true => self.left = Some(0),
                    false => self.ahead = Some(next),
                }
                (part, is_last)
            }
        };
        self.read += bytes.len() as u64;
        if self.read > self.max_size {
            let [size, max] = [self.read, self.max_size].map(|len| i64::try_from(len).unwrap_or(i64::MAX));
            return Err(chappe_secret::Error::FileTooLarge { size, max }.into());
        }
        if let Some(cipher) = &mut self.cipher {
            let missing = (16 - bytes.len() % 16) % 16;
            bytes.extend(self.padding.iter().take(missing));
            cipher.encrypt(&mut bytes, &mut self.rng)?;
        }
        if let Some(md5) = &mut self.md5 {
            md5.update(&bytes);
        }
        self.given += bytes.len() as u64;
        Ok(Some(Part { bytes, total: is_last.then_some(self.given) }))
    }

    /// As much as there is, up to a part.
    async fn fill(&mut self) -> Result<Vec<u8>, Error> {
        let mut part = Vec::with_capacity(self.part_len);
        let mut rest = (&mut self.reader).take(self.part_len as u64);
        rest.read_to_end(&mut part).await.map_err(unreadable)?;
        Ok(part)
    }

    /// Bytes of the plain file.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    pub(super) fn mark(&self) -> Zeroizing<[u8; 32]> {
        mark(self.cipher.as_ref(), self.md5.as_ref())
    }

    /// Checks that nothing comes after the end.
    pub(super) async fn end(&mut self) -> Result<(), Error> {
        match self.reader.read(&mut [0]).await {
            Ok(0) => Ok(()),
            Ok(_) => Err(Error::new(
                ErrorKind::File,
                "the file goes on after its end: it is longer than it was when it was opened",
            )),
            Err(error) => Err(unreadable(error)),
        }
    }

    pub(super) fn md5_checksum(&self) -> String {
        let Some(md5) = &self.md5 else { return String::new() };
        md5.clone().finalize().iter().fold(String::new(), |mut text, byte| {
            let (high, low) = (byte >> 4, byte & 15);
            text.extend([high, low].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
            text
        })
    }
}

fn unreadable(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => {
            Error::new(ErrorKind::File, "the file ended early: it is shorter than it was when it was opened")
        }
        _ => Error::with_source(ErrorKind::File, format!("the file cannot be read: {error}"), error),
    }
}
