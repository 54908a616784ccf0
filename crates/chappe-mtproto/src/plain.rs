//! Plain messages: the unencrypted envelope of the auth key exchange, and nothing else.
//!
//! ```text
//!   auth_key_id = 0 (8 bytes) | msg_id (8) | length (4) | body
//! ```
//!
//! A body may be longer than the object in it: servers and clients fill up with random bytes, which are ignored. Once
//! a key is in use, plain messages are dropped unread: anybody on the path can write them.
//!
//! Source: <https://core.telegram.org/mtproto/description#unencrypted-message>

use chappe_crypto::Now;

/// Length of the envelope in bytes.
pub const HEADER_LEN: usize = 20;

/// A plain message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainMessage<'a> {
    /// Its identifier. Stock clients send any number here, 0 included.
    pub msg_id: i64,
    /// The object, and perhaps random bytes after it.
    pub body: &'a [u8],
}

/// Whether a packet is a plain message: its auth_key_id is 0.
pub fn is_plain(packet: &[u8]) -> bool {
    packet.starts_with(&[0; 8])
}

impl<'a> PlainMessage<'a> {
    /// Reads a packet. `None` if it is not a plain message or its length field does not fit; what follows the
    /// announced body (padding of the transport) is ignored.
    pub fn decode(packet: &'a [u8]) -> Option<Self> {
        let (header, rest) = packet.split_first_chunk::<HEADER_LEN>()?;
        let &[0, 0, 0, 0, 0, 0, 0, 0, i0, i1, i2, i3, i4, i5, i6, i7, l0, l1, l2, l3] = header else {
            return None;
        };
        let len = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).ok().filter(|len| *len >= 4)?;
        Some(Self { msg_id: i64::from_le_bytes([i0, i1, i2, i3, i4, i5, i6, i7]), body: rest.get(..len)? })
    }

    /// The packet.
    pub fn encode(&self) -> Vec<u8> {
        let mut packet = Vec::with_capacity(HEADER_LEN + self.body.len());
        packet.extend_from_slice(&[0; 8]);
        packet.extend_from_slice(&self.msg_id.to_le_bytes());
        // Bodies of the exchange have a few hundred bytes.
        packet.extend_from_slice(&(self.body.len() as u32).to_le_bytes());
        packet.extend_from_slice(self.body);
        packet
    }
}

/// Makes the identifiers of plain messages: rising, with the time in the upper half.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlainIds {
    last: i64,
}

impl PlainIds {
    /// The next identifier; `low` is 0 for a client and 1 for a server's answer.
    pub(crate) fn next(&mut self, now: Now, low: i64) -> i64 {
        let seconds = now.unix_secs().min(i64::from(i32::MAX));
        let fraction = i64::from(now.unix.subsec_nanos()) * (1 << 32) / 1_000_000_000;
        let id = (seconds << 32 | fraction) & !3 | low;
        self.last = id.max(self.last.saturating_add(4));
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_and_what_follows_it_is_ignored() {
        let message = PlainMessage { msg_id: 0x0123_4567_89ab_cdef, body: &[1, 2, 3, 4, 5, 6, 7, 8] };
        let mut packet = message.encode();
        assert!(is_plain(&packet));
        packet.extend_from_slice(&[9; 15]);
        assert_eq!(PlainMessage::decode(&packet), Some(message));
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let packet = PlainMessage { msg_id: 0, body: &[1, 2, 3, 4] }.encode();
        for len in 0..packet.len() {
            assert_eq!(PlainMessage::decode(&packet[..len]), None);
        }
        for len in [0, 3, 5, u32::MAX] {
            let mut bad = packet.clone();
            bad[16..20].copy_from_slice(&len.to_le_bytes());
            assert_eq!(PlainMessage::decode(&bad), None);
        }
        let mut encrypted = packet.clone();
        encrypted[3] = 1;
        assert_eq!(PlainMessage::decode(&encrypted), None);
    }

    #[test]
    fn identifiers_rise_even_when_the_clock_stands_or_falls() {
        let mut ids = PlainIds::default();
        let now = Now::from_unix_secs(1_700_000_000);
        let first = ids.next(now, 1);
        assert_eq!((first >> 32, first & 3), (1_700_000_000, 1));
        let second = ids.next(now, 1);
        let third = ids.next(Now::from_unix_secs(1_600_000_000), 1);
        assert!(first < second && second < third && third & 3 == 1);
    }
}
