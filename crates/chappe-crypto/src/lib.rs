//! The cryptography of MTProto: AES-IGE, key derivation, RSA_PAD, Diffie-Hellman checks, SRP.
//!
//! Pure functions and values: no sockets, clocks or system randomness. Time is a [`Now`], randomness a
//! [`CryptoRng`] that the caller passes in, so that a run with a seed repeats exactly.
//!
//! | module | what is in it |
//! |---|---|
//! | [`ige`] | AES-256-IGE: whole texts, streams, several streams at once |
//! | [`message`] | sealing and opening of messages, MTProto 2.0 and (for two uses) 1.0 |
//! | [`rsa`] | the keys of servers, RSA_PAD and its inverse |
//! | [`dh`] | checked Diffie-Hellman parameters and public values |
//! | [`factor`] | the proof of work of the exchange |
//! | [`exchange_keys`] | temporary keys and nonce hashes of the exchange |
//! | [`srp`] | two-step verification passwords, both sides |
//! | [`file`](mod@file) | keys of encrypted files |
//! | [`picture`] | the key picture people compare |
//! | [`ctr`], [`hash`], [`padding`] | smaller tools |
//!
//! Whatever is secret is wiped when dropped, does not show in `Debug`, and is compared in constant time.
//!
//! ```
//! use chappe_crypto::{AuthKey, Role, message, padding};
//!
//! // In real life both sides get this from a Diffie-Hellman exchange.
//! let key = AuthKey::new([42; 256]);
//! let mut data = b"hello".to_vec();
//! data.resize(padding::padded_len(data.len()), 0xa5); // random bytes in real life
//!
//! let sealed = message::seal(key.as_bytes(), Role::Initiator, &mut data)?;
//! message::open(key.as_bytes(), Role::Initiator, &sealed.msg_key.0, &mut data)?;
//! assert_eq!(&data[..5], b"hello");
//! # Ok::<(), chappe_crypto::Error>(())
//! ```

// `unsafe` is denied by the workspace; `ige::aes_ni` alone is let off, see there.
#![deny(unsafe_code)]

pub mod auth_key;
mod bigint;
pub mod ctr;
pub mod dh;
mod error;
pub mod exchange_keys;
pub mod factor;
pub mod file;
pub mod hash;
pub mod ige;
pub mod message;
mod now;
pub mod padding;
pub mod picture;
mod role;
pub mod rsa;
pub mod srp;

pub use auth_key::{AuthKey, AuthKeyId, KeyFingerprint, MsgKey};
pub use ctr::AesCtr;
pub use error::Error;
pub use now::Now;
pub use picture::KeyVisualization;
pub use rand_core::{self, CryptoRng, Rng};
pub use role::Role;
