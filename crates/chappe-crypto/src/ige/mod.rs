//! AES-256 in IGE mode (infinite garble extension), the block mode of MTProto.
//!
//! `c[i] = E(p[i] ^ c[i-1]) ^ p[i-1]`, where the 32-byte initialisation vector is `c[-1] | p[-1]`. The mode detects
//! nothing by itself: authenticity comes from the layers above ([`crate::message`]).
//!
//! Each block needs the one before it, so a single stream runs at the latency of the AES instructions. Two things
//! help: whitening keys and outer xors are folded together ahead of time, so that only the fourteen AES rounds are
//! on the chain, and [`encrypt_batch`]/[`decrypt_batch`] interleave independent streams.
//!
//! On x86-64 the AES instructions are used where the processor has them, and for five streams or more their
//! 512-bit form (VAES with AVX-512); everywhere else the `aes` crate, which is constant-time on all of them.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::Error;

#[cfg(target_arch = "x86_64")]
pub(crate) mod aes_ni;
pub(crate) mod portable;

/// Length of an AES block in bytes.
pub const BLOCK_LEN: usize = 16;

type Block = [u8; BLOCK_LEN];

/// The chaining state between two blocks: the last ciphertext and the last plaintext block.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Chain {
    cipher: Block,
    plain: Block,
}

impl Chain {
    pub(crate) fn from_iv(iv: &[u8; 32]) -> Self {
        let mut chain = Self { cipher: [0; 16], plain: [0; 16] };
        chain.cipher.copy_from_slice(&iv[..16]);
        chain.plain.copy_from_slice(&iv[16..]);
        chain
    }

    fn to_iv(&self) -> [u8; 32] {
        let mut iv = [0; 32];
        iv[..16].copy_from_slice(&self.cipher);
        iv[16..].copy_from_slice(&self.plain);
        iv
    }
}

/// An expanded key for one direction, in the form the chosen implementation wants.
macro_rules! cipher {
    ($name:ident, $run:ident) => {
        #[derive(Clone)]
        #[allow(clippy::large_enum_variant)] // lives on the stack of one call, or once per stream
        pub(crate) enum $name {
            #[cfg(target_arch = "x86_64")]
            AesNi(aes_ni::$name),
            Portable(portable::$name),
        }

        impl $name {
            pub(crate) fn new(key: &[u8; 32]) -> Self {
                #[cfg(target_arch = "x86_64")]
                if let Some(aes_ni) = aes_ni::AesNi::detect() {
                    return Self::AesNi(aes_ni::$name::new(aes_ni, key));
                }
                Self::Portable(portable::$name::new(key))
            }

            pub(crate) fn $run(&self, chain: &mut Chain, blocks: &mut [Block]) {
                match self {
                    #[cfg(target_arch = "x86_64")]
                    Self::AesNi(cipher) => cipher.$run(chain, blocks),
                    Self::Portable(cipher) => cipher.$run(chain, blocks),
                }
            }
        }
    };
}

cipher!(EncryptKey, encrypt);
cipher!(DecryptKey, decrypt);

impl DecryptKey {
    /// Decrypts four blocks at a time and calls `each` with the four before them (with `None` after the first four), so
    /// that a hash computed there overlaps with the decryption. `each` is not called for the last four.
    pub(crate) fn decrypt_fused(
        &self,
        chain: &mut Chain,
        chunks: &mut [[u8; 64]],
        each: impl FnMut(Option<&[u8; 64]>),
    ) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::AesNi(cipher) => cipher.decrypt_fused(chain, chunks, each),
            Self::Portable(cipher) => cipher.decrypt_fused(chain, chunks, each),
        }
    }
}

fn blocks(data: &mut [u8]) -> Result<&mut [Block], Error> {
    let len = data.len();
    match data.as_chunks_mut() {
        (blocks, []) => Ok(blocks),
        _ => Err(Error::BlockLength { len }),
    }
}

/// Encrypts `data` in place.
///
/// # Errors
/// [`Error::BlockLength`] if its length is not a multiple of 16; `data` is then untouched.
pub fn encrypt(key: &[u8; 32], iv: &[u8; 32], data: &mut [u8]) -> Result<(), Error> {
    EncryptKey::new(key).encrypt(&mut Chain::from_iv(iv), blocks(data)?);
    Ok(())
}

