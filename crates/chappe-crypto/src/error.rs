//! What can go wrong, one variant per cause.

/// The error of every fallible function of this crate.
///
/// [`Error::Decrypt`] deliberately says nothing about which check failed: a more talkative answer is an oracle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // Malformed or hostile input.
    /// A cipher in IGE mode was given data that is not a whole number of 16-byte blocks.
    #[error("{len} bytes are not a whole number of 16-byte AES blocks; pad the data before encryption")]
    BlockLength {
        /// Length of the data in bytes.
        len: usize,
    },
    /// A ciphertext is not authentic (or not even of a possible shape). Drop it and say nothing to the peer.
    #[error("the data did not decrypt: it is corrupt, forged, or made with another key")]
    Decrypt,
    /// The generator is outside 2..=7 or does not generate the subgroup of order (p-1)/2.
    #[error("the Diffie-Hellman generator {g} is not safe with the given prime; refuse the parameters")]
    DhGenerator {
        /// The generator received.
        g: i32,
    },
    /// The modulus is not a 2048-bit safe prime.
    #[error("the Diffie-Hellman modulus is not a 2048-bit safe prime; refuse the parameters")]
    DhPrime,
    /// A public value (g_a, g_b, srp_B, A) lies outside the permitted range.
    #[error(
        "a Diffie-Hellman public value is out of range: the exchange is under attack or the peer is broken"
    )]
    DhPublicValue,
    /// `pq` has the wrong length, is above 2^63-1, or is not a product of two different odd primes.
    #[error("pq is not a product of two different odd primes below 2^63")]
    Factorization,
    /// A secret or public value has the wrong length.
    #[error("expected {expected} bytes, got {len}")]
    Length {
        /// Length expected, in bytes.
        expected: usize,
        /// Length given, in bytes.
        len: usize,
    },
    /// The password does not fit the verifier.
    #[error("the password is wrong")]
    PasswordMismatch,
    /// An RSA key could not be read or is not of the kind MTProto uses.
    #[error("unusable RSA key: {reason}")]
    RsaKey {
        /// What is wrong with the key.
        reason: &'static str,
    },

    // Misuse by the caller.
    /// More data than one operation can take.
    #[error("{len} bytes do not fit: at most {max} can be encrypted at once")]
    TooLong {
        /// Length given, in bytes.
        len: usize,
        /// Longest permitted, in bytes.
        max: usize,
    },

    // The source of randomness.
    /// Redrawing random values did not help: the generator given repeats itself or is otherwise broken.
    #[error("the random generator keeps giving unusable values: check where it takes its entropy from")]
    Randomness,
}
