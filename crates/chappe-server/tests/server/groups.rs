//! Basic groups: what each member sees, on every device, live and afterwards, and what nobody else does.

use std::io::Cursor;

use crate::common::cloud::{self, Chat, action, device, edit, forward, history, send, text};
use crate::common::groups::{
    CAROL, Three, actions, add, chat, chat_in, chat_peer, create, flat, full_chat, hear, members, no_bans,
    remove, texts,
};
use crate::common::{ALICE, Client, kept, server};
use chappe_api::{enums, functions, types};
use enums::MessageAction as A;

#[tokio::test]
async fn a_new_group_is_shown_to_every_member() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let users = vec![t.to_bob.clone().into(), t.to_carol.clone().into()];
    let made = t.alice.call(create("Trio", users)).await.unwrap();
    assert!(made.missing_invitees.is_empty());
    let updates = cloud::full(made.updates);
    let group = chat_in(&updates.chats);
    assert!(group.creator && !group.left && group.participants_count == 3 && group.title == "Trio");
    assert!(
        matches!(&updates.updates[..], [enums::Update::ChatParticipants(_), enums::Update::NewMessage(new)]
        if matches!(action(&new.message), A::ChatCreate(made) if made.title == "Trio" && made.users.len() == 3))
    );
    for client in [&mut t.bob, &mut t.carol] {
        let told = client.settle().await;
        let enums::Updates::Updates(first) = &told[0] else { panic!("{told:?}") };
        let seen = chat_in(&first.chats);
        assert!(!seen.creator && seen.id == group.id);
        assert!(first.users.iter().any(|user| crate::common::user(user.clone()).id == t.alice_id));
        assert!(matches!(&actions(&told)[..], [A::ChatCreate(_)]));
        let told = flat(told);
        let participants = told.iter().find_map(|update| match update {
            enums::Update::ChatParticipants(update) => Some(members(&update.participants)),
            _ => None,
        });
        assert_eq!(participants, Some((vec![t.alice_id], vec![], vec![t.bob_id, t.carol_id])));
    }
    assert!(hear(&mut t.alice).await.is_empty(), "the answer said all");
    let full = full_chat(&mut t.carol, group.id).await;
    assert_eq!(members(&full.participants).2, [t.bob_id, t.carol_id]);
    // Nobody else knows of it.
    let mut stranger = device(&server, "9996640004").await;
    let ask = functions::messages::GetChats { id: vec![group.id] };
    assert_eq!(stranger.error(ask).await, (400, "CHAT_ID_INVALID".into()));
    assert_eq!(stranger.error(send(&chat_peer(group.id), "x", 1)).await.1, "CHAT_ID_INVALID");
    let ask = functions::messages::GetFullChat { chat_id: group.id };
    assert_eq!(stranger.error(ask).await.1, "CHAT_ID_INVALID");
    assert_eq!(t.alice.error(create(" ", vec![t.to_bob.into()])).await, (400, "CHAT_TITLE_EMPTY".into()));
    assert_eq!(t.alice.error(create("x", vec![])).await, (400, "USERS_TOO_FEW".into()));
}

