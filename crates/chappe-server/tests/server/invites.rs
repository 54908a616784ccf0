//! Invite links: who may come by them, how often and until when, and who is asked first.

use std::time::Duration;

use crate::common::cloud::{self, send};
use crate::common::groups::{
    Named, Three, actions, channel_in, chat_in, chat_peer, create, flat, full_chat, hear, invite,
    make_channel, members, participants, remove, texts,
};
use crate::common::{ALICE, TestClock, builder, server};
use chappe_api::{enums, functions, types};
use chappe_server::NewAccount;
use enums::MessageAction as A;
use enums::messages::ChatInviteJoinResult as Joined;

fn export(peer: &enums::InputPeer) -> functions::messages::ExportChatInvite {
    functions::messages::ExportChatInvite {
        legacy_revoke_permanent: false,
        request_needed: false,
        peer: peer.clone(),
        expire_date: None,
        usage_limit: None,
        title: None,
        subscription_pricing: None,
    }
}

fn exported(invite: enums::ExportedChatInvite) -> types::ChatInviteExported {
    match invite {
        enums::ExportedChatInvite::Exported(invite) => *invite,
        other => panic!("{other:?}"),
    }
}

fn hash(invite: &types::ChatInviteExported) -> String {
    invite.link.rsplit('+').next().unwrap().to_owned()
}

fn import(invite: &types::ChatInviteExported) -> functions::messages::ImportChatInvite {
    functions::messages::ImportChatInvite { hash: hash(invite) }
}

fn check(invite: &types::ChatInviteExported) -> functions::messages::CheckChatInvite {
    functions::messages::CheckChatInvite { hash: hash(invite) }
}

#[tokio::test]
async fn whoever_has_the_link_sees_the_group_and_may_come() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let made = t.alice.call(create("Duo", vec![t.to_bob.clone().into()])).await.unwrap();
    let id = chat_in(&cloud::full(made.updates).chats).id;
    let group = chat_peer(id);
    t.settle().await;
    assert_eq!(t.bob.error(export(&group)).await, (400, "CHAT_ADMIN_REQUIRED".into()));
    let link = exported(t.alice.call(export(&group)).await.unwrap());
    assert!(link.permanent && link.admin_id == t.alice_id && link.link.starts_with("https://t.me/+"));
    assert_eq!(exported(t.alice.call(export(&group)).await.unwrap()).link, link.link);
    let full = full_chat(&mut t.alice, id).await;
    assert_eq!(exported(full.exported_invite.unwrap()).link, link.link);
    assert!(full_chat(&mut t.bob, id).await.exported_invite.is_none());

    let enums::ChatInvite::Invite(seen) = t.carol.call(check(&link)).await.unwrap() else { panic!("in it") };
    assert_eq!((seen.title.as_str(), seen.participants_count, seen.channel), ("Duo", 2, false));
    let Joined::Ok(joined) = t.carol.call(import(&link)).await.unwrap() else { panic!("not in") };
    assert_eq!(chat_in(&cloud::full(joined.updates).chats).participants_count, 3);
    for client in [&mut t.alice, &mut t.bob] {
        let told = client.settle().await;
        assert!(matches!(&actions(&told)[..], [A::ChatJoinedByLink(by)] if by.inviter_id == t.alice_id));
        let participants = flat(told).into_iter().find_map(|update| match update {
            enums::Update::ChatParticipants(update) => Some(members(&update.participants).2),
            _ => None,
        });
        assert_eq!(participants.map(|all| all.len()), Some(2));
    }
    let enums::ChatInvite::Already(_) = t.carol.call(check(&link)).await.unwrap() else { panic!("not in") };
    assert_eq!(t.carol.error(import(&link)).await, (400, "USER_ALREADY_PARTICIPANT".into()));
    t.carol.call(send(&group, "hello", 1)).await.unwrap();
    assert_eq!(texts(&hear(&mut t.bob).await), ["hello"]);
    let importers = functions::messages::GetChatInviteImporters {
        requested: false,
        subscription_expired: false,
        peer: group.clone(),
        link: Some(link.link.clone()),
        q: None,
        offset_date: 0,
        offset_user: enums::InputUser::Empty,
        limit: 10,
    };
    let importers = t.alice.call(importers).await.unwrap();
    assert_eq!((importers.count, importers.importers[0].user_id), (1, t.carol_id));
    // Who was removed does not come back by a link.
    t.alice.call(remove(id, t.to_carol.clone().into())).await.unwrap();
    assert_eq!(t.carol.error(import(&link)).await, (406, "INVITE_HASH_EXPIRED".into()));
    let bad = functions::messages::CheckChatInvite { hash: "no such!".into() };
    assert_eq!(t.carol.error(bad).await, (400, "INVITE_HASH_INVALID".into()));
    let none = functions::messages::CheckChatInvite { hash: String::new() };
    assert_eq!(t.carol.error(none).await, (400, "INVITE_HASH_EMPTY".into()));
}

