//! Secret chats between devices: who hears of what, in which order, and what waits for whom.

use std::time::Duration;

use crate::common::{
    ALICE, BOB, Client, Pair, TestClock, accept, builder, chat, data, difference, open_chat, public_value,
    request, server, service,
};
use chappe_api::{enums, functions, types};

fn text(
    peer: &types::InputEncryptedChat,
    random_id: i64,
    data: Vec<u8>,
) -> functions::messages::SendEncrypted {
    functions::messages::SendEncrypted { silent: false, peer: peer.clone(), random_id, data }
}

fn date(sent: enums::messages::SentEncryptedMessage) -> i32 {
    match sent {
        enums::messages::SentEncryptedMessage::Message(sent) => sent.date,
        other => panic!("{other:?}"),
    }
}

fn message(update: enums::Update) -> (enums::EncryptedMessage, i32) {
    match update {
        enums::Update::NewEncryptedMessage(update) => (update.message.clone(), update.qts),
        other => panic!("{other:?}"),
    }
}

fn discard(chat_id: i32) -> functions::messages::DiscardEncryption {
    functions::messages::DiscardEncryption { delete_history: true, chat_id }
}

#[tokio::test]
async fn messages_arrive_in_order_with_the_sender_s_date() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    assert_eq!(pair.bob.state().await.qts, 1, "nothing was queued yet");
    for n in 0..20_u8 {
        let sent = if n % 2 == 0 {
            pair.alice.call(service(&pair.peer_a, i64::from(n), data(n))).await
        } else {
            pair.alice.call(text(&pair.peer_a, i64::from(n), data(n))).await
        };
        let sent = date(sent.expect("sent"));
        let (update, users) = pair.bob.boxed_update().await;
        let (message, qts) = message(update);
        assert_eq!(qts, 2 + i32::from(n), "the first message has qts 2");
        match message {
            enums::EncryptedMessage::Service(message) => {
                assert_eq!((n % 2, message.date, message.random_id), (0, sent, i64::from(n)));
                assert_eq!((message.chat_id, message.bytes.clone()), (pair.peer_b.chat_id, data(n)));
            }
            enums::EncryptedMessage::Message(message) => {
                assert_eq!((n % 2, message.date, message.random_id), (1, sent, i64::from(n)));
                assert!(matches!(message.file, enums::EncryptedFile::Empty));
            }
        }
        assert_eq!(crate::common::user(users[0].clone()).id, pair.alice_user.id);
    }
    assert_eq!(pair.bob.state().await.qts, 21);
    assert_eq!(pair.alice.state().await.qts, 1);
}

#[tokio::test]
async fn a_repeated_message_is_answered_and_not_delivered_again() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut pair = Pair::new(&server).await;
    let first = date(pair.alice.call(service(&pair.peer_a, 5, data(1))).await.unwrap());
    clock.advance(Duration::from_secs(3));
    let again = date(pair.alice.call(service(&pair.peer_a, 5, data(1))).await.unwrap());
    assert_eq!(first, again);
    // Other content under the same random id is another message.
    let other = date(pair.alice.call(service(&pair.peer_a, 5, data(2))).await.unwrap());
    assert!(other > first);
    assert_eq!(message(pair.bob.update().await).1, 2);
    assert_eq!(message(pair.bob.update().await).1, 3);
    assert!(pair.bob.settle().await.is_empty());
}

#[tokio::test]
async fn typing_and_reading_reach_the_other_side() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let typing = |typing| functions::messages::SetEncryptedTyping { peer: pair.peer_a.clone(), typing };
    assert!(pair.alice.call(typing(false)).await.unwrap());
    assert!(pair.alice.call(typing(true)).await.unwrap());
    let enums::Update::EncryptedChatTyping(update) = pair.bob.update().await else { panic!("not typing") };
    assert_eq!(update.chat_id, pair.peer_b.chat_id);

    let sent = date(pair.alice.call(text(&pair.peer_a, 1, data(1))).await.unwrap());
    pair.bob.update().await;
    let read = |max_date| functions::messages::ReadEncryptedHistory { peer: pair.peer_b.clone(), max_date };
    let future = pair.bob.error(read(sent + 1000)).await;
    assert_eq!(future, (400, "MAX_DATE_INVALID".into()));
    assert!(pair.bob.call(read(sent)).await.unwrap());
    let enums::Update::EncryptedMessagesRead(update) = pair.alice.update().await else { panic!("not read") };
    assert_eq!((update.chat_id, update.max_date), (pair.peer_a.chat_id, sent));
    assert_eq!(pair.alice.state().await.qts, 1, "read marks cost no qts");
}

