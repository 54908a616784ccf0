//! Hostile bytes against both sides of the exchange: each ends in an error at once, and none in a wrong key.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::{Duration, Instant};

use chappe_api::mtproto::{functions, types};
use chappe_crypto::Error;
use chappe_crypto::exchange_keys::TmpAes;
use chappe_crypto::rsa::RsaPublicKey;
use chappe_mtproto::exchange::{ClientExchange, ExchangeError};
use chappe_mtproto::plain::PlainMessage;
use chappe_tl::{Constructor, Decode, Encode, Function};
use common::exchange::*;
use common::rng;
use proptest::collection::vec;
use proptest::prelude::*;
use rand_chacha::rand_core::Rng;

/// Answers the first query of a client with `pq` and returns what it says, at once.
fn answer_with_pq(pq: &[u8]) -> ExchangeError {
    let mut rng = rng(20);
    let mut client = new_client(&mut rng);
    let first = functions::ReqPqMulti::from_bytes(body(&query(&mut client))).unwrap();
    let res_pq = types::ResPq {
        nonce: first.nonce,
        server_nonce: [6; 16],
        pq: pq.to_vec(),
        server_public_key_fingerprints: vec![public_key().fingerprint()],
    };
    let started = Instant::now();
    let error = client.handle_packet(&packet(&res_pq), now(), &mut rng).unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(1), "took {:?}", started.elapsed());
    assert!(client.is_over());
    error
}

#[test]
fn a_prime_pq_ends_at_once() {
    let expected = ExchangeError::Crypto(Error::Factorization);
    assert_eq!(answer_with_pq(&9_223_372_036_854_775_783_u64.to_be_bytes()), expected);
    assert_eq!(answer_with_pq(&1_513_098_571_u32.to_be_bytes()), expected);
}

#[test]
fn a_pq_of_zero_ends_at_once() {
    let expected = ExchangeError::Crypto(Error::Factorization);
    for pq in [&[][..], &[0], &[0; 8], &[0; 200], &[1]] {
        assert_eq!(answer_with_pq(pq), expected);
    }
}

#[test]
fn a_short_encrypted_answer_is_an_error() {
    for len in (0..64).chain([591, 593, 5000]) {
        let mut rng = rng(21);
        let (mut client, mut server) = (new_client(&mut rng), new_server());
        let answer = ask(&mut server, &query(&mut client), &mut rng).unwrap();
        client.handle_packet(&answer, now(), &mut rng).unwrap();
        let second = functions::ReqDhParams::from_bytes(body(&query(&mut client))).unwrap();
        let (nonce, server_nonce) = (second.nonce, second.server_nonce);
        let answer = types::ServerDhParamsOk { nonce, server_nonce, encrypted_answer: vec![7; len] };
        let result = client.handle_packet(&packet(&answer), now(), &mut rng);
        assert_eq!(result, Err(ExchangeError::Crypto(Error::Decrypt)), "{len} bytes");
    }
}

#[test]
fn a_server_with_none_of_our_keys_is_refused() {
    let key = RsaPublicKey::from_parts(&[0xff; 256], &[1, 0, 1]).unwrap();
    let mut config = client_config();
    config.keys = vec![key];
    let mut client = ClientExchange::new(config, now(), &mut rng(23)).unwrap();
    let outcome = run(&mut client, &mut new_server(), &mut rng(24), no_key, |_, _| {});
    assert_eq!(outcome.error, Some(ExchangeError::UnknownServerKeys { offered: 1 }));
}

#[test]
fn a_public_value_of_one_from_the_client_makes_no_key() {
    let mut rng = rng(22);
    let (mut client, mut server) = (new_client(&mut rng), new_server());
    let answer = ask(&mut server, &query(&mut client), &mut rng).unwrap();
    // The new nonce is the first thing a client draws after the server's first answer.
    let mut copy = rng.clone();
    let mut new_nonce = [0; 32];
    copy.fill_bytes(&mut new_nonce);
    client.handle_packet(&answer, now(), &mut rng).unwrap();
    let second = query(&mut client);
    let asked = functions::ReqDhParams::from_bytes(body(&second)).unwrap();
    let (nonce, server_nonce) = (asked.nonce, asked.server_nonce);
    ask(&mut server, &second, &mut rng).unwrap();
    let mut one = vec![0; 256];
    one[255] = 1;
    let inner = types::ClientDhInnerData { nonce, server_nonce, retry_id: 0, g_b: one };
    let tmp = TmpAes::derive(&new_nonce, &server_nonce);
    let encrypted_data = tmp.encrypt_inner(&inner.to_bytes().unwrap(), &mut rng);
    let third = packet(&functions::SetClientDhParams { nonce, server_nonce, encrypted_data });
    assert_eq!(ask(&mut server, &third, &mut rng), Err(ExchangeError::Crypto(Error::DhPublicValue)));
    assert!(server.poll_output().is_none());
}

