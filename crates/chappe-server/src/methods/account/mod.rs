//! The caller's own account.

pub(super) mod change_authorization_settings;
pub(super) mod delete_account;
pub(super) mod update_status;
