//! How a connection looks on the wire.

pub use chappe_mtproto::transport::Framing;

/// Framing and obfuscation of the connection.
///
/// ```
/// use chappe::{Framing, Transport};
///
/// assert_eq!(Transport::default(), Transport { framing: Framing::PaddedIntermediate, obfuscated: true });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transport {
    /// Where a packet begins and ends.
    pub framing: Framing,
    /// Whether the stream looks random to an observer. It hides the protocol; it protects nothing.
    pub obfuscated: bool,
}

impl Default for Transport {
    fn default() -> Self {
        Self { framing: Framing::PaddedIntermediate, obfuscated: true }
    }
}
