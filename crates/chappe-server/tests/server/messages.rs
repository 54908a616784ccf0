//! Private chats: what each side sees, on every device, live and afterwards.

use std::time::Duration;

use crate::common::cloud::{self, Chat, affected, device, edit, history, peer, send, text, updates_of};
use crate::common::{ALICE, BOB, Client, kept, server};
use chappe_api::{enums, functions, types};
use chappe_server::Server;

/// Two people who know each other, Alice on two devices.
struct Friends {
    alice: Client,
    alices_other: Client,
    bob: Client,
    /// Bob as Alice names him, and Alice as Bob does.
    to_bob: enums::InputPeer,
    to_alice: enums::InputPeer,
    alice_id: i64,
    bob_id: i64,
}

impl Friends {
    async fn new(server: &Server) -> Self {
        let mut alice = device(server, ALICE).await;
        let mut alices_other = device(server, ALICE).await;
        let mut bob = device(server, BOB).await;
        let (b, a) = (alice.find(BOB).await, bob.find(ALICE).await);
        let (alice_id, bob_id) = (a.user_id, b.user_id);
        alice.settle().await;
        alices_other.settle().await;
        bob.settle().await;
        Self {
            alice,
            alices_other,
            bob,
            to_bob: cloud::peer(&b),
            to_alice: cloud::peer(&a),
            alice_id,
            bob_id,
        }
    }
}

#[tokio::test]
async fn a_text_reaches_the_other_side_and_the_senders_other_device() {
    let server = server().await;
    let mut f = Friends::new(&server).await;
    let before = f.alice.state().await.pts;
    let sent = match f.alice.call(send(&f.to_bob, "hello", 1)).await.unwrap() {
        enums::Updates::UpdateShortSentMessage(sent) => sent,
        other => panic!("{other:?}"),
    };
    assert!(sent.out);
    assert_eq!((sent.id, sent.pts, sent.pts_count), (1, before + 1, 1));

    // Bob gets it in full, with Alice beside it: he may not know her.
    let (update, users) = f.bob.boxed_update().await;
    let enums::Update::NewMessage(new) = update else { panic!("{update:?}") };
    let message = cloud::message(&new.message);
    assert_eq!((message.message.as_str(), message.out, message.id, new.pts), ("hello", false, 1, 2));
    assert_eq!(message.peer_id, cloud::user_peer(f.alice_id));
    assert!(users.iter().any(|user| crate::common::user(user.clone()).id == f.alice_id));
    // So does Alice's other device, as her own.
    let enums::Update::NewMessage(new) = f.alices_other.update().await else { panic!("no message") };
    let message = cloud::message(&new.message);
    assert!(message.out);
    assert_eq!((message.peer_id.clone(), new.pts), (cloud::user_peer(f.bob_id), sent.pts));
    assert!(f.alice.settle().await.is_empty(), "the answer said all");

    // Now they know each other, and the short form will do.
    f.bob.call(send(&f.to_alice, "hi", 1)).await.unwrap();
    for device in [&mut f.alice, &mut f.alices_other] {
        let updates = device.settle().await;
        let last = updates.last().unwrap();
        match last {
            enums::Updates::UpdateShortMessage(short) => {
                assert_eq!((short.message.as_str(), short.user_id, short.out), ("hi", f.bob_id, false));
            }
            enums::Updates::Updates(_) => {}
            other => panic!("{other:?}"),
        }
    }
    f.bob.call(send(&f.to_alice, "again", 2)).await.unwrap();
    let updates = f.alice.settle().await;
    assert!(
        matches!(&updates[..], [enums::Updates::UpdateShortMessage(short)] if short.message == "again" && short.pts_count == 1),
        "{updates:?}"
    );
}