#[tokio::test]
async fn a_message_reaches_every_member_and_every_device() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = chat_peer(t.group("Trio").await);
    let mut other = device(&server, ALICE).await;
    hear(&mut other).await;
    // Ids differ from mailbox to mailbox.
    t.bob.call(send(&enums::InputPeer::PeerSelf, "note", 9)).await.unwrap();
    t.alice.call(send(&group, "hello", 1)).await.unwrap();
    for client in [&mut t.bob, &mut t.carol, &mut other] {
        assert_eq!(texts(&client.settle().await), ["hello"]);
    }
    assert!(hear(&mut t.alice).await.is_empty());
    let of_bob = history(&mut t.bob, &group).await;
    assert_eq!((cloud::message(&of_bob[0]).id, cloud::message(&of_bob[0]).out), (3, false));
    let of_alice = history(&mut t.alice, &group).await;
    let id = cloud::message(&of_alice[0]).id;
    assert_eq!((id, cloud::message(&of_alice[0]).out), (2, true));

    // The same call again sends nothing.
    t.alice.call(send(&group, "hello", 1)).await.unwrap();
    assert!(hear(&mut t.bob).await.is_empty());

    // Edits and deletions reach all copies.
    t.alice.call(edit(&group, id, "bye")).await.unwrap();
    for client in [&mut t.bob, &mut t.carol, &mut other] {
        let told = flat(client.settle().await);
        assert!(matches!(&told[..], [enums::Update::EditMessage(edit)] if text(&edit.message) == "bye"));
    }
    assert_eq!(t.bob.error(edit(&group, 3, "mine")).await.1, "MESSAGE_AUTHOR_REQUIRED");
    // Bob may not delete it for others, only for himself.
    let delete = |id| functions::messages::DeleteMessages { revoke: true, id: vec![id] };
    t.bob.call(delete(3)).await.unwrap();
    assert_eq!(history(&mut t.carol, &group).await.len(), 2);
    t.alice.call(delete(id)).await.unwrap();
    for client in [&mut t.alice, &mut t.bob, &mut t.carol, &mut other] {
        assert_eq!(history(client, &group).await.len(), 1);
    }
}

#[tokio::test]
async fn the_author_learns_who_has_read_a_message_and_when() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = chat_peer(t.group("Trio").await);
    t.alice.call(send(&group, "read me", 1)).await.unwrap();
    t.settle().await;
    let ask = functions::messages::GetMessageReadParticipants { peer: group.clone(), msg_id: 2 };
    assert!(t.alice.call(ask.clone()).await.unwrap().is_empty());
    assert_eq!(Chat::of(&mut t.bob, &group).await.unread_count, 2);
    let read = functions::messages::ReadHistory { peer: group.clone(), max_id: 2 };
    assert_eq!(t.bob.call(read).await.unwrap().pts_count, 1);
    assert_eq!(Chat::of(&mut t.bob, &group).await.unread_count, 0);
    let enums::Update::ReadHistoryOutbox(mark) = t.alice.update().await else { panic!("not read") };
    assert_eq!(mark.max_id, 2);
    assert_eq!(Chat::of(&mut t.alice, &group).await.read_outbox_max_id, 2);
    let readers = t.alice.call(ask.clone()).await.unwrap();
    assert_eq!(readers.iter().map(|reader| reader.user_id).collect::<Vec<_>>(), [t.bob_id]);
    assert!(readers[0].date > 0);
    assert_eq!(t.bob.error(ask).await.1, "MSG_ID_INVALID", "only the author asks");
}

#[tokio::test]
async fn who_is_added_gets_what_was_said_before_as_far_as_the_adder_wants() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let made = t.alice.call(create("Duo", vec![t.to_bob.clone().into()])).await.unwrap();
    let id = chat_in(&cloud::full(made.updates).chats).id;
    let group = chat_peer(id);
    for n in 1..=3 {
        t.alice.call(send(&group, &format!("text {n}"), n)).await.unwrap();
    }
    t.settle().await;
    assert_eq!(t.alice.error(add(id, &t.to_bob, 0)).await, (400, "USER_ALREADY_PARTICIPANT".into()));
    t.alice.call(add(id, &t.to_carol, 2)).await.unwrap();
    let told = hear(&mut t.carol).await;
    assert_eq!(texts(&told), ["text 2", "text 3"]);
    assert!(matches!(&actions(&told)[..], [A::ChatAddUser(added)] if added.users == [t.carol_id]));
    assert_eq!(history(&mut t.carol, &group).await.len(), 3);
    let told = hear(&mut t.bob).await;
    assert!(matches!(&actions(&told)[..], [A::ChatAddUser(_)]));
    assert!(flat(told).iter().any(|update| matches!(update, enums::Update::ChatParticipants(_))));
    t.carol.call(send(&group, "thanks", 1)).await.unwrap();
    assert_eq!(texts(&hear(&mut t.alice).await), ["thanks"]);
}

