//! What a client must not be made to believe. The numbers are those of `CHECKS.md`.

use std::time::Duration;

use chappe_crypto::Role;
use chappe_mtproto::rpc::container::{self, Item};
use chappe_mtproto::rpc::service::Service;
use chappe_mtproto::session::client::{CallOptions, Event, FailReason};
use chappe_mtproto::session::server::open_packet;
use chappe_mtproto::session::{MsgId, SeqNo};

use crate::pair::{Pair, answer, key, query, read, seal_raw};

fn update(number: u8) -> Vec<u8> {
    answer(&[number; 8])
}

fn updates(pair: &Pair) -> usize {
    pair.events.iter().filter(|event| matches!(event, Event::Update(_))).count()
}

/// A message of the server with this length field and this much behind the header.
fn shaped(pair: &mut Pair, len: u32, behind: usize) -> Vec<u8> {
    let mut data = 0_i64.to_le_bytes().to_vec();
    data.extend_from_slice(&pair.client.session_id().0.to_le_bytes());
    data.extend_from_slice(&pair.server_id(1).to_le_bytes());
    data.extend_from_slice(&1_i32.to_le_bytes());
    data.extend_from_slice(&len.to_le_bytes());
    data.extend_from_slice(&update(1));
    data.resize(32 + behind, 7);
    seal_raw(Role::Responder, data)
}

#[test]
fn c14_a_packet_with_any_bit_changed_is_counted_and_nothing_else() {
    let mut pair = Pair::connected();
    pair.server.push_update(update(1));
    pair.poll_server();
    let good = pair.to_client.remove(0);
    let before = pair.client.state(pair.now);
    for at in 8..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x80;
        let result = pair.client.handle_packet(bad, pair.now, &mut pair.rng);
        assert_eq!(result.is_err(), at - 8 >= 15, "sixteen in a row end the connection");
    }
    pair.poll_client();
    assert_eq!(pair.events, []);
    assert_eq!(pair.client.state(pair.now), before);
    assert_eq!(pair.client.drop_counts().undecryptable, good.len() as u64 - 8);
    pair.deliver_to_client(good);
    assert_eq!(updates(&pair), 1, "the same message is good once it comes unharmed");
}

#[test]
fn c15_an_impossible_length_or_padding_ends_the_connection() {
    for (len, behind) in [
        (12, 16),            // 4 bytes of padding
        (8, 16),             // 8
        (48, 48),            // none
        (64, 48),            // beyond the end
        (u32::MAX, 48),      // -1
        (0x8000_0000, 48),   // negative
        (u32::MAX - 30, 48), // wraps around with the header
        (13, 32),            // no multiple of four
        (12, 12 + 1028),     // too much padding
    ] {
        let mut pair = Pair::connected();
        let packet = shaped(&mut pair, len, behind);
        assert!(pair.client.handle_packet(packet, pair.now, &mut pair.rng).is_err(), "{len} of {behind}");
        pair.poll_client();
        assert_eq!(updates(&pair), 0);
    }
    for (len, behind) in [(12, 32), (12, 12 + 1012), (20, 32)] {
        let mut pair = Pair::connected();
        let packet = shaped(&mut pair, len, behind);
        pair.deliver_to_client(packet);
        assert_eq!(updates(&pair), 1, "{len} of {behind}");
    }
}

#[test]
fn c17_a_packet_of_our_own_is_not_taken_back() {
    let mut pair = Pair::connected();
    pair.call(1);
    pair.poll_client();
    let packet = pair.to_server[0].clone();
    pair.deliver_to_client(packet);
    assert_eq!(pair.client.drop_counts().undecryptable, 1, "the keys have a direction");
}

