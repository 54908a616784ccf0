//! The TL language of Telegram: how its objects are written down and how they travel.
//!
//! | module | what it holds |
//! |---|---|
//! | [`wire`] | [`Reader`] and [`Writer`] with hard bounds, and the traits that generated types implement |
//!
//! TL is described at <https://core.telegram.org/mtproto/TL> and <https://core.telegram.org/mtproto/serialize>.
#![forbid(unsafe_code)]

pub mod wire;

pub use wire::{Bytes, Constructor, Decode, DecodeError, Encode, EncodeError, Function, Reader, Writer};
