//! A snapshot as the bytes of a file.
//!
//! ```text
//! magic · data centre i32 · ahead of the clock, nanoseconds u64 · seed · RSA key in PEM · database
//!       · count of files, each: id i64 · assembled u8 · count of parts, each: number u64 · bytes
//!       · SHA-256 of everything before
//! ```
//!
//! Numbers are little-endian; bytes have their length before them as u64. A seed is 0 or 32 bytes.

use std::sync::Arc;
use std::time::Duration;

use chappe_crypto::hash::sha256;
use chappe_crypto::rsa::RsaPrivateKey;

use super::{Kept, Snapshot};
use crate::blobs::{BlobCopy, BlobId};
use crate::clock::SystemClock;
use crate::error::ServerError;

const MAGIC: &[u8] = b"chappe-snapshot-1\n";
const DIGEST_LEN: usize = 32;

impl Snapshot {
    /// For a file. Secret: keys and messages are in it.
    ///
    /// # Errors
    /// [`ServerError::MakeKey`] if the RSA key cannot be written down.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ServerError> {
        let kept = &*self.0;
        let mut out = MAGIC.to_vec();
        out.extend(kept.dc_id.to_le_bytes());
        let ahead = u64::try_from(kept.ahead.as_nanos()).unwrap_or(u64::MAX);
        out.extend(ahead.to_le_bytes());
        put(&mut out, kept.seed.as_ref().map_or(&[][..], |seed| seed));
        put(&mut out, kept.rsa.to_pem().map_err(ServerError::MakeKey)?.as_bytes());
        put(&mut out, &kept.database);
        out.extend((kept.blobs.len() as u64).to_le_bytes());
        for blob in &kept.blobs {
            out.extend(blob.id.0.to_le_bytes());
            out.push(blob.assembled.into());
            out.extend((blob.parts.len() as u64).to_le_bytes());
            for (number, part) in &blob.parts {
                out.extend(number.to_le_bytes());
                put(&mut out, part);
            }
        }
        let digest = sha256(&[&out]);
        out.extend(digest);
        Ok(out)
    }

    /// The inverse. Time goes on by the machine's clock, as far ahead of it as it was.
    ///
    /// # Errors
    /// [`ServerError::Snapshot`] if the bytes are no snapshot, are damaged, or were written by another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ServerError> {
        let broken = |reason| ServerError::Snapshot { reason };
        let end = bytes.len().checked_sub(DIGEST_LEN).ok_or_else(|| broken("it is too short"))?;
        let (body, digest) = bytes.split_at(end);
        let mut input = Input(body.strip_prefix(MAGIC).ok_or_else(|| broken("it begins as none"))?);
        if *digest != sha256(&[body]) {
            return Err(broken("it is damaged or cut"));
        }
        let kept = read(&mut input).filter(|_| input.0.is_empty());
        let kept = kept.ok_or_else(|| broken("it was written by another version"))?;
        Ok(Self(Arc::new(kept)))
    }
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(bytes);
}

fn read(input: &mut Input<'_>) -> Option<Kept> {
    let dc_id = i32::from_le_bytes(input.array()?);
    let ahead = Duration::from_nanos(input.number()?);
    let seed = match input.bytes()? {
        [] => None,
        seed => Some(*seed.first_chunk()?),
    };
    let rsa = RsaPrivateKey::from_pem(std::str::from_utf8(input.bytes()?).ok()?).ok()?;
    let database = input.bytes()?.to_vec();
    let mut blobs = Vec::new();
    for _ in 0..input.number()? {
        let id = BlobId(i64::from_le_bytes(input.array()?));
        let [assembled] = input.array()?;
        let mut parts = Vec::new();
        for _ in 0..input.number()? {
            parts.push((input.number()?, Arc::from(input.bytes()?)));
        }
        blobs.push(BlobCopy { id, assembled: assembled != 0, parts });
    }
    Some(Kept { database, blobs, base: Arc::new(SystemClock::new()), ahead, rsa: Arc::new(rsa), dc_id, seed })
}

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }
}