#[test]
fn c18_a_message_that_came_in_a_container_is_known_alone() {
    let mut pair = Pair::connected();
    let (session_id, id) = (pair.client.session_id(), pair.server_id(1));
    let body = update(1);
    let item = Item { msg_id: MsgId(id), seq_no: SeqNo(1), body: &body };
    let inside = container::write([item].into_iter());
    let packet = pair.forge(session_id, id + 8, 2, &inside);
    pair.deliver_to_client(packet);
    assert_eq!(updates(&pair), 1);
    // Alone, in another container, and inside a copy.
    let alone = pair.forge(session_id, id, 1, &body);
    let again = pair.forge(session_id, id + 16, 2, &inside);
    let copy = pair.forge(session_id, id + 24, 2, &Service::MsgCopy(item).to_bytes());
    for packet in [alone, again, copy] {
        pair.deliver_to_client(packet);
    }
    assert_eq!(updates(&pair), 1);
    pair.advance(Duration::from_secs(31));
    pair.poll_client();
    let acks = pair.to_server.iter().flat_map(|packet| read(Role::Initiator, packet.clone()));
    let acked = acks.into_iter().any(|message| {
        matches!(Service::parse(&message.body), Ok(Some(Service::MsgsAck { msg_ids })) if msg_ids.contains(&id))
    });
    assert!(acked, "the first acknowledgement may have been lost");
}

#[test]
fn c18_a_message_below_all_that_are_remembered_is_not_executed() {
    let mut pair = Pair::connected();
    let (session_id, base) = (pair.client.session_id(), pair.server_id(2));
    for at in 0..1100 {
        let packet = pair.forge(session_id, base + 8 * at, 1, &update(1));
        pair.deliver_to_client(packet);
    }
    pair.events.clear();
    let packet = pair.forge(session_id, base - 8, 1, &update(2));
    pair.deliver_to_client(packet);
    assert_eq!(updates(&pair), 0);
    pair.run();
    assert_ne!(pair.client.session_id(), session_id, "nobody can tell, so a new session begins");
}

#[test]
fn c19_a_packet_held_back_is_not_taken_later_whatever_is_replayed_before_it() {
    let mut pair = Pair::connected();
    let session_id = pair.client.session_id();
    let ids: Vec<i64> = (0..9).map(|_| pair.server_id(0)).collect();
    let held: Vec<Vec<u8>> = ids.iter().map(|id| pair.forge(session_id, *id, 1, &update(1))).collect();
    let notice_id = pair.server_id(0);
    let moving = Service::NewSessionCreated { first_msg_id: MsgId(4), unique_id: 5, server_salt: 666 };
    let moving = pair.forge(session_id, notice_id, 1, &moving.to_bytes());
    for _ in 0..6 {
        pair.advance(Duration::from_secs(60));
        pair.run();
    }
    let before = pair.client.state(pair.now);
    for packet in held.into_iter().chain([moving]) {
        pair.deliver_to_client(packet);
    }
    assert_eq!((updates(&pair), pair.client.drop_counts().outside_window), (0, 10));
    assert!(!pair.to_server.is_empty(), "a ping asks for the time");
    pair.run();
    assert_eq!(pair.client.state(pair.now), before);
    // From ahead of time as well.
    let id = pair.server_id(31);
    let packet = pair.forge(session_id, id, 1, &update(1));
    pair.deliver_to_client(packet);
    assert_eq!(updates(&pair), 0);
}

#[test]
fn c19_a_clock_that_was_really_wrong_is_put_right_by_fresh_answers() {
    for secs in [400_i64, -400] {
        let mut pair = Pair::connected();
        // The server's clock is set.
        let unix = pair.now.unix.as_secs().cast_signed() + secs;
        let server_now =
            |pair: &Pair| chappe_crypto::Now { unix: Duration::from_secs(unix as u64), ..pair.now };
        let call = pair.call(1);
        pair.poll_client();
        let (session_id, packet) = (pair.client.session_id(), pair.to_server.remove(0));
        let sent =
            read(Role::Initiator, packet).into_iter().find(|message| message.body == query(1)).unwrap();
        let result = answer(&query(1));
        let body = Service::RpcResult { req_msg_id: MsgId(sent.msg_id), result: &result }.to_bytes();
        let id = pair.server_id(secs);
        let packet = pair.forge(session_id, id, 1, &body);
        pair.deliver_to_client(packet);
        assert_eq!(pair.responses(), [(call, Ok(result))]);
        let told = pair.client.server_time(pair.now);
        assert!((told - server_now(&pair).unix_secs()).abs() <= 1, "{secs}");
    }
}

