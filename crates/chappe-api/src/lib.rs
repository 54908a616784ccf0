//! Rust types for the Telegram API, the MTProto service messages and the secret-chat schema.
//!
//! | module | what it holds |
//! |---|---|
//! | [`functions`] | the methods of the API: a struct each, which names its response |
//! | [`types`] | the constructors of the API: a struct each |
//! | [`enums`] | the types of the API that have several constructors |
//! | [`mtproto`] | the same for MTProto's own messages |
//! | [`secret`] | the same for what travels inside secret chats, all layers |
//! | [`errors`] | the errors of the API: names, causes, cures |
//! | [`api_schema`], [`secret_schema`] | the schemas for dynamic values |
//!
//! ```
//! use chappe_api::{enums, functions, types};
//! use chappe_tl::{Decode, Encode};
//!
//! // messages.sendEncryptedService peer:InputEncryptedChat random_id:long data:bytes
//! let request = functions::messages::SendEncryptedService {
//!     peer: types::InputEncryptedChat { chat_id: 43, access_hash: -4156887774564 },
//!     random_id: -4156887774564,
//!     data: b"arbitrary data here".to_vec(),
//! };
//! assert_eq!(request.to_bytes()?.len(), 48);
//!
//! // A type with several constructors: variants convert from their structs and back.
//! let peer: enums::InputPeer = types::InputPeerUser { user_id: 7, access_hash: 8 }.into();
//! let again = enums::InputPeer::from_bytes(&peer.to_bytes()?)?;
//! assert_eq!(again, peer);
//! assert_eq!(types::InputPeerUser::try_from(again).map(|user| user.user_id), Ok(7));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Names
//!
//! * Namespaces are modules: `messages.sendMessage` is `functions::messages::SendMessage`.
//! * Types, constructors and methods are in upper camel case, fields in snake case: `resPQ` is `ResPq`, `srp_B` is
//!   `srp_b`. Fields named as Rust keywords are raw (`r#type`); `self` is `is_self`.
//! * A type with one constructor is that struct, without an enum around it.
//! * Variants leave out the leading words that the constructor shares with the type, or with all other constructors of
//!   the type: `encryptedChatWaiting` is `EncryptedChat::Waiting`. When nothing is left, the variant is the last word
//!   of the type (`EncryptedChat::Chat`); a name that would be `Self` or begin with a digit keeps one word more
//!   (`InputPeer::PeerSelf`). Constructors without fields are plain variants and have no struct.
//! * Of several shapes of a secret-chat constructor, the newest has the plain name and older ones have the layer that
//!   brought them as a suffix: `DecryptedMessage`, `DecryptedMessage45`, `DecryptedMessage17`, `DecryptedMessage8`.
//!
//! # Values
//!
//! * `flags.N?true` is a `bool`, any other conditional field an `Option`. Where several fields share a bit, they are
//!   written together: if one is there, missing numbers, texts and lists are written as zero or empty; missing objects
//!   (which have no such value) leave the bit unset.
//! * Equality compares what is written. `Debug` shows what is written, with names from the schema and without what
//!   must not be seen: codes, passwords, keys, tokens.
//! * Whatever is large or recursive is boxed, so that every enum is at most 32 bytes; `.into()` makes the boxes.
#![forbid(unsafe_code)]

mod codec;
pub mod errors;
mod generated;
mod object;
mod redacted;
mod schema;

pub use generated::{enums, functions, mtproto, secret, types};
pub use object::RawObject;
pub use schema::{api_schema, secret_schema};

/// The layer of the API that [`types`], [`enums`] and [`functions`] describe.
pub const LAYER: i32 = 232;
/// The newest layer of [`secret`].
pub const SECRET_LAYER: i32 = 144;
/// The schema of the API, as text.
pub const API_TL: &str = include_str!("../../../schema/api.tl");
/// The schema of the MTProto service messages, as text.
pub const MTPROTO_TL: &str = include_str!("../../../schema/mtproto.tl");
/// The schema of secret chats, as text; all layers.
pub const SECRET_TL: &str = include_str!("../../../schema/secret.tl");
