//! What two clients do at the same moment to the same thing: one after the other, whichever comes first.

use crate::common::cloud::{self, edit, history, peer, send};
use crate::common::groups::{
    Named, Three, chat_peer, edit_banned, invite, make_channel, no_bans, participants, told_channel,
};
use crate::common::{ALICE, BOB, Client, in_memory, server};
use chappe_api::{enums, functions, types};

/// Races of each kind.
const ROUNDS: i64 = 20;

#[tokio::test]
async fn edits_at_once_leave_the_same_with_both_sides() {
    let server = server().await;
    let mut phone = cloud::device(&server, ALICE).await;
    let mut tablet = cloud::device(&server, ALICE).await;
    let mut bob = cloud::device(&server, BOB).await;
    let (to_bob, to_alice) = (peer(&phone.find(BOB).await), peer(&bob.find(ALICE).await));
    for round in 0..ROUNDS {
        phone.call(send(&to_bob, "first", round + 1)).await.unwrap();
        let id = cloud::message(&history(&mut phone, &to_bob).await[0]).id;
        let (one, other) = tokio::join!(
            phone.call(edit(&to_bob, id, "from the phone")),
            tablet.call(edit(&to_bob, id, "from the tablet"))
        );
        one.unwrap();
        other.unwrap();
        let own = history(&mut phone, &to_bob).await;
        let copy = history(&mut bob, &to_alice).await;
        assert_eq!(cloud::text(&own[0]), cloud::text(&copy[0]), "round {round}");
    }
}

/// A supergroup of Alice, and Bob in it.
async fn crowd(t: &mut Three) -> (Named, Named) {
    let group = make_channel(&mut t.alice, "Crowd", false).await;
    t.alice.call(invite(&group.channel, &[&t.to_bob])).await.unwrap();
    let of_bob = told_channel(&crate::common::groups::hear(&mut t.bob).await);
    (group, of_bob)
}

#[tokio::test]
async fn who_leaves_while_being_restricted_is_out() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    for round in 0..ROUNDS {
        let (group, of_bob) = crowd(&mut t).await;
        let bans = types::ChatBannedRights { send_media: true, ..no_bans() };
        let leave = functions::channels::LeaveChannel { channel: of_bob.channel.clone() };
        let restrict = edit_banned(&group.channel, &t.to_bob, bans);
        let (restricted, left) = tokio::join!(t.alice.call(restrict), t.bob.call(leave));
        restricted.unwrap();
        left.unwrap();
        let recent = enums::ChannelParticipantsFilter::Recent;
        let members = participants(&mut t.alice, &group.channel, recent).await;
        assert_eq!(members, [t.alice_id], "round {round}");
        t.settle().await;
    }
}

#[tokio::test]
async fn a_member_of_a_basic_group_leaves_once() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    for _ in 0..ROUNDS / 4 {
        let id = t.group("Trio").await;
        let promote = functions::messages::EditChatAdmin {
            chat_id: id,
            user_id: t.to_bob.clone().into(),
            is_admin: true,
        };
        let leave = crate::common::groups::remove(id, enums::InputUser::UserSelf);
        let (promoted, left) = tokio::join!(t.alice.call(promote), t.bob.call(leave));
        if let Err(error) = promoted {
            assert_eq!(error.text(), "USER_NOT_PARTICIPANT");
        }
        left.unwrap();
        let gone = history(&mut t.bob, &chat_peer(id)).await.len();
        t.alice.call(send(&chat_peer(id), "without Bob", id)).await.unwrap();
        assert_eq!(history(&mut t.bob, &chat_peer(id)).await.len(), gone);
        t.settle().await;
    }
}