#[test]
fn c22_the_same_refusal_again_and_again_ends_the_call() {
    let mut pair = Pair::connected();
    let call = pair.call(1);
    for round in 0..3 {
        pair.poll_client();
        let all = pair.to_server.drain(..).flat_map(|packet| read(Role::Initiator, packet));
        let sent = all.into_iter().find(|message| message.body == query(1)).unwrap();
        let (bad_msg_id, bad_msg_seq_no) = (MsgId(sent.msg_id), SeqNo(sent.seq_no));
        let notice = Service::BadMsg { bad_msg_id, bad_msg_seq_no, code: 48, new_salt: Some(round) };
        let (session_id, id) = (pair.client.session_id(), pair.server_id(round));
        let packet = pair.forge(session_id, id, 0, &notice.to_bytes());
        pair.deliver_to_client(packet);
    }
    assert_eq!(pair.events, [Event::Failed { call, reason: FailReason::Refused { code: 48 } }]);
}

#[test]
fn c22_a_refusal_with_another_number_is_not_ours() {
    let mut pair = Pair::connected();
    pair.call(1);
    pair.poll_client();
    let all = pair.to_server.iter().flat_map(|packet| read(Role::Initiator, packet.clone()));
    let sent = all.into_iter().find(|message| message.body == query(1)).unwrap();
    let before = pair.client.state(pair.now);
    let (bad_msg_id, bad_msg_seq_no) = (MsgId(sent.msg_id), SeqNo(sent.seq_no + 2));
    let notice = Service::BadMsg { bad_msg_id, bad_msg_seq_no, code: 48, new_salt: Some(666) };
    let (session_id, id) = (pair.client.session_id(), pair.server_id(1));
    let packet = pair.forge(session_id, id, 0, &notice.to_bytes());
    pair.deliver_to_client(packet);
    assert_eq!(pair.client.state(pair.now), before);
    assert_eq!(pair.client.drop_counts().stale_notice, 1);
}

#[test]
fn c23_what_was_sent_is_never_sent_again_bare() {
    let mut pair = Pair::connected();
    pair.call(1);
    let mut headers = std::collections::BTreeSet::new();
    for _ in 0..20 {
        pair.poll_client();
        for packet in std::mem::take(&mut pair.to_server) {
            let outer = &read(Role::Initiator, packet)[0];
            assert!(headers.insert((outer.salt, outer.msg_id, outer.seq_no)));
        }
        pair.advance(Duration::from_secs(7));
        pair.reconnect();
    }
}

#[test]
fn c25_items_above_their_container_and_nested_ones_are_not_executed() {
    let mut pair = Pair::connected();
    let (session_id, id) = (pair.client.session_id(), pair.server_id(1));
    let body = update(1);
    let item = |at: i64| Item { msg_id: MsgId(id + at), seq_no: SeqNo(1), body: &body };
    let packet = pair.forge(session_id, id, 0, &container::write([item(0), item(8), item(-8)].into_iter()));
    pair.deliver_to_client(packet);
    assert_eq!((updates(&pair), pair.client.drop_counts().bad_msg_id), (1, 2));

    let inner = container::write([item(16)].into_iter());
    let nested = Item { msg_id: MsgId(id + 24), seq_no: SeqNo(0), body: &inner };
    let packet = pair.forge(session_id, id + 32, 0, &container::write([nested].into_iter()));
    assert!(pair.client.handle_packet(packet, pair.now, &mut pair.rng).is_err());
    let many = container::write((0..1025).map(|at| item(8 * at - 9000)).collect::<Vec<_>>().into_iter());
    let packet = pair.forge(session_id, id + 40, 0, &many);
    assert!(pair.client.handle_packet(packet, pair.now, &mut pair.rng).is_err());
    // Packed, it would be a way around.
    let mut long = inner.clone();
    long.extend_from_slice(&[0; 600]);
    let packed = chappe_mtproto::rpc::gzip::pack(&long).unwrap();
    let packet = pair.forge(session_id, id + 48, 1, &packed);
    pair.deliver_to_client(packet);
    assert_eq!((updates(&pair), pair.client.drop_counts().unreadable), (1, 1));
}

