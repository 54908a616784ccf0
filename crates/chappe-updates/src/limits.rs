//! Every bound of the crate, with its unit and its reason.

use std::time::Duration;

/// How long to wait for what is missing before it is fetched: updates of several connections overtake each other.
pub const GAP_WAIT: Duration = Duration::from_millis(500);

/// Silence after which the difference is fetched to be sure.
pub const SILENCE: Duration = Duration::from_secs(15 * 60);

/// Updates kept behind a gap, or while a difference is fetched; beyond that they are dropped and fetched. Of each
/// channel as many, and of all channels together [`MAX_BUFFERED_IN_CHANNELS`].
pub const MAX_BUFFERED: usize = 1000;

/// Updates kept behind the gaps of all channels together.
pub const MAX_BUFFERED_IN_CHANNELS: usize = 10_000;

/// Channels whose place is known. Beyond that those that were silent for longest are forgotten: their next update says
/// where they stand then. People may be in a thousand; some bots are in more than this.
pub const MAX_CHANNELS: usize = 50_000;

/// Channels whose difference is fetched at the same time; further ones wait.
pub const MAX_CHANNEL_REQUESTS: usize = 8;

/// A counter that falls by more than this was reset by the server.
pub const RESET_DISTANCE: i32 = 1_000_000;

/// First wait after a difference that failed or did not move on; doubled with each further one.
pub const RETRY_FIRST: Duration = Duration::from_secs(1);

/// Longest such wait.
pub const RETRY_LONGEST: Duration = Duration::from_secs(60);

/// Answers in a row that cannot be read before what they tell is passed over: the first may have been a fault.
pub const UNREADABLE_ANSWERS: u32 = 3;

/// The wait after so many failures in a row.
pub(crate) fn retry_wait(failures: u32) -> Duration {
    RETRY_FIRST.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(RETRY_LONGEST)
}
