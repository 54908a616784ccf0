//! AES-256-CTR, the key stream under obfuscated transports and CDN files.

use std::fmt;

use ::ctr::cipher::{KeyIvInit, StreamCipher};

/// A position in an AES-256-CTR key stream with a 128-bit big-endian counter.
///
/// Encryption and decryption are the same operation. The stream continues over calls of any length.
pub struct AesCtr(::ctr::Ctr128BE<aes::Aes256>);

impl AesCtr {
    /// Starts a stream at the counter `iv`.
    pub fn new(key: &[u8; 32], iv: &[u8; 16]) -> Self {
        Self(::ctr::Ctr128BE::new(&(*key).into(), &(*iv).into()))
    }

    /// Xors the next bytes of the stream into `data`.
    pub fn apply(&mut self, data: &mut [u8]) {
        self.0.apply_keystream(data);
    }
}

impl fmt::Debug for AesCtr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AesCtr").finish_non_exhaustive()
    }
}
