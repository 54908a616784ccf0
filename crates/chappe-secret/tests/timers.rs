//! Messages that destroy themselves.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

mod forger;
mod world;

use std::time::Duration;

use chappe_secret::{
    Call, Event, Media, Now, OutgoingMedia, OutgoingText, RandomId, RecordKey, SecretChatId, limits,
};
use forger::{Forger, service};
use world::{ALICE, BOB, World};

const PHOTO: Media = Media::Photo { width: 10, height: 10 };

fn expired(world: &World, who: usize) -> Vec<RandomId> {
    let events = world.users[who].events.iter();
    events
        .filter_map(|event| match event {
            Event::Expired { random_ids, .. } => Some(random_ids.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}

fn started(world: &World, who: usize) -> usize {
    world.users[who].events.iter().filter(|event| matches!(event, Event::TimerStarted { .. })).count()
}

fn timed_text(world: &mut World, who: usize, chat: SecretChatId, ttl: i32) -> RandomId {
    let text = OutgoingText { ttl: Some(ttl), ..OutgoingText::new("soon gone") };
    let id = world.users[who].engine.send_text(chat, text, world.now, &mut world.rng).unwrap();
    world.run();
    id
}

fn timed_photo(world: &mut World, who: usize, chat: SecretChatId, ttl: i32) -> RandomId {
    let media = OutgoingMedia { ttl: Some(ttl), ..OutgoingMedia::new(PHOTO) };
    let file = world.upload(100);
    let id = world.users[who].engine.send_media(chat, media, file, world.now, &mut world.rng).unwrap();
    world.run();
    id
}

fn read(world: &mut World, who: usize, chat: SecretChatId) {
    let date = world.now.unix_secs_i32();
    world.users[who].engine.read_history(chat, date, world.now, &mut world.rng).unwrap();
    world.run();
}

fn timer_records(world: &World, who: usize) -> usize {
    world.users[who].store.keys().filter(|key| matches!(key, RecordKey::Timer { .. })).count()
}

fn pass(world: &mut World, secs: u64) {
    world.advance(Duration::from_secs(secs));
}

#[test]
fn a_timed_text_goes_on_both_sides_after_it_was_read() {
    for (sender, reader) in [(ALICE, BOB), (BOB, ALICE)] {
        let (mut world, chat) = World::ready(1);
        let id = timed_text(&mut world, sender, chat, 30);
        pass(&mut world, 10_000);
        assert_eq!((started(&world, ALICE), started(&world, BOB)), (0, 0), "nobody has read it");
        read(&mut world, reader, chat);
        assert_eq!((started(&world, ALICE), started(&world, BOB)), (1, 1));
        pass(&mut world, 29);
        assert!(expired(&world, ALICE).is_empty() && expired(&world, BOB).is_empty());
        pass(&mut world, 1);
        assert_eq!((expired(&world, ALICE), expired(&world, BOB)), (vec![id], vec![id]));
        assert_eq!((timer_records(&world, ALICE), timer_records(&world, BOB)), (0, 0));
        let calls = &world.users[reader].calls;
        assert!(!calls.iter().rev().take(1).any(|call| matches!(call, Call::SendEncrypted { .. })));
    }
}

#[test]
fn messages_without_a_timer_and_later_ones_stay() {
    let (mut world, chat) = World::ready(2);
    world.text(ALICE, chat, "stays");
    world.run();
    let first = timed_text(&mut world, ALICE, chat, 5);
    read(&mut world, BOB, chat);
    pass(&mut world, 2);
    timed_text(&mut world, ALICE, chat, 5);
    pass(&mut world, 100);
    assert_eq!((expired(&world, ALICE), expired(&world, BOB)), (vec![first], vec![first]));
}

#[test]
fn reading_up_to_a_date_starts_the_timers_up_to_it() {
    let (mut world, chat) = World::ready(30);
    let first = timed_text(&mut world, ALICE, chat, 5);
    let date = world.now.unix_secs_i32();
    pass(&mut world, 10);
    timed_text(&mut world, ALICE, chat, 5);
    world.users[BOB].engine.read_history(chat, date, world.now, &mut world.rng).unwrap();
    world.run();
    pass(&mut world, 100);
    assert_eq!((expired(&world, ALICE), expired(&world, BOB)), (vec![first], vec![first]));
}

/// The server may say that everything was read before it says that it has our message: only then is its date known.
#[test]
fn a_message_without_its_date_is_not_read_and_the_first_reading_counts() {
    let (mut world, chat) = World::ready(31);
    let text = OutgoingText { ttl: Some(60), ..OutgoingText::new("soon gone") };
    world.users[ALICE].engine.send_text(chat, text, world.now, &mut world.rng).unwrap();
    world.drain(ALICE);
    let date = world.now.unix_secs_i32();
    world.users[ALICE].engine.handle_read(chat, date, date);
    world.drain(ALICE);
    world.now = world.now.advance(Duration::from_secs(20));
    world.users[ALICE].engine.handle_timeout(world.now, &mut world.rng);
    world.drain(ALICE);
    assert_eq!(started(&world, ALICE), 0, "the server has not said that it has the message");
    // The same once more, with a later time: it gives no more of it.
    world.users[ALICE].engine.handle_read(chat, date, date + 20);
    world.run();
    let expires = world.users[ALICE].events.iter().find_map(|event| match event {
        Event::TimerStarted { expires_at, .. } => Some(*expires_at),
        _ => None,
    });
    assert_eq!(expires, Some(i64::from(date) + 60));
}

#[test]
fn nobody_opens_messages_of_his_own() {
    let (mut world, chat) = World::ready(32);
    let id = timed_photo(&mut world, BOB, chat, 10);
    world.users[BOB].engine.read(chat, &[id], world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!((started(&world, ALICE), started(&world, BOB)), (0, 0));
}

#[test]
fn a_forgotten_chat_leaves_no_timer() {
    let (mut world, chat) = World::ready(33);
    timed_text(&mut world, ALICE, chat, 30);
    for who in [ALICE, BOB] {
        world.users[who].engine.close(chat, false, world.now, &mut world.rng).unwrap();
        world.run();
        assert_eq!(timer_records(&world, who), 1, "what was said is still there");
        world.users[who].engine.forget(chat).unwrap();
        world.drain(who);
        assert_eq!(timer_records(&world, who), 0);
    }
}

#[test]
fn a_timed_photo_goes_after_it_was_opened_not_read() {
    let (mut world, chat) = World::ready(3);
    let id = timed_photo(&mut world, ALICE, chat, 60);
    let Some(Event::Message(message)) =
        world.users[BOB].events.iter().find(|event| matches!(event, Event::Message(_))).cloned()
    else {
        panic!()
    };
    assert!(message.opens());
    read(&mut world, BOB, chat);
    pass(&mut world, 1000);
    assert_eq!((started(&world, ALICE), started(&world, BOB)), (0, 0));
    assert_eq!(world.users[BOB].engine.opened(chat, id, world.now, &mut world.rng), Ok(true));
    assert_eq!(world.users[BOB].engine.opened(chat, id, world.now, &mut world.rng), Ok(false), "once");
    world.run();
    assert_eq!(world.actions(ALICE), ["NotifyLayer", "ReadMessages"]);
    assert_eq!((started(&world, ALICE), started(&world, BOB)), (1, 1));
    pass(&mut world, 60);
    assert_eq!((expired(&world, ALICE), expired(&world, BOB)), (vec![id], vec![id]));
}

#[test]
fn a_photo_with_a_longer_timer_counts_from_the_reading() {
    let (mut world, chat) = World::ready(4);
    let id = timed_photo(&mut world, ALICE, chat, 61);
    read(&mut world, BOB, chat);
    pass(&mut world, 61);
    assert_eq!((expired(&world, ALICE), expired(&world, BOB)), (vec![id], vec![id]));
}

#[test]
fn what_can_be_viewed_once_goes_when_it_is_opened() {
    let (mut world, chat) = World::ready(5);
    let id = timed_photo(&mut world, BOB, chat, limits::TTL_VIEW_ONCE);
    read(&mut world, ALICE, chat);
    pass(&mut world, 1_000_000);
    assert!(expired(&world, ALICE).is_empty());
    world.users[ALICE].engine.opened(chat, id, world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!((expired(&world, ALICE), expired(&world, BOB)), (vec![id], vec![id]));
}

#[test]
fn negative_timers_are_none_and_endless_ones_are_cut() {
    let (mut world, chat) = World::ready(6);
    timed_text(&mut world, ALICE, chat, -5);
    world.users[ALICE].engine.set_ttl(chat, -7, world.now, &mut world.rng).unwrap();
    timed_text(&mut world, ALICE, chat, i32::MAX - 1);
    let ttls: Vec<i32> = world.users[BOB]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Message(message) => Some(message.ttl),
            _ => None,
        })
        .collect();
    assert_eq!(ttls, [0, limits::MAX_TTL]);
    assert_eq!(world.users[BOB].engine.chat(chat).unwrap().ttl, 0);
}

#[test]
fn the_timer_of_the_chat_is_copied_into_messages_and_their_own_wins() {
    let (mut world, chat) = World::ready(7);
    world.users[ALICE].engine.set_ttl(chat, 20, world.now, &mut world.rng).unwrap();
    world.run();
    let common = world.text(BOB, chat, "common");
    world.run();
    let own = timed_text(&mut world, BOB, chat, 5);
    timed_text(&mut world, BOB, chat, 0);
    read(&mut world, ALICE, chat);
    pass(&mut world, 5);
    assert_eq!(expired(&world, ALICE), [own]);
    pass(&mut world, 15);
    pass(&mut world, 100);
    assert_eq!(expired(&world, ALICE), [own, common]);
}

#[test]
fn a_timer_goes_on_while_nothing_runs() {
    for who in [ALICE, BOB] {
        let (mut world, chat) = World::ready(8);
        let id = timed_text(&mut world, ALICE, chat, 30);
        read(&mut world, BOB, chat);
        world.drain(who);
        // The process is away, and the monotonic clock starts anew.
        world.now = Now { unix: world.now.unix + Duration::from_secs(40), monotonic: Duration::ZERO };
        world.restart(who);
        world.drain(who);
        assert_eq!(expired(&world, who), [id], "at the start");
        assert_eq!(timer_records(&world, who), 0);
    }
}

#[test]
fn a_timer_that_has_not_ended_survives_a_restart() {
    let (mut world, chat) = World::ready(9);
    let id = timed_text(&mut world, ALICE, chat, 30);
    let unread = timed_text(&mut world, BOB, chat, 30);
    read(&mut world, BOB, chat);
    pass(&mut world, 10);
    for who in [ALICE, BOB] {
        world.restart(who);
    }
    world.run();
    pass(&mut world, 19);
    assert!(expired(&world, ALICE).is_empty());
    pass(&mut world, 1);
    assert_eq!((expired(&world, ALICE), expired(&world, BOB)), (vec![id], vec![id]));
    read(&mut world, ALICE, chat);
    pass(&mut world, 30);
    assert_eq!((expired(&world, ALICE), expired(&world, BOB)), (vec![id, unread], vec![id, unread]));
}

#[test]
fn a_clock_put_back_gives_no_more_time() {
    let (mut world, chat) = World::ready(10);
    let id = timed_text(&mut world, ALICE, chat, 30);
    read(&mut world, BOB, chat);
    world.now.unix -= Duration::from_secs(10_000);
    pass(&mut world, 29);
    assert!(expired(&world, BOB).is_empty());
    pass(&mut world, 1);
    assert_eq!(expired(&world, BOB), [id]);
    // Over a restart nobody can tell how much time is left.
    timed_text(&mut world, ALICE, chat, 3000);
    read(&mut world, BOB, chat);
    world.now.unix -= Duration::from_secs(10);
    world.restart(BOB);
    world.run();
    assert_eq!(expired(&world, BOB).len(), 2);
}

#[test]
fn a_clock_that_jumps_ahead_ends_timers() {
    let (mut world, chat) = World::ready(11);
    let id = timed_text(&mut world, ALICE, chat, 30);
    read(&mut world, BOB, chat);
    world.now.unix += Duration::from_secs(1000);
    world.text(BOB, chat, "anything");
    world.run();
    assert_eq!(expired(&world, BOB), [id]);
}

#[test]
fn an_early_or_late_claim_of_reading_counts_from_its_own_date_but_not_from_the_future() {
    let (mut world, chat) = World::ready(12);
    let id = timed_text(&mut world, ALICE, chat, 100);
    let now = world.now.unix_secs_i32();
    // The server says that it was read 90 seconds ago.
    pass(&mut world, 90);
    world.users[ALICE].engine.handle_read(chat, now, now);
    world.run();
    pass(&mut world, 10);
    assert_eq!(expired(&world, ALICE), [id]);
    let id = timed_text(&mut world, ALICE, chat, 100);
    let now = world.now.unix_secs_i32();
    world.users[ALICE].engine.handle_read(chat, now, now + 100_000);
    world.run();
    pass(&mut world, 100);
    assert_eq!(expired(&world, ALICE).last(), Some(&id));
}

#[test]
fn a_claim_of_reading_in_the_future_is_not_about_messages_to_come() {
    let (mut world, chat) = World::ready(34);
    let first = timed_text(&mut world, ALICE, chat, 100);
    world.users[ALICE].engine.handle_read(chat, i32::MAX, 1);
    world.run();
    pass(&mut world, 99);
    assert_eq!(expired(&world, ALICE), [], "nor is it before the message was sent");
    pass(&mut world, 1);
    assert_eq!(expired(&world, ALICE), [first]);
    let second = timed_text(&mut world, ALICE, chat, 100);
    world.restart(ALICE);
    world.run();
    pass(&mut world, 1000);
    assert_eq!(expired(&world, ALICE), [first], "nobody has read it");
    // An honest claim still counts.
    let now = world.now.unix_secs_i32();
    world.users[ALICE].engine.handle_read(chat, now, now);
    world.run();
    pass(&mut world, 100);
    assert_eq!(expired(&world, ALICE), [first, second]);
}

#[test]
fn a_reading_counts_by_our_clock_however_wrong_it_is() {
    for ahead in [-3600, 3600] {
        let (mut world, chat) = World::ready(35);
        world.server_ahead = ahead;
        world.users[ALICE].engine.set_server_ahead(ahead.into());
        let text = timed_text(&mut world, ALICE, chat, 100);
        let photo = timed_photo(&mut world, ALICE, chat, 50);
        let date = world.now.unix_secs_i32() + ahead;
        world.users[BOB].engine.read_history(chat, date, world.now, &mut world.rng).unwrap();
        world.users[BOB].engine.opened(chat, photo, world.now, &mut world.rng).unwrap();
        world.run();
        pass(&mut world, 49);
        assert_eq!(expired(&world, ALICE), [], "{ahead}");
        pass(&mut world, 1);
        assert_eq!(expired(&world, ALICE), [photo], "{ahead}");
        pass(&mut world, 50);
        assert_eq!(expired(&world, ALICE), [photo, text], "{ahead}");
    }
}

#[test]
fn a_message_that_was_read_before_its_sending_is_confirmed_starts_all_the_same() {
    let (mut world, chat) = World::ready(13);
    let text = OutgoingText { ttl: Some(5), ..OutgoingText::new("x") };
    let id = world.users[ALICE].engine.send_text(chat, text, world.now, &mut world.rng).unwrap();
    world.drain(ALICE);
    let now = world.now.unix_secs_i32();
    world.users[ALICE].engine.handle_read(chat, now, now);
    world.run();
    pass(&mut world, 5);
    assert_eq!(expired(&world, ALICE), [id]);
}

#[test]
fn an_expired_message_of_ours_is_not_sent_again() {
    let mut forger = Forger::new();
    forger.drain();
    let text = OutgoingText { ttl: Some(5), ..OutgoingText::new("x") };
    let id = forger.engine.send_text(forger.chat, text, forger.now, &mut forger.rng).unwrap();
    forger.drain();
    forger.engine.handle_read(forger.chat, 1, forger.now.unix_secs_i32());
    forger.pass(0);
    forger.pass(5);
    assert!(forger.events.contains(&Event::Expired { chat: forger.chat, random_ids: vec![id] }));
    // The peer, which has acknowledged nothing, claims to miss it: what it gets under the number has no content.
    let (_, number, _) = *forger.heard.last().unwrap();
    forger.heard.clear();
    forger.send(144, 1, 0, &service(0x511110b0, &[&number.to_le_bytes(), &number.to_le_bytes()]));
    let ids = [&0x1cb5c415_u32.to_le_bytes()[..], &1_i32.to_le_bytes(), &id.0.to_le_bytes()].concat();
    let deletion = service(0x65614304, &[&ids]);
    let [(_, again, body)] = forger.heard.as_slice() else { panic!("{:?}", forger.heard) };
    assert_eq!((*again, &body[12..]), (number, &deletion[12..]));
}

#[test]
fn timers_outlive_their_chat_but_not_its_history() {
    for deleted in [false, true] {
        let (mut world, chat) = World::ready(15);
        let text = timed_text(&mut world, ALICE, chat, 30);
        let photo = timed_photo(&mut world, ALICE, chat, 10);
        read(&mut world, BOB, chat);
        world.users[ALICE].engine.close(chat, deleted, world.now, &mut world.rng).unwrap();
        world.run();
        let left = if deleted { 0 } else { 2 };
        assert_eq!(timer_records(&world, BOB), left);
        world.restart(BOB);
        world.run();
        assert_eq!(world.users[BOB].engine.opened(chat, photo, world.now, &mut world.rng), Ok(!deleted));
        pass(&mut world, 10);
        pass(&mut world, 20);
        let expected = if deleted { vec![] } else { vec![photo, text] };
        assert_eq!(expired(&world, BOB), expected);
        assert_eq!(timer_records(&world, BOB), 0);
        world.users[BOB].engine.forget(chat).unwrap();
        world.drain(BOB);
        let rest: Vec<_> = world.users[BOB].store.keys().collect();
        assert_eq!(rest, [&RecordKey::Account]);
    }
}

#[test]
fn a_deleted_message_has_no_timer_left() {
    let (mut world, chat) = World::ready(16);
    let id = timed_text(&mut world, ALICE, chat, 30);
    timed_text(&mut world, BOB, chat, 30);
    world.users[BOB].engine.delete(chat, &[id], world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!((timer_records(&world, ALICE), timer_records(&world, BOB)), (1, 1));
    assert!(world.users[ALICE].events.contains(&Event::Deleted { chat, random_ids: vec![id] }));
    world.users[ALICE].engine.flush(chat, world.now, &mut world.rng).unwrap();
    world.run();
    assert_eq!((timer_records(&world, ALICE), timer_records(&world, BOB)), (0, 0));
}
