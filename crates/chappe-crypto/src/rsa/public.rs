//! Public keys.

use std::fmt;
use std::sync::Arc;

use crypto_bigint::{Odd, U64};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{EXPONENT, pad, pem};
use crate::bigint::{self, LEN, Modulus};
use crate::{Error, hash};

/// How often a temporary key is drawn again before the generator is called broken. Each draw fails with a chance
/// of less than one half.
const MAX_DRAWS: usize = 256;

/// The public key of a server: 2048 bits, exponent 65537. Cheap to clone.
#[derive(Clone)]
pub struct RsaPublicKey(Arc<Inner>);

struct Inner {
    n: [u8; LEN],
    modulus: Modulus,
    fingerprint: i64,
}

impl RsaPublicKey {
    /// From modulus and exponent, big-endian; leading zeros are permitted.
    ///
    /// # Errors
    /// [`Error::RsaKey`] unless the modulus is odd and has 2048 bits and the exponent is 65537.
    pub fn from_parts(n: &[u8], e: &[u8]) -> Result<Self, Error> {
        if minimal(e) != minimal(&EXPONENT.to_be_bytes()) {
            return Err(Error::RsaKey { reason: "its exponent is not 65537" });
        }
        let bytes = <[u8; LEN]>::try_from(minimal(n)).ok().filter(|bytes| bytes[0] >= 0x80);
        let n = bytes.ok_or(Error::RsaKey { reason: "it does not have 2048 bits" })?;
        let odd = Odd::new(bigint::from_bytes(&n)).into_option();
        let modulus = Modulus::new_vartime(odd.ok_or(Error::RsaKey { reason: "its modulus is even" })?);
        let fingerprint = fingerprint(&n, e);
        Ok(Self(Arc::new(Inner { n, modulus, fingerprint })))
    }

    /// Reads a key in PEM: `RSA PUBLIC KEY` (PKCS#1) or `PUBLIC KEY` (X.509).
    ///
    /// # Errors
    /// [`Error::RsaKey`] if the text is not such a key, and as for [`RsaPublicKey::from_parts`].
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        pem::read_public(text)
    }

    /// Writes the key as `RSA PUBLIC KEY` (PKCS#1).
    ///
    /// # Errors
    /// [`Error::RsaKey`] if the encoder fails, which does not happen for keys of this size.
    pub fn to_pem(&self) -> Result<String, Error> {
        pem::write_public(self)
    }

    /// The name of the key in `resPQ`: the low 64 bits of the SHA-1 of its TL encoding.
    pub fn fingerprint(&self) -> i64 {
        self.0.fingerprint
    }

    /// The modulus, big-endian.
    pub fn n(&self) -> &[u8; LEN] {
        &self.0.n
    }

    /// RSA_PAD: encrypts at most 144 bytes.
    ///
    /// # Errors
    /// [`Error::TooLong`] for longer data; [`Error::Randomness`] if `rng` gives the same bytes for ever.
    pub fn pad_encrypt(&self, data: &[u8], rng: &mut (impl CryptoRng + ?Sized)) -> Result<[u8; LEN], Error> {
        let mut padded = Zeroizing::new([0; pad::PADDED_LEN]);
        let (text, padding) = padded.split_at_mut(data.len().min(pad::PADDED_LEN));
        if data.len() > pad::MAX_DATA_LEN {
            return Err(Error::TooLong { len: data.len(), max: pad::MAX_DATA_LEN });
        }
        text.copy_from_slice(data);
        rng.fill_bytes(padding);
        let mut temp_key = Zeroizing::new([0; 32]);
        for _ in 0..MAX_DRAWS {
            rng.fill_bytes(&mut *temp_key);
            if let Some(encrypted) = self.pad_encrypt_with(&padded, &temp_key) {
                return Ok(encrypted);
            }
        }
        Err(Error::Randomness)
    }

    /// RSA_PAD with all random values given: the data padded to 192 bytes and the temporary key. `None` if the block
    /// is not below the modulus and another temporary key must be drawn.
    ///
    /// For known-answer tests only.
    pub fn pad_encrypt_with(&self, padded: &[u8; pad::PADDED_LEN], temp_key: &[u8; 32]) -> Option<[u8; LEN]> {
        self.raw(&pad::wrap(padded, temp_key))
    }

    /// `block^e mod n`. `None` if the block is not below the modulus.
    pub(crate) fn raw(&self, block: &[u8; LEN]) -> Option<[u8; LEN]> {
        let value = Zeroizing::new(bigint::from_bytes(block));
        if *value >= **self.0.modulus.modulus() {
            return None;
        }
        Some(bigint::to_bytes(&bigint::pow(&value, &U64::from(EXPONENT), &self.0.modulus)))
    }

    pub(super) fn modulus(&self) -> &Modulus {
        &self.0.modulus
    }
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaPublicKey")
            .field("fingerprint", &format_args!("{:016x}", self.0.fingerprint))
            .finish_non_exhaustive()
    }
}

impl PartialEq for RsaPublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.n == other.0.n
    }
}

impl Eq for RsaPublicKey {}

fn minimal(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// The fingerprint of any RSA key, given as big-endian modulus and exponent.
///
/// It is the low half of SHA-1 over both numbers as TL `bytes`.
pub fn fingerprint(n: &[u8], e: &[u8]) -> i64 {
    let mut encoded = Vec::with_capacity(LEN + 16);
    for number in [minimal(n), minimal(e)] {
        let start = encoded.len();
        // TL: one byte of length, or 0xfe and three bytes of it; zeros up to a multiple of four.
        match u8::try_from(number.len()) {
            Ok(len) if len < 254 => encoded.push(len),
            _ => {
                let [a, b, c, ..] = number.len().to_le_bytes();
                encoded.extend_from_slice(&[0xfe, a, b, c]);
            }
        }
        encoded.extend_from_slice(number);
        encoded.resize(start + (encoded.len() - start).next_multiple_of(4), 0);
    }
    let mut low = [0; 8];
    low.copy_from_slice(&hash::sha1(&[&encoded])[12..]);
    i64::from_le_bytes(low)
}
