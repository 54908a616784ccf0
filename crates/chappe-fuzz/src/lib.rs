//! Fuzz targets: every decoder and state machine of the cores, fed with whatever bytes come.
//!
//! Each target is a plain function. `fuzz/` wraps them for libFuzzer (`cargo xtask fuzz`), and `cargo test` replays
//! `corpus/<target>/` together with mutations of it. A target reports what it finds by panicking; beside "no panic, no
//! endless loop" each asserts what its documentation says.
//!
//! | module | targets |
//! |---|---|
//! | [`tl`](mod@tl) | [`tl()`], [`tl_dynamic`], [`tl_json`], [`schema_text`] |
//! | [`transport`] | [`transport_client`], [`transport_server`] |
//! | [`outer`] | [`fake_tls`], [`websocket`] |
//! | [`exchange`] | [`exchange_client`], [`exchange_server`] |
//! | [`rpc`] | [`gzip`], [`wrappers`] |
//! | [`session`] | [`session_client`], [`session_server`] |
//! | [`secret`] | [`secret_envelope`], [`secret_engine`], [`secret_records`] |
//! | [`client`] | [`client_records`], [`markup`] |
//! | [`layers`](mod@layers) | [`layers()`] |
//! | [`updates`](mod@updates) | [`updates()`] |
//!
//! Keys, seeds and clocks are fixed: the same bytes always do the same. Where encryption would keep the fuzzer out, the
//! target encrypts for it.
//!
//! ```
//! for (name, target) in chappe_fuzz::TARGETS {
//!     target(b"any bytes at all");
//!     assert!(!name.is_empty());
//! }
//! ```
#![forbid(unsafe_code)]
// A fuzz target reports by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod client;
pub mod exchange;
mod input;
pub mod layers;
pub mod outer;
pub mod rpc;
pub mod secret;
pub mod session;
mod support;
pub mod tl;
pub mod transport;
pub mod updates;

pub use client::{client_records, markup};
pub use exchange::{exchange_client, exchange_server};
pub use layers::layers;
pub use outer::{fake_tls, websocket};
pub use rpc::{gzip, wrappers};
pub use secret::{secret_engine, secret_envelope, secret_records};
pub use session::{session_client, session_server};
pub use tl::{schema_text, tl, tl_dynamic, tl_json};
pub use transport::{transport_client, transport_server};
pub use updates::updates;

/// What a fuzz target is.
pub type Target = fn(&[u8]);

/// Every target under the name of its function, its corpus folder and its program in `fuzz/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("client_records", client_records),
    ("exchange_client", exchange_client),
    ("exchange_server", exchange_server),
    ("fake_tls", fake_tls),
    ("gzip", gzip),
    ("layers", layers),
    ("markup", markup),
    ("schema_text", schema_text),
    ("secret_engine", secret_engine),
    ("secret_envelope", secret_envelope),
    ("secret_records", secret_records),
    ("session_client", session_client),
    ("session_server", session_server),
    ("tl", tl),
    ("tl_dynamic", tl_dynamic),
    ("tl_json", tl_json),
    ("transport_client", transport_client),
    ("transport_server", transport_server),
    ("updates", updates),
    ("websocket", websocket),
    ("wrappers", wrappers),
];
