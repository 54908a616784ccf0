//! What a server must not be made to do. The numbers are those of `CHECKS.md`.

use std::time::Duration;

use chappe_crypto::{AuthKey, Role};
use chappe_mtproto::rpc::container::{self, Item};
use chappe_mtproto::rpc::service::{Service, bad_msg_code, ids, state_bits};
use chappe_mtproto::session::server::{Rejected, open_packet};
use chappe_mtproto::session::{MsgId, SeqNo};

use crate::pair::{GET_CONFIG, Message, Pair, answer, key, query, read, seal_raw};

/// The code with which the answers refuse `msg_id`.
fn code(answers: &[Message], msg_id: i64) -> Option<i32> {
    answers.iter().find_map(|message| match Service::parse(&message.body) {
        Ok(Some(Service::BadMsg { bad_msg_id: MsgId(id), code, .. })) if id == msg_id => Some(code),
        _ => None,
    })
}

fn count(answers: &[Message], id: u32) -> usize {
    answers.iter().filter(|message| message.id() == id).count()
}

#[test]
fn s10_s11_whatever_is_wrong_with_a_packet_the_reaction_is_the_same() {
    let mut pair = Pair::connected();
    pair.call(1);
    pair.poll_client();
    let good = pair.to_server.remove(0);
    let mut bad: Vec<Vec<u8>> = (0..good.len())
        .map(|at| {
            let mut bad = good.clone();
            bad[at] ^= 1;
            bad
        })
        .collect();
    bad.extend((0..good.len() - 15).map(|len| good[..len].to_vec()));
    for (len, behind) in [(12, 16), (64, 48), (u32::MAX, 48), (u32::MAX - 30, 48), (13, 32), (12, 1040)] {
        let mut data = vec![0; 28];
        data.extend_from_slice(&u32::to_le_bytes(len));
        data.resize(32 + behind, 0);
        bad.push(seal_raw(Role::Initiator, data));
    }
    // One that the server made itself.
    bad.push(pair.forge(pair.server.session_id(), 5, 1, &GET_CONFIG));
    for packet in bad {
        assert_eq!(open_packet(&key(), packet).unwrap_err(), Rejected);
    }
    assert_eq!(open_packet(&AuthKey::new([1; 256]), good.clone()).unwrap_err(), Rejected);
    assert!(open_packet(&key(), good).is_ok());
}

#[test]
fn s12_an_id_of_the_wrong_class_is_refused() {
    let mut pair = Pair::connected();
    for class in 1..4 {
        let (salt, id) = (pair.salt(), pair.client_id(1) + class);
        let answers = pair.inject(salt, id, 101, &GET_CONFIG);
        assert_eq!(code(&answers, id), Some(bad_msg_code::MSG_ID_BITS));
        // In a container, too, and without harm to its neighbour.
        let top = pair.client_id(2);
        let item = |msg_id, seq_no| Item { msg_id: MsgId(msg_id), seq_no: SeqNo(seq_no), body: &GET_CONFIG };
        let body = container::write([item(id, 101), item(top - 4, 101 + 2 * class as i32)].into_iter());
        let answers = pair.inject(salt, top, 200, &body);
        assert_eq!(code(&answers, id), Some(bad_msg_code::MSG_ID_BITS));
        assert_eq!(std::mem::take(&mut pair.calls).len(), 1);
    }
    let (salt, session) = (pair.salt(), i64::MIN);
    assert_eq!(code(&pair.inject(salt, session, 1, &GET_CONFIG), session), Some(bad_msg_code::MSG_ID_BITS));
}

#[test]
fn s13_the_window_has_its_bounds_and_time_never_goes_back() {
    let mut pair = Pair::connected();
    let salt = pair.salt();
    for (secs, expected) in [
        (-302, Some(bad_msg_code::MSG_ID_TOO_LOW)),
        (-298, None),
        (29, None),
        (32, Some(bad_msg_code::MSG_ID_TOO_HIGH)),
    ] {
        let id = pair.client_id(secs);
        let answers = pair.inject(salt, id, 0, &Service::Ping { ping_id: 1 }.to_bytes());
        assert_eq!(
            (code(&answers, id), count(&answers, ids::PONG)),
            (expected, usize::from(expected.is_none()))
        );
    }
    // Somebody sets the clock back: what was too old stays too old.
    let old = pair.client_id(-400);
    pair.now.unix -= Duration::from_secs(200);
    let answers = pair.inject(salt, old, 101, &GET_CONFIG);
    assert_eq!(code(&answers, old), Some(bad_msg_code::MSG_ID_TOO_LOW));
    assert!(pair.calls.is_empty());
}

