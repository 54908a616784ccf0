//! Rust types for the Telegram API, the MTProto service messages and the secret-chat schema.