#[tokio::test]
async fn who_does_not_want_to_be_added_is_named_as_missing() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let set = functions::account::SetPrivacy {
        key: enums::InputPrivacyKey::ChatInvite,
        rules: vec![enums::InputPrivacyRule::DisallowAll],
    };
    t.carol.call(set).await.unwrap();
    let users = vec![t.to_bob.clone().into(), t.to_carol.clone().into()];
    let made = t.alice.call(create("Duo", users)).await.unwrap();
    assert_eq!(made.missing_invitees.iter().map(|one| one.user_id).collect::<Vec<_>>(), [t.carol_id]);
    let group = chat_in(&cloud::full(made.updates).chats);
    assert_eq!(group.participants_count, 2);
    let added = t.alice.call(add(group.id, &t.to_carol, 0)).await.unwrap();
    assert_eq!(added.missing_invitees.len(), 1);
    assert!(hear(&mut t.carol).await.is_empty());
}

#[tokio::test]
async fn who_leaves_or_is_removed_sees_no_more() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let id = t.group("Trio").await;
    let group = chat_peer(id);
    let to_carol = t.bob.find(CAROL).await;
    assert_eq!(t.bob.error(remove(id, to_carol.into())).await, (400, "CHAT_ADMIN_REQUIRED".into()));
    // Bob leaves, and hears no more.
    t.bob.call(remove(id, enums::InputUser::UserSelf)).await.unwrap();
    for client in [&mut t.alice, &mut t.carol] {
        let told = client.settle().await;
        assert!(matches!(&actions(&told)[..], [A::ChatDeleteUser(gone)] if gone.user_id == t.bob_id));
    }
    t.alice.call(send(&group, "among us", 1)).await.unwrap();
    assert!(texts(&hear(&mut t.bob).await).is_empty());
    assert_eq!(t.bob.error(send(&group, "x", 2)).await, (403, "CHAT_WRITE_FORBIDDEN".into()));
    assert!(matches!(chat(&mut t.bob, id).await, enums::Chat::Chat(chat) if chat.left));
    let full = full_chat(&mut t.bob, id).await;
    assert!(matches!(full.participants, enums::ChatParticipants::Forbidden(_)));
    assert_eq!(history(&mut t.bob, &group).await.len(), 2, "what was said before stays");
    let title = functions::messages::EditChatTitle { chat_id: id, title: "Mine".into() };
    assert_eq!(t.bob.error(title).await.1, "CHAT_ID_INVALID");
    // He may come back by himself. Others may not bring him back unless he knows them.
    assert_eq!(t.alice.error(add(id, &t.to_bob, 0)).await, (403, "USER_NOT_MUTUAL_CONTACT".into()));
    let back =
        functions::messages::AddChatUser { chat_id: id, user_id: enums::InputUser::UserSelf, fwd_limit: 0 };
    t.bob.call(back.clone()).await.unwrap();
    t.bob.call(send(&group, "back", 3)).await.unwrap();

    // Alice removes Carol.
    t.settle().await;
    t.alice.call(remove(id, t.to_carol.clone().into())).await.unwrap();
    let told = hear(&mut t.carol).await;
    assert!(matches!(&actions(&told)[..], [A::ChatDeleteUser(gone)] if gone.user_id == t.carol_id));
    assert!(matches!(chat(&mut t.carol, id).await, enums::Chat::Forbidden(_)));
    assert_eq!(t.carol.error(back).await.1, "CHAT_ID_INVALID");
    t.alice.call(send(&group, "among two", 4)).await.unwrap();
    assert!(hear(&mut t.carol).await.is_empty());
    assert_eq!(t.alice.error(remove(id, t.to_carol.into())).await.1, "USER_NOT_PARTICIPANT");
}

