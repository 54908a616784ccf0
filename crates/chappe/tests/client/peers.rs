//! Naming users, groups and channels.

use chappe::session::MemorySession;
use chappe::updates::NewMessage;
use chappe::{ErrorKind, Event, PeerId, PeerRef, UpdateStream, enums, functions, types};
use chappe_server::Server;

use crate::common::{builder, person, person_with, phone, server, soon};

/// Gives an account a public name.
async fn name(client: &chappe::Client, username: &str) {
    client.invoke(functions::account::UpdateUsername { username: username.to_owned() }).await.unwrap();
}

#[tokio::test]
async fn people_are_found_by_name_number_and_link() {
    let server = server().await;
    let (alice, _) = person(&server, 601, "Alice").await;
    let (bob, user) = person(&server, 602, "Bob").await;
    name(&bob, "bob_the_second").await;
    let number = phone(602);
    let digits = number.trim_start_matches('+');
    for who in [
        "@bob_the_second",
        "BOB_the_second",
        "https://t.me/bob_the_second",
        "tg://resolve?domain=bob_the_second",
        &number,
        &format!("https://t.me/+{digits}"),
        &format!("id:{}", user.id),
    ] {
        let peer = alice.resolve(who).await.unwrap_or_else(|error| panic!("{who}: {error}"));
        assert_eq!((peer.id(), peer.name().as_str()), (PeerId::User(user.id), "Bob Test"), "{who}");
        assert_eq!(peer.username(), Some("bob_the_second"));
    }
    assert_eq!(alice.resolve("me").await.unwrap().name(), "Alice Test");
    assert!(alice.resolve("@nobody_here").await.unwrap_err().is("USERNAME_NOT_OCCUPIED"));
    assert_eq!(alice.resolve("two words").await.unwrap_err().kind(), ErrorKind::Argument);
}

#[tokio::test]
async fn a_name_that_changes_hands_means_its_new_owner() {
    let server = server().await;
    let (alice, _) = person(&server, 603, "Alice").await;
    let (bob, first) = person(&server, 604, "Bob").await;
    let (carol, second) = person(&server, 605, "Carol").await;
    name(&bob, "wandering").await;
    assert_eq!(alice.resolve("@wandering").await.unwrap().id(), PeerId::User(first.id));
    name(&bob, "").await;
    name(&carol, "wandering").await;
    assert_eq!(alice.resolve("@wandering").await.unwrap().id(), PeerId::User(second.id));
}

