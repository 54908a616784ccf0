//! Deleting single messages and whole histories, and what a repeated id does.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

mod world;

use chappe_secret::{Action, Error, Event, RandomId, SecretChatId};
use std::time::Duration;
use world::{ALICE, BOB, Delivery, World};

fn deleted(world: &World, who: usize) -> Vec<RandomId> {
    let events = world.users[who].events.iter();
    events
        .filter_map(|event| match event {
            Event::Deleted { random_ids, .. } => Some(random_ids.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}

fn cleared(world: &World, who: usize) -> Option<Vec<RandomId>> {
    world.users[who].events.iter().find_map(|event| match event {
        Event::HistoryCleared { kept, .. } => Some(kept.clone()),
        _ => None,
    })
}

#[test]
fn only_content_messages_of_this_chat_are_deleted() {
    let (mut world, chat) = World::ready(1);
    let theirs = world.text(ALICE, chat, "from Alice");
    let own = world.text(BOB, chat, "from Bob");
    let notice = world.users[ALICE].engine.set_ttl(chat, 9, world.now, &mut world.rng).unwrap();
    let shot = world.users[BOB].engine.screenshot(chat, &[theirs], world.now, &mut world.rng).unwrap();
    world.run();
    let foreign = RandomId(123_456);
    let ids = [own, notice, foreign, theirs, shot, own, RandomId(0)];
    world.users[ALICE].engine.delete(chat, &ids, world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(deleted(&world, BOB), [own, theirs]);
}

#[test]
fn known_ids_survive_a_restart() {
    let (mut world, chat) = World::ready(2);
    let ids: Vec<_> = (0..70).map(|n| world.text(n % 2, chat, "x")).collect();
    world.run();
    world.restart(BOB);
    world.users[ALICE].engine.delete(chat, &ids, world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(deleted(&world, BOB), ids);
}

/// Gets what a user has sent out of the way of the other.
fn hold_back(world: &mut World, who: usize) -> Vec<Delivery> {
    loop {
        world.drain(who);
        if world.users[who].answers.is_empty() {
            return world.users[1 - who].inbox.drain(..).collect();
        }
        world.one(who);
    }
}

#[test]
fn a_history_is_cleared_up_to_the_same_place_on_both_sides() {
    let (mut world, chat) = World::ready(3);
    world.text(ALICE, chat, "old");
    world.text(BOB, chat, "old, too");
    world.run();
    // Bob clears while two messages of Alice are on their way: they are newer for both.
    let on_the_way = [world.text(ALICE, chat, "new"), world.text(ALICE, chat, "newer")];
    let late = hold_back(&mut world, ALICE);
    world.users[BOB].engine.flush(chat, world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(cleared(&world, ALICE), Some(on_the_way.to_vec()));
    world.users[BOB].inbox.extend(late);
    world.run();
    assert_eq!(world.texts(BOB), ["old", "new", "newer"]);
    assert!(world.closed(ALICE).is_none(), "the chat stays open");
}

#[test]
fn a_deletion_in_the_place_of_a_message_is_a_use_of_the_key() {
    let (mut world, chat) = World::ready(31);
    let id = world.text(ALICE, chat, "gone");
    let uses = |world: &World| world.users[ALICE].engine.chat(chat).unwrap().key_uses;
    let before = uses(&world);
    world.users[ALICE].engine.delete(chat, &[id], world.now, &mut world.rng).unwrap();
    // What stands in its place, and the action.
    assert_eq!(uses(&world), before + 2);
}

#[test]
fn a_flush_before_delivery_leaves_actions_as_they_are() {
    let (mut world, chat) = World::ready(30);
    world.users[ALICE].engine.set_ttl(chat, 30, world.now, &mut world.rng).unwrap();
    world.text(ALICE, chat, "gone");
    world.users[ALICE].engine.flush(chat, world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(world.texts(BOB), Vec::<String>::new());
    assert_eq!(world.users[BOB].engine.chat(chat).unwrap().ttl, 30);
    assert_eq!(world.actions(BOB), ["NotifyLayer", "SetMessageTTL", "DeleteMessages", "FlushHistory"]);
}

#[test]
fn a_flush_before_delivery_leaves_nothing_to_deliver() {
    let (mut world, chat) = World::ready(4);
    world.text(ALICE, chat, "one");
    world.text(ALICE, chat, "two");
    drop(hold_back(&mut world, ALICE));
    world.users[ALICE].engine.flush(chat, world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(world.texts(BOB), Vec::<String>::new());
    assert_eq!(cleared(&world, BOB), Some(vec![]));
    assert_eq!(world.users[BOB].engine.chat(chat).unwrap().received_count, 4);
}

#[test]
fn verification_survives_rekey_and_restart_and_no_new_chat_has_it() {
    let (mut world, chat) = World::ready(5);
    let verified = |world: &World, chat| world.users[ALICE].engine.chat(chat).unwrap().verified;
    assert!(!verified(&world, chat));
    world.users[ALICE].engine.set_verified(chat, true, world.now, &mut world.rng).unwrap();
    world.users[ALICE].engine.rekey(chat, world.now, &mut world.rng).unwrap();
    world.run();
    world.restart(ALICE);
    assert!(verified(&world, chat));
    assert!(!world.users[BOB].engine.chat(chat).unwrap().verified, "each side for itself");
    world.users[ALICE].engine.close(chat, false, world.now, &mut world.rng).unwrap();
    world.run();
    assert!(world.users[ALICE].engine.set_verified(chat, false, world.now, &mut world.rng).is_err());
    world.chat = None;
    let next = world.open();
    assert_ne!(next, chat);
    assert!(!verified(&world, next));
    let unknown = SecretChatId(1);
    assert_eq!(
        world.users[ALICE].engine.set_verified(unknown, true, world.now, &mut world.rng),
        Err(Error::UnknownChat { chat: unknown })
    );
}

#[test]
fn a_waiting_chat_cannot_be_verified() {
    let mut world = World::new(6);
    let chat = world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    assert!(matches!(
        world.users[ALICE].engine.set_verified(chat, true, world.now, &mut world.rng),
        Err(Error::WrongState { .. })
    ));
    world.advance(Duration::from_secs(1));
}

#[test]
fn deleting_what_is_acknowledged_needs_no_rewriting() {
    let (mut world, chat) = World::ready(7);
    let id = world.text(ALICE, chat, "x");
    world.run();
    world.text(BOB, chat, "seen");
    world.run();
    let before = world.payload_count(ALICE);
    world.users[ALICE].engine.delete(chat, &[id], world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(world.payload_count(ALICE), before + 1);
    assert_eq!(deleted(&world, BOB), [id]);
    assert!(world.actions(BOB).contains(&Action::DeleteMessages { random_ids: vec![] }.name()));
}
