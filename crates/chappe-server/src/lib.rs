//! An embedded Telegram server for tests: one Rust value, no service and no network needed.
