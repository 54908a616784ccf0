//! The TL language of Telegram: how its objects are written down and how they travel.
//!
//! | module | what it holds |
//! |---|---|
//! | [`dynamic`] | any object as data, by a schema that is loaded at run time; to and from bytes and JSON |
//! | [`id`] | constructor ids from the text of a definition |
//! | [`parse`] | schema texts as [`Definition`](parse::Definition)s |
//! | [`rust_names`] | what the generated types are called |
//! | [`wire`] | [`Reader`] and [`Writer`] with hard bounds, and the traits that generated types implement |
//!
//! TL is described at <https://core.telegram.org/mtproto/TL> and <https://core.telegram.org/mtproto/serialize>.
#![forbid(unsafe_code)]

pub mod dynamic;
pub mod id;
pub mod parse;
pub mod rust_names;
pub mod wire;

pub use id::constructor_id;
pub use wire::{Bytes, Constructor, Decode, DecodeError, Encode, EncodeError, Function, Reader, Writer};
