//! Supergroups and channels: one log of messages each, with a pts of its own.
//!
//! Sources: <https://core.telegram.org/api/channel>, <https://core.telegram.org/api/rights>

pub(super) mod admin_log;
pub(super) mod admins;
pub(super) mod bans;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod join;
pub(super) mod left;
pub(super) mod links;
pub(super) mod look;
pub(super) mod participants;
pub(super) mod settings;
pub(super) mod username;