#[tokio::test]
async fn a_link_is_spent_by_use_and_by_time() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut t = Three::new(&server).await;
    let group = make_channel(&mut t.alice, "Crowd", false).await;
    let once = functions::messages::ExportChatInvite { usage_limit: Some(1), ..export(&group.peer) };
    let once = exported(t.alice.call(once).await.unwrap());
    assert!(!once.permanent);
    t.bob.call(import(&once)).await.unwrap();
    assert_eq!(t.carol.error(import(&once)).await, (406, "INVITE_HASH_EXPIRED".into()));
    let now = t.alice.state().await.date;
    let soon = functions::messages::ExportChatInvite { expire_date: Some(now + 60), ..export(&group.peer) };
    let soon = exported(t.alice.call(soon).await.unwrap());
    clock.advance(Duration::from_secs(61));
    assert_eq!(t.carol.error(check(&soon)).await, (406, "INVITE_HASH_EXPIRED".into()));
    // It is given more time.
    let edit = functions::messages::EditExportedChatInvite {
        revoked: false,
        peer: group.peer.clone(),
        link: soon.link.clone(),
        expire_date: Some(now + 7200),
        usage_limit: None,
        request_needed: None,
        title: Some("late".into()),
    };
    let enums::messages::ExportedChatInvite::Invite(edited) = t.alice.call(edit).await.unwrap() else {
        panic!("replaced")
    };
    assert_eq!(exported(edited.invite.clone()).title.as_deref(), Some("late"));
    t.carol.call(import(&soon)).await.unwrap();
    let past = functions::messages::ExportChatInvite { expire_date: Some(now), ..export(&group.peer) };
    assert_eq!(t.alice.error(past).await, (400, "EXPIRE_DATE_INVALID".into()));
    let many = functions::messages::ExportChatInvite { usage_limit: Some(100_000), ..export(&group.peer) };
    assert_eq!(t.alice.error(many).await, (400, "USAGE_LIMIT_INVALID".into()));
}

#[tokio::test]
async fn a_link_is_not_spent_by_who_could_not_come() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let alice = server.account(ALICE, NewAccount::default()).await.unwrap();
    let mut others = Vec::new();
    for n in 0..199 {
        let other = server.account(&format!("other {n}"), NewAccount::default()).await.unwrap();
        others.push(server.input_user(&alice, other.user_id));
    }
    let users = others.iter().map(|user| user.clone().into()).collect();
    let made = t.alice.call(create("Full", users)).await.unwrap();
    let id = chat_in(&cloud::full(made.updates).chats).id;
    let group = chat_peer(id);
    let once = functions::messages::ExportChatInvite { usage_limit: Some(1), ..export(&group) };
    let once = exported(t.alice.call(once).await.unwrap());
    let ask = functions::messages::ExportChatInvite { request_needed: true, ..export(&group) };
    let ask = exported(t.alice.call(ask).await.unwrap());
    assert_eq!(t.bob.error(import(&ask)).await.1, "INVITE_REQUEST_SENT");
    let decide = functions::messages::HideChatJoinRequest {
        approved: true,
        peer: group.clone(),
        user_id: t.to_bob.clone().into(),
    };
    assert_eq!(t.carol.error(import(&once)).await.1, "USERS_TOO_MUCH");
    assert_eq!(t.alice.error(decide.clone()).await.1, "USERS_TOO_MUCH");
    for gone in &others[..2] {
        t.alice.call(remove(id, gone.clone().into())).await.unwrap();
    }
    t.carol.call(import(&once)).await.expect("the link is good");
    t.alice.call(decide).await.expect("the request is there");
    let mut dora = cloud::device(&server, "9996640004").await;
    assert_eq!(dora.error(import(&once)).await, (406, "INVITE_HASH_EXPIRED".into()), "now it is spent");
}

