//! The client's side.
//!
//! ```
//! # use chappe_crypto::{Now, rsa::RsaPublicKey};
//! # use chappe_mtproto::exchange::{ClientExchange, ClientExchangeConfig, ExchangeEvent, client::Output};
//! # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! # fn run(server_key: RsaPublicKey) -> Result<(), chappe_mtproto::exchange::ExchangeError> {
//! # let mut rng = ChaCha20Rng::seed_from_u64(1);
//! # let now = Now::from_unix_secs(1_700_000_000);
//! # let send = |_packet: Vec<u8>| {};
//! # let receive = || vec![0; 40];
//! let config = ClientExchangeConfig::new(vec![server_key], 2);
//! let mut exchange = ClientExchange::new(config, now, &mut rng)?;
//! let key = 'done: loop {
//!     while let Some(output) = exchange.poll_output() {
//!         match output {
//!             Output::Transmit(packet) => send(packet), // through a transport
//!             Output::Timeout(_at) => {}                // call handle_timeout then
//!             Output::Event(event) => {
//!                 let ExchangeEvent::Done(key) = event;
//!                 break 'done key;
//!             }
//!         }
//!     }
//!     exchange.handle_packet(&receive(), now, &mut rng)?;
//! };
//! # drop(key);
//! # Ok(())
//! # }
//! ```

mod types;

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use chappe_api::mtproto::{functions, types as tl};
use chappe_crypto::dh::{DhParams, DhSecret, PrimeCache};
use chappe_crypto::exchange_keys::{
    TmpAes, first_salt, new_nonce_hash1, new_nonce_hash2, new_nonce_hash3, params_fail_hash,
};
use chappe_crypto::factor::{factorize_pq, pq_from_bytes, pq_to_bytes};
use chappe_crypto::{AuthKey, Now};
use chappe_tl::{Constructor, Decode, Encode, Reader};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::ExchangeError;
use super::limits::MAX_RETRIES;
use crate::plain::{PlainIds, PlainMessage};
use crate::transport::TransportErrorCode;

pub use types::{ClientExchangeConfig, ExchangeEvent, KeyLifetime, NewAuthKey, Output};

/// The making of one key.
pub struct ClientExchange {
    config: ClientExchangeConfig,
    ids: PlainIds,
    state: State,
    query: Vec<u8>,
    outputs: VecDeque<Output>,
    deadline: Duration,
}

enum State {
    AwaitResPq { nonce: [u8; 16] },
    AwaitDhParams(AwaitDhParams),
    AwaitDhGen(Box<AwaitDhGen>),
    Over,
}

struct AwaitDhParams {
    nonce: [u8; 16],
    server_nonce: [u8; 16],
    new_nonce: Zeroizing<[u8; 32]>,
}

struct AwaitDhGen {
    nonce: [u8; 16],
    server_nonce: [u8; 16],
    new_nonce: Zeroizing<[u8; 32]>,
    tmp: TmpAes,
    params: DhParams,
    g_a: [u8; 256],
    auth_key: AuthKey,
    server_time: i32,
    time_offset: i64,
    retries: u8,
}

