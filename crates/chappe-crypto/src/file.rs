//! Keys of files in secret chats.

use std::fmt;

use rand_core::CryptoRng;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::hash;
use crate::ige::{IgeDecryptor, IgeEncryptor};

/// Key and initialisation vector of one encrypted file. They are used for one content only.
///
/// Nothing authenticates the content of such a file: treat what comes out of decryption as hostile.
///
/// Source: <https://core.telegram.org/api/end-to-end#sending-encrypted-files>
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct FileKey {
    /// The AES-256 key. Secret.
    pub key: [u8; 32],
    /// The IGE initialisation vector. Secret.
    pub iv: [u8; 32],
}

impl FileKey {
    /// Draws a new pair.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut pair = Self { key: [0; 32], iv: [0; 32] };
        rng.fill_bytes(&mut pair.key);
        rng.fill_bytes(&mut pair.iv);
        pair
    }

    /// The value of `encryptedFile.key_fingerprint`: the two halves of MD5(key | iv), folded.
    pub fn fingerprint(&self) -> i32 {
        fingerprint(&self.key, &self.iv)
    }

    /// A stream that encrypts the file from its beginning.
    pub fn encryptor(&self) -> IgeEncryptor {
        IgeEncryptor::new(&self.key, &self.iv)
    }

    /// A stream that decrypts the file from its beginning.
    pub fn decryptor(&self) -> IgeDecryptor {
        IgeDecryptor::new(&self.key, &self.iv)
    }
}

/// The fingerprint of a key and initialisation vector, see [`FileKey::fingerprint`].
pub fn fingerprint(key: &[u8; 32], iv: &[u8; 32]) -> i32 {
    let [a, b, c, d, e, f, g, h, ..] = hash::md5(&[key, iv]);
    i32::from_le_bytes([a ^ e, b ^ f, c ^ g, d ^ h])
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, iv: _ } = self;
        f.debug_struct("FileKey").finish_non_exhaustive()
    }
}

impl ConstantTimeEq for FileKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.key.ct_eq(&other.key) & self.iv.ct_eq(&other.iv)
    }
}

impl PartialEq for FileKey {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for FileKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_folds_md5() {
        let pair =
            FileKey { key: std::array::from_fn(|i| i as u8), iv: std::array::from_fn(|i| 0x20 + i as u8) };
        assert_eq!(pair.fingerprint(), -217_561_997);
        assert_eq!(format!("{pair:?}"), "FileKey { .. }");
    }
}