#[tokio::test]
async fn rights_decide_who_may_do_what() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let id = t.group("Trio").await;
    let group = chat_peer(id);
    let title = |title: &str| functions::messages::EditChatTitle { chat_id: id, title: title.into() };
    t.bob.call(title("Band")).await.unwrap();
    let told = hear(&mut t.carol).await;
    assert!(matches!(&actions(&told)[..], [A::ChatEditTitle(edit)] if edit.title == "Band"));
    assert_eq!(t.bob.error(title("Band")).await, (400, "CHAT_NOT_MODIFIED".into()));

    let mut rights = no_bans();
    rights.change_info = true;
    rights.send_messages = true;
    let restrict = |banned_rights| functions::messages::EditChatDefaultBannedRights {
        peer: group.clone(),
        banned_rights,
    };
    assert_eq!(t.bob.error(restrict(rights.clone())).await, (400, "CHAT_ADMIN_REQUIRED".into()));
    t.alice.call(restrict(rights.clone())).await.unwrap();
    assert_eq!(t.alice.error(restrict(rights)).await.1, "CHAT_NOT_MODIFIED");
    let told = flat(hear(&mut t.bob).await);
    assert!(matches!(&told[..], [enums::Update::ChatDefaultBannedRights(update)]
        if update.default_banned_rights.send_messages && !update.default_banned_rights.send_media));
    assert_eq!(t.bob.error(send(&group, "x", 1)).await, (403, "CHAT_WRITE_FORBIDDEN".into()));
    assert_eq!(t.bob.error(title("Mine")).await, (400, "CHAT_ADMIN_REQUIRED".into()));

    let promote = |user: &types::InputUser, is_admin| functions::messages::EditChatAdmin {
        chat_id: id,
        user_id: user.clone().into(),
        is_admin,
    };
    let to_carol = t.bob.find(CAROL).await;
    assert_eq!(t.bob.error(promote(&to_carol, true)).await.1, "CHAT_ID_INVALID");
    assert!(t.alice.call(promote(&t.to_bob, true)).await.unwrap());
    let told = flat(hear(&mut t.carol).await);
    assert!(
        matches!(told.last(), Some(enums::Update::ChatParticipants(update)) if members(&update.participants).1 == [t.bob_id])
    );
    t.bob.call(send(&group, "allowed", 2)).await.unwrap();
    t.bob.call(title("Mine")).await.unwrap();
    t.bob.call(remove(id, to_carol.into())).await.expect("administrators may");
    let to_alice = t.bob.find(ALICE).await;
    assert_eq!(t.bob.error(remove(id, to_alice.into())).await.1, "CHAT_ADMIN_REQUIRED");
    let about = |about: &str| functions::messages::EditChatAbout { peer: group.clone(), about: about.into() };
    assert!(t.bob.call(about("words")).await.unwrap());
    assert_eq!(t.bob.error(about("words")).await.1, "CHAT_ABOUT_NOT_MODIFIED");
    assert_eq!(t.bob.error(about(&"x".repeat(256))).await.1, "CHAT_ABOUT_TOO_LONG");
    assert_eq!(full_chat(&mut t.alice, id).await.about, "words");
}

async fn upload(client: &mut Client, id: i64) -> enums::InputFile {
    let image = image::RgbImage::from_fn(200, 200, |x, y| image::Rgb([x as u8, y as u8, 7]));
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let part = functions::upload::SaveFilePart { file_id: id, file_part: 0, bytes: bytes.into_inner() };
    client.call(part).await.unwrap();
    types::InputFile { id, parts: 1, name: "file".into(), md5_checksum: String::new() }.into()
}

