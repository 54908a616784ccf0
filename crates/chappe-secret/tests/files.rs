//! Messages with files.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

mod world;

use chappe_secret::{
    Call, Content, Event, InboundMessage, InputFile, Media, OutgoingMedia, RandomId, RpcFailure,
    SecretChatId, SecretChats, Unavailable, UploadedFile,
};
use world::{ALICE, BOB, Delivery, World};

fn send(world: &mut World, chat: SecretChatId, file: UploadedFile) -> RandomId {
    let media = OutgoingMedia {
        text: "look".to_owned(),
        file_name: Some("report.pdf".to_owned()),
        ..OutgoingMedia::new(Media::Document)
    };
    world.users[ALICE].engine.send_media(chat, media, file, world.now, &mut world.rng).unwrap()
}

fn messages(world: &World, who: usize) -> Vec<&InboundMessage> {
    let events = world.users[who].events.iter();
    events
        .filter_map(|event| match event {
            Event::Message(message) => Some(message),
            _ => None,
        })
        .collect()
}

fn inputs(world: &World, who: usize) -> Vec<&InputFile> {
    let calls = world.users[who].calls.iter();
    calls
        .filter_map(|call| match call {
            Call::SendEncryptedFile { file, .. } => Some(file),
            _ => None,
        })
        .collect()
}

#[test]
fn a_file_arrives_with_its_key_and_can_be_sent_on() {
    let (mut world, chat) = World::ready(1);
    let file = world.upload(1000);
    let id = send(&mut world, chat, file.clone());
    world.run();
    let message = messages(&world, BOB).remove(0).clone();
    let Content::Media { text, media: Media::Document, file: Some(received) } = message.content else {
        panic!()
    };
    assert_eq!((text.text.as_str(), received.name.as_deref()), ("look", Some("report.pdf")));
    let remote = received.remote.unwrap();
    assert!(remote.key == file.key && remote.size == 1000);
    let stored = world.files[&1];
    assert!(world.users[ALICE].events.contains(&Event::FileStored { chat, random_id: id, file: stored }));
    // Bob sends it back without another upload, under the same key.
    let again = OutgoingMedia::new(Media::Document);
    let now = world.now;
    world.users[BOB].engine.send_media(chat, again, UploadedFile::from(remote), now, &mut world.rng).unwrap();
    world.run();
    assert_eq!(inputs(&world, BOB), [&InputFile::Stored { id: 1, access_hash: 11 }]);
    assert_eq!(messages(&world, ALICE).len(), 1);
}

#[test]
fn what_is_sent_again_names_the_stored_file_and_has_the_same_bytes() {
    let (mut world, chat) = World::ready(2);
    let file = world.upload(1000);
    send(&mut world, chat, file);
    loop {
        world.drain(ALICE);
        if world.users[ALICE].answers.is_empty() {
            break;
        }
        world.one(ALICE);
    }
    // It is lost on its way to Bob, and Alice restarts.
    world.users[BOB].inbox.clear();
    world.restart(ALICE);
    world.text(ALICE, chat, "after it");
    world.run();
    let kinds: Vec<bool> =
        inputs(&world, ALICE).iter().map(|file| matches!(file, InputFile::Stored { .. })).collect();
    assert_eq!(kinds, [false, true]);
    assert_eq!(messages(&world, BOB).len(), 2);
    assert!(
        matches!(&messages(&world, BOB)[0].content, Content::Media { file: Some(file), .. } if file.remote.is_ok())
    );
    let sent = world.users[ALICE].engine.chat(chat).unwrap().sent_count;
    assert_eq!(world.payload_count(ALICE), sent as usize);
}

#[test]
fn a_file_message_deleted_before_delivery_goes_without_its_file() {
    let (mut world, chat) = World::ready(3);
    let file = world.upload(1000);
    let id = send(&mut world, chat, file);
    world.users[ALICE].engine.delete(chat, &[id], world.now, &mut world.rng).unwrap();
    world.run();
    assert!(inputs(&world, ALICE).is_empty());
    assert!(messages(&world, BOB).is_empty());
}

