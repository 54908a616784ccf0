//! Values as they lie in the file: with a checksum, or encrypted and authenticated.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

use crate::limits;
use crate::session::SessionError;
use crate::session::encoding::{Input, Output};

const PLAIN: u8 = 0;
const ENCRYPTED: u8 = 1;
const NONCE_LEN: usize = 24;
const SALT_LEN: usize = 16;
const VERSION: u8 = 1;

/// How the key comes from the passphrase. Stored beside what it encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Seals and opens values.
pub(super) enum Seal {
    Plain,
    Encrypted { cipher: Box<XChaCha20Poly1305>, header: Vec<u8> },
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_encrypted() { "Encrypted" } else { "Plain" })
    }
}

/// What was refused when a header met a passphrase.
#[derive(Debug)]
pub(super) enum Refusal {
    Damaged,
    Wrong,
    System,
}

impl Seal {
    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self, Self::Encrypted { .. })
    }

    /// Encryption with a new key, and the header to store with it. Takes a while: not for the threads of a runtime.
    pub(super) fn create(passphrase: &str) -> Result<Self, Refusal> {
        let cost = Cost {
            memory_kib: limits::PASSPHRASE_MEMORY_KIB,
            passes: limits::PASSPHRASE_PASSES,
            lanes: limits::PASSPHRASE_LANES,
        };
        let salt: [u8; SALT_LEN] = random()?;
        let cipher = cipher(passphrase, &salt, cost)?;
        let mut header = Output::default();
        header.u8(VERSION);
        [cost.memory_kib, cost.passes, cost.lanes]
            .iter()
            .for_each(|number| header.raw(&number.to_le_bytes()));
        header.raw(&salt);
        let mut header = header.finish().to_vec();
        // What only the right key opens.
        let check = encrypt(&cipher, b"passphrase", &header, &[])?;
        header.extend(check);
        Ok(Self::Encrypted { cipher: Box::new(cipher), header })
    }

    /// The encryption that a header describes. Takes a while as well.
    pub(super) fn unlock(passphrase: &str, header: &[u8]) -> Result<Self, Refusal> {
        let Some((head, check)) = header.split_at_checked(1 + 12 + SALT_LEN) else {
            return Err(Refusal::Damaged);
        };
        let mut input = Input::new(head);
        if input.u8() != Some(VERSION) {
            return Err(Refusal::Damaged);
        }
        let mut number = || input.array().map(u32::from_le_bytes).ok_or(Refusal::Damaged);
        let cost = Cost { memory_kib: number()?, passes: number()?, lanes: number()? };
        let salt: [u8; SALT_LEN] = input.array().ok_or(Refusal::Damaged)?;
        // Whoever can write the file could otherwise ask for all the memory there is.
        if cost.memory_kib > limits::MAX_PASSPHRASE_MEMORY_KIB
            || cost.passes > limits::MAX_PASSPHRASE_PASSES
            || cost.lanes > limits::MAX_PASSPHRASE_LANES
        {
            return Err(Refusal::Damaged);
        }
        let cipher = cipher(passphrase, &salt, cost)?;
        match decrypt(&cipher, b"passphrase", head, check) {
            Some(_) => Ok(Self::Encrypted { cipher: Box::new(cipher), header: header.to_vec() }),
            None => Err(Refusal::Wrong),
        }
    }

    /// What has to be stored to unlock it again.
    pub(super) fn header(&self) -> Option<&[u8]> {
        match self {
            Self::Plain => None,
            Self::Encrypted { header, .. } => Some(header),
        }
    }

    /// The value of a key of a table, as it is stored.
    pub(super) fn seal(&self, table: &[u8], key: &[u8], value: &[u8]) -> Result<Vec<u8>, SessionError> {
        match self {
            Self::Plain => {
                let mut sealed = Vec::with_capacity(5 + value.len());
                sealed.push(PLAIN);
                sealed.extend(checksum(table, key, value).to_le_bytes());
                sealed.extend_from_slice(value);
                Ok(sealed)
            }
            Self::Encrypted { cipher, .. } => {
                let sealed = encrypt(cipher, table, key, value)
                    .map_err(|_| SessionError::Store("the system gives no randomness".into()))?;
                Ok([&[ENCRYPTED], sealed.as_slice()].concat())
            }
        }
    }

    /// The inverse of [`Seal::seal`]; `None` if it is damaged, or belongs to another key.
    pub(super) fn open(&self, table: &[u8], key: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match (self, sealed) {
            (Self::Plain, [PLAIN, a, b, c, d, value @ ..]) => {
                let sum = u32::from_le_bytes([*a, *b, *c, *d]);
                (sum == checksum(table, key, value)).then(|| Zeroizing::new(value.to_vec()))
            }
            (Self::Encrypted { cipher, .. }, [ENCRYPTED, rest @ ..]) => decrypt(cipher, table, key, rest),
            _ => None,
        }
    }
}

