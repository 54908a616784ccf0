//! Several devices of one account, and who of them sees what of a secret chat.

use crate::common::{
    ALICE, BOB, Client, Pair, accept, chat, data, open_chat, public_value, request, server, service,
};
use chappe_api::{enums, functions, types};
use chappe_server::Server;
use enums::EncryptedChat;

async fn device(server: &Server, phone: &str) -> Client {
    let mut client = Client::new(server).await;
    client.log_in(phone, "Somebody").await;
    client
}

fn named(chat: &EncryptedChat) -> types::InputEncryptedChat {
    match chat {
        EncryptedChat::Waiting(chat) => {
            types::InputEncryptedChat { chat_id: chat.id, access_hash: chat.access_hash }
        }
        EncryptedChat::Requested(chat) => {
            types::InputEncryptedChat { chat_id: chat.id, access_hash: chat.access_hash }
        }
        other => panic!("{other:?}"),
    }
}

/// What the difference says of chats, without acknowledging it.
async fn missed(client: &mut Client) -> Vec<EncryptedChat> {
    match client.difference(1, 0).await {
        enums::updates::Difference::Empty(_) => Vec::new(),
        enums::updates::Difference::Difference(missed) => {
            missed.other_updates.into_iter().map(chat).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn bad(name: &str) -> (i32, String) {
    (400, name.to_owned())
}

#[tokio::test]
async fn every_viewer_sees_its_own_side_of_a_chat_in_every_state() {
    let server = server().await;
    let mut creator = device(&server, ALICE).await;
    let mut creators_other = device(&server, ALICE).await;
    let mut acceptor = device(&server, BOB).await;
    let mut acceptors_other = device(&server, BOB).await;
    let mut stranger = device(&server, "9996630003").await;

    // Requested.
    let target = creator.find(BOB).await;
    let waiting = creator.call(request(target, 5)).await.unwrap();
    assert!(matches!(&waiting, EncryptedChat::Waiting(chat) if chat.id == 5));
    let first = chat(acceptor.update().await);
    let second = chat(acceptors_other.update().await);
    for seen in [&first, &second, &missed(&mut acceptor).await[0], &missed(&mut acceptors_other).await[0]] {
        assert!(matches!(seen, EncryptedChat::Requested(chat) if chat.g_a == public_value(0xaa)));
    }
    let (peer_a, peer_b) = (named(&waiting), named(&first));
    assert_ne!(peer_a.access_hash, peer_b.access_hash);
    assert_eq!(peer_b, named(&second), "both devices are the same user");
    assert!(missed(&mut creator).await.is_empty(), "it had its answer");

    // Accepted.
    let accepted = acceptor.call(accept(&peer_b)).await.unwrap();
    assert!(matches!(&accepted, EncryptedChat::Chat(chat)
        if chat.g_a_or_b == public_value(0xaa) && chat.key_fingerprint == 99 && chat.access_hash == peer_b.access_hash));
    let ready = chat(creator.update().await);
    for seen in [&ready, &missed(&mut creator).await[0]] {
        assert!(matches!(seen, EncryptedChat::Chat(chat)
            if chat.g_a_or_b == public_value(0xbb) && chat.key_fingerprint == 99 && chat.access_hash == peer_a.access_hash));
    }
    let closed = chat(acceptors_other.update().await);
    for seen in [&closed, &missed(&mut acceptors_other).await[0]] {
        assert!(matches!(seen, EncryptedChat::Discarded(chat) if !chat.history_deleted));
    }

    // Discarded.
    let discard = functions::messages::DiscardEncryption { delete_history: true, chat_id: 5 };
    assert!(creator.call(discard).await.unwrap());
    let gone = chat(acceptor.update().await);
    for seen in [&gone, &missed(&mut acceptor).await[0]] {
        assert!(matches!(seen, EncryptedChat::Discarded(chat) if chat.history_deleted && chat.id == 5));
    }
    for silent in [&mut creators_other, &mut stranger] {
        assert!(silent.settle().await.is_empty(), "nothing at any time");
        assert!(missed(silent).await.is_empty());
        for peer in [&peer_a, &peer_b] {
            let error = silent.error(service(peer, 1, data(1))).await;
            assert!(["CHAT_ID_INVALID", "ENCRYPTION_ID_INVALID"].contains(&error.1.as_str()), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_chat_lives_on_one_device_of_each_side() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let mut other = device(&server, BOB).await;
    let peer = pair.peer_b.clone();
    let text =
        functions::messages::SendEncrypted { silent: false, peer: peer.clone(), random_id: 1, data: data(1) };
    assert_eq!(other.error(text).await, bad("CHAT_ID_INVALID"));
    let typing = functions::messages::SetEncryptedTyping { peer: peer.clone(), typing: true };
    assert_eq!(other.error(typing).await, bad("CHAT_ID_INVALID"));
    let read = functions::messages::ReadEncryptedHistory { peer: peer.clone(), max_date: 1 };
    assert_eq!(other.error(read).await, bad("CHAT_ID_INVALID"));
    assert_eq!(other.error(accept(&peer)).await, bad("ENCRYPTION_ALREADY_ACCEPTED"));
    let discard = functions::messages::DiscardEncryption { delete_history: false, chat_id: peer.chat_id };
    assert_eq!(other.error(discard).await, bad("ENCRYPTION_ALREADY_ACCEPTED"));

    let peer_a = pair.peer_a.clone();
    pair.alice.call(service(&peer_a, 1, data(1))).await.unwrap();
    let typing = functions::messages::SetEncryptedTyping { peer: peer_a.clone(), typing: true };
    pair.alice.call(typing).await.unwrap();
    let read = functions::messages::ReadEncryptedHistory { peer: peer_a.clone(), max_date: 1 };
    pair.alice.call(read).await.unwrap();
    assert_eq!(pair.bob.settle().await.len(), 3);
    assert!(other.settle().await.is_empty());
    assert_eq!((pair.bob.state().await.qts, other.state().await.qts), (2, 1), "each device counts its own");

    // The other device may go; the chat stays.
    other.call(functions::auth::LogOut {}).await.unwrap();
    assert!(pair.alice.settle().await.is_empty());
    pair.alice.call(service(&peer_a, 2, data(2))).await.expect("the chat goes on");
}

#[tokio::test]
async fn the_end_of_a_device_ends_its_chats() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let mut manager = device(&server, BOB).await;
    let list = manager.call(functions::account::GetAuthorizations {}).await.unwrap().authorizations;
    assert_eq!(list.len(), 2);
    assert!(list[0].current && list[0].hash == 0 && list[0].api_id == 1);
    assert!(!list[1].current && list[1].hash != 0 && list[1].device_model == "test");
    let reset = |hash| functions::account::ResetAuthorization { hash };
    for wrong in [0, 1, list[1].hash ^ 1] {
        assert_eq!(manager.error(reset(wrong)).await, bad("HASH_INVALID"));
    }
    assert_eq!(pair.alice.error(reset(list[1].hash)).await, bad("HASH_INVALID"), "it is not hers");
    assert!(manager.call(reset(list[1].hash)).await.unwrap());
    assert!(matches!(chat(pair.alice.update().await), EncryptedChat::Discarded(_)));
    let ended = pair.bob.error(functions::updates::GetState {}).await;
    assert_eq!(ended, (401, "SESSION_REVOKED".into()));
    assert_eq!(manager.call(functions::account::GetAuthorizations {}).await.unwrap().authorizations.len(), 1);

    // And all others at once; the creator's end works like the participant's.
    let (_, _) = open_chat(&mut pair.alice, &mut manager, BOB, 12).await;
    let mut alices_other = device(&server, ALICE).await;
    assert!(alices_other.call(functions::auth::ResetAuthorizations {}).await.unwrap());
    assert!(matches!(chat(manager.update().await), EncryptedChat::Discarded(_)));
    assert_eq!(pair.alice.error(functions::updates::GetState {}).await.0, 401);
    alices_other.call(functions::updates::GetState {}).await.expect("it is still there");
}

#[tokio::test]
async fn requests_can_be_turned_off_for_each_device() {
    let server = server().await;
    let mut alice = device(&server, ALICE).await;
    let (mut first, mut second) = (device(&server, BOB).await, device(&server, BOB).await);
    let list = first.call(functions::account::GetAuthorizations {}).await.unwrap().authorizations;
    let set = |hash, disabled| functions::account::ChangeAuthorizationSettings {
        confirmed: false,
        hash,
        encrypted_requests_disabled: Some(disabled),
        call_requests_disabled: None,
    };
    assert_eq!(first.error(set(list[1].hash ^ 1, true)).await, bad("HASH_INVALID"));
    assert!(first.call(set(list[1].hash, true)).await.unwrap());
    let list = first.call(functions::account::GetAuthorizations {}).await.unwrap().authorizations;
    assert_eq!([list[0].encrypted_requests_disabled, list[1].encrypted_requests_disabled], [false, true]);

    let bob = alice.find(BOB).await;
    alice.call(request(bob.clone(), 1)).await.unwrap();
    let EncryptedChat::Requested(_) = chat(first.update().await) else { panic!("not requested") };
    assert!(second.settle().await.is_empty());
    assert!(missed(&mut second).await.is_empty());

    assert!(first.call(set(0, true)).await.unwrap());
    let answer = alice.call(request(bob.clone(), 2)).await.unwrap();
    assert!(matches!(answer, EncryptedChat::Discarded(_)), "nobody is left to ask");
    assert!(second.call(set(0, false)).await.unwrap());
    alice.call(request(bob, 3)).await.unwrap();
    assert!(matches!(chat(second.update().await), EncryptedChat::Requested(_)));
    assert!(first.settle().await.is_empty());
}
