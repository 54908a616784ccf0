//! The encrypted packet: `auth_key_id | msg_key | IGE(salt | session_id | msg_id | seq_no | len | body | padding)`.
//!
//! [`open`] is the only way to a [`Plain`], and it looks at nothing before `msg_key` is checked over every byte.

use chappe_crypto::{AuthKey, AuthKeyId, CryptoRng, Role, message, padding};

use super::{MsgId, SeqNo, SessionId};

const OUTER_LEN: usize = 24;
const HEADER_LEN: usize = 32;
const MIN_CIPHERTEXT_LEN: usize = 48;

/// What stands before the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) salt: i64,
    pub(crate) session_id: SessionId,
    pub(crate) msg_id: MsgId,
    pub(crate) seq_no: SeqNo,
}

/// An authentic message.
pub(crate) struct Plain {
    packet: Vec<u8>,
    body_len: usize,
    pub(crate) header: Header,
    pub(crate) quick_ack_token: u32,
}

impl Plain {
    pub(crate) fn body(&self) -> &[u8] {
        let start = OUTER_LEN + HEADER_LEN;
        self.packet.get(start..start + self.body_len).unwrap_or_default()
    }

    /// The last bytes of the body, where they are.
    pub(crate) fn into_tail(self, len: usize) -> Vec<u8> {
        let mut tail = self.packet;
        tail.truncate(OUTER_LEN + HEADER_LEN + self.body_len);
        tail.drain(..tail.len().saturating_sub(len));
        tail
    }
}

impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plain")
            .field("header", &self.header)
            .field("body_len", &self.body_len)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// Too short, or made with another key.
    ForeignKey,
    /// The check of `msg_key` failed.
    Undecryptable,
    /// Authentic, but with an impossible length or padding.
    Malformed,
}

/// The key that a packet claims to be encrypted with; `None` if it is too short for one.
pub(crate) fn auth_key_id(packet: &[u8]) -> Option<AuthKeyId> {
    packet.first_chunk().map(|id| AuthKeyId::from_le_bytes(*id))
}

/// Decrypts in place and checks all that can be checked without a session. Up to 15 bytes that a padding transport has
/// left at the end are dropped.
pub(crate) fn open(key: &AuthKey, sender: Role, mut packet: Vec<u8>) -> Result<Plain, OpenError> {
    if packet.len() < OUTER_LEN + MIN_CIPHERTEXT_LEN || auth_key_id(&packet) != Some(key.id()) {
        return Err(OpenError::ForeignKey);
    }
    packet.truncate(OUTER_LEN + ((packet.len() - OUTER_LEN) & !15));
    let (outer, data) = packet.split_at_mut(OUTER_LEN);
    let msg_key: &[u8; 16] = outer.last_chunk().ok_or(OpenError::ForeignKey)?;
    let quick_ack_token = message::open_with_quick_ack(key.as_bytes(), sender, msg_key, data)
        .map_err(|_| OpenError::Undecryptable)?;
    let total_len = data.len();
    let mut reader = chappe_tl::Reader::new(data);
    let mut read = || -> Result<(Header, u32), chappe_tl::DecodeError> {
        let header = Header {
            salt: reader.i64()?,
            session_id: SessionId(reader.i64()?),
            msg_id: MsgId(reader.i64()?),
            seq_no: SeqNo(reader.i32()?),
        };
        Ok((header, reader.u32()?))
    };
    let (header, len) = read().map_err(|_| OpenError::Malformed)?;
    let body_len = len as usize;
    let padding_len = (total_len - HEADER_LEN).checked_sub(body_len).ok_or(OpenError::Malformed)?;
    if !len.is_multiple_of(4) || !(padding::MIN_PADDING..=padding::MAX_PADDING).contains(&padding_len) {
        return Err(OpenError::Malformed);
    }
    Ok(Plain { packet, body_len, header, quick_ack_token })
}

