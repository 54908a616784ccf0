//! Objects as bytes: a [`Reader`] that never trusts a length, a [`Writer`] that never truncates one, and the
//! traits that tie Rust types to constructor ids.
//!
//! ```
//! use chappe_tl::{Decode, Encode, Reader, Writer};
//!
//! let mut writer = Writer::new();
//! vec!["one".to_owned(), "two".to_owned()].encode(&mut writer);
//! let bytes = writer.finish()?;
//!
//! let mut reader = Reader::new(&bytes);
//! assert_eq!(Vec::<String>::decode(&mut reader)?, ["one", "two"]);
//! reader.finish()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod input;
pub mod limits;
mod reader;
mod traits;
mod writer;

pub use error::{DecodeError, EncodeError};
pub use input::Input;
pub use reader::Reader;
pub use traits::{Bytes, Constructor, Decode, Encode, Function, NotAMethod, Record};
pub use writer::Writer;

/// `boolFalse#bc799737`.
pub const BOOL_FALSE: u32 = 0xbc79_9737;
/// `boolTrue#997275b5`.
pub const BOOL_TRUE: u32 = 0x9972_75b5;
/// `vector#1cb5c415`, the id of every boxed vector.
pub const VECTOR: u32 = 0x1cb5_c415;
