//! What travels inside messages: service objects, containers, compression, wrappers around queries, errors.
//!
//! | module | what it holds |
//! |---|---|
//! | [`bind`] | the inner message of `auth.bindTempAuthKey`, both sides |
//! | [`container`] | `msg_container`: several messages in one packet |
//! | [`error`](mod@error) | [`RpcError`]: `rpc_error` with its text split into name and number |
//! | [`gzip`] | `gzip_packed` with bounds |
//! | [`service`] | the service objects of a session |
//! | [`wrappers`] | `invokeWithLayer`, `initConnection`, `invokeAfterMsg` and their like |
//!
//! The service objects are written by hand here and not generated: their parsers borrow from the packet, take
//! bounds that depend on the role, and hold bare objects whose length is given beside them.

pub mod bind;
pub mod container;
pub mod error;
pub mod gzip;
pub mod service;
pub mod wrappers;

pub use error::RpcError;
pub use wrappers::{Call, InitConnection};
