//! Recorded exchanges and recorded good and bad parameters.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use chappe_api::mtproto::{functions, types};
use chappe_crypto::exchange_keys::TmpAes;
use chappe_crypto::rsa::RsaPublicKey;
use chappe_crypto::{Error, Now};
use chappe_mtproto::exchange::{ClientExchange, ClientExchangeConfig, ExchangeError};
use chappe_mtproto::plain::PlainMessage;
use chappe_tl::{Decode, Encode};
use common::exchange::*;
use common::{Scripted, array, hex, rng, vectors};
use serde_json::Value;

const EXPONENT: [u8; 3] = [1, 0, 1];

fn plain(body: &[u8]) -> Vec<u8> {
    PlainMessage { msg_id: 1, body }.encode()
}

/// The recorded packets lack the random bytes behind the object, but announce them.
fn trimmed(packet: &Value) -> Vec<u8> {
    let packet = hex(packet);
    [&packet[..16], &((packet.len() - 20) as u32).to_le_bytes(), &packet[20..]].concat()
}

#[test]
fn the_transcript_with_fixed_randomness_is_followed_to_its_key() {
    let recorded = vectors("auth_key_transcript_deterministic");
    let keys = vectors("rsa_fingerprints");
    let test_key =
        keys["keys"].as_array().unwrap().iter().find(|key| key["name"] == "test DCs, current").unwrap();
    let key = RsaPublicKey::from_parts(&hex(&test_key["n"]), &EXPONENT).unwrap();
    let now = Now::from_unix_secs(recorded["step3_now"].as_u64().unwrap());

    let config = ClientExchangeConfig::new(vec![key], 0);
    let nonce = hex(&recorded["step1_random"]);
    let mut exchange = ClientExchange::new(config, now, &mut Scripted::new(&[&nonce])).unwrap();
    assert_eq!(body(&query(&mut exchange)), hex(&recorded["step1_request"]));

    let random = hex(&recorded["step2_random"]);
    exchange
        .handle_packet(&plain(&hex(&recorded["step1_response"])), now, &mut Scripted::new(&[&random]))
        .unwrap();
    // The recorded query holds inner data without a data centre, so only its other fields are the same.
    let query_2 = functions::ReqDhParams::from_bytes(body(&query(&mut exchange))).unwrap();
    let recorded_2 = functions::ReqDhParams::from_bytes(&hex(&recorded["step2_request"])).unwrap();
    assert_eq!((query_2.nonce, query_2.server_nonce), (recorded_2.nonce, recorded_2.server_nonce));
    assert_eq!((query_2.p, query_2.q), (recorded_2.p, recorded_2.q));
    assert_eq!(query_2.public_key_fingerprint, recorded_2.public_key_fingerprint);

    let mut random = Scripted::new(&[&hex(&recorded["step3_random"])[..268]]);
    exchange.handle_packet(&plain(&hex(&recorded["step2_response"])), now, &mut random).unwrap();
    assert!(random.is_used_up());
    assert_eq!(body(&query(&mut exchange)), hex(&recorded["step3_request"]));

    exchange.handle_packet(&plain(&hex(&recorded["step3_response"])), now, &mut rng(1)).unwrap();
    let key = drain_client(&mut exchange).key.expect("the key is made");
    assert_eq!(key.auth_key.as_bytes()[..], hex(&recorded["expected_auth_key"]));
    assert_eq!(key.auth_key.id().to_le_bytes(), array(&recorded["auth_key_id_le_bytes"]));
    assert_eq!(key.time_offset, recorded["expected_time_offset"].as_i64().unwrap());
    assert_eq!(key.first_salt, recorded["expected_first_salt_i64"].as_i64().unwrap());
    assert_eq!(key.expires_at, None);
}

#[test]
fn the_official_sample_is_followed_to_its_key() {
    let sample = vectors("auth_key_sample_2024");
    let key = RsaPublicKey::from_parts(&hex(&sample["rsa_public_key"]["n"]), &EXPONENT).unwrap();
    assert_eq!(key.fingerprint(), sample["rsa_public_key"]["fingerprint_i64"].as_i64().unwrap());
    let now = Now::from_unix_secs(sample["server_time"].as_u64().unwrap() - 5);
    let config = ClientExchangeConfig::new(vec![public_key(), key], 2);
    let mut exchange =
        ClientExchange::new(config, now, &mut Scripted::new(&[&hex(&sample["nonce"])])).unwrap();
    assert_eq!(body(&query(&mut exchange)), &hex(&sample["req_pq_multi_packet"])[20..]);

    let mut random = Scripted::new(&[&hex(&sample["new_nonce"])]);
    exchange.handle_packet(&trimmed(&sample["resPQ_packet"]), now, &mut random).unwrap();
    let sent = query(&mut exchange);
    let recorded = hex(&sample["req_DH_params_packet"]);
    // All but the 256 encrypted bytes, whose randomness is not known.
    assert_eq!((sent.len(), &sent[20..84]), (recorded.len(), &recorded[20..84]));

    let random = [hex(&sample["b"]), hex(&sample["client_padding"])].concat();
    let mut random = Scripted::new(&[&random]);
    exchange.handle_packet(&trimmed(&sample["server_DH_params_ok_packet"]), now, &mut random).unwrap();
    assert!(random.is_used_up());
    assert_eq!(body(&query(&mut exchange)), &hex(&sample["set_client_DH_params_packet"])[20..]);

    exchange.handle_packet(&trimmed(&sample["dh_gen_ok_packet"]), now, &mut rng(1)).unwrap();
    let key = drain_client(&mut exchange).key.expect("the key is made");
    assert_eq!(key.auth_key.as_bytes()[..], hex(&sample["auth_key"]));
    assert_eq!(key.first_salt, sample["derived"]["first_server_salt_i64"].as_i64().unwrap());
    assert_eq!(key.time_offset, 5);
}

