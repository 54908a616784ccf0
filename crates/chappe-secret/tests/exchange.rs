//! Messages, gaps and service actions between two engines.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

mod world;

use std::time::Duration;

use chappe_secret::{
    Action, Activity, Call, ChatState, CloseReason, DropReason, EncryptedMessage, Error, Event, Output,
    RandomId, RecordKey, RpcFailure,
};
use world::{ALICE, BOB, Delivery, Faults, World};

/// Runs one side only, and gives the messages it has sent to the other.
fn sent_by(world: &mut World, who: usize) -> Vec<EncryptedMessage> {
    loop {
        world.drain(who);
        if world.users[who].answers.is_empty() {
            break;
        }
        world.one(who);
    }
    let inbox = std::mem::take(&mut world.users[1 - who].inbox);
    inbox
        .into_iter()
        .filter_map(|delivery| match delivery {
            Delivery::Message(message) => Some(message),
            _ => None,
        })
        .collect()
}

fn give(world: &mut World, who: usize, message: &EncryptedMessage) {
    world.users[who].inbox.push_back(Delivery::Message(message.clone()));
    world.run();
}

fn dropped(world: &World, who: usize, reason: DropReason) -> bool {
    world.users[who]
        .events
        .iter()
        .any(|event| matches!(event, Event::Dropped { reason: r, .. } if *r == reason))
}

#[test]
fn all_thirteen_actions_arrive_and_act() {
    let (mut world, chat) = World::ready(1);
    let text = world.text(ALICE, chat, "hello");
    world.run();
    let (now, random_ids) = (world.now, vec![text.0]);
    let by_hand = [
        Action::SetMessageTtl { seconds: 60 },
        Action::ReadMessages { random_ids: random_ids.clone() },
        Action::ScreenshotMessages { random_ids: random_ids.clone() },
        Action::DeleteMessages { random_ids },
        Action::FlushHistory,
        Action::Typing { activity: Activity::Typing },
        Action::Noop,
        Action::AbortKey { exchange_id: 5 },
        Action::NotifyLayer { layer: 144 },
        Action::Resend { start_seq_no: 0, end_seq_no: 0 },
    ];
    for action in by_hand {
        world.users[ALICE].engine.send_action(chat, action.clone(), now, &mut world.rng).unwrap();
        world.run();
        assert!(
            world.users[BOB]
                .events
                .iter()
                .any(|e| matches!(e, Event::Action { action: a, .. } if *a == action)),
            "{action:?}"
        );
    }
    assert_eq!(world.users[BOB].engine.chat(chat).unwrap().ttl, 60);
    world.users[ALICE].engine.rekey(chat, now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(world.actions(ALICE), ["NotifyLayer", "AcceptKey", "Noop"]);
    let mut seen = world.actions(BOB);
    seen.extend(world.actions(ALICE));
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 13, "{seen:?}");
    // Service actions travel by the service method only.
    let content = world.users[ALICE].calls.iter().filter(|c| matches!(c, Call::SendEncrypted { .. })).count();
    assert_eq!(content, 1);
}

