//! Answers that a server may give, though the embedded one does not.

use chappe::updates::Filter;
use chappe::{Encode, Event, InvokeOptions, PeerId, PeerRef, UpdateStream, enums, functions, types};
use serde_json::{Value, json};

use crate::common::scripted::{DATE, Scripted, group, message, unknown, updates_of, user};
use crate::common::soon;

#[tokio::test]
async fn messages_are_found_by_their_numbers_whatever_is_left_out_of_the_answer() {
    // In an order of its own, each once, and without those that are not there.
    let server = Scripted::start(|request| match request.method.as_str() {
        "messages.getMessages" => {
            let ids = request.json()["id"].as_array().unwrap().clone();
            let ids = ids.iter().rev().filter_map(|id| id["id"].as_i64()).filter(|id| *id < 900);
            let messages: Vec<_> = ids.map(|id| message(id as i32, 7)).collect();
            Ok(json!({ "_": "messages.messages", "messages": messages, "topics": [], "chats": [],
                "users": [user(7)] }))
        }
        _ => unknown(request),
    })
    .await;
    let client = server.client().await;
    let chat = PeerRef::with_hash(PeerId::User(7), 70);
    let found = soon(client.messages_by_id(chat, [5, 5, 999, 7])).await.unwrap();
    let found: Vec<_> = found.iter().map(|message| message.as_ref().map(|message| message.id())).collect();
    assert_eq!(found, [Some(5), Some(5), None, Some(7)]);
    let asked = server.last("messages.getMessages");
    assert_eq!(asked["id"].as_array().unwrap().len(), 3, "each is asked for once");

    let many = soon(client.messages_by_id(chat, (1..=150).rev())).await.unwrap();
    assert!(many.iter().flatten().map(|message| message.id()).eq((1..=150).rev()));
    assert_eq!(server.seen("messages.getMessages").len(), 3);
    // Those of another chat are not this one's.
    let other = PeerRef::with_hash(PeerId::User(8), 80);
    assert!(soon(client.messages_by_id(other, [5])).await.unwrap()[0].is_none());
}

/// A dialog with this user, and its newest message.
fn dialog(user: i64, top: i32) -> Value {
    json!({ "_": "dialog", "peer": { "_": "peerUser", "user_id": user }, "top_message": top,
        "read_inbox_max_id": 0, "read_outbox_max_id": 0, "unread_count": 0, "unread_mentions_count": 0,
        "unread_reactions_count": 0, "unread_poll_votes_count": 0,
        "notify_settings": { "_": "peerNotifySettings" } })
}

#[tokio::test]
async fn a_list_of_chats_goes_on_behind_the_last_one_whose_message_is_there() {
    let server = Scripted::start(|request| match request.method.as_str() {
        "messages.getDialogs" => {
            // Of the second one, the newest message was deleted a moment ago. The client asks by itself, too.
            let (dialogs, messages) = match request.json()["offset_id"].as_i64() {
                Some(0) => (vec![dialog(1, 30), dialog(2, 20)], vec![message(30, 1)]),
                Some(30) => (vec![dialog(2, 20), dialog(3, 10)], vec![message(10, 3)]),
                _ => (vec![], vec![]),
            };
            Ok(json!({ "_": "messages.dialogsSlice", "count": 3, "dialogs": dialogs, "messages": messages,
                "chats": [], "users": [user(1), user(2), user(3)] }))
        }
        _ => unknown(request),
    })
    .await;
    let client = server.client().await;
    let all = soon(client.dialogs().collect()).await.unwrap();
    let ids: Vec<_> = all.iter().map(|dialog| dialog.peer().id()).collect();
    assert_eq!(ids, [1, 2, 3].map(PeerId::User));
    assert!(all[1].last_message().is_none());
    let asked = server.seen("messages.getDialogs");
    let second =
        asked.iter().map(|request| request.json()).find(|request| request["offset_id"] == 30).unwrap();
    assert_eq!((&second["offset_date"], &second["offset_peer"]["user_id"]), (&json!(DATE), &json!("1")));
}

