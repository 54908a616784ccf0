//! Diffie-Hellman with every check the protocol demands, for the key exchange, secret chats and SRP.
//!
//! [`DhParams`] and [`DhSecret`] can be made only by functions that check, so whoever holds one need not.
//!
//! Source: <https://core.telegram.org/mtproto/security_guidelines#validation-of-dh-parameters>
//!
//! ```
//! use chappe_crypto::dh::{DhParams, DhSecret, KNOWN_PRIME, PrimeCache};
//! use chappe_crypto::rand_core::SeedableRng;
//!
//! let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1); // the system's generator in real life
//! let params = DhParams::check(3, &KNOWN_PRIME, &mut PrimeCache::new(), &mut rng)?;
//! let alice = DhSecret::generate(&params, &mut rng, &[])?;
//! let bob = DhSecret::generate(&params, &mut rng, &[])?;
//! assert!(alice.agree(bob.public())? == bob.agree(alice.public())?);
//! # Ok::<(), chappe_crypto::Error>(())
//! ```

mod params;
mod prime;
mod secret;

pub use params::DhParams;
pub use prime::{KNOWN_PRIME, PrimeCache};
pub use secret::DhSecret;

#[cfg(test)]
mod tests;
