//! Users, groups and channels: naming them, describing them, finding them.
//!
//! | value | what it is |
//! |---|---|
//! | [`PeerId`] | a number and a kind, the same for everybody |
//! | [`PeerRef`] | the same with what this account needs to name the peer in a call |
//! | [`Peer`] | what the server has told of a peer: names, kind, flags |
//! | [`Link`] | what a `t.me` or `tg:` link, @username or phone number means |
//!
//! A call names a user or channel by id and access hash, and each account has hashes of its own. The client remembers
//! those that it has seen, in the session, the least used ones giving way beyond
//! [`MAX_KNOWN_PEERS`](crate::limits::MAX_KNOWN_PEERS). So an id is mostly enough:
//!
//! ```no_run
//! # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
//! use chappe::PeerId;
//!
//! let durov = client.resolve("@durov").await?;
//! client.send(&durov, "Hello").await?;
//! let id: PeerId = durov.id(); // to be kept in a database, say
//! client.send(id, "Hello again").await?;
//! # Ok(())
//! # }
//! ```
//!
//! A bot and somebody in a group may see users of whom the server tells too little to name them elsewhere (`min`):
//! such users are named by the message they were seen in.
//!
//! Source: <https://core.telegram.org/api/peers>, <https://core.telegram.org/api/min>

mod cache;
mod id;
mod link;
mod map;
mod peer;
mod reference;
mod resolve;

pub(crate) use cache::{Owner, PeerCache};
pub use id::PeerId;
pub use link::Link;
pub(crate) use map::PeerMap;
pub use peer::Peer;
pub use reference::PeerRef;
pub(crate) use resolve::wrong_kind;
