//! The life of a chat.

#![allow(clippy::unwrap_used, reason = "these are tests")]

mod world;

use chappe_secret::{
    AcceptPolicy, Action, ChatHead, ChatState, ChatUpdate, CloseReason, Config, DropReason, EncryptedMessage,
    Error, Event, Output, RecordKey, Role, RpcFailure, SecretChatId, SecretChats, SecretLayer, Violation,
    limits,
};
use std::time::Duration;
use world::{ALICE, BOB, World};

#[test]
fn two_people_meet_see_the_same_picture_and_talk() {
    let (mut world, chat) = World::ready(1);
    let (a, b) = (world.users[ALICE].engine.chat(chat).unwrap(), world.users[BOB].engine.chat(chat).unwrap());
    assert_eq!((a.state, b.state), (ChatState::Ready, ChatState::Ready));
    assert_eq!((a.role, b.role), (Role::Initiator, Role::Responder));
    assert!(a.key.is_some() && a.key == b.key && a.key_fingerprint == b.key_fingerprint);
    // Each has announced its layer and knows the other's.
    assert_eq!(
        (a.peer_layer, b.peer_layer, a.local_layer),
        (SecretLayer(144), SecretLayer(144), SecretLayer(144))
    );
    let id = world.text(ALICE, chat, "hello");
    world.text(BOB, chat, "hi");
    world.run();
    assert_eq!((world.texts(ALICE), world.texts(BOB)), (vec!["hi".to_owned()], vec!["hello".to_owned()]));
    assert!(
        world.users[ALICE]
            .events
            .iter()
            .any(|e| matches!(e, Event::Sent { random_id, .. } if *random_id == id))
    );
    world.text(BOB, chat, "third");
    world.run();
    assert!(
        world.users[ALICE]
            .events
            .iter()
            .any(|e| matches!(e, Event::Delivered { random_ids, .. } if random_ids.contains(&id)))
    );
    assert!(world.closed(ALICE).is_none() && world.closed(BOB).is_none());
}

#[test]
fn nobody_is_accepted_without_a_decision() {
    let mut world = World::new(2);
    world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    world.advance(Duration::from_secs(10_000));
    let chat = SecretChatId(world.chat.as_ref().unwrap().id);
    assert_eq!(world.users[BOB].engine.chat(chat).unwrap().state, ChatState::Requested);
    assert!(matches!(
        world.users[ALICE].engine.send_text(chat, "early", world.now, &mut world.rng),
        Err(Error::WrongState { state: ChatState::Waiting, .. })
    ));
    world.users[BOB].engine.decline(chat, world.now, &mut world.rng).unwrap();
    world.run();
    assert!(matches!(world.closed(ALICE), Some(Event::ChatClosed { reason: CloseReason::Discarded, .. })));
}

#[test]
fn a_policy_may_accept_after_its_delay() {
    let mut world = World::with(3, |c| c.accept = AcceptPolicy::Automatic { delay: Duration::from_secs(2) });
    let chat = world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(world.users[BOB].timeout, Some(world.now.advance(Duration::from_secs(2))));
    world.advance(Duration::from_secs(1));
    assert_eq!(world.users[BOB].engine.chat(chat).unwrap().state, ChatState::Requested);
    world.advance(Duration::from_secs(1));
    assert_eq!(world.users[BOB].engine.chat(chat).unwrap().state, ChatState::Ready);
    assert_eq!(world.users[ALICE].engine.chat(chat).unwrap().state, ChatState::Ready);
}