#[tokio::test]
async fn a_repeated_call_is_answered_and_not_sent_twice() {
    let server = server().await;
    let mut f = Friends::new(&server).await;
    let first = f.alice.call(send(&f.to_bob, "once", 7)).await.unwrap();
    let second = f.alice.call(send(&f.to_bob, "once", 7)).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(f.alice.error(send(&f.to_bob, "other", 7)).await, (500, "RANDOM_ID_DUPLICATE".into()));
    assert_eq!(f.bob.settle().await.len(), 1);
    assert_eq!(history(&mut f.alice, &f.to_bob).await.len(), 1);
    assert_eq!(f.alice.error(send(&f.to_bob, " ", 8)).await, (400, "MESSAGE_EMPTY".into()));
    assert_eq!(f.alice.error(send(&f.to_bob, &"x".repeat(4097), 9)).await, (400, "MESSAGE_TOO_LONG".into()));
    let stranger = types::InputPeerUser { user_id: f.bob_id, access_hash: 1 }.into();
    assert_eq!(f.alice.error(send(&stranger, "x", 10)).await.1, "PEER_ID_INVALID");
}

#[tokio::test]
async fn the_difference_holds_what_a_device_missed_in_slices() {
    let server = server().await;
    let mut f = Friends::new(&server).await;
    let start = f.bob.state().await;
    for n in 0..5 {
        f.alice.call(send(&f.to_bob, &format!("text {n}"), n + 1)).await.unwrap();
    }
    f.alice.call(edit(&f.to_bob, 1, "edited")).await.unwrap();
    let delete = functions::messages::DeleteMessages { revoke: true, id: vec![2] };
    f.alice.call(delete).await.unwrap();

    let ask = |pts, limit| functions::updates::GetDifference {
        pts,
        pts_limit: limit,
        pts_total_limit: None,
        date: start.date,
        qts: start.qts,
        qts_limit: None,
    };
    let enums::updates::Difference::Slice(slice) = f.bob.call(ask(start.pts, Some(3))).await.unwrap() else {
        panic!("no slice")
    };
    // The second message is gone, the first is as it was edited.
    let texts: Vec<&str> = slice.new_messages.iter().map(text).collect();
    assert_eq!(texts, ["edited", "text 2"]);
    assert!(slice.users.iter().any(|user| crate::common::user(user.clone()).id == f.alice_id));
    let at = slice.intermediate_state.pts;
    assert_eq!(at, start.pts + 3);
    let enums::updates::Difference::Difference(rest) = f.bob.call(ask(at, None)).await.unwrap() else {
        panic!("not the rest")
    };
    assert_eq!(rest.new_messages.iter().map(text).collect::<Vec<_>>(), ["text 3", "text 4"]);
    assert!(
        matches!(&rest.other_updates[..], [enums::Update::EditMessage(_), enums::Update::DeleteMessages(gone)]
        if gone.messages == [2])
    );
    assert_eq!((rest.state.pts, rest.state.unread_count), (start.pts + 7, 4));
    let enums::updates::Difference::Empty(_) = f.bob.call(ask(rest.state.pts, None)).await.unwrap() else {
        panic!("not empty")
    };
    let far = functions::updates::GetDifference { pts_total_limit: Some(3), ..ask(start.pts, None) };
    assert!(matches!(f.bob.call(far).await.unwrap(),
        enums::updates::Difference::TooLong(far) if far.pts == rest.state.pts));
}

#[tokio::test]
async fn reading_is_told_to_both_sides() {
    let server = server().await;
    let mut f = Friends::new(&server).await;
    for n in 1..=3 {
        f.alice.call(send(&f.to_bob, "x", n)).await.unwrap();
    }
    f.bob.settle().await;
    f.alice.settle().await;
    f.alices_other.settle().await;
    let read = functions::messages::ReadHistory { peer: f.to_alice.clone(), max_id: 2 };
    let done = f.bob.call(read.clone()).await.unwrap();
    assert_eq!(done.pts_count, 1);
    for device in [&mut f.alice, &mut f.alices_other] {
        let enums::Update::ReadHistoryOutbox(mark) = device.update().await else { panic!("not read") };
        assert_eq!((mark.max_id, mark.peer.clone()), (2, cloud::user_peer(f.bob_id)));
    }
    assert_eq!(f.bob.call(read).await.unwrap().pts_count, 0, "it was read before");
    let chat = Chat::of(&mut f.bob, &f.to_alice).await;
    assert_eq!((chat.unread_count, chat.read_inbox_max_id, chat.top_message), (1, 2, 3));
    let chat = Chat::of(&mut f.alice, &f.to_bob).await;
    assert_eq!((chat.unread_count, chat.read_outbox_max_id), (0, 2));
    let all = functions::messages::ReadHistory { peer: f.to_alice.clone(), max_id: 0 };
    f.bob.call(all).await.unwrap();
    assert_eq!(Chat::of(&mut f.bob, &f.to_alice).await.unread_count, 0);
}

