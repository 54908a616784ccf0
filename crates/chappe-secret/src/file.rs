//! Files, encrypted and decrypted piece by piece: constant memory for any size, and continued after a break.
//!
//! ```
//! use chappe_secret::{EncryptedFile, FileDecryption, FileEncryption, FileKey, RemoteFile, UploadPlan};
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//!
//! let mut rng = ChaCha20Rng::seed_from_u64(1); // the system's generator in real life
//! let plain = b"a file of any length".repeat(1000);
//! let plan = UploadPlan::new(plain.len() as i64)?;
//! let key = FileKey::generate(&mut rng);
//! let mut encryption = FileEncryption::new(&key);
//! let mut ciphertext = Vec::new();
//! for part in plain.chunks(plan.part_len) {
//!     let mut part = part.to_vec();
//!     encryption.encrypt(&mut part, &mut rng)?; // the last one is padded
//!     ciphertext.extend(part); // upload.saveFilePart or upload.saveBigFilePart
//! }
//!
//! let file = EncryptedFile {
//!     id: 1,
//!     access_hash: 2,
//!     size: ciphertext.len() as i64,
//!     dc_id: 2,
//!     key_fingerprint: key.fingerprint(),
//! };
//! let remote = RemoteFile { file, key, size: plain.len() as i64 };
//! let mut decryption = FileDecryption::new(&remote);
//! let mut whole = Vec::new();
//! for part in ciphertext.chunks(4096) {
//!     let mut part = part.to_vec();
//!     decryption.decrypt(&mut part)?;
//!     whole.extend(part);
//! }
//! decryption.finish()?;
//! assert_eq!(whole, plain);
//! # Ok::<(), chappe_secret::Error>(())
//! ```
//!
//! Source: <https://core.telegram.org/api/end-to-end#sending-encrypted-files>

use std::fmt;

use chappe_crypto::file::FileKey;
use chappe_crypto::ige::{IgeDecryptor, IgeEncryptor};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{Error, RemoteFile, limits};

/// How a file of known size goes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadPlan {
    /// Bytes of each part but the last.
    pub part_len: usize,
    /// How many parts.
    pub parts: i32,
    /// Whether they go up by `upload.saveBigFilePart`.
    pub big: bool,
    /// Bytes of all parts together: of the whole ciphertext.
    pub encrypted_len: i64,
}

impl UploadPlan {
    /// The plan for a plain file of `size` bytes.
    ///
    /// # Errors
    /// [`Error::InvalidMedia`] for an empty file, which the server does not take; [`Error::FileTooLarge`].
    pub fn new(size: i64) -> Result<Self, Error> {
        if size > limits::MAX_FILE_SIZE {
            return Err(Error::FileTooLarge { size, max: limits::MAX_FILE_SIZE });
        }
        let size = size.max(0);
        Self::for_len(size + (16 - size % 16) % 16)
    }

    /// The plan for `len` bytes that go up as they are: a file outside of secret chats.
    ///
    /// # Errors
    /// As for [`UploadPlan::new`].
    pub fn for_len(len: i64) -> Result<Self, Error> {
        if len <= 0 {
            return Err(Error::InvalidMedia { reason: "the server takes no empty files" });
        }
        let too_large = Error::FileTooLarge { size: len, max: limits::MAX_FILE_SIZE };
        if len > limits::MAX_FILE_SIZE {
            return Err(too_large);
        }
        let part_len: i64 = if len <= 1 << 20 { 32 << 10 } else { limits::FILE_PART_LEN as i64 };
        let parts = (len + part_len - 1) / part_len;
        Ok(Self {
            part_len: usize::try_from(part_len).map_err(|_| too_large.clone())?,
            parts: i32::try_from(parts).map_err(|_| too_large)?,
            big: len > limits::MAX_SMALL_UPLOAD,
            encrypted_len: len,
        })
    }
}

