//! Objects as data, for programs that learn at run time which constructors and methods exist.
//!
//! | type | what it is |
//! |---|---|
//! | [`Schema`] | the definitions of one or more schema texts, found by id, name and type |
//! | [`Value`], [`Object`] | any object, with its fields by name |
//! | [`ValueError`] | what is wrong with a value, and the [`Path`] to the place |
//! | [`debug`] | prints bytes as the objects they hold |
//!
//! A [`Schema`] turns bytes into values and back ([`Schema::decode`], [`Schema::encode`]), and JSON into values and
//! back ([`Schema::from_json`], [`Schema::to_json`]).
//!
//! ```
//! use chappe_tl::dynamic::{Schema, Value};
//!
//! let schema = Schema::parse(
//!     "inputEncryptedChat#f141b5e1 chat_id:int access_hash:long = InputEncryptedChat;
//!      ---functions---
//!      messages.setEncryptedTyping#791451ed peer:InputEncryptedChat typing:Bool = Bool;",
//! )?;
//! let chat = schema.object("inputEncryptedChat")?.with("chat_id", 43)?.with("access_hash", 7_i64)?;
//! let call = schema.object("messages.setEncryptedTyping")?.with("peer", chat)?.with("typing", true)?;
//!
//! let bytes = schema.encode(&call)?;
//! assert_eq!(bytes[..12], [0xed, 0x51, 0x14, 0x79, 0xe1, 0xb5, 0x41, 0xf1, 43, 0, 0, 0]);
//! assert_eq!(schema.decode_object(&bytes)?, call);
//!
//! // What the server answers to this call is a Bool.
//! let answer = schema.decode_result(&call, &[0xb5, 0x75, 0x72, 0x99])?;
//! assert_eq!(answer, Value::Bool(true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The form of the JSON is in [`json`]: objects name their constructor in `_`, 64-bit numbers are strings, bytes are
//! base64.

pub mod debug;
mod decode;
mod encode;
mod error;
pub mod json;
mod nearest;
mod object;
mod schema;
#[cfg(test)]
mod tests;
mod value;

pub use error::{Path, Segment, ValueError, ValueErrorKind};
pub use nearest::nearest;
pub use object::Object;
pub use schema::Schema;
pub use value::Value;
