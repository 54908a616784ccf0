//! Connections to the data centres that have files but not the account.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use chappe_api::{enums, functions, types};
use chappe_crypto::rsa::RsaPublicKey;
use chappe_tl::Encode;

use crate::builder::Config;
use crate::call::{Call, InvokeOptions, Policy};
use crate::client::Client;
use crate::data_centres::{Address, DataCentres};
use crate::error::{Error, ErrorKind, InvokeError};
use crate::net::{self, NetHandle};
use crate::session::{Elsewhere, MemorySession};

/// The connections, by data centre. They are made when they are needed and end with the client.
#[derive(Default)]
pub(crate) struct Centres(tokio::sync::Mutex<HashMap<i32, Centre>>);

struct Centre(NetHandle);

impl Drop for Centre {
    fn drop(&mut self) {
        self.0.shutdown();
    }
}

impl Centres {
    /// Ends all of them.
    pub(crate) async fn close(&self) {
        let centres: Vec<Centre> = self.0.lock().await.drain().map(|(_, centre)| centre).collect();
        for centre in centres {
            centre.0.shutdown();
            centre.0.ended().await;
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
        let mut centres = self.inner.centres.0.lock().await;
        if let Some(centre) = centres.get(&dc_id) {
            return Ok(centre.0.clone());
        }
        let Some(there) = self.inner.config.centres.starting_at(dc_id) else {
            let message = format!(
                "the file is in data centre {dc_id}, which is not among the known ones: add it to the client's \
                 `data_centres`"
            );
            return Err(Error::new(ErrorKind::Connection, message));
        };
        let store = Arc::new(Elsewhere::new(self.inner.store.clone(), dc_id));
        let mut centre = self.connect_beside(there.clone(), store.clone()).await?;
        match self.log_in_beside(&centre.0, dc_id).await {
            // The key of an earlier run, which is not known there any more.
            Err(InvokeError::SessionLost) => {
                store.forget().await?;
                centre = self.connect_beside(there, store).await?;
                self.log_in_beside(&centre.0, dc_id).await?;
            }
            outcome => outcome?,
        }
        let net = centre.0.clone();
        centres.insert(dc_id, centre);
        Ok(net)
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
        let mut centres = self.inner.centres.0.lock().await;
        if let Some(centre) = centres.get(&dc_id) {
            return Ok(centre.0.clone());
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
        centres.insert(dc_id, Centre(net.clone()));
        Ok(net)
    }

    /// A connection of its own.
    async fn connect_beside(&self, centres: DataCentres, store: Arc<Elsewhere>) -> Result<Centre, Error> {
        let config = Config { centres, ..(*self.inner.config).clone() };
        let (net, _events, _task) = net::start(Arc::new(config), store).await?;
        Ok(Centre(net))
    }
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
