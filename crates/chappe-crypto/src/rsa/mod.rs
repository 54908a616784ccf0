//! The RSA keys of servers, and RSA_PAD, the padding in which a client sends its part of the key exchange.
//!
//! Only 2048-bit keys with the exponent 65537 are accepted: MTProto uses no others.
//!
//! Source: <https://core.telegram.org/mtproto/auth_key#41-rsa-paddata-server-public-key-mentioned-above-is-implemented-as-follows>
//!
//! ```
//! use chappe_crypto::rand_core::SeedableRng;
//! use chappe_crypto::rsa::RsaPrivateKey;
//!
//! let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1); // the system's generator in real life
//! let private = RsaPrivateKey::generate(&mut rng)?;
//! let encrypted = private.public().pad_encrypt(b"inner data", &mut rng)?;
//! let padded = private.pad_decrypt(&encrypted, &mut rng)?;
//! assert!(padded.starts_with(b"inner data"));
//! # Ok::<(), chappe_crypto::Error>(())
//! ```

mod pad;
mod pem;
mod private;
mod public;

pub use pad::{MAX_DATA_LEN, PADDED_LEN};
pub use private::RsaPrivateKey;
pub use public::{RsaPublicKey, fingerprint};

/// The only public exponent MTProto uses.
pub(crate) const EXPONENT: u32 = 65537;

#[cfg(test)]
mod tests;
