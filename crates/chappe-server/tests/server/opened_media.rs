//! Media that go once they were opened, and voice messages that wait to be listened to.

use std::time::Duration;

use crate::common::cloud::{device, difference, edit, forward, history, message, peer, search, send_media};
use crate::common::groups::{Three, chat_peer, flat, hear, invite, make_channel, told_channel};
use crate::common::storage::Storage;
use crate::common::{ALICE, BOB, Client, kept, server};
use crate::media::{document, photo, png, upload};
use chappe_api::{enums, functions, types};
use enums::{InputMedia, MessageMedia};

/// Gone as soon as it was looked at.
const ONCE: i32 = i32::MAX;

/// A photo that may be seen for so long.
async fn timed_photo(client: &mut Client, id: i64, ttl: i32) -> InputMedia {
    let InputMedia::UploadedPhoto(mut photo) = photo(upload(client, id, &png(20, 20)).await) else {
        panic!("no photo")
    };
    photo.ttl_seconds = Some(ttl);
    InputMedia::UploadedPhoto(photo)
}

/// A document that is listened to or watched, by the attribute that makes it one.
async fn to_be_heard(client: &mut Client, id: i64, ttl: Option<i32>, is_round: bool) -> InputMedia {
    let InputMedia::UploadedDocument(mut file) = document(upload(client, id, b"media").await, None, "a/b")
    else {
        panic!("no document")
    };
    let voice = types::DocumentAttributeAudio {
        voice: true,
        duration: 3,
        title: None,
        performer: None,
        waveform: None,
    };
    let round = types::DocumentAttributeVideo {
        round_message: true,
        supports_streaming: false,
        nosound: false,
        duration: 3.0,
        w: 240,
        h: 240,
        preload_prefix_size: None,
        video_start_ts: None,
        video_codec: None,
    };
    file.attributes = vec![if is_round { round.into() } else { voice.into() }];
    file.ttl_seconds = ttl;
    InputMedia::UploadedDocument(file)
}

fn open(id: i32) -> functions::messages::ReadMessageContents {
    functions::messages::ReadMessageContents { id: vec![id] }
}

/// The timer of the newest message of a chat, and whether its medium is still there.
async fn newest(client: &mut Client, peer: &enums::InputPeer) -> (i32, Option<i32>, bool) {
    let newest = history(client, peer).await.remove(0);
    let newest = message(&newest);
    let (ttl, there) = medium(newest);
    (newest.id, ttl, there)
}

fn medium(message: &types::Message) -> (Option<i32>, bool) {
    match &message.media {
        Some(MessageMedia::Photo(media)) => (media.ttl_seconds, media.photo.is_some()),
        Some(MessageMedia::Document(media)) => (media.ttl_seconds, media.document.is_some()),
        other => panic!("{other:?}"),
    }
}

/// The edits among what a client is told, as ids with what is left of the medium.
fn edits(told: Vec<enums::Updates>) -> Vec<(i32, Option<i32>, bool)> {
    let edited = flat(told).into_iter().filter_map(|update| match update {
        enums::Update::EditMessage(edit) => {
            let edited = message(&edit.message);
            assert_eq!(edited.edit_date, None, "nobody has edited it");
            let (ttl, there) = medium(edited);
            Some((edited.id, ttl, there))
        }
        _ => None,
    });
    edited.collect()
}

/// What a client is told until somebody's medium goes.
async fn until_edited(client: &mut Client) -> Vec<(i32, Option<i32>, bool)> {
    let wait = async {
        loop {
            let edited = edits(hear(client).await);
            if !edited.is_empty() {
                return edited;
            }
        }
    };
    tokio::time::timeout(crate::common::PATIENCE, wait).await.expect("it goes")
}

