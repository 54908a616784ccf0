//! The task that owns the state of the account: update counters and secret chats.
//!
//! Everything that changes the state passes through this one task, and nothing is told or sent before what it depends
//! on is stored.

mod channels;
mod commands;
pub(crate) mod keys;
mod postponed;
mod secret;
mod task;
mod updates;
mod waiters;

use std::sync::Arc;

use tokio::sync::mpsc;

pub(crate) use commands::{AccountHandle, Outgoing, Query};
pub(crate) use waiters::why;

use crate::builder::Config;
use crate::error::Error;
use crate::net::{NetEvent, NetHandle};
use crate::peers::PeerCache;
use crate::rt::{self, JoinHandle};
use crate::session::Session;
use crate::updates::Hub;

/// Starts the task. It does nothing until somebody is logged in.
pub(crate) fn start(
    config: Arc<Config>,
    store: Arc<dyn Session>,
    net: NetHandle,
    events: mpsc::Receiver<NetEvent>,
    hub: Hub,
    peers: PeerCache,
) -> Result<(AccountHandle, JoinHandle<()>), Error> {
    let (handle, queries) = AccountHandle::new();
    let task = task::Task::new(config, store, net, events, queries, hub, peers)?;
    Ok((handle, rt::spawn(task.run())))
}
