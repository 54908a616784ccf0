//! Both sides of the exchange against each other: the good ways, and the odd ways of stock clients.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use chappe_api::mtproto::{functions, types};
use chappe_crypto::{Error, hash};
use chappe_mtproto::exchange::{
    ClientExchange, ClientExchangeConfig, ExchangeError, KeyLifetime, ServerExchange, ServerExchangeConfig,
    client,
};
use chappe_mtproto::plain::PlainMessage;
use chappe_mtproto::transport::TransportErrorCode;
use chappe_tl::{Constructor, Decode, Encode, Reader};
use common::exchange::*;
use common::rng;

fn server_with(change: impl FnOnce(&mut ServerExchangeConfig)) -> ServerExchange {
    let mut config = server_config();
    change(&mut config);
    ServerExchange::new(Arc::new(config))
}

fn client_with(change: impl FnOnce(&mut ClientExchangeConfig)) -> ClientExchange {
    let mut config = client_config();
    change(&mut config);
    ClientExchange::new(config, now(), &mut rng(70)).unwrap()
}

/// Runs a client against a server and returns the server's key, which must be the client's.
fn agree(
    client: &mut ClientExchange,
    server: &mut ServerExchange,
) -> chappe_mtproto::exchange::NewServerAuthKey {
    let outcome = run(client, server, &mut rng(71), no_key, |_, _| {});
    assert_eq!(outcome.error, None);
    let (ours, theirs) = (outcome.client.expect("a key"), outcome.server.expect("a key"));
    assert_eq!(ours.auth_key, theirs.auth_key);
    assert_eq!((ours.first_salt, ours.expires_at), (theirs.first_salt, theirs.expires_at));
    assert_eq!(ours.time_offset, 0);
    theirs
}

fn refusal(client: &mut ClientExchange, server: &mut ServerExchange) -> ExchangeError {
    let outcome = run(client, server, &mut rng(72), no_key, |_, _| {});
    assert!(outcome.client.is_none() && outcome.server.is_none());
    outcome.error.expect("a refusal")
}

#[test]
fn both_sides_make_the_same_permanent_key() {
    for dc in [2, 10_002, -2, -10_002] {
        let mut server = server_with(|config| config.dc = Some(2));
        let key = agree(&mut client_with(|config| config.dc = dc), &mut server);
        assert_eq!((key.dc, key.expires_at, key.created), (Some(dc), None, 1_800_000_000));
    }
}

#[test]
fn both_sides_make_the_same_temporary_key() {
    let lifetime = KeyLifetime::Temporary { expires_in: 86_400 };
    let key = agree(&mut client_with(|config| config.lifetime = lifetime), &mut new_server());
    assert_eq!(key.expires_at, Some(1_800_086_400));
}

#[test]
fn a_temporary_key_for_too_short_or_too_long_is_refused() {
    for expires_in in [-1, 0, 3, 7 * 86_400 + 1, i32::MAX, i32::MIN] {
        let lifetime = KeyLifetime::Temporary { expires_in };
        let error = refusal(&mut client_with(|config| config.lifetime = lifetime), &mut new_server());
        assert_eq!(error, ExchangeError::Lifetime { expires_in });
    }
}

#[test]
fn a_client_of_another_data_centre_is_refused_where_the_number_is_fixed() {
    let mut server = server_with(|config| config.dc = Some(2));
    let error = refusal(&mut client_with(|config| config.dc = 10_004), &mut server);
    assert_eq!(error, ExchangeError::WrongDc { dc: 10_004 });
}

#[test]
fn a_taken_key_name_leads_to_another_try_with_the_same_server_secret() {
    for collisions in 1..=5 {
        let mut rng = rng(8);
        let left = Cell::new(collisions);
        let taken = |_| left.replace(left.get() - 1) > 0;
        let outcome = run(&mut new_client(&mut rng), &mut new_server(), &mut rng, taken, |_, _| {});
        assert_eq!(outcome.error, None);
        assert_eq!(outcome.client.unwrap().auth_key, outcome.server.unwrap().auth_key);
        assert_eq!(outcome.packets.len(), 6 + 2 * collisions as usize);
        for answer in outcome.packets[5..].iter().step_by(2).take(collisions as usize) {
            assert_eq!(body(answer)[..4], types::DhGenRetry::CONSTRUCTOR_ID.to_le_bytes());
        }
    }
}

