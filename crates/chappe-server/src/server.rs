//! The handle of a running server.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chappe_crypto::Now;
use chappe_crypto::rsa::{RsaPrivateKey, RsaPublicKey};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::builder::ServerBuilder;
use crate::cdn::Cdn;
use crate::centres::DataCentre;
use crate::error::ServerError;
use crate::faults::Faults;
use crate::keys::lock;
use crate::limits::{MEDIA_TIMER_LOOK, PURGE_INTERVAL};
use crate::model::{email, phone};
use crate::observe::Observations;
use crate::world::World;

/// A running server. It stops when it is dropped; [`Server::shutdown`] also waits until everything has ended.
pub struct Server {
    pub(crate) world: Arc<World>,
    rsa: Arc<RsaPrivateKey>,
    stop: watch::Sender<bool>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

impl Server {
    pub(crate) fn new(
        world: Arc<World>,
        rsa: Arc<RsaPrivateKey>,
        stop: watch::Sender<bool>,
        listening: JoinHandle<()>,
    ) -> Self {
        Self { world, rsa, stop, listening: Mutex::new(Some(listening)) }
    }

    /// A server with every setting at its default; see there.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Where it listens, with the real port; with several data centres, where the one with [`dc_id`](Self::dc_id) does.
    pub fn address(&self) -> SocketAddr {
        self.world.address
    }

    /// The number of this data centre; with several, of the one at [`address`](Self::address).
    pub fn dc_id(&self) -> i32 {
        self.world.dc_id
    }

    /// All data centres, by number. There is one unless the builder was told otherwise.
    pub fn data_centres(&self) -> &[DataCentre] {
        self.world.centres.all()
    }

    /// The CDN data centre, if the builder was told to have one.
    pub fn cdn(&self) -> Option<Cdn> {
        self.world.cdn.clone().map(Cdn)
    }

    /// The RSA key that clients have to know.
    pub fn public_key(&self) -> &RsaPublicKey {
        self.rsa.public()
    }

    /// The same as `RSA PUBLIC KEY` (PKCS#1) in PEM, the form that most clients take.
    pub fn public_key_pem(&self) -> String {
        // The encoder cannot fail on a key of this size.
        self.rsa.public().to_pem().unwrap_or_default()
    }

    pub(crate) fn private_key(&self) -> Arc<RsaPrivateKey> {
        Arc::clone(&self.rsa)
    }

    /// The name of the RSA key in the auth key exchange.
    pub fn fingerprint(&self) -> i64 {
        self.rsa.public().fingerprint()
    }

    /// The login code that was last "sent" to a telephone number and not used yet. Numbers `99966XYYYY` have the
    /// code XXXXX.
    pub fn login_code(&self, phone: &str) -> Option<String> {
        self.world.code(&phone::normalise(phone)?)
    }

    /// The code that was last "sent" to a mail address and not used yet: for a login, for the recovery of a password, or to
    /// show whose address it is.
    pub fn email_code(&self, address: &str) -> Option<String> {
        self.world.code(&email::normalise(address)?)
    }

    /// Sets the server's clock ahead, and does what is due by then: codes and salts expire, queues are emptied,
    /// connections and sessions reach their deadlines, people have been away for longer.
    ///
    /// Clients notice by the answers to their next messages and follow.
    ///
    /// # Errors
    /// [`ServerError::Storage`] if what is too old could not be deleted.
    pub async fn advance(&self, by: Duration) -> Result<(), ServerError> {
        self.world.time.advance(by);
        Ok(self.world.purge().await?)
    }

    /// What goes wrong on purpose.
    pub fn faults(&self) -> Faults {
        self.world.faults.clone()
    }

    /// The time as the server sees it.
    pub fn now(&self) -> Now {
        self.world.clock.now()
    }

    /// What the server can see: one record for each call from now on.
    pub fn observations(&self) -> Observations {
        Observations(self.world.seen.subscribe())
    }

    /// How often each method was called that this server does not have, by TL name (or number, if the newest layer
    /// has no such method), or that it has without what was asked for, such as scheduled messages.
    pub fn unimplemented(&self) -> BTreeMap<String, u64> {
        lock(&self.world.unimplemented).clone()
    }

    /// How many answers and updates could not be turned into the older layer that a session speaks: each is a bug, and
    /// the caller got error 500.
    pub fn layer_failures(&self) -> u64 {
        self.world.layer_failures.count()
    }

    /// Errors that were given to methods of which the API's documents do not say that they may give them, with how often:
    /// each is a bug, since clients do not expect them. What the documents forget is in `schema/unlisted_errors.tsv`.
    pub fn unlisted_errors(&self) -> BTreeMap<String, u64> {
        lock(&self.world.unlisted).clone()
    }

    /// Stops: no new connections, the open ones end, calls under way are finished, then the storage is closed.
    pub async fn shutdown(self) {
        self.stop().await;
    }

    /// The same for a server that others still hold. What they ask for afterwards fails.
    pub async fn stop(&self) {
        let _ = self.stop.send(true);
        let listening = lock(&self.listening).take();
        if let Some(listening) = listening {
            let _ = listening.await;
        }
        self.world.keys.close();
        self.world.tasks.ended().await;
        self.world.bus.close().await;
        self.world.store.close().await;
        tracing::info!("the server has stopped");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.world.keys.close();
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.world.address)
            .field("dc_id", &self.world.dc_id)
            .finish_non_exhaustive()
    }
}

/// Takes away media that were opened, each at its time, until the server stops.
pub(crate) async fn expire_media_in_time(world: Arc<World>) {
    let mut shutdown = world.shutdown.clone();
    loop {
        let due = world.expire_media().await.unwrap_or_else(|error| {
            tracing::error!(%error, "media whose time is over could not be taken away");
            None
        });
        let now = world.clock.now();
        let wait = due.map(|due| Duration::from_secs(due.unsigned_abs()).saturating_sub(now.unix));
        // What was opened at another process is its business, unless it has ended.
        let wait = if world.bus.is_shared() {
            Some(wait.unwrap_or(MEDIA_TIMER_LOOK).min(MEDIA_TIMER_LOOK))
        } else {
            wait
        };
        let sleep = async {
            match wait {
                Some(wait) => world.clock.sleep_until(now.monotonic.saturating_add(wait)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = shutdown.changed() => return,
            () = world.media_opened.notified() => {}
            () = sleep => {}
        }
    }
}

/// Deletes what is older than its time, now and then, until the server stops.
pub(crate) async fn purge_regularly(world: Arc<World>) {
    let mut shutdown = world.shutdown.clone();
    let mut due = world.clock.now().monotonic + PURGE_INTERVAL;
    loop {
        tokio::select! {
            _ = shutdown.changed() => return,
            () = world.clock.sleep_until(due) => {
                if world.clock.now().monotonic < due {
                    continue;
                }
                due = world.clock.now().monotonic + PURGE_INTERVAL;
                if let Err(error) = world.purge().await {
                    tracing::error!(%error, "old rows could not be deleted");
                }
            }
        }
    }
}