#[tokio::test]
async fn each_member_fetches_the_photo_of_a_group_in_their_own_way() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let id = t.group("Trio").await;
    let file = Some(upload(&mut t.bob, 5).await);
    let photo =
        types::InputChatUploadedPhoto { file, video: None, video_start_ts: None, video_emoji_markup: None };
    t.bob.call(functions::messages::EditChatPhoto { chat_id: id, photo: photo.into() }).await.unwrap();
    let mut hashes = Vec::new();
    for client in [&mut t.alice, &mut t.carol] {
        let told = client.settle().await;
        let [A::ChatEditPhoto(edit)] = &actions(&told)[..] else { panic!("{told:?}") };
        let enums::Photo::Photo(photo) = &edit.photo else { panic!("no photo") };
        hashes.push(photo.access_hash);
        let location = types::InputPhotoFileLocation {
            id: photo.id,
            access_hash: photo.access_hash,
            file_reference: photo.file_reference.clone(),
            thumb_size: "a".into(),
        };
        let get = functions::upload::GetFile {
            precise: false,
            cdn_supported: false,
            location: location.into(),
            offset: 0,
            limit: 65_536,
        };
        client.call(get).await.expect("the photo");
        let enums::Chat::Chat(seen) = chat(client, id).await else { panic!("no group") };
        let enums::ChatPhoto::Photo(small) = &seen.photo else { panic!("no photo") };
        assert_eq!(small.photo_id, photo.id);
        let location =
            types::InputPeerPhotoFileLocation { big: true, peer: chat_peer(id), photo_id: small.photo_id };
        let get = functions::upload::GetFile {
            precise: false,
            cdn_supported: false,
            location: location.into(),
            offset: 0,
            limit: 65_536,
        };
        client.call(get).await.expect("the photo by its group");
        assert!(full_chat(client, id).await.chat_photo.is_some());
    }
    assert_ne!(hashes[0], hashes[1]);
    let none = functions::messages::EditChatPhoto { chat_id: id, photo: enums::InputChatPhoto::Empty };
    t.alice.call(none.clone()).await.unwrap();
    assert!(matches!(&actions(&hear(&mut t.bob).await)[..], [A::ChatDeletePhoto]));
    assert_eq!(t.alice.error(none).await, (400, "CHAT_NOT_MODIFIED".into()));
}

#[tokio::test]
async fn messages_are_answered_forwarded_pinned_and_found() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let id = t.group("Trio").await;
    let group = chat_peer(id);
    t.bob.call(send(&enums::InputPeer::PeerSelf, "note", 9)).await.unwrap();
    t.alice.call(send(&group, "question", 1)).await.unwrap();
    t.settle().await;
    // Bob answers: each sees the answer to their own copy, and Alice that it is for her.
    let mut answer = send(&group, "answer", 2);
    answer.reply_to = Some(cloud::reply(3));
    t.bob.call(answer).await.unwrap();
    let told = hear(&mut t.alice).await;
    assert_eq!(texts(&told), ["answer"]);
    let of_alice = history(&mut t.alice, &group).await;
    assert_eq!(cloud::reply_id(&of_alice[0]), Some(2));
    assert!(cloud::message(&of_alice[0]).mentioned);
    assert_eq!(Chat::of(&mut t.alice, &group).await.unread_mentions_count, 1);
    let of_carol = history(&mut t.carol, &group).await;
    assert!(!cloud::message(&of_carol[0]).mentioned);

    // Out of the group and into another chat.
    t.carol.call(forward(&group, &enums::InputPeer::PeerSelf, vec![2], vec![5])).await.unwrap();
    let saved = history(&mut t.carol, &enums::InputPeer::PeerSelf).await;
    let fwd = cloud::message(&saved[0]).fwd_from.clone().unwrap();
    assert_eq!(fwd.from_id, Some(cloud::user_peer(t.alice_id)));
    // Into the group.
    t.settle().await;
    t.bob.call(forward(&enums::InputPeer::PeerSelf, &group, vec![2], vec![6])).await.unwrap();
    assert_eq!(texts(&hear(&mut t.alice).await), ["note"]);

    let pin = functions::messages::UpdatePinnedMessage {
        silent: false,
        unpin: false,
        pm_oneside: false,
        peer: group.clone(),
        id: 2,
    };
    t.alice.call(pin).await.unwrap();
    let told = hear(&mut t.carol).await;
    assert!(matches!(&actions(&told)[..], [A::PinMessage]));
    assert!(flat(told).iter().any(|update| matches!(update, enums::Update::PinnedMessages(_))));
    assert_eq!(full_chat(&mut t.bob, id).await.pinned_msg_id, Some(3));

    let found = t.carol.call(cloud::search(&group, "ANSWER", enums::MessagesFilter::Empty)).await.unwrap();
    assert_eq!(cloud::messages(found).iter().map(text).collect::<Vec<_>>(), ["answer"]);
    let found = t.carol.call(cloud::search_global("question")).await.unwrap();
    assert_eq!(cloud::messages(found).len(), 2, "in the group, and saved");

    let typing = functions::messages::SetTyping {
        peer: group.clone(),
        top_msg_id: None,
        action: enums::SendMessageAction::TypingAction,
    };
    t.settle().await;
    t.bob.call(typing).await.unwrap();
    let told = flat(hear(&mut t.alice).await);
    assert!(matches!(&told[..], [enums::Update::ChatUserTyping(typing)] if typing.chat_id == id));
    t.alice.call(cloud::draft(&group, "half a")).await.unwrap();
    assert!(Chat::of(&mut t.alice, &group).await.draft.is_some());
    assert!(Chat::of(&mut t.bob, &group).await.draft.is_none());
    let other = t.alice.find(crate::common::BOB).await;
    let common = functions::messages::GetCommonChats { user_id: other.into(), max_id: 0, limit: 10 };
    let common = t.alice.call(common).await.unwrap();
    assert_eq!(chat_in(&crate::common::groups::chats(common)).id, id);
}

