//! The padding itself, without RSA.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::bigint::LEN;
use crate::{Error, hash, ige};

/// Most bytes that RSA_PAD can carry.
pub const MAX_DATA_LEN: usize = 144;

/// Length of the data after random bytes were appended.
pub const PADDED_LEN: usize = 192;

/// The block to be raised to the exponent: `(temp_key ^ SHA-256(aes)) | aes`, where
/// `aes = IGE(reversed data | SHA-256(temp_key | data))` under the temporary key.
pub(super) fn wrap(padded: &[u8; PADDED_LEN], temp_key: &[u8; 32]) -> Zeroizing<[u8; LEN]> {
    let mut block = Zeroizing::new([0; LEN]);
    let (head, aes) = block.split_at_mut(32);
    aes[..PADDED_LEN].copy_from_slice(padded);
    aes[..PADDED_LEN].reverse();
    aes[PADDED_LEN..].copy_from_slice(&hash::sha256(&[temp_key, padded]));
    // 224 bytes are whole blocks, so the cipher cannot refuse them.
    let _ = ige::encrypt(temp_key, &[0; 32], aes);
    let mask = hash::sha256(&[aes]);
    head.iter_mut().zip(temp_key.iter().zip(mask)).for_each(|(out, (key, mask))| *out = key ^ mask);
    block
}

/// The inverse of [`wrap`]. The hash is compared, in constant time, before anything else sees the data.
pub(super) fn unwrap(block: &[u8; LEN]) -> Result<Zeroizing<[u8; PADDED_LEN]>, Error> {
    let (head, aes) = block.split_at(32);
    let mask = hash::sha256(&[aes]);
    let temp_key: Zeroizing<[u8; 32]> = Zeroizing::new(std::array::from_fn(|i| head[i] ^ mask[i]));
    let mut plain = Zeroizing::new([0; LEN - 32]);
    plain.copy_from_slice(aes);
    ige::decrypt(&temp_key, &[0; 32], &mut *plain)?;
    let (data, expected) = plain.split_at(PADDED_LEN);
    let mut padded = Zeroizing::new([0; PADDED_LEN]);
    padded.copy_from_slice(data);
    padded.reverse();
    let actual = hash::sha256(&[&*temp_key, &*padded]);
    if bool::from(actual.ct_eq(expected)) { Ok(padded) } else { Err(Error::Decrypt) }
}
