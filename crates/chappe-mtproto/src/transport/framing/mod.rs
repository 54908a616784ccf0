//! Where a packet begins and ends in the byte stream: the four framings.
//!
//! | framing | first bytes | a frame |
//! |---|---|---|
//! | [`Abridged`](Framing::Abridged) | `ef` | length in words as 1 or 4 bytes, packet |
//! | [`Intermediate`](Framing::Intermediate) | `eeeeeeee` | length as 4 bytes, packet |
//! | [`PaddedIntermediate`](Framing::PaddedIntermediate) | `dddddddd` | length as 4 bytes, packet, 0 to 15 random bytes |
//! | [`Full`](Framing::Full) | none | length, number, packet, CRC-32 |
//!
//! Source: <https://core.telegram.org/mtproto/mtproto-transports>

mod abridged;
mod full;
mod intermediate;
mod padded;

use rand_core::CryptoRng;

use super::TransportError;
use super::limits::{MAX_CLIENT_FRAME_LEN, MAX_CLIENT_PADDING, MAX_SERVER_PADDING};

/// How packets are delimited. Obfuscation is a layer under it and says which framing it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// One byte of overhead for packets below 508 bytes.
    Abridged,
    /// Four bytes of length.
    Intermediate,
    /// As intermediate, with random bytes after the packet so that its length says less. Made for proxies.
    PaddedIntermediate,
    /// Length, number and checksum. Cannot be obfuscated and has no quick acks.
    Full,
}

impl Framing {
    /// The bytes a client writes once before its first frame, when the connection is not obfuscated.
    pub const fn opening(self) -> &'static [u8] {
        match self {
            Self::Abridged => &[0xef],
            Self::Intermediate => &[0xee; 4],
            Self::PaddedIntermediate => &[0xdd; 4],
            Self::Full => &[],
        }
    }

    /// The tag inside the opening bytes of an obfuscated connection; `None` for [`Framing::Full`], which cannot be
    /// obfuscated.
    pub const fn tag(self) -> Option<[u8; 4]> {
        match self {
            Self::Abridged => Some([0xef; 4]),
            Self::Intermediate => Some([0xee; 4]),
            Self::PaddedIntermediate => Some([0xdd; 4]),
            Self::Full => None,
        }
    }

    /// The framing that a tag stands for.
    pub const fn from_tag(tag: [u8; 4]) -> Option<Self> {
        match tag {
            [0xef, 0xef, 0xef, 0xef] => Some(Self::Abridged),
            [0xee, 0xee, 0xee, 0xee] => Some(Self::Intermediate),
            [0xdd, 0xdd, 0xdd, 0xdd] => Some(Self::PaddedIntermediate),
            _ => None,
        }
    }
}

/// Which side of the connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

/// A complete frame at the start of the received bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// Where the packet begins.
    pub(super) start: usize,
    /// Where it ends; after that may come padding or a checksum.
    pub(super) stop: usize,
    /// Where the next frame begins.
    pub(super) end: usize,
    /// The client asks for a quick ack.
    pub(super) quick_ack: bool,
}

/// What stands at the start of the received bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// More bytes are needed: so many at least.
    More { missing: usize },
    /// A quick ack in four bytes.
    QuickAck(u32),
    /// A whole frame.
    Frame(Frame),
}

/// The length of a bare quick ack in the stream, in bytes.
pub(super) const QUICK_ACK_LEN: usize = 4;

/// One framing in both directions, with the counters it needs.
#[derive(Clone, Debug)]
pub(super) struct Codec {
    framing: Framing,
    side: Side,
    sent: u32,
    received: u32,
}

impl Codec {
    pub(super) const fn new(framing: Framing, side: Side) -> Self {
        Self { framing, side, sent: 0, received: 0 }
    }

    pub(super) const fn framing(&self) -> Framing {
        self.framing
    }

    /// Appends `packet` as a frame to `out`. A quick ack is only asked for where the framing has it.
    pub(super) fn encode(
        &mut self,
        packet: &[u8],
        quick_ack: bool,
        out: &mut Vec<u8>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), TransportError> {
        let max = MAX_CLIENT_FRAME_LEN - 16;
        let misfit = self.framing == Framing::Abridged && !packet.len().is_multiple_of(4);
        if packet.is_empty() || packet.len() > max || misfit {
            return Err(TransportError::PacketLength { len: packet.len(), max });
        }
        match self.framing {
            Framing::Abridged => abridged::encode(packet, quick_ack, out),
            Framing::Intermediate => intermediate::encode(packet, quick_ack, out),
            Framing::PaddedIntermediate => {
                let most = match self.side {
                    Side::Client => MAX_CLIENT_PADDING,
                    Side::Server => MAX_SERVER_PADDING,
                };
                padded::encode(packet, quick_ack, most, out, rng);
            }
            Framing::Full => {
                full::encode(packet, self.sent, out);
                self.sent = self.sent.wrapping_add(1);
            }
        }
        Ok(())
    }

    /// Appends a quick ack to `out`; nothing in full framing, which has none.
    pub(super) fn encode_quick_ack(
        &mut self,
        token: u32,
        out: &mut Vec<u8>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) {
        let token = token | 0x8000_0000;
        match self.framing {
            Framing::Abridged => out.extend_from_slice(&token.to_be_bytes()),
            Framing::Intermediate => out.extend_from_slice(&token.to_le_bytes()),
            Framing::PaddedIntermediate => padded::encode_quick_ack(token, MAX_SERVER_PADDING, out, rng),
            Framing::Full => {}
        }
    }

    /// The auth_key_id of a frame of more than 508 bytes that stands at the start of `bytes`, once it is there.
    pub(super) fn key_of_long_packet(&self, bytes: &[u8]) -> Option<i64> {
        let head = if self.framing == Framing::Full { 8 } else { 4 };
        bytes.get(head..)?.first_chunk().map(|id| i64::from_le_bytes(*id))
    }

    /// Looks at the start of `bytes`. The caller consumes what the step covers before it asks again.
    pub(super) fn decode(&mut self, bytes: &[u8], max_len: usize) -> Result<Step, TransportError> {
        match self.framing {
            Framing::Abridged => abridged::decode(bytes, self.side, max_len),
            Framing::Intermediate => intermediate::decode(bytes, self.side, max_len),
            Framing::PaddedIntermediate => padded::decode(bytes, self.side, max_len),
            Framing::Full => {
                let step = full::decode(bytes, self.received, max_len)?;
                if matches!(step, Step::Frame(_)) {
                    self.received = self.received.wrapping_add(1);
                }
                Ok(step)
            }
        }
    }
}

#[cfg(test)]
mod tests;
