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
}

impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plain").field("header", &self.header).field("body_len", &self.body_len).finish_non_exhaustive()
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

/// Pads and encrypts. Returns the packet and its quick acknowledgement token.
pub(crate) fn seal(
    key: &AuthKey,
    sender: Role,
    header: &Header,
    body: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<(Vec<u8>, u32), chappe_crypto::Error> {
    let total_len = padding::padded_len(HEADER_LEN + body.len());
    let mut packet = Vec::with_capacity(OUTER_LEN + total_len);
    packet.extend_from_slice(&key.id().to_le_bytes());
    packet.extend_from_slice(&[0; 16]);
    packet.extend_from_slice(&header.salt.to_le_bytes());
    packet.extend_from_slice(&header.session_id.0.to_le_bytes());
    packet.extend_from_slice(&header.msg_id.0.to_le_bytes());
    packet.extend_from_slice(&header.seq_no.0.to_le_bytes());
    packet.extend_from_slice(&(body.len() as u32).to_le_bytes());
    packet.extend_from_slice(body);
    let padding_start = packet.len();
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
