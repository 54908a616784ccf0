//! The server's side.
//!
//! One [`ServerExchange`] belongs to one connection. It bears with what stock clients do: several exchanges at once,
//! queries repeated, any msg_id, random bytes behind the objects, and an exchange that goes on over another connection
//! ([`ServerExchange::take_pending`]).
//!
//! Everything that is expensive (one RSA operation, two modular powers) happens inside
//! [`ServerExchange::handle_packet`]: call it off the thread that does the I/O, behind a bounded queue.

use std::collections::VecDeque;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use chappe_api::mtproto::{functions, types};
use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_crypto::exchange_keys::{TmpAes, first_salt, new_nonce_hash1, new_nonce_hash2, new_nonce_hash3};
use chappe_crypto::factor::{generate_pq, pq_to_bytes};
use chappe_crypto::rsa::RsaPrivateKey;
use chappe_crypto::{AuthKey, AuthKeyId, Now, hash};
use chappe_tl::{Constructor, Decode, Encode, Function, Reader};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::ExchangeError;
use super::limits::{
    ANSWER_LIFETIME, EXCHANGE_TIMEOUT, MAX_PENDING, MAX_RETRIES, MAX_TEMP_LIFETIME, MIN_TEMP_LIFETIME,
};
use crate::plain::{PlainIds, PlainMessage};

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
    params: DhParams,
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

/// The exchanges of one connection.
pub struct ServerExchange {
    config: Arc<ServerExchangeConfig>,
    ids: PlainIds,
    pending: VecDeque<PendingExchange>,
    outputs: VecDeque<Output>,
    failed: bool,
}

/// One exchange under way.
pub struct PendingExchange {
    nonce: [u8; 16],
    server_nonce: [u8; 16],
    pq: Vec<u8>,
    p: Vec<u8>,
    q: Vec<u8>,
    started: Duration,
    res_pq: Vec<u8>,
    stage: Stage,
}

enum Stage {
    Pq,
    Dh(Box<Dh>),
    /// Nothing secret is left, only the answer for a client that lost it.
    Done(Answered),
}

struct Dh {
    first: Answered,
    new_nonce: Zeroizing<[u8; 32]>,
    tmp: TmpAes,
    secret: DhSecret,
    dc: Option<i32>,
    expires_in: Option<i32>,
    retry: Option<(Answered, i64)>,
    retries: u8,
}

/// A query by its hash, and the body it was answered with.
struct Answered {
    query: [u8; 32],
    body: Vec<u8>,
}

/// What RSA protects.
struct Inner {
    pq: Vec<u8>,
    p: Vec<u8>,
    q: Vec<u8>,
    nonce: [u8; 16],
    server_nonce: [u8; 16],
    new_nonce: Zeroizing<[u8; 32]>,
    dc: Option<i32>,
    expires_in: Option<i32>,
}

impl PendingExchange {
    /// The client's nonce, which names the exchange.
    pub fn nonce(&self) -> &[u8; 16] {
        &self.nonce
    }

    fn is_stale(&self, now: Now, timeout: Duration) -> bool {
        let age = now.monotonic.saturating_sub(self.started);
        age > if matches!(self.stage, Stage::Done(_)) { ANSWER_LIFETIME } else { timeout }
    }
}

impl ServerExchange {
    /// For a connection just accepted.
    pub fn new(config: Arc<ServerExchangeConfig>) -> Self {
        Self {
            config,
            ids: PlainIds::default(),
            pending: VecDeque::new(),
            outputs: VecDeque::new(),
            failed: false,
        }
    }

    /// Takes a plain message of the connection. Then drain [`ServerExchange::poll_output`].
    ///
    /// `key_exists` says whether a key of that name is in use; the client is then asked for another one.
    ///
    /// # Errors
    /// Answer [`TransportErrorCode::UNKNOWN_KEY`](crate::transport::TransportErrorCode::UNKNOWN_KEY), whatever the
    /// error, and log it at most. All later queries of this connection fail, too.
    pub fn handle_packet(
        &mut self,
        packet: &[u8],
        now: Now,
        rng: &mut (impl CryptoRng + ?Sized),
        key_exists: impl Fn(AuthKeyId) -> bool,
    ) -> Result<(), ExchangeError> {
        if self.failed {
            return Err(ExchangeError::Over);
        }
        let timeout = self.config.timeout;
        self.pending.retain(|pending| !pending.is_stale(now, timeout));
        let result = self.dispatch(packet, now, rng, key_exists);
        if result.is_err() {
            self.failed = true;
            self.pending.clear();
        }
        result
    }

    /// What the driver has to do next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// How many exchanges are under way (or just over, with their answer kept).
    pub fn pending_count(&self) -> usize {
        self.pending.len()
    }