#[test]
fn tries_are_bounded_and_the_server_says_so() {
    let mut rng = rng(9);
    let outcome = run(&mut new_client(&mut rng), &mut new_server(), &mut rng, |_| true, |_, _| {});
    assert_eq!(outcome.error, Some(ExchangeError::Refused));
    assert!(outcome.client.is_none() && outcome.server.is_none());
    assert_eq!(body(outcome.packets.last().unwrap())[..4], types::DhGenFail::CONSTRUCTOR_ID.to_le_bytes());
}

#[test]
fn any_msg_id_and_random_bytes_behind_every_object_are_accepted() {
    let mut rng = rng(10);
    let outcome = run(&mut new_client(&mut rng), &mut new_server(), &mut rng, no_key, |index, packet| {
        let body = [body(packet), &[0xa5; 256]].concat();
        *packet = PlainMessage { msg_id: (index % 2) as i64, body: &body }.encode();
    });
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.client.unwrap().auth_key, outcome.server.unwrap().auth_key);
}

#[test]
fn several_exchanges_on_one_connection_go_on_side_by_side() {
    let mut rng = rng(11);
    let mut server = new_server();
    let mut clients: Vec<_> = (0..3).map(|_| new_client(&mut rng)).collect();
    let firsts: Vec<_> = clients.iter_mut().map(query).collect();
    let answers: Vec<_> = firsts.iter().map(|packet| ask(&mut server, packet, &mut rng).unwrap()).collect();
    for (client, answer) in clients.iter_mut().zip(&answers).rev() {
        client.handle_packet(answer, now(), &mut rng).unwrap();
        let outcome = run(client, &mut server, &mut rng, no_key, |_, _| {});
        assert_eq!(outcome.client.unwrap().auth_key, outcome.server.unwrap().auth_key);
    }
    assert_eq!(server.pending_count(), 3);
}

#[test]
fn exchanges_under_way_are_bounded() {
    let mut rng = rng(12);
    let mut server = new_server();
    let mut first = new_client(&mut rng);
    let answer = ask(&mut server, &query(&mut first), &mut rng).unwrap();
    for _ in 0..50 {
        ask(&mut server, &query(&mut new_client(&mut rng)), &mut rng).unwrap();
    }
    assert_eq!(server.pending_count(), 8);
    first.handle_packet(&answer, now(), &mut rng).unwrap();
    assert_eq!(ask(&mut server, &query(&mut first), &mut rng), Err(ExchangeError::Nonce));
}

#[test]
fn a_repeated_query_gets_the_same_answer_and_makes_no_second_key() {
    let mut rng = rng(13);
    let (mut client, mut server) = (new_client(&mut rng), new_server());
    for _ in 0..3 {
        let packet = query(&mut client);
        let first = ask(&mut server, &packet, &mut rng).unwrap();
        client.resend();
        assert_eq!(query(&mut client), packet);
        // Clients draw the bytes behind the object anew.
        let again = PlainMessage { msg_id: 0, body: &[body(&packet), &[7; 16]].concat() }.encode();
        server.handle_packet(&again, now(), &mut rng, no_key).unwrap();
        let (key, answers) = drain_server(&mut server);
        assert!(key.is_none());
        assert_eq!(body(&answers[0]), body(&first));
        assert_ne!(answers[0], first, "the msg_id rises");
        client.handle_packet(&first, now(), &mut rng).unwrap();
    }
    assert!(drain_client(&mut client).key.is_some());
}

#[test]
fn an_exchange_goes_on_over_another_connection() {
    let mut rng = rng(14);
    let (mut client, mut first, mut second) = (new_client(&mut rng), new_server(), new_server());
    let packet = query(&mut client);
    let answer = ask(&mut first, &packet, &mut rng).unwrap();
    client.handle_packet(&answer, now(), &mut rng).unwrap();
    client.resend();
    let out = drain_client(&mut client);
    assert_eq!(out.packets[0], out.packets[1]);
    let nonce = ServerExchange::nonce_of(&out.packets[1]).unwrap();
    assert_eq!(ServerExchange::nonce_of(&packet), Some(nonce));
    second.adopt(first.take_pending(&nonce).unwrap());
    assert!(first.take_pending(&nonce).is_none());
    let answer = ask(&mut second, &out.packets[1], &mut rng).unwrap();
    client.handle_packet(&answer, now(), &mut rng).unwrap();
    assert!(run(&mut client, &mut second, &mut rng, no_key, |_, _| {}).client.is_some());
}