#[test]
fn s14_a_message_is_executed_once_however_it_comes_again() {
    let mut pair = Pair::connected();
    let (salt, id, session_id) = (pair.salt(), pair.client_id(1), pair.server.session_id());
    let item = Item { msg_id: MsgId(id), seq_no: SeqNo(101), body: &GET_CONFIG };
    let inside = container::write([item].into_iter());
    pair.inject(salt, id + 8, 102, &inside);
    assert_eq!(pair.calls.len(), 1);
    let copy = Service::MsgCopy(item).to_bytes();
    for _ in 0..2 {
        pair.inject(salt, id, 101, &GET_CONFIG);
        pair.inject(salt, id + 8, 102, &inside);
        pair.inject(salt, id + 16, 102, &inside);
        pair.inject(salt, id + 24, 102, &copy);
        // Over a new connection, and with another body under the same id.
        pair.server.connection_closed(pair.connection);
        pair.connection.0 += 1;
        pair.inject(salt, id, 101, &query(5));
    }
    assert_eq!((pair.calls.len(), pair.server.session_id()), (1, session_id));
    // A replay does not make a connection one of the session's; something new does.
    assert!(!pair.server.is_connected());
    pair.inject(salt, id + 32, 102, &Service::Ping { ping_id: 1 }.to_bytes());
    pair.answer_all();
    pair.poll_server();
    pair.to_client.clear();
    let answers = pair.inject(salt, id, 101, &GET_CONFIG);
    assert_eq!((pair.calls.len(), count(&answers, ids::RPC_RESULT)), (0, 1), "its answer comes again");
}

#[test]
fn s14_a_container_must_not_take_the_id_of_a_message() {
    let mut pair = Pair::connected();
    let (salt, id) = (pair.salt(), pair.client_id(1));
    pair.inject(salt, id, 101, &GET_CONFIG);
    let item = Item { msg_id: MsgId(id - 4), seq_no: SeqNo(99), body: &GET_CONFIG };
    let answers = pair.inject(salt, id, 102, &container::write([item].into_iter()));
    assert_eq!(code(&answers, id), Some(bad_msg_code::CONTAINER_ID_USED));
    assert_eq!(pair.calls.len(), 1);
}

#[test]
fn s14_a_message_below_all_that_are_remembered_is_refused() {
    let mut pair = Pair::connected();
    let (salt, base) = (pair.salt(), pair.client_id(1));
    let ping = Service::Ping { ping_id: 1 }.to_bytes();
    for at in 0..1100 {
        pair.inject(salt, base + 4 * at, 0, &ping);
    }
    for id in [base - 4, base] {
        let answers = pair.inject(salt, id, 101, &GET_CONFIG);
        assert_eq!(code(&answers, id), Some(bad_msg_code::TOO_OLD));
        // As an item as well.
        let item = Item { msg_id: MsgId(id), seq_no: SeqNo(101), body: &GET_CONFIG };
        let top = pair.client_id(5);
        let answers = pair.inject(salt, top, 102, &container::write([item].into_iter()));
        assert_eq!(code(&answers, id), Some(bad_msg_code::TOO_OLD));
    }
    assert!(pair.calls.is_empty());
}

#[test]
fn s15_salts_end_and_are_judged_last() {
    let mut pair = Pair::connected();
    let ping = Service::Ping { ping_id: 1 }.to_bytes();
    let first = pair.salt();
    let salt_after = |pair: &mut Pair, salt: i64| {
        let id = pair.client_id(1);
        code(&pair.inject(salt, id, 0, &ping), id)
    };
    for wrong in [0, first ^ 1] {
        assert_eq!(salt_after(&mut pair, wrong), Some(bad_msg_code::BAD_SALT));
    }
    assert_eq!(salt_after(&mut pair, first), None);
    pair.now = pair.now.advance(Duration::from_secs(1800));
    assert_ne!(pair.salt(), first);
    assert_eq!(salt_after(&mut pair, first), None, "the one before the current one");
    pair.now = pair.now.advance(Duration::from_secs(1800));
    assert_eq!(salt_after(&mut pair, first), Some(bad_msg_code::BAD_SALT));
    assert_eq!(salt_after(&mut pair, 77), Some(bad_msg_code::BAD_SALT), "that of the exchange ends, too");
    // A replay of something outside the window learns nothing about salts.
    let id = pair.client_id(-900);
    assert_eq!(code(&pair.inject(first, id, 101, &GET_CONFIG), id), Some(bad_msg_code::MSG_ID_TOO_LOW));
    assert!(pair.calls.is_empty());
}

#[test]
fn s17_containers_that_break_the_rules_are_refused_whole() {
    let mut pair = Pair::connected();
    let (salt, id) = (pair.salt(), pair.client_id(1));
    let item = |at: i64, body| Item { msg_id: MsgId(id + 4 * at), seq_no: SeqNo(101), body };
    let inner = container::write([item(-9, &GET_CONFIG[..])].into_iter());
    let mut trailing = inner.clone();
    trailing.extend_from_slice(&[0; 4]);
    let bad = [
        container::write([item(-2, &GET_CONFIG[..]), item(0, &GET_CONFIG)].into_iter()),
        container::write([item(-2, &GET_CONFIG[..]), item(1, &GET_CONFIG)].into_iter()),
        container::write([item(-3, &GET_CONFIG[..]), item(-2, &inner)].into_iter()),
        container::write((-1025..0).map(|at| item(at, &GET_CONFIG[..])).collect::<Vec<_>>().into_iter()),
        trailing,
        inner[..inner.len() - 4].to_vec(),
    ];
    for body in bad {
        let answers = pair.inject(salt, id, 102, &body);
        assert_eq!(code(&answers, id), Some(bad_msg_code::BAD_CONTAINER));
        assert!(pair.calls.is_empty());
    }
    // Packed, it is a query that nobody knows, and not a container.
    let mut long = inner.clone();
    long.extend_from_slice(&[0; 600]);
    pair.inject(salt, id, 101, &chappe_mtproto::rpc::gzip::pack(&long).unwrap());
    assert!(pair.calls.iter().all(|(_, call)| call.query == long), "for the driver to refuse");
}