#[test]
fn the_older_sample_is_refused_for_its_generator() {
    let sample = vectors("auth_key_sample_legacy");
    let mut random = Scripted::new(&[&hex(&sample["nonce"])]);
    let mut exchange = ClientExchange::new(client_config(), now(), &mut random).unwrap();
    query(&mut exchange);
    let nonces: ([u8; 16], [u8; 16]) = (array(&sample["nonce"]), array(&sample["server_nonce"]));
    let res_pq = types::ResPq {
        nonce: nonces.0,
        server_nonce: nonces.1,
        pq: hex(&sample["pq"]),
        server_public_key_fingerprints: vec![public_key().fingerprint()],
    };
    let new_nonce = hex(&sample["new_nonce"]);
    exchange.handle_packet(&packet(&res_pq), now(), &mut Scripted::new(&[&new_nonce])).unwrap();
    let sent = functions::ReqDhParams::from_bytes(body(&query(&mut exchange))).unwrap();
    assert_eq!((sent.p, sent.q), (hex(&sample["p"]), hex(&sample["q"])));
    let answer = types::ServerDhParamsOk {
        nonce: nonces.0,
        server_nonce: nonces.1,
        encrypted_answer: hex(&sample["encrypted_answer"]),
    };
    let result = exchange.handle_packet(&packet(&answer), now(), &mut rng(1));
    assert_eq!(result, Err(ExchangeError::Crypto(Error::DhGenerator { g: 2 })));
}

/// Plays a server up to its second answer, whose inner object `change` may alter. Returns what the client says, and how
/// long it took.
fn with_dh_params(change: impl FnOnce(&mut types::ServerDhInnerData)) -> Result<(), ExchangeError> {
    let mut rng = rng(3);
    let mut client = new_client(&mut rng);
    let first = functions::ReqPqMulti::from_bytes(body(&query(&mut client))).unwrap();
    let (nonce, server_nonce) = (first.nonce, [5; 16]);
    let res_pq = types::ResPq {
        nonce,
        server_nonce,
        pq: 2_694_724_800_268_887_959_u64.to_be_bytes().to_vec(),
        server_public_key_fingerprints: vec![1, public_key().fingerprint()],
    };
    client.handle_packet(&packet(&res_pq), now(), &mut rng).unwrap();
    let second = functions::ReqDhParams::from_bytes(body(&query(&mut client))).unwrap();
    let inner = RSA.pad_decrypt(&second.encrypted_data, &mut rng).unwrap();
    let mut reader = chappe_tl::Reader::new(&*inner);
    let inner = types::PQInnerDataDc::decode(&mut reader).unwrap();
    let checks = vectors("dh_checks");
    let mut answer = types::ServerDhInnerData {
        nonce,
        server_nonce,
        g: 3,
        dh_prime: hex(&checks["good_prime"]),
        g_a: hex(&checks["g_a_bounds"]["min_inclusive_2_pow_1984"]),
        server_time: 1_800_000_000,
    };
    change(&mut answer);
    let tmp = TmpAes::derive(&inner.new_nonce, &server_nonce);
    let encrypted_answer = tmp.encrypt_inner(&answer.to_bytes().unwrap(), &mut rng);
    let answer = types::ServerDhParamsOk { nonce, server_nonce, encrypted_answer };
    client.handle_packet(&packet(&answer), now(), &mut rng)
}

#[test]
fn every_recorded_bad_prime_is_refused() {
    let refused = Err(ExchangeError::Crypto(Error::DhPrime));
    for case in vectors("dh_checks")["bad_primes"].as_array().unwrap() {
        let p = hex(&case["p"]);
        // g = 4 goes with every prime, so the prime itself is judged.
        let result = with_dh_params(|inner| (inner.g, inner.dh_prime) = (4, p));
        assert_eq!(result, refused, "{}", case["why"]);
    }
    let other = hex(&vectors("dh_checks")["other_safe_prime"]);
    assert_eq!(with_dh_params(|inner| inner.dh_prime = other), Ok(()));
}