fn checksum(table: &[u8], key: &[u8], value: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    // The length keeps key and value apart.
    [table, &(key.len() as u64).to_le_bytes(), key, value].iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}

fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| Refusal::System)?;
    Ok(bytes)
}

fn cipher(passphrase: &str, salt: &[u8], cost: Cost) -> Result<XChaCha20Poly1305, Refusal> {
    let params =
        Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(|_| Refusal::Damaged)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut key = Zeroizing::new([0; 32]);
    argon2.hash_password_into(passphrase.as_bytes(), salt, &mut *key).map_err(|_| Refusal::Damaged)?;
    XChaCha20Poly1305::new_from_slice(&*key).map_err(|_| Refusal::Damaged)
}

/// What is authenticated beside the value: whose it is.
fn name(table: &[u8], key: &[u8]) -> Vec<u8> {
    [table, b"\0", key].concat()
}

fn encrypt(cipher: &XChaCha20Poly1305, table: &[u8], key: &[u8], value: &[u8]) -> Result<Vec<u8>, Refusal> {
    let nonce: [u8; NONCE_LEN] = random()?;
    let payload = Payload { msg: value, aad: &name(table, key) };
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| Refusal::System)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn decrypt(
    cipher: &XChaCha20Poly1305,
    table: &[u8],
    key: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, msg) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let payload = Payload { msg, aad: &name(table, key) };
    cipher.decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> XChaCha20Poly1305 {
        cipher("correct horse", &[7; SALT_LEN], Cost { memory_kib: 8, passes: 1, lanes: 1 }).unwrap()
    }

    #[test]
    fn values_come_back_and_every_change_is_noticed() {
        for seal in [Seal::Plain, Seal::Encrypted { cipher: Box::new(cheap()), header: Vec::new() }] {
            for value in [&b""[..], b"a value"] {
                let sealed = seal.seal(b"t", b"key", value).unwrap();
                assert_eq!(&*seal.open(b"t", b"key", &sealed).unwrap(), value);
                assert!(seal.open(b"t", b"other", &sealed).is_none());
                assert!(seal.open(b"u", b"key", &sealed).is_none());
                for at in 0..sealed.len() {
                    let mut changed = sealed.clone();
                    changed[at] ^= 1;
                    assert!(seal.open(b"t", b"key", &changed).is_none(), "{at}");
                    assert!(seal.open(b"t", b"key", &sealed[..at]).is_none(), "cut at {at}");
                }
            }
        }
    }

    #[test]
    fn encrypted_values_show_nothing_and_are_never_the_same() {
        let seal = Seal::Encrypted { cipher: Box::new(cheap()), header: Vec::new() };
        let value = b"a value that is long enough to be found";
        let (one, two) = (seal.seal(b"t", b"k", value).unwrap(), seal.seal(b"t", b"k", value).unwrap());
        assert_ne!(one, two);
        assert!(!one.windows(8).any(|window| window == &value[..8]));
    }

    #[test]
    fn a_header_that_asks_for_too_much_is_refused_at_once() {
        let mut header = vec![VERSION];
        [u32::MAX, u32::MAX, u32::MAX].iter().for_each(|n| header.extend(n.to_le_bytes()));
        header.extend([0; SALT_LEN + 40]);
        assert!(matches!(Seal::unlock("x", &header), Err(Refusal::Damaged)));
        for len in 0..header.len() {
            assert!(Seal::unlock("x", &header[..len]).is_err());
        }
    }
}
