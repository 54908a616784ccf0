//! Chappe in a web page: what of the client a page needs to log in and to talk in secret chats, as a JavaScript module.
//!
//! ```js
//! import init, { Client } from "./chappe_web.js";
//!
//! await init();
//! const client = await Client.connect("localhost:4430", 1, publicKeyPem);
//! const login = await client.request_code("+9996621001");
//! if (await login.sign_in("22222") !== "done") throw new Error("a password, or no account yet");
//! const events = client.events();
//! const chat = await client.start_chat("+9996621002");
//! await chat.ready();
//! await chat.send("Hello, and nobody else reads it.");
//! console.log((await events.next()).kind, (await chat.key()).lines);
//! ```
//!
//! `cargo xtask web` builds it, and has Chromium open the page beside it.
#![cfg(target_family = "wasm")]

mod chat;
mod client;
mod events;

pub use chat::{Chat, Key};
pub use client::{Client, Login};
pub use events::{Event, Events};
