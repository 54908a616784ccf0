//! Encryption of messages, MTProto 2.0: cloud traffic and secret chats alike.
//!
//! ```text
//! msg_key = SHA-256(key[88+x .. 120+x] | plaintext with padding)[8..24]
//! key, iv = derive_keys(key, x, msg_key)             x = 0 if the initiator sent it, 8 if the responder did
//! packet  = name of the key | msg_key | IGE(plaintext with padding)
//! ```
//!
//! This module neither pads nor looks into the plaintext: sessions and secret chats do, each by its own layout.
//!
//! Source: <https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector>
//!
//! ```
//! use chappe_crypto::{AuthKey, Role, message};
//!
//! let key = AuthKey::new([7; 256]);
//! let mut data = *b"sixteen bytes in two blocks here";
//! let sealed = message::seal(key.as_bytes(), Role::Initiator, &mut data)?;
//! message::open(key.as_bytes(), Role::Initiator, &sealed.msg_key.0, &mut data)?;
//! assert_eq!(&data, b"sixteen bytes in two blocks here");
//! # Ok::<(), chappe_crypto::Error>(())
//! ```

pub mod v1;

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::auth_key::{AUTH_KEY_LEN, MsgKey};
use crate::ige::{self, Chain, DecryptKey, EncryptKey};
use crate::{Error, Role, hash};

/// The AES-256 key and IGE initialisation vector of one message.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct MessageKeys {
    /// `aes_key`. Secret.
    pub key: [u8; 32],
    /// `aes_iv`. Secret.
    pub iv: [u8; 32],
}

impl fmt::Debug for MessageKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, iv: _ } = self;
        f.debug_struct("MessageKeys").finish_non_exhaustive()
    }
}

/// What [`seal`] made besides the ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Goes in front of the ciphertext.
    pub msg_key: MsgKey,
    /// What the receiver sends back if it was asked for a quick acknowledgement of this message.
    pub quick_ack: u32,
}

/// Derives the AES key and initialisation vector of a message of MTProto 2.0.
pub fn derive_keys(key: &[u8; AUTH_KEY_LEN], sender: Role, msg_key: &[u8; 16]) -> MessageKeys {
    let x = sender.key_offset();
    let a = short_hash(msg_key, &key[x..x + 36]);
    let b = short_hash(&key[40 + x..76 + x], msg_key);
    let mut keys = MessageKeys { key: [0; 32], iv: [0; 32] };
    for (out, [outer, inner]) in [(&mut keys.key, [&a, &b]), (&mut keys.iv, [&b, &a])] {
        out[..8].copy_from_slice(&outer[..8]);
        out[8..24].copy_from_slice(&inner[8..24]);
        out[24..].copy_from_slice(&outer[24..]);
    }
    keys
}

/// SHA-256 of two pieces that together fit one block of it, without the buffering of the general way.
fn short_hash(first: &[u8], second: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut block = Zeroizing::new([0; 64]);
    let used = first.len() + second.len();
    block[..first.len()].copy_from_slice(first);
    block[first.len()..used].copy_from_slice(second);
    let mut state = SHA256_START;
    finish(&mut state, &mut block, used, used as u64);
    Zeroizing::new(to_digest(state))
}

/// The part of the key that goes into the hash of messages from `sender`.
fn hash_part(key: &[u8; AUTH_KEY_LEN], sender: Role) -> &[u8] {
    let x = sender.key_offset();
    &key[88 + x..120 + x]
}

fn quick_ack_of(msg_key_large: &[u8; 32]) -> u32 {
    let [a, b, c, d, ..] = *msg_key_large;
    u32::from_le_bytes([a, b, c, d]) | 0x8000_0000
}

fn middle(msg_key_large: &[u8; 32]) -> MsgKey {
    let mut msg_key = [0; 16];
    msg_key.copy_from_slice(&msg_key_large[8..24]);
    MsgKey(msg_key)
}

/// The token by which the server acknowledges a message of the initiator: the start of its hash with the top bit
/// set, as the little-endian number on the wire.
///
/// [`seal`] returns it without a second hash; a server gets it from [`open_with_quick_ack`].
pub fn quick_ack_token(key: &[u8; AUTH_KEY_LEN], plaintext: &[u8]) -> u32 {
    quick_ack_of(&hash::sha256(&[hash_part(key, Role::Initiator), plaintext]))
}

