//! Each check of either side, by a hand-made other side that breaks exactly one rule.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use chappe_api::mtproto::{functions, types};
use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_crypto::exchange_keys::{TmpAes, params_fail_hash};
use chappe_crypto::factor::{factorize_pq, pq_from_bytes, pq_to_bytes};
use chappe_crypto::{AuthKey, Error};
use chappe_mtproto::exchange::{ExchangeError, ServerExchange};
use chappe_tl::{Constructor, Decode, Encode, Reader};
use common::exchange::*;
use common::rng;
use rand_chacha::rand_core::Rng;

/// A client made by hand: `inner` goes into RSA_PAD, `second` around it.
struct Hand {
    server: ServerExchange,
    inner: types::PQInnerDataDc,
    second: functions::ReqDhParams,
}

impl Hand {
    fn new() -> Self {
        let mut server = new_server();
        let nonce = [3; 16];
        let answer = ask(&mut server, &packet(&functions::ReqPqMulti { nonce }), &mut rng(1)).unwrap();
        let res_pq = types::ResPq::from_bytes(body(&answer)).unwrap();
        let (p, q) = factorize_pq(pq_from_bytes(&res_pq.pq).unwrap()).unwrap();
        let (p, q, server_nonce) = (pq_to_bytes(p), pq_to_bytes(q), res_pq.server_nonce);
        let inner = types::PQInnerDataDc {
            pq: res_pq.pq,
            p: p.clone(),
            q: q.clone(),
            nonce,
            server_nonce,
            new_nonce: [4; 32],
            dc: 2,
        };
        let second = functions::ReqDhParams {
            nonce,
            server_nonce,
            p,
            q,
            public_key_fingerprint: public_key().fingerprint(),
            encrypted_data: Vec::new(),
        };
        Self { server, inner, second }
    }

    fn send_second(&mut self) -> Result<Vec<u8>, ExchangeError> {
        let inner = self.inner.to_bytes().unwrap();
        self.second.encrypted_data = public_key().pad_encrypt(&inner, &mut rng(2)).unwrap().to_vec();
        ask(&mut self.server, &packet(&self.second), &mut rng(3))
    }

    /// Sends the third query after `change` and returns its outcome, with the key if all went well.
    fn send_third(
        &mut self,
        answer: &[u8],
        seed: u64,
        taken: bool,
        change: impl FnOnce(&mut types::ClientDhInnerData),
    ) -> (Result<(), ExchangeError>, AuthKey) {
        let (nonce, server_nonce) = (self.inner.nonce, self.inner.server_nonce);
        let tmp = TmpAes::derive(&self.inner.new_nonce, &server_nonce);
        let answer = types::ServerDhParamsOk::from_bytes(body(answer)).unwrap();
        let theirs = tmp.decrypt_inner(&answer.encrypted_answer).unwrap();
        let theirs = types::ServerDhInnerData::from_bytes(&theirs).unwrap();
        let secret = DhSecret::generate(&DhParams::known(theirs.g).unwrap(), &mut rng(seed), &[]).unwrap();
        let g_b = secret.public().to_vec();
        let mut inner = types::ClientDhInnerData { nonce, server_nonce, retry_id: 0, g_b };
        change(&mut inner);
        let encrypted_data = tmp.encrypt_inner(&inner.to_bytes().unwrap(), &mut rng(seed));
        let third = packet(&functions::SetClientDhParams { nonce, server_nonce, encrypted_data });
        let result = self.server.handle_packet(&third, now(), &mut rng(5), |_| taken);
        (result, secret.agree(&theirs.g_a).unwrap())
    }
}

#[test]
fn an_honest_hand_gets_its_key() {
    let mut hand = Hand::new();
    let answer = hand.send_second().unwrap();
    let (result, key) = hand.send_third(&answer, 6, false, |_| {});
    assert_eq!(result, Ok(()));
    assert_eq!(drain_server(&mut hand.server).0.unwrap().auth_key, key);
}