/// Flips one bit in each byte of one packet in turn: there is no key then, or the right one because the byte means
/// nothing (msg_id, padding of strings).
fn corrupt(index: usize) {
    let honest = run(&mut new_client(&mut rng(30)), &mut new_server(), &mut rng(31), no_key, |_, _| {});
    let len = honest.packets[index].len();
    let mut harmless = 0;
    for at in 0..len {
        let mut client = new_client(&mut rng(30));
        let outcome = run(&mut client, &mut new_server(), &mut rng(31), no_key, |packet, bytes| {
            if packet == index {
                bytes[at] ^= 0x10;
            }
        });
        match (outcome.client, outcome.error) {
            (None, Some(_)) => {}
            (Some(ours), None) => {
                assert_eq!(Some(ours.auth_key), outcome.server.map(|key| key.auth_key), "byte {at}");
                harmless += 1;
            }
            (ours, error) => panic!("byte {at}: {} {error:?}", ours.is_some()),
        }
    }
    // The msg_id, and at most three bytes behind each of three strings.
    assert!((8..=17).contains(&harmless), "{harmless} of {len}");
}

#[test]
fn a_corrupted_req_pq_makes_no_key() {
    corrupt(0);
}

#[test]
fn a_corrupted_res_pq_makes_no_key() {
    corrupt(1);
}

#[test]
fn a_corrupted_req_dh_params_makes_no_key() {
    corrupt(2);
}

#[test]
fn a_corrupted_server_dh_params_makes_no_key() {
    corrupt(3);
}

#[test]
fn a_corrupted_set_client_dh_params_makes_no_key() {
    corrupt(4);
}

#[test]
fn a_corrupted_dh_gen_makes_no_key() {
    corrupt(5);
}

#[test]
fn truncated_packets_are_errors_on_both_sides() {
    let honest = run(&mut new_client(&mut rng(40)), &mut new_server(), &mut rng(41), no_key, |_, _| {});
    for (index, packet) in honest.packets.iter().enumerate() {
        let len = body(packet).len();
        // A shorter body with the right length in its envelope.
        for short in (0..len).step_by(1 + len / 8) {
            let mut client = new_client(&mut rng(40));
            let outcome = run(&mut client, &mut new_server(), &mut rng(41), no_key, |at, bytes| {
                if at == index {
                    *bytes = PlainMessage { msg_id: 0, body: &body(bytes)[..short] }.encode();
                }
            });
            assert!(outcome.client.is_none() && outcome.error.is_some(), "packet {index}, {short} bytes");
        }
    }
}

/// Every object of the exchange, by id.
const IDS: [u32; 11] = [
    functions::ReqPq::CONSTRUCTOR_ID,
    functions::ReqPqMulti::CONSTRUCTOR_ID,
    functions::ReqDhParams::CONSTRUCTOR_ID,
    functions::SetClientDhParams::CONSTRUCTOR_ID,
    types::ResPq::CONSTRUCTOR_ID,
    types::ServerDhParamsOk::CONSTRUCTOR_ID,
    types::ServerDhParamsFail::CONSTRUCTOR_ID,
    types::DhGenOk::CONSTRUCTOR_ID,
    types::DhGenRetry::CONSTRUCTOR_ID,
    types::DhGenFail::CONSTRUCTOR_ID,
    types::MsgsAck::CONSTRUCTOR_ID,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn random_objects_never_make_a_key(
        id in prop_oneof![proptest::sample::select(&IDS[..]), any::<u32>()],
        bytes in vec(prop_oneof![any::<u8>(), Just(0), Just(0xfe)], 0..700),
        steps in 0..3_usize,
    ) {
        let bytes = [&id.to_le_bytes()[..], &bytes].concat();
        let hostile = PlainMessage { msg_id: 0, body: &bytes }.encode();
        let mut rng = rng(60);
        let (mut client, mut server) = (new_client(&mut rng), new_server());
        for _ in 0..steps {
            let answer = ask(&mut server, &query(&mut client), &mut rng).unwrap();
            client.handle_packet(&answer, now(), &mut rng).unwrap();
        }
        prop_assert!(client.handle_packet(&hostile, now(), &mut rng).is_err());
        prop_assert!(drain_client(&mut client).key.is_none());
        let _ = server.handle_packet(&hostile, now(), &mut rng, no_key);
        prop_assert!(drain_server(&mut server).0.is_none());
        // Without an envelope, too.
        let _ = server.handle_packet(&bytes, now(), &mut rng, no_key);
        prop_assert!(new_client(&mut rng).handle_packet(&bytes, now(), &mut rng).is_err());
    }
}