    /// The nonce that a packet of an exchange belongs to, for drivers that let an exchange go on over another
    /// connection.
    pub fn nonce_of(packet: &[u8]) -> Option<[u8; 16]> {
        let body = PlainMessage::decode(packet)?.body;
        let mut reader = Reader::new(body);
        let id = reader.u32().ok()?;
        let known = [
            functions::ReqPq::CONSTRUCTOR_ID,
            functions::ReqPqMulti::CONSTRUCTOR_ID,
            functions::ReqDhParams::CONSTRUCTOR_ID,
            functions::SetClientDhParams::CONSTRUCTOR_ID,
        ];
        known.contains(&id).then(|| reader.array().ok()).flatten()
    }

    /// Takes an exchange out of a connection that is gone, for [`ServerExchange::adopt`].
    pub fn take_pending(&mut self, nonce: &[u8; 16]) -> Option<PendingExchange> {
        let index = self.pending.iter().position(|pending| pending.nonce == *nonce)?;
        self.pending.remove(index)
    }

    /// Goes on with an exchange that began on another connection.
    pub fn adopt(&mut self, pending: PendingExchange) {
        self.make_room();
        self.pending.push_back(pending);
    }

    fn make_room(&mut self) {
        while self.pending.len() >= self.config.max_pending.max(1) {
            self.pending.pop_front();
        }
    }

    fn transmit(&mut self, body: &[u8], now: Now) {
        let msg_id = self.ids.next(now, 1);
        self.outputs.push_back(Output::Transmit(PlainMessage { msg_id, body }.encode()));
    }

    fn dispatch(
        &mut self,
        packet: &[u8],
        now: Now,
        rng: &mut (impl CryptoRng + ?Sized),
        key_exists: impl Fn(AuthKeyId) -> bool,
    ) -> Result<(), ExchangeError> {
        let body = PlainMessage::decode(packet).ok_or(ExchangeError::NotPlain)?.body;
        let mut reader = Reader::new(body);
        match reader.peek_id()? {
            functions::ReqPqMulti::CONSTRUCTOR_ID => {
                let nonce = functions::ReqPqMulti::decode(&mut reader)?.nonce;
                self.handle_req_pq(nonce, now, rng)
            }
            functions::ReqPq::CONSTRUCTOR_ID => {
                let nonce = functions::ReqPq::decode(&mut reader)?.nonce;
                self.handle_req_pq(nonce, now, rng)
            }
            functions::ReqDhParams::CONSTRUCTOR_ID => {
                let query = functions::ReqDhParams::decode(&mut reader)?;
                self.handle_req_dh_params(&query, digest(body, &reader), now, rng)
            }
            functions::SetClientDhParams::CONSTRUCTOR_ID => {
                let query = functions::SetClientDhParams::decode(&mut reader)?;
                self.handle_set_client_dh_params(&query, digest(body, &reader), now, key_exists)
            }
            // Some clients acknowledge the answers.
            types::MsgsAck::CONSTRUCTOR_ID => Ok(()),
            id => Err(ExchangeError::UnexpectedObject { id }),
        }
    }

    fn handle_req_pq(
        &mut self,
        nonce: [u8; 16],
        now: Now,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), ExchangeError> {
        if let Some(pending) = self.pending.iter().find(|pending| pending.nonce == nonce) {
            let body = pending.res_pq.clone();
            self.transmit(&body, now);
            return Ok(());
        }
        let mut server_nonce = [0; 16];
        rng.fill_bytes(&mut server_nonce);
        let (pq, p, q) = generate_pq(rng);
        let pq = pq_to_bytes(pq);
        let fingerprints = self.config.keys.iter().map(|key| key.public().fingerprint()).collect();
        let res_pq = types::ResPq {
            nonce,
            server_nonce,
            pq: pq.clone(),
            server_public_key_fingerprints: fingerprints,
        }
        .to_bytes()?;
        self.transmit(&res_pq, now);
        self.make_room();
        self.pending.push_back(PendingExchange {
            nonce,
            server_nonce,
            pq,
            p: pq_to_bytes(p.into()),
            q: pq_to_bytes(q.into()),
            started: now.monotonic,
            res_pq,
            stage: Stage::Pq,
        });
        Ok(())
    }

    fn handle_req_dh_params(
        &mut self,
        query: &functions::ReqDhParams,
        digest: [u8; 32],
        now: Now,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), ExchangeError> {
        let config = Arc::clone(&self.config);
        let pending = self.find(query.nonce, query.server_nonce)?;
        match &pending.stage {
            Stage::Pq => {}
            Stage::Dh(dh) if dh.first.query == digest => {
                let body = dh.first.body.clone();
                self.transmit(&body, now);
                return Ok(());
            }
            _ => return Err(ExchangeError::UnexpectedObject { id: functions::ReqDhParams::CONSTRUCTOR_ID }),
        }
        let dh = config.answer_dh_params(pending, query, digest, now, rng)?;
        let body = dh.first.body.clone();
        pending.stage = Stage::Dh(Box::new(dh));
        self.transmit(&body, now);
        Ok(())
    }