#[test]
fn c28_an_answer_to_nothing_is_acknowledged_and_ignored() {
    let mut pair = Pair::connected();
    let call = pair.call(1);
    pair.poll_client();
    let (session_id, id) = (pair.client.session_id(), pair.server_id(1));
    let request = MsgId(pair.client_id(-5));
    let body = Service::RpcResult { req_msg_id: request, result: &update(1) }.to_bytes();
    let packet = pair.forge(session_id, id, 1, &body);
    pair.deliver_to_client(packet);
    assert_eq!((pair.responses().len(), pair.client.pending_calls()), (0, 1));
    pair.run();
    pair.answer_all();
    pair.run();
    assert_eq!(pair.responses(), [(call, Ok(answer(&query(1))))]);
    // Nor is a call answered that was answered before.
    let packet = pair.forge(session_id, id + 8, 3, &body);
    pair.deliver_to_client(packet);
    assert_eq!(pair.responses().len(), 1);
}

#[test]
fn c28_an_empty_answer_fails_its_call_only() {
    let mut pair = Pair::connected();
    let first = pair.client.call(query(1), CallOptions::default());
    let second = pair.call(2);
    pair.run();
    let (msg_id, _) = pair.calls.remove(0);
    let body = Service::RpcResult { req_msg_id: msg_id, result: &[] }.to_bytes();
    let (session_id, id) = (pair.client.session_id(), pair.server_id(1));
    let packet = pair.forge(session_id, id, 1, &body);
    pair.events.clear();
    pair.deliver_to_client(packet);
    assert_eq!(pair.events, [Event::Failed { call: first, reason: FailReason::BadAnswer }]);
    pair.answer_all();
    pair.run();
    assert_eq!(pair.responses(), [(second, Ok(answer(&query(2))))]);
}

#[test]
fn s26_the_server_repeats_in_containers_only() {
    let mut pair = Pair::connected();
    pair.server.push_update(update(1));
    let mut headers = std::collections::BTreeSet::new();
    for _ in 0..10 {
        pair.poll_server();
        for packet in std::mem::take(&mut pair.to_client) {
            let outer = &read(Role::Responder, packet)[0];
            assert!(headers.insert((outer.salt, outer.msg_id, outer.seq_no)));
        }
        pair.reconnect();
        pair.poll_client();
        for packet in std::mem::take(&mut pair.to_server) {
            let opened = open_packet(&key(), packet).unwrap();
            pair.server.handle(opened, pair.connection, pair.now, &mut pair.rng);
        }
    }
}

#[test]
fn c33_sessions_print_no_secrets() {
    let mut pair = Pair::connected();
    pair.client.bind(&chappe_crypto::AuthKey::new([201; 256]), 1);
    pair.call(1);
    let printed = format!("{:?} {:?} {:?}", pair.client, pair.server, crate::pair::server_config());
    // The permanent key, the traffic key, the secret of the salts.
    for secret in ["201, 201", "c9c9", "1, 2, 3", "010203", "5, 5, 5", "050505"] {
        assert!(!printed.to_lowercase().contains(secret), "{secret} in {printed}");
    }
}
