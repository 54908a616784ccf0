//! Configuration.

pub(super) mod get_config;
pub(super) mod get_nearest_dc;