#[tokio::test]
async fn a_medium_with_a_timer_goes_from_both_sides_once_it_was_opened() {
    let server = server().await;
    let (mut alice, mut bob) = (device(&server, ALICE).await, device(&server, BOB).await);
    let (to_bob, to_alice) = (peer(&alice.find(BOB).await), peer(&bob.find(ALICE).await));
    let timed = timed_photo(&mut alice, 1, 10).await;
    alice.call(send_media(&to_bob, timed, 1)).await.unwrap();
    let (own, ..) = newest(&mut alice, &to_bob).await;
    let (seen, ..) = newest(&mut bob, &to_alice).await;
    let mut tablet = device(&server, BOB).await;
    let away = tablet.state().await;
    // Time does not run before it was opened, and its author cannot open it.
    alice.call(open(own)).await.unwrap();
    server.advance(Duration::from_secs(60)).await.unwrap();
    assert_eq!(newest(&mut bob, &to_alice).await, (seen, Some(10), true));
    bob.call(open(seen)).await.unwrap();
    server.advance(Duration::from_secs(8)).await.unwrap();
    for (client, peer, id) in [(&mut alice, &to_bob, own), (&mut bob, &to_alice, seen)] {
        hear(client).await;
        assert_eq!(newest(client, peer).await, (id, Some(10), true));
    }
    server.advance(Duration::from_secs(3)).await.unwrap();
    for (client, peer, id) in [(&mut alice, &to_bob, own), (&mut bob, &to_alice, seen)] {
        assert_eq!(edits(hear(client).await), [(id, Some(10), false)]);
        assert_eq!(newest(client, peer).await, (id, Some(10), false));
        let photos = client.call(search(peer, "", enums::MessagesFilter::Photos)).await.unwrap();
        assert!(crate::common::cloud::ids(photos).is_empty(), "there is no photo any more");
    }
    let missed = difference(&mut tablet, away.pts, away.date).await;
    let edited = |update: &enums::Update| matches!(update, enums::Update::EditMessage(_));
    assert_eq!(missed.other_updates.iter().filter(|update| edited(update)).count(), 1);
    // Words under it may still change, and do not bring it back.
    alice.call(edit(&to_bob, own, "it was nice")).await.unwrap();
    assert_eq!(newest(&mut bob, &to_alice).await, (seen, Some(10), false));
}

#[tokio::test]
async fn what_may_be_seen_once_goes_when_it_was_seen() {
    let server = server().await;
    let (mut alice, mut bob) = (device(&server, ALICE).await, device(&server, BOB).await);
    let (to_bob, to_alice) = (peer(&alice.find(BOB).await), peer(&bob.find(ALICE).await));
    for n in 1..=2 {
        let once = match n {
            1 => timed_photo(&mut alice, n, ONCE).await,
            _ => to_be_heard(&mut alice, n, Some(ONCE), false).await,
        };
        alice.call(send_media(&to_bob, once, n)).await.unwrap();
        hear(&mut alice).await;
        hear(&mut bob).await;
        let (seen, ttl, there) = newest(&mut bob, &to_alice).await;
        assert!(there && ttl == Some(ONCE));
        bob.call(open(seen)).await.unwrap();
        assert_eq!(until_edited(&mut bob).await, [(seen, Some(ONCE), false)]);
        let (own, ..) = newest(&mut alice, &to_bob).await;
        assert_eq!(until_edited(&mut alice).await, [(own, Some(ONCE), false)]);
    }
}

#[tokio::test]
async fn a_medium_with_a_timer_is_for_one_person() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = chat_peer(t.group("Trio").await);
    let crowd = make_channel(&mut t.alice, "Crowd", false).await;
    let to_bob = peer(&t.to_bob);
    for (n, target) in [(1, &group), (2, &crowd.peer), (3, &enums::InputPeer::PeerSelf)] {
        let timed = timed_photo(&mut t.alice, n, 5).await;
        assert_eq!(t.alice.error(send_media(target, timed, n)).await, (400, "TTL_MEDIA_INVALID".into()));
    }
    let timed = timed_photo(&mut t.alice, 4, 5).await;
    t.alice.call(send_media(&to_bob, timed, 4)).await.unwrap();
    let (own, ..) = newest(&mut t.alice, &to_bob).await;
    let on = forward(&to_bob, &group, vec![own], vec![9]);
    assert_eq!(t.alice.error(on).await, (400, "MESSAGE_ID_INVALID".into()));
    let mut other = edit(&to_bob, own, "");
    other.media = Some(photo(upload(&mut t.alice, 5, &png(30, 30)).await));
    assert_eq!(t.alice.error(other).await, (400, "MEDIA_PREV_INVALID".into()));
}

