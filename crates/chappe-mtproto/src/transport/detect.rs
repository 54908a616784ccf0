//! Which transport a client speaks, from its first bytes.

use super::{Framing, INIT_LEN};

/// What the first bytes of a connection say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detected {
    /// More bytes are needed.
    More,
    /// A framing without obfuscation, and how many opening bytes to skip.
    Plain(Framing, usize),
    /// A HTTP request, perhaps the upgrade to WebSocket.
    Http,
    /// A TLS client hello: fake TLS, or a client that takes us for a web server.
    Tls,
    /// Nothing known: with all 64 bytes at hand, try obfuscation.
    Obfuscated,
}

const HTTP_METHODS: [[u8; 4]; 4] = [*b"HEAD", *b"POST", *b"GET ", *b"OPTI"];
/// A handshake record of TLS; byte 5 of a client hello is 1.
const TLS_RECORD: [u8; 3] = [0x16, 0x03, 0x01];
/// The beginning that clients avoid: a client hello of 512 to 767 bytes.
const TLS_HELLO: [u8; 4] = [0x16, 0x03, 0x01, 0x02];

/// Looks at all bytes received so far, at least as many as arrived first. The answer does not depend on how they
/// were cut: as long as two answers are possible it is [`Detected::More`].
pub(super) fn detect(bytes: &[u8]) -> Detected {
    let Some(&first) = bytes.first() else { return Detected::More };
    if first == 0xef {
        return Detected::Plain(Framing::Abridged, 1);
    }
    let Some(head) = bytes.first_chunk::<4>() else { return Detected::More };
    match Framing::from_tag(*head) {
        Some(framing @ (Framing::Intermediate | Framing::PaddedIntermediate)) => {
            return Detected::Plain(framing, 4);
        }
        _ if HTTP_METHODS.contains(head) => return Detected::Http,
        _ => {}
    }
    if bytes.len() < 8 {
        return Detected::More;
    }
    if bytes.starts_with(&TLS_RECORD) && bytes.get(5) == Some(&1) {
        return Detected::Tls;
    }
    if bytes.get(4..8) == Some(&[0; 4]) {
        return Detected::Plain(Framing::Full, 0);
    }
    if bytes.len() < INIT_LEN { Detected::More } else { Detected::Obfuscated }
}

/// Whether the opening of an obfuscated connection could be taken for another transport, so that it must be drawn
/// again.
pub(super) fn looks_plain(init: &[u8; INIT_LEN]) -> bool {
    let [a, b, c, d, e, f, g, h, ..] = *init;
    let head = [a, b, c, d];
    a == 0xef
        || head == [0xee; 4]
        || head == [0xdd; 4]
        || head == TLS_HELLO
        || HTTP_METHODS.contains(&head)
        // Not asked for by the protocol: the longer hellos that our own detection knows.
        || (head.starts_with(&TLS_RECORD) && f == 1)
        || [e, f, g, h] == [0; 4]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transport_is_known_by_its_first_bytes() {
        let cases: [(&[u8], Detected); 9] = [
            (&[0xef], Detected::Plain(Framing::Abridged, 1)),
            (&[0xee; 4], Detected::Plain(Framing::Intermediate, 4)),
            (&[0xdd; 4], Detected::Plain(Framing::PaddedIntermediate, 4)),
            (&[0x34, 0, 0, 0, 0, 0, 0, 0], Detected::Plain(Framing::Full, 0)),
            (b"GET /apiws", Detected::Http),
            (b"OPTIONS *", Detected::Http),
            (&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc], Detected::Tls),
            (&[0x16, 3, 1, 7, 0xff, 1, 0, 7], Detected::Tls),
            (&[0x55; 64], Detected::Obfuscated),
        ];
        for (bytes, expected) in cases {
            assert_eq!(detect(bytes), expected, "{bytes:02x?}");
        }
        assert_eq!(detect(&[]), Detected::More);
        assert_eq!(detect(&[0x55; 63]), Detected::More);
        assert_eq!(detect(b"GET"), Detected::More);
    }

    #[test]
    fn what_clients_avoid_is_what_would_be_detected() {
        let mut init = [0x55; INIT_LEN];
        assert!(!looks_plain(&init));
        for head in
            [*b"HEAD", *b"POST", *b"GET ", *b"OPTI", [0xee; 4], [0xdd; 4], [0x16, 3, 1, 2], [0xef, 1, 2, 3]]
        {
            init[..4].copy_from_slice(&head);
            assert!(looks_plain(&init), "{head:02x?}");
        }
        init[..8].copy_from_slice(&[1, 2, 3, 4, 0, 0, 0, 0]);
        assert!(looks_plain(&init));
    }
}