#[tokio::test]
async fn a_revoked_link_lets_nobody_in_and_can_be_deleted() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = make_channel(&mut t.alice, "Crowd", false).await;
    let link = exported(t.alice.call(export(&group.peer)).await.unwrap());
    let edit = functions::messages::EditExportedChatInvite {
        revoked: false,
        peer: group.peer.clone(),
        link: link.link.clone(),
        expire_date: None,
        usage_limit: Some(5),
        request_needed: None,
        title: None,
    };
    assert_eq!(t.alice.error(edit.clone()).await, (400, "CHAT_INVITE_PERMANENT".into()));
    let revoke = functions::messages::EditExportedChatInvite { revoked: true, ..edit };
    let enums::messages::ExportedChatInvite::Replaced(replaced) = t.alice.call(revoke).await.unwrap() else {
        panic!("not replaced")
    };
    assert!(exported(replaced.invite.clone()).revoked);
    let new = exported(replaced.new_invite.clone());
    assert!(new.permanent && new.link != link.link);
    assert_eq!(t.bob.error(import(&link)).await, (406, "INVITE_HASH_EXPIRED".into()));
    t.bob.call(import(&new)).await.unwrap();
    let list = |revoked| functions::messages::GetExportedChatInvites {
        revoked,
        peer: group.peer.clone(),
        admin_id: enums::InputUser::UserSelf,
        offset_date: None,
        offset_link: None,
        limit: 10,
    };
    assert_eq!(t.alice.call(list(true)).await.unwrap().count, 1);
    assert_eq!(t.alice.call(list(false)).await.unwrap().count, 1);
    let delete = |link: &str| functions::messages::DeleteExportedChatInvite {
        peer: group.peer.clone(),
        link: link.into(),
    };
    assert_eq!(t.alice.error(delete(&new.link)).await, (400, "INVITE_REVOKED_MISSING".into()));
    assert!(t.alice.call(delete(&link.link)).await.unwrap());
    let one =
        functions::messages::GetExportedChatInvite { peer: group.peer.clone(), link: link.link.clone() };
    assert_eq!(t.alice.error(one).await, (400, "INVITE_HASH_EXPIRED".into()));
    let all = functions::messages::DeleteRevokedExportedChatInvites {
        peer: group.peer.clone(),
        admin_id: enums::InputUser::UserSelf,
    };
    assert!(t.alice.call(all).await.unwrap());
    let admins = functions::messages::GetAdminsWithInvites { peer: group.peer.clone() };
    let admins = t.alice.call(admins).await.unwrap();
    assert_eq!((admins.admins[0].invites_count, admins.admins[0].revoked_invites_count), (1, 0));
}

/// Bob and Carol ask to come into a supergroup of Alice's.
async fn both_ask(t: &mut Three) -> Named {
    let group = make_channel(&mut t.alice, "Crowd", false).await;
    let ask = functions::messages::ExportChatInvite { request_needed: true, ..export(&group.peer) };
    let link = exported(t.alice.call(ask).await.unwrap());
    for client in [&mut t.bob, &mut t.carol] {
        assert_eq!(client.error(import(&link)).await, (400, "INVITE_REQUEST_SENT".into()));
    }
    group
}

