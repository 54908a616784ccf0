//! LISTEN and NOTIFY.

use std::fmt;

use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use tokio::sync::mpsc;

use crate::store::postgres::Address;

/// PostgreSQL takes payloads of less than 8000 bytes.
pub(super) const LONGEST: usize = 7999;

/// A channel of a database.
#[derive(Clone)]
pub(crate) struct Notify {
    pool: PgPool,
    channel: String,
}

impl Notify {
    /// Uses the database at this address; `channel` is the same for all processes of one world.
    pub(crate) async fn open(address: &Address, channel: String) -> Result<Self, sqlx::Error> {
        // One connection listens, one publishes.
        let pool = PgPoolOptions::new().max_connections(2).connect(address.url()).await?;
        Ok(Self { pool, channel })
    }

    pub(super) async fn publish(&self, payload: &str) -> Result<(), String> {
        let sent = sqlx::query("SELECT pg_notify($1, $2)")
            .bind(self.channel.as_str())
            .bind(payload)
            .execute(&self.pool)
            .await;
        sent.map(drop).map_err(|error| error.to_string())
    }

    /// A connection of its own, which a task reads: waiting for a payload may be given up at any time.
    pub(super) async fn subscribe(&self) -> Result<Listening, String> {
        let mut listener = PgListener::connect_with(&self.pool).await.map_err(|error| error.to_string())?;
        // Whoever listens has to know when the connection was lost.
        listener.eager_reconnect(false);
        listener.listen(&self.channel).await.map_err(|error| error.to_string())?;
        let (payloads, listening) = mpsc::channel(64);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = payloads.closed() => return,
                    next = listener.try_recv() => match next {
                        Ok(Some(notification)) => {
                            if payloads.send(notification.payload().to_owned()).await.is_err() {
                                return;
                            }
                        }
                        Ok(None) => return,
                        Err(error) => {
                            tracing::warn!(%error, "the connection that listens is lost");
                            return;
                        }
                    }
                }
            }
        });
        Ok(Listening(listening))
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notify").finish_non_exhaustive()
    }
}

/// See [`Notify::subscribe`].
pub(super) struct Listening(mpsc::Receiver<String>);

impl Listening {
    pub(super) async fn next(&mut self) -> Option<String> {
        self.0.recv().await
    }
}
