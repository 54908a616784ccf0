//! Groups and channels.

use chappe::groups::{AdminRights, Restrictions};
use chappe::people::Role;
use chappe::{Client, Link, Peer, PeerId, enums};
use chappe_server::Server;

use crate::common::{person, phone, server};

struct People {
    _server: Server,
    alice: Client,
    bob: Client,
    to_bob: Peer,
}

async fn people(numbers: [u16; 2]) -> People {
    let server = server().await;
    let (alice, _) = person(&server, numbers[0], "Alice").await;
    let (bob, _) = person(&server, numbers[1], "Bob").await;
    let to_bob = alice.resolve(&phone(numbers[1])).await.unwrap();
    People { _server: server, alice, bob, to_bob }
}

/// The chat as the client finds it in its list.
async fn listed(client: &Client, name: &str) -> Option<Peer> {
    let dialogs = client.dialogs().collect().await.unwrap();
    dialogs.into_iter().map(|dialog| dialog.peer().clone()).find(|peer| peer.name() == name)
}

#[tokio::test]
async fn a_basic_group_lives_and_becomes_a_supergroup() {
    let people = people([671, 672]).await;
    let People { alice, bob, to_bob, .. } = &people;
    let group = alice.create_group("Towers", [to_bob.to_ref()]).await.unwrap();
    assert!(group.is_group() && matches!(group.id(), PeerId::Chat(_)));
    alice.set_title(&group, "Higher towers").await.unwrap();
    alice.set_about(&group, "About them").await.unwrap();
    let file = alice.upload(crate::cloud_files::picture()).await.unwrap();
    alice.set_chat_photo(&group, Some(file)).await.unwrap();
    let Some(enums::Chat::Chat(raw)) = alice.peer(&group).await.unwrap().as_chat().cloned() else { panic!() };
    assert!(matches!(raw.photo, enums::ChatPhoto::Photo(_)));
    alice.set_chat_photo(&group, None).await.unwrap();
    let enums::ChatFull::Full(full) = alice.full_chat(&group).await.unwrap() else { panic!("another chat") };
    assert_eq!(full.about, "About them");
    let seen = listed(bob, "Higher towers").await.unwrap();
    alice.send(&group, "Welcome").await.unwrap();
    let heard = bob.messages(&seen).next().await.unwrap().unwrap();
    assert_eq!((heard.text(), heard.sender_info().unwrap().name().as_str()), ("Welcome", "Alice Test"));

    alice.promote(&group, to_bob, AdminRights::all()).await.unwrap();
    let members = alice.participants(&group).collect().await.unwrap();
    assert!(members.iter().any(|member| matches!(member.role(), Role::Admin(_))));
    alice.promote(&group, to_bob, AdminRights::new()).await.unwrap();
    assert!(alice.promote(&group, to_bob, AdminRights::all()).rank("Keeper").await.is_err());

    alice.kick(&group, to_bob).await.unwrap();
    assert_eq!(alice.participants(&group).collect().await.unwrap().len(), 1);
    assert!(alice.invite(&group, [to_bob.to_ref()]).await.unwrap().is_empty());
    bob.leave(&seen).await.unwrap();
    assert_eq!(alice.participants(&group).collect().await.unwrap().len(), 1);
    // Who has left comes back by themselves, or among contacts of each other.
    assert!(alice.invite(&group, [to_bob.to_ref()]).await.unwrap_err().is("USER_NOT_MUTUAL_CONTACT"));

    let supergroup = alice.migrate_group(&group).await.unwrap();
    assert!(matches!(supergroup.id(), PeerId::Channel(_)) && supergroup.is_group());
    alice.delete_group(&supergroup).await.unwrap();
    let dialogs = alice.dialogs().collect().await.unwrap();
    assert!(dialogs.iter().all(|dialog| dialog.peer().id() != supergroup.id()));
}

#[tokio::test]
async fn a_supergroup_has_admins_restrictions_and_bans() {
    let people = people([673, 674]).await;
    let People { alice, bob, to_bob, .. } = &people;
    let group = alice.create_supergroup("Towers", "About them").await.unwrap();
    alice.invite(&group, [to_bob.to_ref()]).await.unwrap();
    let seen = listed(bob, "Towers").await.unwrap();
    let rights = AdminRights::new().delete_messages().pin_messages();
    alice.promote(&group, to_bob, rights.clone()).rank("Keeper").await.unwrap();
    let keeper = alice.participant(&group, to_bob).await.unwrap();
    assert_eq!((keeper.rank(), keeper.role()), (Some("Keeper"), &Role::Admin(Some(Box::new(rights.into())))));
    let said = alice.send(&group, "Delete this").await.unwrap();
    assert_eq!(bob.delete_messages(&seen, [said.id()]).await.unwrap(), 1);
    assert!(said.refresh().await.unwrap().is_none());
    alice.promote(&group, to_bob, AdminRights::new()).await.unwrap();
    assert!(bob.set_title(&seen, "Mine").await.unwrap_err().is("CHAT_ADMIN_REQUIRED"));

    alice.restrict(&group, to_bob, Restrictions::new().send_messages().send_plain()).await.unwrap();
    assert!(bob.send(&seen, "hello").await.is_err());
    alice.restrict(&group, to_bob, Restrictions::new()).await.unwrap();
    bob.send(&seen, "hello").await.unwrap();
    alice.set_default_restrictions(&group, Restrictions::new().pin_messages()).await.unwrap();

    alice.restrict(&group, to_bob, Restrictions::ban()).await.unwrap();
    assert!(bob.send(&seen, "hello?").await.is_err());
    let kicked = chappe::types::ChannelParticipantsKicked { q: String::new() };
    let banned = alice.participants(&group).filter(kicked).collect().await.unwrap();
    assert!(matches!(banned[0].role(), Role::Banned(rights) if rights.view_messages));
    alice.restrict(&group, to_bob, Restrictions::new()).await.unwrap();
    alice.invite(&group, [to_bob.to_ref()]).await.unwrap();
    alice.kick(&group, to_bob).await.unwrap();
    assert!(alice.participant(&group, to_bob).await.unwrap_err().is("USER_NOT_PARTICIPANT"));

    alice.set_slow_mode(&group, 30).await.unwrap();
    alice.set_no_forwards(&group, true).await.unwrap();
    let log = alice.admin_log(&group, 100).await.unwrap();
    assert!(
        log.iter().any(|event| matches!(event.action, enums::ChannelAdminLogEventAction::ToggleSlowMode(_)))
    );
}

