//! The TL language of Telegram: how its objects are written down and how they travel.
//!
//! | module | what it holds |
//! |---|---|
//! | [`parse`] | schema texts as [`Definition`](parse::Definition)s |
//! | [`id`] | constructor ids from the text of a definition |
//! | [`wire`] | [`Reader`] and [`Writer`] with hard bounds, and the traits that generated types implement |
//!
//! TL is described at <https://core.telegram.org/mtproto/TL> and <https://core.telegram.org/mtproto/serialize>.
#![forbid(unsafe_code)]

pub mod id;
pub mod parse;
pub mod wire;

pub use id::constructor_id;
pub use wire::{Bytes, Constructor, Decode, DecodeError, Encode, EncodeError, Function, Reader, Writer};
