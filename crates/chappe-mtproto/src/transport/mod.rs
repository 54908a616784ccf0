//! From the bytes of a connection to packets and back: framings, obfuscation, proxies, WebSocket.
//!
//! Layers, from the socket inwards; each is a value that takes bytes and appends bytes, so they stack freely:
//!
//! ```text
//!   socket --- fake_tls (proxy secrets that begin with ee) --.
//!          '-- websocket (browsers) -------------------------+-- ClientTransport / ServerTransport --- packets
//!          '-- nothing --------------------------------------'        obfuscation + framing
//! ```
//!
//! A transport protects nothing: obfuscation only hides the protocol from a casual look, the checksum of the full
//! framing is no authentication, and quick acks and transport errors can be written by anybody on the path.
//!
//! The caller appends what it reads with `receive`, then calls `poll` until it returns `None`. An error means that
//! the stream has lost its place: close the connection.
//!
//! Source: <https://core.telegram.org/mtproto/mtproto-transports>

mod buffer;
mod client;
mod detect;
mod error;
pub mod fake_tls;
mod framing;
pub mod limits;
mod obfuscated;
mod proxy_secret;
mod replay;
mod server;
pub mod websocket;

pub use client::{ClientTransport, Inbound, Obfuscation};
pub use error::{Reaction, TransportError, TransportErrorCode};
pub use framing::Framing;
pub use obfuscated::{Accepted, INIT_LEN, ObfuscatedStream};
pub use proxy_secret::ProxySecret;
pub use replay::ReplayGuard;
pub use server::{ServerInbound, ServerTransport, ServerTransportConfig};
