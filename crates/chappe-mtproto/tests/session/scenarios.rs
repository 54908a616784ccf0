//! What sessions are for.

use std::time::Duration;

use chappe_crypto::Role;
use chappe_mtproto::rpc::service::{Service, ids, state_bits};
use chappe_mtproto::rpc::{RpcError, wrappers};
use chappe_mtproto::session::client::{CallOptions, DestroyAuthKeyOutcome, Event, TimeOffset};
use chappe_mtproto::session::server::{PredecessorState, ServerEvent};
use chappe_mtproto::session::{MsgId, SessionId};

use crate::pair::{GET_CONFIG, Pair, START, answer, query, read};

#[test]
fn a_call_is_answered() {
    let mut pair = Pair::new();
    let call = pair.call(1);
    pair.client.handle_connected(pair.now);
    pair.run();
    assert!(matches!(pair.events[..], [Event::Ready, Event::NewSession { .. }, ..]));
    assert_eq!(pair.server_events, [ServerEvent::NewSession]);
    assert_eq!(pair.calls[0].1.query, query(1));
    pair.answer_all();
    pair.run();
    assert_eq!(pair.responses(), [(call, Ok(answer(&query(1))))]);
    assert_eq!(pair.client.pending_calls(), 0);
    assert!(pair.persisted > 0, "future salts came in");
    assert!(pair.client.state(pair.now).future_salts.len() >= 9);
}

#[test]
fn a_long_answer_is_the_same_alone_and_in_company_and_is_acknowledged() {
    let long = |number: u8| [&0xaaaa_aaaa_u32.to_le_bytes()[..], &vec![number; 100_000]].concat();
    for together in [false, true] {
        let mut pair = Pair::connected();
        let calls: Vec<_> = (0..3).map(|number| pair.call(number)).collect();
        pair.run();
        for ((msg_id, _), number) in std::mem::take(&mut pair.calls).into_iter().zip(0..) {
            pair.server.respond(msg_id, Ok(long(number)));
            if !together {
                pair.poll_server();
                let packets = std::mem::take(&mut pair.to_client);
                for packet in packets.iter().chain(&packets) {
                    // What comes twice counts once.
                    pair.deliver_to_client(packet.clone());
                }
            }
        }
        pair.run();
        let expected: Vec<_> =
            calls.into_iter().zip(0..).map(|(call, number)| (call, Ok(long(number)))).collect();
        assert_eq!(pair.responses(), expected, "{together}");
        pair.advance(Duration::from_secs(120));
        pair.poll_server();
        let again: usize = pair.to_client.iter().map(Vec::len).sum();
        assert!(again < 100_000, "what was acknowledged is not sent again");
    }
}

#[test]
fn salt_zero_is_corrected() {
    let mut pair = Pair::with(|config| config.salt = 0, |_| {});
    let calls: Vec<_> = (0..5).map(|number| pair.call(number)).collect();
    pair.client.handle_connected(pair.now);
    pair.run();
    assert_eq!(pair.calls.len(), calls.len());
    assert_eq!(pair.client.state(pair.now).salt, pair.salt());
}

#[test]
fn a_wrong_clock_is_corrected() {
    for millis in [-3_600_000, 3_600_000] {
        for told in [false, true] {
            let offset = told.then_some(TimeOffset { millis });
            let mut pair = Pair::with(|config| config.time_offset = offset, |_| {});
            if !told {
                pair.now.unix = Duration::from_secs(START);
                let mut local = pair.now;
                local.unix = Duration::from_millis((START as i64 * 1000 - millis) as u64);
                // The client reads another clock than the server.
                let mut config =
                    chappe_mtproto::session::client::ClientSessionConfig::new(crate::pair::key(), 77);
                config.time_offset = None;
                pair.client =
                    chappe_mtproto::session::client::ClientSession::new(config, local, &mut pair.rng);
            }
            let call = pair.call(1);
            pair.client.handle_connected(pair.now);
            pair.run();
            pair.answer_all();
            pair.run();
            assert_eq!(pair.responses(), [(call, Ok(answer(&query(1))))], "{millis} {told}");
            assert!((pair.client.server_time(pair.now) - START as i64).abs() <= 1);
        }
    }
}

