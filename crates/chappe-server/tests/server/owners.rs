//! A group or channel that gets another owner.

use crate::common::cloud::{self, device};
use crate::common::groups::{
    Three, channel_in, chat_peer, full_chat, invite, make_channel, members, told_channel,
};
use crate::common::{Client, kept, server};
use crate::passwords::{proof, set};
use chappe_api::{enums, functions, types};
use enums::InputCheckPasswordSrp as Proof;

fn give(
    peer: &enums::InputPeer,
    user: &types::InputUser,
    password: Proof,
) -> functions::messages::EditChatCreator {
    functions::messages::EditChatCreator { peer: peer.clone(), user_id: user.clone().into(), password }
}

async fn seen(client: &mut Client, channel: &enums::InputChannel) -> types::Channel {
    let query = functions::channels::GetChannels { id: vec![channel.clone()] };
    channel_in(&crate::common::groups::chats(client.call(query).await.unwrap()))
}

#[tokio::test]
async fn a_supergroup_is_given_away_with_the_password_and_stays_with_the_new_owner() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).spawn().await.unwrap();
    let mut t = Three::new(&server).await;
    let crowd = make_channel(&mut t.alice, "Crowd", false).await;
    t.alice.call(invite(&crowd.channel, &[&t.to_bob])).await.unwrap();
    let of_bob = told_channel(&crate::common::groups::hear(&mut t.bob).await);
    let bad = |name: &str| (400, name.to_owned());
    assert_eq!(t.alice.error(give(&crowd.peer, &t.to_bob, Proof::Empty)).await, bad("PASSWORD_MISSING"));
    set(&mut t.alice, "correct horse").await;
    assert_eq!(t.alice.error(give(&crowd.peer, &t.to_bob, Proof::Empty)).await, bad("PASSWORD_HASH_INVALID"));
    let wrong = proof(&mut t.alice, "wrong horse").await;
    assert_eq!(t.alice.error(give(&crowd.peer, &t.to_bob, wrong)).await, bad("PASSWORD_HASH_INVALID"));
    let right = proof(&mut t.alice, "correct horse").await;
    let absent = give(&crowd.peer, &t.to_carol, right.clone());
    assert_eq!(t.alice.error(absent).await, bad("CHAT_MEMBER_ADD_FAILED"), "she is not in it");
    let to_alice = t.bob.find(crate::common::ALICE).await;
    let taken = give(&of_bob.peer, &to_alice, Proof::Empty);
    assert_eq!(t.bob.error(taken).await, bad("CHAT_ADMIN_REQUIRED"));

    t.alice.call(give(&crowd.peer, &t.to_bob, right)).await.unwrap();
    let heard = crate::common::groups::hear(&mut t.bob).await;
    assert!(format!("{heard:?}").contains("Channel"), "Bob is told: {heard:?}");
    let (of_alice, of_new) =
        (seen(&mut t.alice, &crowd.channel).await, seen(&mut t.bob, &of_bob.channel).await);
    assert!(!of_alice.creator && of_new.creator);
    assert!(of_alice.admin_rights.is_some_and(|rights| rights.add_admins), "she stays an administrator");
    server.shutdown().await;
    let server = kept(folder.path()).spawn().await.unwrap();
    t.bob.reconnect(server.address()).await;
    t.alice.reconnect(server.address()).await;
    assert!(seen(&mut t.bob, &of_bob.channel).await.creator);
    let end = functions::channels::DeleteChannel { channel: crowd.channel.clone() };
    assert_eq!(t.alice.error(end).await.1, "CHAT_ADMIN_REQUIRED");
    t.bob.call(functions::channels::DeleteChannel { channel: of_bob.channel.clone() }).await.unwrap();
}

#[tokio::test]
async fn a_basic_group_is_given_away_too() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let id = t.group("Trio").await;
    set(&mut t.alice, "correct horse").await;
    let right = proof(&mut t.alice, "correct horse").await;
    t.alice.call(give(&chat_peer(id), &t.to_bob, right)).await.unwrap();
    let mut tablet = device(&server, crate::common::BOB).await;
    for client in [&mut t.alice, &mut t.bob, &mut t.carol, &mut tablet] {
        let full = full_chat(client, id).await;
        let (creators, admins, others) = members(&full.participants);
        assert_eq!((creators, admins, others), (vec![t.bob_id], vec![t.alice_id], vec![t.carol_id]));
    }
    t.alice.call(cloud::send(&chat_peer(id), "still here", 1)).await.unwrap();
}
