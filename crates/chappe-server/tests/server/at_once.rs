//! What two clients do at the same moment to the same thing: one after the other, whichever comes first.

use crate::common::cloud::{self, edit, history, peer, send};
use crate::common::groups::{
    Named, Three, chat_peer, edit_banned, invite, make_channel, no_bans, participants, told_channel,
};
use crate::common::{ALICE, BOB, server};
use chappe_api::{enums, functions, types};

/// Races of each kind.
const ROUNDS: i64 = 40;

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