#[tokio::test]
async fn an_album_comes_as_one_to_every_member() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = chat_peer(t.group("Trio").await);
    let mut multi_media = Vec::new();
    for id in 1..=2 {
        let file = upload(&mut t.alice, id).await;
        let media = types::InputMediaUploadedPhoto {
            spoiler: false,
            live_photo: false,
            file,
            stickers: None,
            ttl_seconds: None,
            video: None,
        };
        let (message, entities) = (format!("photo {id}"), None);
        multi_media.push(types::InputSingleMedia { media: media.into(), random_id: id, message, entities });
    }
    let album = functions::messages::SendMultiMedia {
        silent: false,
        background: false,
        clear_draft: false,
        noforwards: false,
        update_stickersets_order: false,
        invert_media: false,
        allow_paid_floodskip: false,
        peer: group.clone(),
        reply_to: None,
        multi_media,
        schedule_date: None,
        send_as: None,
        quick_reply_shortcut: None,
        effect: None,
        allow_paid_stars: None,
    };
    t.alice.call(album).await.unwrap();
    for client in [&mut t.bob, &mut t.carol] {
        assert_eq!(texts(&client.settle().await), ["photo 1", "photo 2"]);
        let seen = history(client, &group).await;
        let album: Vec<_> = seen[..2].iter().map(|one| cloud::message(one).grouped_id).collect();
        assert!(album[0].is_some() && album[0] == album[1]);
        assert!(matches!(cloud::message(&seen[0]).media, Some(enums::MessageMedia::Photo(_))));
        let found = client.call(cloud::search(&group, "", enums::MessagesFilter::Photos)).await.unwrap();
        assert_eq!(cloud::messages(found).len(), 2);
    }
}

