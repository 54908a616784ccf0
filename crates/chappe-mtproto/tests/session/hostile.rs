//! Packets that somebody made to do harm.

use std::io::Write as _;
use std::time::Duration;

use chappe_crypto::Role;
use chappe_mtproto::rpc::service::{Service, bad_msg_code};
use chappe_mtproto::session::client::{CallOptions, Event, FailReason, Output};
use chappe_mtproto::session::server::open_packet;
use chappe_mtproto::session::{MsgId, SeqNo, SessionId};

use crate::pair::{GET_CONFIG, Pair, answer, key, query, read, seal};

fn update() -> Vec<u8> {
    answer(b"update..")
}

#[test]
fn a_foreign_session_id_is_dropped() {
    let mut pair = Pair::connected();
    let id = pair.server_id(0);
    let packet = pair.forge(SessionId(5), id, 1, &update());
    pair.deliver_to_client(packet);
    assert_eq!(pair.events, []);
    assert_eq!(pair.client.drop_counts().foreign_session, 1);
    // The server session ignores it, too.
    let id = pair.client_id(0);
    let packet =
        seal(Role::Initiator, pair.salt(), SessionId(5), MsgId(id), SeqNo(1), &GET_CONFIG, &mut pair.rng);
    let opened = open_packet(&key(), packet).unwrap();
    pair.server.handle(opened, pair.connection, pair.now, &mut pair.rng);
    pair.poll_server();
    assert!(pair.calls.is_empty() && pair.to_client.is_empty());
}

#[test]
fn a_replayed_packet_is_dropped() {
    let mut pair = Pair::connected();
    pair.server.push_update(update());
    pair.poll_server();
    let packet = pair.to_client.remove(0);
    pair.deliver_to_client(packet.clone());
    assert_eq!(pair.events, [Event::Update(update())]);
    pair.deliver_to_client(packet.clone());
    assert_eq!(pair.events.len(), 1);
    assert_eq!(pair.client.drop_counts().duplicate, 1);
    // Also after a new connection: the memory belongs to the session.
    pair.reconnect();
    pair.deliver_to_client(packet);
    assert_eq!(pair.events.iter().filter(|event| matches!(event, Event::Update(_))).count(), 1);

    let mut pair = Pair::connected();
    pair.call(1);
    pair.poll_client();
    let packet = pair.to_server.remove(0);
    pair.deliver_to_server(packet.clone());
    pair.answer_all();
    pair.run();
    for _ in 0..3 {
        pair.deliver_to_server(packet.clone());
    }
    assert!(pair.calls.is_empty(), "executed once");
    assert_eq!(pair.server.dropped_replays(), 3);
}

#[test]
fn a_msg_id_from_1970_is_refused() {
    let mut pair = Pair::connected();
    let session_id = pair.client.session_id();
    let packet = pair.forge(session_id, (5 << 32) + 1, 1, &update());
    pair.deliver_to_client(packet);
    assert_eq!(pair.events, []);
    assert_eq!(pair.client.drop_counts().outside_window, 1);

    let salt = pair.salt();
    let answers = pair.inject(salt, 5 << 32, 1, &GET_CONFIG);
    let notice = Service::parse(&answers[0].body).unwrap().unwrap();
    assert!(
        matches!(notice, Service::BadMsg { code: bad_msg_code::MSG_ID_TOO_LOW, bad_msg_id: MsgId(id), .. } if id == 5 << 32)
    );
    assert!(pair.calls.is_empty());
}

fn bomb(len: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..len >> 20 {
        encoder.write_all(&[0; 1 << 20]).unwrap();
    }
    let mut writer = chappe_tl::Writer::new();
    writer.u32(0x3072_cfa1);
    writer.bytes(&encoder.finish().unwrap());
    writer.finish().unwrap()
}