#[tokio::test]
async fn edits_and_deletions_reach_every_copy() {
    let server = server().await;
    let mut f = Friends::new(&server).await;
    // The ids differ: Bob has one message more.
    let me = enums::InputPeer::PeerSelf;
    f.bob.call(send(&me, "note", 1)).await.unwrap();
    f.alice.call(send(&f.to_bob, "first", 1)).await.unwrap();
    f.bob.settle().await;
    let updates = updates_of(f.alice.call(edit(&f.to_bob, 1, "second")).await.unwrap());
    assert!(matches!(&updates[..], [enums::Update::EditMessage(edit)] if text(&edit.message) == "second"));
    let enums::Update::EditMessage(edited) = f.bob.update().await else { panic!("no edit") };
    let message = cloud::message(&edited.message);
    assert_eq!((message.message.as_str(), message.id), ("second", 2));
    assert!(message.edit_date.is_some());
    assert_eq!(f.alice.error(edit(&f.to_bob, 1, "second")).await.1, "MESSAGE_NOT_MODIFIED");
    assert_eq!(f.bob.error(edit(&f.to_alice, 2, "mine")).await, (403, "MESSAGE_AUTHOR_REQUIRED".into()));
    assert_eq!(f.alice.error(edit(&f.to_bob, 9, "x")).await.1, "MESSAGE_ID_INVALID");

    let delete = |revoke, id| functions::messages::DeleteMessages { revoke, id: vec![id] };
    f.alice.call(send(&f.to_bob, "third", 2)).await.unwrap();
    f.bob.settle().await;
    assert_eq!(affected(f.alice.call(delete(false, 2)).await.unwrap()), 1);
    assert!(f.bob.settle().await.is_empty(), "his copy stays");
    assert_eq!(history(&mut f.bob, &f.to_alice).await.len(), 2);
    assert_eq!(affected(f.bob.call(delete(true, 2)).await.unwrap()), 1, "each side may take anything back");
    let gone = loop {
        if let enums::Update::DeleteMessages(gone) = f.alice.update().await {
            break gone;
        }
    };
    assert_eq!(gone.messages, [1]);
    assert!(history(&mut f.alice, &f.to_bob).await.is_empty());
    assert_eq!(affected(f.alice.call(delete(true, 1)).await.unwrap()), 0);
}

#[tokio::test]
async fn a_history_that_is_cleared_for_both_is_empty_for_both() {
    let server = server().await;
    let mut alice = device(&server, ALICE).await;
    let mut bob = device(&server, BOB).await;
    let (to_bob, to_alice) = (cloud::peer(&alice.find(BOB).await), cloud::peer(&bob.find(ALICE).await));
    let clear = |peer: &enums::InputPeer, revoke| functions::messages::DeleteHistory {
        just_clear: true,
        revoke,
        peer: peer.clone(),
        max_id: 0,
        min_date: None,
        max_date: None,
    };
    for n in 1..=3 {
        alice.call(send(&to_bob, &format!("secret {n}"), n)).await.unwrap();
    }
    alice.call(clear(&to_bob, true)).await.unwrap();
    assert!(history(&mut bob, &to_alice).await.is_empty());
    let own = history(&mut alice, &to_bob).await;
    assert!(matches!(&own[..], [note] if matches!(cloud::action(note), enums::MessageAction::HistoryClear)));

    // What somebody has cleared for themselves does not come back by edits of the other side.
    alice.call(send(&to_bob, "kept", 4)).await.unwrap();
    let id = cloud::message(&history(&mut alice, &to_bob).await[0]).id;
    bob.call(clear(&to_alice, false)).await.unwrap();
    for text in ["kept, one", "kept, two"] {
        alice.call(edit(&to_bob, id, text)).await.unwrap();
    }
    let seen = history(&mut bob, &to_alice).await;
    assert!(matches!(&seen[..], [note] if matches!(cloud::action(note), enums::MessageAction::HistoryClear)));
    assert_eq!(cloud::text(&history(&mut alice, &to_bob).await[0]), "kept, two");
}

