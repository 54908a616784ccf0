//! The server's side.

use std::fmt;

use crypto_bigint::U2048;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{SrpAlgorithm, scrambler};
use crate::Error;
use crate::bigint::{self, LEN};
use crate::dh::DhSecret;

/// Draws of `b` before the generator is called broken. One redraw has a chance of 2^-63.
const MAX_DRAWS: usize = 16;

/// One attempt of a client to prove a password. Answer it once, then forget it.
pub struct SrpChallenge {
    algorithm: SrpAlgorithm,
    verifier: Box<U2048>,
    secret: DhSecret,
    srp_b: [u8; LEN],
}

impl SrpChallenge {
    /// Makes a challenge against the stored verifier.
    ///
    /// # Errors
    /// [`Error::DhPublicValue`] if the verifier is not in 1..p; [`Error::Randomness`] if `rng` is broken.
    pub fn new(
        algorithm: &SrpAlgorithm,
        verifier: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Error> {
        let verifier = Zeroizing::new(bigint::from_bytes(&*algorithm.check_verifier(verifier)?));
        for _ in 0..MAX_DRAWS {
            let secret = DhSecret::generate(&algorithm.params, rng, &[])?;
            match Self::with_secret(algorithm, &verifier, secret) {
                Err(Error::DhPublicValue) => {}
                done => return done,
            }
        }
        Err(Error::Randomness)
    }

    /// The challenge for a given secret `b`: `B = k*v + g^b mod p`.
    pub(super) fn with_secret(
        algorithm: &SrpAlgorithm,
        verifier: &U2048,
        secret: DhSecret,
    ) -> Result<Self, Error> {
        let modulus = algorithm.params.modulus();
        let k_v = bigint::mul(&algorithm.multiplier(), verifier, modulus);
        let sum = k_v.add_mod(&bigint::from_bytes(secret.public()), modulus.modulus().as_nz_ref());
        if !algorithm.params.in_range(&sum) {
            return Err(Error::DhPublicValue);
        }
        Ok(Self {
            algorithm: algorithm.clone(),
            verifier: Box::new(*verifier),
            secret,
            srp_b: bigint::to_bytes(&sum),
        })
    }

    /// Takes up a challenge that was made before, from its [`secret`](Self::secret).
    ///
    /// # Errors
    /// [`Error::DhPublicValue`] if verifier and secret do not belong together.
    pub fn restore(algorithm: &SrpAlgorithm, verifier: &[u8], secret: &[u8; LEN]) -> Result<Self, Error> {
        let verifier = Zeroizing::new(bigint::from_bytes(&*algorithm.check_verifier(verifier)?));
        Self::with_secret(algorithm, &verifier, DhSecret::from_bytes(&algorithm.params, secret)?)
    }

    /// The secret `b`, for a server that keeps challenges between two calls.
    pub fn secret(&self) -> Zeroizing<[u8; LEN]> {
        self.secret.to_bytes()
    }

    /// `srp_B`, 256 bytes.
    pub fn srp_b(&self) -> &[u8; LEN] {
        &self.srp_b
    }

    /// Checks a client's `A` and `M1`.
    ///
    /// # Errors
    /// [`Error::DhPublicValue`] if `A` is out of range (among them all multiples of p), [`Error::PasswordMismatch`] if
    /// the proof is wrong. Tell the client the same for both.
    pub fn verify(&self, a: &[u8], m1: &[u8]) -> Result<(), Error> {
        let a = self.algorithm.params.check_public(a)?;
        let u = scrambler(&a, &self.srp_b).ok_or(Error::DhPublicValue)?;
        let modulus = self.algorithm.params.modulus();
        // S = (A * v^u)^b mod p.
        let v_u = bigint::pow(&self.verifier, &u, modulus);
        let base = bigint::mul(&bigint::from_bytes(&a), &v_u, modulus);
        let exponent = Zeroizing::new(bigint::from_bytes(&self.secret.to_bytes()));
        let session = bigint::pow_full(&base, &exponent, modulus);
        let expected = self.algorithm.proof(&a, &self.srp_b, &session);
        if bool::from(expected.as_slice().ct_eq(m1)) { Ok(()) } else { Err(Error::PasswordMismatch) }
    }
}

impl Drop for SrpChallenge {
    fn drop(&mut self) {
        self.verifier.zeroize();
    }
}

impl ZeroizeOnDrop for SrpChallenge {}

impl fmt::Debug for SrpChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { algorithm, verifier: _, secret: _, srp_b: _ } = self;
        f.debug_struct("SrpChallenge").field("algorithm", algorithm).finish_non_exhaustive()
    }
}