#[test]
fn a_prepared_action_is_the_callers_to_send() {
    let (mut world, chat) = World::ready(2);
    let now = world.now;
    let call = world.users[ALICE].engine.prepare_action(chat, Action::Noop, now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(world.actions(BOB), ["NotifyLayer"]);
    // Nor does the engine send it after a restart.
    world.restart(ALICE);
    world.run();
    assert_eq!(world.actions(BOB), ["NotifyLayer"]);
    let Call::SendEncryptedService { data, random_id, .. } = call else { panic!() };
    let message = EncryptedMessage { chat, random_id, date: 0, bytes: data, file: None, service: true };
    give(&mut world, BOB, &message);
    assert_eq!(world.actions(BOB), ["NotifyLayer", "Noop"]);
}

#[test]
fn actions_of_the_key_exchange_cannot_be_sent_by_hand() {
    let (mut world, chat) = World::ready(3);
    for action in [
        Action::RequestKey { exchange_id: 1, g_a: vec![] },
        Action::AcceptKey { exchange_id: 1, g_b: vec![], key_fingerprint: 1 },
        Action::CommitKey { exchange_id: 1, key_fingerprint: 1 },
    ] {
        let result = world.users[ALICE].engine.send_action(chat, action, world.now, &mut world.rng);
        assert!(matches!(result, Err(Error::Reserved { .. })));
    }
}

#[test]
fn a_replayed_message_is_dropped() {
    let (mut world, chat) = World::ready(4);
    world.text(ALICE, chat, "once");
    let messages = sent_by(&mut world, ALICE);
    for _ in 0..3 {
        give(&mut world, BOB, &messages[0]);
    }
    assert_eq!(world.texts(BOB), ["once"]);
    assert!(dropped(&world, BOB, DropReason::Duplicate));
}

#[test]
fn a_reflected_message_is_dropped() {
    let (mut world, chat) = World::ready(5);
    world.text(ALICE, chat, "mirror");
    let messages = sent_by(&mut world, ALICE);
    give(&mut world, ALICE, &messages[0]);
    assert!(dropped(&world, ALICE, DropReason::NotAuthentic));
    assert!(world.closed(ALICE).is_none());
}

#[test]
fn corrupt_and_foreign_payloads_are_dropped_without_effect() {
    let (mut world, chat) = World::ready(6);
    world.text(ALICE, chat, "whole");
    let message = sent_by(&mut world, ALICE).remove(0);
    let before = world.users[BOB].engine.chat(chat).unwrap();
    for at in [8, 23, 24, message.bytes.len() - 1] {
        let mut bad = message.clone();
        bad.bytes[at] ^= 1;
        give(&mut world, BOB, &bad);
    }
    for len in [0, 39, 41, message.bytes.len() - 16, message.bytes.len() - 1] {
        let mut bad = message.clone();
        bad.bytes.truncate(len);
        give(&mut world, BOB, &bad);
    }
    let mut bad = message.clone();
    bad.bytes[0] ^= 1;
    give(&mut world, BOB, &bad);
    assert!(dropped(&world, BOB, DropReason::UnknownKey));
    assert_eq!(world.users[BOB].engine.chat(chat).unwrap(), before);
    give(&mut world, BOB, &message);
    assert_eq!(world.texts(BOB), ["whole"]);
}

#[test]
fn a_lost_message_is_asked_for_again_and_comes_unchanged() {
    let (mut world, chat) = World::ready(7);
    for text in ["one", "two", "three"] {
        world.text(ALICE, chat, text);
    }
    let messages = sent_by(&mut world, ALICE);
    give(&mut world, BOB, &messages[0]);
    give(&mut world, BOB, &messages[2]);
    assert_eq!(world.texts(BOB), ["one", "two", "three"]);
    let events = &world.users[BOB].events;
    assert!(events.contains(&Event::GapDetected { chat, first: 2, last: 2 }));
    assert!(events.contains(&Event::GapFilled { chat }));
    assert_eq!(world.actions(ALICE).iter().filter(|name| **name == "Resend").count(), 1);
    let repeated: Vec<_> = world.users[ALICE]
        .calls
        .iter()
        .filter_map(|call| match call {
            Call::SendEncrypted { data, random_id, .. } if *data == messages[1].bytes => Some(*random_id),
            _ => None,
        })
        .collect();
    assert_eq!(repeated.len(), 2);
    assert_ne!(repeated[0], repeated[1], "a fresh outer id");
}

#[test]
fn a_gap_survives_a_restart() {
    let (mut world, chat) = World::ready(8);
    for text in ["one", "two", "three"] {
        world.text(ALICE, chat, text);
    }
    let messages = sent_by(&mut world, ALICE);
    world.users[BOB].inbox.push_back(Delivery::Message(messages[2].clone()));
    world.drain(BOB);
    world.one(BOB);
    world.drain(BOB);
    world.restart(BOB);
    world.restart(ALICE);
    assert_eq!(world.users[BOB].engine.chat(chat).unwrap().pending_count, 1);
    world.run();
    assert_eq!(world.texts(BOB), ["one", "two", "three"]);
}

#[test]
fn a_lost_resend_is_repeated_and_a_stuck_gap_is_told() {
    let (mut world, chat) = World::ready(9);
    world.text(ALICE, chat, "lost");
    world.text(ALICE, chat, "second");
    let messages = sent_by(&mut world, ALICE);
    world.faults.drop = 100;
    give(&mut world, BOB, &messages[1]);
    for _ in 0..20 {
        world.advance(Duration::from_secs(60));
    }
    assert!(world.users[BOB].events.contains(&Event::GapStuck { chat }));
    world.faults.drop = 0;
    world.advance(Duration::from_secs(12 * 60));
    assert_eq!(world.texts(BOB), ["lost", "second"]);
}

#[test]
fn a_gap_that_stays_is_asked_about_ever_more_rarely() {
    for offline in [false, true] {
        let (mut world, chat) = World::ready(42);
        world.text(ALICE, chat, "lost");
        world.text(ALICE, chat, "second");
        let messages = sent_by(&mut world, ALICE);
        let before = world.users[BOB].engine.chat(chat).unwrap().sent_count;
        if offline {
            // The question does not even leave.
            world.fail_next.extend((0..1000).map(|_| (BOB, RpcFailure::new(500, "NO_ANSWER"))));
        } else {
            world.faults.drop = 100;
        }
        give(&mut world, BOB, &messages[1]);
        for _ in 0..8 * 60 {
            world.advance(Duration::from_secs(60));
        }
        let asked = world.users[BOB].engine.chat(chat).unwrap().sent_count - before;
        assert!(if offline { asked == 1 } else { (2..10).contains(&asked) }, "{asked} times");
        world.fail_next.clear();
        world.faults.drop = 0;
        world.advance(Duration::from_secs(24 * 3600));
        assert_eq!(world.texts(BOB), ["lost", "second"]);
    }
}

/// A world in which Bob has a message behind a gap, and his question was lost. The numbers he has given before it.
fn with_a_lost_question(seed: u64) -> (World, chappe_secret::SecretChatId, u32) {
    let (mut world, chat) = World::ready(seed);
    world.text(ALICE, chat, "lost");
    world.text(ALICE, chat, "second");
    let messages = sent_by(&mut world, ALICE);
    let before = world.users[BOB].engine.chat(chat).unwrap().sent_count;
    world.faults.drop = 100;
    give(&mut world, BOB, &messages[1]);
    (world, chat, before)
}

#[test]
fn a_question_that_was_lost_is_repeated_within_seconds() {
    let (mut world, _, _) = with_a_lost_question(46);
    world.faults.drop = 0;
    world.advance(Duration::from_secs(14));
    assert_eq!(world.texts(BOB), [""; 0]);
    world.advance(Duration::from_secs(1));
    assert_eq!(world.texts(BOB), ["lost", "second"]);
}

#[test]
fn a_peer_that_is_heard_of_is_asked_at_once_again_but_not_at_every_word() {
    let (mut world, chat, before) = with_a_lost_question(47);
    // The other side is away for long, and asked about rarely.
    for _ in 0..60 {
        world.advance(Duration::from_secs(60));
    }
    let asked = |world: &World| world.users[BOB].engine.chat(chat).unwrap().sent_count - before;
    let rarely = asked(&world);
    assert!((4..7).contains(&rarely), "{rarely} times in an hour");
    // It speaks, and what Bob asks goes on being lost.
    for _ in 0..10 {
        world.faults.drop = 0;
        world.text(ALICE, chat, "there");
        let messages = sent_by(&mut world, ALICE);
        world.faults.drop = 100;
        give(&mut world, BOB, &messages[0]);
    }
    assert_eq!(asked(&world), rarely + 1, "ten messages in one moment are one reason to ask");
    world.faults.drop = 0;
    world.advance(Duration::from_secs(15));
    assert_eq!(world.texts(BOB).len(), 12);
    assert_eq!(asked(&world), rarely + 2);
}

#[test]
fn a_question_that_leaves_late_is_not_repeated_as_soon_as_it_has_left() {
    let (mut world, chat) = World::ready(48);
    world.text(ALICE, chat, "lost");
    world.text(ALICE, chat, "second");
    let messages = sent_by(&mut world, ALICE);
    let before = world.users[BOB].engine.chat(chat).unwrap().sent_count;
    let asked = |world: &World| world.users[BOB].engine.chat(chat).unwrap().sent_count - before;
    world.fail_next.extend((0..3).map(|_| (BOB, RpcFailure::new(420, "FLOOD_WAIT_100"))));
    world.faults.drop = 100;
    give(&mut world, BOB, &messages[1]);
    for _ in 0..3 {
        world.advance(Duration::from_secs(101));
    }
    assert!(world.fail_next.is_empty());
    world.advance(Duration::from_secs(10));
    assert_eq!(asked(&world), 1, "it has just left");
    world.faults.drop = 0;
    world.advance(Duration::from_secs(5));
    assert_eq!(asked(&world), 2);
    assert_eq!(world.texts(BOB), ["lost", "second"]);
}

#[test]
fn while_what_is_missing_comes_piece_by_piece_nobody_asks_again() {
    let (mut world, chat) = World::ready(49);
    for text in ["one", "two", "three", "four"] {
        world.text(ALICE, chat, text);
    }
    let messages = sent_by(&mut world, ALICE);
    let before = world.users[BOB].engine.chat(chat).unwrap().sent_count;
    // Alice hears nothing; it is a slow server that has them all.
    world.faults.drop = 100;
    give(&mut world, BOB, &messages[3]);
    for message in &messages[..3] {
        world.advance(Duration::from_secs(10));
        assert_eq!(world.users[BOB].engine.chat(chat).unwrap().sent_count - before, 1);
        give(&mut world, BOB, message);
    }
    assert_eq!(world.texts(BOB), ["one", "two", "three", "four"]);
}

#[test]
fn gaps_on_both_sides_do_not_dead_lock() {
    let (mut world, chat) = World::ready(10);
    for who in [ALICE, BOB] {
        world.text(who, chat, "lost");
        sent_by(&mut world, who);
    }
    world.text(ALICE, chat, "a");
    world.text(BOB, chat, "b");
    world.run();
    assert_eq!(
        (world.texts(ALICE), world.texts(BOB)),
        (vec!["lost".to_owned(), "b".to_owned()], vec!["lost".to_owned(), "a".to_owned()])
    );
}

#[test]
fn a_message_deleted_before_delivery_never_arrives() {
    let (mut world, chat) = World::ready(11);
    let id = world.text(ALICE, chat, "regretted");
    let lost = sent_by(&mut world, ALICE);
    world.users[ALICE].engine.delete(chat, &[id], world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(world.texts(BOB), Vec::<String>::new());
    assert_eq!(world.actions(BOB), ["NotifyLayer", "DeleteMessages", "DeleteMessages"]);
    // The original, delivered late after all, is a duplicate now.
    give(&mut world, BOB, &lost[0]);
    assert_eq!(world.texts(BOB), Vec::<String>::new());
}

#[test]
fn a_refused_message_becomes_its_own_deletion() {
    let (mut world, chat) = World::ready(12);
    world.fail_next.push_back((ALICE, RpcFailure::new(400, "DATA_TOO_LONG")));
    let id = world.text(ALICE, chat, "long");
    world.text(ALICE, chat, "short");
    world.run();
    let error = "DATA_TOO_LONG".to_owned();
    assert!(world.users[ALICE].events.contains(&Event::SendFailed { chat, random_id: id, error }));
    assert_eq!(world.texts(BOB), ["short"]);
    assert_eq!(world.actions(BOB), ["NotifyLayer", "DeleteMessages"]);
}

/// The server may have the message and drop a second one under the same name: what stands in its place has its own.
#[test]
fn a_deletion_in_the_place_of_a_message_has_another_name_for_the_server() {
    let (mut world, chat) = World::ready(32);
    world.users[ALICE].calls.clear();
    world.fail_next.push_back((ALICE, RpcFailure::new(500, "SERVER_BUSY")));
    let id = world.text(ALICE, chat, "regretted");
    world.run();
    world.users[ALICE].engine.delete(chat, &[id], world.now, &mut world.rng).unwrap();
    world.run();
    world.advance(Duration::from_secs(2));
    let names: Vec<i64> = world.users[ALICE]
        .calls
        .iter()
        .filter_map(|call| match call {
            Call::SendEncrypted { random_id, .. } => Some(*random_id),
            _ => None,
        })
        .collect();
    assert!(matches!(names[..], [first, second] if first == id.0 && second != first), "{names:?}");
    assert_eq!(world.texts(BOB), Vec::<String>::new());
}

#[test]
fn a_late_refusal_of_a_deleted_message_leaves_its_deletion_to_be_sent() {
    let (mut world, chat) = World::ready(43);
    world.fail_next.push_back((ALICE, RpcFailure::new(400, "DATA_TOO_LONG")));
    let id = world.text(ALICE, chat, "regretted");
    world.drain(ALICE);
    world.users[ALICE].engine.delete(chat, &[id], world.now, &mut world.rng).unwrap();
    world.run();
    assert!(world.closed(ALICE).is_none());
    assert_eq!(world.actions(BOB), ["NotifyLayer", "DeleteMessages", "DeleteMessages"]);
    world.text(ALICE, chat, "next");
    world.run();
    assert_eq!(world.texts(BOB), ["next"]);
}

/// The dates under which a message counts as taken by the server.
fn taken(world: &World, who: usize, id: RandomId) -> usize {
    let sent = |event: &&Event| matches!(event, Event::Sent { random_id, .. } if *random_id == id);
    world.users[who].events.iter().filter(sent).count()
}

#[test]
fn a_message_whose_answer_was_lost_counts_as_sent_when_the_peer_has_it() {
    let (mut world, chat) = World::ready(26);
    world.trouble(ALICE, "messages.sendEncrypted", RpcFailure::new(500, "INTERNAL"), true);
    let id = world.text(ALICE, chat, "hello");
    world.run();
    assert_eq!((world.texts(BOB), taken(&world, ALICE, id)), (vec!["hello".to_owned()], 0));
    world.text(BOB, chat, "hello yourself");
    world.run();
    assert_eq!(taken(&world, ALICE, id), 1, "nothing else will say so");
    world.advance(Duration::from_secs(60));
    assert_eq!((world.count(ALICE, "messages.sendEncrypted"), taken(&world, ALICE, id)), (1, 1));
}

#[test]
fn a_message_that_is_sent_again_is_told_once() {
    let (mut world, chat) = World::ready(27);
    world.users[BOB].inbox.clear();
    let id = world.text(ALICE, chat, "lost");
    world.drain(ALICE);
    world.users[BOB].inbox.clear();
    world.run();
    world.text(ALICE, chat, "there");
    world.run();
    assert_eq!((world.texts(BOB).len(), taken(&world, ALICE, id)), (2, 1));
}

#[test]
fn a_flood_wait_delays_but_keeps_the_order() {
    let (mut world, chat) = World::ready(13);
    world.fail_next.push_back((ALICE, RpcFailure::new(420, "FLOOD_WAIT_3")));
    world.fail_next.push_back((ALICE, RpcFailure::new(500, "MSG_WAIT_FAILED")));
    for text in ["one", "two", "three"] {
        world.text(ALICE, chat, text);
    }
    world.run();
    assert_eq!(world.texts(BOB), Vec::<String>::new());
    assert_eq!(world.users[ALICE].timeout, Some(world.now.advance(Duration::from_secs(3))));
    world.advance(Duration::from_secs(3));
    world.advance(Duration::from_secs(3));
    assert_eq!(world.texts(BOB), ["one", "two", "three"]);
    assert!(!world.actions(ALICE).contains(&"Resend"));
}

#[test]
fn a_request_to_send_again_survives_the_process() {
    let (mut world, chat) = World::ready(30);
    world.text(ALICE, chat, "one");
    let lost = sent_by(&mut world, ALICE);
    assert_eq!(lost.len(), 1);
    world.text(ALICE, chat, "two");
    world.drain(ALICE);
    while !world.actions(ALICE).contains(&"Resend") {
        world.drain(BOB);
        let busy = (0..2).find(|i| !world.users[*i].answers.is_empty() || !world.users[*i].inbox.is_empty());
        let busy = busy.unwrap();
        world.one(busy);
        if busy == ALICE && world.users[BOB].inbox.is_empty() {
            // The process ends when the request is stored and nothing was sent for it.
            world.restart(ALICE);
        } else {
            world.drain(busy);
        }
    }
    world.run();
    assert_eq!(world.texts(BOB), ["one", "two"]);
}

#[test]
fn the_number_of_the_queue_is_stored_and_told_one_at_a_time() {
    let (mut world, _) = World::ready(31);
    let qts = |world: &World| world.users[ALICE].engine.qts();
    let told = |world: &World| {
        let calls = world.users[ALICE].calls.iter();
        let numbers = calls.filter_map(|call| match call {
            Call::ReceivedQueue { max_qts } => Some(*max_qts),
            _ => None,
        });
        numbers.collect::<Vec<_>>()
    };
    world.users[ALICE].calls.clear();
    for number in [3_000_000, 3_000_001, 3_000_002] {
        world.users[ALICE].engine.handle_qts(number);
        world.drain(ALICE);
    }
    assert_eq!(told(&world), [3_000_000], "one call at a time");
    world.run();
    assert_eq!(told(&world), [3_000_000, 3_000_002]);
    world.restart(ALICE);
    assert_eq!(qts(&world), 3_000_002);
    // A message that comes again has its old number; far below, the server has begun anew.
    world.users[ALICE].engine.handle_qts(2_999_999);
    assert_eq!(qts(&world), 3_000_002);
    world.users[ALICE].engine.handle_qts(5);
    assert_eq!(qts(&world), 5);
}

#[test]
fn a_success_forgets_the_failures_before_it() {
    let (mut world, chat) = World::ready(33);
    for round in 0..4 {
        world.fail_next.push_back((ALICE, RpcFailure::new(500, "SERVER_BUSY")));
        world.text(ALICE, chat, "again");
        world.run();
        assert_eq!(world.users[ALICE].timeout, Some(world.now.advance(Duration::from_secs(1))), "{round}");
        world.advance(Duration::from_secs(1));
    }
    assert_eq!(world.texts(BOB).len(), 4);
}

/// With several on the way, the later ones fail because the first did: one failure, one wait.
#[test]
fn many_on_the_way_wait_once_for_the_one_that_failed() {
    let mut world = World::with(13, |config| config.send_window = 16);
    let chat = world.open();
    world.fail_next.push_back((ALICE, RpcFailure::new(420, "FLOOD_WAIT_3")));
    let texts: Vec<String> = (0..10).map(|number| number.to_string()).collect();
    for text in &texts {
        world.text(ALICE, chat, text);
    }
    world.drain(ALICE);
    assert_eq!(world.users[ALICE].answers.len(), texts.len());
    world.one(ALICE);
    world.drain(ALICE);
    assert_eq!(world.users[ALICE].timeout, Some(world.now.advance(Duration::from_secs(3))));
    // The time comes before the other answers do: nothing is due until they are in.
    world.now = world.now.advance(Duration::from_secs(3));
    assert!(world.wake());
    world.drain(ALICE);
    assert!(world.users[ALICE].timeout.is_none_or(|at| at.monotonic > world.now.monotonic));
    world.run();
    world.advance(Duration::from_secs(2));
    assert_eq!(world.texts(BOB), texts);
    assert!(!world.actions(ALICE).contains(&"Resend"));
}

#[test]
fn a_blocked_peer_closes_the_chat() {
    let server = |error: &str| CloseReason::Server { error: error.to_owned() };
    for (error, expected) in [
        ("ENCRYPTION_DECLINED", CloseReason::Discarded),
        ("ENCRYPTION_ID_INVALID", server("ENCRYPTION_ID_INVALID")),
        ("CHAT_ID_INVALID", server("CHAT_ID_INVALID")),
    ] {
        let (mut world, chat) = World::ready(14);
        world.fail_next.push_back((ALICE, RpcFailure::new(400, error)));
        world.text(ALICE, chat, "x");
        world.run();
        let closed = world.closed(ALICE);
        assert!(
            matches!(&closed, Some(Event::ChatClosed { reason, .. }) if *reason == expected),
            "{error}: {closed:?}"
        );
    }
    let (mut world, chat) = World::ready(14);
    world.fail_next.push_back((ALICE, RpcFailure::new(403, "USER_IS_BLOCKED")));
    world.text(ALICE, chat, "x");
    world.run();
    assert!(world.closed(ALICE).is_some());
}

#[test]
fn messages_that_overtake_the_key_are_kept() {
    messages_overtake_the_key(false);
}

#[test]
fn messages_that_overtake_a_key_that_never_comes_go_with_the_chat() {
    messages_overtake_the_key(true);
}

fn messages_overtake_the_key(ends: bool) {
    let mut world = World::new(15);
    let chat = world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    world.users[BOB].engine.accept(chat, world.now, &mut world.rng).unwrap();
    // Bob's acceptance and first messages reach Alice in the wrong order.
    while world.users[BOB].engine.chat(chat).unwrap().state != ChatState::Ready {
        world.drain(BOB);
        world.one(BOB);
    }
    world.text(BOB, chat, "early");
    loop {
        world.drain(BOB);
        if world.users[BOB].answers.is_empty() {
            break;
        }
        world.one(BOB);
    }
    let mut deliveries: Vec<_> = world.users[ALICE].inbox.drain(..).collect();
    let update = deliveries.remove(0);
    assert!(matches!(update, Delivery::Update(_)));
    world.users[ALICE].inbox.extend(deliveries);
    world.run();
    world.restart(ALICE);
    let waiting = |world: &World| {
        world.users[ALICE].store.keys().filter(|key| matches!(key, RecordKey::Inbound { .. })).count()
    };
    assert!(waiting(&world) > 0);
    if ends {
        world.users[ALICE].engine.close(chat, false, world.now, &mut world.rng).unwrap();
    } else {
        world.users[ALICE].inbox.push_back(update);
    }
    world.run();
    assert_eq!(world.texts(ALICE).len(), usize::from(!ends));
    assert_eq!(waiting(&world), 0);
}

#[test]
fn typing_and_reading_go_through_the_server() {
    let (mut world, chat) = World::ready(16);
    let now = world.now;
    let read = now.unix_secs_i32();
    for _ in 0..3 {
        world.users[ALICE].engine.set_typing(chat, true, now, &mut world.rng).unwrap();
        // Nothing of a later date has come, and the server takes none.
        world.users[ALICE].engine.read_history(chat, i32::MAX, now, &mut world.rng).unwrap();
    }
    world.run();
    let count = |which: fn(&Call) -> bool| world.users[ALICE].calls.iter().filter(|call| which(call)).count();
    assert_eq!(count(|call| matches!(call, Call::SetTyping { .. })), 1);
    assert_eq!(count(|call| matches!(call, Call::ReadEncryptedHistory { .. })), 1);
    let told = |event: &Event| matches!(event, Event::Read { chat: c, max_date, .. } if *c == chat && *max_date == read);
    assert!(world.users[BOB].events.iter().any(told));
    world.users[BOB].engine.handle_typing(chat);
    world.run();
    assert!(world.users[BOB].events.contains(&Event::Typing { chat }));
}

#[test]
fn a_refused_reading_is_told_anew() {
    let (mut world, chat) = World::ready(40);
    let method = "messages.readEncryptedHistory";
    world.trouble(ALICE, method, RpcFailure::new(400, "MAX_DATE_INVALID"), false);
    for told in [1, 2, 2] {
        let now = world.now;
        world.users[ALICE].engine.read_history(chat, i32::MAX, now, &mut world.rng).unwrap();
        world.run();
        assert_eq!(world.count(ALICE, method), told);
    }
    assert!(world.users[BOB].events.iter().any(|event| matches!(event, Event::Read { .. })));
}

#[test]
fn a_message_that_is_dated_in_the_future_does_not_end_the_telling_of_readings() {
    let (mut world, chat) = World::ready(41);
    world.text(ALICE, chat, "from next year");
    let mut forged = sent_by(&mut world, ALICE).pop().unwrap();
    forged.date += 31_536_000;
    world.users[BOB].inbox.push_back(Delivery::Message(forged));
    world.run();
    for told in 1..=2 {
        world.advance(Duration::from_secs(100));
        world.users[BOB].engine.read_history(chat, i32::MAX, world.now, &mut world.rng).unwrap();
        world.run();
        let read: Vec<i32> = world.users[ALICE]
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Read { max_date, .. } => Some(*max_date),
                _ => None,
            })
            .collect();
        assert_eq!((read.len(), *read.last().unwrap()), (told, world.now.unix_secs_i32() - 5));
    }
}

