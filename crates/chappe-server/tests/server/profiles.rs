//! Profiles, usernames, contacts, privacy, notifications: what people say about themselves and who sees it.

use crate::common::{ALICE, BOB, Client, import_bot, server, user};
use chappe_api::{enums, functions, types};
use chappe_server::Server;
use enums::{InputPrivacyKey as Key, InputPrivacyRule as Rule, UserStatus as Status};

fn bad(name: &str) -> (i32, String) {
    (400, name.to_owned())
}

async fn person(server: &Server, phone: &str, name: &str) -> (Client, types::User) {
    let mut client = Client::new(server).await;
    let user = client.log_in(phone, name).await;
    (client, user)
}

/// A person as another sees them.
async fn seen(viewer: &mut Client, who: &types::InputUser) -> types::User {
    let query = functions::users::GetUsers { id: vec![who.clone().into()] };
    user(viewer.call(query).await.unwrap().remove(0))
}

async fn full(viewer: &mut Client, who: &types::InputUser) -> types::UserFull {
    let query = functions::users::GetFullUser { id: who.clone().into() };
    viewer.call(query).await.unwrap().full_user
}

fn add(
    who: &types::InputUser,
    first_name: &str,
    phone: &str,
    exception: bool,
) -> functions::contacts::AddContact {
    functions::contacts::AddContact {
        add_phone_privacy_exception: exception,
        id: who.clone().into(),
        first_name: first_name.into(),
        last_name: String::new(),
        phone: phone.into(),
        note: None,
    }
}

fn set(key: Key, rules: Vec<Rule>) -> functions::account::SetPrivacy {
    functions::account::SetPrivacy { key, rules }
}

fn profile(
    first: Option<&str>,
    last: Option<&str>,
    about: Option<&str>,
) -> functions::account::UpdateProfile {
    functions::account::UpdateProfile {
        first_name: first.map(Into::into),
        last_name: last.map(Into::into),
        about: about.map(Into::into),
    }
}

#[tokio::test]
async fn a_profile_is_changed_and_contacts_hear_of_it() {
    let server = server().await;
    let (mut alice, alice_user) = person(&server, ALICE, "Alice").await;
    let (mut bob, _) = person(&server, BOB, "Bob").await;
    let her = bob.find(ALICE).await;
    assert_eq!(alice.error(profile(Some(" "), None, None)).await, bad("FIRSTNAME_INVALID"));
    assert_eq!(alice.error(profile(None, Some(&"x".repeat(65)), None)).await, bad("FIRSTNAME_INVALID"));
    assert_eq!(alice.error(profile(None, None, Some(&"x".repeat(71)))).await, bad("ABOUT_TOO_LONG"));
    let after = user(alice.call(profile(Some("Alicia"), Some("Keys"), Some("I draw."))).await.unwrap());
    assert_eq!((after.first_name.as_deref(), after.last_name.as_deref()), (Some("Alicia"), Some("Keys")));
    assert!(bob.settle().await.is_empty() && bob.notes.is_empty(), "strangers hear nothing");
    assert_eq!(full(&mut bob, &her).await.about.as_deref(), Some("I draw."));

    bob.call(add(&her, "A.", "", false)).await.unwrap();
    alice.call(profile(Some("Ali"), None, None)).await.unwrap();
    let enums::Update::UserName(news) = bob.note().await else { panic!("no name") };
    assert_eq!(
        (news.user_id, news.first_name.as_str(), news.last_name.as_str()),
        (alice_user.id, "Ali", "Keys")
    );
    assert_eq!(
        seen(&mut bob, &her).await.first_name.as_deref(),
        Some("A."),
        "a contact has the name given to it"
    );
}

