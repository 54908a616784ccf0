//! Basic groups, and what supergroups and channels have in common with them.
//!
//! Sources: <https://core.telegram.org/api/channel>, <https://core.telegram.org/api/rights>

pub(super) mod admission;
pub(super) mod create;
pub(super) mod creator;
pub(super) mod edit;
pub(super) mod end;
pub(super) mod entering;
pub(super) mod look;
pub(super) mod members;
pub(super) mod tell;