#[tokio::test]
async fn the_first_of_two_devices_wins() {
    let server = server().await;
    let (mut alice, mut first, mut second) =
        (Client::new(&server).await, Client::new(&server).await, Client::new(&server).await);
    alice.log_in(ALICE, "Alice").await;
    first.log_in(BOB, "Bob").await;
    second.log_in(BOB, "Bob").await;
    let bob = alice.find(BOB).await;
    alice.call(request(bob, 7)).await.unwrap();
    let mut peers = Vec::new();
    for device in [&mut first, &mut second] {
        let enums::EncryptedChat::Requested(chat) = chat(device.update().await) else {
            panic!("not requested")
        };
        peers.push(types::InputEncryptedChat { chat_id: chat.id, access_hash: chat.access_hash });
    }
    let (one, two) = tokio::join!(first.call(accept(&peers[0])), second.call(accept(&peers[1])));
    let losers: Vec<_> = [&one, &two].iter().filter_map(|answer| answer.as_ref().err()).cloned().collect();
    assert_eq!(losers.len(), 1, "exactly one wins");
    assert_eq!(losers[0].text(), "ENCRYPTION_ALREADY_ACCEPTED");
    let (winner, loser) = if one.is_ok() { (&mut first, &mut second) } else { (&mut second, &mut first) };
    assert!(matches!(chat(loser.update().await), enums::EncryptedChat::Discarded(_)));
    assert!(matches!(chat(alice.update().await), enums::EncryptedChat::Chat(_)));
    // The loser cannot end what is not its own.
    assert_eq!(loser.error(discard(7)).await, (400, "ENCRYPTION_ALREADY_ACCEPTED".into()));
    // Messages go to the winner only.
    let enums::EncryptedChat::Chat(accepted) = one.or(two).unwrap() else { panic!("not accepted") };
    // Who has not heard the answer asks again, and it alone gets the same.
    let enums::EncryptedChat::Chat(again) = winner.call(accept(&peers[0])).await.unwrap() else {
        panic!("another answer")
    };
    assert_eq!(again, accepted);
    let other = functions::messages::AcceptEncryption { key_fingerprint: 1, ..accept(&peers[0]) };
    assert_eq!(winner.error(other).await, (400, "ENCRYPTION_ALREADY_ACCEPTED".into()));
    assert_eq!(loser.error(accept(&peers[0])).await, (400, "ENCRYPTION_ALREADY_ACCEPTED".into()));
    winner.call(service(&peers[0], 1, data(1))).await.expect("the winner may write");
    assert_eq!(message(alice.update().await).1, 2);
    assert!(loser.settle().await.is_empty());
}

#[tokio::test]
async fn the_creator_s_other_devices_hear_nothing() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let mut second = crate::common::cloud::device(&server, ALICE).await;
    let (peer, _) = open_chat(&mut pair.alice, &mut pair.bob, BOB, 12).await;
    pair.bob.call(text(&pair.peer_b, 1, data(1))).await.unwrap();
    assert!(second.settle().await.is_empty());
    assert_eq!(second.error(discard(peer.chat_id)).await, (400, "ENCRYPTION_ID_INVALID".into()));
    let enums::updates::Difference::Empty(_) = second.difference(1, 0).await else {
        panic!("something was kept")
    };
}

#[tokio::test]
async fn a_discarded_chat_ends_on_both_sides() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let id = pair.peer_a.chat_id;
    assert_eq!(pair.alice.error(discard(0)).await, (400, "CHAT_ID_EMPTY".into()));
    assert_eq!(pair.alice.error(discard(id + 1)).await, (400, "ENCRYPTION_ID_INVALID".into()));
    assert!(pair.alice.call(discard(id)).await.unwrap());
    let enums::EncryptedChat::Discarded(gone) = chat(pair.bob.update().await) else {
        panic!("not discarded")
    };
    assert!(gone.history_deleted && gone.id == id);
    assert_eq!(pair.alice.error(discard(id)).await, (400, "ENCRYPTION_ALREADY_DECLINED".into()));
    let late = accept(&pair.peer_b);
    assert_eq!(pair.bob.error(late).await, (400, "ENCRYPTION_ALREADY_DECLINED".into()));
}