#[tokio::test]
async fn usernames_belong_to_one_and_are_found_by_all() {
    let server = server().await;
    let (mut alice, alice_user) = person(&server, ALICE, "Alice").await;
    let (mut bob, _) = person(&server, BOB, "Bob").await;
    let update = |name: &str| functions::account::UpdateUsername { username: name.into() };
    let check = |name: &str| functions::account::CheckUsername { username: name.into() };
    for wrong in ["abc", "1alice", "alice_", "al__ice", "alice-x"] {
        assert_eq!(alice.error(check(wrong)).await, bad("USERNAME_INVALID"));
        assert_eq!(alice.error(update(wrong)).await, bad("USERNAME_INVALID"));
    }
    assert_eq!(alice.error(update("")).await, bad("USERNAME_NOT_MODIFIED"));
    assert!(alice.call(check("Alice_1")).await.unwrap());
    assert_eq!(user(alice.call(update("Alice_1")).await.unwrap()).username.as_deref(), Some("Alice_1"));
    assert_eq!(alice.error(update("Alice_1")).await, bad("USERNAME_NOT_MODIFIED"));
    assert!(!bob.call(check("aLICE_1")).await.unwrap());
    assert_eq!(bob.error(update("aLICE_1")).await, bad("USERNAME_OCCUPIED"));
    alice.call(update("ALICE_1")).await.expect("the same name in other letters");

    let resolve = |name: &str| functions::contacts::ResolveUsername { username: name.into(), referer: None };
    let found = bob.call(resolve("@alice_1")).await.unwrap();
    assert_eq!(user(found.users[0].clone()).id, alice_user.id);
    assert_eq!(bob.error(resolve("nobody_here")).await, bad("USERNAME_NOT_OCCUPIED"));
    assert_eq!(bob.error(resolve("?")).await, bad("USERNAME_INVALID"));

    // Bots have one from the beginning.
    let mut bot = Client::new(&server).await;
    bot.call(import_bot("4711:secret")).await.unwrap();
    let found = bob.call(resolve("id4711_bot")).await.unwrap();
    assert!(user(found.users[0].clone()).bot);

    let search =
        |q: &str| functions::contacts::Search { broadcasts: false, bots: false, q: q.into(), limit: 10 };
    assert_eq!(bob.error(search(" ")).await, bad("SEARCH_QUERY_EMPTY"));
    let found = bob.call(search("ali")).await.unwrap();
    assert!(found.my_results.is_empty() && found.results.len() == 1 && found.users.len() == 1);
    assert!(bob.call(search("%%%")).await.unwrap().results.is_empty(), "nothing is a pattern");
    let her = types::InputUser {
        user_id: alice_user.id,
        access_hash: user(found.users[0].clone()).access_hash.unwrap(),
    };
    bob.call(add(&her, "Lady", "", false)).await.unwrap();
    let found = bob.call(search("lad")).await.unwrap();
    assert!(found.my_results.len() == 1 && found.results.is_empty());

    alice.call(update("")).await.unwrap();
    assert_eq!(bob.error(resolve("alice_1")).await, bad("USERNAME_NOT_OCCUPIED"));
    // A deleted account leaves its name to others.
    bob.call(update("bob_the_builder")).await.unwrap();
    bob.call(functions::account::DeleteAccount { reason: String::new(), password: None }).await.unwrap();
    alice.call(update("bob_the_builder")).await.unwrap();
}

