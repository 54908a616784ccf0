//! What hints travel over.

use super::postgres;

/// One of the ways. Errors are for the log.
#[derive(Clone, Debug)]
pub(crate) enum Carrier {
    /// LISTEN and NOTIFY of the database that holds the world.
    Postgres(postgres::Notify),
}

/// Payloads as they come.
pub(super) enum Subscription {
    Postgres(postgres::Listening),
}

impl Carrier {
    /// Bytes of one payload, at most.
    pub(super) const fn longest(&self) -> usize {
        match self {
            Self::Postgres(_) => postgres::LONGEST,
        }
    }

    pub(super) async fn publish(&self, payload: &str) -> Result<(), String> {
        match self {
            Self::Postgres(notify) => notify.publish(payload).await,
        }
    }

    pub(super) async fn subscribe(&self) -> Result<Subscription, String> {
        match self {
            Self::Postgres(notify) => notify.subscribe().await.map(Subscription::Postgres),
        }
    }
}

impl Subscription {
    /// The next payload; `None` once the line is lost. May be dropped while it waits.
    pub(super) async fn next(&mut self) -> Option<String> {
        match self {
            Self::Postgres(listening) => listening.next().await,
        }
    }
}