impl ClientExchange {
    /// Begins an exchange; the first query is among the outputs.
    ///
    /// # Errors
    /// [`ExchangeError::Encode`], which does not happen.
    pub fn new(
        config: ClientExchangeConfig,
        now: Now,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, ExchangeError> {
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        let deadline = now.monotonic.saturating_add(config.timeout);
        let mut exchange = Self {
            config,
            ids: PlainIds::default(),
            state: State::AwaitResPq { nonce },
            query: Vec::new(),
            outputs: VecDeque::from([Output::Timeout(deadline)]),
            deadline,
        };
        exchange.transmit(&functions::ReqPqMulti { nonce }, now)?;
        Ok(exchange)
    }

    /// Takes the next packet of the connection. Then drain [`ClientExchange::poll_output`].
    ///
    /// Checking an unknown modulus takes a large part of a second, everything else milliseconds.
    ///
    /// # Errors
    /// The exchange is over. Close the connection; start over with a new value, a few times and with pauses.
    pub fn handle_packet(
        &mut self,
        packet: &[u8],
        now: Now,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), ExchangeError> {
        // Whatever fails below leaves `Over` behind and drops the secrets.
        let state = std::mem::replace(&mut self.state, State::Over);
        if matches!(state, State::Over) {
            return Err(ExchangeError::Over);
        }
        let message = PlainMessage::decode(packet).ok_or(ExchangeError::NotPlain)?;
        // Servers fill up with random bytes behind the object, so nothing here reads to the end.
        let mut reader = Reader::new(message.body);
        self.state = match state {
            State::AwaitResPq { nonce } => self.handle_res_pq(nonce, &mut reader, now, rng)?,
            State::AwaitDhParams(state) => self.handle_dh_params(state, &mut reader, now, rng)?,
            State::AwaitDhGen(state) => self.handle_dh_gen(state, &mut reader, now, rng)?,
            State::Over => State::Over,
        };
        Ok(())
    }

    /// Takes a transport error that came in place of a packet.
    ///
    /// # Errors
    /// Always [`ExchangeError::Transport`]: the exchange is over.
    pub fn handle_transport_error(&mut self, code: TransportErrorCode) -> Result<(), ExchangeError> {
        self.state = State::Over;
        Err(ExchangeError::Transport(code))
    }

    /// Tells the time.
    ///
    /// # Errors
    /// [`ExchangeError::Timeout`] once the time is up: the exchange is over.
    pub fn handle_timeout(&mut self, now: Now) -> Result<(), ExchangeError> {
        if now.monotonic < self.deadline || self.is_over() {
            return Ok(());
        }
        self.state = State::Over;
        Err(ExchangeError::Timeout)
    }

    /// Sends the outstanding query once more, the same bytes: for a connection that replaces a lost one.
    pub fn resend(&mut self) {
        if !self.is_over() {
            self.outputs.push_back(Output::Transmit(self.query.clone()));
        }
    }

    /// What the driver has to do next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether the exchange has ended, well or not.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// The verdicts on moduli, for the next exchange.
    pub fn prime_cache(&self) -> &PrimeCache {
        &self.config.prime_cache
    }

    fn transmit(&mut self, query: &impl Encode, now: Now) -> Result<(), ExchangeError> {
        let body = query.to_bytes()?;
        let msg_id = self.ids.next(now, 0);
        self.query = PlainMessage { msg_id, body: &body }.encode();
        self.outputs.push_back(Output::Transmit(self.query.clone()));
        Ok(())
    }

    fn handle_res_pq(
        &mut self,
        nonce: [u8; 16],
        reader: &mut Reader<'_>,
        now: Now,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<State, ExchangeError> {
        expect(reader, &[tl::ResPq::CONSTRUCTOR_ID])?;
        let answer = tl::ResPq::decode(reader)?;
        if answer.nonce != nonce {
            return Err(ExchangeError::Nonce);
        }
        let offered = &answer.server_public_key_fingerprints;
        let key = self.config.keys.iter().find(|key| offered.contains(&key.fingerprint()));
        let key = key.ok_or(ExchangeError::UnknownServerKeys { offered: offered.len() })?.clone();
        let pq = pq_from_bytes(&answer.pq)?;
        if pq_to_bytes(pq) != answer.pq {
            return Err(chappe_crypto::Error::Factorization.into());
        }
        let (p, q) = factorize_pq(pq)?;

        let server_nonce = answer.server_nonce;
        let mut new_nonce = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *new_nonce);
        let (p, q) = (pq_to_bytes(p), pq_to_bytes(q));
        let inner = self.inner_data(&answer, &p, &q, &new_nonce)?;
        let encrypted_data = key.pad_encrypt(&inner, rng)?.to_vec();
        let public_key_fingerprint = key.fingerprint();
        self.transmit(
            &functions::ReqDhParams { nonce, server_nonce, p, q, public_key_fingerprint, encrypted_data },
            now,
        )?;
        Ok(State::AwaitDhParams(AwaitDhParams { nonce, server_nonce, new_nonce }))
    }

    fn inner_data(
        &self,
        answer: &tl::ResPq,
        p: &[u8],
        q: &[u8],
        new_nonce: &[u8; 32],
    ) -> Result<Zeroizing<Vec<u8>>, ExchangeError> {
        let tl::ResPq { nonce, server_nonce, pq, .. } = answer;
        let (nonce, server_nonce, new_nonce, dc) = (*nonce, *server_nonce, *new_nonce, self.config.dc);
        let (pq, p, q) = (pq.clone(), p.to_vec(), q.to_vec());
        let bytes = match self.config.lifetime {
            KeyLifetime::Permanent => {
                tl::PQInnerDataDc { pq, p, q, nonce, server_nonce, new_nonce, dc }.to_bytes()
            }
            KeyLifetime::Temporary { expires_in } => {
                tl::PQInnerDataTempDc { pq, p, q, nonce, server_nonce, new_nonce, dc, expires_in }.to_bytes()
            }
        };
        Ok(Zeroizing::new(bytes?))
    }

    fn handle_dh_params(
        &mut self,
        state: AwaitDhParams,
        reader: &mut Reader<'_>,
        now: Now,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<State, ExchangeError> {
        let AwaitDhParams { nonce, server_nonce, new_nonce } = state;
        let (ok, fail) = (tl::ServerDhParamsOk::CONSTRUCTOR_ID, tl::ServerDhParamsFail::CONSTRUCTOR_ID);
        if expect(reader, &[ok, fail])? == fail {
            let answer = tl::ServerDhParamsFail::decode(reader)?;
            check_nonces((answer.nonce, answer.server_nonce), (nonce, server_nonce))?;
            check_hash(&answer.new_nonce_hash, &params_fail_hash(&new_nonce))?;
            return Err(ExchangeError::Refused);
        }
        let answer = tl::ServerDhParamsOk::decode(reader)?;
        check_nonces((answer.nonce, answer.server_nonce), (nonce, server_nonce))?;
        let tmp = TmpAes::derive(&new_nonce, &server_nonce);
        let plain = tmp.decrypt_inner(&answer.encrypted_answer)?;
        let inner = tl::ServerDhInnerData::from_bytes(&plain)?;
        check_nonces((inner.nonce, inner.server_nonce), (nonce, server_nonce))?;
        let params = DhParams::check(inner.g, &inner.dh_prime, &mut self.config.prime_cache, rng)?;
        let g_a = params.check_public(&inner.g_a)?;
        let time_offset = i64::from(inner.server_time).saturating_sub(now.unix_secs());
        let keys = Keys { nonce, server_nonce, tmp: &tmp, params: &params, g_a: &g_a };
        let (auth_key, query) = keys.answer(0, rng)?;
        self.transmit(&query, now)?;
        Ok(State::AwaitDhGen(Box::new(AwaitDhGen {
            nonce,
            server_nonce,
            new_nonce,
            tmp,
            params,
            g_a,
            auth_key,
            server_time: inner.server_time,
            time_offset,
            retries: 0,
        })))
    }

    fn handle_dh_gen(
        &mut self,
        mut state: Box<AwaitDhGen>,
        reader: &mut Reader<'_>,
        now: Now,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<State, ExchangeError> {
        const OK: u32 = tl::DhGenOk::CONSTRUCTOR_ID;
        const RETRY: u32 = tl::DhGenRetry::CONSTRUCTOR_ID;
        const FAIL: u32 = tl::DhGenFail::CONSTRUCTOR_ID;
        let id = expect(reader, &[OK, RETRY, FAIL])?;
        let expected = (state.nonce, state.server_nonce);
        match id {
            OK => {
                let answer = tl::DhGenOk::decode(reader)?;
                check_nonces((answer.nonce, answer.server_nonce), expected)?;
                check_hash(&answer.new_nonce_hash1, &new_nonce_hash1(&state.new_nonce, &state.auth_key))?;
                let expires_at = match self.config.lifetime {
                    KeyLifetime::Permanent => None,
                    KeyLifetime::Temporary { expires_in } => {
                        Some(state.server_time.saturating_add(expires_in))
                    }
                };
                self.outputs.push_back(Output::Event(ExchangeEvent::Done(NewAuthKey {
                    auth_key: state.auth_key.clone(),
                    first_salt: first_salt(&state.new_nonce, &state.server_nonce),
                    time_offset: state.time_offset,
                    expires_at,
                })));
                Ok(State::Over)
            }
            RETRY => {
                let answer = tl::DhGenRetry::decode(reader)?;
                check_nonces((answer.nonce, answer.server_nonce), expected)?;
                check_hash(&answer.new_nonce_hash2, &new_nonce_hash2(&state.new_nonce, &state.auth_key))?;
                if state.retries == MAX_RETRIES {
                    return Err(ExchangeError::TooManyRetries);
                }
                state.retries += 1;
                let retry_id = i64::from_le_bytes(state.auth_key.aux_hash());
                let keys = Keys {
                    nonce: state.nonce,
                    server_nonce: state.server_nonce,
                    tmp: &state.tmp,
                    params: &state.params,
                    g_a: &state.g_a,
                };
                let (auth_key, query) = keys.answer(retry_id, rng)?;
                state.auth_key = auth_key;
                self.transmit(&query, now)?;
                Ok(State::AwaitDhGen(state))
            }
            _ => {
                let answer = tl::DhGenFail::decode(reader)?;
                check_nonces((answer.nonce, answer.server_nonce), expected)?;
                check_hash(&answer.new_nonce_hash3, &new_nonce_hash3(&state.new_nonce, &state.auth_key))?;
                Err(ExchangeError::Refused)
            }
        }
    }
}

/// What the third query is made of.
struct Keys<'a> {
    nonce: [u8; 16],
    server_nonce: [u8; 16],
    tmp: &'a TmpAes,
    params: &'a DhParams,
    g_a: &'a [u8; 256],
}

impl Keys<'_> {
    fn answer(
        &self,
        retry_id: i64,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(AuthKey, functions::SetClientDhParams), ExchangeError> {
        let Self { nonce, server_nonce, tmp, params, g_a } = *self;
        let secret = DhSecret::generate(params, rng, &[])?;
        let auth_key = secret.agree(g_a)?;
        let g_b = secret.public().to_vec();
        let inner = tl::ClientDhInnerData { nonce, server_nonce, retry_id, g_b }.to_bytes()?;
        let encrypted_data = tmp.encrypt_inner(&inner, rng);
        Ok((auth_key, functions::SetClientDhParams { nonce, server_nonce, encrypted_data }))
    }
}

/// The id of the next object, which has to be one of `ids`.
fn expect(reader: &Reader<'_>, ids: &[u32]) -> Result<u32, ExchangeError> {
    let id = reader.peek_id()?;
    if ids.contains(&id) { Ok(id) } else { Err(ExchangeError::UnexpectedObject { id }) }
}

fn check_nonces(found: ([u8; 16], [u8; 16]), expected: ([u8; 16], [u8; 16])) -> Result<(), ExchangeError> {
    if found == expected { Ok(()) } else { Err(ExchangeError::Nonce) }
}

fn check_hash(found: &[u8; 16], expected: &[u8; 16]) -> Result<(), ExchangeError> {
    if bool::from(found.ct_eq(expected)) { Ok(()) } else { Err(ExchangeError::NonceHash) }
}

impl fmt::Debug for ClientExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::AwaitResPq { .. } => "AwaitResPq",
            State::AwaitDhParams(_) => "AwaitDhParams",
            State::AwaitDhGen(_) => "AwaitDhGen",
            State::Over => "Over",
        };
        f.debug_struct("ClientExchange").field("state", &state).finish_non_exhaustive()
    }
}
