//! The server's side.
//!
//! One [`ServerExchange`] belongs to one connection. It bears with what stock clients do: several exchanges at once,
//! queries repeated, any msg_id, random bytes behind the objects, and an exchange that goes on over another connection
//! ([`ServerExchange::take_pending`]).
//!
//! Everything that is expensive (one RSA operation, two modular powers) happens inside
//! [`ServerExchange::handle_packet`]: call it off the thread that does the I/O, behind a bounded queue.

mod inner;
mod types;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chappe_api::mtproto::{functions, types as tl};
use chappe_crypto::dh::DhSecret;
use chappe_crypto::exchange_keys::{TmpAes, first_salt, new_nonce_hash1, new_nonce_hash2, new_nonce_hash3};
use chappe_crypto::factor::{generate_pq, pq_to_bytes};
use chappe_crypto::{AuthKeyId, Now, hash};
use chappe_tl::{Constructor, Decode, Encode, Function, Reader};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::ExchangeError;
use super::limits::{ANSWER_LIFETIME, MAX_RETRIES};
use crate::plain::{PlainIds, PlainMessage};

pub use types::{NewServerAuthKey, Output, ServerExchangeConfig};

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
            tl::MsgsAck::CONSTRUCTOR_ID => Ok(()),
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
        let res_pq =
            tl::ResPq { nonce, server_nonce, pq: pq.clone(), server_public_key_fingerprints: fingerprints }
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
        let inner = tl::ClientDhInnerData::from_bytes(&plain)?;
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
            let body = tl::DhGenOk { nonce, server_nonce, new_nonce_hash1 }.to_bytes()?;
            pending.stage = Stage::Done(Answered { query: digest, body: body.clone() });
            // The age of the answer counts from here.
            pending.started = now.monotonic;
            self.outputs.push_back(Output::Persist(key));
            self.transmit(&body, now);
        } else if dh.retries < MAX_RETRIES {
            let new_nonce_hash2 = new_nonce_hash2(new_nonce, &auth_key);
            let body = tl::DhGenRetry { nonce, server_nonce, new_nonce_hash2 }.to_bytes()?;
            let aux = i64::from_le_bytes(auth_key.aux_hash());
            dh.retry = Some((Answered { query: digest, body: body.clone() }, aux));
            dh.retries += 1;
            self.transmit(&body, now);
        } else {
            let new_nonce_hash3 = new_nonce_hash3(new_nonce, &auth_key);
            let body = tl::DhGenFail { nonce, server_nonce, new_nonce_hash3 }.to_bytes()?;
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

/// The hash of the object at the start of `body`, which `reader` has just read: random bytes behind it may differ
/// when a query is repeated.
fn digest(body: &[u8], reader: &Reader<'_>) -> [u8; 32] {
    hash::sha256(&[body.get(..body.len() - reader.remaining()).unwrap_or_default()])
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
