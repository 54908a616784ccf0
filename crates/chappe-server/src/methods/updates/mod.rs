//! The state of a device and what it missed.

pub(super) mod get_channel_difference;
pub(super) mod get_difference;
pub(super) mod get_state;
