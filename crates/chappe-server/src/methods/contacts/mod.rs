//! Contact lists and blocked people.

pub(super) mod add_contact;
pub(super) mod block;
pub(super) mod contact_token;
pub(super) mod delete_contacts;
pub(super) mod get_blocked;
pub(super) mod get_contact_ids;
pub(super) mod get_contacts;
pub(super) mod get_saved;
pub(super) mod get_statuses;
pub(super) mod get_top_peers;
pub(super) mod import_contacts;
pub(super) mod resolve_phone;
pub(super) mod resolve_username;
pub(super) mod search;
pub(super) mod set_blocked;
pub(super) mod unblock;
