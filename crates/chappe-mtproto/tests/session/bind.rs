//! Binding a temporary key to a permanent one.

use std::time::Duration;

use chappe_crypto::{AuthKey, Role};
use chappe_mtproto::rpc::bind::{BIND_TEMP_AUTH_KEY, Binding, Verify};
use chappe_mtproto::rpc::service::Service;
use chappe_mtproto::session::client::{CallId, Event, TimeOffset};
use chappe_mtproto::session::{MsgId, SeqNo};

use crate::pair::{Message, Pair, START, answer, key, query, read};

const BOOL_TRUE: u32 = 0x9972_75b5;
const EXPIRES_AT: i32 = START as i32 + 86_400;

fn perm_key() -> AuthKey {
    AuthKey::new([9; 256])
}

/// Answers what came in as a server with `perm_key` would, and carries the answers.
fn serve(pair: &mut Pair, perm_key: &AuthKey) {
    for (msg_id, call) in std::mem::take(&mut pair.calls) {
        if call.method_id() != Some(BIND_TEMP_AUTH_KEY) {
            pair.server.respond(msg_id, Ok(answer(&call.query)));
            continue;
        }
        let mut reader = chappe_tl::Reader::new(&call.query[4..]);
        let (perm_id, nonce) = (reader.i64().unwrap(), reader.i64().unwrap());
        assert_eq!(perm_id, self::perm_key().id().0);
        let binding = Binding {
            nonce,
            temp_auth_key_id: key().id(),
            temp_session_id: pair.server.session_id(),
            msg_id,
            expires_at: reader.i32().unwrap(),
        };
        let verify = Verify {
            perm_key,
            binding,
            temp_key_expires_at: i64::from(EXPIRES_AT),
            now: pair.now.unix_secs(),
            bound_to: None,
        };
        let result = match verify.check(reader.bytes().unwrap()) {
            Ok(()) => Ok(BOOL_TRUE.to_le_bytes().to_vec()),
            Err(error) => Err(error.into()),
        };
        pair.server.respond(msg_id, result);
    }
    pair.run();
}

fn is_bind(message: &Message) -> bool {
    message.id() == BIND_TEMP_AUTH_KEY
}

/// The binding among the packets on their way to the server.
fn bind_under_way(pair: &Pair) -> Message {
    let all = pair.to_server.iter().flat_map(|packet| read(Role::Initiator, packet.clone()));
    let mut binds: Vec<Message> = all.into_iter().filter(is_bind).collect();
    assert_eq!(binds.len(), 1);
    binds.remove(0)
}

fn assert_bound(pair: &Pair, bind: CallId) {
    let answers: Vec<_> = pair.responses().into_iter().filter(|(call, _)| *call == bind).collect();
    assert_eq!(answers, [(bind, Ok(BOOL_TRUE.to_le_bytes().to_vec()))]);
}

#[test]
fn a_binding_goes_alone_and_before_all_calls() {
    let mut pair = Pair::new();
    let first = pair.call(1);
    let bind = pair.client.bind(&perm_key(), EXPIRES_AT);
    pair.client.handle_connected(pair.now);
    pair.poll_client();
    assert!(bind_under_way(&pair).bare);
    assert!(is_bind(&read(Role::Initiator, pair.to_server[0].clone())[0]), "it is the first packet");
    pair.run();
    assert_eq!(pair.calls.len(), 1, "the other call waits");
    serve(&mut pair, &perm_key());
    assert_bound(&pair, bind);
    serve(&mut pair, &perm_key());
    assert_eq!(pair.responses()[1], (first, Ok(answer(&query(1)))));
}

#[test]
fn a_binding_refused_for_its_salt_is_made_again_for_its_new_id() {
    for salt in [0, 5] {
        let mut pair = Pair::with(|config| config.salt = salt, |_| {});
        let bind = pair.client.bind(&perm_key(), EXPIRES_AT);
        pair.client.handle_connected(pair.now);
        pair.poll_client();
        let refused = bind_under_way(&pair);
        let mut again = None;
        for _ in 0..3 {
            for packet in std::mem::take(&mut pair.to_server) {
                pair.deliver_to_server(packet);
            }
            for packet in std::mem::take(&mut pair.to_client) {
                pair.deliver_to_client(packet);
            }
            let all = pair.to_server.iter().flat_map(|packet| read(Role::Initiator, packet.clone()));
            again = again.or(all.into_iter().find(is_bind));
        }
        let again = again.unwrap();
        assert!(again.bare && again.msg_id > refused.msg_id && again.body != refused.body);
        pair.run();
        serve(&mut pair, &perm_key());
        assert_bound(&pair, bind);
    }
}

