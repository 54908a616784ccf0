//! Connections to the data centres that have files but not the account.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chappe_api::{enums, functions, types};
use chappe_crypto::rsa::RsaPublicKey;
use chappe_tl::Encode;
use tokio::sync::watch;

use crate::builder::Config;
use crate::call::{Call, InvokeOptions, Policy};
use crate::client::Client;
use crate::data_centres::{Address, DataCentres};
use crate::error::{Error, ErrorKind, InvokeError};
use crate::net::{self, NetHandle};
use crate::session::{Elsewhere, MemorySession};

/// A connection that is made ready anew. In a box, because that makes calls itself.
type Anew<'a> = Pin<Box<dyn Future<Output = Result<NetHandle, Error>> + Send + 'a>>;

/// The connections, by data centre. They are made when they are needed and end with the login or the client.
#[derive(Default)]
pub(crate) struct Centres {
    slots: Mutex<HashMap<i32, Arc<Slot>>>,
    /// Changes when all of them are ended; `true` once no more are made.
    ended: watch::Sender<bool>,
}

/// The connection to one data centre.
#[derive(Default)]
struct Slot {
    /// Held by whoever connects or logs in. Those who want another data centre do not wait for that.
    connecting: tokio::sync::Mutex<()>,
    centre: Mutex<Option<Centre>>,
}

struct Centre {
    net: NetHandle,
    /// Whether all is done that its use needs.
    ready: bool,
}

impl Drop for Centre {
    fn drop(&mut self) {
        self.net.shutdown();
    }
}

impl Slot {
    fn net(&self, ready: bool) -> Option<NetHandle> {
        lock(&self.centre).as_ref().filter(|centre| centre.ready || !ready).map(|centre| centre.net.clone())
    }

    fn put(&self, net: &NetHandle, ready: bool) {
        *lock(&self.centre) = Some(Centre { net: net.clone(), ready });
    }

    fn set_ready(&self) {
        if let Some(centre) = &mut *lock(&self.centre) {
            centre.ready = true;
        }
    }
}

impl Centres {
    fn slot(&self, dc_id: i32) -> Arc<Slot> {
        lock(&self.slots).entry(dc_id).or_default().clone()
    }

    /// The data centre to which this is the connection. It has to be made ready again before it is used: anew, if the key
    /// is lost.
    fn doubt(&self, net: &NetHandle, is_lost: bool) -> Option<i32> {
        lock(&self.slots).iter().find_map(|(dc_id, slot)| {
            let mut centre = lock(&slot.centre);
            centre.as_mut().filter(|centre| centre.net.is(net))?.ready = false;
            if is_lost {
                *centre = None;
            }
            Some(*dc_id)
        })
    }

    /// Does this unless all connections are ended meanwhile.
    async fn until_ended<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let mut ended = self.ended.subscribe();
        if *ended.borrow_and_update() {
            return Err(Error::closed());
        }
        tokio::select! {
            biased;
            _ = ended.changed() => Err(Error::closed()),
            outcome = work => outcome,
        }
    }

    /// Cuts all of them, so that they are made anew, also by those who have given up.
    pub(crate) fn reconnect(&self) {
        for slot in lock(&self.slots).values() {
            if let Some(centre) = &*lock(&slot.centre) {
                centre.net.reconnect();
            }
        }
    }

    /// Ends all of them, and those that are being made; `for_good` if no more are to be made.
    pub(crate) async fn end(&self, for_good: bool) {
        self.ended.send_modify(|ended| *ended |= for_good);
        let slots: Vec<_> = lock(&self.slots).drain().collect();
        for (_, slot) in slots {
            let centre = lock(&slot.centre).take();
            if let Some(centre) = centre {
                centre.net.shutdown();
                centre.net.ended().await;
            }
        }
    }
}

impl Client {
    /// A connection to a data centre on which this account is logged in: the client's own, or one to which its
    /// authorization was carried over (`auth.exportAuthorization`).
    pub(crate) async fn data_centre(&self, dc_id: i32) -> Result<NetHandle, Error> {
        let own = self.stored_session().await.ok_or_else(Error::closed)?.dc_id;
        if dc_id == own {
            return Ok(self.inner.net.clone());
        }
        let slot = self.inner.centres.slot(dc_id);
        let connected = async {
            let _alone = slot.connecting.lock().await;
            if let Some(net) = slot.net(true) {
                return Ok(net);
            }
            let Some(there) = self.inner.config.centres.starting_at(dc_id) else {
                let message = format!(
                    "the file is in data centre {dc_id}, which is not among the known ones: add it to the client's \
                     `data_centres`"
                );
                return Err(Error::new(ErrorKind::Connection, message));
            };
            let store = Arc::new(Elsewhere::new(self.inner.store.clone(), dc_id));
            let mut net = match slot.net(false) {
                Some(net) => net,
                None => self.connect_beside(&slot, there.clone(), store.clone()).await?,
            };
            match self.log_in_beside(&net, dc_id).await {
                // The key of an earlier run, which is not known there any more.
                Err(InvokeError::SessionLost) => {
                    store.forget().await?;
                    net = self.connect_beside(&slot, there, store).await?;
                    self.log_in_beside(&net, dc_id).await?;
                }
                outcome => outcome?,
            }
            slot.set_ready();
            Ok(net)
        };
        self.inner.centres.until_ended(connected).await
    }

