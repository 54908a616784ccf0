//! Telegram for Rust, with secret chats: the client library.