#[tokio::test]
async fn a_request_can_be_declined_and_withdrawn() {
    let server = server().await;
    let (mut alice, mut bob) = (Client::new(&server).await, Client::new(&server).await);
    alice.log_in(ALICE, "Alice").await;
    bob.log_in(BOB, "Bob").await;
    let target = alice.find(BOB).await;
    for (id, by_alice) in [(21, true), (22, false)] {
        alice.call(request(target.clone(), id)).await.unwrap();
        assert!(matches!(chat(bob.update().await), enums::EncryptedChat::Requested(_)));
        let (from, to) = if by_alice { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
        assert!(from.call(discard(id)).await.unwrap());
        assert!(matches!(chat(to.update().await), enums::EncryptedChat::Discarded(_)));
    }
}

#[tokio::test]
async fn requests_are_checked() {
    let server = server().await;
    let (mut alice, mut bob) = (Client::new(&server).await, Client::new(&server).await);
    let me = alice.log_in(ALICE, "Alice").await;
    bob.log_in(BOB, "Bob").await;
    let target = alice.find(BOB).await;
    let oneself = types::InputUser { user_id: me.id, access_hash: me.access_hash.unwrap() };
    assert_eq!(alice.error(request(oneself, 1)).await, (400, "USER_ID_INVALID".into()));
    let mut wrong = target.clone();
    wrong.access_hash ^= 1;
    assert_eq!(alice.error(request(wrong, 1)).await, (400, "USER_ID_INVALID".into()));
    for g_a in [vec![], vec![1], vec![0xff; 256], vec![0; 256]] {
        let mut query = request(target.clone(), 1);
        query.g_a = g_a;
        assert_eq!(alice.error(query).await, (400, "DH_G_A_INVALID".into()));
    }
    alice.call(request(target.clone(), 1)).await.expect("a good request");
    assert_eq!(alice.error(request(target.clone(), 1)).await, (400, "RANDOM_ID_DUPLICATE".into()));
    // An id that somebody else uses, or none that can be one, is replaced.
    let alice_as_seen = bob.find(ALICE).await;
    for random_id in [1, -5, 0] {
        let enums::EncryptedChat::Waiting(waiting) =
            bob.call(request(alice_as_seen.clone(), random_id)).await.unwrap()
        else {
            panic!("not waiting")
        };
        assert!(waiting.id > 0 && waiting.id != random_id);
    }
    let block = functions::contacts::Block {
        my_stories_from: false,
        id: types::InputPeerUser { user_id: alice_as_seen.user_id, access_hash: alice_as_seen.access_hash }
            .into(),
    };
    bob.call(block).await.unwrap();
    assert_eq!(alice.error(request(target, 2)).await, (403, "USER_IS_BLOCKED".into()));
}

#[tokio::test]
async fn who_wants_no_requests_gets_none() {
    let server = server().await;
    let (mut alice, mut bob) = (Client::new(&server).await, Client::new(&server).await);
    alice.log_in(ALICE, "Alice").await;
    bob.log_in(BOB, "Bob").await;
    let off = functions::account::ChangeAuthorizationSettings {
        confirmed: false,
        hash: 0,
        encrypted_requests_disabled: Some(true),
        call_requests_disabled: None,
    };
    assert!(bob.call(off).await.unwrap());
    let target = alice.find(BOB).await;
    let answer = alice.call(request(target, 1)).await.unwrap();
    assert!(matches!(answer, enums::EncryptedChat::Discarded(_)));
    assert!(bob.settle().await.is_empty());
}

#[tokio::test]
async fn the_dh_configuration_is_the_well_known_one() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let ask = |version, random_length| functions::messages::GetDhConfig { version, random_length };
    let enums::messages::DhConfig::Config(config) = alice.call(ask(0, 256)).await.unwrap() else {
        panic!("no configuration")
    };
    assert_eq!((config.g, config.p.len(), config.random.len()), (3, 256, 256));
    assert_eq!(config.p, chappe_crypto::dh::DhParams::known(3).unwrap().p());
    let enums::messages::DhConfig::NotModified(same) = alice.call(ask(config.version, 16)).await.unwrap()
    else {
        panic!("modified")
    };
    assert_eq!(same.random.len(), 256);
    for length in [-1, 1025] {
        assert_eq!(alice.error(ask(0, length)).await, (400, "RANDOM_LENGTH_INVALID".into()));
    }
}