#[tokio::test]
async fn a_channel_is_public_joined_and_left() {
    let people = people([675, 676]).await;
    let People { alice, bob, .. } = &people;
    let channel = alice.create_channel("News", "Daily").await.unwrap();
    assert!(channel.is_broadcast() && !channel.is_group());
    alice.set_public_name(&channel, "news_of_chappe").await.unwrap();
    let post = alice.send(&channel, "The first post").await.unwrap();
    assert_eq!(post.sender().id(), channel.id());

    let seen = bob.resolve("https://t.me/news_of_chappe").await.unwrap();
    assert_eq!(seen.id(), channel.id());
    bob.join(&seen).await.unwrap();
    assert!(listed(bob, "News").await.is_some());
    assert!(bob.send(&seen, "hello").await.is_err());
    let link = alice.message_link(&channel, post.id()).await.unwrap();
    assert_eq!(bob.message_by_link(&link).await.unwrap().unwrap().text(), "The first post");
    let private = format!("https://t.me/c/{}/{}", channel.id().bare(), post.id());
    assert_eq!(bob.message_by_link(&private).await.unwrap().unwrap().text(), "The first post");
    bob.leave(&seen).await.unwrap();
    assert!(listed(bob, "News").await.is_none());
}

#[tokio::test]
async fn invitations_are_made_used_and_revoked() {
    let people = people([677, 678]).await;
    let People { alice, bob, to_bob, .. } = &people;
    let group = alice.create_supergroup("Secret towers", "").await.unwrap();
    let invite = alice.export_invite(&group).title("friends").usage_limit(5).await.unwrap();
    assert_eq!((invite.title.as_deref(), invite.usage_limit), (Some("friends"), Some(5)));
    let checked = bob.check_invite(&invite.link).await.unwrap();
    assert!(matches!(checked, enums::ChatInvite::Invite(invite) if invite.title == "Secret towers"));
    assert_eq!(bob.resolve(&invite.link).await.unwrap_err().kind(), chappe::ErrorKind::Argument);
    let joined = bob.accept_invite(&invite.link).await.unwrap();
    assert_eq!(joined.id(), group.id());
    assert_eq!(bob.resolve(&invite.link).await.unwrap().id(), group.id());
    bob.send(&joined, "I am in").await.unwrap();
    bob.leave(&joined).await.unwrap();

    // Whoever reads the link may come in: it is not for logs.
    let hash = invite.link.rsplit(['/', '+']).next().unwrap();
    let shown = format!("{:?} {:?}", alice.edit_invite(&group, &invite.link), Link::parse(&invite.link));
    assert!(shown.contains("EditInvite") && shown.contains("Invite(") && !shown.contains(hash), "{shown}");
    let edited = alice.edit_invite(&group, &invite.link).request_needed(true).usage_limit(0).await.unwrap();
    assert!(edited.request_needed);
    assert!(bob.accept_invite(&invite.link).await.unwrap_err().is("INVITE_REQUEST_SENT"));
    let requests = alice.join_requests(&group).await.unwrap();
    assert_eq!(requests.iter().map(Peer::id).collect::<Vec<_>>(), [to_bob.id()]);
    alice.answer_join_request(&group, to_bob, true).await.unwrap();
    assert!(listed(bob, "Secret towers").await.is_some());

    let me = alice.resolve("me").await.unwrap();
    assert!(alice.invites(&group, &me, false).await.unwrap().iter().any(|known| known.link == invite.link));
    alice.revoke_invite(&group, &invite.link).await.unwrap();
    assert!(alice.invites(&group, &me, true).await.unwrap().iter().any(|known| known.link == invite.link));
    bob.leave(&joined).await.unwrap();
    assert!(bob.check_invite(&invite.link).await.unwrap_err().is("INVITE_HASH_EXPIRED"));
    alice.delete_invite(&group, &invite.link).await.unwrap();
    assert!(alice.invites(&group, &me, true).await.unwrap().is_empty());
}