#[test]
fn the_server_may_choose_the_number() {
    let mut world = World::new(4);
    world.own_numbers = true;
    let requested = world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    let chat = SecretChatId(4242);
    assert!(world.users[ALICE].events.contains(&Event::ChatWaiting { requested, chat, user_id: 200 }));
    assert!(!world.users[ALICE].store.contains_key(&RecordKey::Chat(requested)));
    world.users[BOB].engine.accept(chat, world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(world.users[ALICE].engine.chat(chat).unwrap().state, ChatState::Ready);
}

#[test]
fn another_fingerprint_closes_the_chat() {
    let mut world = World::new(5);
    world.tamper = Some(|update| {
        if let ChatUpdate::Accepted { key_fingerprint, .. } = update {
            *key_fingerprint ^= 1;
        }
    });
    world.open();
    assert!(matches!(
        world.closed(ALICE),
        Some(Event::ChatClosed { reason: CloseReason::FingerprintMismatch, .. })
    ));
    assert!(matches!(world.closed(BOB), Some(Event::ChatClosed { reason: CloseReason::Discarded, .. })));
}

#[test]
fn public_values_out_of_range_close_the_chat() {
    for value in [vec![], vec![0], vec![1], vec![0xff; 256], vec![1; 257], {
        let mut low = vec![0; 256];
        low[8] = 0xff;
        low
    }] {
        let mut world = World::new(6);
        // A function pointer cannot capture: the value travels in the proposed g_a by hand.
        world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
        world.drain(ALICE);
        world.one(ALICE);
        world.drain(ALICE);
        for delivery in &mut world.users[BOB].inbox {
            if let world::Delivery::Update(ChatUpdate::Requested { g_a, .. }) = delivery {
                g_a.clone_from(&value);
            }
        }
        world.run();
        let chat = SecretChatId(world.chat.as_ref().unwrap().id);
        world.users[BOB].engine.accept(chat, world.now, &mut world.rng).unwrap();
        world.run();
        let reason = CloseReason::Violation(Violation::PublicValue);
        assert_eq!(world.closed(BOB), Some(&Event::ChatClosed { chat, reason, history_deleted: false }));
    }
}

#[test]
fn an_acceptance_with_another_key_is_another_device() {
    let mut world = World::new(22);
    world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    let server = world.chat.clone().unwrap();
    let chat = SecretChatId(server.id);
    world.users[BOB].engine.accept(chat, world.now, &mut world.rng).unwrap();
    // The parameters have come; the acceptance has not been answered.
    world.drain(BOB);
    world.one(BOB);
    world.drain(BOB);
    let head = ChatHead { id: chat, access_hash: 1, date: 5, admin_id: 100, participant_id: 200 };
    let update = ChatUpdate::Accepted { chat: head, g_a_or_b: server.g_a, key_fingerprint: 1 };
    world.users[BOB].engine.handle_encryption_update(update, 0, world.now, &mut world.rng);
    world.drain(BOB);
    let reason = CloseReason::AcceptedElsewhere;
    assert_eq!(world.closed(BOB), Some(&Event::ChatClosed { chat, reason, history_deleted: false }));
    assert!(world.users[BOB].store[&RecordKey::Chat(chat)].len() < 150, "the key is gone");
}

#[test]
fn what_is_not_for_us_or_not_wanted_is_no_request() {
    let head = |admin_id, participant_id| ChatHead {
        id: SecretChatId(9),
        access_hash: 1,
        date: 5,
        admin_id,
        participant_id,
    };
    // Bob is 200.
    for (policy, admin, participant, taken) in [
        (AcceptPolicy::Ask, 100, 200, true),
        (AcceptPolicy::Never, 100, 200, false),
        (AcceptPolicy::Ask, 100, 300, false),
        (AcceptPolicy::Ask, 200, 200, false),
    ] {
        let mut world = World::with(23, |config| config.accept = policy);
        let update =
            ChatUpdate::Requested { chat: head(admin, participant), g_a: vec![0x55; 256], folder_id: None };
        world.users[BOB].engine.handle_encryption_update(update, 0, world.now, &mut world.rng);
        world.drain(BOB);
        assert_eq!(world.users[BOB].engine.chats().count(), usize::from(taken), "{policy:?} {participant}");
        assert_eq!(world.users[BOB].events.len(), usize::from(taken));
    }
}

#[test]
fn messages_before_the_key_are_bounded() {
    let mut world = World::new(25);
    world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    let chat = SecretChatId(world.chat.as_ref().unwrap().id);
    for random_id in 0..=limits::MAX_HELD_COUNT as i64 {
        let message =
            EncryptedMessage { chat, random_id, date: 1, bytes: vec![1; 88], file: None, service: false };
        world.users[ALICE].engine.handle_encrypted_message(message, None, world.now, &mut world.rng);
        world.drain(ALICE);
    }
    let held = world.users[ALICE].store.keys().filter(|key| matches!(key, RecordKey::Inbound { .. })).count();
    assert_eq!(held, limits::MAX_HELD_COUNT);
    let dropped = Event::Dropped { chat, reason: DropReason::TooMany };
    assert_eq!(world.users[ALICE].events.last(), Some(&dropped));
}

#[test]
fn bytes_before_the_key_are_bounded() {
    let mut world = World::new(29);
    world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    let chat = SecretChatId(world.chat.as_ref().unwrap().id);
    let len = limits::MAX_HELD_LEN / 4;
    for random_id in 0..6 {
        let message =
            EncryptedMessage { chat, random_id, date: 1, bytes: vec![1; len], file: None, service: false };
        world.users[ALICE].engine.handle_encrypted_message(message, None, world.now, &mut world.rng);
        world.drain(ALICE);
    }
    let held = world.users[ALICE].store.keys().filter(|key| matches!(key, RecordKey::Inbound { .. })).count();
    assert_eq!(held, 4);
    let dropped = Event::Dropped { chat, reason: DropReason::TooMany };
    assert_eq!(world.users[ALICE].events.iter().filter(|event| **event == dropped).count(), 2);
}

/// What may be about a chat whose number is not known yet is kept, but not without end.
#[test]
fn updates_about_unknown_chats_are_bounded() {
    for (others, state) in [
        (limits::MAX_ORPHAN_UPDATES - 1, ChatState::Discarded),
        (limits::MAX_ORPHAN_UPDATES, ChatState::Waiting),
    ] {
        let mut world = World::new(26);
        world.own_numbers = true;
        world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
        world.drain(ALICE);
        world.one(ALICE);
        world.drain(ALICE);
        assert!(world.chat.is_some(), "the request is made and not answered");
        for id in (1000..).take(others).chain([4242]) {
            let update = ChatUpdate::Discarded { id: SecretChatId(id), history_deleted: false };
            world.users[ALICE].engine.handle_encryption_update(update, 0, world.now, &mut world.rng);
        }
        world.run();
        assert_eq!(world.users[ALICE].engine.chat(SecretChatId(4242)).unwrap().state, state);
    }
}

#[test]
fn a_start_writes_only_what_it_changes() {
    let (mut world, _) = World::ready(27);
    for who in [ALICE, BOB] {
        let stored = world.users[who].store.clone();
        let config = world.users[who].config.clone();
        let mut engine = SecretChats::new(config.clone(), stored.clone(), world.now, &mut world.rng).unwrap();
        while let Some(output) = engine.poll_output() {
            assert!(!matches!(output, Output::Persist(_)), "{output:?}");
        }
        // A higher layer has to be announced, which takes a number.
        let config = Config { layer: SecretLayer(145), ..config };
        let mut engine = SecretChats::new(config, stored, world.now, &mut world.rng).unwrap();
        assert!(matches!(engine.poll_output(), Some(Output::Persist(_))));
    }
}

#[test]
fn a_chat_ends_once() {
    let (mut world, chat) = World::ready(24);
    for _ in 0..2 {
        world.users[ALICE].engine.close(chat, false, world.now, &mut world.rng).unwrap();
        world.run();
    }
    for who in [ALICE, BOB] {
        let closed = world.users[who].events.iter().filter(|e| matches!(e, Event::ChatClosed { .. }));
        assert_eq!(closed.count(), 1, "{who}");
    }
}

#[test]
fn unsafe_parameters_are_refused() {
    let good = chappe_crypto::dh::KNOWN_PRIME.to_vec();
    let mut composite = good.clone();
    composite[255] ^= 2;
    for dh in
        [(2, good.clone()), (0, good.clone()), (8, good), (3, composite), (3, vec![7; 255]), (3, vec![])]
    {
        let mut world = World::new(7);
        world.dh = dh;
        let chat = world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
        world.run();
        let reason = CloseReason::BadParameters;
        assert_eq!(world.closed(ALICE), Some(&Event::ChatClosed { chat, reason, history_deleted: false }));
        assert!(world.chat.is_none(), "nothing was sent");
    }
}

#[test]
fn closing_erases_everything_but_the_picture() {
    let (mut world, chat) = World::ready(8);
    world.text(ALICE, chat, "secret");
    world.run();
    let picture = world.users[ALICE].engine.key(chat);
    world.users[ALICE].engine.close(chat, true, world.now, &mut world.rng).unwrap();
    world.run();
    assert!(matches!(
        world.closed(BOB),
        Some(Event::ChatClosed { reason: CloseReason::Discarded, history_deleted: true, .. })
    ));
    for who in [ALICE, BOB] {
        let left: Vec<_> = world.users[who].store.keys().collect();
        assert_eq!(left, [&RecordKey::Account, &RecordKey::Chat(chat)]);
        assert!(world.users[who].store[&RecordKey::Chat(chat)].len() < 150, "no key in the record");
        assert_eq!(world.users[who].engine.key(chat), picture);
        assert!(world.users[who].engine.send_text(chat, "x", world.now, &mut world.rng).is_err());
        world.users[who].engine.forget(chat).unwrap();
        world.drain(who);
        assert!(!world.users[who].store.contains_key(&RecordKey::Chat(chat)));
    }
}

#[test]
fn every_crash_while_the_chat_is_made_is_survived() {
    // The process of one side ends after each number of steps of the world.
    for who in [ALICE, BOB] {
        for steps in 0..14 {
            let mut world = World::new(9);
            world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
            let mut done = 0;
            loop {
                world.drain(ALICE);
                world.drain(BOB);
                if let Some(chat) = &world.chat {
                    // Nothing happens here but the first time.
                    let chat = SecretChatId(chat.id);
                    let _ = world.users[BOB].engine.accept(chat, world.now, &mut world.rng);
                    world.drain(BOB);
                }
                if done == steps {
                    world.restart(who);
                }
                let busy =
                    (0..2).find(|i| !world.users[*i].answers.is_empty() || !world.users[*i].inbox.is_empty());
                if busy.is_none() && done >= steps {
                    break;
                }
                done += 1;
                if let Some(busy) = busy {
                    world.one(busy);
                }
            }
            world.run();
            let chat = SecretChatId(world.chat.as_ref().unwrap().id);
            let _ = world.users[BOB].engine.accept(chat, world.now, &mut world.rng);
            world.run();
            let states = [ALICE, BOB].map(|who| world.users[who].engine.chat(chat).unwrap().state);
            assert!(
                matches!(
                    states,
                    [ChatState::Ready, ChatState::Ready] | [ChatState::Discarded, ChatState::Discarded]
                ),
                "{who} after {steps}: {states:?}"
            );
            if states[0] == ChatState::Ready {
                world.text(ALICE, chat, "through");
                world.run();
                assert_eq!(world.texts(BOB), ["through"], "{who} after {steps}");
            }
        }
    }
}

#[test]
fn a_restart_keeps_the_chat_and_sends_what_was_not_sent() {
    let (mut world, chat) = World::ready(10);
    world.text(ALICE, chat, "one");
    world.run();
    // Stored, handed to the server, and the answer lost.
    world.text(ALICE, chat, "two");
    world.drain(ALICE);
    let before = world.users[ALICE].engine.chat(chat).unwrap();
    world.restart(ALICE);
    assert_eq!(world.users[ALICE].engine.chat(chat).unwrap(), before);
    world.restart(BOB);
    world.text(ALICE, chat, "three");
    world.run();
    assert_eq!(world.texts(BOB), ["one", "two", "three"]);
    let info = world.users[ALICE].engine.chat(chat).unwrap();
    assert_eq!(world.payload_count(ALICE), info.sent_count as usize, "each number has one ciphertext");
}

#[test]
fn nothing_comes_out_before_it_is_stored() {
    let (mut world, chat) = World::ready(11);
    world.text(ALICE, chat, "later");
    let engine = &mut world.users[ALICE].engine;
    let Some(chappe_secret::Output::Persist(batch)) = engine.poll_output() else { panic!() };
    assert!(
        batch.changes.iter().any(|change| matches!(
            change,
            chappe_secret::Change::Put { key: RecordKey::Outbound { .. }, .. }
        ))
    );
    assert_eq!(engine.poll_output(), None);
    assert_eq!(engine.pending_requests(), []);
    let [told] = batch.events.as_slice() else { panic!() };
    assert!(matches!(told, chappe_secret::Event::Composed(message) if message.raw_seq_no > 0));
    engine.handle_persisted(batch.barrier);
    assert_eq!(engine.poll_output(), Some(chappe_secret::Output::Event(told.clone())));
    let Some(chappe_secret::Output::Request(request)) = engine.poll_output() else { panic!() };
    assert_eq!(engine.pending_requests(), [request]);
}

#[test]
fn damaged_and_newer_records_are_told_apart() {
    let (mut world, chat) = World::ready(12);
    world.text(ALICE, chat, "x");
    world.drain(ALICE);
    let (config, now) = (world.users[ALICE].config.clone(), world.now);
    for (key, value) in world.users[ALICE].store.clone() {
        for len in 0..value.len() {
            let stored = [(key, value[..len].to_vec())];
            let result = chappe_secret::SecretChats::new(config.clone(), stored, now, &mut world.rng);
            assert_eq!(result.err(), Some(Error::Record { key: key.to_string() }), "{key} cut at {len}");
        }
        let mut newer = value.clone();
        newer[0] = 2;
        let result = chappe_secret::SecretChats::new(config.clone(), [(key, newer)], now, &mut world.rng);
        assert_eq!(result.err(), Some(Error::RecordVersion { key: key.to_string(), version: 2 }));
    }
}

#[test]
fn a_stored_message_whose_number_the_chat_does_not_have_is_damage() {
    let (mut world, chat) = World::ready(12);
    world.text(BOB, chat, "what you said has come");
    world.run();
    world.text(ALICE, chat, "x");
    world.drain(ALICE);
    let info = world.users[ALICE].engine.chat(chat).unwrap();
    let (sent, known) = (info.sent_count, info.acknowledged_count);
    assert!(known > 0);
    let (config, now, store) =
        (world.users[ALICE].config.clone(), world.now, world.users[ALICE].store.clone());
    let place = |raw| RecordKey::Outbound { chat, raw };
    let message = store[&place(sent - 1)].clone();
    for raw in [known - 1, sent, sent + 1, u32::MAX] {
        let mut store = store.clone();
        store.insert(place(raw), message.clone());
        // The number would be given, or be asked for, a second time.
        let result = chappe_secret::SecretChats::new(config.clone(), store, now, &mut world.rng);
        assert_eq!(result.err(), Some(Error::Record { key: place(raw).to_string() }), "{raw}");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let (mut world, chat) = World::ready(13);
    world.users[ALICE].engine.rekey(chat, world.now, &mut world.rng).unwrap();
    world.text(ALICE, chat, "very private words");
    let shown = format!("{:?}", world.users[ALICE].engine);
    assert_eq!(
        shown,
        format!(
            "SecretChats {{ chats: [Chat {{ id: {chat:?}, role: Initiator, state: Ready, .. }}], qts: 1, .. }}"
        )
    );
    while let Some(output) = world.users[ALICE].engine.poll_output() {
        let shown = format!("{output:?}");
        assert!(!shown.contains("private") && shown.len() < 600, "{shown}");
        if let chappe_secret::Output::Persist(batch) = output {
            world.users[ALICE].engine.handle_persisted(batch.barrier);
        }
    }
    let event = Event::Action {
        chat,
        random_id: chappe_secret::RandomId(1),
        raw_seq_no: 0,
        date: 0,
        action: Action::RequestKey { exchange_id: 1, g_a: vec![77; 256] },
    };
    assert!(!format!("{event:?}").contains("77"));
}

/// The calls that make a chat, and who makes them.
const MAKING: [(usize, &str); 4] = [
    (ALICE, "messages.getDhConfig"),
    (ALICE, "messages.requestEncryption"),
    (BOB, "messages.getDhConfig"),
    (BOB, "messages.acceptEncryption"),
];

/// Alice asks and Bob accepts, while time passes between their tries.
fn meet(world: &mut World) -> SecretChatId {
    let asked = world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    for _ in 0..2 {
        world.run();
        world.advance(Duration::from_secs(5));
    }
    world.users[BOB].engine.accept(asked, world.now, &mut world.rng).unwrap();
    for _ in 0..2 {
        world.run();
        world.advance(Duration::from_secs(5));
    }
    asked
}

#[test]
fn a_call_that_makes_a_chat_is_repeated_after_a_flood_a_fault_or_a_lost_answer() {
    let failures = [(420, "FLOOD_WAIT_3"), (500, "ENCRYPTION_OCCUPY_FAILED"), (500, "NO_ANSWER")];
    for (who, method) in MAKING {
        for (code, name) in failures {
            for done in [false, true] {
                let mut world = World::new(30);
                world.idempotent = true;
                // Nobody is told to wait for what was done.
                world.trouble(who, method, RpcFailure::new(code, name), done && code == 500);
                let chat = meet(&mut world);
                let case = format!("{method} of {who}, {name}, {done}");
                assert_eq!(world.count(who, method), 2, "{case}");
                assert!(world.closed(ALICE).is_none() && world.closed(BOB).is_none(), "{case}");
                world.text(ALICE, chat, "there");
                world.text(BOB, chat, "back");
                world.run();
                assert_eq!(
                    (world.texts(BOB), world.texts(ALICE)),
                    (vec!["there".to_owned()], vec!["back".to_owned()])
                );
            }
        }
    }
}

#[test]
fn an_acceptance_in_doubt_is_given_up_on_both_sides() {
    let mut world = World::new(31);
    // A server that refuses the repetition does not say whose the first was.
    world.trouble(BOB, "messages.acceptEncryption", RpcFailure::new(500, "NO_ANSWER"), true);
    let chat = meet(&mut world);
    let reason = CloseReason::Server { error: "ENCRYPTION_ALREADY_ACCEPTED".to_owned() };
    assert_eq!(world.closed(BOB), Some(&Event::ChatClosed { chat, reason, history_deleted: false }));
    assert!(matches!(world.closed(ALICE), Some(Event::ChatClosed { reason: CloseReason::Discarded, .. })));
}

#[test]
fn a_request_in_doubt_that_is_refused_is_withdrawn() {
    let mut world = World::new(32);
    let method = "messages.requestEncryption";
    world.trouble(ALICE, method, RpcFailure::new(500, "NO_ANSWER"), true);
    world.trouble(ALICE, method, RpcFailure::new(403, "USER_IS_BLOCKED"), false);
    let chat = world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    world.advance(Duration::from_secs(5));
    assert_eq!(world.users[BOB].engine.chat(chat).unwrap().state, ChatState::Discarded);
    // What the server cannot have seen is not withdrawn.
    let mut world = World::new(32);
    world.trouble(ALICE, method, RpcFailure::new(420, "FLOOD_WAIT_3"), false);
    world.trouble(ALICE, method, RpcFailure::new(403, "USER_IS_BLOCKED"), false);
    world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    world.advance(Duration::from_secs(5));
    assert_eq!((world.count(ALICE, method), world.count(ALICE, "messages.discardEncryption")), (2, 0));
}

#[test]
fn a_chat_that_has_ended_is_not_asked_for_again() {
    for (code, name, withdrawn) in [(420, "FLOOD_WAIT_3", 0), (500, "NO_ANSWER", 1)] {
        for early in [false, true] {
            let mut world = World::new(33);
            world.trouble(ALICE, "messages.requestEncryption", RpcFailure::new(code, name), code == 500);
            let chat = world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
            if early {
                // The user has lost patience before the failure comes.
                while world.count(ALICE, "messages.requestEncryption") == 0 {
                    world.drain(ALICE);
                    if world.count(ALICE, "messages.requestEncryption") == 0 {
                        world.one(ALICE);
                    }
                }
            } else {
                world.run();
            }
            world.users[ALICE].engine.close(chat, false, world.now, &mut world.rng).unwrap();
            world.run();
            world.advance(Duration::from_secs(100));
            let count = |method| world.count(ALICE, method);
            assert_eq!(count("messages.requestEncryption"), 1, "{name} {early}");
            assert_eq!(count("messages.discardEncryption"), withdrawn, "{name} {early}");
            let theirs = world.users[BOB].engine.chat(chat).map(|chat| chat.state);
            assert_eq!(theirs, (withdrawn == 1).then_some(ChatState::Discarded), "{name} {early}");
        }
    }
    // Nor is an acceptance repeated.
    let mut world = World::new(34);
    world.trouble(BOB, "messages.acceptEncryption", RpcFailure::new(420, "FLOOD_WAIT_3"), false);
    let chat = world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    world.users[BOB].engine.accept(chat, world.now, &mut world.rng).unwrap();
    world.run();
    world.users[BOB].engine.close(chat, false, world.now, &mut world.rng).unwrap();
    world.run();
    world.advance(Duration::from_secs(100));
    assert_eq!(world.count(BOB, "messages.acceptEncryption"), 1);
    assert!(world.closed(ALICE).is_some());
}

/// Somebody who asks and withdraws without end fills nothing.
#[test]
fn ended_chats_without_a_key_are_remembered_in_a_bounded_number() {
    let (mut world, kept) = World::ready(35);
    world.users[BOB].engine.close(kept, false, world.now, &mut world.rng).unwrap();
    world.run();
    for id in 1..=3 * limits::MAX_ENDED_WITHOUT_KEY as i32 {
        let head = ChatHead {
            id: SecretChatId(id),
            access_hash: 1,
            date: 1000 + id,
            admin_id: 100,
            participant_id: 200,
        };
        let asks = ChatUpdate::Requested { chat: head, g_a: vec![0x55; 256], folder_id: None };
        let withdraws = ChatUpdate::Discarded { id: head.id, history_deleted: false };
        for update in [asks, withdraws] {
            world.users[BOB].engine.handle_encryption_update(update, 0, world.now, &mut world.rng);
            world.drain(BOB);
        }
    }
    let ended: Vec<i32> =
        world.users[BOB].engine.chats().filter(|chat| chat.id != kept).map(|chat| chat.id.0).collect();
    assert!(ended.len() <= limits::MAX_ENDED_WITHOUT_KEY + 1, "{}", ended.len());
    assert_eq!(ended.last(), Some(&(3 * limits::MAX_ENDED_WITHOUT_KEY as i32)), "the oldest go first");
    let records = world.users[BOB].store.keys().filter(|key| matches!(key, RecordKey::Chat(_))).count();
    assert_eq!(records, ended.len() + 1);
    assert!(world.users[BOB].engine.key(kept).is_some(), "what had a key stays");
}

#[test]
fn a_policy_accepts_a_bounded_number_in_a_minute() {
    let mut world = World::with(36, |c| c.accept = AcceptPolicy::Automatic { delay: Duration::ZERO });
    for id in 1..=2 * limits::MAX_ACCEPTS as i32 + 1 {
        let head =
            ChatHead { id: SecretChatId(id), access_hash: 1, date: 1, admin_id: 100, participant_id: 200 };
        let asks = ChatUpdate::Requested { chat: head, g_a: vec![0x55; 256], folder_id: None };
        world.users[BOB].engine.handle_encryption_update(asks, 0, world.now, &mut world.rng);
    }
    let decided = |world: &World| {
        world.users[BOB].engine.chats().filter(|chat| chat.state != ChatState::Requested).count()
    };
    assert_eq!(decided(&world), limits::MAX_ACCEPTS);
    for expected in [2 * limits::MAX_ACCEPTS, 2 * limits::MAX_ACCEPTS + 1] {
        world.now = world.now.advance(limits::ACCEPT_PERIOD + Duration::from_secs(1));
        let now = world.now;
        world.users[BOB].engine.handle_timeout(now, &mut world.rng);
        assert_eq!(decided(&world), expected);
    }
}

#[test]
fn the_second_device_to_accept_closes_quietly() {
    for error in [true, false] {
        let mut world = World::new(20);
        world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
        world.run();
        let chat = SecretChatId(world.chat.as_ref().unwrap().id);
        world.users[BOB].engine.accept(chat, world.now, &mut world.rng).unwrap();
        if error {
            // Another device of Bob was faster, and the server says so in its answer.
            world.chat.as_mut().unwrap().accepted = true;
        } else {
            // The server says so before the acceptance is made.
            let update = ChatUpdate::Discarded { id: chat, history_deleted: false };
            world.users[BOB].inbox.push_back(world::Delivery::Update(update));
        }
        world.run();
        let reason = if error { CloseReason::AcceptedElsewhere } else { CloseReason::Discarded };
        let closed = world.closed(BOB).cloned();
        if error {
            assert_eq!(closed, Some(Event::ChatClosed { chat, reason, history_deleted: false }));
        } else {
            assert!(closed.is_some());
        }
        let discarded =
            |call: &chappe_secret::Call| matches!(call, chappe_secret::Call::DiscardEncryption { .. });
        assert!(!world.users[BOB].calls.iter().any(discarded), "the chat is alive elsewhere");
        assert!(world.users[BOB].store[&RecordKey::Chat(chat)].len() < 150, "the key is gone");
    }
}

#[test]
fn a_request_that_was_withdrawn_meanwhile_cannot_be_accepted() {
    let mut world = World::new(22);
    world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    let chat = SecretChatId(world.chat.as_ref().unwrap().id);
    // Alice has withdrawn it, and the update is still on its way to Bob.
    world.chat.as_mut().unwrap().discarded = true;
    world.users[BOB].engine.accept(chat, world.now, &mut world.rng).unwrap();
    world.run();
    assert!(matches!(world.closed(BOB), Some(Event::ChatClosed { chat: closed, .. }) if *closed == chat));
    let discarded =
        |call: &chappe_secret::Call| matches!(call, chappe_secret::Call::DiscardEncryption { .. });
    assert!(!world.users[BOB].calls.iter().any(discarded), "there is nothing to end");
    assert!(world.users[BOB].store[&RecordKey::Chat(chat)].len() < 150, "the key is gone");
}

#[test]
fn a_chat_can_be_closed_and_discarded_in_every_state() {
    // After each number of steps either side closes, or the server says that the chat is gone.
    for steps in 0..8 {
        for (who, by_us) in [(ALICE, true), (BOB, true), (ALICE, false), (BOB, false)] {
            let mut world = World::new(21);
            let asked = world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
            for _ in 0..steps {
                world.drain(ALICE);
                world.drain(BOB);
                if world.chat.is_some() {
                    let _ = world.users[BOB].engine.accept(asked, world.now, &mut world.rng);
                    world.drain(BOB);
                }
                let busy =
                    (0..2).find(|i| !world.users[*i].answers.is_empty() || !world.users[*i].inbox.is_empty());
                if let Some(busy) = busy {
                    world.one(busy);
                }
            }
            if by_us {
                if world.users[who].engine.close(asked, false, world.now, &mut world.rng).is_err() {
                    continue;
                }
            } else {
                if world.users[who].engine.chat(asked).is_none() {
                    continue;
                }
                let update = ChatUpdate::Discarded { id: asked, history_deleted: false };
                world.users[who].engine.handle_encryption_update(update, 0, world.now, &mut world.rng);
            }
            world.run();
            for user in &world.users {
                let state = user.engine.chat(asked).map(|chat| chat.state);
                if by_us && world.chat.is_some() {
                    let ended = matches!(state, None | Some(ChatState::Discarded | ChatState::Requested));
                    assert!(ended, "{who} after {steps}: {state:?}");
                }
            }
            let own = world.users[who].engine.chat(asked).map(|chat| chat.state);
            assert!(matches!(own, None | Some(ChatState::Discarded)), "{who} after {steps}: {own:?}");
            assert!(
                world.users[who].engine.accept(asked, world.now, &mut world.rng).is_err(),
                "never reopened"
            );
        }
    }
}
