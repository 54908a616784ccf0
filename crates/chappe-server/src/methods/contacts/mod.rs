//! Contact lists and blocked people.

pub(super) mod block;
pub(super) mod get_contacts;
pub(super) mod import_contacts;
pub(super) mod resolve_phone;
pub(super) mod unblock;
