//! The CDN data centre: where clients fetch files that many want, without anybody having to trust it.
//!
//! It has a port and an RSA key of its own, knows no accounts and answers `upload.getCdnFile` only. What it hands out is
//! encrypted (AES-256-CTR) with a key that the client has from the data centre that sent it here, as it has the hashes
//! of the content. A real one keeps the ciphertext; this one remembers which chunks it was given and makes them anew,
//! so that a file of 4 GB costs it no memory.
//!
//! ```text
//! upload.getFile            master   fileCdnRedirect: file_token, key, first hashes
//! upload.getCdnFile         CDN      cdnFileReuploadNeeded: request_token
//! upload.reuploadCdnFile    master   the CDN has the chunk now; hashes of it
//! upload.getCdnFile         CDN      cdnFile
//! ```
//!
//! Source: <https://core.telegram.org/cdn>

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use chappe_crypto::rsa::RsaPrivateKey;
use chappe_mtproto::exchange::ServerExchangeConfig;
use subtle::ConstantTimeEq;

use crate::blobs::{BlobId, Layout};
use crate::centres::DataCentre;
use crate::keys::lock;
use crate::limits::{CDN_CHUNKS, FILE_PIECE};
use crate::model::access::AccessHashes;

/// Its number, which no other data centre has.
pub(crate) const CDN_ID: i32 = 203;

/// What the servers of one process share about it.
pub(crate) struct Shared {
    pub(crate) centre: DataCentre,
    pub(crate) rsa: Arc<RsaPrivateKey>,
    pub(crate) exchange: Arc<ServerExchangeConfig>,
    /// Chunks of blobs that it was given.
    held: Mutex<HashSet<(i64, u64)>>,
    lies: AtomicBool,
}

impl Shared {
    pub(crate) fn new(
        centre: DataCentre,
        rsa: Arc<RsaPrivateKey>,
        exchange: Arc<ServerExchangeConfig>,
    ) -> Self {
        Self { centre, rsa, exchange, held: Mutex::default(), lies: AtomicBool::new(false) }
    }

    /// Whether it has the chunk of this number.
    pub(crate) fn holds(&self, blob: BlobId, chunk: u64) -> bool {
        lock(&self.held).contains(&(blob.0, chunk))
    }

    /// It is given a chunk. When it has too many, it forgets all: it is only a cache.
    pub(crate) fn give(&self, blob: BlobId, chunk: u64) {
        let mut held = lock(&self.held);
        if held.len() >= CDN_CHUNKS {
            held.clear();
        }
        held.insert((blob.0, chunk));
    }

    pub(crate) fn lies(&self) -> bool {
        self.lies.load(Ordering::Relaxed)
    }
}

/// The CDN data centre of a server that was built with one ([`ServerBuilder::cdn`](crate::ServerBuilder::cdn)).
#[derive(Clone)]
pub struct Cdn(pub(crate) Arc<Shared>);

impl Cdn {
    /// Its number and where it listens.
    pub fn data_centre(&self) -> DataCentre {
        self.0.centre
    }

    /// Its RSA key, as `RSA PUBLIC KEY` (PKCS#1) in PEM; clients get it by `help.getCdnConfig`.
    pub fn public_key_pem(&self) -> String {
        // The encoder cannot fail on a key of this size.
        self.0.rsa.public().to_pem().unwrap_or_default()
    }

    /// How many chunks of 1 MiB it holds.
    pub fn held_chunks(&self) -> usize {
        lock(&self.0.held).len()
    }

    /// It forgets all that it was given, as it may at any time: clients have it uploaded again.
    pub fn forget(&self) {
        lock(&self.0.held).clear();
    }

    /// From now on it changes what it hands out, or no more: clients must notice by the hashes.
    pub fn lie(&self, lies: bool) {
        self.0.lies.store(lies, Ordering::Relaxed);
    }
}

impl fmt::Debug for Cdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cdn").field("centre", &self.0.centre).finish_non_exhaustive()
    }
}

/// A file as a `file_token` names it. Tokens are made and checked, not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileToken {
    pub(crate) blob: BlobId,
    pub(crate) layout: Layout,
    /// Unix seconds.
    pub(crate) expires: i64,
}

const FILE: &[u8] = b"cdn file";
const REQUEST: &[u8] = b"cdn request";

impl FileToken {
    pub(crate) fn to_bytes(self, access: &AccessHashes) -> Vec<u8> {
        let Layout { part_len, parts, size } = self.layout;
        let mut bytes = self.blob.0.to_le_bytes().to_vec();
        for number in [part_len, parts, size] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.expires.to_le_bytes());
        sign(access, FILE, bytes)
    }

    /// `None` for one that was not made here, or is too old.
    pub(crate) fn read(access: &AccessHashes, token: &[u8], now: i64) -> Option<Self> {
        let numbers: [u64; 5] = checked(access, FILE, token)?;
        let [blob, part_len, parts, size, expires] = numbers;
        let blob = BlobId(blob.cast_signed());
        let token = Self { blob, layout: Layout { part_len, parts, size }, expires: expires.cast_signed() };
        (token.expires > now).then_some(token)
    }
}

/// What the CDN says is missing: a chunk of a blob.
pub(crate) fn request_token(access: &AccessHashes, blob: BlobId, chunk: u64) -> Vec<u8> {
    let mut bytes = blob.0.to_le_bytes().to_vec();
    bytes.extend_from_slice(&chunk.to_le_bytes());
    sign(access, REQUEST, bytes)
}

/// The chunk that is missing, if the token is about this blob.
pub(crate) fn requested_chunk(access: &AccessHashes, token: &[u8], blob: BlobId) -> Option<u64> {
    let [of, chunk] = checked(access, REQUEST, token)?;
    (of.cast_signed() == blob.0).then_some(chunk)
}

/// The number of the chunk around a place in a file.
pub(crate) fn chunk_of(offset: u64) -> u64 {
    offset / FILE_PIECE
}

fn sign(access: &AccessHashes, purpose: &[u8], mut bytes: Vec<u8>) -> Vec<u8> {
    let mac = access.mac(purpose, &bytes);
    bytes.extend_from_slice(&mac);
    bytes
}

fn checked<const N: usize>(access: &AccessHashes, purpose: &[u8], token: &[u8]) -> Option<[u64; N]> {
    let (bytes, mac) = token.split_at_checked(8 * N)?;
    if !bool::from(access.mac(purpose, bytes).as_slice().ct_eq(mac)) {
        return None;
    }
    let mut numbers = [0; N];
    for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
        *number = u64::from_le_bytes(*bytes);
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_and_no_changed_or_foreign_one_does() {
        let access = AccessHashes::new([1; 32]);
        let layout = Layout { part_len: 5, parts: 6, size: 30 };
        let token = FileToken { blob: BlobId(-7), layout, expires: 100 };
        let bytes = token.to_bytes(&access);
        assert_eq!(FileToken::read(&access, &bytes, 99), Some(token));
        assert_eq!(FileToken::read(&access, &bytes, 100), None, "too old");
        assert_eq!(FileToken::read(&AccessHashes::new([2; 32]), &bytes, 0), None);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(FileToken::read(&access, &changed, 0), None, "byte {at}");
            assert_eq!(FileToken::read(&access, &bytes[..at], 0), None, "{at} bytes");
        }
        let request = request_token(&access, BlobId(-7), 3);
        assert_eq!(requested_chunk(&access, &request, BlobId(-7)), Some(3));
        assert_eq!(requested_chunk(&access, &request, BlobId(7)), None);
        assert_eq!(FileToken::read(&access, &request, 0), None);
    }
}