#[tokio::test]
async fn a_list_of_chats_goes_on_at_the_newest_one_behind_those_that_are_pinned() {
    let server = Scripted::start(|request| match request.method.as_str() {
        "messages.getDialogs" => {
            let asked = request.json();
            let mut pinned = dialog(1, 10);
            pinned["pinned"] = true.into();
            // The archive stands in the list like a chat, and is none.
            let folder = json!({ "_": "dialogFolder", "pinned": true, "peer": { "_": "peerUser", "user_id": 1 },
                "folder": { "_": "folder", "id": 1, "title": "Archive" }, "top_message": 10,
                "unread_muted_peers_count": 0, "unread_unmuted_peers_count": 0,
                "unread_muted_messages_count": 0, "unread_unmuted_messages_count": 0 });
            let (dialogs, messages) = match (asked["exclude_pinned"] == true, asked["offset_id"].as_i64()) {
                (false, Some(0)) => (vec![folder, pinned], vec![message(10, 1)]),
                (true, Some(0)) => (vec![dialog(2, 30)], vec![message(30, 2)]),
                // Older than the one that is pinned.
                (_, Some(10)) => (vec![dialog(3, 5)], vec![message(5, 3)]),
                _ => (vec![], vec![]),
            };
            Ok(json!({ "_": "messages.dialogsSlice", "count": 3, "dialogs": dialogs, "messages": messages,
                "chats": [], "users": [user(1), user(2), user(3)] }))
        }
        _ => unknown(request),
    })
    .await;
    let client = server.client().await;
    let first = soon(client.dialogs().limit(2).collect()).await.unwrap();
    let ids: Vec<_> = first.iter().map(|dialog| dialog.peer().id()).collect();
    assert_eq!(ids, [1, 2].map(PeerId::User));
}

/// As the server describes somebody of whom this account is to know little.
fn min(id: i64) -> Value {
    let mut user = user(id);
    user["min"] = true.into();
    user["access_hash"] = 666.into();
    user
}

fn in_group(id: i32, from: i64) -> Value {
    let mut message = message(id, 1);
    message["peer_id"] = json!({ "_": "peerChannel", "channel_id": 8 });
    message["from_id"] = json!({ "_": "peerUser", "user_id": from });
    message
}

#[tokio::test]
async fn somebody_who_is_described_in_short_is_named_by_a_message() {
    let server = Scripted::start(|request| match request.method.as_str() {
        "messages.getHistory" => {
            let user = if request.earlier == 1 { user(55) } else { min(55) };
            Ok(json!({ "_": "messages.channelMessages", "pts": 1, "count": 1, "topics": [],
                "messages": [in_group(40 + request.earlier as i32, 55)], "chats": [group(8)],
                "users": [user] }))
        }
        "messages.sendMessage" => Ok(crate::common::scripted::sent(request)),
        _ => unknown(request),
    })
    .await;
    let client = server.client().await;
    let chat = PeerRef::with_hash(PeerId::Channel(8), 80);
    let read = || async { soon(client.messages(chat).collect()).await.unwrap().pop().unwrap() };

    let first = read().await;
    let seen_in = |msg_id| {
        let peer = types::InputPeerChannel { channel_id: 8, access_hash: 80 }.into();
        enums::InputPeer::from(types::InputPeerUserFromMessage { peer, msg_id, user_id: 55 })
    };
    assert_eq!(client.input_peer(PeerId::User(55)).unwrap(), seen_in(40));
    assert_eq!(client.input_peer(first.sender()).unwrap(), seen_in(40), "the short hash is not used");
    soon(async { client.send(first.sender(), "hello").await }).await.unwrap();
    let peer = &server.last("messages.sendMessage")["peer"];
    assert_eq!((&peer["_"], &peer["msg_id"]), (&json!("inputPeerUserFromMessage"), &json!(40)));

    // Once more is known, a short description takes nothing away.
    let whole = enums::InputPeer::from(types::InputPeerUser { user_id: 55, access_hash: 550 });
    read().await;
    assert_eq!(client.input_peer(PeerId::User(55)).unwrap(), whole);
    read().await;
    assert_eq!(client.input_peer(PeerId::User(55)).unwrap(), whole);
}

/// The next event that is not about the connection.
async fn next(updates: &mut UpdateStream) -> Event {
    loop {
        match soon(updates.recv()).await.expect("the stream has ended") {
            Event::Connection(_) => {}
            event => return event,
        }
    }
}

