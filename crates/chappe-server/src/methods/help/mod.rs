//! Configuration.

pub(super) mod countries;
pub(super) mod get_config;
pub(super) mod get_nearest_dc;
pub(super) mod start_up;