#[tokio::test]
async fn whoever_was_seen_can_be_named_by_id_also_after_a_restart() {
    let server = server().await;
    let session = MemorySession::new();
    let (alice, me) = person_with(&server, session.clone(), 606, "Alice").await;
    let (_bob, user) = person(&server, 607, "Bob").await;
    let id = PeerId::User(user.id);
    let error = alice.peer(id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    let hash = alice.resolve(&phone(607)).await.unwrap().to_ref().access_hash();
    assert!(hash.is_some());
    alice.disconnect().await.unwrap();

    let alice = builder(&server, session).connect().await.unwrap();
    let enums::InputPeer::User(input) = alice.input_peer(id).unwrap() else { panic!("no user") };
    assert_eq!(Some(input.access_hash), hash);
    assert_eq!(alice.peer(id).await.unwrap().name(), "Bob Test");
    assert_eq!(alice.peer(PeerId::User(me.id)).await.unwrap().name(), "Alice Test");
    assert_eq!(alice.input_channel(id).unwrap_err().kind(), ErrorKind::Argument);
}

#[tokio::test]
async fn another_account_in_the_same_session_knows_nobody() {
    let server = server().await;
    let (client, _) = person(&server, 608, "Alice").await;
    let (_bob, user) = person(&server, 609, "Bob").await;
    client.resolve(&phone(609)).await.unwrap();
    client.log_out().await.unwrap();
    crate::common::log_in(&client, 610, "Carol").await;
    assert_eq!(client.input_peer(PeerId::User(user.id)).unwrap_err().kind(), ErrorKind::Argument);
}

#[tokio::test]
async fn a_wrong_hash_names_nobody() {
    let server = server().await;
    let (alice, _) = person(&server, 611, "Alice").await;
    let (_bob, user) = person(&server, 612, "Bob").await;
    let wrong = PeerRef::with_hash(PeerId::User(user.id), 1);
    assert!(alice.send(wrong, "hello").await.unwrap_err().is("PEER_ID_INVALID"));
}

/// The next message of somebody else.
async fn heard(updates: &mut UpdateStream) -> NewMessage {
    loop {
        match soon(updates.recv()).await.unwrap() {
            Event::NewMessage(message) if !message.is_outgoing() => return message,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_stranger_who_is_described_in_short_can_be_answered() {
    let server = Server::builder().test_key().short_strangers(true).spawn().await.unwrap();
    let (alice, _) = person(&server, 616, "Alice").await;
    let (bob, user) = person(&server, 617, "Bob").await;
    let (carol, _) = person(&server, 618, "Carol").await;
    let group = alice.create_supergroup("Towers", "").await.unwrap();
    let [to_bob, to_carol] =
        [alice.resolve(&phone(617)).await.unwrap(), alice.resolve(&phone(618)).await.unwrap()];
    alice.invite(&group, [to_bob.to_ref(), to_carol.to_ref()]).await.unwrap();
    soon(carol.catch_up()).await.unwrap();
    let (mut at_carol, mut at_bob) = (carol.updates(), bob.updates());
    let group_of_bob = bob.dialogs().limit(1).next().await.unwrap().unwrap().peer().to_ref();
    bob.send(group_of_bob, "Is anybody here?").await.unwrap();

    let said = loop {
        let said = heard(&mut at_carol).await;
        if said.sender() == Some(PeerId::User(user.id)) {
            break said;
        }
    };
    let described = said.api().users.iter().find_map(|described| match described {
        enums::User::User(described) if described.id == user.id => Some(described.clone()),
        _ => None,
    });
    let described = described.unwrap();
    assert!(described.min && described.first_name.as_deref() == Some("Bob"));
    // The hash of such a description is good for nothing, and not used.
    let wrong = PeerRef::with_hash(PeerId::User(user.id), described.access_hash.unwrap());
    assert!(carol.send(wrong, "hello").await.unwrap_err().is("PEER_ID_INVALID"));
    let named = carol.input_peer(PeerId::User(user.id)).unwrap();
    assert!(matches!(named, enums::InputPeer::UserFromMessage(_)), "{named:?}");
    carol.send(PeerId::User(user.id), "I am").await.unwrap();
    assert_eq!(heard(&mut at_bob).await.text(), "I am");
    // There is a chat with him now.
    carol.dialogs().collect().await.unwrap();
    let named = carol.input_peer(PeerId::User(user.id)).unwrap();
    assert!(matches!(named, enums::InputPeer::User(_)), "{named:?}");
}

#[tokio::test]
async fn somebody_is_named_by_a_message_that_names_them() {
    let server = server().await;
    let (alice, _) = person(&server, 613, "Alice").await;
    let (bob, user) = person(&server, 614, "Bob").await;
    let (carol, _) = person(&server, 615, "Carol").await;
    let to_bob = alice.resolve(&phone(614)).await.unwrap();
    let to_carol = alice.resolve(&phone(615)).await.unwrap();
    let group = alice.create_supergroup("Towers", "").await.unwrap();
    let before = alice.send(&group, "Is anybody here?").await.unwrap();
    alice.invite(&group, [to_bob.to_ref(), to_carol.to_ref()]).await.unwrap();
    let group_of_bob = bob.dialogs().limit(1).next().await.unwrap().unwrap().peer().to_ref();
    let said = bob.send(group_of_bob, "I am").await.unwrap();

    // Carol has never seen Bob anywhere else.
    let group_of_carol = carol.dialogs().limit(1).next().await.unwrap().unwrap().peer().to_ref();
    let by = |msg_id: i32, user_id: i64| {
        let peer = carol.input_peer(group_of_carol).unwrap();
        functions::users::GetUsers { id: vec![types::InputUserFromMessage { peer, msg_id, user_id }.into()] }
    };
    let found = carol.invoke(by(said.id(), user.id)).await.unwrap();
    assert!(matches!(&found[..], [enums::User::User(found)] if found.first_name.as_deref() == Some("Bob")));
    let found = carol.invoke(by(before.id(), user.id)).await.unwrap();
    assert!(matches!(&found[..], [enums::User::Empty(_)]), "the message does not name him");
    let peer = carol.input_peer(group_of_carol).unwrap();
    let to = types::InputPeerUserFromMessage { peer: peer.clone(), msg_id: said.id(), user_id: user.id };
    let write = |peer: enums::InputPeer| functions::messages::SaveDraft {
        no_webpage: false,
        invert_media: false,
        reply_to: None,
        peer,
        message: "to Bob".to_owned(),
        entities: None,
        media: None,
        effect: None,
        suggested_post: None,
        rich_message: None,
    };
    assert!(carol.invoke(write(to.into())).await.unwrap());
    let nested = types::InputPeerUserFromMessage {
        peer: types::InputPeerUserFromMessage { peer, msg_id: said.id(), user_id: user.id }.into(),
        msg_id: said.id(),
        user_id: user.id,
    };
    assert!(carol.invoke(write(nested.into())).await.unwrap_err().is("PEER_ID_INVALID"));

    // Who is not in the group sees none of its messages.
    carol.leave(group_of_carol).await.unwrap();
    let found = carol.invoke(by(said.id(), user.id)).await.unwrap();
    assert!(matches!(&found[..], [enums::User::Empty(_)]));
}