    /// What to do about a call to another data centre that says that nobody is logged in there: that login may have ended
    /// by itself, and is carried over anew. `None` if it was something else.
    pub(crate) fn again_at(&self, net: &NetHandle, error: &InvokeError) -> Option<Anew<'_>> {
        if !error.is_unauthorized() {
            return None;
        }
        let dc_id = self.inner.centres.doubt(net, matches!(error, InvokeError::SessionLost))?;
        tracing::debug!(dc_id, %error, "the login at another data centre has ended");
        Some(Box::pin(self.data_centre(dc_id)))
    }

    /// Carries the authorization over. Once in each run, though the key may have one: it may have ended since.
    async fn log_in_beside(&self, there: &NetHandle, dc_id: i32) -> Result<(), InvokeError> {
        let exported = self.invoke(functions::auth::ExportAuthorization { dc_id }).await?;
        let body =
            functions::auth::ImportAuthorization { id: exported.id, bytes: exported.bytes }.to_bytes()?;
        let policy = Policy { repeat_faults: true, ..self.policy() };
        let _logged_in: enums::auth::Authorization =
            Call::start(there, body, InvokeOptions::default(), policy).decoded().await?;
        Ok(())
    }

    /// A connection to a CDN, on which nobody is logged in. Where it is and which key it has is asked of the server.
    pub(crate) async fn cdn_centre(&self, dc_id: i32) -> Result<NetHandle, Error> {
        let slot = self.inner.centres.slot(dc_id);
        let connected = async {
            let _alone = slot.connecting.lock().await;
            if let Some(net) = slot.net(true) {
                return Ok(net);
            }
            let known = &self.inner.config.centres;
            let address = match known.address(dc_id) {
                Some(address) => address.clone(),
                None => {
                    let config = self.invoke(functions::help::GetConfig {}).await?;
                    cdn_address(&config.dc_options, dc_id).ok_or_else(|| unknown_cdn(dc_id, "address"))?
                }
            };
            let config = self.invoke(functions::help::GetCdnConfig {}).await?;
            let key = config.public_keys.into_iter().find(|key| key.dc_id == dc_id);
            let key = key.and_then(|key| RsaPublicKey::from_pem(&key.public_key).ok());
            let key = key.ok_or_else(|| unknown_cdn(dc_id, "usable key"))?;
            // Its key is worth nothing once the process has ended: there is no need for a temporary one besides.
            let config = Config {
                centres: known.of_cdn(dc_id, address, key),
                temporary_keys: None,
                ..(*self.inner.config).clone()
            };
            let (net, _events, _task) = net::start(Arc::new(config), Arc::new(MemorySession::new())).await?;
            slot.put(&net, true);
            Ok(net)
        };
        self.inner.centres.until_ended(connected).await
    }

    /// A connection of its own, not logged in yet.
    async fn connect_beside(
        &self,
        slot: &Slot,
        centres: DataCentres,
        store: Arc<Elsewhere>,
    ) -> Result<NetHandle, Error> {
        let config = Config { centres, ..(*self.inner.config).clone() };
        let (net, _events, _task) = net::start(Arc::new(config), store).await?;
        slot.put(&net, false);
        Ok(net)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The address of a CDN among those that the server names; one of the old kind first, which every machine can reach.
fn cdn_address(options: &[types::DcOption], dc_id: i32) -> Option<Address> {
    let mut of_cdn: Vec<_> = options.iter().filter(|option| option.cdn && option.id == dc_id).collect();
    of_cdn.sort_by_key(|option| option.ipv6);
    of_cdn.into_iter().find_map(|option| {
        let ip: IpAddr = option.ip_address.parse().ok()?;
        Address::new(ip.to_string(), u16::try_from(option.port).ok()?).ok()
    })
}

fn unknown_cdn(dc_id: i32, what: &str) -> Error {
    let message = format!("the server names no {what} of the content delivery network {dc_id}");
    Error::new(ErrorKind::Connection, message)
}
