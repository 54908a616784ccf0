//! Passwords of two-step verification (SRP), both sides.
//!
//! The server keeps a verifier `v = g^x`, where `x` is a slow hash of the password. At login it sends `B`, the client
//! answers with `A` and a proof `M1`. The password never travels, and the server learns nothing it could try
//! passwords on faster than by the slow hash.
//!
//! Source: <https://core.telegram.org/api/srp>
//!
//! ```
//! use chappe_crypto::dh::DhParams;
//! use chappe_crypto::rand_core::SeedableRng;
//! use chappe_crypto::srp::{self, SrpAlgorithm, SrpChallenge};
//!
//! let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1); // the system's generator in real life
//! let algorithm = SrpAlgorithm::new(b"salt one", b"salt two", DhParams::known(3)?);
//! let verifier = algorithm.verifier(b"correct horse"); // kept by the server
//!
//! let challenge = SrpChallenge::new(&algorithm, &*verifier, &mut rng)?;
//! let answer = srp::compute(b"correct horse", &algorithm, challenge.srp_b(), &mut rng)?;
//! challenge.verify(&answer.a, &answer.m1)?;
//! # Ok::<(), chappe_crypto::Error>(())
//! ```

mod client;
mod server;

use std::fmt;

use crypto_bigint::{U256, U2048};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::bigint::{self, LEN};
use crate::dh::DhParams;
use crate::{Error, hash};

pub use client::{SrpAnswer, compute};
pub use server::SrpChallenge;

/// Iterations of PBKDF2 in the only algorithm there is.
const ITERATIONS: u32 = 100_000;

/// Random bytes a client appends to the server's `salt1` when it sets a new password.
pub const SALT_SUFFIX_LEN: usize = 32;

/// `passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow`: salts and group, the latter checked.
#[derive(Clone, PartialEq, Eq)]
pub struct SrpAlgorithm {
    salt1: Vec<u8>,
    salt2: Vec<u8>,
    params: DhParams,
}

impl SrpAlgorithm {
    /// From the fields of the algorithm; `params` proves that `g` and `p` were checked.
    pub fn new(salt1: &[u8], salt2: &[u8], params: DhParams) -> Self {
        Self { salt1: salt1.to_vec(), salt2: salt2.to_vec(), params }
    }

    /// For a new password: appends random bytes of our own to the `salt1` of the server's `new_algo`.
    pub fn for_new_password(
        salt1: &[u8],
        salt2: &[u8],
        params: DhParams,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Self {
        let mut suffix = [0; SALT_SUFFIX_LEN];
        rng.fill_bytes(&mut suffix);
        Self { salt1: [salt1, &suffix].concat(), salt2: salt2.to_vec(), params }
    }

    /// The first salt.
    pub fn salt1(&self) -> &[u8] {
        &self.salt1
    }

    /// The second salt.
    pub fn salt2(&self) -> &[u8] {
        &self.salt2
    }

    /// Generator and modulus.
    pub fn params(&self) -> &DhParams {
        &self.params
    }

    /// The number `x`: the slow hash of a password. Secret, and as good as the password itself. Takes a tenth of a
    /// second.
    pub fn password_hash(&self, password: &[u8]) -> Zeroizing<[u8; 32]> {
        let salted = |data: &[u8], salt: &[u8]| Zeroizing::new(hash::sha256(&[salt, data, salt]));
        let first = salted(&*salted(password, &self.salt1), &self.salt2);
        let slow = Zeroizing::new(hash::pbkdf2_sha512(&*first, &self.salt1, ITERATIONS));
        salted(&*slow, &self.salt2)
    }

    /// The verifier `v = g^x mod p`, sent as `new_password_hash` when a password is set.
    pub fn verifier(&self, password: &[u8]) -> Zeroizing<[u8; LEN]> {
        Zeroizing::new(bigint::to_bytes(&self.power_of(&self.password_hash(password))))
    }

    /// Checks a verifier received from a client that sets a password, and pads it to 256 bytes.
    ///
    /// # Errors
    /// [`Error::DhPublicValue`] unless it has 1 to 256 bytes and 0 < v < p.
    pub fn check_verifier(&self, verifier: &[u8]) -> Result<Zeroizing<[u8; LEN]>, Error> {
        let padded = Zeroizing::new(bigint::pad_left(verifier).ok_or(Error::DhPublicValue)?);
        let value = Zeroizing::new(bigint::from_bytes(&padded));
        let in_range = *value != U2048::ZERO && *value < **self.params.modulus().modulus();
        if in_range { Ok(padded) } else { Err(Error::DhPublicValue) }
    }

    fn power_of(&self, x: &[u8; 32]) -> Zeroizing<U2048> {
        let x = Zeroizing::new(U256::from_be_slice(x));
        bigint::pow(&self.params.generator(), &*x, self.params.modulus())
    }

    /// `k`, the multiplier.
    fn multiplier(&self) -> U2048 {
        let g = bigint::to_bytes(&self.params.generator());
        widen(&hash::sha256(&[self.params.p(), &g]))
    }

    /// `M1`, the proof that both sides have the same secret `S`.
    fn proof(&self, a: &[u8; LEN], b: &[u8; LEN], secret: &U2048) -> [u8; 32] {
        let secret = Zeroizing::new(bigint::to_bytes(secret));
        let key = Zeroizing::new(hash::sha256(&[&*secret]));
        let of_p = hash::sha256(&[self.params.p()]);
        let of_g = hash::sha256(&[&bigint::to_bytes(&self.params.generator())]);
        let mixed: [u8; 32] = std::array::from_fn(|i| of_p[i] ^ of_g[i]);
        hash::sha256(&[&mixed, &hash::sha256(&[&self.salt1]), &hash::sha256(&[&self.salt2]), a, b, &*key])
    }
}

impl fmt::Debug for SrpAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { salt1: _, salt2: _, params } = self;
        f.debug_struct("SrpAlgorithm").field("params", params).finish_non_exhaustive()
    }
}

/// `u`, which binds the exchange to both public values. `None` if it is zero and the values must be refused.
fn scrambler(a: &[u8; LEN], b: &[u8; LEN]) -> Option<U256> {
    let u = U256::from_be_slice(&hash::sha256(&[a, b]));
    (u != U256::ZERO).then_some(u)
}

fn widen(bytes: &[u8; 32]) -> U2048 {
    U256::from_be_slice(bytes).resize()
}

#[cfg(test)]
mod tests;