#[test]
fn the_server_checks_every_field_of_the_second_query() {
    type Change = fn(&mut Hand);
    let cases: [(Change, ExchangeError); 13] = [
        (|hand| hand.second.nonce[0] ^= 1, ExchangeError::Nonce),
        (|hand| hand.second.server_nonce[0] ^= 1, ExchangeError::Nonce),
        (|hand| hand.second.p[3] ^= 2, ExchangeError::Proof),
        (|hand| std::mem::swap(&mut hand.second.p, &mut hand.second.q), ExchangeError::Proof),
        (|hand| hand.second.q.insert(0, 0), ExchangeError::Proof),
        (|hand| hand.second.public_key_fingerprint ^= 1, ExchangeError::UnknownFingerprint),
        (|hand| hand.inner.nonce[0] ^= 1, ExchangeError::Nonce),
        (|hand| hand.inner.server_nonce[0] ^= 1, ExchangeError::Nonce),
        (|hand| hand.inner.pq[7] ^= 2, ExchangeError::Proof),
        (|hand| hand.inner.p[3] ^= 2, ExchangeError::Proof),
        (|hand| hand.inner.q[3] ^= 2, ExchangeError::Proof),
        (|hand| hand.inner.q.insert(0, 0), ExchangeError::Proof),
        (|hand| hand.inner.p.clear(), ExchangeError::Proof),
    ];
    for (index, (change, expected)) in cases.into_iter().enumerate() {
        let mut hand = Hand::new();
        change(&mut hand);
        assert_eq!(hand.send_second(), Err(expected), "case {index}");
        // Nothing follows on this connection, not even an honest query.
        assert_eq!(hand.send_second(), Err(ExchangeError::Over), "case {index}");
    }
}

#[test]
fn the_server_refuses_a_different_second_query_once_it_has_answered() {
    let mut hand = Hand::new();
    hand.send_second().unwrap();
    hand.inner.new_nonce = [5; 32];
    assert_eq!(hand.send_second(), Err(ExchangeError::UnexpectedObject { id: 0xd712_e4be }));
}

#[test]
fn the_server_refuses_a_third_query_before_the_second() {
    let mut hand = Hand::new();
    let third = functions::SetClientDhParams {
        nonce: hand.inner.nonce,
        server_nonce: hand.inner.server_nonce,
        encrypted_data: vec![0; 336],
    };
    let result = ask(&mut hand.server, &packet(&third), &mut rng(1));
    assert_eq!(result, Err(ExchangeError::UnexpectedObject { id: 0xf504_5f1f }));
}

#[test]
fn the_server_checks_every_field_of_the_third_query() {
    type Change = fn(&mut types::ClientDhInnerData);
    let out_of_range = ExchangeError::Crypto(Error::DhPublicValue);
    let cases: [(Change, ExchangeError); 6] = [
        (|inner| inner.nonce[0] ^= 1, ExchangeError::Nonce),
        (|inner| inner.server_nonce[0] ^= 1, ExchangeError::Nonce),
        (|inner| inner.retry_id = 1, ExchangeError::RetryId),
        (|inner| inner.g_b = vec![0], out_of_range.clone()),
        (|inner| inner.g_b = vec![0xff; 256], out_of_range.clone()),
        (|inner| inner.g_b.insert(0, 0), out_of_range),
    ];
    for (index, (change, expected)) in cases.into_iter().enumerate() {
        let mut hand = Hand::new();
        let answer = hand.send_second().unwrap();
        assert_eq!(hand.send_third(&answer, 6, false, change).0, Err(expected), "case {index}");
        assert!(hand.server.poll_output().is_none());
    }
}

#[test]
fn another_try_must_name_the_key_before() {
    for (named, expected) in [(true, Ok(())), (false, Err(ExchangeError::RetryId))] {
        let mut hand = Hand::new();
        let answer = hand.send_second().unwrap();
        let (result, taken) = hand.send_third(&answer, 6, true, |_| {});
        assert_eq!(result, Ok(()));
        let (key, packets) = drain_server(&mut hand.server);
        assert!(key.is_none());
        assert_eq!(body(&packets[0])[..4], types::DhGenRetry::CONSTRUCTOR_ID.to_le_bytes());
        let retry_id = if named { i64::from_le_bytes(taken.aux_hash()) } else { 0 };
        let (result, key) = hand.send_third(&answer, 7, false, |inner| inner.retry_id = retry_id);
        assert_eq!(result, expected);
        let made = drain_server(&mut hand.server).0.map(|new| new.auth_key);
        assert_eq!(made, named.then_some(key));
    }
}