#[test]
fn a_refused_file_becomes_its_own_deletion() {
    for error in ["FILE_PART_3_MISSING", "FILE_PARTS_INVALID", "MD5_CHECKSUM_INVALID", "FILE_EMTPY"] {
        let (mut world, chat) = World::ready(4);
        world.fail_next.push_back((ALICE, RpcFailure::new(400, error)));
        let file = world.upload(1000);
        send(&mut world, chat, file);
        world.text(ALICE, chat, "next");
        world.run();
        assert!(world.users[ALICE].events.iter().any(|event| matches!(event, Event::SendFailed { .. })));
        assert_eq!(world.texts(BOB), ["next"], "{error}");
        assert!(world.closed(ALICE).is_none());
    }
}

#[test]
fn a_message_without_its_file_is_shown_and_counted() {
    // As the iOS client sends again: by the service method, without the file.
    let (mut world, chat) = World::ready(5);
    let file = world.upload(1000);
    send(&mut world, chat, file);
    loop {
        world.drain(ALICE);
        if world.users[ALICE].answers.is_empty() {
            break;
        }
        world.one(ALICE);
    }
    for delivery in &mut world.users[BOB].inbox {
        if let Delivery::Message(message) = delivery {
            message.file = None;
            message.service = true;
            message.random_id ^= 1;
        }
    }
    world.text(ALICE, chat, "next");
    world.run();
    let Content::Media { text, file: Some(file), .. } = &messages(&world, BOB)[0].content else { panic!() };
    assert_eq!((file.remote.as_ref().err(), text.text.as_str()), (Some(&Unavailable::Missing), "look"));
    assert_eq!(messages(&world, BOB).len(), 2);
}

#[test]
fn a_file_put_in_the_place_of_another_is_not_taken() {
    let (mut world, chat) = World::ready(6);
    let (file, other) = (world.upload(1000), world.upload(1000));
    drop(other);
    let swapped = world.files[&2];
    send(&mut world, chat, file);
    world.files.insert(
        1,
        chappe_secret::EncryptedFile { key_fingerprint: world.files[&1].key_fingerprint, ..swapped },
    );
    loop {
        world.drain(ALICE);
        if world.users[ALICE].answers.is_empty() {
            break;
        }
        world.one(ALICE);
    }
    for delivery in &mut world.users[BOB].inbox {
        if let Delivery::Message(message) = delivery {
            message.file = Some(swapped);
        }
    }
    world.run();
    let Content::Media { file: Some(file), .. } = &messages(&world, BOB)[0].content else { panic!() };
    assert_eq!(file.remote, Err(Unavailable::Fingerprint));
}

#[test]
fn an_album_keeps_its_number_and_order() {
    let (mut world, chat) = World::ready(7);
    let album = SecretChats::new_album(&mut world.rng);
    for width in 1..=3 {
        let file = world.upload(100);
        let media = OutgoingMedia {
            grouped_id: Some(album),
            ..OutgoingMedia::new(Media::Photo { width, height: 5 })
        };
        world.users[ALICE].engine.send_media(chat, media, file, world.now, &mut world.rng).unwrap();
    }
    world.run();
    let seen: Vec<_> = messages(&world, BOB)
        .into_iter()
        .map(|message| {
            let Content::Media { media: Media::Photo { width, .. }, .. } = &message.content else { panic!() };
            (message.grouped_id, *width)
        })
        .collect();
    assert_eq!(seen, [(Some(album), 1), (Some(album), 2), (Some(album), 3)]);
}

#[test]
fn refused_media_take_no_number() {
    let (mut world, chat) = World::ready(8);
    let before = world.users[ALICE].engine.chat(chat).unwrap();
    let nothing = OutgoingMedia::new(Media::Document);
    assert!(world.users[ALICE].engine.send_media(chat, nothing, None, world.now, &mut world.rng).is_err());
    assert_eq!(world.users[ALICE].engine.chat(chat).unwrap(), before);
    let place = OutgoingMedia::new(Media::Location { latitude: 1.5, longitude: 2.5 });
    world.users[ALICE].engine.send_media(chat, place, None, world.now, &mut world.rng).unwrap();
    world.run();
    assert!(matches!(messages(&world, BOB)[0].content, Content::Media { media: Media::Location { .. }, .. }));
}
