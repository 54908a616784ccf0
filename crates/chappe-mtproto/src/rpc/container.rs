//! `msg_container#73f1f8dc messages:vector<%Message> = MessageContainer`, with
//! `message msg_id:long seqno:int bytes:int body:Object = Message` bare inside.

use chappe_tl::{DecodeError, Reader};

use super::service::ids;
use crate::session::{MsgId, SeqNo, limits};

/// Bytes that a container adds to its items: id and count.
pub const CONTAINER_HEADER_LEN: usize = 8;
/// Bytes that each item adds to its body.
pub const ITEM_HEADER_LEN: usize = 16;

/// One message in a container, borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// Its own id.
    pub msg_id: MsgId,
    /// Its own number.
    pub seq_no: SeqNo,
    /// TL bytes of one object.
    pub body: &'a [u8],
}

/// Why a container is refused as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// Truncated, or bytes are left.
    #[error(transparent)]
    Tl(#[from] DecodeError),
    /// More items than permitted.
    #[error("{count} messages in a container are too many")]
    TooManyItems {
        /// How many it claims.
        count: u32,
    },
    /// The length of an item is not a multiple of four, or too short for an object.
    #[error("a message in a container claims a length of {len} bytes")]
    ItemLen {
        /// The claimed length.
        len: u32,
    },
    /// A container in a container.
    #[error("a container holds another container")]
    Nested,
}

/// Whether `body` is a container.
pub fn is_container(body: &[u8]) -> bool {
    body.first_chunk().is_some_and(|id| u32::from_le_bytes(*id) == ids::MSG_CONTAINER)
}

/// Reads one bare `message`.
pub(crate) fn read_message<'a>(reader: &mut Reader<'a>) -> Result<Item<'a>, ContainerError> {
    let msg_id = MsgId(reader.i64()?);
    let seq_no = SeqNo(reader.i32()?);
    let len = reader.u32()?;
    if !len.is_multiple_of(4) || len < 4 {
        return Err(ContainerError::ItemLen { len });
    }
    let body = reader.take(len as usize)?;
    Ok(Item { msg_id, seq_no, body })
}

/// Reads a container whose items fill it exactly. An empty one is legal.
///
/// # Errors
/// It is malformed; none of its items may then be used.
pub fn parse(body: &[u8]) -> Result<Vec<Item<'_>>, ContainerError> {
    let mut reader = Reader::new(body);
    reader.expect_id(ids::MSG_CONTAINER)?;
    let count = reader.u32()?;
    if count as usize > limits::MAX_CONTAINER_ITEMS {
        return Err(ContainerError::TooManyItems { count });
    }
    let mut items = Vec::with_capacity((count as usize).min(reader.remaining() / (ITEM_HEADER_LEN + 4)));
    for _ in 0..count {
        let item = read_message(&mut reader)?;
        if is_container(item.body) {
            return Err(ContainerError::Nested);
        }
        items.push(item);
    }
    reader.finish()?;
    Ok(items)
}

/// Writes what stands before the items of a container.
pub(crate) fn write_head(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&ids::MSG_CONTAINER.to_le_bytes());
    out.extend_from_slice(&(count as u32).to_le_bytes());
}

/// Writes what stands before the body of an item.
pub(crate) fn write_item_head(out: &mut Vec<u8>, msg_id: MsgId, seq_no: SeqNo, body_len: usize) {
    out.extend_from_slice(&msg_id.0.to_le_bytes());
    out.extend_from_slice(&seq_no.0.to_le_bytes());
    out.extend_from_slice(&(body_len as u32).to_le_bytes());
}

/// Writes a container.
pub fn write<'a>(items: impl ExactSizeIterator<Item = Item<'a>> + Clone) -> Vec<u8> {
    let len = items.clone().map(|item| item.body.len() + ITEM_HEADER_LEN).sum::<usize>();
    let mut out = Vec::with_capacity(CONTAINER_HEADER_LEN + len);
    write_head(&mut out, items.len());
    for item in items {
        write_item_head(&mut out, item.msg_id, item.seq_no, item.body.len());
        out.extend_from_slice(item.body);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: i64, body: &[u8]) -> Item<'_> {
        Item { msg_id: MsgId(id), seq_no: SeqNo(1), body }
    }

    #[test]
    fn items_come_back() {
        let items = [item(4, b"abcd"), item(8, b"efghijkl")];
        let bytes = write(items.iter().copied());
        assert_eq!(parse(&bytes).unwrap(), items);
        assert_eq!(parse(&write([].iter().copied())).unwrap(), []);
    }

    #[test]
    fn malformed_containers_are_refused_as_a_whole() {
        let good = write([item(4, b"abcd"), item(8, b"efgh")].iter().copied());
        for len in 0..good.len() {
            assert!(parse(&good[..len]).is_err(), "cut at {len}");
        }
        let mut trailing = good.clone();
        trailing.extend_from_slice(&[0; 4]);
        assert_eq!(parse(&trailing), Err(ContainerError::Tl(DecodeError::TrailingBytes { count: 4 })));
        let mut odd_len = good.clone();
        odd_len[20] = 3;
        assert_eq!(parse(&odd_len), Err(ContainerError::ItemLen { len: 3 }));
        let mut huge = good.clone();
        huge[20..24].copy_from_slice(&0xffff_fffc_u32.to_le_bytes());
        assert!(parse(&huge).is_err());
        let nested = write([item(12, &good)].iter().copied());
        assert_eq!(parse(&nested), Err(ContainerError::Nested));
        let mut many = good;
        many[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(parse(&many), Err(ContainerError::TooManyItems { count: u32::MAX }));
    }
}