#[tokio::test]
async fn who_has_to_ask_comes_when_an_administrator_lets_them() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = both_ask(&mut t).await;
    let told = flat(hear(&mut t.alice).await);
    assert!(
        matches!(told.last(), Some(enums::Update::PendingJoinRequests(update)) if update.requests_pending == 2)
    );
    let requests = functions::messages::GetChatInviteImporters {
        requested: true,
        subscription_expired: false,
        peer: group.peer.clone(),
        link: None,
        q: None,
        offset_date: 0,
        offset_user: enums::InputUser::Empty,
        limit: 10,
    };
    assert_eq!(t.alice.call(requests.clone()).await.unwrap().count, 2);
    for (client, name) in [(&mut t.bob, "Bobby"), (&mut t.carol, "Caroline")] {
        let profile = functions::account::UpdateProfile {
            first_name: Some(name.into()),
            last_name: Some("Test".into()),
            about: None,
        };
        client.call(profile).await.unwrap();
    }
    t.settle().await;
    for (q, wanted) in
        [("BOB", vec![t.bob_id]), ("caro", vec![t.carol_id]), ("nobody", vec![]), (" ", vec![0, 0])]
    {
        let search = functions::messages::GetChatInviteImporters { q: Some(q.into()), ..requests.clone() };
        let found = t.alice.call(search).await.unwrap();
        assert_eq!(usize::try_from(found.count), Ok(wanted.len()), "{q}");
        let ids: Vec<i64> = found.importers.iter().map(|one| one.user_id).collect();
        assert!(ids == wanted || wanted == [0, 0], "{q}: {ids:?}");
    }
    let decide = |user: &types::InputUser, approved| functions::messages::HideChatJoinRequest {
        approved,
        peer: group.peer.clone(),
        user_id: user.clone().into(),
    };
    t.alice.call(decide(&t.to_bob, true)).await.unwrap();
    t.alice.call(decide(&t.to_carol, false)).await.unwrap();
    let told = hear(&mut t.bob).await;
    assert!(matches!(&actions(&told)[..], [A::ChatJoinedByRequest]));
    assert!(hear(&mut t.carol).await.is_empty());
    assert_eq!(t.alice.error(decide(&t.to_carol, true)).await, (400, "HIDE_REQUESTER_MISSING".into()));
    assert_eq!(t.alice.error(decide(&t.to_bob, true)).await, (400, "USER_ALREADY_PARTICIPANT".into()));
    assert_eq!(t.alice.call(requests.clone()).await.unwrap().count, 0);
    let came = functions::messages::GetChatInviteImporters { requested: false, ..requests };
    let came = t.alice.call(came).await.unwrap();
    assert_eq!((came.importers[0].user_id, came.importers[0].approved_by), (t.bob_id, Some(t.alice_id)));
    // The same for a basic group: the message is in the name of who comes.
    let made = t.alice.call(create("Duo", vec![t.to_bob.clone().into()])).await.unwrap();
    let small = chat_peer(chat_in(&cloud::full(made.updates).chats).id);
    let ask = functions::messages::ExportChatInvite { request_needed: true, ..export(&small) };
    let link = exported(t.alice.call(ask).await.unwrap());
    assert_eq!(t.carol.error(import(&link)).await.1, "INVITE_REQUEST_SENT");
    t.settle().await;
    let all =
        functions::messages::HideAllChatJoinRequests { approved: true, peer: small.clone(), link: None };
    t.alice.call(all).await.unwrap();
    for client in [&mut t.alice, &mut t.bob, &mut t.carol] {
        assert!(matches!(&actions(&client.settle().await)[..], [A::ChatJoinedByRequest]));
    }
    t.carol.call(send(&small, "in", 1)).await.unwrap();
    assert_eq!(texts(&hear(&mut t.alice).await), ["in"]);
}

#[tokio::test]
async fn a_link_leads_into_what_the_group_has_become() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let made = t.alice.call(create("Duo", vec![t.to_bob.clone().into()])).await.unwrap();
    let id = chat_in(&cloud::full(made.updates).chats).id;
    let link = exported(t.alice.call(export(&chat_peer(id))).await.unwrap());
    t.alice.call(functions::messages::MigrateChat { chat_id: id }).await.unwrap();
    let Joined::Ok(joined) = t.carol.call(import(&link)).await.unwrap() else { panic!("not in") };
    let joined = channel_in(&cloud::full(joined.updates).chats);
    assert!(joined.megagroup && joined.title == "Duo");
}

#[tokio::test]
async fn a_channel_is_entered_by_its_link_without_a_word() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let news = make_channel(&mut t.alice, "News", true).await;
    let link = exported(t.alice.call(export(&news.peer)).await.unwrap());
    let enums::ChatInvite::Invite(seen) = t.bob.call(check(&link)).await.unwrap() else { panic!("in it") };
    assert!(seen.channel && seen.broadcast && !seen.megagroup);
    t.bob.call(import(&link)).await.unwrap();
    assert!(actions(&hear(&mut t.alice).await).is_empty());
    t.alice.call(send(&news.peer, "news", 1)).await.unwrap();
    assert_eq!(texts(&hear(&mut t.bob).await), ["news"]);
    t.alice.call(invite(&news.channel, &[&t.to_carol])).await.unwrap();
    t.alice.call(send(&news.peer, "more", 2)).await.unwrap();
    assert_eq!(texts(&hear(&mut t.carol).await), ["more"]);
}

#[tokio::test]
async fn who_has_deleted_their_account_asks_for_nothing() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = both_ask(&mut t).await;
    t.carol.call(functions::account::DeleteAccount { reason: String::new(), password: None }).await.unwrap();
    let all =
        functions::messages::HideAllChatJoinRequests { approved: true, peer: group.peer.clone(), link: None };
    t.alice.call(all).await.unwrap();
    let there = participants(&mut t.alice, &group.channel, enums::ChannelParticipantsFilter::Recent).await;
    assert_eq!(there, [t.alice_id, t.bob_id]);
}