#[test]
fn a_binding_refused_for_its_time_is_made_again() {
    for millis in [-3_600_000, 3_600_000] {
        let mut pair = Pair::with(|config| config.time_offset = Some(TimeOffset { millis }), |_| {});
        let bind = pair.client.bind(&perm_key(), EXPIRES_AT);
        pair.client.handle_connected(pair.now);
        pair.run();
        serve(&mut pair, &perm_key());
        assert_bound(&pair, bind);
    }
}

#[test]
fn a_lost_binding_goes_again_under_its_id_in_a_container_of_its_own() {
    let mut pair = Pair::connected();
    let bind = pair.client.bind(&perm_key(), EXPIRES_AT);
    pair.poll_client();
    let lost = bind_under_way(&pair);
    pair.call(1);
    pair.reconnect();
    pair.poll_client();
    let again = bind_under_way(&pair);
    assert!(lost.bare && !again.bare);
    assert_eq!((again.msg_id, again.body), (lost.msg_id, lost.body));
    pair.run();
    assert_eq!(pair.calls.len(), 1, "the other call waits");
    serve(&mut pair, &perm_key());
    assert_bound(&pair, bind);
}

#[test]
fn a_binding_follows_the_session_to_its_new_id() {
    let mut pair = Pair::connected();
    let bind = pair.client.bind(&perm_key(), EXPIRES_AT);
    pair.poll_client();
    let sent = bind_under_way(&pair);
    pair.to_server.clear();
    let before = pair.client.session_id();
    let (bad_msg_id, bad_msg_seq_no) = (MsgId(sent.msg_id), SeqNo(sent.seq_no));
    let notice = Service::BadMsg { bad_msg_id, bad_msg_seq_no, code: 32, new_salt: None };
    let id = pair.server_id(1);
    let packet = pair.forge(before, id, 0, &notice.to_bytes());
    pair.deliver_to_client(packet);
    pair.advance(Duration::from_secs(11));
    pair.run();
    assert_ne!(pair.client.session_id(), before);
    serve(&mut pair, &perm_key());
    assert_bound(&pair, bind);
}

#[test]
fn a_forgetful_server_gets_the_binding_again() {
    let mut pair = Pair::connected();
    let bind = pair.client.bind(&perm_key(), EXPIRES_AT);
    pair.poll_client();
    let sent = bind_under_way(&pair);
    pair.to_server.clear();
    let info = Service::MsgsAllInfo { msg_ids: vec![sent.msg_id], info: &[1] };
    let (session_id, id) = (pair.client.session_id(), pair.server_id(1));
    let packet = pair.forge(session_id, id, 0, &info.to_bytes());
    pair.deliver_to_client(packet);
    assert_ne!(bind_under_way(&pair).msg_id, sent.msg_id);
    pair.run();
    serve(&mut pair, &perm_key());
    assert_bound(&pair, bind);
}

fn refusal(pair: &mut Pair, bind: CallId, perm_key: &AuthKey) -> String {
    let other = pair.call(1);
    pair.client.handle_connected(pair.now);
    pair.run();
    serve(pair, perm_key);
    serve(pair, perm_key);
    let responses = pair.responses();
    assert_eq!(responses[1].0, other, "what waited goes out and gets its own verdict");
    assert_eq!(responses[0].0, bind);
    let error = responses[0].1.clone().unwrap_err();
    assert_eq!(error.code, 400);
    error.text()
}

#[test]
fn a_binding_with_the_wrong_permanent_key_is_refused() {
    let mut pair = Pair::new();
    let bind = pair.client.bind(&perm_key(), EXPIRES_AT);
    // The server knows another key under this id.
    assert_eq!(refusal(&mut pair, bind, &AuthKey::new([8; 256])), "ENCRYPTED_MESSAGE_INVALID");
}

#[test]
fn a_binding_beyond_the_life_of_the_key_is_refused() {
    for expires_at in [EXPIRES_AT + 61, START as i32, START as i32 - 1] {
        let mut pair = Pair::new();
        let bind = pair.client.bind(&perm_key(), expires_at);
        assert_eq!(refusal(&mut pair, bind, &perm_key()), "EXPIRES_AT_INVALID");
    }
}

#[test]
fn a_cancelled_binding_holds_nothing_up() {
    let mut pair = Pair::connected();
    let bind = pair.client.bind(&perm_key(), EXPIRES_AT);
    pair.run();
    let call = pair.call(1);
    pair.client.cancel(bind);
    pair.run();
    serve(&mut pair, &perm_key());
    assert_eq!(pair.responses(), [(call, Ok(answer(&query(1))))]);
    assert!(!pair.events.iter().any(|event| matches!(event, Event::Failed { .. })));
}
