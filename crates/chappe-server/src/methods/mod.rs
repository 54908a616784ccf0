//! The API: one small file per method or family of methods, found by a table from constructor id to handler.
//!
//! A handler gets the [`Call`](crate::call::Call) and its query in the newest layer; it knows nothing of layers,
//! sessions or sockets. What others have to hear of goes into `call.after(..)` and happens once the caller has its
//! answer.

mod account;
mod auth;
mod bots;
mod channels;
mod cloud_table;
mod contacts;
mod empty;
pub(crate) mod errors;
mod group_table;
mod groups;
mod help;
mod invites;
mod langpack;
mod messages;
mod photos;
mod registry;
mod reports;
mod table;
mod updates;
mod upload;
mod users;

pub(crate) use registry::Registry;
pub(crate) use table::{Access, Method, find, ids};