/// Decrypts `data` in place.
///
/// # Errors
/// [`Error::BlockLength`] if its length is not a multiple of 16; `data` is then untouched.
pub fn decrypt(key: &[u8; 32], iv: &[u8; 32], data: &mut [u8]) -> Result<(), Error> {
    DecryptKey::new(key).decrypt(&mut Chain::from_iv(iv), blocks(data)?);
    Ok(())
}

macro_rules! stream {
    ($(#[$doc:meta])* $name:ident, $key:ident, $run:ident, $update:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            key: $key,
            chain: Chain,
        }

        impl $name {
            /// Starts a stream, or continues one whose [`state`](Self::state) was kept as `iv`.
            pub fn new(key: &[u8; 32], iv: &[u8; 32]) -> Self {
                Self { key: $key::new(key), chain: Chain::from_iv(iv) }
            }

            #[doc = $update]
            ///
            /// # Errors
            /// [`Error::BlockLength`] if its length is not a multiple of 16; nothing has happened then.
            pub fn $run(&mut self, data: &mut [u8]) -> Result<(), Error> {
                self.key.$run(&mut self.chain, blocks(data)?);
                Ok(())
            }

            /// The state after the last block, to be passed to [`new`](Self::new) in order to continue later.
            /// Secret: half of it is plaintext.
            pub fn state(&self) -> Zeroizing<[u8; 32]> {
                Zeroizing::new(self.chain.to_iv())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Self { key: _, chain: _ } = self;
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

stream! {
    /// Encrypts a long text piece by piece. Key and state are wiped on drop.
    IgeEncryptor, EncryptKey, encrypt, "Encrypts the next piece in place."
}

stream! {
    /// Decrypts a long text piece by piece. Key and state are wiped on drop.
    IgeDecryptor, DecryptKey, decrypt, "Decrypts the next piece in place."
}

/// One of several independent texts handled at once.
pub struct Stream<'a> {
    /// The AES-256 key. Secret.
    pub key: &'a [u8; 32],
    /// The initialisation vector; afterwards the state with which the stream can be continued. Secret.
    pub iv: [u8; 32],
    /// The text, changed in place.
    pub data: &'a mut [u8],
}

impl fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, iv: _, data } = self;
        f.debug_struct("Stream").field("len", &data.len()).finish_non_exhaustive()
    }
}

fn check_lengths(streams: &[Stream<'_>]) -> Result<(), Error> {
    match streams.iter().map(|stream| stream.data.len()).find(|len| !len.is_multiple_of(BLOCK_LEN)) {
        Some(len) => Err(Error::BlockLength { len }),
        None => Ok(()),
    }
}

/// Encrypts several independent texts, of any lengths, interleaved so that the AES units are never idle.
///
/// # Errors
/// [`Error::BlockLength`] if the length of one is not a multiple of 16; all are then untouched.
pub fn encrypt_batch(streams: &mut [Stream<'_>]) -> Result<(), Error> {
    check_lengths(streams)?;
    #[cfg(target_arch = "x86_64")]
    if let Some(aes_ni) = aes_ni::AesNi::detect() {
        aes_ni::encrypt_batch(aes_ni, aes_ni::Wide::detect(), streams);
        return Ok(());
    }
    portable::encrypt_batch(streams);
    Ok(())
}

/// Decrypts several independent texts, of any lengths, interleaved so that the AES units are never idle.
///
/// # Errors
/// [`Error::BlockLength`] if the length of one is not a multiple of 16; all are then untouched.
pub fn decrypt_batch(streams: &mut [Stream<'_>]) -> Result<(), Error> {
    check_lengths(streams)?;
    #[cfg(target_arch = "x86_64")]
    if let Some(aes_ni) = aes_ni::AesNi::detect() {
        aes_ni::decrypt_batch(aes_ni, aes_ni::Wide::detect(), streams);
        return Ok(());
    }
    portable::decrypt_batch(streams);
    Ok(())
}

#[cfg(test)]
mod tests;