#[test]
fn generators_are_judged_as_recorded() {
    let checks = vectors("dh_checks");
    for (g, good) in checks["good_prime_generator_is_residue"].as_object().unwrap() {
        let g = g.parse().unwrap();
        let expected =
            if good == true { Ok(()) } else { Err(ExchangeError::Crypto(Error::DhGenerator { g })) };
        assert_eq!(with_dh_params(|inner| inner.g = g), expected, "{g}");
    }
    for g in checks["bad_generators"].as_array().unwrap() {
        let g = i32::try_from(g.as_i64().unwrap()).unwrap();
        let result = with_dh_params(|inner| inner.g = g);
        assert_eq!(result, Err(ExchangeError::Crypto(Error::DhGenerator { g })));
    }
}

#[test]
fn public_values_are_judged_as_recorded() {
    let bounds = &vectors("dh_checks")["g_a_bounds"];
    for name in ["min_inclusive_2_pow_1984", "max_inclusive_p_minus_2_pow_1984"] {
        assert_eq!(with_dh_params(|inner| inner.g_a = hex(&bounds[name])), Ok(()), "{name}");
    }
    for case in bounds["reject"].as_array().unwrap() {
        let result = with_dh_params(|inner| inner.g_a = hex(&case["v"]));
        assert_eq!(result, Err(ExchangeError::Crypto(Error::DhPublicValue)), "{}", case["why"]);
    }
}

#[test]
fn nonces_inside_the_encrypted_answer_are_checked() {
    assert_eq!(with_dh_params(|inner| inner.nonce[3] ^= 1), Err(ExchangeError::Nonce));
    assert_eq!(with_dh_params(|inner| inner.server_nonce[3] ^= 1), Err(ExchangeError::Nonce));
}

/// What a client says to a `pq`.
fn with_pq(pq: &[u8]) -> Result<(), ExchangeError> {
    let mut rng = rng(4);
    let mut client = new_client(&mut rng);
    let first = functions::ReqPqMulti::from_bytes(body(&query(&mut client))).unwrap();
    let res_pq = types::ResPq {
        nonce: first.nonce,
        server_nonce: [6; 16],
        pq: pq.to_vec(),
        server_public_key_fingerprints: vec![public_key().fingerprint()],
    };
    client.handle_packet(&packet(&res_pq), now(), &mut rng)
}

fn minimal(value: &Value) -> Vec<u8> {
    let bytes = value.as_str().unwrap().parse::<u64>().unwrap().to_be_bytes();
    let zeros = bytes.iter().take(7).take_while(|byte| **byte == 0).count();
    bytes[zeros..].to_vec()
}

#[test]
fn every_recorded_pq_is_split_or_refused() {
    let checks = vectors("dh_checks");
    for case in checks["pq"].as_array().unwrap() {
        assert_eq!(with_pq(&minimal(&case["pq"])), Ok(()), "{}", case["pq"]);
    }
    for case in checks["pq_reject"].as_array().unwrap() {
        let pq = if case["pq"].is_string() { minimal(&case["pq"]) } else { hex(&case["pq_hex"]) };
        assert_eq!(with_pq(&pq), Err(ExchangeError::Crypto(Error::Factorization)), "{}", case["why"]);
    }
    let padded = [&[0][..], &minimal(&checks["pq"][6]["pq"])].concat();
    assert_eq!(with_pq(&padded), Err(ExchangeError::Crypto(Error::Factorization)), "leading zero");
}

#[test]
fn every_recorded_bad_ciphertext_gets_the_same_refusal() {
    for case in vectors("rsa_pad")["invalid"].as_array().unwrap() {
        let mut rng = rng(5);
        let (mut client, mut server) = (new_client(&mut rng), new_server());
        let answer = ask(&mut server, &query(&mut client), &mut rng).unwrap();
        client.handle_packet(&answer, now(), &mut rng).unwrap();
        let mut second = functions::ReqDhParams::from_bytes(body(&query(&mut client))).unwrap();
        second.encrypted_data = hex(&case["encrypted_data"]);
        let result = ask(&mut server, &packet(&second), &mut rng);
        assert_eq!(result, Err(ExchangeError::Crypto(Error::Decrypt)), "{}", case["why"]);
    }
}

#[test]
fn a_good_ciphertext_of_another_exchange_is_refused() {
    for case in vectors("rsa_pad")["valid"].as_array().unwrap() {
        let mut rng = rng(6);
        let (mut client, mut server) = (new_client(&mut rng), new_server());
        let answer = ask(&mut server, &query(&mut client), &mut rng).unwrap();
        client.handle_packet(&answer, now(), &mut rng).unwrap();
        let mut second = functions::ReqDhParams::from_bytes(body(&query(&mut client))).unwrap();
        second.encrypted_data = hex(&case["encrypted_data"]);
        // It decrypts, but names other nonces, or is no inner data at all.
        let result = ask(&mut server, &packet(&second), &mut rng);
        assert!(
            matches!(result, Err(ExchangeError::Nonce | ExchangeError::UnexpectedObject { .. })),
            "{result:?}"
        );
    }
}
