//! File references: until when a medium may be fetched under the access hash that came with it.
//!
//! A medium with a timer comes with a reference of another kind, which names the message: once that shows it no longer, the
//! reference is worth nothing.

use subtle::ConstantTimeEq;

use crate::limits::{FILE_REFERENCE_LIFETIME, FILE_REFERENCE_STEP};
use crate::model::access::AccessHashes;

/// The version of the format.
const VERSION: u8 = 1;
/// The same with a message.
const VERSION_OF_MESSAGE: u8 = 2;

/// What a file reference is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Good,
    /// Good as long as the message with this uid shows the medium.
    OfMessage(i64),
    Empty,
    Expired,
    Invalid,
}

impl Held {
    /// The error that the client gets, if any.
    pub(crate) fn error(self) -> Option<&'static str> {
        match self {
            Self::Good | Self::OfMessage(_) => None,
            Self::Empty => Some("FILE_REFERENCE_EMPTY"),
            Self::Expired => Some("FILE_REFERENCE_EXPIRED"),
            Self::Invalid => Some("FILE_REFERENCE_INVALID"),
        }
    }
}

/// A reference to a medium that is good for a day, and no longer than this message shows it, if that is not 0. It changes
/// once an hour, so that clients can compare.
pub(super) fn make(access: &AccessHashes, media: i64, message: i64, now: i64) -> Vec<u8> {
    let expires = (now / FILE_REFERENCE_STEP) * FILE_REFERENCE_STEP + FILE_REFERENCE_LIFETIME;
    let mut bytes = vec![if message == 0 { VERSION } else { VERSION_OF_MESSAGE }];
    bytes.extend_from_slice(&expires.to_le_bytes());
    if message != 0 {
        bytes.extend_from_slice(&message.to_le_bytes());
    }
    bytes.extend_from_slice(&access.file_reference(media, expires, message));
    bytes
}

fn split_number(bytes: &[u8]) -> Option<(i64, &[u8])> {
    bytes.split_first_chunk().map(|(number, rest)| (i64::from_le_bytes(*number), rest))
}

/// What a reference that a client has brought along is worth.
pub(crate) fn check(access: &AccessHashes, media: i64, reference: &[u8], now: i64) -> Held {
    let Some((head, rest)) = reference.split_first() else { return Held::Empty };
    let Some((expires, rest)) = split_number(rest) else { return Held::Invalid };
    let (message, mac) = match *head {
        VERSION => (0, rest),
        VERSION_OF_MESSAGE => match split_number(rest) {
            Some((message, mac)) if message != 0 => (message, mac),
            _ => return Held::Invalid,
        },
        _ => return Held::Invalid,
    };
    let right = access.file_reference(media, expires, message);
    match bool::from(right.as_slice().ct_eq(mac)) {
        false => Held::Invalid,
        true if expires < now => Held::Expired,
        true if message != 0 => Held::OfMessage(message),
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
        assert_eq!(check(&access, 5, b"", start), Held::Empty);
        for (message, good) in [(0, Held::Good), (9, Held::OfMessage(9))] {
            let reference = make(&access, 5, message, start);
            assert_eq!(check(&access, 5, &reference, start), good);
            assert_eq!(check(&access, 5, &reference, start + 22 * 3600), good);
            assert_eq!(check(&access, 5, &reference, start + 25 * 3600), Held::Expired);
            assert_eq!(check(&access, 6, &reference, start), Held::Invalid);
            assert_eq!(check(&AccessHashes::new([8; 32]), 5, &reference, start), Held::Invalid);
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

    #[test]
    fn a_reference_of_a_message_does_not_become_one_without() {
        let access = AccessHashes::new([7; 32]);
        let (timed, plain) = (make(&access, 5, 9, 1_700_000_000), make(&access, 5, 0, 1_700_000_000));
        let mut shortened = timed.clone();
        shortened[0] = VERSION;
        shortened.drain(9..17);
        let mut nameless = plain.clone();
        nameless[0] = VERSION_OF_MESSAGE;
        nameless.splice(9..9, [0; 8]);
        for forged in [shortened, nameless] {
            assert_eq!(check(&access, 5, &forged, 1_700_000_000), Held::Invalid);
        }
    }
}
