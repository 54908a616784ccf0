//! Private keys, for servers.

use std::fmt;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{NonZero, Odd, U64, U1024, U2048};
use crypto_primes::Flavor;
use crypto_primes::hazmat::{SetBits, SmallFactorsSieveFactory};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{EXPONENT, RsaPublicKey, pad, pem};
use crate::Error;
use crate::bigint::{self, LEN};

type HalfModulus = FixedMontyParams<{ U1024::LIMBS }>;

const BROKEN: Error = Error::RsaKey { reason: "its numbers do not belong together" };

/// Attempts to find a usable pair of primes; all but one in ten thousand pairs are.
const MAX_PAIRS: usize = 16;

/// The private key of a server. Wiped on drop, never printed.
///
/// Decryption is blinded, uses constant-time arithmetic, and checks its own result before it is used, so that a
/// fault in the computation does not give the key away.
pub struct RsaPrivateKey(Box<Secret>);

struct Secret {
    public: RsaPublicKey,
    d: U2048,
    p: HalfModulus,
    q: HalfModulus,
    /// d mod (p-1) and d mod (q-1).
    dp: U1024,
    dq: U1024,
    /// 1/q mod p.
    q_inverse: U1024,
}

/// The numbers of a key file. Wiped on drop.
pub(super) struct Parts {
    pub(super) d: U2048,
    pub(super) p: U1024,
    pub(super) q: U1024,
    pub(super) dp: U1024,
    pub(super) dq: U1024,
    pub(super) q_inverse: U1024,
}

impl Drop for Parts {
    fn drop(&mut self) {
        let Self { d, p, q, dp, dq, q_inverse } = self;
        d.zeroize();
        [p, q, dp, dq, q_inverse].into_iter().for_each(Zeroize::zeroize);
    }
}

