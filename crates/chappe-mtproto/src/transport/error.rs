use std::fmt;

/// Why a transport gave up. After any error of [`ClientTransport::poll`](super::ClientTransport::poll) or
/// [`ServerTransport::poll`](super::ServerTransport::poll) the stream has lost its place: close the connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    // The peer sent something that cannot be.
    /// The checksum of a full frame does not fit its bytes.
    #[error("the checksum of a full frame does not fit its bytes: they were damaged on the way")]
    FrameChecksum,
    /// A frame is empty, too short for its framing, or longer than this side accepts.
    #[error(
        "a frame claims {len} bytes, and {min} to {max} are accepted: the peer does not speak this framing"
    )]
    FrameLength {
        /// Claimed length in bytes.
        len: usize,
        /// Shortest accepted, in bytes.
        min: usize,
        /// Longest accepted, in bytes.
        max: usize,
    },
    /// The number of a full frame is not the next one.
    #[error("a full frame has number {found} where {expected} was due: frames were lost, added or swapped")]
    FrameSequence {
        /// The number that was due.
        expected: u32,
        /// The number received.
        found: u32,
    },
    /// A packet too short to be a message is no transport error and no quick ack either.
    #[error("a packet of {len} bytes is neither a message nor a transport error")]
    ShortPacket {
        /// Length of the packet in bytes.
        len: usize,
    },
    /// The first bytes of a connection belong to no transport, or to none that the configuration admits.
    #[error(
        "the first bytes belong to no accepted transport: the peer speaks another protocol or has another proxy secret"
    )]
    UnknownTransport,

    // Fake TLS.
    /// The peer's hello is not from somebody who knows the secret. A proxy passes such a connection on to the real
    /// host of the domain.
    #[error("the TLS hello does not prove knowledge of the proxy secret")]
    FakeTlsHello,
    /// A record of a type, version or length that fake TLS does not have at this point.
    #[error("a TLS record of type {kind:#04x} and {len} bytes is not expected here")]
    FakeTlsRecord {
        /// The type byte.
        kind: u8,
        /// Claimed length in bytes.
        len: usize,
    },

    // WebSocket.
    /// The peer broke a rule of RFC 6455.
    #[error("WebSocket: {rule}")]
    WebSocket {
        /// The rule that was broken.
        rule: &'static str,
    },

    // The caller asked for something that cannot be.
    /// The full framing has no tag, so it cannot be obfuscated.
    #[error("the full framing cannot be obfuscated; choose another framing or no obfuscation")]
    FullObfuscated,
    /// The packet cannot be framed.
    #[error(
        "a packet of {len} bytes cannot be sent: packets have 8 to {max} bytes, in abridged framing a multiple of 4"
    )]
    PacketLength {
        /// Length of the packet in bytes.
        len: usize,
        /// Longest possible, in bytes.
        max: usize,
    },
    /// The proxy secret demands the padded intermediate framing.
    #[error("this proxy secret demands the padded intermediate framing")]
    PaddingRequired,
    /// A proxy secret could not be read.
    #[error("unusable proxy secret: {reason}")]
    ProxySecret {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nothing can be sent before the transport of the peer is known, or after the connection was handed over.
    #[error("the transport of the peer is not known yet, so nothing can be sent")]
    NotReady,
    /// Redrawing random bytes did not help.
    #[error("the random generator keeps giving unusable bytes: check where it takes its entropy from")]
    Randomness,
}

/// The code of a transport error: four bytes in place of a packet, always negative.
///
/// They are **not authenticated**: anybody on the path can write them. So a client never does more about them than
/// to reconnect and to make new *temporary* keys; it never deletes a permanent key for one.
///
/// Source: <https://core.telegram.org/mtproto/mtproto-transports#transport-errors>
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransportErrorCode(pub i32);

impl TransportErrorCode {
    /// -403: forbidden. Close and back off.
    pub const FORBIDDEN: Self = Self(-403);
    /// -404: the server does not know the key, or refuses a query of the auth key exchange. With a temporary key: make
    /// a new one and bind it. With a permanent key: try again, also at another address; ask the user before the key
    /// is given up.
    pub const UNKNOWN_KEY: Self = Self(-404);
    /// -429: too many connections or packets from this address. Close and back off, with jitter.
    pub const FLOOD: Self = Self(-429);
    /// -444: the wrong data centre (also test for production, or the wrong number through a proxy). Load the list of
    /// data centres anew.
    pub const WRONG_DC: Self = Self(-444);

    /// What a client does about this code.
    pub const fn reaction(self) -> Reaction {
        match self {
            Self::UNKNOWN_KEY => Reaction::RenewTemporaryKey,
            Self::WRONG_DC => Reaction::ReloadConfig,
            _ => Reaction::BackOff,
        }
    }

    /// The four bytes on the wire.
    pub const fn to_le_bytes(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }
}

impl fmt::Debug for TransportErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransportErrorCode({})", self.0)
    }
}

impl fmt::Display for TransportErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = match *self {
            Self::FORBIDDEN => "forbidden",
            Self::UNKNOWN_KEY => "the server does not know this key",
            Self::FLOOD => "too many connections or packets",
            Self::WRONG_DC => "wrong data centre",
            _ => "unknown transport error",
        };
        write!(f, "{} ({meaning})", self.0)
    }
}

/// What a client does about a [`TransportErrorCode`]. All of them begin with closing the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reaction {
    /// Wait with growing pauses and jitter, then reconnect.
    BackOff,
    /// Load the list of data centres anew, then reconnect.
    ReloadConfig,
    /// Make and bind a new temporary key; keep a permanent one and try again.
    RenewTemporaryKey,
}