#[tokio::test]
async fn contacts_are_added_listed_and_deleted() {
    let server = server().await;
    let (mut alice, alice_user) = person(&server, ALICE, "Alice").await;
    let (mut bob, bob_user) = person(&server, BOB, "Bob").await;
    let (her, him) = (bob.find(ALICE).await, alice.find(BOB).await);
    let myself = types::InputUser { user_id: alice_user.id, access_hash: alice_user.access_hash.unwrap() };
    assert_eq!(alice.error(add(&myself, "I", "", false)).await, bad("CONTACT_ID_INVALID"));
    assert_eq!(alice.error(add(&him, " ", "", false)).await, bad("CONTACT_NAME_EMPTY"));
    let accept = |who: &types::InputUser| functions::contacts::AcceptContact { id: who.clone().into() };
    assert_eq!(alice.error(accept(&him)).await, bad("CONTACT_REQ_MISSING"));
    let settings = full(&mut alice, &him).await.settings;
    assert!(settings.add_contact && settings.block_contact && !settings.share_contact);

    let enums::Updates::Updates(updates) = alice.call(add(&him, "Bobby", "", false)).await.unwrap() else {
        panic!("no updates")
    };
    assert!(matches!(updates.updates[..], [enums::Update::PeerSettings(_)]));
    let him_seen = seen(&mut alice, &him).await;
    assert!(him_seen.contact && !him_seen.mutual_contact && him_seen.phone.is_none(), "{him_seen:?}");
    // Bob sees Alice's number, because she has him in her contacts; she sees his once he accepts.
    assert_eq!(seen(&mut bob, &her).await.phone.as_deref(), Some(ALICE));
    assert_eq!(bob.error(accept(&her)).await, bad("CONTACT_ADD_MISSING"));
    bob.call(add(&her, "Alice", ALICE, true)).await.unwrap();
    let him_seen = seen(&mut alice, &him).await;
    assert!(him_seen.mutual_contact && him_seen.phone.as_deref() == Some(BOB));

    let get = |hash| functions::contacts::GetContacts { hash };
    let enums::contacts::Contacts::Contacts(list) = alice.call(get(0)).await.unwrap() else {
        panic!("no list")
    };
    assert!(list.contacts.len() == 1 && list.contacts[0].mutual);
    let hash = i64::try_from(bob_user.id).unwrap();
    assert!(matches!(alice.call(get(hash)).await.unwrap(), enums::contacts::Contacts::NotModified));

    let delete = functions::contacts::DeleteContacts { id: vec![him.clone().into(), myself.into()] };
    let enums::Updates::Updates(updates) = alice.call(delete).await.unwrap() else { panic!("no updates") };
    assert_eq!(updates.updates.len(), 1);
    assert!(!seen(&mut alice, &him).await.contact);
    assert!(
        bob.call(functions::contacts::DeleteByPhones { phones: vec![ALICE.into(), "x".into()] })
            .await
            .unwrap()
    );
    assert!(!seen(&mut bob, &her).await.contact);
    let top = functions::contacts::GetTopPeers {
        correspondents: true,
        bots_pm: false,
        bots_inline: false,
        phone_calls: false,
        forward_users: false,
        forward_chats: false,
        groups: false,
        channels: false,
        bots_app: false,
        bots_guestchat: false,
        offset: 0,
        limit: 10,
        hash: 0,
    };
    let none = functions::contacts::GetTopPeers { correspondents: false, ..top.clone() };
    assert_eq!(alice.error(none).await, bad("TYPES_EMPTY"));
    assert!(
        matches!(alice.call(top).await.unwrap(), enums::contacts::TopPeers::Peers(peers) if peers.categories.is_empty())
    );
}

#[tokio::test]
async fn coming_and_going_is_told_to_those_who_may_know() {
    let server = server().await;
    let (mut alice, alice_user) = person(&server, ALICE, "Alice").await;
    let (mut bob, bob_user) = person(&server, BOB, "Bob").await;
    let (mut carol, _) = person(&server, "9996630003", "Carol").await;
    let her = bob.find(ALICE).await;
    let him = alice.find(BOB).await;
    bob.call(add(&her, "Alice", "", false)).await.unwrap();
    let online = functions::account::UpdateStatus { offline: false };
    let offline = functions::account::UpdateStatus { offline: true };
    alice.call(online.clone()).await.unwrap();
    let enums::Update::UserStatus(news) = bob.note().await else { panic!("no status") };
    assert!(news.user_id == alice_user.id && matches!(news.status, Status::Online(_)));
    alice.call(offline.clone()).await.unwrap();
    let enums::Update::UserStatus(news) = bob.note().await else { panic!("no status") };
    assert!(matches!(news.status, Status::Offline(_)));
    assert!(carol.settle().await.is_empty() && carol.notes.is_empty());

    // She hides it from him: he sees about when.
    let hidden = vec![
        Rule::DisallowUsers(types::InputPrivacyValueDisallowUsers { users: vec![him.clone().into()] }),
        Rule::AllowAll,
    ];
    let rules = alice.call(set(Key::StatusTimestamp, hidden)).await.unwrap();
    assert!(rules.rules.len() == 2 && rules.users.len() == 1);
    let enums::Update::UserStatus(news) = bob.note().await else { panic!("no status") };
    assert_eq!(news.status, types::UserStatusRecently { by_me: false }.into());
    bob.call(online.clone()).await.unwrap();
    let for_carol = carol.find(ALICE).await;
    let status = seen(&mut alice, &him).await.status;
    assert_eq!(status, Some(types::UserStatusRecently { by_me: true }.into()), "and she sees no better");
    assert!(matches!(seen(&mut carol, &for_carol).await.status, Some(Status::Offline(_))));

    // Whom she blocks sees nothing at all and hears nothing.
    let block = functions::contacts::Block { my_stories_from: false, id: peer(&him) };
    let mut second = Client::new(&server).await;
    second.log_in(ALICE, "Alice").await;
    assert!(alice.call(block).await.unwrap());
    let news = loop {
        if let enums::Update::PeerBlocked(news) = second.note().await {
            break news;
        }
    };
    assert!(news.blocked);
    assert_eq!(seen(&mut bob, &her).await.status, Some(Status::Empty));
    bob.settle().await;
    bob.notes.clear();
    alice.call(online).await.unwrap();
    bob.settle().await;
    assert!(bob.notes.is_empty());
    let list = functions::contacts::GetBlocked { my_stories_from: false, offset: 0, limit: 10 };
    let enums::contacts::Blocked::Blocked(blocked) = alice.call(list.clone()).await.unwrap() else {
        panic!("no list")
    };
    assert!(
        matches!(&blocked.blocked[..], [one] if one.peer_id == types::PeerUser { user_id: bob_user.id }.into())
    );
    assert!(full(&mut alice, &him).await.blocked);
    let unblock = functions::contacts::Unblock { my_stories_from: false, id: peer(&him) };
    assert!(alice.call(unblock).await.unwrap());
    let enums::contacts::Blocked::Blocked(blocked) = alice.call(list).await.unwrap() else {
        panic!("no list")
    };
    assert!(blocked.blocked.is_empty());
    // A whole list takes the place of another.
    let her_carol = peer(&alice.find("9996630003").await);
    for who in [peer(&him), her_carol] {
        let id = vec![who.clone(), enums::InputPeer::PeerSelf];
        let all = functions::contacts::SetBlocked { my_stories_from: false, id, limit: 100 };
        assert!(alice.call(all).await.unwrap());
        let list = functions::contacts::GetBlocked { my_stories_from: false, offset: 0, limit: 10 };
        let enums::contacts::Blocked::Blocked(now) = alice.call(list).await.unwrap() else { panic!() };
        let enums::InputPeer::User(who) = who else { panic!() };
        let expected = types::PeerUser { user_id: who.user_id };
        assert!(matches!(&now.blocked[..], [one] if one.peer_id == expected.clone().into()));
    }
    let statuses = bob.call(functions::contacts::GetStatuses {}).await.unwrap();
    assert!(matches!(&statuses[..], [one] if one.user_id == alice_user.id));
}

