//! Files in and out, piece by piece.

pub(super) mod cdn;
pub(super) mod get_file;
pub(super) mod get_file_hashes;
mod location;
mod part;
pub(super) mod save_big_file_part;
pub(super) mod save_file_part;
