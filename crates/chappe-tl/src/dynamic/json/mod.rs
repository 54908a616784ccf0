//! Values as JSON, in the form that people write by hand.
//!
//! | TL | JSON |
//! |---|---|
//! | object | an object; `_` names the constructor or method, and the fields have the names of the schema |
//! | `int`, `double` | a number |
//! | `long` | a string of decimal digits; read from a number, too |
//! | `string` | a string |
//! | `bytes` | a string: base64, standard alphabet with padding; read from the URL alphabet and without padding, too |
//! | `int128`, `int256` | a string: 32 or 64 hexadecimal digits; read from base64, too |
//! | `Bool` | `true` or `false` |
//! | vector | an array |
//! | `flags:#` | nothing: computed from the fields that are there |
//! | absent conditional field | nothing; read from `null`, too |
//! | `flags.N?true` | `true`; read from `false` as absent |
//! | `!X` | the inner method with its arguments, named in `_` |
//!
//! Reading follows the types of the schema. `_` may be left out where the type has a single constructor, and in the
//! outermost object of [`Schema::from_json_call`](super::Schema::from_json_call). A definition that its name alone
//! does not find, because a newer one has the same name, is written and read as `name#id`.
//!
//! ```
//! use chappe_tl::dynamic::Schema;
//! use serde_json::json;
//!
//! let schema = Schema::parse(
//!     "inputEncryptedChat#f141b5e1 chat_id:int access_hash:long = InputEncryptedChat;
//!      ---functions---
//!      messages.sendEncryptedService#32d439a4 peer:InputEncryptedChat random_id:long data:bytes = messages.SentEncryptedMessage;",
//! )?;
//! let call = schema.from_json_call(
//!     "messages.sendEncryptedService",
//!     &json!({
//!         "peer": {"_": "inputEncryptedChat", "chat_id": 43, "access_hash": "-4156887774564"},
//!         "random_id": -4156887774564_i64,
//!         "data": "YXJiaXRyYXJ5IGRhdGEgaGVyZQ",
//!     }),
//! )?;
//! assert_eq!(
//!     schema.to_json(&call.clone().into())?.to_string(),
//!     r#"{"_":"messages.sendEncryptedService","peer":{"_":"inputEncryptedChat","chat_id":43,"access_hash":"-4156887774564"},"random_id":"-4156887774564","data":"YXJiaXRyYXJ5IGRhdGEgaGVyZQ=="}"#
//! );
//!
//! let wrong = json!({"peer": {"chat": 43}});
//! assert_eq!(
//!     schema.from_json_call("messages.sendEncryptedService", &wrong).unwrap_err().to_string(),
//!     "messages.sendEncryptedService.peer: `inputEncryptedChat` has no field `chat`; did you mean `chat_id`?"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod read;
mod scalar;
mod write;
