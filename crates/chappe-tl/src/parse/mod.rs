//! TL schemas as data: one [`Definition`] for each constructor and method of a text.
//!
//! The language is the part of TL that Telegram uses: constructor ids, `flags:#` and conditional fields, bare and
//! boxed types, vectors, `{X:Type}` and `!X`, namespaces, both kinds of comments, the `---types---` and
//! `---functions---` markers and the two ways in which schemas say which layer follows (`// LAYER 8` and `===8===`).
//! The lines that describe base types (`int ? = Int;`, `vector {t:Type} # [ t ] = Vector t;` and so on) are accepted
//! and give no definition: those types are built in.
//!
//! ```
//! use chappe_tl::parse::{Kind, Type, parse};
//!
//! let definitions = parse(
//!     "// LAYER 8
//!      inputEncryptedChat#f141b5e1 chat_id:int access_hash:long = InputEncryptedChat;
//!      ---functions---
//!      messages.getDhConfig#26cf8950 version:int random_length:int = messages.DhConfig;",
//! )?;
//! let [chat, call] = &definitions[..] else { unreachable!() };
//! assert_eq!((chat.kind, chat.layer, chat.params[1].ty.clone()), (Kind::Type, Some(8), Type::Long));
//! assert_eq!((call.namespace(), call.short_name()), (Some("messages"), "getDhConfig"));
//! assert_eq!(
//!     chat.to_string(),
//!     "inputEncryptedChat#f141b5e1 chat_id:int access_hash:long = InputEncryptedChat;"
//! );
//! # Ok::<(), chappe_tl::parse::ParseError>(())
//! ```
//!
//! A tool that wants all errors of a text, not only the first, uses [`definitions`].

mod definition;
mod error;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;
mod types;

pub use definition::{Definition, FlagBit, Kind, Parameter};
pub use error::{ParseError, ParseErrorKind};
pub use parser::{Definitions, definitions, parse};
pub use types::Type;