#[tokio::test]
async fn no_more_chats_are_pinned_than_may_be() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let mut tablet = cloud::device(&server, ALICE).await;
    let mut chats = Vec::new();
    for n in 0..6 {
        chats.push(chat_peer(t.group(&format!("Group {n}")).await));
    }
    let pin = |chat: &enums::InputPeer, pinned| functions::messages::ToggleDialogPin {
        pinned,
        peer: types::InputDialogPeer { peer: chat.clone() }.into(),
    };
    for chat in &chats[..4] {
        t.alice.call(pin(chat, true)).await.unwrap();
    }
    for round in 0..ROUNDS {
        let (one, other) =
            tokio::join!(t.alice.call(pin(&chats[4], true)), tablet.call(pin(&chats[5], true)));
        assert!(one.is_ok() != other.is_ok(), "one of them has the last place in round {round}");
        let error = one.err().or(other.err()).unwrap();
        assert_eq!(error.text(), "PINNED_DIALOGS_TOO_MUCH");
        let pinned = functions::messages::GetPinnedDialogs { folder_id: 0 };
        assert_eq!(t.alice.call(pinned).await.unwrap().dialogs.len(), 5, "round {round}");
        for chat in &chats[4..] {
            t.alice.call(pin(chat, false)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn two_who_ask_for_the_own_link_get_the_same() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let mut tablet = cloud::device(&server, ALICE).await;
    for round in 0..ROUNDS {
        let group = chat_peer(t.group("Trio").await);
        let export = || functions::messages::ExportChatInvite {
            legacy_revoke_permanent: false,
            request_needed: false,
            peer: group.clone(),
            expire_date: None,
            usage_limit: None,
            title: None,
            subscription_pricing: None,
        };
        let (one, other) = tokio::join!(t.alice.call(export()), tablet.call(export()));
        assert_eq!(one.unwrap(), other.unwrap(), "round {round}");
    }
}

#[tokio::test]
async fn slow_mode_holds_for_two_messages_at_once() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let mut tablet = cloud::device(&server, BOB).await;
    for round in 0..ROUNDS / 2 {
        let (group, of_bob) = crowd(&mut t).await;
        let slow = functions::channels::ToggleSlowMode { channel: group.channel.clone(), seconds: 3600 };
        t.alice.call(slow).await.unwrap();
        let (one, other) = tokio::join!(
            t.bob.call(send(&of_bob.peer, "from the phone", 2 * round + 1)),
            tablet.call(send(&of_bob.peer, "from the tablet", 2 * round + 2))
        );
        assert!(one.is_ok() != other.is_ok(), "one of them waits in round {round}");
        let error = one.err().or(other.err()).unwrap();
        assert!(error.text().starts_with("SLOWMODE_WAIT_"), "{error}");
        t.settle().await;
    }
}

#[tokio::test]
async fn no_more_links_are_good_than_may_be() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let mut tablet = cloud::device(&server, ALICE).await;
    let group = chat_peer(t.group("Trio").await);
    let export = |title: &str| functions::messages::ExportChatInvite {
        legacy_revoke_permanent: false,
        request_needed: false,
        peer: group.clone(),
        expire_date: None,
        usage_limit: None,
        title: Some(title.to_owned()),
        subscription_pricing: None,
    };
    for n in 0..499 {
        t.alice.call(export(&n.to_string())).await.unwrap();
    }
    for round in 0..ROUNDS / 4 {
        let (one, other) =
            tokio::join!(t.alice.call(export("from the phone")), tablet.call(export("from the tablet")));
        assert!(one.is_ok() != other.is_ok(), "one of them has the last place in round {round}");
        let (made, refused) = if one.is_ok() { (one, other) } else { (other, one) };
        assert_eq!(refused.unwrap_err().text(), "USAGE_LIMIT_INVALID");
        let enums::ExportedChatInvite::Exported(made) = made.unwrap() else { panic!("no link") };
        let revoke = |link: &str| functions::messages::EditExportedChatInvite {
            revoked: true,
            peer: group.clone(),
            link: link.to_owned(),
            expire_date: None,
            usage_limit: None,
            request_needed: None,
            title: None,
        };
        // An edit that comes together with the end of a link does not bring it back.
        let rename = functions::messages::EditExportedChatInvite {
            revoked: false,
            title: Some("anew".into()),
            ..revoke(&made.link)
        };
        let (revoked, renamed) = tokio::join!(t.alice.call(revoke(&made.link)), tablet.call(rename));
        revoked.unwrap();
        if let Err(error) = renamed {
            assert_eq!(error.text(), "INVITE_HASH_EXPIRED");
        }
        let ask = functions::messages::GetExportedChatInvite { peer: group.clone(), link: made.link.clone() };
        let enums::messages::ExportedChatInvite::Invite(now) = t.alice.call(ask).await.unwrap() else {
            panic!("no link")
        };
        let enums::ExportedChatInvite::Exported(now) = now.invite else { panic!("no link") };
        assert!(now.revoked, "round {round}");
    }
}

#[tokio::test]
async fn answers_that_are_ready_together_travel_together() {
    // Where several processes share a world, each call asks the database who makes it, and is answered by itself.
    let server = in_memory().spawn().await.expect("the server starts");
    let mut client = Client::new(&server).await;
    client.log_in(ALICE, "Alice").await;
    client.call(functions::help::GetNearestDc {}).await.unwrap();
    client.settle().await;
    let calls: Vec<_> = (0..40).map(|_| client.start(&functions::help::GetNearestDc {}, vec![])).collect();
    let mut packets = 0;
    while client.ready.len() < calls.len() {
        assert!(client.step().await, "the server closed the connection");
        packets += 1;
    }
    assert!(packets <= 10, "{packets} packets for 40 answers to one packet");
    let mut answered: Vec<_> = client.ready.iter().map(|(call, answer)| (*call, answer.is_ok())).collect();
    answered.sort_unstable();
    assert_eq!(answered, calls.into_iter().map(|call| (call, true)).collect::<Vec<_>>());
}