#[tokio::test]
async fn a_device_that_was_away_learns_of_the_group_from_the_difference() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).spawn().await.unwrap();
    let mut t = Three::new(&server).await;
    let start = t.carol.state().await;
    let (saved, alice) = (t.carol.saved.clone(), t.alice.saved.clone());
    let id = t.group("Trio").await;
    let group = chat_peer(id);
    t.alice.call(send(&group, "one", 1)).await.unwrap();
    t.bob.call(send(&group, "two", 2)).await.unwrap();
    t.alice.call(functions::messages::EditChatTitle { chat_id: id, title: "Band".into() }).await.unwrap();
    drop((t.alice, t.bob, t.carol));
    server.shutdown().await;

    let server = kept(folder.path()).spawn().await.unwrap();
    let mut carol = Client::resume(server.address(), saved).await;
    let missed = cloud::difference(&mut carol, start.pts, start.date).await;
    let seen: Vec<&str> = missed.new_messages.iter().filter(|one| is_text(one)).map(text).collect();
    assert_eq!(seen, ["one", "two"]);
    assert_eq!(missed.new_messages.len(), 4);
    let seen = chat_in(&missed.chats);
    assert_eq!((seen.title.as_str(), seen.participants_count), ("Band", 3));
    assert!(missed.other_updates.iter().any(|update| matches!(update, enums::Update::ChatParticipants(_))));
    let mut alice = Client::resume(server.address(), alice).await;
    alice.call(send(&group, "three", 3)).await.unwrap();
    assert_eq!(texts(&hear(&mut carol).await), ["three"]);
    let dialogs = carol.call(cloud::dialogs(0, 0, enums::InputPeer::Empty, 10)).await.unwrap();
    let enums::messages::Dialogs::Dialogs(dialogs) = dialogs else { panic!("{dialogs:?}") };
    assert_eq!((dialogs.dialogs.len(), chat_in(&dialogs.chats).id), (1, id));
    assert_eq!(cloud::dialog(&dialogs.dialogs[0]).unread_count, 5);
}

fn is_text(message: &enums::Message) -> bool {
    matches!(message, enums::Message::Message(_))
}

#[tokio::test]
async fn a_deleted_group_is_dead_for_everybody() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let id = t.group("Trio").await;
    let delete = functions::messages::DeleteChat { chat_id: id };
    assert_eq!(t.bob.error(delete.clone()).await, (400, "CHAT_ADMIN_REQUIRED".into()));
    assert!(t.alice.call(delete).await.unwrap());
    let told = flat(hear(&mut t.bob).await);
    assert!(matches!(&told[..], [enums::Update::Chat(update)] if update.chat_id == id));
    let enums::Chat::Chat(seen) = chat(&mut t.bob, id).await else { panic!("no group") };
    assert!(seen.deactivated);
    assert_eq!(t.bob.error(send(&chat_peer(id), "x", 1)).await.1, "CHAT_WRITE_FORBIDDEN");
}

#[tokio::test]
async fn what_a_guarded_group_says_cannot_be_forwarded() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = chat_peer(t.group("Trio").await);
    t.alice.call(send(&group, "ours", 1)).await.unwrap();
    let guard =
        functions::messages::ToggleNoForwards { peer: group.clone(), enabled: true, request_msg_id: None };
    assert_eq!(t.bob.error(guard.clone()).await.1, "CHAT_ADMIN_REQUIRED");
    t.alice.call(guard.clone()).await.unwrap();
    assert_eq!(t.alice.error(guard).await.1, "CHAT_NOT_MODIFIED");
    let out = forward(&group, &enums::InputPeer::PeerSelf, vec![2], vec![5]);
    assert_eq!(t.bob.error(out).await, (406, "CHAT_FORWARDS_RESTRICTED".into()));
}

/// More than one call of `messages.deleteMessages` or a step of the server takes.
#[tokio::test]
async fn a_history_is_revoked_to_its_first_message() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = t.group("Trio").await;
    let peer = chat_peer(group);
    cloud::flood(&mut t.bob, &peer, 1011).await;
    let mut all = remove(group, t.to_bob.clone().into());
    all.revoke_history = true;
    t.alice.call(all).await.unwrap();
    for client in [&mut t.alice, &mut t.carol] {
        let left = history(client, &peer).await;
        assert!(left.iter().all(|message| matches!(message, enums::Message::Service(_))), "{left:?}");
    }
}