fn peer(who: &types::InputUser) -> enums::InputPeer {
    types::InputPeerUser { user_id: who.user_id, access_hash: who.access_hash }.into()
}

#[tokio::test]
async fn rules_decide_who_sees_a_number_and_finds_by_it() {
    let server = server().await;
    let (mut alice, _) = person(&server, ALICE, "Alice").await;
    let (mut bob, _) = person(&server, BOB, "Bob").await;
    let her = bob.find(ALICE).await;
    assert_eq!(seen(&mut bob, &her).await.phone, None, "a number is for contacts");
    alice.call(set(Key::PhoneNumber, vec![Rule::AllowAll])).await.unwrap();
    assert_eq!(seen(&mut bob, &her).await.phone.as_deref(), Some(ALICE));
    alice.call(set(Key::PhoneNumber, vec![Rule::DisallowAll])).await.unwrap();
    assert_eq!(seen(&mut bob, &her).await.phone, None);
    bob.call(add(&her, "Alice", ALICE, false)).await.unwrap();
    assert_eq!(seen(&mut bob, &her).await.phone.as_deref(), Some(ALICE), "he knows it already");

    alice.call(profile(None, None, Some("secret"))).await.unwrap();
    alice.call(set(Key::About, vec![Rule::AllowContacts])).await.unwrap();
    assert_eq!(full(&mut bob, &her).await.about, None);

    alice.call(set(Key::AddedByPhone, vec![Rule::AllowContacts])).await.unwrap();
    let resolve = functions::contacts::ResolvePhone { phone: ALICE.into() };
    assert_eq!(bob.error(resolve).await, bad("PHONE_NOT_OCCUPIED"));
    let him = alice.find(BOB).await;
    alice.call(add(&him, "Bob", "", false)).await.unwrap();
    bob.find(ALICE).await;
    assert_eq!(full(&mut bob, &her).await.about.as_deref(), Some("secret"));

    let get = |key| functions::account::GetPrivacy { key };
    let rules = alice.call(get(Key::About)).await.unwrap().rules;
    assert_eq!(rules, [enums::PrivacyRule::AllowContacts]);
    assert_eq!(alice.call(get(Key::Forwards)).await.unwrap().rules, [enums::PrivacyRule::AllowAll]);
    assert_eq!(alice.error(get(Key::StarGiftsAutoSave)).await, bad("PRIVACY_KEY_INVALID"));
    assert_eq!(alice.error(set(Key::About, Vec::new())).await, bad("PRIVACY_VALUE_INVALID"));
    assert_eq!(alice.error(set(Key::About, vec![Rule::AllowAll; 33])).await, bad("PRIVACY_TOO_LONG"));
}

