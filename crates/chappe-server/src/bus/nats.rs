//! NATS, for worlds whose database has no LISTEN and NOTIFY.

use std::fmt;

use async_nats::{Client, ConnectOptions, Subscriber};
use futures_util::StreamExt as _;

/// Servers take messages of 1 MiB unless told otherwise.
pub(super) const LONGEST: usize = 512 * 1024;

/// A subject at a server.
#[derive(Clone)]
pub(crate) struct Nats {
    client: Client,
    subject: String,
}

impl Nats {
    /// Connects to `nats://user:password@host:port`; `subject` is the same for all processes of one world. A lost
    /// connection comes back by itself.
    pub(crate) async fn open(address: &str, subject: String) -> Result<Self, String> {
        let client = ConnectOptions::new().name("chappe").connect(address).await;
        Ok(Self { client: client.map_err(|error| error.to_string())?, subject })
    }

    pub(super) async fn publish(&self, payload: &str) -> Result<(), String> {
        let payload = payload.to_owned().into();
        self.client.publish(self.subject.clone(), payload).await.map_err(|error| error.to_string())?;
        self.client.flush().await.map_err(|error| error.to_string())
    }

    pub(super) async fn subscribe(&self) -> Result<Listening, String> {
        let listening = self.client.subscribe(self.subject.clone()).await;
        listening.map(Listening).map_err(|error| error.to_string())
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nats").finish_non_exhaustive()
    }
}

/// See [`Nats::subscribe`].
pub(super) struct Listening(Subscriber);

impl Listening {
    pub(super) async fn next(&mut self) -> Option<String> {
        loop {
            let message = self.0.next().await?;
            // What is no text is nobody's of ours.
            if let Ok(text) = String::from_utf8(message.payload.to_vec()) {
                return Some(text);
            }
        }
    }
}