#[tokio::test]
async fn an_event_that_describes_its_sender_in_short_is_enough_to_answer() {
    let server = Scripted::start(unknown).await;
    let client = server.client().await;
    let mut updates = client.updates();
    soon(client.catch_up()).await.unwrap();
    let mut new = message(41, 1);
    new["peer_id"] = json!({ "_": "peerChat", "chat_id": 9 });
    new["from_id"] = json!({ "_": "peerUser", "user_id": 55 });
    let mut told =
        updates_of(&[json!({ "_": "updateNewMessage", "message": new, "pts": 2, "pts_count": 1 })]);
    told["users"] = json!([min(55)]);
    told["chats"] = json!([{ "_": "chat", "id": 9, "title": "Small group", "photo": { "_": "chatPhotoEmpty" },
        "participants_count": 3, "date": DATE, "version": 1 }]);
    server.push(&told);
    let Event::NewMessage(new) = next(&mut updates).await else { panic!("no message") };
    assert_eq!(new.sender(), Some(PeerId::User(55)));
    let peer = types::InputPeerChat { chat_id: 9 }.into();
    let named = types::InputPeerUserFromMessage { peer, msg_id: 41, user_id: 55 };
    assert_eq!(client.input_peer(PeerId::User(55)).unwrap(), named.into());
}

#[tokio::test]
async fn what_bots_are_asked_comes_as_events_of_its_kind() {
    let server = Scripted::start(unknown).await;
    let client = server.client().await;
    let mut updates = client.updates();
    soon(client.catch_up()).await.unwrap();
    let mut told = updates_of(&[
        json!({ "_": "updateBotInlineQuery", "query_id": 1, "user_id": 55, "query": "cats", "offset": "10" }),
        json!({ "_": "updateBotInlineSend", "user_id": 55, "query": "cats", "id": "second" }),
        json!({ "_": "updateBotCallbackQuery", "query_id": 2, "user_id": 55, "msg_id": 40, "chat_instance": 3,
            "peer": { "_": "peerChannel", "channel_id": 8 }, "data": "eWVz" }),
        json!({ "_": "updateInlineBotCallbackQuery", "query_id": 3, "user_id": 55, "chat_instance": 3,
            "msg_id": { "_": "inputBotInlineMessageID", "dc_id": 2, "id": 1, "access_hash": 1 } }),
    ]);
    told["users"] = json!([user(55)]);
    told["chats"] = json!([group(8)]);
    server.push(&told);

    let event = next(&mut updates).await;
    // What a stream would let through can be asked of each event.
    assert!(Filter::text(|text| text == "cats").passes(&event) && Filter::from_user(55).passes(&event));
    assert!(!(Filter::new_message() | Filter::private()).passes(&event));
    let Event::InlineQuery(query) = event else { panic!("{event:?}") };
    assert_eq!((query.id(), query.user_id(), query.query(), query.offset()), (1, 55, "cats", "10"));

    let event = next(&mut updates).await;
    assert_eq!(event.sender(), Some(PeerId::User(55)));
    let Event::ChosenInlineResult(chosen) = event else { panic!("{event:?}") };
    assert_eq!((chosen.user_id(), chosen.query(), chosen.result_id()), (55, "cats", "second"));

    let event = next(&mut updates).await;
    assert!(Filter::chat(PeerId::Channel(8)).passes(&event) && !Filter::from_user(56).passes(&event));
    let Event::CallbackQuery(pressed) = event else { panic!("{event:?}") };
    assert_eq!((pressed.id(), pressed.user_id(), pressed.data()), (2, 55, Some(&b"yes"[..])));
    assert_eq!((pressed.chat(), pressed.message_id()), (Some(PeerId::Channel(8)), Some(40)));

    let Event::CallbackQuery(pressed) = next(&mut updates).await else { panic!("no button") };
    assert_eq!((pressed.id(), pressed.data(), pressed.chat(), pressed.message_id()), (3, None, None, None));
    assert_eq!(pressed.api().users.len(), 1);
}

#[tokio::test]
async fn a_call_after_another_names_it_to_the_server() {
    let server = Scripted::start(|request| match request.method.as_str() {
        "help.getNearestDc" => {
            Ok(json!({ "_": "nearestDc", "country": "FR", "this_dc": 2, "nearest_dc": 2 }))
        }
        _ => unknown(request),
    })
    .await;
    let client = server.client().await;
    let nearest = || functions::help::GetNearestDc {};
    let first = client.call(nearest(), InvokeOptions::default());
    let second =
        client.call(nearest(), InvokeOptions { after: vec![first.handle()], ..InvokeOptions::default() });
    let after = [first.handle(), second.handle()];
    let third = client.invoke_after(&after, nearest());
    let (first, second, third) = soon(async { tokio::join!(first, second, third) }).await;
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    let seen = server.seen("help.getNearestDc");
    let ids: Vec<_> = seen.iter().map(|request| request.msg_id).collect();
    let after: Vec<_> = seen.iter().map(|request| request.after.clone()).collect();
    assert_eq!(after, [vec![], vec![ids[0]], vec![ids[0], ids[1]]]);
}

