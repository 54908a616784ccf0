//! Tokio, as it is.

#![allow(unused_imports, reason = "a facade has what its users may need next")]

pub(crate) use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) use tokio::task::{JoinHandle, spawn, spawn_blocking};
pub(crate) use tokio::time::{Instant, interval, sleep, sleep_until, timeout};
pub(crate) use tokio::{fs, net};
