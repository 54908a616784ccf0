//! Layers of the secret-chat schema: a number of their own, unrelated to the API's layers.

/// A layer of the secret-chat schema.
///
/// Source: <https://core.telegram.org/api/end-to-end#layer>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretLayer(pub i32);

impl SecretLayer {
    /// The first layer with wrapped, numbered messages.
    pub const WRAPPER: Self = Self(17);
    /// The first layer with the 288-bit key picture and entities.
    pub const ENTITIES: Self = Self(46);
    /// The first layer with MTProto 2.0, and the lowest we ever write.
    pub const MTPROTO2: Self = Self(73);
    /// The first layer with underline, strike and quote.
    pub const UNDERLINE: Self = Self(101);
    /// The first layer with 64-bit file sizes.
    pub const LARGE_FILES: Self = Self(143);
    /// The first layer with spoilers and custom emoji: the newest, and what we announce.
    pub const CURRENT: Self = Self(144);

    /// The layer to write messages in: the lower of both sides, but never below [`SecretLayer::MTPROTO2`].
    #[must_use]
    pub fn to_send(local: Self, peer: Self) -> Self {
        local.min(peer).min(Self::CURRENT).max(Self::MTPROTO2)
    }
}

impl std::fmt::Display for SecretLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
