use super::{Frame, Step};
use crate::transport::TransportError;

/// Length, number and checksum.
const OVERHEAD: usize = 12;

pub(super) fn encode(packet: &[u8], number: u32, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&((packet.len() + OVERHEAD) as u32).to_le_bytes());
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(packet);
    let checksum = crc32fast::hash(&out[start..]);
    out.extend_from_slice(&checksum.to_le_bytes());
}

pub(super) fn decode(bytes: &[u8], number: u32, max_len: usize) -> Result<Step, TransportError> {
    let Some(first) = bytes.first_chunk() else { return Ok(Step::More { missing: 1 }) };
    let end = u32::from_le_bytes(*first) as usize;
    let (min, max) = (OVERHEAD + 1, max_len.saturating_add(OVERHEAD));
    if !(min..=max).contains(&end) {
        return Err(TransportError::FrameLength { len: end, min, max });
    }
    let Some((frame, checksum)) = bytes.get(..end).and_then(|frame| frame.split_last_chunk()) else {
        return Ok(Step::More { missing: end.saturating_sub(bytes.len()) });
    };
    if crc32fast::hash(frame) != u32::from_le_bytes(*checksum) {
        return Err(TransportError::FrameChecksum);
    }
    match frame.get(4..).and_then(|rest| rest.first_chunk()) {
        Some(found) if u32::from_le_bytes(*found) == number => {}
        Some(found) => {
            let found = u32::from_le_bytes(*found);
            return Err(TransportError::FrameSequence { expected: number, found });
        }
        None => return Ok(Step::More { missing: 1 }),
    }
    Ok(Step::Frame(Frame { start: 8, stop: frame.len(), end, quick_ack: false }))
}