    fn handle_set_client_dh_params(
        &mut self,
        query: &functions::SetClientDhParams,
        digest: [u8; 32],
        now: Now,
        key_exists: impl Fn(AuthKeyId) -> bool,
    ) -> Result<(), ExchangeError> {
        let (nonce, server_nonce) = (query.nonce, query.server_nonce);
        let pending = self.find(nonce, server_nonce)?;
        let dh = match &mut pending.stage {
            Stage::Dh(dh) => dh,
            Stage::Done(done) if done.query == digest => {
                let body = done.body.clone();
                self.transmit(&body, now);
                return Ok(());
            }
            _ => {
                return Err(ExchangeError::UnexpectedObject {
                    id: functions::SetClientDhParams::CONSTRUCTOR_ID,
                });
            }
        };
        if let Some((answered, _)) = &dh.retry
            && answered.query == digest
        {
            let body = answered.body.clone();
            self.transmit(&body, now);
            return Ok(());
        }
        let plain = dh.tmp.decrypt_inner(&query.encrypted_data)?;
        let inner = types::ClientDhInnerData::from_bytes(&plain)?;
        if (inner.nonce, inner.server_nonce) != (nonce, server_nonce) {
            return Err(ExchangeError::Nonce);
        }
        if inner.retry_id != dh.retry.as_ref().map_or(0, |(_, aux)| *aux) {
            return Err(ExchangeError::RetryId);
        }
        let auth_key = dh.secret.agree(&inner.g_b)?;
        let (new_nonce, id) = (&dh.new_nonce, auth_key.id());
        if id != AuthKeyId(0) && !key_exists(id) {
            let new_nonce_hash1 = new_nonce_hash1(new_nonce, &auth_key);
            let created = now.unix_secs();
            let expires_at = dh.expires_in.map(|secs| now.unix_secs_i32().saturating_add(secs));
            let first_salt = first_salt(new_nonce, &server_nonce);
            let key = NewServerAuthKey { auth_key, first_salt, dc: dh.dc, expires_at, created };
            let body = types::DhGenOk { nonce, server_nonce, new_nonce_hash1 }.to_bytes()?;
            pending.stage = Stage::Done(Answered { query: digest, body: body.clone() });
            // The age of the answer counts from here.
            pending.started = now.monotonic;
            self.outputs.push_back(Output::Persist(key));
            self.transmit(&body, now);
        } else if dh.retries < MAX_RETRIES {
            let new_nonce_hash2 = new_nonce_hash2(new_nonce, &auth_key);
            let body = types::DhGenRetry { nonce, server_nonce, new_nonce_hash2 }.to_bytes()?;
            let aux = i64::from_le_bytes(auth_key.aux_hash());
            dh.retry = Some((Answered { query: digest, body: body.clone() }, aux));
            dh.retries += 1;
            self.transmit(&body, now);
        } else {
            let new_nonce_hash3 = new_nonce_hash3(new_nonce, &auth_key);
            let body = types::DhGenFail { nonce, server_nonce, new_nonce_hash3 }.to_bytes()?;
            pending.stage = Stage::Done(Answered { query: digest, body: body.clone() });
            self.transmit(&body, now);
        }
        Ok(())
    }

    fn find(
        &mut self,
        nonce: [u8; 16],
        server_nonce: [u8; 16],
    ) -> Result<&mut PendingExchange, ExchangeError> {
        self.pending
            .iter_mut()
            .find(|pending| pending.nonce == nonce && pending.server_nonce == server_nonce)
            .ok_or(ExchangeError::Nonce)
    }
}