#[test]
fn the_queue_is_acknowledged_only_when_the_message_is_stored() {
    let (mut world, chat) = World::ready(41);
    world.text(ALICE, chat, "x");
    let messages = sent_by(&mut world, ALICE);
    let engine = &mut world.users[BOB].engine;
    let next = engine.qts() + 1;
    engine.handle_encrypted_message(messages[0].clone(), Some(next), world.now, &mut world.rng);
    let Some(Output::Persist(batch)) = engine.poll_output() else { panic!("nothing to store") };
    for _ in 0..3 {
        assert_eq!(engine.poll_output(), None);
    }
    engine.handle_persisted(batch.barrier);
    let rest: Vec<Output> = std::iter::from_fn(|| engine.poll_output()).collect();
    let told = |output: &Output| matches!(output, Output::Request(r) if r.call == Call::ReceivedQueue { max_qts: next });
    assert!(rest.iter().any(told), "{rest:?}");
}

#[test]
fn what_is_stored_is_acknowledged() {
    let (mut world, chat) = World::ready(17);
    world.text(ALICE, chat, "x");
    world.run();
    let qts = world.users[BOB].engine.qts();
    assert_eq!(qts, 2, "the layer and the text");
    assert!(world.users[BOB].calls.contains(&Call::ReceivedQueue { max_qts: qts }));
}

