//! Which side of a connection or chat somebody is.

/// Which side sent a message. It decides which bytes of the shared key are used (`x` in the formulas), so that a
/// message reflected to its sender does not decrypt.
///
/// The client of an MTProto connection and the creator of a secret chat are the initiator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The client, or the creator of a secret chat: `x = 0`.
    Initiator,
    /// The server, or the participant of a secret chat: `x = 8`.
    Responder,
}

impl Role {
    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }

    /// The offset `x` into the key for messages sent by this side.
    pub const fn key_offset(self) -> usize {
        match self {
            Self::Initiator => 0,
            Self::Responder => 8,
        }
    }
}
