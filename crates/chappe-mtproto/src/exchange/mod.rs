//! The auth key exchange, for both roles.
//!
//! Three round trips of [plain messages](crate::plain) turn nothing into a key of 2048 bits that only the two ends
//! know:
//!
//! ```text
//!   client                                             server
//!   req_pq_multi (nonce)                          -->
//!                                                 <--  resPQ (server_nonce, pq, fingerprints of RSA keys)
//!   req_DH_params (RSA: p, q, new_nonce)          -->
//!                                                 <--  server_DH_params_ok (AES: g, p, g_a, time)
//!   set_client_DH_params (AES: g_b)               -->
//!                                                 <--  dh_gen_ok | dh_gen_retry | dh_gen_fail
//! ```
//!
//! | type | role |
//! |---|---|
//! | [`ClientExchange`] | makes one key; every check of the official security guidelines |
//! | [`ServerExchange`] | serves the exchanges of one connection, several at once if the client likes |
//!
//! Both are values without I/O: packets (without framing) and the time go in, [`client::Output`] or
//! [`server::Output`] come out. Every failure ends an exchange for good and wipes its secrets; a client starts over
//! with a new value and so with new nonces.
//!
//! Source: <https://core.telegram.org/mtproto/auth_key>

pub mod client;
mod error;
pub mod limits;
pub mod server;

pub use client::{ClientExchange, ClientExchangeConfig, ExchangeEvent, KeyLifetime, NewAuthKey};
pub use error::ExchangeError;
pub use server::{NewServerAuthKey, PendingExchange, ServerExchange, ServerExchangeConfig};
