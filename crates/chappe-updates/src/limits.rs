//! Every bound of the crate, with its unit and its reason.

use std::time::Duration;

/// How long to wait for what is missing before it is fetched: updates of several connections overtake each other.
pub const GAP_WAIT: Duration = Duration::from_millis(500);

/// Silence after which the difference is fetched to be sure.
pub const SILENCE: Duration = Duration::from_secs(15 * 60);

/// Updates kept behind a gap, or while a difference is fetched; beyond that they are dropped and fetched.
pub const MAX_BUFFERED: usize = 1000;

/// A counter that falls by more than this was reset by the server.
pub const RESET_DISTANCE: i32 = 1_000_000;

/// First wait after a difference that failed or did not move on; doubled with each further one.
pub const RETRY_FIRST: Duration = Duration::from_secs(1);

/// Longest such wait.
pub const RETRY_LONGEST: Duration = Duration::from_secs(60);
