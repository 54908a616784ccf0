//! The browser.

#![allow(unused_imports, dead_code, reason = "a facade has what its users may need next")]

pub(crate) mod fs;
pub(crate) mod net;
mod task;
mod time;
pub(crate) mod websocket;

pub(crate) use task::{JoinHandle, spawn, spawn_blocking};
pub(crate) use time::{Instant, SystemTime, UNIX_EPOCH, interval, sleep, sleep_until, timeout};
