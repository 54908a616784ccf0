//! The bounds of the exchange, each with its reason.

use std::time::Duration;

/// How often a client answers `dh_gen_retry`, and how often a server sends it. A collision of 64-bit key names never
/// happens by chance.
pub const MAX_RETRIES: u8 = 5;

/// How long a whole exchange may take on either side.
pub const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a server remembers its last answer, for a client that lost it.
pub const ANSWER_LIFETIME: Duration = Duration::from_secs(600);

/// How many exchanges one connection may have under way: stock clients check a connection with two.
pub const MAX_PENDING: usize = 8;

/// The shortest life of a temporary key that a server grants, in seconds. Short, so that tests can wait for the next one.
pub const MIN_TEMP_LIFETIME: i32 = 4;

/// The longest life of a temporary key that a server grants, in seconds. Stock clients ask for a day.
pub const MAX_TEMP_LIFETIME: i32 = 7 * 24 * 3600;