impl RsaPrivateKey {
    /// Makes a new key. Takes a large part of a second.
    ///
    /// # Errors
    /// [`Error::Randomness`] if `rng` is so broken that no pair of primes is found.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, Error> {
        for _ in 0..MAX_PAIRS {
            let p = Zeroizing::new(prime(rng)?);
            let q = Zeroizing::new(prime(rng)?);
            // p = q would be a broken generator; otherwise the two differ in their upper half. `from_primes` refuses
            // primes for which 65537 has no inverse.
            if *p != *q
                && let Ok(key) = Self::from_primes(&p, &q)
            {
                return Ok(key);
            }
        }
        Err(Error::Randomness)
    }

    /// From two primes of 1024 bits each.
    fn from_primes(p: &U1024, q: &U1024) -> Result<Self, Error> {
        let n = Zeroizing::new(p.concatenating_mul(q));
        let one = U1024::ONE;
        let (p1, q1) = (Zeroizing::new(p.wrapping_sub(&one)), Zeroizing::new(q.wrapping_sub(&one)));
        let phi: Zeroizing<U2048> = Zeroizing::new(p1.concatenating_mul(&*q1));
        let phi = Option::from(NonZero::new(*phi)).ok_or(BROKEN)?;
        let d = U2048::from(EXPONENT).invert_mod(&phi).into_option().ok_or(BROKEN)?;
        let parts = Zeroizing::new([d]);
        let public = RsaPublicKey::from_parts(&bigint::to_bytes(&n), &EXPONENT.to_be_bytes())?;
        Self::from_numbers(public, &parts[0], p, q)
    }

    /// From the numbers of a key file; the three derived ones are computed again.
    ///
    /// # Errors
    /// [`Error::RsaKey`] if they do not belong together.
    pub(super) fn from_numbers(public: RsaPublicKey, d: &U2048, p: &U1024, q: &U1024) -> Result<Self, Error> {
        let n: U2048 = p.concatenating_mul(q);
        if bigint::to_bytes(&n) != *public.n() {
            return Err(BROKEN);
        }
        let odd_p = Odd::new(*p).into_option().ok_or(BROKEN)?;
        let odd_q = Odd::new(*q).into_option().ok_or(BROKEN)?;
        let (Some(p1), Some(q1)) = (
            NonZero::new(p.wrapping_sub(&U1024::ONE)).into_option(),
            NonZero::new(q.wrapping_sub(&U1024::ONE)).into_option(),
        ) else {
            return Err(BROKEN);
        };
        let modulus_p = HalfModulus::new(odd_p);
        let q_mod_p = Zeroizing::new(FixedMontyForm::new(&q.rem(odd_p.as_nz_ref()), &modulus_p));
        let q_inverse = q_mod_p.invert().into_option().ok_or(BROKEN)?.retrieve();
        let key = Self(Box::new(Secret {
            public,
            d: *d,
            p: modulus_p,
            q: HalfModulus::new(odd_q),
            dp: d.rem(&p1),
            dq: d.rem(&q1),
            q_inverse,
        }));
        // A wrong exponent or a composite shows in the first message decrypted.
        for byte in [2, 3] {
            let mut message = [0; LEN];
            message[LEN - 1] = byte;
            let encrypted = key.0.public.raw(&message).ok_or(BROKEN)?;
            if *key.crt(&bigint::from_bytes(&encrypted)) != bigint::from_bytes(&message) {
                return Err(BROKEN);
            }
        }
        Ok(key)
    }

    /// Reads an `RSA PRIVATE KEY` (PKCS#1) in PEM.
    ///
    /// # Errors
    /// [`Error::RsaKey`] if the text is no such key, or the key does not have 2048 bits, two primes of equal length
    /// and the exponent 65537, or its numbers do not belong together.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        pem::read_private(text)
    }

    /// Writes the key as `RSA PRIVATE KEY` (PKCS#1). Secret.
    ///
    /// # Errors
    /// [`Error::RsaKey`] if the encoder fails, which does not happen for keys of this size.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, Error> {
        pem::write_private(self)
    }

    /// The public half.
    pub fn public(&self) -> &RsaPublicKey {
        &self.0.public
    }

    pub(super) fn parts(&self) -> Parts {
        let Secret { public: _, d, p, q, dp, dq, q_inverse } = &*self.0;
        Parts {
            d: *d,
            p: *p.modulus().as_ref(),
            q: *q.modulus().as_ref(),
            dp: *dp,
            dq: *dq,
            q_inverse: *q_inverse,
        }
    }

    /// The inverse of RSA_PAD: returns the data with its random padding, 192 bytes. Parse the object from the front
    /// and ignore the rest.
    ///
    /// # Errors
    /// [`Error::Decrypt`] for a wrong length, a number not below the modulus, or a hash that does not fit. Answer all
    /// of them alike.
    pub fn pad_decrypt(
        &self,
        encrypted: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Zeroizing<[u8; pad::PADDED_LEN]>, Error> {
        pad::unwrap(&*self.decrypt(encrypted, rng)?)
    }

    /// Undoes the encryption of the old scheme and returns `SHA-1(data) | data | random`, 255 bytes, unchecked.
    ///
    /// # Danger
    /// The length of the data is known only after it was parsed, so the hash can be checked only afterwards, and
    /// the time this takes betrays the plaintext to a patient attacker (Albrecht and others, 2022, attack 4). A server
    /// that meets anybody but its own tests must not accept the old scheme.
    ///
    /// # Errors
    /// [`Error::Decrypt`] for a wrong length, or if the block does not start with a zero byte.
    pub fn legacy_decrypt(
        &self,
        encrypted: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Zeroizing<[u8; LEN - 1]>, Error> {
        let block = self.decrypt(encrypted, rng)?;
        let (first, rest) = block.split_at(1);
        let mut data = Zeroizing::new([0; LEN - 1]);
        data.copy_from_slice(rest);
        if bool::from(first.ct_eq(&[0])) { Ok(data) } else { Err(Error::Decrypt) }
    }

    /// `c^d mod n`, blinded and verified.
    fn decrypt(
        &self,
        encrypted: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Zeroizing<[u8; LEN]>, Error> {
        let encrypted = <&[u8; LEN]>::try_from(encrypted).map_err(|_| Error::Decrypt)?;
        let modulus = self.0.public.modulus();
        let n = modulus.modulus();
        let c = bigint::from_bytes(encrypted);
        if c >= **n {
            return Err(Error::Decrypt);
        }
        // The private exponent meets c * r^e, a number unrelated to c; the result is divided by r.
        let mut random = Zeroizing::new([0; LEN]);
        rng.fill_bytes(&mut *random);
        let r = Zeroizing::new(bigint::from_bytes(&random).rem(n.as_nz_ref()));
        let r_inverse = FixedMontyForm::new(&r, modulus).invert().into_option().ok_or(Error::Randomness)?;
        let r_inverse = Zeroizing::new(r_inverse.retrieve());
        let e = U64::from(EXPONENT);
        let blinded = bigint::mul(&c, &bigint::pow(&r, &e, modulus), modulus);
        let plain = self.crt(&blinded);
        if *bigint::pow(&plain, &e, modulus) != *blinded {
            return Err(Error::Decrypt);
        }
        Ok(Zeroizing::new(bigint::to_bytes(&bigint::mul(&plain, &r_inverse, modulus))))
    }

    /// `c^d mod n` by way of both primes: four times as fast.
    fn crt(&self, c: &U2048) -> Zeroizing<U2048> {
        let Secret { public: _, d: _, p, q, dp, dq, q_inverse } = &*self.0;
        let c_p = Zeroizing::new(FixedMontyForm::new(&c.rem(p.modulus().as_nz_ref()), p));
        let c_q = Zeroizing::new(FixedMontyForm::new(&c.rem(q.modulus().as_nz_ref()), q));
        let m_p = Zeroizing::new(c_p.pow(dp));
        let m_q = Zeroizing::new(c_q.pow(dq).retrieve());
        // h = (m_p - m_q) / q mod p, and m = m_q + h * q.
        let m_q_mod_p = Zeroizing::new(FixedMontyForm::new(&m_q.rem(p.modulus().as_nz_ref()), p));
        let q_inverse = Zeroizing::new(FixedMontyForm::new(q_inverse, p));
        let h = Zeroizing::new(m_p.sub(&m_q_mod_p).mul(&q_inverse).retrieve());
        let product: Zeroizing<U2048> = Zeroizing::new(h.concatenating_mul(q.modulus().as_ref()));
        Zeroizing::new(product.wrapping_add(&m_q.resize()))
    }
}

/// A prime whose two top bits are set, so that a product of two has 2048 bits.
fn prime(rng: &mut (impl CryptoRng + ?Sized)) -> Result<U1024, Error> {
    let sieve = SmallFactorsSieveFactory::new(Flavor::Any, U1024::BITS, SetBits::TwoMsb)
        .map_err(|_| Error::Randomness)?;
    crypto_primes::sieve_and_find(rng, sieve, |_, candidate| crypto_primes::is_prime(Flavor::Any, candidate))
        .ok()
        .flatten()
        .ok_or(Error::Randomness)
}

impl Drop for Secret {
    fn drop(&mut self) {
        let Self { public: _, d, p, q, dp, dq, q_inverse } = self;
        d.zeroize();
        p.zeroize();
        q.zeroize();
        [dp, dq, q_inverse].into_iter().for_each(Zeroize::zeroize);
    }
}

impl ZeroizeOnDrop for RsaPrivateKey {}

impl fmt::Debug for RsaPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Secret { public, d: _, p: _, q: _, dp: _, dq: _, q_inverse: _ } = &*self.0;
        f.debug_struct("RsaPrivateKey").field("public", public).finish_non_exhaustive()
    }
}