#[tokio::test]
async fn history_takes_every_offset() {
    let server = server().await;
    let mut f = Friends::new(&server).await;
    for n in 1..=9 {
        f.alice.call(send(&f.to_bob, &format!("{n}"), n)).await.unwrap();
    }
    let mut ids = async |offset_id, add_offset, limit, max_id, min_id| {
        let query = functions::messages::GetHistory {
            peer: f.to_bob.clone(),
            offset_id,
            offset_date: 0,
            add_offset,
            limit,
            max_id,
            min_id,
            hash: 0,
        };
        cloud::ids(f.alice.call(query).await.unwrap())
    };
    assert_eq!(ids(0, 0, 3, 0, 0).await, [9, 8, 7]);
    assert_eq!(ids(7, 0, 3, 0, 0).await, [6, 5, 4]);
    assert_eq!(ids(7, 1, 2, 0, 0).await, [5, 4]);
    assert_eq!(ids(5, -2, 4, 0, 0).await, [6, 5, 4, 3], "newer ones as well");
    assert_eq!(ids(9, -5, 7, 0, 0).await, [9, 8, 7], "there are no newer ones than the newest");
    assert_eq!(ids(0, 0, 9, 5, 2).await, [4, 3]);
    assert_eq!(ids(0, 0, 0, 0, 0).await, [0; 0]);
    let query = functions::messages::GetHistory {
        peer: f.to_bob.clone(),
        offset_id: 0,
        offset_date: i32::MAX,
        add_offset: 0,
        limit: 2,
        max_id: 0,
        min_id: 0,
        hash: 0,
    };
    match f.alice.call(query).await.unwrap() {
        enums::messages::Messages::Slice(slice) => assert_eq!((slice.count, slice.messages.len()), (9, 2)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn replies_pins_and_forwards_name_the_right_message_on_each_side() {
    let server = server().await;
    let mut f = Friends::new(&server).await;
    f.bob.call(send(&enums::InputPeer::PeerSelf, "note", 1)).await.unwrap();
    f.alice.call(send(&f.to_bob, "question", 1)).await.unwrap();
    let mut answer = send(&f.to_alice, "answer", 2);
    answer.reply_to = Some(cloud::reply(2));
    f.bob.call(answer).await.unwrap();
    let got = history(&mut f.alice, &f.to_bob).await;
    assert_eq!(cloud::reply_id(&got[0]), Some(1), "as Alice numbers it");
    let got = history(&mut f.bob, &f.to_alice).await;
    assert_eq!(cloud::reply_id(&got[0]), Some(2));
    let mut wrong = send(&f.to_alice, "x", 3);
    wrong.reply_to = Some(cloud::reply(77));
    assert_eq!(f.bob.error(wrong).await.1, "REPLY_MESSAGE_ID_INVALID");

    f.bob.settle().await;
    let pin = |peer: &enums::InputPeer, id, unpin| functions::messages::UpdatePinnedMessage {
        silent: true,
        unpin,
        pm_oneside: false,
        peer: peer.clone(),
        id,
    };
    let updates = updates_of(f.alice.call(pin(&f.to_bob, 1, false)).await.unwrap());
    assert!(matches!(&updates[..], [enums::Update::PinnedMessages(_), enums::Update::NewMessage(_)]));
    let enums::Update::PinnedMessages(pinned) = f.bob.update().await else { panic!("no pin") };
    assert!(pinned.pinned && pinned.messages == [2]);
    let enums::Update::NewMessage(note) = f.bob.update().await else { panic!("no note") };
    assert_eq!(cloud::reply_id(&note.message), Some(2));
    assert_eq!(f.alice.error(pin(&f.to_bob, 1, false)).await.1, "CHAT_NOT_MODIFIED");
    let none = functions::messages::UnpinAllMessages {
        peer: f.to_alice.clone(),
        top_msg_id: None,
        saved_peer_id: None,
    };
    assert_eq!(f.bob.call(none).await.unwrap().pts_count, 1);

    let forward = cloud::forward(&f.to_bob, &enums::InputPeer::PeerSelf, vec![1], vec![50]);
    let updates = updates_of(f.alice.call(forward).await.unwrap());
    let enums::Update::NewMessage(new) = &updates[1] else { panic!("{updates:?}") };
    let message = cloud::message(&new.message);
    let header = message.fwd_from.as_ref().unwrap();
    assert_eq!(header.from_id, Some(cloud::user_peer(f.alice_id)));
    assert_eq!(
        (header.saved_from_peer.clone(), header.saved_from_msg_id),
        (Some(cloud::user_peer(f.bob_id)), Some(1))
    );
    let mut anonymous =
        cloud::forward(&enums::InputPeer::PeerSelf, &f.to_bob, vec![new_id(&new.message)], vec![51]);
    anonymous.drop_author = true;
    f.alice.call(anonymous).await.unwrap();
    let got = history(&mut f.bob, &f.to_alice).await;
    assert_eq!((text(&got[0]), cloud::message(&got[0]).fwd_from.is_none()), ("question", true));
    let wrong = cloud::forward(&f.to_bob, &f.to_bob, vec![1], vec![]);
    assert_eq!(f.alice.error(wrong).await.1, "RANDOM_ID_INVALID");
}

fn new_id(message: &enums::Message) -> i32 {
    cloud::message(message).id
}

#[tokio::test]
async fn who_is_blocked_writes_into_the_void() {
    let server = server().await;
    let mut f = Friends::new(&server).await;
    let block = functions::contacts::Block { my_stories_from: false, id: f.to_alice.clone() };
    f.bob.call(block).await.unwrap();
    f.alice.call(send(&f.to_bob, "hello?", 1)).await.expect("she does not learn of it");
    assert!(
        f.bob.settle().await.iter().all(|update| !matches!(update, enums::Updates::UpdateShortMessage(_)))
    );
    assert!(history(&mut f.bob, &f.to_alice).await.is_empty());
    assert_eq!(history(&mut f.alice, &f.to_bob).await.len(), 1);
    assert_eq!(f.bob.error(send(&f.to_alice, "x", 1)).await.1, "YOU_BLOCKED_USER");
}

#[tokio::test]
async fn search_finds_text_kinds_and_people() {
    let server = server().await;
    let mut f = Friends::new(&server).await;
    for (n, text) in ["Grüße aus Köln", "50% off", "see https://example.org", "50 euro"].iter().enumerate()
    {
        f.alice.call(send(&f.to_bob, text, i64::try_from(n).unwrap() + 1)).await.unwrap();
    }
    f.bob.call(send(&f.to_alice, "GRÜSSE zurück, grüße!", 9)).await.unwrap();
    let search = |q: &str, filter: enums::MessagesFilter| cloud::search(&f.to_bob, q, filter);
    let any = || enums::MessagesFilter::Empty;
    assert_eq!(cloud::ids(f.alice.call(search("grüße", any())).await.unwrap()), [5, 1]);
    assert_eq!(cloud::ids(f.alice.call(search("50%", any())).await.unwrap()), [2], "no wildcard");
    assert_eq!(cloud::ids(f.alice.call(search("", enums::MessagesFilter::Url)).await.unwrap()), [3]);
    let mut from = search("", any());
    from.from_id = Some(f.to_bob.clone());
    assert_eq!(cloud::ids(f.alice.call(from).await.unwrap()), [5]);
    assert!(cloud::ids(f.alice.call(search("", enums::MessagesFilter::Photos)).await.unwrap()).is_empty());
    let global = cloud::search_global("50");
    assert_eq!(cloud::ids(f.bob.call(global).await.unwrap()), [4, 2]);
}

#[tokio::test]
async fn a_search_everywhere_keeps_to_kinds_of_chats_and_loses_nothing_between_pages() {
    use crate::common::groups::{Three, chat_peer, make_channel};
    let server = crate::common::builder().clock(crate::common::TestClock::new()).spawn().await.unwrap();
    let mut t = Three::new(&server).await;
    let to_bob = cloud::peer(&t.to_bob);
    let group = chat_peer(t.group("Trio").await);
    // Two of each, so that messages of one second have the same numbers in different mailboxes.
    let mut peers = vec![to_bob.clone(), group.clone()];
    for (title, broadcast) in [("Crowd", false), ("News", true), ("Other crowd", false)] {
        peers.push(make_channel(&mut t.alice, title, broadcast).await.peer);
    }
    let mut random_id = 0;
    for _ in 0..2 {
        for peer in &peers {
            random_id += 1;
            t.alice.call(send(peer, &format!("needle {random_id}"), random_id)).await.unwrap();
        }
    }
    let texts = |answer: enums::messages::Messages| -> Vec<String> {
        cloud::messages(answer).iter().map(|message| cloud::text(message).to_owned()).collect()
    };
    let all = texts(t.alice.call(cloud::search_global("needle")).await.unwrap());
    assert_eq!(all.len(), 10);
    let only = |users_only, groups_only, broadcasts_only| functions::messages::SearchGlobal {
        users_only,
        groups_only,
        broadcasts_only,
        ..cloud::search_global("needle")
    };
    let mut people = texts(t.alice.call(only(true, false, false)).await.unwrap());
    people.sort();
    assert_eq!(people, ["needle 1", "needle 6"]);
    assert_eq!(texts(t.alice.call(only(false, true, false)).await.unwrap()).len(), 6);
    let mut news = texts(t.alice.call(only(false, false, true)).await.unwrap());
    news.sort();
    assert_eq!(news, ["needle 4", "needle 9"]);
    let archive = functions::messages::SearchGlobal { folder_id: Some(1), ..cloud::search_global("needle") };
    assert!(texts(t.alice.call(archive).await.unwrap()).is_empty());

    // Page by page, each named by its last message.
    let (mut paged, mut query) =
        (Vec::new(), functions::messages::SearchGlobal { limit: 1, ..cloud::search_global("needle") });
    while paged.len() < 20 {
        let answer = t.alice.call(query.clone()).await.unwrap();
        let rate = match &answer {
            enums::messages::Messages::Slice(slice) => slice.next_rate,
            _ => None,
        };
        let Some(last) = cloud::messages(answer).pop() else { break };
        let last = cloud::message(&last).clone();
        query.offset_rate = rate.unwrap();
        query.offset_id = last.id;
        query.offset_peer = match last.peer_id {
            enums::Peer::User(_) => to_bob.clone(),
            enums::Peer::Chat(_) => group.clone(),
            enums::Peer::Channel(peer) => peers
                .iter()
                .find(|known| matches!(known, enums::InputPeer::Channel(known) if known.channel_id == peer.channel_id))
                .unwrap()
                .clone(),
        };
        paged.push(last.message);
    }
    assert_eq!(paged, all);

    // Filters hold everywhere, too.
    let seen = history(&mut t.alice, &to_bob).await;
    let pin = functions::messages::UpdatePinnedMessage {
        silent: true,
        unpin: false,
        pm_oneside: true,
        peer: to_bob.clone(),
        id: cloud::message(&seen[0]).id,
    };
    t.alice.call(pin).await.unwrap();
    let pinned = functions::messages::SearchGlobal {
        filter: enums::MessagesFilter::Pinned,
        ..cloud::search_global("needle")
    };
    assert_eq!(texts(t.alice.call(pinned).await.unwrap()), ["needle 6"]);
    let mine = functions::messages::SearchGlobal {
        filter: enums::MessagesFilter::MyMentions,
        ..cloud::search_global("needle")
    };
    assert!(texts(t.alice.call(mine).await.unwrap()).is_empty());

    // A search without a chat looks through private chats and basic groups, and has pages.
    let first = functions::messages::Search {
        limit: 3,
        ..cloud::search(&enums::InputPeer::Empty, "needle", enums::MessagesFilter::Empty)
    };
    let first = cloud::messages(t.alice.call(first).await.unwrap());
    let rest = functions::messages::Search {
        offset_id: cloud::message(&first[2]).id,
        ..cloud::search(&enums::InputPeer::Empty, "needle", enums::MessagesFilter::Empty)
    };
    let rest = texts(t.alice.call(rest).await.unwrap());
    let first: Vec<&str> = first.iter().map(cloud::text).collect();
    assert_eq!((first, rest), (vec!["needle 7", "needle 6", "needle 2"], vec!["needle 1".to_owned()]));
}

#[tokio::test]
async fn typing_drafts_pins_and_marks_reach_the_right_devices() {
    let server = server().await;
    let mut f = Friends::new(&server).await;
    f.alice.call(send(&f.to_bob, "hello", 1)).await.unwrap();
    f.bob.settle().await;
    f.alices_other.settle().await;
    let typing = functions::messages::SetTyping {
        peer: f.to_bob.clone(),
        top_msg_id: None,
        action: enums::SendMessageAction::TypingAction,
    };
    f.alice.call(typing).await.unwrap();
    let enums::Update::UserTyping(typing) = f.bob.update().await else { panic!("not typing") };
    assert_eq!(typing.user_id, f.alice_id);

    f.alice.call(cloud::draft(&f.to_bob, "dear B")).await.unwrap();
    let enums::Update::DraftMessage(draft) = f.alices_other.update().await else { panic!("no draft") };
    assert!(matches!(&draft.draft, enums::DraftMessage::Message(draft) if draft.message == "dear B"));
    let mut sent = send(&f.to_bob, "dear Bob", 2);
    sent.clear_draft = true;
    f.alice.call(sent).await.unwrap();
    let updates = f.alices_other.settle().await;
    assert_eq!(updates.len(), 2, "{updates:?}");
    assert!(Chat::of(&mut f.alice, &f.to_bob).await.draft.is_none());

    let peer = || enums::InputDialogPeer::from(types::InputDialogPeer { peer: f.to_bob.clone() });
    let pin = functions::messages::ToggleDialogPin { pinned: true, peer: peer() };
    f.alice.call(pin).await.unwrap();
    assert!(matches!(f.alices_other.update().await, enums::Update::PinnedDialogs(_)));
    let mark = functions::messages::MarkDialogUnread { unread: true, parent_peer: None, peer: peer() };
    f.alice.call(mark).await.unwrap();
    assert!(matches!(f.alices_other.update().await, enums::Update::DialogUnreadMark(mark) if mark.unread));
    let chat = Chat::of(&mut f.alice, &f.to_bob).await;
    assert!(chat.pinned && chat.unread_mark);
    let pinned = f.alice.call(functions::messages::GetPinnedDialogs { folder_id: 0 }).await.unwrap();
    assert_eq!((pinned.dialogs.len(), pinned.messages.len(), pinned.users.len()), (1, 1, 2));
    assert!(f.bob.settle().await.len() <= 1, "none of this is his business");

    // A device that was away hears of it as well.
    let missed = cloud::difference(&mut f.alices_other, 1, 0).await;
    assert!(missed.other_updates.iter().any(|update| matches!(update, enums::Update::PinnedDialogs(_))));
}

#[tokio::test]
async fn messages_and_events_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).spawn().await.unwrap();
    let mut f = Friends::new(&server).await;
    f.alice.call(send(&f.to_bob, "before", 1)).await.unwrap();
    let (alice, bob) = (f.alice.saved.clone(), f.bob.saved.clone());
    let (to_bob, to_alice) = (f.to_bob.clone(), f.to_alice.clone());
    drop(f);
    server.shutdown().await;
    let server = kept(folder.path()).spawn().await.unwrap();
    let (mut alice, mut bob) =
        (Client::resume(server.address(), alice).await, Client::resume(server.address(), bob).await);
    let missed = cloud::difference(&mut bob, 1, 0).await;
    assert_eq!(missed.new_messages.iter().map(text).collect::<Vec<_>>(), ["before"]);
    let repeated = alice.call(send(&to_bob, "before", 1)).await.unwrap();
    assert!(matches!(repeated, enums::Updates::UpdateShortSentMessage(sent) if sent.id == 1));
    assert_eq!(history(&mut bob, &to_alice).await.len(), 1);
}

#[tokio::test]
async fn the_list_of_chats_comes_in_pages() {
    let server = server().await;
    let mut alice = device(&server, ALICE).await;
    let mut peers = Vec::new();
    for n in 3..8 {
        let phone = format!("99966{n}000{n}");
        device(&server, &phone).await;
        peers.push(cloud::peer(&alice.find(&phone).await));
    }
    for (n, peer) in peers.iter().enumerate() {
        alice.call(send(peer, "x", i64::try_from(n).unwrap() + 1)).await.unwrap();
    }
    let (mut seen, mut offset) = (Vec::new(), (0, 0, enums::InputPeer::Empty));
    loop {
        let query = cloud::dialogs(offset.0, offset.1, offset.2.clone(), 2);
        let (dialogs, messages) = match alice.call(query).await.unwrap() {
            enums::messages::Dialogs::Slice(slice) => {
                assert_eq!(slice.count, 5);
                (slice.dialogs.clone(), slice.messages.clone())
            }
            enums::messages::Dialogs::Dialogs(all) => (all.dialogs.clone(), all.messages.clone()),
            other => panic!("{other:?}"),
        };
        let (Some(last), Some(top)) = (dialogs.last(), messages.last()) else { break };
        seen.extend(dialogs.iter().map(|dialog| cloud::dialog(dialog).top_message));
        let top = cloud::message(top);
        let enums::Peer::User(user) = &cloud::dialog(last).peer else { panic!("no user") };
        let at = peers
            .iter()
            .find(|peer| matches!(peer, enums::InputPeer::User(peer) if peer.user_id == user.user_id));
        offset = (top.date, top.id, at.unwrap().clone());
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn who_may_edit_is_told_whether_it_is_a_caption() {
    let server = server().await;
    let (mut alice, mut bob) = (cloud::device(&server, ALICE).await, cloud::device(&server, BOB).await);
    let (to_bob, to_alice) = (peer(&alice.find(BOB).await), peer(&bob.find(ALICE).await));
    alice.call(send(&to_bob, "words", 1)).await.unwrap();
    let place: enums::InputMedia = types::InputMediaGeoPoint {
        geo_point: types::InputGeoPoint { lat: 1.0, long: 2.0, accuracy_radius: None }.into(),
    }
    .into();
    alice.call(cloud::send_media(&to_bob, place, 2)).await.unwrap();
    let data =
        |peer: &enums::InputPeer, id| functions::messages::GetMessageEditData { peer: peer.clone(), id };
    let own = history(&mut alice, &to_bob).await;
    for (message, caption) in own.iter().zip([true, false]) {
        let id = cloud::message(message).id;
        assert_eq!(alice.call(data(&to_bob, id)).await.unwrap().caption, caption);
    }
    let copy = cloud::message(&history(&mut bob, &to_alice).await[0]).id;
    assert_eq!(bob.error(data(&to_alice, copy)).await, (403, "MESSAGE_AUTHOR_REQUIRED".into()));
    let invalid = (400, "MESSAGE_ID_INVALID".to_owned());
    assert_eq!(alice.error(data(&to_bob, 4711)).await, invalid);
    server.advance(Duration::from_secs(49 * 3600)).await.unwrap();
    alice.reconnect(server.address()).await;
    assert_eq!(alice.error(data(&to_bob, cloud::message(&own[1]).id)).await, invalid, "it is too old");
}
