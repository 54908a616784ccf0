//! The shared 2048-bit key and its names.

use std::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Error, hash};

/// Length of a shared key in bytes.
pub const AUTH_KEY_LEN: usize = 256;

/// A key agreed by Diffie-Hellman: the authorization key of a data centre, or the key of a secret chat.
///
/// Always 256 bytes, big-endian, padded with zeros on the left. It is wiped when dropped, compares in constant
/// time and prints only its public name.
///
/// Source: <https://core.telegram.org/mtproto/description#terminology>
///
/// ```
/// let key = chappe_crypto::AuthKey::new(std::array::from_fn(|i| i as u8));
/// assert_eq!(format!("{key:?}"), "AuthKey { id: AuthKeyId(0xc8df57a46e58d132), .. }");
/// ```
#[derive(Clone)]
pub struct AuthKey {
    bytes: Box<[u8; AUTH_KEY_LEN]>,
    id: AuthKeyId,
    aux_hash: [u8; 8],
}

impl AuthKey {
    /// Takes the bytes of the key. The caller wipes its own copy.
    pub fn new(mut bytes: [u8; AUTH_KEY_LEN]) -> Self {
        let mut digest = hash::sha1(&[&bytes]);
        let (aux, rest) = split::<8, 12>(&digest);
        let (_, id) = split::<4, 8>(&rest);
        let key = Self { bytes: Box::new(bytes), id: AuthKeyId(i64::from_le_bytes(id)), aux_hash: aux };
        bytes.zeroize();
        digest.zeroize();
        key
    }

    /// Takes the key from a slice.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly 256 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        let array = <[u8; AUTH_KEY_LEN]>::try_from(bytes)
            .map_err(|_| Error::Length { expected: AUTH_KEY_LEN, len: bytes.len() })?;
        Ok(Self::new(array))
    }

    /// The key itself. Secret.
    pub fn as_bytes(&self) -> &[u8; AUTH_KEY_LEN] {
        &self.bytes
    }

    /// The name of the key on the wire: the low 64 bits of its SHA-1.
    pub fn id(&self) -> AuthKeyId {
        self.id
    }

    /// The high 64 bits of the key's SHA-1, used in `new_nonce_hash` and `retry_id`.
    pub fn aux_hash(&self) -> [u8; 8] {
        self.aux_hash
    }

    /// The name of the key in a secret chat: the same eight bytes as [`AuthKey::id`].
    ///
    /// A fingerprint selects a key; it never proves who the peer is.
    pub fn fingerprint(&self) -> KeyFingerprint {
        KeyFingerprint(self.id.0)
    }
}

fn split<const A: usize, const B: usize>(bytes: &[u8]) -> ([u8; A], [u8; B]) {
    let (mut head, mut tail) = ([0; A], [0; B]);
    head.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    tail.iter_mut().zip(bytes.iter().skip(A)).for_each(|(to, from)| *to = *from);
    (head, tail)
}

impl Drop for AuthKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
        self.aux_hash.zeroize();
    }
}

impl ZeroizeOnDrop for AuthKey {}

impl fmt::Debug for AuthKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes: _, id, aux_hash: _ } = self;
        f.debug_struct("AuthKey").field("id", id).finish_non_exhaustive()
    }
}

impl ConstantTimeEq for AuthKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.bytes.ct_eq(&*other.bytes)
    }
}

impl PartialEq for AuthKey {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for AuthKey {}

macro_rules! key_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub i64);

        impl $name {
            /// The eight bytes as they travel (little-endian).
            pub const fn to_le_bytes(self) -> [u8; 8] {
                self.0.to_le_bytes()
            }

            /// From the eight bytes as they travel (little-endian).
            pub const fn from_le_bytes(bytes: [u8; 8]) -> Self {
                Self(i64::from_le_bytes(bytes))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:#018x})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }
    };
}

key_name! {
    /// The public name of an authorization key: the low 64 bits of its SHA-1.
    AuthKeyId
}

key_name! {
    /// The public name of a secret chat's key: the low 64 bits of its SHA-1.
    KeyFingerprint
}

/// The key of one message: the middle 128 bits of a hash over the plaintext. It both selects the AES key and
/// authenticates the plaintext. Not secret: it travels in the clear.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MsgKey(pub [u8; 16]);

impl fmt::Debug for MsgKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MsgKey({:032x})", u128::from_be_bytes(self.0))
    }
}

impl AsRef<[u8]> for MsgKey {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_key() {
        let key = AuthKey::new([0xab; 256]);
        assert_eq!(format!("{key:?}"), "AuthKey { id: AuthKeyId(0x091e6ecb578f5f41), .. }");
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        for len in [0, 255, 257] {
            assert_eq!(AuthKey::from_slice(&vec![1; len]), Err(Error::Length { expected: 256, len }));
        }
    }

    #[test]
    fn names_are_the_low_bytes_of_the_hash() {
        let key = AuthKey::new(std::array::from_fn(|i| i as u8));
        assert_eq!(key.fingerprint(), KeyFingerprint(-3972359982579920590));
        assert_eq!(key.id().to_string(), "c8df57a46e58d132");
        assert_eq!(key.aux_hash(), [0x49, 0x16, 0xd6, 0xbd, 0xb7, 0xf7, 0x8e, 0x68]);
        assert_eq!(AuthKeyId::from_le_bytes(key.id().to_le_bytes()), key.id());
    }
}