#[tokio::test]
async fn what_was_missed_comes_in_slices() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let saved = pair.bob.saved.clone();
    drop(pair.bob);
    for n in 0..250_i64 {
        pair.alice.call(service(&pair.peer_a, n, data(n as u8))).await.unwrap();
    }
    let mut bob = Client::resume(server.address(), saved).await;
    let (mut qts, mut date, mut random_ids, mut slices) = (1, 0, Vec::new(), 0);
    loop {
        let (messages, state, last) = match bob.difference(qts, date).await {
            enums::updates::Difference::Slice(slice) => {
                slices += 1;
                (slice.new_encrypted_messages.clone(), slice.intermediate_state.clone(), false)
            }
            enums::updates::Difference::Difference(rest) => {
                assert_eq!(crate::common::user(rest.users[0].clone()).id, pair.alice_user.id);
                (rest.new_encrypted_messages.clone(), rest.state.clone(), true)
            }
            other => panic!("{other:?}"),
        };
        random_ids.extend(messages.iter().map(|message| match message {
            enums::EncryptedMessage::Service(message) => message.random_id,
            enums::EncryptedMessage::Message(message) => message.random_id,
        }));
        assert_eq!(
            state.qts,
            qts + i32::try_from(messages.len()).unwrap(),
            "the state is that of the last message"
        );
        (qts, date) = (state.qts, state.date);
        if last {
            break;
        }
    }
    assert_eq!((slices, qts), (2, 251));
    assert_eq!(random_ids, (0..250).collect::<Vec<_>>());
    assert!(matches!(bob.difference(qts, date).await, enums::updates::Difference::Empty(_)));
}

#[tokio::test]
async fn a_client_that_is_ahead_learns_the_qts_of_the_server() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let enums::updates::Difference::Difference(ahead) = alice.difference(77, 0).await else {
        panic!("no state")
    };
    assert_eq!(ahead.state.qts, 1);
    assert!(matches!(alice.difference(1, 0).await, enums::updates::Difference::Empty(_)));
}

#[tokio::test]
async fn big_messages_are_sliced_by_size() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    for n in 0..3 {
        pair.alice.call(service(&pair.peer_a, n, vec![1; 24 + 300 * 1024])).await.unwrap();
    }
    let enums::updates::Difference::Slice(slice) = pair.bob.difference(1, 0).await else {
        panic!("no slice")
    };
    assert_eq!((slice.new_encrypted_messages.len(), slice.intermediate_state.qts), (1, 2));
}

#[tokio::test]
async fn passing_a_qts_acknowledges_and_so_does_received_queue() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    for n in 10..14 {
        pair.alice.call(service(&pair.peer_a, n, data(1))).await.unwrap();
    }
    let received = |max_qts| functions::messages::ReceivedQueue { max_qts };
    for wrong in [-1, 0, 6] {
        assert_eq!(pair.bob.error(received(wrong)).await, (400, "MAX_QTS_INVALID".into()));
    }
    assert_eq!(pair.bob.call(received(3)).await.unwrap(), [10, 11]);
    assert_eq!(pair.bob.call(received(3)).await.unwrap(), [0_i64; 0]);
    let enums::updates::Difference::Difference(rest) = pair.bob.difference(4, 0).await else {
        panic!("no rest")
    };
    assert_eq!((rest.new_encrypted_messages.len(), rest.state.qts), (1, 5));
    let enums::updates::Difference::Difference(rest) = pair.bob.difference(1, 0).await else {
        panic!("no rest")
    };
    assert_eq!(rest.new_encrypted_messages.len(), 1, "what was acknowledged is gone");
}

