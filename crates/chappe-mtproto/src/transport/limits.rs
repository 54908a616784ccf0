//! The bounds of the transports, each with its reason.

/// Longest frame a client accepts and any side sends, in bytes: abridged has 24 bits for a length in words, but no
/// message comes near that, and TL itself ends at 2^24 - 1 bytes per string.
pub const MAX_CLIENT_FRAME_LEN: usize = (1 << 24) - 1;

/// Longest frame a server accepts before the peer has shown that it holds a key, in bytes. The largest legitimate
/// packet of the auth key exchange is below 1 KiB.
pub const MAX_FRAME_LEN_BEFORE_AUTH: usize = 64 * 1024;

/// Longest frame a server accepts from a peer that holds a key, in bytes: a file part of 512 KiB in its envelope, or
/// a full container.
pub const MAX_FRAME_LEN: usize = (1 << 20) + 4096;

/// Most random bytes after a padded packet from a client.
pub const MAX_CLIENT_PADDING: u32 = 15;

/// Most random bytes after a padded packet from a server. The protocol permits 15, but stock clients exist that
/// abort on more than 3.
pub const MAX_SERVER_PADDING: u32 = 3;

/// The shortest packet that is a message, in bytes: anything shorter from a server is a transport error, a quick ack
/// or a no-op.
pub const MIN_MESSAGE_LEN: usize = 24;

/// How often the opening bytes of an obfuscated connection are drawn before the random generator counts as broken.
/// One draw in 2^8 is refused.
pub const MAX_INIT_DRAWS: u32 = 1000;

/// Longest payload of a fake TLS record that is accepted, in bytes (RFC 8446 section 5.2).
pub const MAX_TLS_RECORD_LEN: usize = (1 << 14) + 256;

/// Longest payload of a fake TLS record from a client, in bytes: what official clients write.
pub const MAX_TLS_CLIENT_RECORD_LEN: usize = 2878;

/// Longest payload of a fake TLS record from a server, in bytes: an ordinary TLS record.
pub const MAX_TLS_SERVER_RECORD_LEN: usize = 1 << 14;

/// Longest domain in a fake TLS secret, in bytes: what fits a client hello of ordinary size.
pub const MAX_TLS_DOMAIN_LEN: usize = 182;

/// Longest WebSocket frame, and longest sum of the fragments of one message, in bytes.
pub const MAX_WEBSOCKET_LEN: usize = 1 << 20;

/// Longest head of a WebSocket upgrade request or response, in bytes.
pub const MAX_HTTP_HEAD_LEN: usize = 8192;
