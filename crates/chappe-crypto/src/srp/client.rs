//! The client's side.

use std::fmt;

use crypto_bigint::{U256, U2048, Uint};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{SrpAlgorithm, scrambler};
use crate::Error;
use crate::bigint::{self, LEN, WIDE_LIMBS};
use crate::dh::DhSecret;

/// What `inputCheckPasswordSRP` carries besides the `srp_id`.
#[derive(Clone, PartialEq, Eq)]
pub struct SrpAnswer {
    /// `A`, 256 bytes.
    pub a: [u8; LEN],
    /// `M1`.
    pub m1: [u8; 32],
}

impl fmt::Debug for SrpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { a: _, m1: _ } = self;
        f.debug_struct("SrpAnswer").finish_non_exhaustive()
    }
}

/// Proves knowledge of a password to a server that sent `srp_b`. Takes a tenth of a second.
///
/// # Errors
/// [`Error::DhPublicValue`] if `srp_b` is out of range or useless; [`Error::Randomness`] if `rng` is broken.
pub fn compute(
    password: &[u8],
    algorithm: &SrpAlgorithm,
    srp_b: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<SrpAnswer, Error> {
    // All that can be refused is refused before the slow hash.
    let b = algorithm.params.check_public(srp_b)?;
    let secret = DhSecret::generate(&algorithm.params, rng, &[])?;
    let x = algorithm.password_hash(password);
    answer(algorithm, &x, &b, &secret.to_bytes(), secret.public())
}

/// The answer for a given secret `a` and its public value `g^a`.
pub(super) fn answer(
    algorithm: &SrpAlgorithm,
    x: &[u8; 32],
    b: &[u8; LEN],
    secret_a: &[u8; LEN],
    public_a: &[u8; LEN],
) -> Result<SrpAnswer, Error> {
    let u = scrambler(public_a, b).ok_or(Error::DhPublicValue)?;
    let session = session_secret(algorithm, x, b, secret_a, &u)?;
    Ok(SrpAnswer { a: *public_a, m1: algorithm.proof(public_a, b, &session) })
}

/// `S = (B - k*v)^(a + u*x) mod p`.
pub(super) fn session_secret(
    algorithm: &SrpAlgorithm,
    x: &[u8; 32],
    b: &[u8; LEN],
    secret_a: &[u8; LEN],
    u: &U256,
) -> Result<Zeroizing<U2048>, Error> {
    let modulus = algorithm.params.modulus();
    let v = algorithm.power_of(x);
    let k_v = bigint::mul(&algorithm.multiplier(), &v, modulus);
    let t = Zeroizing::new(bigint::from_bytes(b).sub_mod(&k_v, modulus.modulus().as_nz_ref()));
    if *t == U2048::ZERO {
        return Err(Error::DhPublicValue);
    }
    // a has 2048 bits and u*x 512, so the sum fits one limb more.
    let a: Zeroizing<Uint<WIDE_LIMBS>> = Zeroizing::new(bigint::from_bytes(secret_a).resize());
    let x = Zeroizing::new(U256::from_be_slice(x));
    let u_x: Zeroizing<Uint<WIDE_LIMBS>> =
        Zeroizing::new(u.resize::<WIDE_LIMBS>().wrapping_mul(&x.resize::<WIDE_LIMBS>()));
    let exponent = Zeroizing::new(a.wrapping_add(&u_x));
    Ok(bigint::pow(&t, &*exponent, modulus))
}