#[test]
fn calls_that_wait_travel_together_and_in_order() {
    let mut pair = Pair::connected();
    for number in 0..700 {
        pair.call(number);
    }
    pair.poll_client();
    assert_eq!(pair.to_server.len(), 2, "at most 512 messages in a container");
    pair.run();
    let order: Vec<_> = pair.calls.iter().map(|(_, call)| call.query.clone()).collect();
    assert_eq!(order, (0..700).map(query).collect::<Vec<_>>());
}

#[test]
fn what_was_lost_is_sent_again_in_a_container_under_its_id() {
    let mut pair = Pair::connected();
    let call = pair.call(1);
    pair.poll_client();
    let first = read(Role::Initiator, pair.to_server[0].clone());
    pair.reconnect();
    pair.poll_client();
    let second = read(Role::Initiator, pair.to_server[0].clone());
    let sent = first.iter().find(|message| message.body == query(1)).unwrap();
    let again = second.iter().find(|message| message.body == query(1)).unwrap();
    assert!(!again.bare);
    assert_eq!((again.msg_id, again.seq_no), (sent.msg_id, sent.seq_no));
    pair.run();
    pair.answer_all();
    pair.run();
    assert_eq!(pair.responses(), [(call, Ok(answer(&query(1))))]);
}

#[test]
fn a_lost_answer_comes_again_and_nothing_is_executed_twice() {
    let mut pair = Pair::connected();
    let call = pair.call(1);
    pair.run();
    pair.answer_all();
    pair.poll_server();
    pair.reconnect();
    pair.run();
    assert_eq!(pair.responses(), [(call, Ok(answer(&query(1))))]);
    assert!(pair.calls.is_empty());
}

#[test]
fn updates_wait_for_a_connection_and_come_again_until_acknowledged() {
    let mut pair = Pair::connected();
    pair.server.connection_closed(pair.connection);
    pair.server.push_update(answer(b"one."));
    pair.poll_server();
    assert!(pair.to_client.is_empty());
    pair.reconnect();
    pair.run();
    assert_eq!(pair.events.iter().filter(|event| matches!(event, Event::Update(_))).count(), 1);
    // Not acknowledged yet: the client waits for something to send along.
    pair.reconnect();
    pair.run();
    assert_eq!(
        pair.events.iter().filter(|event| matches!(event, Event::Update(_))).count(),
        1,
        "known by its id"
    );
    pair.advance(Duration::from_secs(31));
    pair.run();
    pair.reconnect();
    pair.poll_client();
    let packet = pair.to_server.remove(0);
    pair.deliver_to_server(packet);
    let again = pair.to_client.iter().flat_map(|packet| read(Role::Responder, packet.clone()));
    assert!(!again.into_iter().any(|message| message.body == answer(b"one.")));
}

#[test]
fn a_failed_predecessor_fails_its_followers_without_executing_them() {
    let mut pair = Pair::connected();
    let first = pair.call(1);
    let after = |calls: &[_]| CallOptions { after: calls.to_vec(), ..CallOptions::default() };
    let second = pair.client.call(query(2), after(&[first]));
    let third = pair.client.call(query(3), after(&[first, second]));
    pair.run();
    assert_eq!(pair.calls.len(), 1, "the others wait");
    let (msg_id, _) = pair.calls.remove(0);
    assert_eq!(pair.server.predecessor_state(msg_id), PredecessorState::Running);
    pair.server.respond(msg_id, Err(RpcError::new(400, "CHAT_ID_INVALID")));
    assert_eq!(pair.server.predecessor_state(msg_id), PredecessorState::Failed);
    pair.run();
    assert!(pair.calls.is_empty());
    let failed = || RpcError::new(500, "MSG_WAIT_FAILED");
    assert_eq!(
        pair.responses(),
        [
            (first, Err(RpcError::new(400, "CHAT_ID_INVALID"))),
            (second, Err(failed())),
            (third, Err(failed())),
        ]
    );
    // Also if it failed long before.
    let late = pair.client.call(query(4), after(&[first]));
    pair.run();
    assert_eq!(pair.responses().last(), Some(&(late, Err(failed()))));
}

#[test]
fn followers_start_when_their_predecessor_is_done() {
    let mut pair = Pair::connected();
    let first = pair.call(1);
    let second = pair.client.call(query(2), CallOptions { after: vec![first], ..CallOptions::default() });
    pair.run();
    pair.answer_all();
    pair.run();
    assert_eq!(pair.calls[0].1.query, query(2));
    pair.answer_all();
    pair.run();
    assert_eq!(pair.responses().len(), 2);
    assert_eq!(pair.responses()[1].0, second);
}

