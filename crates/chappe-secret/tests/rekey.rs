//! Replacing the key of a running chat.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod world;

use std::time::Duration;

use chappe_secret::{Action, Error, Event, KeyFingerprint, RandomId, SecretChatId};
use world::{ALICE, BOB, Delivery, World};

fn key(world: &World, who: usize, chat: SecretChatId) -> Option<KeyFingerprint> {
    world.users[who].engine.chat(chat).unwrap().key_fingerprint
}

/// How many requests for a new key have arrived on either side.
fn requests(world: &World) -> usize {
    let all = [ALICE, BOB].map(|who| world.actions(who));
    all.iter().flatten().filter(|name| **name == "RequestKey").count()
}

fn settled(world: &World, chat: SecretChatId) {
    for who in [ALICE, BOB] {
        let info = world.users[who].engine.chat(chat).unwrap();
        assert!(!info.rekeying, "the old key of {who} is gone");
        assert!(world.closed(who).is_none());
    }
    assert_eq!(key(world, ALICE, chat), key(world, BOB, chat));
}

#[test]
fn a_new_key_for_both_and_the_same_picture() {
    for who in [ALICE, BOB] {
        let (mut world, chat) = World::ready(1);
        let (old, picture) = (key(&world, ALICE, chat), world.users[ALICE].engine.key(chat));
        world.users[who].engine.rekey(chat, world.now, &mut world.rng).unwrap();
        assert_eq!(
            world.users[who].engine.rekey(chat, world.now, &mut world.rng),
            Err(Error::RekeyInProgress { chat })
        );
        world.run();
        settled(&world, chat);
        assert_ne!(key(&world, ALICE, chat), old);
        assert_eq!(world.users[BOB].engine.key(chat), picture);
        for who in [ALICE, BOB] {
            let changed =
                world.users[who].events.iter().filter(|e| matches!(e, Event::KeyChanged { .. })).count();
            assert_eq!(changed, 1);
        }
        world.text(ALICE, chat, "under the new key");
        world.run();
        assert_eq!(world.texts(BOB), ["under the new key"]);
    }
}

#[test]
fn both_ask_at_once_and_one_key_comes_out() {
    for seed in 0..12 {
        let (mut world, chat) = World::ready(seed);
        for who in [ALICE, BOB] {
            world.users[who].engine.rekey(chat, world.now, &mut world.rng).unwrap();
            world.text(who, chat, "meanwhile");
        }
        world.run();
        settled(&world, chat);
        assert_eq!((world.texts(ALICE).len(), world.texts(BOB).len()), (1, 1));
    }
}

#[test]
fn a_hundred_messages_or_a_week_bring_a_new_key() {
    let (mut world, chat) = World::ready(2);
    let first = key(&world, ALICE, chat);
    for n in 0..120 {
        world.text(n % 2, chat, "tick");
        world.run();
    }
    settled(&world, chat);
    let second = key(&world, ALICE, chat);
    assert_ne!(first, second);
    assert!(world.users[ALICE].engine.chat(chat).unwrap().key_uses < 100);
    // The clocks of both sides survive a restart.
    world.restart(ALICE);
    world.restart(BOB);
    world.run();
    world.advance(Duration::from_secs(6 * 24 * 3600));
    assert_eq!(key(&world, ALICE, chat), second);
    world.advance(Duration::from_secs(24 * 3600 + 1));
    settled(&world, chat);
    assert_ne!(key(&world, ALICE, chat), second);
}

#[test]
fn a_message_under_the_new_key_before_its_commit_switches() {
    let (mut world, chat) = World::ready(3);
    world.users[ALICE].engine.rekey(chat, world.now, &mut world.rng).unwrap();
    // Everything up to Alice's commit, which is lost.
    while !world.users[ALICE].events.iter().any(|e| matches!(e, Event::KeyChanged { .. })) {
        world.drain(ALICE);
        world.drain(BOB);
        let busy = (0..2).find(|i| !world.users[*i].answers.is_empty() || !world.users[*i].inbox.is_empty());
        world.one(busy.unwrap());
        world.drain(ALICE);
    }
    world.users[BOB].inbox.clear();
    world.text(ALICE, chat, "new");
    world.run();
    assert_eq!(world.texts(BOB), ["new"]);
    settled(&world, chat);
}

#[test]
fn a_rekey_can_be_given_up_until_it_is_answered() {
    let (mut world, chat) = World::ready(4);
    let old = key(&world, ALICE, chat);
    world.users[ALICE].engine.rekey(chat, world.now, &mut world.rng).unwrap();
    // Bob accepts while the abort is on its way.
    assert_eq!(world.users[ALICE].engine.abort_rekey(chat, world.now, &mut world.rng), Ok(true));
    world.run();
    settled(&world, chat);
    assert_eq!(key(&world, ALICE, chat), old);
    assert_eq!(world.users[ALICE].engine.abort_rekey(chat, world.now, &mut world.rng), Ok(false));
    world.users[ALICE].engine.rekey(chat, world.now, &mut world.rng).unwrap();
    world.run();
    assert_ne!(key(&world, ALICE, chat), old);
}

#[test]
fn stray_aborts_change_nothing() {
    let (mut world, chat) = World::ready(5);
    for exchange_id in [0, 1, -1, i64::MAX] {
        let action = Action::AbortKey { exchange_id };
        world.users[BOB].engine.send_action(chat, action, world.now, &mut world.rng).unwrap();
    }
    world.users[ALICE].engine.rekey(chat, world.now, &mut world.rng).unwrap();
    world.run();
    settled(&world, chat);
}

