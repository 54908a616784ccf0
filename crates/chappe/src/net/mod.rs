//! The task that owns the connection.

mod answers;
mod calls;
mod commands;
mod exchange;
mod inited;
mod keys;
mod socket;
mod task;
mod temporary;
#[cfg(test)]
mod tests;
#[cfg(all(feature = "tls", not(target_family = "wasm")))]
pub(crate) mod tls;
mod tunnel;
#[cfg(not(target_family = "wasm"))]
mod websocket;
mod wire;

use std::sync::Arc;

use tokio::sync::mpsc;

pub(crate) use commands::NetHandle;

use crate::builder::Config;
use crate::error::Error;
use crate::limits;
#[cfg(target_family = "wasm")]
use crate::rt::websocket;
use crate::rt::{self, JoinHandle};
use crate::session::Session;
use crate::updates::ConnectionState;

/// What the connection tells the account.
#[derive(Debug)]
pub(crate) enum NetEvent {
    /// The answer to a call that moved a counter: that of a channel, or of the account. Nothing else tells of it.
    Affected { channel: Option<i64>, pts: i32, pts_count: i32 },
    /// A connection stands, or it broke and another one is being made.
    Connection(ConnectionState),
    /// Updates may have been lost: ask for the difference.
    Lost,
    /// A call that sent a message, and its short answer, both as TL bytes.
    Sent { request: Arc<Vec<u8>>, answer: Vec<u8> },
    /// An object with updates, as TL bytes.
    Updates(Vec<u8>),
}

/// Connects and starts the task.
pub(crate) async fn start(
    config: Arc<Config>,
    store: Arc<dyn Session>,
) -> Result<(NetHandle, mpsc::Receiver<NetEvent>, JoinHandle<()>), Error> {
    let (handle, orders) = NetHandle::new(config.hooks.clone());
    let (events, inbox) = mpsc::channel(limits::MAX_WAITING_UPDATES);
    let task = task::Task::new(config, store, orders, events).await?;
    let task = rt::spawn(task.run());
    Ok((handle, inbox, task))
}
