//! An embedded Telegram server for tests: one Rust value, no service and no network needed.
//!
//! It speaks real MTProto over TCP and WebSocket, with real keys and real encryption, so that a stock client can be
//! pointed at it. Everything is in memory unless a data folder is given.
//!
//! ```
//! # async fn example() -> Result<(), chappe_server::ServerError> {
//! use chappe_server::Server;
//!
//! let server = Server::builder().spawn().await?;
//! println!("listening on {}, public key:\n{}", server.address(), server.public_key_pem());
//!
//! let mut seen = server.observations();
//! // ... a client logs in as 9996620001 with the code 22222 ...
//! if let Some(call) = seen.next().await {
//!     println!("{} {} bytes", call.method, call.request_len);
//! }
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! ```text
//! net        sockets, transports, auth key exchanges
//!  └ session   one per (key, session id): protocol core and executor
//!     └ edge     other API layers than the newest
//!        └ methods  one file per API method
//!           └ model    how stored things look to a viewer
//!              ├ store    the only place that knows SQL
//!              └ blobs    the bytes of files
//! ```
//!
//! It is not made for people's real messages: whoever runs it can read its memory and its database, login codes of
//! numbers that are no test numbers are written to the log, and how often somebody asks for one is limited only where
//! [`ServerBuilder::codes_per_number`] and its kin say so.
#![forbid(unsafe_code)]

mod accounts;
mod acting;
mod blobs;
mod builder;
mod bus;
mod call;
mod cdn;
mod centres;
mod clock;
mod edge;
mod error;
mod faults;
mod floods;
mod key_file;
mod keys;
mod limits;
mod methods;
mod model;
mod net;
mod observe;
mod random;
mod server;
mod session;
mod snapshot;
mod stats;
mod store;
mod tasks;
mod test_key;
mod world;

pub use accounts::{Account, NewAccount, ReadySession};
pub use builder::ServerBuilder;
pub use cdn::Cdn;
pub use centres::DataCentre;
pub use chappe_mtproto::rpc::RpcError;
pub use clock::{Clock, FixedClock, SystemClock, VirtualClock};
pub use error::ServerError;
pub use faults::{Direction, Fault, FaultBuilder, FaultHandle, FaultRule, Faults, Match};
pub use observe::{Observations, Seen, SeenOutcome};
pub use server::Server;
pub use snapshot::Snapshot;
pub use stats::{
    ConnectionInfo, GroupSummary, MessageSummary, MethodStats, NetworkStats, SecretChatSummary, SessionInfo,
    Totals, UserSummary,
};
pub use test_key::test_public_key_pem;

/// The TL names of all methods that this server implements, sorted: the table by which it answers.
///
/// ```
/// let methods = chappe_server::implemented_methods();
/// assert!(methods.contains(&"messages.sendEncryptedService") && !methods.contains(&"payments.getStarsStatus"));
/// ```
pub fn implemented_methods() -> Vec<&'static str> {
    names(methods::ids())
}

/// The TL names of the methods that take another query as their argument, sorted: this server takes them off, in any
/// order, and answers the query inside.
///
/// What `invokeWithLayer` and `initConnection` say is kept for the key, and `invokeWithoutUpdates` for the session;
/// `invokeAfterMsg` and `invokeAfterMsgs` hold the query back. The others change nothing here.
///
/// ```
/// assert!(chappe_server::wrappers().contains(&"invokeWithLayer"));
/// assert!(!chappe_server::implemented_methods().contains(&"invokeWithLayer"));
/// ```
pub fn wrappers() -> Vec<&'static str> {
    names(chappe_mtproto::rpc::wrappers::ids::ALL.into_iter())
}

fn names(ids: impl Iterator<Item = u32>) -> Vec<&'static str> {
    let registry = methods::Registry::get();
    let mut names: Vec<_> = ids.filter_map(|id| registry.name(id)).collect();
    names.sort_unstable();
    names
}
