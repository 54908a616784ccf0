use std::time::Duration;

use chappe_crypto::AuthKey;
use chappe_crypto::dh::PrimeCache;
use chappe_crypto::rsa::RsaPublicKey;

#[cfg(doc)]
use super::ClientExchange;
use crate::exchange::limits::EXCHANGE_TIMEOUT;

/// How long the new key is meant to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyLifetime {
    /// Until it is destroyed.
    Permanent,
    /// For a while, for perfect forward secrecy; it must be bound to a permanent key.
    Temporary {
        /// Life in seconds. Official clients ask for about a day.
        expires_in: i32,
    },
}

/// What an exchange needs to know.
#[derive(Clone, Debug)]
pub struct ClientExchangeConfig {
    /// The server keys we trust, the most preferred first. No other key is ever used.
    pub keys: Vec<RsaPublicKey>,
    /// The data centre as it is written into the exchange: `N`, `N + 10000` for a test one, negative for a media-only
    /// one.
    pub dc: i32,
    /// Default: permanent.
    pub lifetime: KeyLifetime,
    /// How long the exchange may take. Default: 30 seconds.
    pub timeout: Duration,
    /// Verdicts on moduli from earlier exchanges. Default: none.
    pub prime_cache: PrimeCache,
}

impl ClientExchangeConfig {
    /// A permanent key for data centre `dc`.
    pub fn new(keys: Vec<RsaPublicKey>, dc: i32) -> Self {
        Self {
            keys,
            dc,
            lifetime: KeyLifetime::Permanent,
            timeout: EXCHANGE_TIMEOUT,
            prime_cache: PrimeCache::new(),
        }
    }
}

/// What an exchange wants from its driver.
#[derive(Debug)]
pub enum Output {
    /// Something happened.
    Event(ExchangeEvent),
    /// Call [`ClientExchange::handle_timeout`] at this moment of the monotonic clock, unless the exchange is over.
    Timeout(Duration),
    /// Send this packet.
    Transmit(Vec<u8>),
}

/// What happened in an exchange.
#[derive(Debug)]
pub enum ExchangeEvent {
    /// The key is made. Store it before its first use; the exchange is over.
    Done(NewAuthKey),
}

/// A key and what came with it.
#[derive(Clone, Debug)]
pub struct NewAuthKey {
    /// The key.
    pub auth_key: AuthKey,
    /// The salt to begin with.
    pub first_salt: i64,
    /// Time of the server minus local time, in seconds.
    pub time_offset: i64,
    /// When a temporary key ends, by the clock of the server, Unix seconds.
    pub expires_at: Option<i32>,
}
