//! MTProto 2.0 for both roles, without I/O: transports, auth key exchange, sessions.
//!
//! Bytes, the time ([`Now`](chappe_crypto::Now)) and randomness come in as arguments; packets, events and the next
//! wake-up come out. No socket, no clock and no runtime is touched, so a run with a seed repeats exactly.
//!
//! ```text
//!  bytes of a connection
//!    |   transport::fake_tls, transport::websocket   optional outer layers
//!    |   transport::obfuscated                       optional AES-CTR layer
//!    |   transport::framing                          where a packet begins and ends
//!  packets
//!    |-- plain + exchange::{client, server}          no key yet: make one
//!    '-- session::{client, server}                   encrypted messages, acks, salts, resends
//!          '-- rpc                                   calls and their results
//! ```
//!
//! | module | what it is |
//! |---|---|
//! | [`transport`] | framings, obfuscation, fake TLS, WebSocket, transport errors |
//! | [`plain`] | the unencrypted envelope that only the auth key exchange uses |
//! | [`exchange`] | the auth key exchange, client and server side |
//! | [`session`] | sessions of both roles |
//! | [`rpc`] | calls, results and the wrappers around them |
//!
//! `CHECKS.md` beside this crate lists every security check with its code and its tests.
//!
//! A packet through the obfuscated, padded transport and back:
//!
//! ```
//! use chappe_mtproto::transport::{
//!     ClientTransport, Framing, Obfuscation, ServerInbound, ServerTransport, ServerTransportConfig,
//! };
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//!
//! let mut rng = ChaCha20Rng::seed_from_u64(1);
//! let obfuscation = Obfuscation { dc_id: 2, secret: None };
//! let mut client = ClientTransport::new(Framing::PaddedIntermediate, Some(obfuscation), &mut rng)?;
//! let mut server = ServerTransport::new(ServerTransportConfig::default());
//!
//! let packet = [7; 40];
//! let mut wire = Vec::new();
//! client.send(&packet, false, &mut wire, &mut rng)?;
//! server.receive(&wire);
//! let Some(ServerInbound::Packet { bytes, .. }) = server.poll()? else { panic!("no packet") };
//! assert_eq!(bytes, packet);
//! assert_eq!(server.dc_id(), Some(2));
//! # Ok::<(), chappe_mtproto::transport::TransportError>(())
//! ```
#![forbid(unsafe_code)]

pub mod exchange;
pub mod plain;
pub mod rpc;
pub mod session;
pub mod transport;
