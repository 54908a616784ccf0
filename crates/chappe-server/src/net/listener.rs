//! Accepting connections, not too many from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::connection;
use crate::keys::lock;
use crate::stats::count;
use crate::world::World;

/// Pause after a failed accept: when there are no file descriptors left, trying again at once would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// A place among the connections of an address, given back when dropped.
struct Place {
    counts: Counts,
    address: IpAddr,
}

impl Place {
    fn take(counts: &Counts, address: IpAddr, limit: usize) -> Option<Self> {
        let mut held = lock(counts);
        let count = held.entry(address).or_insert(0);
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Self { counts: Arc::clone(counts), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = lock(&self.counts);
        if let Some(count) = held.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}

/// Serves connections to all data centres until the server stops; then waits until every one has ended.
pub(crate) async fn listen(world: Arc<World>, listeners: Vec<(i32, TcpListener)>) {
    let counts = Counts::default();
    let mut tasks = JoinSet::new();
    for (centre, listener) in listeners {
        tasks.spawn(listen_at(Arc::clone(&world), centre, listener, Arc::clone(&counts)));
    }
    while tasks.join_next().await.is_some() {}
}

async fn listen_at(world: Arc<World>, centre: i32, listener: TcpListener, counts: Counts) {
    let mut shutdown = world.shutdown.clone();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = shutdown.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((socket, address)) => {
                    let Some(place) = Place::take(&counts, address.ip(), world.connections_per_address) else {
                        count(&world.stats.refused, 1);
                        tracing::warn!("an address has too many connections; one more was refused");
                        continue;
                    };
                    let world = Arc::clone(&world);
                    connections.spawn(async move {
                        connection::serve(world, centre, socket, address).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
