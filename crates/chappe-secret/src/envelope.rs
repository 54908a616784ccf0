//! The encrypted envelope: what travels in the `data` of `messages.sendEncrypted*`.
//!
//! ```text
//! data      = fingerprint of the key (8) | msg_key (16) | AES-256-IGE(plaintext)
//! plaintext = length (4) | decryptedMessageLayer | 12 to 1024 random bytes, to a multiple of 16
//! ```
//!
//! Source: <https://core.telegram.org/api/end-to-end#serialization-and-encryption-of-outgoing-messages>
//!
//! ```
//! use chappe_crypto::{AuthKey, Role};
//! use chappe_secret::envelope;
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//!
//! let mut rng = ChaCha20Rng::seed_from_u64(1); // the system's generator in real life
//! let key = AuthKey::new([7; 256]);
//! let data = envelope::seal(&key, Role::Initiator, b"a TL object.", &mut rng)?;
//! assert_eq!(envelope::fingerprint(&data), Some(key.fingerprint()));
//! assert_eq!(*envelope::open(&key, Role::Initiator, &data)?, *b"a TL object.");
//! # Ok::<(), chappe_secret::Error>(())
//! ```

use chappe_crypto::{AuthKey, KeyFingerprint, Role, message, padding};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{Error, limits};

/// Bytes before the ciphertext: fingerprint and message key.
pub const HEADER_LEN: usize = 24;

/// Encrypts a serialised `decryptedMessageLayer` with MTProto 2.0, padded to one of a few lengths.
///
/// `sender` is the initiator if the side that sends has **created the chat**, whoever started the latest rekey.
///
/// # Errors
/// [`Error::TooLong`] beyond [`limits::MAX_CIPHERTEXT_LEN`] or if the length is not a multiple of 4.
pub fn seal(
    key: &AuthKey,
    sender: Role,
    layer_object: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let total = padding::padded_len(layer_object.len().saturating_add(4));
    if total.saturating_add(HEADER_LEN) > limits::MAX_CIPHERTEXT_LEN {
        return Err(Error::TooLong);
    }
    let mut padding = vec![0; total - 4 - layer_object.len()];
    rng.fill_bytes(&mut padding);
    seal_with_padding(key, sender, layer_object, &padding)
}

/// Like [`seal`], with padding made by the caller: for tests and tools.
///
/// # Errors
/// [`Error::TooLong`] if the lengths are not what the format demands.
pub fn seal_with_padding(
    key: &AuthKey,
    sender: Role,
    layer_object: &[u8],
    padding: &[u8],
) -> Result<Vec<u8>, Error> {
    let len = u32::try_from(layer_object.len()).map_err(|_| Error::TooLong)?;
    let mut data = Vec::with_capacity(HEADER_LEN + 4 + layer_object.len() + padding.len());
    data.extend(key.fingerprint().to_le_bytes());
    data.extend([0; 16]);
    data.extend(len.to_le_bytes());
    data.extend(layer_object);
    data.extend(padding);
    let (header, plaintext) = data.split_at_mut(HEADER_LEN);
    let sealed = message::seal(key.as_bytes(), sender, plaintext).map_err(|_| Error::TooLong)?;
    if let Some(place) = header.last_chunk_mut::<16>() {
        *place = sealed.msg_key.0;
    }
    Ok(data)
}

/// Which key an envelope claims to be encrypted with. `None` if it is too short to be one.
pub fn fingerprint(data: &[u8]) -> Option<KeyFingerprint> {
    let shape = data.len() >= limits::MIN_CIPHERTEXT_LEN
        && data.len() <= limits::MAX_CIPHERTEXT_LEN
        && (data.len() - HEADER_LEN).is_multiple_of(16);
    data.first_chunk().filter(|_| shape).map(|bytes| KeyFingerprint::from_le_bytes(*bytes))
}

/// The parts of an envelope: message key and a copy of the ciphertext.
fn split(data: &[u8]) -> Result<([u8; 16], Zeroizing<Vec<u8>>), Error> {
    fingerprint(data).ok_or(Error::Decrypt)?;
    let (header, ciphertext) = data.split_at_checked(HEADER_LEN).ok_or(Error::Decrypt)?;
    let msg_key = *header.last_chunk::<16>().ok_or(Error::Decrypt)?;
    Ok((msg_key, Zeroizing::new(ciphertext.to_vec())))
}

/// The length field of a plaintext.
fn claimed_len(plaintext: &[u8]) -> Option<usize> {
    plaintext.first_chunk().and_then(|bytes| usize::try_from(i32::from_le_bytes(*bytes)).ok())
}

/// Decrypts, authenticates and unpads an envelope made by `sender`: the serialised `decryptedMessageLayer`.
///
/// # Errors
/// [`Error::Decrypt`], whatever the cause: the message key is compared over all bytes, in constant time, before
/// anything inside is looked at, and a bad length gives the same error.
pub fn open(key: &AuthKey, sender: Role, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (msg_key, mut plaintext) = split(data)?;
    message::open(key.as_bytes(), sender, &msg_key, &mut plaintext).map_err(|_| Error::Decrypt)?;
    let len = claimed_len(&plaintext).ok_or(Error::Decrypt)?;
    let padding =
        plaintext.len().checked_sub(4).and_then(|rest| rest.checked_sub(len)).ok_or(Error::Decrypt)?;
    if len < 4 || !len.is_multiple_of(4) || !(padding::MIN_PADDING..=padding::MAX_PADDING).contains(&padding)
    {
        return Err(Error::Decrypt);
    }
    plaintext.truncate(4 + len);
    plaintext.drain(..4);
    Ok(plaintext)
}

/// Like [`open`] for MTProto 1.0, which authenticates neither padding nor direction: only to read messages of
/// chats that have not reached layer 73.
///
/// # Errors
/// [`Error::Decrypt`], whatever the cause.
#[cfg(feature = "mtproto1")]
pub fn open_v1(key: &AuthKey, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (msg_key, mut plaintext) = split(data)?;
    // In secret chats version 1 uses x = 0 in both directions.
    let total = message::v1::open(key.as_bytes(), Role::Initiator, &msg_key, &mut plaintext, |plaintext| {
        claimed_len(plaintext)
            .filter(|len| *len >= 4 && len.is_multiple_of(4))
            .and_then(|len| len.checked_add(4))
    })
    .map_err(|_| Error::Decrypt)?;
    plaintext.truncate(total);
    plaintext.drain(..4);
    Ok(plaintext)
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