#[test]
fn a_slow_predecessor_delays_its_follower_but_loses_nothing() {
    let mut pair = Pair::connected();
    let first = pair.call(1);
    let second = pair.client.call(query(2), CallOptions { after: vec![first], ..CallOptions::default() });
    pair.run();
    pair.advance(Duration::from_millis(600));
    pair.run();
    assert_eq!(pair.calls.len(), 1, "refused with MSG_WAIT_TIMEOUT, and the client waits");
    pair.answer_all();
    pair.run();
    pair.answer_all();
    pair.run();
    assert_eq!(pair.responses(), [(first, Ok(answer(&query(1)))), (second, Ok(answer(&query(2))))]);
}

#[test]
fn a_predecessor_that_never_comes_times_out() {
    let mut pair = Pair::connected();
    let (salt, id) = (pair.salt(), pair.client_id(1));
    pair.inject(salt, id, 101, &wrappers::invoke_after_msg(id - 400, &GET_CONFIG));
    assert!(pair.calls.is_empty());
    pair.advance(Duration::from_millis(500));
    pair.poll_server();
    let messages = read(Role::Responder, pair.to_client.pop().unwrap());
    let error = messages.iter().find_map(|message| match Service::parse(&message.body) {
        Ok(Some(Service::RpcResult { result, .. })) => Service::parse(result).ok()?.map(|e| format!("{e:?}")),
        _ => None,
    });
    assert!(error.unwrap().contains("MSG_WAIT_TIMEOUT"));
}

#[test]
fn a_cancelled_call_is_dropped_on_both_sides() {
    let mut pair = Pair::connected();
    let call = pair.call(1);
    pair.run();
    pair.client.cancel(call);
    pair.run();
    let (msg_id, _) = pair.calls[0];
    assert_eq!(pair.server_events, [ServerEvent::DropAnswer { msg_id }]);
    pair.answer_all();
    pair.run();
    assert_eq!(pair.responses(), []);
}

#[test]
fn sessions_and_keys_are_destroyed_on_request() {
    let mut pair = Pair::connected();
    pair.client.destroy_session(SessionId(5));
    pair.client.destroy_auth_key();
    pair.client.destroy_session(pair.server.session_id());
    pair.run();
    assert_eq!(
        pair.server_events,
        [ServerEvent::DestroySession { other: SessionId(5) }, ServerEvent::DestroyAuthKey]
    );
    pair.server.respond_destroy_session(SessionId(5), true);
    pair.server.respond_destroy_auth_key(DestroyAuthKeyOutcome::Ok);
    pair.run();
    let own = pair.server.session_id();
    for event in [
        Event::DestroySession { session_id: own, existed: false },
        Event::DestroySession { session_id: SessionId(5), existed: true },
        Event::DestroyAuthKey(DestroyAuthKeyOutcome::Ok),
    ] {
        assert!(pair.events.contains(&event), "{event:?}");
    }
}

#[test]
fn pings_are_answered_and_silence_closes_the_connection() {
    let mut pair = Pair::connected();
    pair.client.ping(42);
    pair.run();
    assert_eq!(pair.events, [Event::Pong { ping_id: 42 }]);
    for _ in 0..5 {
        pair.advance(Duration::from_secs(60));
        pair.run();
        assert!(pair.closed.is_empty());
    }
    pair.now = pair.now.advance(Duration::from_secs(76));
    pair.server.handle_timeout(pair.now);
    pair.poll_server();
    assert_eq!(pair.closed, ["by the server"]);
}

#[test]
fn quick_acknowledgements_name_their_call() {
    let mut pair = Pair::connected();
    let call = pair.client.call(query(1), CallOptions { quick_ack: true, ..CallOptions::default() });
    pair.quick_acks.clear();
    pair.run();
    for token in pair.quick_acks.clone() {
        pair.client.handle_quick_ack(token);
    }
    pair.client.handle_quick_ack(0x8000_0000);
    pair.poll_client();
    assert!(pair.events.contains(&Event::Received { call }));
}

#[test]
fn compressed_queries_and_answers_arrive_unpacked() {
    let mut pair = Pair::with(|_| {}, |config| config.gzip_answers = true);
    pair.client.handle_connected(pair.now);
    let long = vec![1; 100_000];
    let call = pair.client.call(long.clone(), CallOptions { gzip: true, ..CallOptions::default() });
    pair.poll_client();
    assert!(pair.to_server[0].len() < 2000);
    pair.run();
    assert_eq!(pair.calls[0].1.query, long);
    pair.answer_all();
    pair.poll_server();
    assert!(pair.to_client.iter().all(|packet| packet.len() < 2000));
    pair.run();
    assert_eq!(pair.responses(), [(call, Ok(answer(&long)))]);
}