#[test]
fn an_exchange_that_takes_too_long_is_given_up_on_both_sides() {
    let mut rng = rng(15);
    let (mut client, mut server) = (new_client(&mut rng), new_server());
    let Some(client::Output::Timeout(at)) = client.poll_output() else { panic!("no deadline") };
    assert_eq!(at, now().monotonic + Duration::from_secs(30));
    let answer = ask(&mut server, &query(&mut client), &mut rng).unwrap();
    client.handle_packet(&answer, now(), &mut rng).unwrap();
    assert_eq!(client.handle_timeout(now().advance(Duration::from_secs(29))), Ok(()));
    let late = now().advance(Duration::from_secs(31));
    assert_eq!(server.handle_packet(&query(&mut client), late, &mut rng, no_key), Err(ExchangeError::Nonce));
    assert_eq!(client.handle_timeout(late), Err(ExchangeError::Timeout));
    assert!(client.is_over());
    assert_eq!(client.handle_timeout(late), Ok(()));
}

#[test]
fn plain_packets_after_the_end_are_refused() {
    let mut rng = rng(16);
    let (mut client, mut server) = (new_client(&mut rng), new_server());
    let outcome = run(&mut client, &mut server, &mut rng, no_key, |_, _| {});
    let last = outcome.packets.last().unwrap();
    assert_eq!(client.handle_packet(last, now(), &mut rng), Err(ExchangeError::Over));
    assert!(drain_client(&mut client).key.is_none());
}

#[test]
fn after_a_failure_the_connection_gets_no_further_exchange() {
    let mut rng = rng(17);
    let mut server = new_server();
    let ping = packet(&functions::Ping { ping_id: 1 });
    let expected = ExchangeError::UnexpectedObject { id: 0x7abe_77ec };
    assert_eq!(ask(&mut server, &ping, &mut rng), Err(expected));
    let result = ask(&mut server, &query(&mut new_client(&mut rng)), &mut rng);
    assert_eq!(result, Err(ExchangeError::Over));
}

#[test]
fn a_transport_error_ends_the_exchange() {
    let mut client = new_client(&mut rng(18));
    let code = TransportErrorCode::UNKNOWN_KEY;
    assert_eq!(client.handle_transport_error(code), Err(ExchangeError::Transport(code)));
    assert!(client.is_over());
}

#[test]
fn acknowledgements_in_plain_messages_are_passed_over() {
    let mut server = new_server();
    let ack = packet(&types::MsgsAck { msg_ids: vec![1] });
    assert_eq!(server.handle_packet(&ack, now(), &mut rng(1), no_key), Ok(()));
    assert!(server.poll_output().is_none());
}

#[test]
fn the_old_first_query_is_understood() {
    let mut server = new_server();
    let answer = ask(&mut server, &packet(&functions::ReqPq { nonce: [1; 16] }), &mut rng(1)).unwrap();
    assert_eq!(types::ResPq::from_bytes(body(&answer)).unwrap().nonce, [1; 16]);
}

// ---- what older libraries send ----

/// `base^65537 mod n` by schoolbook doubling: the old scheme is not part of the library.
fn raw_rsa(block: &[u8; 256]) -> Vec<u8> {
    let n = *public_key().n();
    fn less(a: &[u8; 257], b: &[u8; 257]) -> bool {
        a < b
    }
    let wide = |x: &[u8; 256]| -> [u8; 257] { std::array::from_fn(|i| if i == 0 { 0 } else { x[i - 1] }) };
    let modulus = wide(&n);
    let reduce = |mut x: [u8; 257]| {
        if !less(&x, &modulus) {
            let mut borrow = 0;
            for i in (0..257).rev() {
                let difference = i16::from(x[i]) - i16::from(modulus[i]) - borrow;
                borrow = i16::from(difference < 0);
                x[i] = difference.rem_euclid(256) as u8;
            }
        }
        x
    };
    let add = |a: &[u8; 257], b: &[u8; 257]| {
        let (mut sum, mut carry) = ([0; 257], 0);
        for i in (0..257).rev() {
            let digit = u16::from(a[i]) + u16::from(b[i]) + carry;
            sum[i] = digit as u8;
            carry = digit >> 8;
        }
        reduce(sum)
    };
    let mul = |a: &[u8; 257], b: &[u8; 257]| {
        let mut product = [0; 257];
        for bit in (0..2048).rev() {
            product = add(&product, &product);
            if b[256 - bit / 8] >> (bit % 8) & 1 == 1 {
                product = add(&product, a);
            }
        }
        product
    };
    let base = wide(block);
    let mut power = base;
    for _ in 0..16 {
        power = mul(&power, &power);
    }
    mul(&power, &base)[1..].to_vec()
}

