//! Contacts, members, profiles.

use chappe::people::{NewContact, Role};
use chappe::{ErrorKind, Peer, enums};

use crate::common::{person, phone, server, soon};

fn names(peers: &[Peer]) -> Vec<String> {
    peers.iter().map(Peer::name).collect()
}

#[tokio::test]
async fn contacts_are_imported_found_and_deleted() {
    let server = server().await;
    let (alice, _) = person(&server, 651, "Alice").await;
    let (_bob, _) = person(&server, 652, "Bob").await;
    let (carol, _) = person(&server, 653, "Carol").await;
    carol.set_username("carol_of_chappe").await.unwrap();
    assert!(alice.contacts().await.unwrap().is_empty());
    let found = alice
        .import_contacts([
            NewContact::new(phone(652), "Robert").last_name("B"),
            NewContact::new("+9996629999", "Nobody"),
        ])
        .await
        .unwrap();
    assert_eq!(found[0].as_ref().map(Peer::name).as_deref(), Some("Robert B"));
    assert!(found[1].is_none());

    let carol_seen = alice.resolve("@carol_of_chappe").await.unwrap();
    let added = alice.add_contact(&carol_seen, NewContact::new("", "Carola")).await.unwrap();
    assert!(added.as_user().unwrap().contact);
    let mut contacts = names(&alice.contacts().await.unwrap());
    contacts.sort();
    assert_eq!(contacts, ["Carola", "Robert B"]);
    assert_eq!(names(&alice.search_peers("robert", 10).await.unwrap()), ["Robert B"]);
    assert_eq!(names(&alice.search_peers("carol_of", 10).await.unwrap()), ["Carola"]);

    alice.delete_contacts([carol_seen.to_ref()]).await.unwrap();
    assert_eq!(names(&alice.contacts().await.unwrap()), ["Robert B"]);
}

#[tokio::test]
async fn who_is_blocked_is_not_heard() {
    let server = server().await;
    let (alice, _) = person(&server, 654, "Alice").await;
    let (bob, _) = person(&server, 655, "Bob").await;
    let (to_bob, to_alice) =
        (alice.resolve(&phone(655)).await.unwrap(), bob.resolve(&phone(654)).await.unwrap());
    alice.block(&to_bob).await.unwrap();
    assert_eq!(names(&alice.blocked().await.unwrap()), ["Bob Test"]);
    bob.send(&to_alice, "can you hear me?").await.unwrap();
    assert!(alice.messages(&to_bob).next().await.unwrap().is_none());
    alice.unblock(&to_bob).await.unwrap();
    assert!(alice.blocked().await.unwrap().is_empty());
    bob.send(&to_alice, "and now?").await.unwrap();
    assert_eq!(alice.messages(&to_bob).next().await.unwrap().unwrap().text(), "and now?");
}

#[tokio::test]
async fn profiles_change_and_others_see_it() {
    let server = server().await;
    let (alice, _) = person(&server, 656, "Alice").await;
    let (bob, _) = person(&server, 657, "Bob").await;
    let changed = alice.update_profile().first_name("Alicia").about("Towers").await.unwrap();
    assert_eq!(changed.name(), "Alicia Test");
    assert!(bob.is_username_free("alicia_of_chappe").await.unwrap());
    assert_eq!(alice.set_username("alicia_of_chappe").await.unwrap().username(), Some("alicia_of_chappe"));
    assert!(!bob.is_username_free("alicia_of_chappe").await.unwrap());
    let seen = bob.resolve("@alicia_of_chappe").await.unwrap();
    assert_eq!(seen.name(), "Alicia Test");
    assert_eq!(bob.full_user(&seen).await.unwrap().about.as_deref(), Some("Towers"));
    assert!(bob.profile_photos(&seen, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn typing_is_seen() {
    let server = server().await;
    let (alice, _) = person(&server, 658, "Alice").await;
    let (bob, _) = person(&server, 659, "Bob").await;
    let to_bob = alice.resolve(&phone(659)).await.unwrap();
    let mut updates = bob.updates();
    alice.set_typing(&to_bob, enums::SendMessageAction::RecordAudioAction).await.unwrap();
    soon(async {
        loop {
            if let chappe::Event::Typing(typing) = updates.recv().await.unwrap() {
                assert_eq!(typing.action(), Some(&enums::SendMessageAction::RecordAudioAction));
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn members_of_groups_are_listed_with_their_roles() {
    let server = server().await;
    let (alice, _) = person(&server, 660, "Alice").await;
    let (_bob, _) = person(&server, 661, "Bob").await;
    let (_carol, _) = person(&server, 662, "Carol").await;
    let to_bob = alice.resolve(&phone(661)).await.unwrap();
    let to_carol = alice.resolve(&phone(662)).await.unwrap();
    let group = alice.create_group("Towers", [to_bob.to_ref(), to_carol.to_ref()]).await.unwrap();
    let all = alice.participants(&group).collect().await.unwrap();
    assert_eq!(all.len(), 3);
    let creator = all.iter().find(|member| *member.role() == Role::Creator).unwrap();
    assert_eq!(creator.peer().name(), "Alice Test");
    let found = alice.participants(&group).search("bob").collect().await.unwrap();
    assert_eq!(found.len(), 1);

    let supergroup = alice.create_supergroup("More towers", "").await.unwrap();
    alice.invite(&supergroup, [to_bob.to_ref(), to_carol.to_ref()]).await.unwrap();
    let mut members = alice.participants(&supergroup);
    assert_eq!(members.total().await.unwrap(), 3);
    assert_eq!(members.collect().await.unwrap().len(), 3);
    let found = alice.participants(&supergroup).search("carol").collect().await.unwrap();
    assert_eq!(found[0].peer().id(), to_carol.id());
    assert_eq!(*alice.participant(&supergroup, &to_bob).await.unwrap().role(), Role::Member);
    let error = alice.participants(&to_bob).next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
}

#[tokio::test]
async fn profile_photos_are_set_seen_and_deleted() {
    let server = server().await;
    let (alice, _) = person(&server, 663, "Alice").await;
    let (bob, _) = person(&server, 664, "Bob").await;
    let to_alice = bob.resolve(&phone(663)).await.unwrap();
    let file = alice.upload(crate::cloud_files::picture()).await.unwrap();
    let photo = alice.set_profile_photo(file).await.unwrap();
    let enums::Photo::Photo(photo) = photo else { panic!("no photo") };
    let seen = bob.profile_photos(&to_alice, 10).await.unwrap();
    assert!(matches!(&seen[..], [enums::Photo::Photo(seen)] if seen.id == photo.id));
    let own = alice.profile_photos(alice.resolve("me").await.unwrap(), 10).await.unwrap();
    alice.delete_profile_photos(&own).await.unwrap();
    assert!(bob.profile_photos(&to_alice, 10).await.unwrap().is_empty());
}