#[test]
fn a_gzip_bomb_ends_at_the_cap() {
    let bomb = bomb(64 << 20);
    assert!(bomb.len() < 100_000);
    // As an answer: that call fails, the session goes on.
    let mut pair = Pair::connected();
    let call = pair.call(1);
    pair.run();
    let (msg_id, _) = pair.calls.remove(0);
    let body = Service::RpcResult { req_msg_id: msg_id, result: &bomb }.to_bytes();
    let (session_id, id) = (pair.client.session_id(), pair.server_id(0));
    let packet = pair.forge(session_id, id, 3, &body);
    pair.events.clear();
    pair.deliver_to_client(packet);
    assert_eq!(pair.events, [Event::Failed { call, reason: FailReason::BadAnswer }]);
    // As an update: dropped.
    let id = pair.server_id(1);
    let packet = pair.forge(session_id, id, 5, &bomb);
    pair.deliver_to_client(packet);
    assert_eq!(pair.client.drop_counts().unreadable, 2);
    // As a query of somebody not logged in: an error.
    let (salt, id) = (pair.salt(), pair.client_id(1));
    let answers = pair.inject(salt, id, 101, &bomb);
    let error = answers.iter().find_map(|message| match Service::parse(&message.body) {
        Ok(Some(Service::RpcResult { result, .. })) => Some(result.to_vec()),
        _ => None,
    });
    let error = Service::parse(error.as_ref().unwrap()).unwrap().unwrap();
    assert_eq!(error, Service::RpcError { code: 400, text: "INPUT_REQUEST_TOO_LONG".into() });
    assert!(pair.calls.is_empty());
}

#[test]
fn a_forged_404_only_reconnects() {
    let mut pair = Pair::connected();
    let call = pair.call(1);
    pair.run();
    let (msg_id, _) = pair.calls.remove(0);
    pair.events.clear();
    pair.deliver_to_client((-404_i32).to_le_bytes().to_vec());
    assert_eq!(pair.events, [Event::AuthKeyUnknown]);
    assert_eq!(pair.closed, ["transport error -404"]);
    let session_id = pair.client.session_id();
    pair.reconnect();
    pair.run();
    pair.server.respond(msg_id, Ok(answer(&query(1))));
    pair.run();
    assert_eq!(pair.responses(), [(call, Ok(answer(&query(1))))]);
    assert_eq!(pair.client.session_id(), session_id, "the same session goes on");
    assert!(pair.calls.is_empty(), "and nothing was executed twice");
}

#[test]
fn sixteen_mebibytes_are_refused_and_not_cut() {
    let mut pair = Pair::connected();
    let call = pair.client.call(vec![0; 1 << 24], CallOptions::default());
    pair.run();
    assert_eq!(pair.events, [Event::Failed { call, reason: FailReason::BadQuery { len: 1 << 24 } }]);
    // The longest that fits passes whole.
    let body = vec![1; (1 << 24) - 4];
    pair.client.call(body.clone(), CallOptions::default());
    pair.run();
    assert_eq!(pair.calls[0].1.query.len(), body.len());
    // A server that answers more gives an error instead.
    let (msg_id, _) = pair.calls.remove(0);
    pair.server.respond(msg_id, Ok(vec![0; 1 << 24]));
    pair.run();
    assert_eq!(pair.responses()[0].1.as_ref().unwrap_err().code, 500);
}

#[test]
fn messages_with_the_parity_of_the_receiver_are_refused() {
    let mut pair = Pair::connected();
    let (session_id, id) = (pair.client.session_id(), pair.server_id(0) & !1);
    let packet = pair.forge(session_id, id, 1, &update());
    pair.deliver_to_client(packet);
    assert_eq!((pair.events.len(), pair.client.drop_counts().bad_msg_id), (0, 1));
    let (salt, id) = (pair.salt(), pair.client_id(0) | 1);
    let answers = pair.inject(salt, id, 1, &GET_CONFIG);
    let notice = Service::parse(&answers[0].body).unwrap().unwrap();
    assert!(matches!(notice, Service::BadMsg { code: bad_msg_code::MSG_ID_BITS, .. }));
}

#[test]
fn corrupt_packets_close_the_connection_after_sixteen() {
    let mut pair = Pair::connected();
    pair.server.push_update(update());
    pair.poll_server();
    let mut packet = pair.to_client.remove(0);
    packet[40] ^= 1;
    for _ in 0..15 {
        assert!(pair.client.handle_packet(packet.clone(), pair.now, &mut pair.rng).is_ok());
    }
    assert!(pair.client.handle_packet(packet, pair.now, &mut pair.rng).is_err());
    assert_eq!(pair.events, []);
}