/// Encrypts a padded plaintext in place.
///
/// # Errors
/// [`Error::BlockLength`] if `data` is empty or its length is not a multiple of 16; it is then untouched.
pub fn seal(key: &[u8; AUTH_KEY_LEN], sender: Role, data: &mut [u8]) -> Result<Sealed, Error> {
    let len = data.len();
    let (blocks @ [_, ..], []) = data.as_chunks_mut() else { return Err(Error::BlockLength { len }) };
    let large = hash::sha256(&[hash_part(key, sender), blocks.as_flattened()]);
    let msg_key = middle(&large);
    let keys = derive_keys(key, sender, &msg_key.0);
    EncryptKey::new(&keys.key).encrypt(&mut Chain::from_iv(&keys.iv), blocks);
    Ok(Sealed { msg_key, quick_ack: quick_ack_of(&large) })
}

/// Decrypts and authenticates a ciphertext in place. `data` holds the plaintext with its padding afterwards.
///
/// # Errors
/// [`Error::Decrypt`], whatever the cause; `data` is then all zeros, so that nothing unauthentic can be used.
pub fn open(
    key: &[u8; AUTH_KEY_LEN],
    sender: Role,
    msg_key: &[u8; 16],
    data: &mut [u8],
) -> Result<(), Error> {
    open_with_quick_ack(key, sender, msg_key, data).map(|_| ())
}

/// Like [`open`], and returns the token with which a server answers if a quick acknowledgement was asked for.
///
/// # Errors
/// As for [`open`].
pub fn open_with_quick_ack(
    key: &[u8; AUTH_KEY_LEN],
    sender: Role,
    msg_key: &[u8; 16],
    data: &mut [u8],
) -> Result<u32, Error> {
    if data.is_empty() || !data.len().is_multiple_of(ige::BLOCK_LEN) {
        data.zeroize();
        return Err(Error::Decrypt);
    }
    let keys = derive_keys(key, sender, msg_key);
    let cipher = DecryptKey::new(&keys.key);
    let mut chain = Chain::from_iv(&keys.iv);
    let large = decrypt_and_hash(&cipher, &mut chain, hash_part(key, sender), data);
    if bool::from(middle(&large).0.ct_eq(msg_key)) {
        Ok(quick_ack_of(&large))
    } else {
        data.zeroize();
        Err(Error::Decrypt)
    }
}

/// The initial state of SHA-256.
const SHA256_START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// Decrypts `data` and computes SHA-256(prefix | plaintext) in the same pass.
///
/// Decryption is one chain of dependent instructions and the hash another. Working on four blocks at a time, with
/// the hash one step behind, lets the processor run both at once.
fn decrypt_and_hash(cipher: &DecryptKey, chain: &mut Chain, prefix: &[u8], data: &mut [u8]) -> [u8; 32] {
    let mut state = SHA256_START;
    // The prefix fills half a block of the hash; the first half block of plaintext completes it.
    let total_len = (prefix.len() + data.len()) as u64;
    let head_len = data.len().min(32);
    let (head, body) = data.split_at_mut(head_len);
    cipher.decrypt(chain, head.as_chunks_mut().0);
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(prefix);
    block[32..32 + head_len].copy_from_slice(head);
    let (chunks, tail) = body.as_chunks_mut::<64>();
    if head_len == 32 {
        let mut compress = |block: &[u8; 64]| {
            sha2::block_api::compress256(&mut state, core::slice::from_ref(block));
        };
        cipher.decrypt_fused(chain, chunks, |chunk| compress(chunk.unwrap_or(&block)));
        cipher.decrypt(chain, tail.as_chunks_mut().0);
        compress(chunks.last().unwrap_or(&block));
        block.fill(0);
        block[..tail.len()].copy_from_slice(tail);
        finish(&mut state, &mut block, tail.len(), total_len);
    } else {
        finish(&mut state, &mut block, 32 + head_len, total_len);
    }
    to_digest(state)
}

fn to_digest(mut state: [u32; 8]) -> [u8; 32] {
    let mut digest = [0; 32];
    for (out, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *out = word.to_be_bytes();
    }
    state.zeroize();
    digest
}

/// Appends the padding of SHA-256 to the `used` bytes of the last block and compresses it. The used bytes are at most
/// 55 here, so that the padding always fits into the same block.
fn finish(state: &mut [u32; 8], block: &mut [u8; 64], used: usize, total_len: u64) {
    block[used] = 0x80;
    block[56..].copy_from_slice(&total_len.wrapping_mul(8).to_be_bytes());
    sha2::block_api::compress256(state, core::slice::from_ref(block));
}

#[cfg(test)]
mod tests;