/// A hand-made second query: `inner` in RSA_PAD or in the old padding.
fn second_query(res_pq: &types::ResPq, inner: &[u8], p: Vec<u8>, q: Vec<u8>, old_padding: bool) -> Vec<u8> {
    let encrypted_data = if old_padding {
        let mut block = [0x77; 256];
        block[0] = 0;
        block[1..21].copy_from_slice(&hash::sha1(&[inner]));
        block[21..21 + inner.len()].copy_from_slice(inner);
        raw_rsa(&block)
    } else {
        public_key().pad_encrypt(inner, &mut rng(1)).unwrap().to_vec()
    };
    packet(&functions::ReqDhParams {
        nonce: res_pq.nonce,
        server_nonce: res_pq.server_nonce,
        p,
        q,
        public_key_fingerprint: public_key().fingerprint(),
        encrypted_data,
    })
}

/// Sends the second query of an old library, with inner data without a data centre.
fn old_library(server: &mut ServerExchange, old_padding: bool) -> Result<Vec<u8>, ExchangeError> {
    let nonce = [3; 16];
    let answer = ask(server, &packet(&functions::ReqPqMulti { nonce }), &mut rng(2)).unwrap();
    let res_pq = types::ResPq::from_bytes(body(&answer)).unwrap();
    let pq = chappe_crypto::factor::pq_from_bytes(&res_pq.pq).unwrap();
    let (p, q) = chappe_crypto::factor::factorize_pq(pq).unwrap();
    let (p, q) = (chappe_crypto::factor::pq_to_bytes(p), chappe_crypto::factor::pq_to_bytes(q));
    let inner = types::PQInnerData {
        pq: res_pq.pq.clone(),
        p: p.clone(),
        q: q.clone(),
        nonce,
        server_nonce: res_pq.server_nonce,
        new_nonce: [4; 32],
    };
    let query = second_query(&res_pq, &inner.to_bytes().unwrap(), p, q, old_padding);
    ask(server, &query, &mut rng(2))
}

#[test]
fn inner_data_without_a_data_centre_is_accepted_unless_forbidden() {
    assert!(old_library(&mut new_server(), false).is_ok());
    let refused = old_library(&mut server_with(|config| config.accept_legacy_inner = false), false);
    assert_eq!(refused, Err(ExchangeError::UnexpectedObject { id: 0x83c9_5aec }));
}

#[test]
fn the_old_rsa_padding_is_refused_unless_permitted() {
    let refused = old_library(&mut new_server(), true);
    assert_eq!(refused, Err(ExchangeError::Crypto(Error::Decrypt)));
    let answer = old_library(&mut server_with(|config| config.accept_legacy_rsa = true), true).unwrap();
    assert_eq!(body(&answer)[..4], types::ServerDhParamsOk::CONSTRUCTOR_ID.to_le_bytes());
}

#[test]
fn secrets_are_not_printed() {
    let mut rng = rng(50);
    let (mut client, mut server) = (new_client(&mut rng), new_server());
    let answer = ask(&mut server, &query(&mut client), &mut rng).unwrap();
    client.handle_packet(&answer, now(), &mut rng).unwrap();
    assert_eq!(format!("{client:?}"), "ClientExchange { state: \"AwaitDhParams\", .. }");
    assert_eq!(format!("{server:?}"), "ServerExchange { pending: [Pq], failed: false, .. }");
}

#[test]
fn an_object_reader_is_left_where_the_object_ends() {
    // The hash of a repeated query covers the object only; this holds only if decoding consumes exactly its fields.
    let bytes = [functions::ReqPqMulti { nonce: [1; 16] }.to_bytes().unwrap(), vec![9; 8]].concat();
    let mut reader = Reader::new(&bytes);
    functions::ReqPqMulti::decode(&mut reader).unwrap();
    assert_eq!(reader.remaining(), 8);
}
