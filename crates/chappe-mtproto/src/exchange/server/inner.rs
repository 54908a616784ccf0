//! The second query: what RSA protects, its checks and its answer.

use chappe_api::mtproto::{functions, types as tl};
use chappe_crypto::dh::DhSecret;
use chappe_crypto::exchange_keys::TmpAes;
use chappe_crypto::rsa::RsaPrivateKey;
use chappe_crypto::{Now, hash};
use chappe_tl::{Constructor, Decode, Encode, Reader};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Answered, Dh, PendingExchange, ServerExchangeConfig};
use crate::exchange::ExchangeError;

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

impl ServerExchangeConfig {
    /// Checks the second query and makes its answer.
    pub(super) fn answer_dh_params(
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
        let answer = tl::ServerDhInnerData {
            nonce,
            server_nonce,
            g: self.params.g(),
            dh_prime: self.params.p().to_vec(),
            g_a: secret.public().to_vec(),
            server_time: now.unix_secs_i32(),
        }
        .to_bytes()?;
        let encrypted_answer = tmp.encrypt_inner(&answer, rng);
        let body = tl::ServerDhParamsOk { nonce, server_nonce, encrypted_answer }.to_bytes()?;
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
                let inner = tl::$type::decode(reader)?;
                let (dc, expires_in) = ($dc(&inner), $expires_in(&inner));
                let tl::$type { pq, p, q, nonce, server_nonce, new_nonce, .. } = inner;
                Inner { pq, p, q, nonce, server_nonce, new_nonce: Zeroizing::new(new_nonce), dc, expires_in }
            }};
        }
        Ok(match reader.peek_id()? {
            tl::PQInnerDataDc::CONSTRUCTOR_ID => {
                inner!(PQInnerDataDc, |inner: &tl::PQInnerDataDc| Some(inner.dc), |_| None)
            }
            tl::PQInnerDataTempDc::CONSTRUCTOR_ID => inner!(
                PQInnerDataTempDc,
                |inner: &tl::PQInnerDataTempDc| Some(inner.dc),
                |inner: &tl::PQInnerDataTempDc| Some(inner.expires_in)
            ),
            tl::PQInnerData::CONSTRUCTOR_ID if self.accept_legacy_inner => {
                inner!(PQInnerData, |_| None, |_| None)
            }
            tl::PQInnerDataTemp::CONSTRUCTOR_ID if self.accept_legacy_inner => {
                inner!(PQInnerDataTemp, |_| None, |inner: &tl::PQInnerDataTemp| Some(inner.expires_in))
            }
            id => return Err(ExchangeError::UnexpectedObject { id }),
        })
    }
}

/// The number of a data centre without the marks for test (`N + 10000`) and media (negative).
fn plain_dc(dc: i32) -> u32 {
    let dc = dc.unsigned_abs();
    if dc > 10_000 { dc - 10_000 } else { dc }
}