impl ServerExchangeConfig {
    /// Checks the second query and makes its answer.
    fn answer_dh_params(
        &self,
        pending: &PendingExchange,
        query: &functions::ReqDhParams,
        digest: [u8; 32],
        now: Now,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Dh, ExchangeError> {
        if query.p != pending.p || query.q != pending.q {
            return Err(ExchangeError::Proof);
        }
        let key = self
            .keys
            .iter()
            .find(|key| key.public().fingerprint() == query.public_key_fingerprint)
            .ok_or(ExchangeError::UnknownFingerprint)?;
        let inner = self.decrypt(key, &query.encrypted_data, rng)?;
        if (inner.nonce, inner.server_nonce) != (pending.nonce, pending.server_nonce) {
            return Err(ExchangeError::Nonce);
        }
        if inner.pq != pending.pq || inner.p != pending.p || inner.q != pending.q {
            return Err(ExchangeError::Proof);
        }
        match (self.dc, inner.dc) {
            (Some(ours), Some(dc)) if plain_dc(ours) != plain_dc(dc) => {
                return Err(ExchangeError::WrongDc { dc });
            }
            _ => {}
        }
        if let Some(expires_in) = inner.expires_in
            && !self.temp_lifetime.contains(&expires_in)
        {
            return Err(ExchangeError::Lifetime { expires_in });
        }
        let (nonce, server_nonce) = (pending.nonce, pending.server_nonce);
        let tmp = TmpAes::derive(&inner.new_nonce, &server_nonce);
        let secret = DhSecret::generate(&self.params, rng, &[])?;
        let answer = types::ServerDhInnerData {
            nonce,
            server_nonce,
            g: self.params.g(),
            dh_prime: self.params.p().to_vec(),
            g_a: secret.public().to_vec(),
            server_time: now.unix_secs_i32(),
        }
        .to_bytes()?;
        let encrypted_answer = tmp.encrypt_inner(&answer, rng);
        let body = types::ServerDhParamsOk { nonce, server_nonce, encrypted_answer }.to_bytes()?;
        Ok(Dh {
            first: Answered { query: digest, body },
            new_nonce: inner.new_nonce,
            tmp,
            secret,
            dc: inner.dc,
            expires_in: inner.expires_in,
            retry: None,
            retries: 0,
        })
    }

    fn decrypt(
        &self,
        key: &RsaPrivateKey,
        encrypted: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Inner, ExchangeError> {
        match key.pad_decrypt(encrypted, rng) {
            // The hash has been checked, so parsing may begin. The object is followed by random bytes.
            Ok(padded) => self.parse_inner(&mut Reader::new(&*padded)),
            Err(_) if self.accept_legacy_rsa => {
                let block = key.legacy_decrypt(encrypted, rng)?;
                let (expected, data) = block.split_at(20);
                let mut reader = Reader::new(data);
                let inner = self.parse_inner(&mut reader)?;
                let object = data.get(..data.len() - reader.remaining()).unwrap_or_default();
                if !bool::from(hash::sha1(&[object]).ct_eq(expected)) {
                    return Err(chappe_crypto::Error::Decrypt.into());
                }
                Ok(inner)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn parse_inner(&self, reader: &mut Reader<'_>) -> Result<Inner, ExchangeError> {
        macro_rules! inner {
            ($type:ident, $dc:expr, $expires_in:expr) => {{
                let inner = types::$type::decode(reader)?;
                let (dc, expires_in) = ($dc(&inner), $expires_in(&inner));
                let types::$type { pq, p, q, nonce, server_nonce, new_nonce, .. } = inner;
                Inner { pq, p, q, nonce, server_nonce, new_nonce: Zeroizing::new(new_nonce), dc, expires_in }
            }};
        }
        Ok(match reader.peek_id()? {
            types::PQInnerDataDc::CONSTRUCTOR_ID => {
                inner!(PQInnerDataDc, |inner: &types::PQInnerDataDc| Some(inner.dc), |_| None)
            }
            types::PQInnerDataTempDc::CONSTRUCTOR_ID => inner!(
                PQInnerDataTempDc,
                |inner: &types::PQInnerDataTempDc| Some(inner.dc),
                |inner: &types::PQInnerDataTempDc| Some(inner.expires_in)
            ),
            types::PQInnerData::CONSTRUCTOR_ID if self.accept_legacy_inner => {
                inner!(PQInnerData, |_| None, |_| None)
            }
            types::PQInnerDataTemp::CONSTRUCTOR_ID if self.accept_legacy_inner => {
                inner!(PQInnerDataTemp, |_| None, |inner: &types::PQInnerDataTemp| Some(inner.expires_in))
            }
            id => return Err(ExchangeError::UnexpectedObject { id }),
        })
    }
}

/// The hash of the object at the start of `body`, which `reader` has just read: random bytes behind it may differ
/// when a query is repeated.
fn digest(body: &[u8], reader: &Reader<'_>) -> [u8; 32] {
    hash::sha256(&[body.get(..body.len() - reader.remaining()).unwrap_or_default()])
}

/// The number of a data centre without the marks for test (`N + 10000`) and media (negative).
fn plain_dc(dc: i32) -> u32 {
    let dc = dc.unsigned_abs();
    if dc > 10_000 { dc - 10_000 } else { dc }
}

impl fmt::Debug for ServerExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerExchange")
            .field("pending", &self.pending)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PendingExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.stage {
            Stage::Pq => "Pq",
            Stage::Dh(_) => "Dh",
            Stage::Done(_) => "Done",
        })
    }
}
