//! Messages in the cloud, and secret chats: of those the server passes on what only the two devices can read.
//!
//! Sources: <https://core.telegram.org/api/updates>, <https://core.telegram.org/api/end-to-end>

pub(super) mod accept_encryption;
pub(super) mod allowed;
mod chat;
pub(super) mod deleting;
pub(super) mod dialogs;
pub(super) mod discard_encryption;
pub(super) mod drafts;
pub(super) mod edit_message;
mod faulty;
mod file;
pub(super) mod forward_messages;
pub(super) mod get_dh_config;
pub(super) mod get_history;
pub(super) mod get_messages;
pub(super) mod media_places;
pub(super) mod outgoing;
pub(super) mod page;
pub(super) mod peer_settings;
pub(super) mod pinning;
pub(super) mod read_encrypted_history;
pub(super) mod read_participants;
pub(super) mod reading;
pub(super) mod received_queue;
pub(super) mod reply_markup;
pub(super) mod report_encrypted_spam;
pub(super) mod request_encryption;
pub(super) mod search;
mod send;
pub(super) mod send_encrypted;
pub(super) mod send_encrypted_file;
pub(super) mod send_encrypted_service;
pub(super) mod send_media;
pub(super) mod send_message;
pub(super) mod set_encrypted_typing;
pub(super) mod set_typing;
pub(super) mod upload_encrypted_file;
pub(super) mod upload_media;
pub(super) mod views;