/// An object of the API as a script has it.
fn written(object: &impl Encode) -> Value {
    let schema = chappe::dynamic::api_schema();
    schema
        .to_json(&schema.decode(&object.to_bytes().unwrap(), &chappe_tl::parse::Type::Object).unwrap())
        .unwrap()
}

#[tokio::test]
async fn no_password_is_proved_or_set_in_a_group_that_is_not_safe() {
    use chappe_crypto::dh::{DhParams, KNOWN_PRIME};
    use chappe_crypto::srp::{SrpAlgorithm, SrpChallenge};
    use std::sync::{Arc, Mutex};
    type Kdf = types::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow;
    type Change = fn(&mut Kdf);

    let mut rng: rand::rngs::StdRng = rand::make_rng();
    let algorithm = SrpAlgorithm::new(&[1; 8], &[2; 16], DhParams::known(3).unwrap());
    let challenge = SrpChallenge::new(&algorithm, &*algorithm.verifier(b"password"), &mut rng).unwrap();
    let (good, good_b) = (
        Kdf { salt1: vec![1; 8], salt2: vec![2; 16], g: 3, p: KNOWN_PRIME.to_vec() },
        challenge.srp_b().to_vec(),
    );
    let asked = |algo: &Kdf, srp_b: &[u8]| {
        written(&types::account::Password {
            has_recovery: false,
            has_secure_values: false,
            has_password: true,
            current_algo: Some(algo.clone().into()),
            srp_b: Some(srp_b.to_vec()),
            srp_id: Some(9),
            hint: None,
            email_unconfirmed_pattern: None,
            new_algo: algo.clone().into(),
            new_secure_algo: enums::SecurePasswordKdfAlgo::Unknown,
            secure_random: vec![7; 32],
            pending_reset_date: None,
            login_email_pattern: None,
        })
    };
    let state = Arc::new(Mutex::new(asked(&good, &good_b)));
    let says = Arc::clone(&state);
    let server = Scripted::start(move |request| match request.method.as_str() {
        "account.getPassword" => Ok(says.lock().unwrap().clone()),
        _ => unknown(request),
    })
    .await;
    let client = server.client().await;
    let proofs =
        || server.seen("auth.checkPassword").len() + server.seen("account.updatePasswordSettings").len();
    // With the right ones the proof goes out, whatever becomes of it.
    soon(client.check_password("password")).await.unwrap_err();
    soon(client.set_password(Some("password"), chappe::login::NewPassword::new("new"))).await.unwrap_err();
    assert_eq!(proofs(), 2);

    let changed = |change: Change| {
        let mut algo = good.clone();
        change(&mut algo);
        algo
    };
    let groups: [(&str, Change); 6] = [
        ("generates another group", |algo| algo.g = 2),
        ("generates nothing", |algo| algo.g = 1),
        ("too large", |algo| algo.g = 8),
        ("no prime", |algo| algo.p[255] ^= 4),
        ("short of a bit", |algo| algo.p[0] &= 0x7f),
        ("short of a byte", |algo| algo.p.truncate(255)),
    ];
    for (name, change) in groups {
        *state.lock().unwrap() = asked(&changed(change), &good_b);
        for current in [Some("password"), None] {
            let new = chappe::login::NewPassword::new("new");
            let error = soon(client.set_password(current, new)).await.unwrap_err();
            assert_eq!(error.kind(), chappe::ErrorKind::Protocol, "{name}: {error}");
        }
        let error = soon(client.check_password("password")).await.unwrap_err();
        assert_eq!(error.kind(), chappe::ErrorKind::Protocol, "{name}: {error}");
    }
    let mut minus_one = KNOWN_PRIME.to_vec();
    minus_one[255] -= 1;
    let mut small = vec![0; 256];
    small[8..].fill(0xff);
    let mut one = vec![0; 256];
    one[255] = 1;
    for value in [vec![0; 256], one, minus_one, KNOWN_PRIME.to_vec(), vec![0xff; 256], small, Vec::new()] {
        *state.lock().unwrap() = asked(&good, &value);
        let error = soon(client.check_password("password")).await.unwrap_err();
        assert_eq!(error.kind(), chappe::ErrorKind::Protocol, "{value:?}: {error}");
    }
    assert_eq!(proofs(), 2, "nothing went out");
}
