//! Connections to the data centres that have files but not the account.

use std::collections::HashMap;
use std::sync::Arc;

use chappe_api::{enums, functions};
use chappe_tl::Encode;

use crate::builder::Config;
use crate::call::{Call, InvokeOptions, Policy};
use crate::client::Client;
use crate::error::{Error, ErrorKind, InvokeError};
use crate::net::{self, NetHandle};
use crate::session::MemorySession;

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
        self.0.lock().await.clear();
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
        let exported = self.invoke(functions::auth::ExportAuthorization { dc_id }).await?;
        let config = Arc::new(Config { centres: there, ..(*self.inner.config).clone() });
        // Its key is worth nothing once the process has ended.
        let (net, _events, _task) = net::start(config, Arc::new(MemorySession::new())).await?;
        let centre = Centre(net);
        let request = functions::auth::ImportAuthorization { id: exported.id, bytes: exported.bytes };
        let body = request.to_bytes().map_err(InvokeError::from)?;
        let policy = Policy { repeat_faults: true, ..self.policy() };
        let _logged_in: enums::auth::Authorization =
            Call::start(&centre.0, body, InvokeOptions::default(), policy).decoded().await?;
        let net = centre.0.clone();
        centres.insert(dc_id, centre);
        Ok(net)
    }
}