#[test]
fn a_peer_that_does_not_answer_is_asked_anew() {
    let (mut world, chat) = World::ready(6);
    world.users[ALICE].engine.rekey(chat, world.now, &mut world.rng).unwrap();
    for _ in 0..202 {
        world.text(ALICE, chat, "alone");
        while let Some(at) = (0..1).find(|_| {
            world.drain(ALICE);
            !world.users[ALICE].answers.is_empty()
        }) {
            assert_eq!(at, ALICE);
            world.one(ALICE);
        }
    }
    world.run();
    let asked = world.actions(BOB).iter().filter(|name| **name == "RequestKey").count();
    assert!(asked >= 2, "{asked}");
    assert_eq!(world.texts(BOB).len(), 202);
    settled(&world, chat);
}

#[test]
fn crashes_during_a_rekey_do_no_harm() {
    for who in [ALICE, BOB] {
        for steps in 0..16 {
            let (mut world, chat) = World::ready(7);
            world.users[ALICE].engine.rekey(chat, world.now, &mut world.rng).unwrap();
            for _ in 0..steps {
                world.drain(ALICE);
                world.drain(BOB);
                let busy =
                    (0..2).find(|i| !world.users[*i].answers.is_empty() || !world.users[*i].inbox.is_empty());
                if let Some(busy) = busy {
                    world.one(busy);
                }
            }
            world.restart(who);
            world.run();
            for who in [ALICE, BOB] {
                world.text(who, chat, "after");
            }
            world.run();
            settled(&world, chat);
            assert_eq!((world.texts(ALICE).len(), world.texts(BOB).len()), (1, 1), "{who} {steps}");
        }
    }
}

#[test]
fn what_was_sent_under_the_old_key_is_still_resent() {
    let (mut world, chat) = World::ready(8);
    world.text(ALICE, chat, "old");
    // Lost, and not noticed before the rekey is through.
    while world.users[BOB].inbox.is_empty() {
        world.drain(ALICE);
    }
    assert!(matches!(world.users[BOB].inbox.pop_back(), Some(Delivery::Message(_))));
    world.users[BOB].engine.rekey(chat, world.now, &mut world.rng).unwrap();
    world.run();
    world.users[ALICE].engine.read(chat, &[RandomId(1)], world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(world.texts(BOB), ["old"]);
    settled(&world, chat);
}

#[test]
fn a_thousand_messages_bring_a_new_key_every_hundred() {
    let (mut world, chat) = World::ready(9);
    let mut keys = vec![key(&world, ALICE, chat)];
    for n in 0..1000 {
        world.text(n % 2, chat, &n.to_string());
        world.run();
        let now = key(&world, ALICE, chat);
        if keys.last() != Some(&now) {
            keys.push(now);
        }
        assert!(world.users[ALICE].engine.chat(chat).unwrap().key_uses <= 101);
    }
    settled(&world, chat);
    for who in [ALICE, BOB] {
        let expected: Vec<String> = (0..1000).filter(|n| n % 2 != who).map(|n| n.to_string()).collect();
        assert_eq!(world.texts(who), expected);
    }
    // The messages of an exchange are counted as well.
    let exchanges = keys.len() - 1;
    assert!((9..=11).contains(&exchanges), "{exchanges} exchanges");
    // Both sides counted the same, and one of them asked.
    assert_eq!(requests(&world), exchanges);
}

#[test]
fn a_side_that_only_listens_asks_a_little_later() {
    let (mut world, chat) = World::ready(10);
    world.users[BOB].config.automatic_rekey = false;
    world.restart(BOB);
    let first = key(&world, ALICE, chat);
    let mut said = 0;
    while key(&world, ALICE, chat) == first {
        let uses = world.users[ALICE].engine.chat(chat).unwrap().key_uses;
        assert!(uses < 110, "{uses} uses of a key");
        world.text(BOB, chat, "on and on");
        world.run();
        said += 1;
    }
    assert!(said > 100, "{said}");
    assert_eq!(requests(&world), 1);
    settled(&world, chat);
}

/// The message in place of a deleted one is under the key of the deletion, which says nothing about those after it.
#[test]
fn a_deletion_under_the_new_key_does_not_cost_the_old_one_what_is_still_to_come() {
    let (mut world, chat) = World::ready(21);
    let (old, now) = (key(&world, ALICE, chat), world.now);
    world.users[ALICE].engine.rekey(chat, now, &mut world.rng).unwrap();
    world.drain(ALICE);
    // Bob accepts, and writes two texts under the old key, which do not arrive yet.
    while !world.users[BOB].inbox.is_empty() {
        world.one(BOB);
        world.drain(BOB);
    }
    let first = world.text(BOB, chat, "to be deleted");
    world.text(BOB, chat, "under the old key");
    drain_answers(&mut world, BOB);
    let mut late: Vec<Delivery> = world.users[ALICE].inbox.drain(..).collect();
    assert_eq!(late.len(), 3);
    // Alice commits with the acceptance, and Bob switches.
    world.users[ALICE].inbox.push_back(late.remove(0));
    drain_answers(&mut world, ALICE);
    drain_answers(&mut world, BOB);
    assert!(key(&world, BOB, chat) != old && key(&world, BOB, chat) == key(&world, ALICE, chat));
    // The texts are lost. What comes in the place of the first one is under the new key, and the second one follows it.
    world.users[BOB].engine.delete(chat, &[first], now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(world.texts(ALICE), ["under the old key"]);
    settled(&world, chat);
}

/// Lets one side take everything that waits for it, and its answers.
fn drain_answers(world: &mut World, who: usize) {
    loop {
        world.drain(who);
        if world.users[who].answers.is_empty() && world.users[who].inbox.is_empty() {
            return;
        }
        world.one(who);
    }
}
