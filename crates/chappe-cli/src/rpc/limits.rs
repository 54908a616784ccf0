//! Every bound of the service, with its unit and its reason.

/// Longest line that is read, in bytes: a part of a file in base64 and as much again, several times over.
pub(super) const MAX_LINE_LEN: usize = 4 << 20;

/// Calls of one connection that run at once; the next line is read when one has ended.
pub(super) const MAX_RUNNING: usize = 64;

/// Requests in one batch.
pub(super) const MAX_BATCH: usize = 1000;

/// Requests of one batch that run at once.
pub(super) const MAX_RUNNING_OF_BATCH: usize = 16;

/// Bytes that wait for a slow reader. Beyond that responses wait, and with them the reading of requests; events are
/// dropped and counted.
pub(super) const MAX_WAITING_LEN: usize = 8 << 20;

/// Connections to the socket at once.
#[cfg(unix)]
pub(super) const MAX_CONNECTIONS: usize = 64;

/// Logins in progress that are remembered.
pub(super) const MAX_LOGINS: usize = 16;

/// How often a program is told how far a transfer is, at most.
pub(super) const PROGRESS_INTERVAL: std::time::Duration = std::time::Duration::from_millis(200);

/// Users that are remembered with what it takes to call them.
pub(super) const MAX_USERS: usize = 10_000;
