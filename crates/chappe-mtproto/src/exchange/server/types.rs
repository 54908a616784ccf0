use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use chappe_crypto::AuthKey;
use chappe_crypto::dh::DhParams;
use chappe_crypto::rsa::RsaPrivateKey;

use crate::exchange::ExchangeError;
use crate::exchange::limits::{EXCHANGE_TIMEOUT, MAX_PENDING, MAX_TEMP_LIFETIME, MIN_TEMP_LIFETIME};

/// The generator that goes with the well-known prime. Other primes cost clients seconds, and some refuse them.
const GENERATOR: i32 = 3;

/// What a server grants. Shared by all connections.
#[derive(Clone, Debug)]
pub struct ServerExchangeConfig {
    /// Our RSA keys; all are offered.
    pub keys: Vec<Arc<RsaPrivateKey>>,
    /// Our number, to refuse clients that take us for another data centre; test and media forms of it are accepted.
    /// Default: none, everyone is served.
    pub dc: Option<i32>,
    /// Whether inner data without a data centre is accepted, which older libraries send. Default: yes.
    pub accept_legacy_inner: bool,
    /// Whether the old RSA padding with SHA-1 is accepted. Its check takes a time that depends on the plaintext and so
    /// betrays it to a patient attacker: for tests with old clients only. Default: no.
    pub accept_legacy_rsa: bool,
    /// Permitted life of temporary keys, in seconds. Default: a minute to a week.
    pub temp_lifetime: RangeInclusive<i32>,
    /// How long an exchange may take. Default: 30 seconds.
    pub timeout: Duration,
    /// How many exchanges a connection may have under way; the oldest is forgotten. Default: 8.
    pub max_pending: usize,
    pub(super) params: DhParams,
}

impl ServerExchangeConfig {
    /// The defaults with these keys.
    ///
    /// # Errors
    /// [`ExchangeError::Crypto`], which does not happen: the parameters are well known.
    pub fn new(keys: Vec<Arc<RsaPrivateKey>>) -> Result<Self, ExchangeError> {
        Ok(Self {
            keys,
            dc: None,
            accept_legacy_inner: true,
            accept_legacy_rsa: false,
            temp_lifetime: MIN_TEMP_LIFETIME..=MAX_TEMP_LIFETIME,
            timeout: EXCHANGE_TIMEOUT,
            max_pending: MAX_PENDING,
            params: DhParams::known(GENERATOR)?,
        })
    }
}

/// What an exchange wants from its driver, in this order.
#[derive(Debug)]
pub enum Output {
    /// Make this key durable before the next output is acted on: the client will use it from then on.
    Persist(NewServerAuthKey),
    /// Send this packet.
    Transmit(Vec<u8>),
}

/// A key that a client has just made with us.
#[derive(Clone, Debug)]
pub struct NewServerAuthKey {
    /// The key.
    pub auth_key: AuthKey,
    /// The salt the client begins with; valid at once.
    pub first_salt: i64,
    /// The data centre that the client believes it talks to, as it wrote it: `N`, `N + 10000` test, negative media.
    pub dc: Option<i32>,
    /// When a temporary key ends, Unix seconds; `None` for a permanent one.
    pub expires_at: Option<i32>,
    /// When it was made, Unix seconds.
    pub created: i64,
}