#[tokio::test]
async fn what_was_opened_goes_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).spawn().await.unwrap();
    let (mut alice, mut bob) = (device(&server, ALICE).await, device(&server, BOB).await);
    let (to_bob, to_alice) = (peer(&alice.find(BOB).await), peer(&bob.find(ALICE).await));
    let timed = timed_photo(&mut alice, 1, 20).await;
    alice.call(send_media(&to_bob, timed, 1)).await.unwrap();
    let (seen, ..) = newest(&mut bob, &to_alice).await;
    bob.call(open(seen)).await.unwrap();
    server.shutdown().await;
    let server = kept(folder.path()).spawn().await.unwrap();
    alice.reconnect(server.address()).await;
    let (own, _, there) = newest(&mut alice, &to_bob).await;
    assert!(there, "not yet");
    alice.state().await;
    hear(&mut alice).await;
    // Clients leave aside what comes from half a minute ahead of them.
    server.advance(Duration::from_secs(21)).await.unwrap();
    assert_eq!(until_edited(&mut alice).await, [(own, Some(20), false)]);
}

#[tokio::test]
async fn what_was_opened_at_one_node_goes_at_the_other() {
    let Some(storage) = Storage::shared() else { return };
    let (one, two) = (storage.node().await, storage.node().await);
    let (mut alice, mut bob) = (Client::new(&one).await, Client::new(&two).await);
    alice.log_in(ALICE, "Alice").await;
    bob.log_in(BOB, "Bob").await;
    let (to_bob, to_alice) = (peer(&alice.find(BOB).await), peer(&bob.find(ALICE).await));
    for (n, ttl) in [(1, ONCE), (2, 20)] {
        let timed = timed_photo(&mut alice, n, ttl).await;
        alice.call(send_media(&to_bob, timed, n)).await.unwrap();
        hear(&mut alice).await;
        let (seen, ..) = newest(&mut bob, &to_alice).await;
        let (own, ..) = newest(&mut alice, &to_bob).await;
        bob.call(open(seen)).await.unwrap();
        if ttl == ONCE {
            assert_eq!(until_edited(&mut alice).await, [(own, Some(ttl), false)]);
        }
    }
    let (own, ..) = newest(&mut alice, &to_bob).await;
    two.shutdown().await;
    one.advance(Duration::from_secs(21)).await.unwrap();
    assert_eq!(until_edited(&mut alice).await, [(own, Some(20), false)]);
}