#[test]
fn plain_packets_and_those_of_other_keys_are_dropped() {
    let mut pair = Pair::connected();
    let mut plain = vec![0; 8];
    plain.extend_from_slice(&pair.server_id(0).to_le_bytes());
    plain.extend_from_slice(&8_i32.to_le_bytes());
    plain.extend_from_slice(&update()[..8]);
    pair.deliver_to_client(plain);
    pair.deliver_to_client(vec![7; 200]);
    assert_eq!((pair.events.len(), pair.client.drop_counts().foreign_key), (0, 2));
}

#[test]
fn a_broken_container_is_refused_as_a_whole() {
    let mut pair = Pair::connected();
    let (salt, id) = (pair.salt(), pair.client_id(1));
    let mut body = 0x73f1_f8dc_u32.to_le_bytes().to_vec();
    body.extend_from_slice(&2_u32.to_le_bytes());
    body.extend_from_slice(&(id - 4).to_le_bytes());
    body.extend_from_slice(&1_i32.to_le_bytes());
    body.extend_from_slice(&4_i32.to_le_bytes());
    body.extend_from_slice(&GET_CONFIG);
    let answers = pair.inject(salt, id, 2, &body);
    let notice = Service::parse(&answers[0].body).unwrap().unwrap();
    assert!(matches!(notice, Service::BadMsg { code: bad_msg_code::BAD_CONTAINER, .. }));
    assert!(pair.calls.is_empty());

    let (session_id, id) = (pair.client.session_id(), pair.server_id(0));
    let packet = pair.forge(session_id, id, 0, &body);
    assert!(pair.client.handle_packet(packet, pair.now, &mut pair.rng).is_err());
}

#[test]
fn old_notices_move_neither_clock_nor_salt() {
    let mut pair = Pair::connected();
    pair.call(1);
    pair.run();
    pair.answer_all();
    pair.run();
    let before = pair.client.state(pair.now);
    for (code, new_salt) in [(48, Some(666)), (16, None), (17, None), (32, None), (20, None)] {
        let bad = Service::BadMsg {
            bad_msg_id: MsgId(pair.client_id(-9)),
            bad_msg_seq_no: SeqNo(1),
            code,
            new_salt,
        };
        let (session_id, id) = (pair.client.session_id(), pair.server_id(20));
        let packet = pair.forge(session_id, id, 0, &bad.to_bytes());
        pair.deliver_to_client(packet);
    }
    assert_eq!(pair.client.state(pair.now), before);
    assert_eq!(pair.client.drop_counts().stale_notice, 5);
}

#[test]
fn a_chain_of_thousands_of_held_calls_fails_without_deep_recursion() {
    let mut pair = Pair::connected();
    let salt = pair.salt();
    let first = pair.client_id(1);
    for number in 0..4000_i64 {
        let mut body = 0xcb9f_372d_u32.to_le_bytes().to_vec();
        body.extend_from_slice(&(first + 4 * (number - 1)).to_le_bytes());
        body.extend_from_slice(&GET_CONFIG);
        let body = if number == 0 { GET_CONFIG.to_vec() } else { body };
        pair.inject(salt, first + 4 * number, 101 + 2 * number as i32, &body);
    }
    assert_eq!(pair.calls.len(), 1);
    let (msg_id, _) = pair.calls.remove(0);
    pair.server.respond(msg_id, Err(chappe_mtproto::rpc::RpcError::new(400, "NO")));
    pair.poll_server();
    assert!(pair.calls.is_empty());
    let answers = pair.to_client.iter().flat_map(|packet| read(Role::Responder, packet.clone()));
    assert_eq!(answers.filter(|message| message.id() == 0xf35c_6d01).count(), 4000);
}

#[test]
fn a_silent_connection_is_closed() {
    let mut pair = Pair::connected();
    pair.advance(Duration::from_secs(61));
    pair.poll_client();
    assert_eq!(pair.to_server.len(), 1, "a ping goes out");
    pair.to_server.clear();
    pair.advance(Duration::from_secs(16));
    let mut closed = false;
    while let Some(output) = pair.client.poll_output(pair.now, &mut pair.rng) {
        closed |= matches!(output, Output::Close(_));
    }
    assert!(closed);
}