#[test]
fn s25_states_salts_and_refusals_are_limited_per_second() {
    for (request, answer_id) in [
        (Service::MsgsStateReq { msg_ids: vec![4; 1000] }, ids::MSGS_STATE_INFO),
        (Service::MsgResendReq { msg_ids: vec![5; 1000], answers: false }, ids::MSGS_STATE_INFO),
        (Service::GetFutureSalts { num: 64 }, ids::FUTURE_SALTS),
    ] {
        let mut pair = Pair::connected();
        pair.advance(Duration::from_secs(1));
        let (salt, base, body) = (pair.salt(), pair.client_id(1), request.to_bytes());
        let mut answered = 0;
        for at in 0..200 {
            answered += count(&pair.inject(salt, base + 4 * at, 0, &body), answer_id);
        }
        assert_eq!(answered, 64);
        pair.advance(Duration::from_secs(1));
        assert_eq!(count(&pair.inject(salt, base + 4000, 0, &body), answer_id), 1);
    }
    let mut pair = Pair::connected();
    pair.advance(Duration::from_secs(1));
    let refused: usize = (0..200)
        .map(|_| {
            let id = pair.client_id(1);
            usize::from(code(&pair.inject(5, id, 1, &GET_CONFIG), id).is_some())
        })
        .sum();
    assert_eq!(refused, 64);
}

#[test]
fn s25_more_ids_than_permitted_are_not_looked_at() {
    let mut pair = Pair::connected();
    let (salt, id) = (pair.salt(), pair.client_id(1));
    let request = Service::MsgsStateReq { msg_ids: vec![4; 8193] };
    assert_eq!(count(&pair.inject(salt, id, 0, &request.to_bytes()), ids::MSGS_STATE_INFO), 0);
}

#[test]
fn s25_repetitions_are_limited_by_their_length() {
    let mut pair = Pair::connected();
    let (salt, id) = (pair.salt(), pair.client_id(1));
    pair.inject(salt, id, 101, &GET_CONFIG);
    let (msg_id, _) = pair.calls.remove(0);
    pair.server.respond(msg_id, Ok(vec![1; 1 << 20]));
    pair.poll_server();
    pair.to_client.clear();
    pair.now = pair.now.advance(Duration::from_secs(1));
    let again: usize =
        (0..50).map(|_| count(&pair.inject(salt, id, 101, &GET_CONFIG), ids::RPC_RESULT)).sum();
    assert_eq!(again, 3, "four mebibytes per second");
}

#[test]
fn s27_a_quick_acknowledgement_is_given_to_good_messages_only() {
    let mut pair = Pair::connected();
    pair.quick_acks.clear();
    let (salt, id) = (pair.salt(), pair.client_id(1));
    pair.inject(salt ^ 1, id, 101, &GET_CONFIG);
    pair.inject(salt, id + 1, 101, &GET_CONFIG);
    pair.inject(salt, id, 102, &GET_CONFIG);
    let old = pair.client_id(-400);
    pair.inject(salt, old, 101, &GET_CONFIG);
    pair.inject(salt, id, 102, &container::write([].into_iter())[..4]);
    assert!(pair.quick_acks.is_empty());
    pair.inject(salt, id, 101, &GET_CONFIG);
    assert_eq!(pair.quick_acks.len(), 1);
    pair.inject(salt, id, 101, &GET_CONFIG);
    assert_eq!(pair.quick_acks.len(), 1, "nor to replays");
}

#[test]
fn states_of_all_messages_at_once_count_as_acknowledgements() {
    let mut pair = Pair::connected();
    pair.server.push_update(answer(b"one."));
    pair.server.push_update(answer(b"two."));
    pair.poll_server();
    let all: Vec<Message> =
        pair.to_client.drain(..).flat_map(|packet| read(Role::Responder, packet)).collect();
    let sent: Vec<i64> = [b"one.", b"two."]
        .map(|text| all.iter().find(|one| one.body == answer(text)).unwrap().msg_id)
        .to_vec();
    let (salt, id) = (pair.salt(), pair.client_id(1));
    let info = [state_bits::RECEIVED, state_bits::NOT_RECEIVED];
    pair.inject(salt, id, 0, &Service::MsgsAllInfo { msg_ids: sent, info: &info }.to_bytes());
    pair.server.connection_closed(pair.connection);
    pair.connection.0 += 1;
    let again = pair.inject(salt, id + 4, 0, &Service::Ping { ping_id: 1 }.to_bytes());
    assert!(!again.iter().any(|message| message.body == answer(b"one.")));
    assert!(again.iter().any(|message| message.body == answer(b"two.")));
}
