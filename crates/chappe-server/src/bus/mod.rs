//! Hints between the processes that share a world.
//!
//! What happened is in the database; a hint only says where to look, so that a client at another process hears of it at
//! once. A process that missed some (a connection was lost, another process died in the middle of something) has its
//! clients ask for the difference: a lost hint costs time and nothing else.
//!
//! ```text
//! World::tell ──▶ Bus ──▶ publisher ──▶ carrier ──▶ listener of every other process ──▶ World::hear ──▶ sessions
//! ```

mod carrier;
#[cfg(feature = "nats")]
mod nats;
mod postgres;
mod stream;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::call::After;
use crate::keys::lock;
use crate::world::World;
pub(crate) use carrier::Carrier;
pub(crate) use postgres::Notify;
use stream::{Inbox, Outbox};

/// Hints that wait to be published; beyond them the others are told that some are missing.
const WAITING: usize = 16 * 1024;
/// How often a process says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// A process that has said nothing for so long is dead, and may have left something half done.
const SILENCE: Duration = Duration::from_secs(7);
/// Pause before something that failed is tried again.
const AGAIN: Duration = Duration::from_millis(300);

const ALIVE: &str = "alive";
const BYE: &str = "bye";

/// The way to the other processes; one that leads nowhere if there are none.
#[derive(Debug, Default)]
pub(crate) struct Bus {
    words: Option<mpsc::Sender<String>>,
    publisher: Mutex<Option<JoinHandle<()>>>,
}

impl Bus {
    /// Starts to publish over `carrier`; `node` is the name of this process.
    pub(crate) fn new(carrier: Carrier, node: u64) -> Self {
        let (words, waiting) = mpsc::channel(WAITING);
        let publisher = tokio::spawn(publish(carrier, node, waiting));
        Self { words: Some(words), publisher: Mutex::new(Some(publisher)) }
    }

    /// Whether there may be other processes.
    pub(crate) fn is_shared(&self) -> bool {
        self.words.is_some()
    }

    /// Has the other processes hear of this.
    pub(crate) fn tell(&self, after: &After) {
        let Some(words) = &self.words else { return };
        let word = match serde_json::to_string(after) {
            Ok(word) => word,
            Err(error) => {
                tracing::error!(%error, "a hint could not be written");
                return;
            }
        };
        // If it does not fit, the publisher is stuck: the listeners will see a gap.
        let _ = words.try_send(word);
    }

    /// Publishes what waits, and says good-bye.
    pub(crate) async fn close(&self) {
        let Some(words) = &self.words else { return };
        let _ = words.send(BYE.to_owned()).await;
        let publisher = lock(&self.publisher).take();
        if let Some(publisher) = publisher {
            let _ = tokio::time::timeout(SILENCE, publisher).await;
        }
    }
}

/// Publishes what comes, many hints at once where they come fast, until the last one is a good-bye or nobody can send
/// any more.
async fn publish(carrier: Carrier, node: u64, mut waiting: mpsc::Receiver<String>) {
    let mut outbox = Outbox::new(node);
    let mut beat = tokio::time::interval(HEARTBEAT);
    let mut last = false;
    while !last {
        tokio::select! {
            biased;
            _ = beat.tick() => outbox.push(ALIVE),
            word = waiting.recv() => {
                if waiting.len() + 1 >= WAITING {
                    outbox.skip();
                }
                let more = std::iter::from_fn(|| waiting.try_recv().ok());
                for word in std::iter::once(word.unwrap_or_else(|| BYE.to_owned())).chain(more) {
                    last |= word == BYE;
                    outbox.push(&word);
                }
            }
        }
        while let Some(payload) = outbox.next(carrier.longest()) {
            let since = Instant::now();
            while let Err(error) = carrier.publish(&payload).await {
                if last || since.elapsed() > SILENCE {
                    // Whoever listens sees the gap.
                    tracing::error!(error, "hints for other processes are lost");
                    outbox.clear();
                    break;
                }
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// Listens until the server stops.
pub(crate) async fn listen(world: Arc<World>, carrier: Carrier, node: u64) {
    let mut shutdown = world.shutdown.clone();
    tokio::select! {
        _ = shutdown.wait_for(|stop| *stop) => {}
        () = listen_forever(&world, &carrier, node) => {}
    }
}

async fn listen_forever(world: &Arc<World>, carrier: &Carrier, node: u64) {
    let mut inbox = Inbox::new(node);
    let mut was_lost = false;
    loop {
        match carrier.subscribe().await {
            Ok(mut subscription) => {
                if was_lost {
                    tracing::warn!("hints from other processes may be lost: clients look for themselves");
                    world.catch_up().await;
                }
                inbox.begin(Instant::now());
                loop {
                    match tokio::time::timeout(HEARTBEAT, subscription.next()).await {
                        Ok(Some(payload)) => hear(world, inbox.take(&payload, Instant::now())).await,
                        Ok(None) => break,
                        Err(_) => {}
                    }
                    let now = Instant::now();
                    if inbox.has_dead(now, SILENCE) {
                        tracing::warn!("another process ended without a word: its work is taken over");
                        world.take_over().await;
                    }
                    // One's own heartbeat does not come back: the line is dead.
                    if inbox.is_deaf(now, SILENCE) {
                        break;
                    }
                }
            }
            Err(error) => tracing::error!(error, "the hints of other processes cannot be heard"),
        }
        was_lost = true;
        tokio::time::sleep(AGAIN).await;
    }
}

async fn hear(world: &Arc<World>, heard: stream::Heard) {
    if heard.gap {
        tracing::warn!("hints of another process are missing: clients look for themselves");
        world.catch_up().await;
    }
    for word in heard.words {
        match serde_json::from_str(&word) {
            Ok(after) => world.hear(after).await,
            // Another version may know more.
            Err(error) => tracing::debug!(%error, "a hint was not understood"),
        }
    }
}
