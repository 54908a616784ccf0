//! Fake TLS: the records of TLS 1.3 around a padded, obfuscated stream, for proxies whose secret begins with `ee`.
//!
//! ```text
//!   client                                   proxy
//!   client hello  (proof in its random) -->
//!                 <-- server hello, change cipher spec, application data  (proof in the server's random)
//!   change cipher spec, application data --> from here on: application data both ways
//! ```
//!
//! Nothing of it is TLS: there is no certificate and no encryption, only the look. Both proofs are an HMAC under the
//! proxy secret. A proxy that meets a hello without proof passes the connection on to the real host of the domain.
//!
//! Source: <https://core.telegram.org/mtproto/mtproto-transports> and the behaviour of the official proxy.

mod client;
mod hello;
mod records;
mod server;

pub use client::FakeTlsClient;
pub use hello::{VerifiedHello, verify_client_hello, verify_server_answer};
pub use server::{FakeTlsServer, Hello, MAX_AGE, MAX_AHEAD};

#[cfg(test)]
mod tests;
