use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::*;

const ALL: [Framing; 4] =
    [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate, Framing::Full];

fn decode(framing: Framing, side: Side, bytes: &[u8]) -> Result<Step, TransportError> {
    Codec::new(framing, side).decode(bytes, 1 << 16)
}

#[test]
fn a_length_above_the_cap_is_refused_from_the_header_alone() {
    let long = ((1_u32 << 16) + 100).to_le_bytes();
    assert!(matches!(
        decode(Framing::Abridged, Side::Server, &[0x7f, 0x01, 0x40, 0]),
        Err(TransportError::FrameLength { len: 65_540, .. })
    ));
    for framing in [Framing::Intermediate, Framing::PaddedIntermediate, Framing::Full] {
        let result = decode(framing, Side::Server, &long);
        assert!(matches!(result, Err(TransportError::FrameLength { len: 65_636, .. })), "{framing:?}");
    }
}

#[test]
fn an_empty_frame_is_refused() {
    for side in [Side::Client, Side::Server] {
        for framing in ALL {
            let bytes: &[u8] = if framing == Framing::Abridged { &[0] } else { &[0; 12] };
            let result = decode(framing, side, bytes);
            assert!(matches!(result, Err(TransportError::FrameLength { .. })), "{framing:?} {result:?}");
        }
    }
    assert!(decode(Framing::Full, Side::Client, &12_u32.to_le_bytes()).is_err());
}

#[test]
fn what_cannot_be_framed_is_refused_and_leaves_no_bytes() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut out = Vec::new();
    for framing in ALL {
        let mut codec = Codec::new(framing, Side::Client);
        for len in [0, 1 << 24] {
            let result = codec.encode(&vec![0; len], false, &mut out, &mut rng);
            assert!(matches!(result, Err(TransportError::PacketLength { .. })), "{framing:?} {len}");
        }
    }
    let mut codec = Codec::new(Framing::Abridged, Side::Client);
    assert!(codec.encode(&[0; 41], false, &mut out, &mut rng).is_err());
    assert!(out.is_empty());
}

#[test]
fn a_damaged_or_misplaced_full_frame_is_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut codec = Codec::new(Framing::Full, Side::Client);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    codec.encode(&[1; 40], false, &mut first, &mut rng).unwrap();
    codec.encode(&[2; 40], false, &mut second, &mut rng).unwrap();
    assert_eq!(
        decode(Framing::Full, Side::Server, &second),
        Err(TransportError::FrameSequence { expected: 0, found: 1 })
    );
    first[20] ^= 1;
    assert_eq!(decode(Framing::Full, Side::Server, &first), Err(TransportError::FrameChecksum));
}

#[test]
fn padding_stays_within_what_each_side_may_write() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (side, most) in [(Side::Client, 15), (Side::Server, 3)] {
        let mut longest = 0;
        for _ in 0..300 {
            let mut out = Vec::new();
            let mut codec = Codec::new(Framing::PaddedIntermediate, side);
            codec.encode(&[7; 40], false, &mut out, &mut rng).unwrap();
            longest = longest.max(out.len() - 44);
        }
        assert_eq!(longest, most);
    }
}