/// Pads and encrypts a body of so many bytes, which `write_body` appends to the packet: nothing is copied twice. Returns the
/// packet and its quick acknowledgement token.
pub(crate) fn seal(
    key: &AuthKey,
    sender: Role,
    header: &Header,
    (body_len, write_body): (usize, impl FnOnce(&mut Vec<u8>)),
    rng: &mut impl CryptoRng,
) -> Result<(Vec<u8>, u32), chappe_crypto::Error> {
    let total_len = padding::padded_len(HEADER_LEN + body_len);
    let mut packet = Vec::with_capacity(OUTER_LEN + total_len);
    packet.extend_from_slice(&key.id().to_le_bytes());
    packet.extend_from_slice(&[0; 16]);
    packet.extend_from_slice(&header.salt.to_le_bytes());
    packet.extend_from_slice(&header.session_id.0.to_le_bytes());
    packet.extend_from_slice(&header.msg_id.0.to_le_bytes());
    packet.extend_from_slice(&header.seq_no.0.to_le_bytes());
    packet.extend_from_slice(&(body_len as u32).to_le_bytes());
    write_body(&mut packet);
    let padding_start = packet.len();
    debug_assert_eq!(padding_start, OUTER_LEN + HEADER_LEN + body_len);
    packet.resize(OUTER_LEN + total_len, 0);
    if let Some(padding) = packet.get_mut(padding_start..) {
        rng.fill_bytes(padding);
    }
    let (outer, data) = packet.split_at_mut(OUTER_LEN);
    let sealed = message::seal(key.as_bytes(), sender, data)?;
    if let Some(place) = outer.last_chunk_mut() {
        *place = sealed.msg_key.0;
    }
    Ok((packet, sealed.quick_ack))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;
    use serde_json::Value;

    fn hex(value: &Value) -> Vec<u8> {
        let text = value.as_str().unwrap();
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    fn sender(case: &Value) -> Role {
        match case["direction"].as_str().unwrap() {
            "client_to_server" => Role::Initiator,
            _ => Role::Responder,
        }
    }

    fn check_fields(case: &Value, plain: &Plain) {
        let fields = &case["fields"];
        assert_eq!(plain.header.salt, fields["salt"].as_i64().unwrap());
        assert_eq!(plain.header.session_id.0, fields["session_id"].as_i64().unwrap());
        assert_eq!(plain.header.msg_id.0, fields["msg_id"].as_i64().unwrap());
        assert_eq!(i64::from(plain.header.seq_no.0), fields["seq_no"].as_i64().unwrap());
        assert_eq!(plain.body(), hex(&fields["body"]));
    }

    #[test]
    fn every_vector_opens_or_is_refused_as_it_must() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../tests/vectors/messages_v2.json")).unwrap();
        let mut count = 0;
        for case in vectors["public"].as_array().unwrap() {
            let key = AuthKey::from_slice(&hex(&case["auth_key"])).unwrap();
            let mut packet = hex(&case["packet"]);
            if case["fields"].is_null() {
                // Raw plaintext without a header: only the cipher can be checked.
                let data = &mut packet[OUTER_LEN..];
                let msg_key: [u8; 16] = hex(&case["packet"])[8..24].try_into().unwrap();
                message::open(key.as_bytes(), sender(case), &msg_key, data).unwrap();
                assert_eq!(data, hex(&case["plaintext_with_padding"]));
            } else {
                check_fields(case, &open(&key, sender(case), packet).unwrap());
                if !case["also_valid_with_trailing_bytes"].is_null() {
                    let longer = hex(&case["also_valid_with_trailing_bytes"]);
                    check_fields(case, &open(&key, sender(case), longer).unwrap());
                }
            }
            count += 1;
        }
        let own_session = vectors["public_session_id"].as_i64().unwrap();
        for case in vectors["public_negative"].as_array().unwrap() {
            let key = AuthKey::from_slice(&hex(&case["auth_key"])).unwrap();
            let why = case["why"].as_str().unwrap();
            match open(&key, sender(case), hex(&case["packet"])) {
                Err(OpenError::Undecryptable) => assert!(!case["authentic"].as_bool().unwrap(), "{why}"),
                Err(_) => assert!(why.contains("padding") || why.contains("length"), "{why}"),
                Ok(plain) => assert_ne!(plain.header.session_id.0, own_session, "{why}"),
            }
            count += 1;
        }
        let computed = &vectors["computed_with_auth_key_of_sample_2024"];
        let key = AuthKey::from_slice(&hex(&computed["auth_key"])).unwrap();
        for case in computed["cases"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let opened = open(&key, sender(case), hex(&case["packet"]));
            if case["valid"].as_bool().unwrap() {
                let plain = opened.unwrap();
                check_fields(case, &plain);
                if sender(case) == Role::Initiator {
                    let token = hex(&case["quick_ack_token_le_bytes"]);
                    assert_eq!(plain.quick_ack_token.to_le_bytes(), token[..], "{name}");
                }
            } else if name.contains("even msg_id") {
                assert_eq!(opened.unwrap().header.msg_id.0 & 1, 0, "for the session to refuse");
            } else {
                assert_eq!(opened.unwrap_err(), OpenError::Malformed, "{name}");
            }
            // A bit changed anywhere ends in one and the same way, and so does the other direction.
            let packet = hex(&case["packet"]);
            for at in (8..packet.len()).step_by(7) {
                let mut forged = packet.clone();
                forged[at] ^= 0x10;
                assert_eq!(open(&key, sender(case), forged).unwrap_err(), OpenError::Undecryptable);
            }
            assert_eq!(open(&key, sender(case).opposite(), packet).unwrap_err(), OpenError::Undecryptable);
            count += 1;
        }
        assert_eq!(count, 4 + 5 + 12);
    }

    #[test]
    fn what_is_sealed_opens() {
        let key = AuthKey::new([9; 256]);
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        for len in (0..3000).step_by(4) {
            let header = Header { salt: 1, session_id: SessionId(2), msg_id: MsgId(3), seq_no: SeqNo(4) };
            let body = vec![7; len];
            let written = |out: &mut Vec<u8>| out.extend_from_slice(&body);
            let (packet, token) = seal(&key, Role::Initiator, &header, (len, written), &mut rng).unwrap();
            let plain = open(&key, Role::Initiator, packet.clone()).unwrap();
            assert_eq!((plain.header, plain.body(), plain.quick_ack_token), (header, &body[..], token));
            assert_eq!(open(&key, Role::Initiator, packet[..packet.len() - 16].to_vec()).unwrap_err(), {
                if packet.len() <= 24 + 63 { OpenError::ForeignKey } else { OpenError::Undecryptable }
            });
        }
    }
}
