//! Encryption of messages, MTProto 1.0: only for `auth.bindTempAuthKey`, and to read messages of very old secret
//! chats.
//!
//! The padding is not authenticated here: whoever changes it is not noticed, and the length of the plaintext must
//! come from the plaintext itself. Never send anything else with it.
//!
//! Source: <https://core.telegram.org/mtproto/description_v1>

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::MessageKeys;
use crate::auth_key::{AUTH_KEY_LEN, MsgKey};
use crate::{Error, Role, hash, ige};

/// Derives the AES key and initialisation vector of a message of MTProto 1.0.
pub fn derive_keys(key: &[u8; AUTH_KEY_LEN], sender: Role, msg_key: &[u8; 16]) -> MessageKeys {
    let x = sender.key_offset();
    let a = Zeroizing::new(hash::sha1(&[msg_key, &key[x..x + 32]]));
    let b = Zeroizing::new(hash::sha1(&[&key[32 + x..48 + x], msg_key, &key[48 + x..64 + x]]));
    let c = Zeroizing::new(hash::sha1(&[&key[64 + x..96 + x], msg_key]));
    let d = Zeroizing::new(hash::sha1(&[msg_key, &key[96 + x..128 + x]]));
    let mut keys = MessageKeys { key: [0; 32], iv: [0; 32] };
    keys.key[..8].copy_from_slice(&a[..8]);
    keys.key[8..20].copy_from_slice(&b[8..20]);
    keys.key[20..].copy_from_slice(&c[4..16]);
    keys.iv[..12].copy_from_slice(&a[8..20]);
    keys.iv[12..20].copy_from_slice(&b[..8]);
    keys.iv[20..24].copy_from_slice(&c[16..20]);
    keys.iv[24..].copy_from_slice(&d[..8]);
    keys
}

/// The `msg_key` of a plaintext without its padding.
pub fn msg_key(plaintext: &[u8]) -> MsgKey {
    let digest = hash::sha1(&[plaintext]);
    let mut msg_key = [0; 16];
    msg_key.copy_from_slice(&digest[4..]);
    MsgKey(msg_key)
}

/// Encrypts a padded plaintext in place. The first `len` bytes are the plaintext, up to 15 more its padding.
///
/// # Errors
/// [`Error::BlockLength`] if `data` is not a whole number of blocks with 0 to 15 bytes of padding; it is untouched
/// then.
pub fn seal(key: &[u8; AUTH_KEY_LEN], sender: Role, data: &mut [u8], len: usize) -> Result<MsgKey, Error> {
    if len == 0 || len.checked_next_multiple_of(ige::BLOCK_LEN) != Some(data.len()) {
        return Err(Error::BlockLength { len: data.len() });
    }
    let msg_key = msg_key(&data[..len]);
    let keys = derive_keys(key, sender, &msg_key.0);
    ige::encrypt(&keys.key, &keys.iv, data)?;
    Ok(msg_key)
}

/// Decrypts in place, finds the length of the plaintext by `len_of`, and authenticates that much of it.
///
/// `len_of` sees plaintext that is **not authentic yet**; it may read a length field and must do nothing else. It
/// returns the length of header and body without padding, or `None` if the field makes no sense. At most 15 bytes
/// may remain as padding (the limit that keeps an attacker from adding blocks).
///
/// Returns the authenticated length.
///
/// # Errors
/// [`Error::Decrypt`], whatever the cause; `data` is then all zeros.
pub fn open(
    key: &[u8; AUTH_KEY_LEN],
    sender: Role,
    msg_key: &[u8; 16],
    data: &mut [u8],
    len_of: impl FnOnce(&[u8]) -> Option<usize>,
) -> Result<usize, Error> {
    let keys = derive_keys(key, sender, msg_key);
    if data.is_empty() || ige::decrypt(&keys.key, &keys.iv, data).is_err() {
        data.zeroize();
        return Err(Error::Decrypt);
    }
    // Something is hashed even if the length makes no sense, so that time says little.
    let len = len_of(data).filter(|len| len.checked_next_multiple_of(ige::BLOCK_LEN) == Some(data.len()));
    let authentic = self::msg_key(&data[..len.unwrap_or(data.len())]).0.ct_eq(msg_key);
    match len {
        Some(len) if bool::from(authentic) => Ok(len),
        _ => {
            data.zeroize();
            Err(Error::Decrypt)
        }
    }
}
