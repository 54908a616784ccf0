//! WebSocket (RFC 6455) as Telegram uses it, for both roles: the upgrade, frames, and closing.
//!
//! * The path is `/apiws`, for test data centres `/apiws_test`; the subprotocol is `binary`.
//! * Only binary frames. Where a message begins and ends means nothing: together they are one byte stream, and that
//!   stream is obfuscated ([`ServerTransportConfig::websocket`](super::ServerTransportConfig::websocket)).
//! * The close code is always 1000; a transport error stands as a decimal number in the reason.
//!
//! Source: <https://core.telegram.org/mtproto/transports#websocket>

mod close;
mod frame;
mod handshake;

pub use close::CloseReason;
pub use frame::{WebSocket, WebSocketEvent, WebSocketRole};
pub use handshake::{
    PATH, Request, SUBPROTOCOL, TEST_PATH, accept_key, client_key, client_request, verify_response,
};

#[cfg(test)]
mod tests;
