use super::{Frame, Side, Step};
use crate::transport::TransportError;

/// The first byte that says "three more bytes of length follow".
const LONG: u8 = 0x7f;

pub(super) fn encode(packet: &[u8], quick_ack: bool, out: &mut Vec<u8>) {
    let words = packet.len() / 4;
    let flag = if quick_ack { 0x80 } else { 0 };
    match u8::try_from(words) {
        Ok(short) if short < LONG => out.push(short | flag),
        _ => {
            let [a, b, c, ..] = words.to_le_bytes();
            out.extend_from_slice(&[LONG | flag, a, b, c]);
        }
    }
    out.extend_from_slice(packet);
}

pub(super) fn decode(bytes: &[u8], side: Side, max_len: usize) -> Result<Step, TransportError> {
    let Some(&first) = bytes.first() else { return Ok(Step::More { missing: 1 }) };
    let top = first & 0x80 != 0;
    if top && side == Side::Client {
        // The token travels with its top byte first, so that it cannot be taken for a length.
        let Some(token) = bytes.first_chunk() else { return Ok(Step::More { missing: 1 }) };
        return Ok(Step::QuickAck(u32::from_be_bytes(*token)));
    }
    let (header, words) = match first & 0x7f {
        LONG => {
            let Some(&[_, a, b, c]) = bytes.first_chunk() else { return Ok(Step::More { missing: 1 }) };
            (4, u32::from_le_bytes([a, b, c, 0]))
        }
        short => (1, u32::from(short)),
    };
    // At most 2^26, which fits everywhere.
    let len = words as usize * 4;
    if len == 0 || len > max_len {
        return Err(TransportError::FrameLength { len, min: 4, max: max_len });
    }
    let end = header + len;
    if bytes.len() < end {
        return Ok(Step::More { missing: end - bytes.len() });
    }
    Ok(Step::Frame(Frame { start: header, stop: end, end, quick_ack: top }))
}