#[tokio::test]
async fn who_was_away_learns_of_chats_and_read_marks_from_the_difference() {
    let server = server().await;
    let (mut alice, mut bob) = (Client::new(&server).await, Client::new(&server).await);
    alice.log_in(ALICE, "Alice").await;
    bob.log_in(BOB, "Bob").await;
    let bob_saved = bob.saved.clone();
    drop(bob);
    let target = alice.find(BOB).await;
    let enums::EncryptedChat::Waiting(waiting) = alice.call(request(target, 31)).await.unwrap() else {
        panic!("not waiting")
    };
    let peer_a = types::InputEncryptedChat { chat_id: waiting.id, access_hash: waiting.access_hash };

    let mut bob = Client::resume(server.address(), bob_saved).await;
    let enums::updates::Difference::Difference(missed) = bob.difference(1, 0).await else {
        panic!("nothing")
    };
    let enums::EncryptedChat::Requested(requested) = chat(missed.other_updates[0].clone()) else {
        panic!("not requested")
    };
    assert_eq!(requested.g_a, public_value(0xaa));
    // An answer that got lost is given again; one that was processed is not.
    let enums::updates::Difference::Difference(again) = bob.difference(1, 0).await else { panic!("lost") };
    assert_eq!(again.other_updates.len(), 1);
    let empty = bob.difference(1, again.state.date).await;
    assert!(matches!(empty, enums::updates::Difference::Empty(_)));

    let alice_saved = alice.saved.clone();
    drop(alice);
    let peer_b = types::InputEncryptedChat { chat_id: requested.id, access_hash: requested.access_hash };
    bob.call(accept(&peer_b)).await.unwrap();
    let sent = date(bob.call(text(&peer_b, 1, data(1))).await.unwrap());
    let mut alice = Client::resume(server.address(), alice_saved).await;
    let enums::updates::Difference::Difference(missed) = alice.difference(1, 0).await else {
        panic!("nothing")
    };
    assert!(matches!(chat(missed.other_updates[0].clone()), enums::EncryptedChat::Chat(_)));
    assert_eq!((missed.new_encrypted_messages.len(), missed.state.qts), (1, 2));

    let bob_saved = bob.saved.clone();
    drop(bob);
    let read = functions::messages::ReadEncryptedHistory { peer: peer_a, max_date: sent };
    alice.call(read).await.unwrap();
    let mut bob = Client::resume(server.address(), bob_saved).await;
    let enums::updates::Difference::Difference(missed) = bob.difference(1, again.state.date).await else {
        panic!("nothing")
    };
    assert!(missed.other_updates.iter().any(|update| matches!(update,
        enums::Update::EncryptedMessagesRead(read) if read.max_date == sent)));
}

#[tokio::test]
async fn logging_out_ends_the_chats_of_the_device() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    pair.alice.call(service(&pair.peer_a, 1, data(1))).await.unwrap();
    pair.bob.call(functions::auth::LogOut {}).await.unwrap();
    assert!(matches!(chat(pair.alice.update().await), enums::EncryptedChat::Discarded(_)));
    pair.bob.log_in(BOB, "Bob").await;
    assert_eq!(pair.bob.state().await.qts, 1, "a new login begins with an empty mailbox");
    let nothing = pair.bob.call(difference(1, 0)).await.unwrap();
    assert!(matches!(nothing, enums::updates::Difference::Empty(_)));
}

#[tokio::test]
async fn only_who_was_written_to_reports_spam() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let report =
        |peer: &types::InputEncryptedChat| functions::messages::ReportEncryptedSpam { peer: peer.clone() };
    assert!(pair.bob.call(report(&pair.peer_b)).await.unwrap());
    assert_eq!(pair.alice.error(report(&pair.peer_a)).await, (400, "CHAT_ID_INVALID".into()));
}

#[tokio::test]
async fn messages_pipelined_in_one_packet_keep_their_order() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let mut calls = Vec::new();
    for n in 0..30_i64 {
        let after = calls.last().copied().into_iter().collect();
        calls.push(pair.alice.start(&service(&pair.peer_a, n, data(n as u8)), after));
    }
    for call in calls {
        pair.alice.finish_raw(call).await.expect("sent");
    }
    for n in 0..30 {
        let (enums::EncryptedMessage::Service(message), qts) = message(pair.bob.update().await) else {
            panic!("no service message")
        };
        assert_eq!((message.random_id, qts), (n, 2 + i32::try_from(n).unwrap()));
    }
}
