//! The reference of the Telegram API: a page for every method, type, constructor and error of the newest layer, of
//! MTProto and of the secret-chat schema.
//!
//! | module | what it holds |
//! |---|---|
//! | [`model`] | the facts, from `schema/` and from the embedded server |
//! | [`prose`] | our own words, from `reference/` |
//! | [`examples`] | a program in each language for every method |
//! | [`descriptions`] | somebody else's words, read at build time where we have none |
//! | [`page`] | what each page says |
//! | [`render`] | pages as HTML, as Markdown and for a terminal |
//! | [`site`] | all files of the site |
//! | [`check`] | what the reference has and what it lacks |
//!
//! ```
//! use chappe_reference::{Model, examples};
//!
//! let model = Model::load()?;
//! let method = model.method("messages.sendEncryptedService").unwrap();
//! assert_eq!(method.definition.id, 0x32d439a4);
//! for example in examples::for_method(&model, method) {
//!     println!("{}:\n{}", example.title, example.source);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod check;
pub mod descriptions;
pub mod examples;
pub mod model;
pub mod page;
pub mod prose;
pub mod render;
pub mod site;

pub use model::Model;
pub use prose::Prose;
