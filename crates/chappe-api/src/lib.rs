//! Rust types for the Telegram API, the MTProto service messages and the secret-chat schema.
#![forbid(unsafe_code)]

mod codec;
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
