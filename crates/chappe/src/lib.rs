//! Telegram for Rust, with secret chats: the client library.
//!
//! ```no_run
//! use chappe::{Client, SignIn, SqliteSession, secret::SecretEvent};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let session = SqliteSession::open("alice.session").await?;
//!     let client = Client::builder(1, "hash from my.telegram.org").session(session).connect().await?;
//!     if !client.is_authorized().await? {
//!         let token = client.request_login_code("+9996612345").await?;
//!         let SignIn::Done(_) = client.sign_in(&token, "22222").await? else { return Err("sign up first".into()) };
//!     }
//!     let mut events = client.secret_events();
//!     let friend = client.resolve_phone("+9996612346").await?;
//!     let chat = client.secret_chats().start(&friend).await?;
//!     chat.ready().await?;
//!     chat.send_text("Hello, and nobody else reads it.").await?;
//!     while let Some(event) = events.recv().await {
//!         if let SecretEvent::Message(message) = event {
//!             println!("{:?}", message.content);
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! A [`Client`] is a handle. Behind it two tasks do the work, and what they decide is decided in crates without I/O:
//!
//! ```text
//!   Client ── invoke ─────────────▶ ┌────────────┐
//!     │                             │ net        │ ◀──▶ socket
//!     │                             │            │      chappe-mtproto: transport, exchange, session
//!     │                             └────────────┘
//!     │                               │ updates ▲ calls
//!     │                               ▼         │
//!     ├── secret chats ───────────▶ ┌────────────┐
//!     │                             │ account    │ ◀──▶ Session (disk)
//!     │ ◀── updates, events ─────── │            │      chappe-updates, chappe-secret
//!     │                             └────────────┘
//! ```
//!
//! | part | what it is |
//! |---|---|
//! | [`Client`], [`ClientBuilder`] | connecting, logging in, calling |
//! | [`functions`], [`types`], [`enums`] | the API, generated from its schema |
//! | [`session`] | where logins and secret chats are kept |
//! | [`peers`] | users, groups and channels |
//! | [`messages`] | sending and finding messages |
//! | [`dialogs`] | the list of chats |
//! | [`people`] | contacts, members, profiles |
//! | [`groups`] | groups and channels |
//! | [`bots`] | bots, and those who talk to them |
//! | [`secret`] | secret chats |
//! | [`history`] | what was said in them |
//! | [`files`] | uploads and downloads |
//! | [`media`] | photos, films, documents in cloud messages |
//! | [`markup`] | Markdown and HTML |
//! | [`updates`] | what happens |
//! | [`dynamic`], [`Middleware`] | calls by name and JSON; a hook around every call |
//! | [`proxy`], [`Reconnect`] | ways to the server, and what happens when one breaks |
//! | `blocking` | the client for scripts without `async`, with the feature of this name |
//! | [`Tls`] | WebSockets over TLS, outside of browsers with the feature `tls` |
//! | [`Error`], [`InvokeError`], [`RpcError`], [`KnownError`] | what goes wrong |
//!
//! # Examples
//!
//! Programs in the crate's folder `examples`, each held to work by a test (`cargo run --example NAME`):
//!
//! | example | what it shows |
//! |---|---|
//! | `blocking` | a script without `async` |
//! | `echo_bot` | a bot that says everything again |
//! | `file_mirror` | a folder and a chat that are kept alike: uploads and downloads with progress |
//! | `large_file` | a file that is made while it goes up, compared while it comes down, and the memory that takes |
//! | `qr_login` | a device that logs in by a picture which another one reads |
//! | `raw_call` | any method: typed, by name with JSON, with options |
//! | `secret_echo` | a program that answers in secret chats, also after a restart |
//! | `secret_file` | two people exchange a file in a secret chat |
//! | `secret_peer` | everything that happens in secret chats, as lines of JSON |
//! | `session_converter` | the session texts of GramJS, Telethon, Pyrogram, mtcute and our own, one from another |
//! | `update_peer` | a userbot that writes down each message once and in order, however often it is killed |
//! | `userbot` | an account that answers by itself |
//!
//! # In a browser
//!
//! The crate builds for `wasm32-unknown-unknown`, without any setting:
//!
//! | there | how |
//! |---|---|
//! | connections | over the browser's WebSocket: `wss` if the port is 443, otherwise `ws`. No TCP, no proxies |
//! | logging in, calls, updates, secret chats | as everywhere; clocks and randomness are the browser's |
//! | sessions | [`MemorySession`], [`StringSession`], and your own; no `SqliteSession` |
//! | uploads and downloads | of bytes and streams; a path gives an error, because there are no files |
//! | what takes long: keys, passwords | on the page's one thread. A client in a worker holds nothing up |
//!
//! All futures are `Send`, as they are elsewhere. A `Session` of yours that waits for JavaScript does that in a task of its
//! own (`spawn_local`) and hears from it by a channel. The crate `chappe-web` of the repository is an example of a page.
#![forbid(unsafe_code)]

mod account;
mod alarm;
#[cfg(all(feature = "blocking", not(target_family = "wasm")))]
pub mod blocking;
pub mod bots;
mod builder;
mod call;
mod client;
mod clock;
mod contacts;
mod data_centres;
mod device;
pub mod dialogs;
pub mod dynamic;
mod error;
pub mod files;
pub mod groups;
pub mod history;
pub mod limits;
mod listing;
pub mod login;
pub mod markup;
pub mod media;
pub mod messages;
mod middleware;
mod net;
pub mod peers;
pub mod people;
pub mod proxy;
mod random;
mod reconnect;
mod rt;
pub mod secret;
pub mod session;
mod tls;
mod transport;
pub mod updates;

pub use builder::ClientBuilder;
pub use call::{Call, CallHandle, InvokeOptions};
pub use chappe_api::errors::KnownError;
pub use chappe_api::{LAYER, enums, functions, types};
pub use chappe_crypto::rsa::RsaPublicKey;
pub use chappe_mtproto::rpc::RpcError;
pub use chappe_tl::{Bytes, Decode, Encode, Function};
pub use client::Client;
pub use contacts::UserRef;
pub use data_centres::{Address, DataCentres};
pub use device::Device;
pub use error::{Error, ErrorKind, InvokeError};
pub use login::{CodeDelivery, LoginToken, SignIn};
pub use messages::{Media, Message};
pub use middleware::{Attempt, Middleware, Verdict};
pub use peers::{Link, Peer, PeerId, PeerRef};
pub use proxy::Proxy;
pub use reconnect::Reconnect;
#[cfg(not(target_family = "wasm"))]
pub use session::SqliteSession;
pub use session::{MemorySession, Session, StoredSession, StringSession};
pub use tls::Tls;
pub use transport::{Framing, Transport};
pub use updates::{ApiUpdate, ConnectionState, Event, Observer, SecretEvents, UpdateStream};

/// The example of the README, held to compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