#[tokio::test]
async fn each_member_of_a_supergroup_listens_to_voice_messages_for_themselves() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let crowd = make_channel(&mut t.alice, "Crowd", false).await;
    t.alice.call(invite(&crowd.channel, &[&t.to_bob, &t.to_carol])).await.unwrap();
    let to_bob = told_channel(&hear(&mut t.bob).await);
    let to_carol = told_channel(&hear(&mut t.carol).await);
    let mut tablet = device(&server, BOB).await;
    for n in 1..=2 {
        let media = to_be_heard(&mut t.alice, n, None, n == 2).await;
        t.alice.call(send_media(&crowd.peer, media, n)).await.unwrap();
    }
    t.settle().await;
    hear(&mut tablet).await;
    let unread = async |client: &mut Client, peer: &enums::InputPeer| {
        let newest = history(client, peer).await;
        [message(&newest[0]).media_unread, message(&newest[1]).media_unread]
    };
    assert_eq!(unread(&mut t.alice, &crowd.peer).await, [true, true]);
    assert_eq!(unread(&mut t.bob, &to_bob.peer).await, [true, true]);
    assert_eq!(unread(&mut t.carol, &to_carol.peer).await, [true, true]);
    let id = message(&history(&mut t.bob, &to_bob.peer).await[0]).id;
    let listen = |channel: &enums::InputChannel| functions::channels::ReadMessageContents {
        channel: channel.clone(),
        id: vec![id],
    };
    let told = |told: Vec<enums::Updates>| {
        flat(told).iter().any(|update| {
            matches!(update, enums::Update::ChannelReadMessagesContents(read) if read.messages == [id])
        })
    };
    // Its author cannot listen for the others.
    t.alice.call(listen(&crowd.channel)).await.unwrap();
    assert_eq!(unread(&mut t.alice, &crowd.peer).await, [true, true]);
    t.bob.call(listen(&to_bob.channel)).await.unwrap();
    assert_eq!(unread(&mut t.bob, &to_bob.peer).await, [false, true]);
    assert_eq!(unread(&mut t.carol, &to_carol.peer).await, [true, true]);
    assert_eq!(unread(&mut t.alice, &crowd.peer).await, [false, true], "somebody has listened");
    assert!(told(hear(&mut tablet).await), "the reader's other devices hear of it");
    assert!(told(hear(&mut t.alice).await), "its author hears of the first one");
    assert!(!told(hear(&mut t.carol).await));
    t.carol.call(listen(&to_carol.channel)).await.unwrap();
    assert!(!told(hear(&mut t.alice).await), "and of no other");
    assert_eq!(unread(&mut t.carol, &to_carol.peer).await, [false, true]);
    // As old as the configuration says they count as listened to.
    let period = t.alice.call(functions::help::GetConfig {}).await.unwrap().channels_read_media_period;
    server.advance(Duration::from_secs(period.unsigned_abs().into())).await.unwrap();
    t.carol.reconnect(server.address()).await;
    assert_eq!(unread(&mut t.carol, &to_carol.peer).await, [false, false]);
}

/// Where a client fetches the photo or document of a message.
fn place(message: &types::Message) -> enums::InputFileLocation {
    match message.media.as_ref().unwrap() {
        MessageMedia::Photo(media) => {
            let Some(enums::Photo::Photo(photo)) = &media.photo else { panic!("it is gone") };
            types::InputPhotoFileLocation {
                id: photo.id,
                access_hash: photo.access_hash,
                file_reference: photo.file_reference.clone(),
                thumb_size: match photo.sizes.last() {
                    Some(enums::PhotoSize::Size(size)) => size.r#type.clone(),
                    other => panic!("{other:?}"),
                },
            }
            .into()
        }
        MessageMedia::Document(media) => {
            let Some(enums::Document::Document(document)) = &media.document else { panic!("it is gone") };
            types::InputDocumentFileLocation {
                id: document.id,
                access_hash: document.access_hash,
                file_reference: document.file_reference.clone(),
                thumb_size: String::new(),
            }
            .into()
        }
        other => panic!("{other:?}"),
    }
}

fn fetch(location: &enums::InputFileLocation) -> functions::upload::GetFile {
    let location = location.clone();
    functions::upload::GetFile { precise: false, cdn_supported: true, location, offset: 0, limit: 4096 }
}

async fn found(client: &mut Client, location: &enums::InputFileLocation) -> bool {
    match client.call(fetch(location)).await {
        Ok(enums::upload::File::File(file)) => !file.bytes.is_empty(),
        Ok(other) => panic!("{other:?}"),
        Err(error) => {
            assert_eq!((error.code, error.text().as_str()), (400, "FILE_REFERENCE_EXPIRED"));
            false
        }
    }
}

