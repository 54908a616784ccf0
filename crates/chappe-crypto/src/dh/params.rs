//! Parameters that passed every check.

use std::fmt;
use std::sync::Arc;

use crypto_bigint::{Odd, U2048};
use rand_core::CryptoRng;

use super::prime::{KNOWN_PRIME, PrimeCache, remainder};
use crate::Error;
use crate::bigint::{self, LEN, Modulus};

/// Generator and modulus of a Diffie-Hellman exchange, known to be safe: the modulus is a 2048-bit safe prime and
/// the generator generates its subgroup of prime order. Cheap to clone.
#[derive(Clone)]
pub struct DhParams(Arc<Inner>);

struct Inner {
    g: u8,
    p: [u8; LEN],
    modulus: Modulus,
    /// 2^1984 and p - 2^1984: the range of public values.
    least: U2048,
    most: U2048,
}

impl DhParams {
    /// Checks parameters received from a server.
    ///
    /// [`KNOWN_PRIME`] is recognised; any other modulus takes a large part of a second the first time `cache` meets
    /// it, and `rng` chooses the bases of the test.
    ///
    /// # Errors
    /// [`Error::DhPrime`] unless `p` is a safe prime of exactly 256 bytes with its top bit set;
    /// [`Error::DhGenerator`] unless `g` is in 2..=7 and a quadratic residue.
    pub fn check(
        g: i32,
        p: &[u8],
        cache: &mut PrimeCache,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Error> {
        let p = <&[u8; LEN]>::try_from(p).map_err(|_| Error::DhPrime)?;
        // The generator first: it costs nothing.
        let generator = check_generator(g, p)?;
        if !cache.is_safe_prime(p, rng) {
            return Err(Error::DhPrime);
        }
        Self::build(generator, p)
    }

    /// [`KNOWN_PRIME`] with a generator: 3, 4 and 7 are good.
    ///
    /// # Errors
    /// [`Error::DhGenerator`] for any other generator.
    pub fn known(g: i32) -> Result<Self, Error> {
        Self::build(check_generator(g, &KNOWN_PRIME)?, &KNOWN_PRIME)
    }

    fn build(g: u8, p: &[u8; LEN]) -> Result<Self, Error> {
        let value = bigint::from_bytes(p);
        let odd = Odd::new(value).into_option().ok_or(Error::DhPrime)?;
        let least = U2048::ONE.shl_vartime(2048 - 64);
        let most = value.wrapping_sub(&least);
        Ok(Self(Arc::new(Inner { g, p: *p, modulus: Modulus::new_vartime(odd), least, most })))
    }

    /// The generator.
    pub fn g(&self) -> i32 {
        self.0.g.into()
    }

    /// The modulus, big-endian.
    pub fn p(&self) -> &[u8; LEN] {
        &self.0.p
    }

    /// Checks a public value of either side (g_a, g_b, SRP's A and B) and pads it to 256 bytes.
    ///
    /// # Errors
    /// [`Error::DhPublicValue`] unless it has 1 to 256 bytes and `2^1984 <= value <= p - 2^1984`, which implies
    /// `1 < value < p - 1`.
    pub fn check_public(&self, value: &[u8]) -> Result<[u8; LEN], Error> {
        let padded = bigint::pad_left(value).ok_or(Error::DhPublicValue)?;
        if self.in_range(&bigint::from_bytes(&padded)) { Ok(padded) } else { Err(Error::DhPublicValue) }
    }

    pub(crate) fn in_range(&self, value: &U2048) -> bool {
        *value >= self.0.least && *value <= self.0.most
    }

    pub(crate) fn generator(&self) -> U2048 {
        U2048::from_u8(self.0.g)
    }

    pub(crate) fn modulus(&self) -> &Modulus {
        &self.0.modulus
    }
}

/// Whether `g` is small and a quadratic residue modulo the safe prime `p`.
fn check_generator(g: i32, p: &[u8; LEN]) -> Result<u8, Error> {
    let residue = match g {
        2 => remainder(p, 8) == 7,
        3 => remainder(p, 3) == 2,
        4 => true,
        5 => matches!(remainder(p, 5), 1 | 4),
        6 => matches!(remainder(p, 24), 19 | 23),
        7 => matches!(remainder(p, 7), 3 | 5 | 6),
        _ => false,
    };
    u8::try_from(g).ok().filter(|_| residue).ok_or(Error::DhGenerator { g })
}

impl fmt::Debug for DhParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.0.p == KNOWN_PRIME;
        f.debug_struct("DhParams").field("g", &self.0.g).field("known_prime", &known).finish_non_exhaustive()
    }
}

impl PartialEq for DhParams {
    fn eq(&self, other: &Self) -> bool {
        self.0.g == other.0.g && self.0.p == other.0.p
    }
}

impl Eq for DhParams {}