/// Where a stream stands: what has to be kept to continue it later. Half of it is plaintext, so it is secret.
#[derive(Clone)]
pub struct FilePosition {
    /// Bytes of ciphertext so far.
    pub offset: u64,
    /// The last block of ciphertext and of plaintext.
    pub chain: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for FilePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePosition").field("offset", &self.offset).finish_non_exhaustive()
    }
}

/// Encrypts a file from beginning to end. A key serves one content only: for a changed file draw a new one.
#[derive(Debug)]
pub struct FileEncryption {
    stream: IgeEncryptor,
    offset: u64,
    ended: bool,
}

impl FileEncryption {
    /// Starts.
    pub fn new(key: &FileKey) -> Self {
        Self { stream: key.encryptor(), offset: 0, ended: false }
    }

    /// Continues where an earlier run has stood.
    pub fn resume(key: &FileKey, position: &FilePosition) -> Self {
        Self { stream: IgeEncryptor::new(&key.key, &position.chain), offset: position.offset, ended: false }
    }

    /// Encrypts the next piece in place. One whose length is not a multiple of 16 is the last, and is padded at
    /// random.
    ///
    /// # Errors
    /// [`Error::FilePart`] if the last piece has been.
    pub fn encrypt(&mut self, piece: &mut Vec<u8>, rng: &mut dyn CryptoRng) -> Result<(), Error> {
        if self.ended {
            return Err(Error::FilePart);
        }
        let padding = (16 - piece.len() % 16) % 16;
        if padding > 0 {
            self.ended = true;
            let mut random = [0; 16];
            rng.fill_bytes(&mut random);
            piece.extend(random.iter().take(padding));
        }
        self.stream.encrypt(piece)?;
        self.offset = self.offset.saturating_add(piece.len() as u64);
        Ok(())
    }

    /// Where the stream stands now.
    pub fn position(&self) -> FilePosition {
        FilePosition { offset: self.offset, chain: self.stream.state() }
    }
}

/// Decrypts a file from beginning to end, and cuts off its padding.
///
/// Nothing authenticates the content: what comes out is whatever the server gave.
#[derive(Debug)]
pub struct FileDecryption {
    stream: IgeDecryptor,
    offset: u64,
    size: u64,
}

impl FileDecryption {
    /// Starts.
    pub fn new(file: &RemoteFile) -> Self {
        Self { stream: file.key.decryptor(), offset: 0, size: u64::try_from(file.size).unwrap_or(0) }
    }

    /// Continues where an earlier run has stood.
    pub fn resume(file: &RemoteFile, position: &FilePosition) -> Self {
        let stream = IgeDecryptor::new(&file.key.key, &position.chain);
        Self { stream, offset: position.offset, size: u64::try_from(file.size).unwrap_or(0) }
    }

    /// Decrypts the next piece in place; padding is cut off.
    ///
    /// # Errors
    /// [`Error::FilePart`] if its length is not a multiple of 16, or the file has ended.
    pub fn decrypt(&mut self, piece: &mut Vec<u8>) -> Result<(), Error> {
        let left = self.size.saturating_sub(self.offset);
        let most = left.saturating_add(15) / 16 * 16;
        let len = piece.len() as u64;
        if len > most || !len.is_multiple_of(16) {
            return Err(Error::FilePart);
        }
        self.stream.decrypt(piece)?;
        self.offset = self.offset.saturating_add(len);
        if len > left {
            piece.truncate(usize::try_from(left).unwrap_or(piece.len()));
        }
        Ok(())
    }

    /// Where the stream stands now.
    pub fn position(&self) -> FilePosition {
        FilePosition { offset: self.offset, chain: self.stream.state() }
    }

    /// Checks that everything has come.
    ///
    /// # Errors
    /// [`Error::FileTruncated`].
    pub fn finish(self) -> Result<(), Error> {
        match self.size.saturating_sub(self.offset) {
            0 => Ok(()),
            missing => Err(Error::FileTruncated { missing }),
        }
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