/// A client that has sent its second query, and the nonces it used.
fn waiting_client() -> (chappe_mtproto::exchange::ClientExchange, [u8; 16], [u8; 16], [u8; 32]) {
    let mut rng = rng(10);
    let (mut client, mut server) = (new_client(&mut rng), new_server());
    let answer = ask(&mut server, &query(&mut client), &mut rng).unwrap();
    // The new nonce is the first thing a client draws after the server's first answer.
    let mut new_nonce = [0; 32];
    rng.clone().fill_bytes(&mut new_nonce);
    client.handle_packet(&answer, now(), &mut rng).unwrap();
    let second = functions::ReqDhParams::from_bytes(body(&query(&mut client))).unwrap();
    let padded = RSA.pad_decrypt(&second.encrypted_data, &mut rng).unwrap();
    let inner = types::PQInnerDataDc::decode(&mut Reader::new(&*padded)).unwrap();
    assert_eq!((inner.new_nonce, inner.dc), (new_nonce, 2));
    (client, second.nonce, second.server_nonce, new_nonce)
}

#[test]
fn a_refusal_by_the_server_counts_only_with_its_proof() {
    let (_, nonce, server_nonce, new_nonce) = waiting_client();
    let good = params_fail_hash(&new_nonce);
    let cases = [
        (nonce, server_nonce, good, ExchangeError::Refused),
        (nonce, server_nonce, [0; 16], ExchangeError::NonceHash),
        ([0; 16], server_nonce, good, ExchangeError::Nonce),
        (nonce, [0; 16], good, ExchangeError::Nonce),
    ];
    for (nonce, server_nonce, new_nonce_hash, expected) in cases {
        let (mut client, ..) = waiting_client();
        let answer = types::ServerDhParamsFail { nonce, server_nonce, new_nonce_hash };
        assert_eq!(client.handle_packet(&packet(&answer), now(), &mut rng(1)), Err(expected));
        assert!(client.is_over());
    }
}

#[test]
fn an_answer_out_of_turn_ends_the_exchange() {
    let (mut client, nonce, server_nonce, _) = waiting_client();
    let early = types::DhGenOk { nonce, server_nonce, new_nonce_hash1: [0; 16] };
    let result = client.handle_packet(&packet(&early), now(), &mut rng(1));
    assert_eq!(result, Err(ExchangeError::UnexpectedObject { id: 0x3bcb_f734 }));
}

#[test]
fn an_encrypted_packet_is_no_answer() {
    let (mut client, ..) = waiting_client();
    assert_eq!(client.handle_packet(&[1; 120], now(), &mut rng(1)), Err(ExchangeError::NotPlain));
}

#[test]
fn the_answer_to_the_third_query_counts_only_with_its_proof() {
    for index in 0..3 {
        let mut rng = rng(11);
        let (mut client, mut server) = (new_client(&mut rng), new_server());
        for _ in 0..2 {
            let answer = ask(&mut server, &query(&mut client), &mut rng).unwrap();
            client.handle_packet(&answer, now(), &mut rng).unwrap();
        }
        let third = functions::SetClientDhParams::from_bytes(body(&query(&mut client))).unwrap();
        let (nonce, server_nonce) = (third.nonce, third.server_nonce);
        let forged = match index {
            0 => packet(&types::DhGenOk { nonce, server_nonce, new_nonce_hash1: [0; 16] }),
            1 => packet(&types::DhGenRetry { nonce, server_nonce, new_nonce_hash2: [0; 16] }),
            _ => packet(&types::DhGenFail { nonce, server_nonce, new_nonce_hash3: [0; 16] }),
        };
        assert_eq!(client.handle_packet(&forged, now(), &mut rng), Err(ExchangeError::NonceHash));
        assert!(drain_client(&mut client).key.is_none());
    }
}