#[test]
fn states_of_messages_are_told() {
    let mut pair = Pair::connected();
    pair.call(1);
    pair.run();
    let running = pair.calls[0].0;
    let (salt, id) = (pair.salt(), pair.client_id(2));
    let request = Service::MsgsStateReq { msg_ids: vec![running.0, id - 4000, id + (100 << 32)] };
    let answers = pair.inject(salt, id, 100, &request.to_bytes());
    let info = answers.iter().find_map(|message| match Service::parse(&message.body) {
        Ok(Some(Service::MsgsStateInfo { info, .. })) => Some(info.to_vec()),
        _ => None,
    });
    let info = info.unwrap();
    assert_eq!(info[0] & state_bits::MASK, state_bits::RECEIVED);
    assert_ne!(info[0] & state_bits::CALL, 0);
    assert_eq!(info[1..], [state_bits::NOT_RECEIVED, state_bits::TOO_HIGH]);
}

#[test]
fn at_least_nine_salts_are_given_and_they_work() {
    let mut pair = Pair::connected();
    let (salt, id) = (pair.salt(), pair.client_id(2));
    let answers = pair.inject(salt, id, 100, &Service::GetFutureSalts { num: 64 }.to_bytes());
    let salts = answers.iter().find_map(|message| match Service::parse(&message.body) {
        Ok(Some(Service::FutureSalts { salts, req_msg_id: MsgId(request), .. })) if request == id => {
            Some(salts)
        }
        _ => None,
    });
    let salts = salts.unwrap();
    assert!(salts.len() >= 9);
    for (at, entry) in salts.iter().enumerate() {
        assert!(entry.valid_until - entry.valid_since > 60);
        let ahead = i64::from(entry.valid_since).max(pair.now.unix_secs()) - pair.now.unix_secs();
        pair.now = pair.now.advance(Duration::from_secs(ahead as u64));
        let id = pair.client_id(3);
        let answers =
            pair.inject(entry.salt, id, 200 + 2 * at as i32, &Service::Ping { ping_id: 1 }.to_bytes());
        assert!(answers.iter().any(|message| message.id() == ids::PONG), "salt {at}");
    }
}

#[test]
fn days_of_idling_need_no_refusal() {
    let mut pair = Pair::connected();
    for _ in 0..3 * 24 * 60 {
        pair.advance(Duration::from_secs(60));
        pair.run();
    }
    assert!(pair.closed.is_empty());
    let call = pair.call(1);
    pair.run();
    pair.answer_all();
    pair.run();
    assert_eq!(pair.responses(), [(call, Ok(answer(&query(1))))]);
    assert!(!pair.events.iter().any(|event| matches!(event, Event::SessionReset { .. })));
}

#[test]
fn many_acknowledgements_wait_a_moment_for_something_to_ride_on() {
    let acked = |pair: &Pair| {
        let all = pair.to_server.iter().flat_map(|packet| read(Role::Initiator, packet.clone()));
        all.filter(|message| message.body.starts_with(&ids::MSGS_ACK.to_le_bytes())).count()
    };
    let mut pair = Pair::connected();
    for number in 0..20 {
        pair.server.push_update(query(number));
    }
    pair.poll_server();
    for packet in std::mem::take(&mut pair.to_client) {
        pair.deliver_to_client(packet);
    }
    pair.poll_client();
    assert_eq!(pair.to_server.len(), 0, "nothing but acknowledgements would travel");
    // A call takes them along.
    pair.call(1);
    pair.poll_client();
    assert_eq!((pair.to_server.len(), acked(&pair)), (1, 1));
    // Without one they go by themselves, long before a few would.
    pair.run();
    for number in 0..20 {
        pair.server.push_update(query(number));
    }
    pair.poll_server();
    for packet in std::mem::take(&mut pair.to_client) {
        pair.deliver_to_client(packet);
    }
    pair.now = pair.now.advance(Duration::from_millis(49));
    pair.poll_client();
    assert_eq!(acked(&pair), 0);
    pair.now = pair.now.advance(Duration::from_millis(1));
    pair.poll_client();
    assert_eq!(acked(&pair), 1);
}
