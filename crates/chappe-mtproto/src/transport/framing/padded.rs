use rand_core::CryptoRng;

use super::{Frame, Side, Step, intermediate};
use crate::transport::TransportError;
use crate::transport::limits::{MAX_CLIENT_PADDING, MIN_MESSAGE_LEN};

/// Length of the header of an encrypted packet: auth_key_id and msg_key.
const ENCRYPTED_HEADER_LEN: usize = 24;
/// Length of the header of a plain message: auth_key_id 0, msg_id, length.
const PLAIN_HEADER_LEN: usize = 20;

fn pad(most: u32, out: &mut Vec<u8>, rng: &mut (impl CryptoRng + ?Sized), len: usize) {
    let start = out.len();
    out.resize(start + len, 0);
    debug_assert!(len <= most as usize);
    rng.fill_bytes(&mut out[start..]);
}

/// A length in `0..=most`; `most` is one less than a power of two.
fn draw(most: u32, rng: &mut (impl CryptoRng + ?Sized)) -> usize {
    (rng.next_u32() & most) as usize
}

pub(super) fn encode(
    packet: &[u8],
    quick_ack: bool,
    most: u32,
    out: &mut Vec<u8>,
    rng: &mut (impl CryptoRng + ?Sized),
) {
    let padding = draw(most, rng);
    intermediate::header(packet.len() + padding, quick_ack, out);
    out.extend_from_slice(packet);
    pad(most, out, rng, padding);
}

/// A quick ack is an ordinary frame here: -1, the token, padding.
pub(super) fn encode_quick_ack(
    token: u32,
    most: u32,
    out: &mut Vec<u8>,
    rng: &mut (impl CryptoRng + ?Sized),
) {
    let padding = draw(most, rng);
    intermediate::header(8 + padding, false, out);
    out.extend_from_slice(&[0xff; 4]);
    out.extend_from_slice(&token.to_le_bytes());
    pad(most, out, rng, padding);
}

pub(super) fn decode(bytes: &[u8], side: Side, max_len: usize) -> Result<Step, TransportError> {
    let max = max_len.saturating_add(MAX_CLIENT_PADDING as usize);
    let step = intermediate::decode(bytes, side, max)?;
    let Step::Frame(frame) = step else { return Ok(step) };
    let packet = bytes.get(frame.start..frame.stop).unwrap_or_default();
    let stop = frame.start + packet_len(packet);
    Ok(Step::Frame(Frame { stop, ..frame }))
}

/// The length of the packet without its padding, which no field announces.
fn packet_len(packet: &[u8]) -> usize {
    if packet.len() < MIN_MESSAGE_LEN {
        return packet.len();
    }
    match packet.first_chunk::<PLAIN_HEADER_LEN>() {
        Some(&[0, 0, 0, 0, 0, 0, 0, 0, .., a, b, c, d]) => {
            let body = u32::from_le_bytes([a, b, c, d]) as usize;
            PLAIN_HEADER_LEN.saturating_add(body).min(packet.len())
        }
        // What is encrypted is a whole number of blocks.
        _ => packet.len() - (packet.len() - ENCRYPTED_HEADER_LEN) % 16,
    }
}
