//! The secret-chat engine of Telegram, without I/O.
