//! File references: until when a medium may be fetched under the access hash that came with it.

use subtle::ConstantTimeEq;

use crate::limits::{FILE_REFERENCE_LIFETIME, FILE_REFERENCE_STEP};
use crate::model::access::AccessHashes;

/// The version of the format.
const VERSION: u8 = 1;

/// What a file reference is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Good,
    Empty,
    Expired,
    Invalid,
}

impl Held {
    /// The error that the client gets, if any.
    pub(crate) fn error(self) -> Option<&'static str> {
        match self {
            Self::Good => None,
            Self::Empty => Some("FILE_REFERENCE_EMPTY"),
            Self::Expired => Some("FILE_REFERENCE_EXPIRED"),
            Self::Invalid => Some("FILE_REFERENCE_INVALID"),
        }
    }
}

/// A reference to a medium that is good for a day. It changes once an hour, so that clients can compare.
pub(super) fn make(access: &AccessHashes, media: i64, now: i64) -> Vec<u8> {
    let expires = (now / FILE_REFERENCE_STEP) * FILE_REFERENCE_STEP + FILE_REFERENCE_LIFETIME;
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&expires.to_le_bytes());
    bytes.extend_from_slice(&access.file_reference(media, expires));
    bytes
}

/// What a reference that a client has brought along is worth.
pub(crate) fn check(access: &AccessHashes, media: i64, reference: &[u8], now: i64) -> Held {
    let Some((head, rest)) = reference.split_first() else { return Held::Empty };
    let Some((expires, mac)) = rest.split_first_chunk().filter(|_| *head == VERSION) else {
        return Held::Invalid;
    };
    let expires = i64::from_le_bytes(*expires);
    let right = access.file_reference(media, expires);
    match bool::from(right.as_slice().ct_eq(mac)) {
        false => Held::Invalid,
        true if expires < now => Held::Expired,
        true => Held::Good,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_good_for_a_day_and_for_its_medium_only() {
        let access = AccessHashes::new([7; 32]);
        let start = 1_700_000_000;
        let reference = make(&access, 5, start);
        assert_eq!(check(&access, 5, &reference, start), Held::Good);
        assert_eq!(check(&access, 5, &reference, start + 22 * 3600), Held::Good);
        assert_eq!(check(&access, 5, &reference, start + 25 * 3600), Held::Expired);
        assert_eq!(check(&access, 6, &reference, start), Held::Invalid);
        assert_eq!(check(&AccessHashes::new([8; 32]), 5, &reference, start), Held::Invalid);
        assert_eq!(check(&access, 5, b"", start), Held::Empty);
        for len in 1..reference.len() {
            assert_eq!(check(&access, 5, &reference[..len], start), Held::Invalid, "{len} bytes");
        }
        for bit in 0..reference.len() * 8 {
            let mut forged = reference.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check(&access, 5, &forged, start), Held::Invalid, "bit {bit}");
        }
    }
}
