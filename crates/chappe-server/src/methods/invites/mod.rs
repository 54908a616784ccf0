//! Invite links and requests to join.
//!
//! Source: <https://core.telegram.org/api/invites>

pub(super) mod links;
pub(super) mod requests;
pub(super) mod using;