#[tokio::test]
async fn settings_are_kept_and_told_to_the_other_devices() {
    let server = server().await;
    let (mut alice, _) = person(&server, ALICE, "Alice").await;
    person(&server, BOB, "Bob").await;
    let (mut second, _) = person(&server, ALICE, "Alice").await;
    let him = alice.find(BOB).await;
    let on = |peer: enums::InputNotifyPeer| functions::account::GetNotifySettings { peer };
    let bob = || -> enums::InputNotifyPeer { types::InputNotifyPeer { peer: peer(&him) }.into() };
    assert_eq!(alice.call(on(bob())).await.unwrap().mute_until, None);
    let settings = types::InputPeerNotifySettings {
        show_previews: Some(false),
        silent: None,
        mute_until: Some(i32::MAX),
        sound: Some(enums::NotificationSound::None),
        stories_muted: None,
        stories_hide_sender: None,
        stories_sound: None,
    };
    let update = |peer| functions::account::UpdateNotifySettings { peer, settings: settings.clone().into() };
    for scope in [bob(), enums::InputNotifyPeer::Users] {
        assert!(alice.call(update(scope.clone())).await.unwrap());
        let kept = alice.call(on(scope)).await.unwrap();
        assert_eq!((kept.show_previews, kept.silent, kept.mute_until), (Some(false), None, Some(i32::MAX)));
        assert_eq!(kept.android_sound, Some(enums::NotificationSound::None));
        assert!(matches!(second.note().await, enums::Update::NotifySettings(_)));
    }
    assert_eq!(full(&mut alice, &him).await.notify_settings.mute_until, Some(i32::MAX));
    let stranger = types::InputPeerUser { user_id: him.user_id, access_hash: him.access_hash ^ 1 };
    let stranger = types::InputNotifyPeer { peer: stranger.into() };
    assert_eq!(alice.error(on(stranger.into())).await, bad("PEER_ID_INVALID"));
    assert!(alice.call(functions::account::ResetNotifySettings {}).await.unwrap());
    assert_eq!(alice.call(on(bob())).await.unwrap().mute_until, None);

    let silent = functions::account::GetContactSignUpNotification {};
    assert!(!alice.call(silent.clone()).await.unwrap());
    alice.call(functions::account::SetContactSignUpNotification { silent: true }).await.unwrap();
    assert!(alice.call(silent).await.unwrap());
    let mut global = alice.call(functions::account::GetGlobalPrivacySettings {}).await.unwrap();
    assert!(!global.hide_read_marks);
    global.hide_read_marks = true;
    let set = functions::account::SetGlobalPrivacySettings { settings: global.into() };
    assert!(alice.call(set).await.unwrap().hide_read_marks);
    assert!(alice.call(functions::account::GetGlobalPrivacySettings {}).await.unwrap().hide_read_marks);
    assert!(alice.call(functions::account::GetContactSignUpNotification {}).await.unwrap());
}

#[tokio::test]
async fn a_device_that_was_away_hears_of_a_block_with_the_difference() {
    let server = server().await;
    let (mut alice, _) = person(&server, ALICE, "Alice").await;
    let (_bob, bob_user) = person(&server, BOB, "Bob").await;
    let him = alice.find(BOB).await;
    let state = alice.state().await;
    let mut second = Client::new(&server).await;
    second.log_in(ALICE, "Alice").await;
    let block = functions::contacts::Block { my_stories_from: false, id: peer(&him) };
    assert!(second.call(block).await.unwrap());
    second.settle().await;
    assert!(second.notes.is_empty(), "the device that did it knows");
    let unblock = functions::contacts::Unblock { my_stories_from: false, id: peer(&him) };
    for blocked in [true, false] {
        let missed = crate::common::cloud::difference(&mut alice, state.pts, state.date).await;
        let news: Vec<(bool, enums::Peer)> = missed
            .other_updates
            .iter()
            .filter_map(|update| match update {
                enums::Update::PeerBlocked(news) => Some((news.blocked, news.peer_id.clone())),
                _ => None,
            })
            .collect();
        assert_eq!(news, [(blocked, types::PeerUser { user_id: bob_user.id }.into())]);
        assert!(missed.users.iter().any(|seen| user(seen.clone()).id == bob_user.id));
        assert!(second.call(unblock.clone()).await.unwrap());
    }
}
