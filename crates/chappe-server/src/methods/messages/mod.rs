//! Secret chats. The server passes on what only the two devices can read.
//!
//! Source: <https://core.telegram.org/api/end-to-end>

pub(super) mod accept_encryption;
mod chat;
pub(super) mod discard_encryption;
mod file;
pub(super) mod get_dh_config;
pub(super) mod read_encrypted_history;
pub(super) mod received_queue;
pub(super) mod report_encrypted_spam;
pub(super) mod request_encryption;
mod send;
pub(super) mod send_encrypted;
pub(super) mod send_encrypted_file;
pub(super) mod send_encrypted_service;
pub(super) mod set_encrypted_typing;
pub(super) mod upload_encrypted_file;
pub(super) mod upload_media;
