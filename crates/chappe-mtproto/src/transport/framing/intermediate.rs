use super::{Frame, Side, Step};
use crate::transport::TransportError;

/// The bit of the length that asks for a quick ack, or marks one.
const QUICK_ACK: u32 = 0x8000_0000;

/// Appends the header of a frame of `len` bytes. Lengths are bounded by the caller.
pub(super) fn header(len: usize, quick_ack: bool, out: &mut Vec<u8>) {
    let flag = if quick_ack { QUICK_ACK } else { 0 };
    out.extend_from_slice(&(len as u32 | flag).to_le_bytes());
}

pub(super) fn encode(packet: &[u8], quick_ack: bool, out: &mut Vec<u8>) {
    header(packet.len(), quick_ack, out);
    out.extend_from_slice(packet);
}

pub(super) fn decode(bytes: &[u8], side: Side, max_len: usize) -> Result<Step, TransportError> {
    let Some(first) = bytes.first_chunk() else { return Ok(Step::More { missing: 1 }) };
    let word = u32::from_le_bytes(*first);
    let quick_ack = word & QUICK_ACK != 0;
    if quick_ack && side == Side::Client {
        return Ok(Step::QuickAck(word));
    }
    let len = (word & !QUICK_ACK) as usize;
    if !(4..=max_len).contains(&len) {
        return Err(TransportError::FrameLength { len, min: 4, max: max_len });
    }
    let end = 4 + len;
    if bytes.len() < end {
        return Ok(Step::More { missing: end - bytes.len() });
    }
    Ok(Step::Frame(Frame { start: 4, stop: end, end, quick_ack }))
}