#[tokio::test]
async fn what_was_opened_is_not_fetched_by_an_old_reference() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).cdn(true).spawn().await.unwrap();
    let (mut alice, mut bob) = (device(&server, ALICE).await, device(&server, BOB).await);
    let (to_bob, to_alice) = (peer(&alice.find(BOB).await), peer(&bob.find(ALICE).await));
    for (n, ttl) in [(1, 10), (2, ONCE)] {
        let timed = match n {
            1 => timed_photo(&mut alice, n, ttl).await,
            // The CDN would go on to give it.
            _ => to_be_heard(&mut alice, n, Some(ttl), false).await,
        };
        // The same photo for good, in the same chat and in another one.
        if let InputMedia::UploadedPhoto(photo) = &timed {
            let plain = types::InputMediaUploadedPhoto { ttl_seconds: None, ..(**photo).clone() };
            alice.call(send_media(&to_bob, InputMedia::from(plain), 10)).await.unwrap();
        }
        alice.call(send_media(&to_bob, timed, n)).await.unwrap();
        let shown = history(&mut bob, &to_alice).await;
        let seen = message(&shown[0]);
        let kept_place = place(seen);
        assert!(found(&mut bob, &kept_place).await, "it may be fetched before it is opened");
        let hashes = functions::upload::GetFileHashes { location: kept_place.clone(), offset: 0 };
        assert!(!bob.call(hashes.clone()).await.unwrap().is_empty());
        let own_place = place(message(&history(&mut alice, &to_bob).await[0]));
        assert!(found(&mut alice, &own_place).await);
        if let enums::InputFileLocation::PhotoFileLocation(place) = &kept_place {
            let id = types::InputPhoto {
                id: place.id,
                access_hash: place.access_hash,
                file_reference: place.file_reference.clone(),
            };
            let again = types::InputMediaPhoto {
                spoiler: false,
                live_photo: false,
                id: id.into(),
                ttl_seconds: None,
                video: None,
            };
            let keep = send_media(&enums::InputPeer::PeerSelf, InputMedia::from(again), 77);
            assert_eq!(bob.error(keep).await, (400, "MEDIA_EMPTY".into()), "it is not for keeping");
        }
        bob.call(open(seen.id)).await.unwrap();
        server.advance(Duration::from_secs(11)).await.unwrap();
        assert_eq!(newest(&mut bob, &to_alice).await, (seen.id, Some(ttl), false));
        assert!(!found(&mut bob, &kept_place).await, "it is gone for Bob");
        assert!(!found(&mut alice, &own_place).await, "and for Alice");
        assert_eq!(bob.error(hashes).await, (400, "LOCATION_INVALID".into()));
        if n == 1 {
            let plain = place(message(&shown[1]));
            assert!(found(&mut bob, &plain).await, "what was sent for good stays");
        }
        hear(&mut alice).await;
    }
    let plain = history(&mut bob, &to_alice).await;
    let plain = plain.iter().map(message).find(|message| medium(message).1).unwrap();
    let plain = place(plain);
    server.shutdown().await;
    let server = kept(folder.path()).spawn().await.unwrap();
    bob.reconnect(server.address()).await;
    assert!(found(&mut bob, &plain).await);
}

#[tokio::test]
async fn what_is_deleted_before_it_was_opened_is_gone_as_well() {
    let server = server().await;
    let (mut alice, mut bob) = (device(&server, ALICE).await, device(&server, BOB).await);
    let (to_bob, to_alice) = (peer(&alice.find(BOB).await), peer(&bob.find(ALICE).await));
    let timed = timed_photo(&mut alice, 1, 10).await;
    alice.call(send_media(&to_bob, timed, 1)).await.unwrap();
    let shown = history(&mut bob, &to_alice).await;
    let kept_place = place(message(&shown[0]));
    let (own, ..) = newest(&mut alice, &to_bob).await;
    let delete = functions::messages::DeleteMessages { revoke: true, id: vec![own] };
    alice.call(delete).await.unwrap();
    assert!(!found(&mut bob, &kept_place).await);
}