#[test]
fn long_conversations_with_many_rekeys_end_in_agreement() {
    // Sixty steps each, with loss, doubling, reordering and restarts. See schedules.rs for many short ones.
    for seed in 0..20 {
        let (mut world, chat) = World::ready(1000 + seed);
        world.faults = Faults { drop: 15, double: 15, reorder: 40 };
        let mut said: [Vec<String>; 2] = Default::default();
        for step in 0..60 {
            let roll = rand_chacha::rand_core::Rng::next_u32(&mut world.rng);
            let who = (roll >> 8) as usize % 2;
            match roll % 12 {
                0..=6 => {
                    let text = format!("{who} says {step}");
                    world.text(who, chat, &text);
                    said[who].push(text);
                }
                7 => {
                    let _ = world.users[who].engine.rekey(chat, world.now, &mut world.rng);
                }
                8 => world.restart(who),
                9 => world.advance(Duration::from_secs(61)),
                10 => world.run(),
                _ => {
                    world.drain(who);
                    world.one(who);
                }
            }
        }
        world.faults = Faults::default();
        for _ in 0..6 {
            for who in [ALICE, BOB] {
                let now = world.now;
                world.users[who].engine.send_action(chat, Action::Noop, now, &mut world.rng).unwrap();
            }
            world.run();
            world.advance(Duration::from_secs(61));
        }
        for who in [ALICE, BOB] {
            assert!(world.closed(who).is_none(), "seed {seed}: {:?}", world.closed(who));
            let heard = world.texts(1 - who);
            assert_eq!(heard, said[who], "seed {seed}");
            let info = world.users[who].engine.chat(chat).unwrap();
            assert_eq!(world.payload_count(who), info.sent_count as usize, "seed {seed}");
            assert_eq!(info.pending_count, 0, "seed {seed}");
        }
        let [a, b] = [ALICE, BOB].map(|who| world.users[who].engine.chat(chat).unwrap());
        assert!(!a.rekeying && !b.rekeying, "seed {seed}");
        assert_eq!((a.key_fingerprint, a.key), (b.key_fingerprint, b.key), "seed {seed}");
    }
}
