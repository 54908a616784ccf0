//! What hints travel over.

#[cfg(feature = "nats")]
use super::nats;
use super::postgres;

/// One of the ways. Errors are for the log.
#[derive(Clone, Debug)]
pub(crate) enum Carrier {
    /// LISTEN and NOTIFY of the database that holds the world.
    Postgres(postgres::Notify),
    #[cfg(feature = "nats")]
    Nats(nats::Nats),
}

/// Payloads as they come.
pub(super) enum Subscription {
    Postgres(postgres::Listening),
    #[cfg(feature = "nats")]
    Nats(nats::Listening),
}

impl Carrier {
    /// The way that an address names, `nats://…`. `name` is the same for all processes of one world.
    pub(crate) async fn open(address: &str, name: String) -> Result<Self, String> {
        if !address.starts_with("nats://") {
            return Err("it does not begin with nats://".to_owned());
        }
        #[cfg(feature = "nats")]
        return nats::Nats::open(address, name).await.map(Self::Nats);
        #[cfg(not(feature = "nats"))]
        {
            let _ = name;
            Err("this program was built without NATS; build it with --features nats".to_owned())
        }
    }

    /// Bytes of one payload, at most.
    pub(super) const fn longest(&self) -> usize {
        match self {
            Self::Postgres(_) => postgres::LONGEST,
            #[cfg(feature = "nats")]
            Self::Nats(_) => nats::LONGEST,
        }
    }

    pub(super) async fn publish(&self, payload: &str) -> Result<(), String> {
        match self {
            Self::Postgres(notify) => notify.publish(payload).await,
            #[cfg(feature = "nats")]
            Self::Nats(nats) => nats.publish(payload).await,
        }
    }

    pub(super) async fn subscribe(&self) -> Result<Subscription, String> {
        match self {
            Self::Postgres(notify) => notify.subscribe().await.map(Subscription::Postgres),
            #[cfg(feature = "nats")]
            Self::Nats(nats) => nats.subscribe().await.map(Subscription::Nats),
        }
    }
}

impl Subscription {
    /// The next payload; `None` once the line is lost. May be dropped while it waits.
    pub(super) async fn next(&mut self) -> Option<String> {
        match self {
            Self::Postgres(listening) => listening.next().await,
            #[cfg(feature = "nats")]
            Self::Nats(listening) => listening.next().await,
        }
    }
}
