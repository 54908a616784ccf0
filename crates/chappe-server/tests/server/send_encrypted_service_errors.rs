//! Every error of `messages.sendEncryptedService`, each out of the situation it stands for.

use crate::common::{ALICE, BOB, Client, Pair, data, import_bot, open_chat, request, server, service};
use chappe_api::{functions, types};

fn bad(name: &str) -> (i32, String) {
    (400, name.into())
}

#[tokio::test]
async fn an_unknown_chat_gives_chat_id_invalid() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    // The first call of the project, to the letter.
    let peer = types::InputEncryptedChat { chat_id: 43, access_hash: -4156887774564 };
    let query = service(&peer, -4156887774564, b"arbitrary data here".to_vec());
    assert_eq!(alice.error(query).await, bad("CHAT_ID_INVALID"));
}

#[tokio::test]
async fn a_wrong_access_hash_gives_chat_id_invalid() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let mut peer = pair.peer_a.clone();
    peer.access_hash ^= 1;
    assert_eq!(pair.alice.error(service(&peer, 1, data(1))).await, bad("CHAT_ID_INVALID"));
    // The hash of the other side opens nothing either.
    assert_eq!(pair.alice.error(service(&pair.peer_b.clone(), 1, data(1))).await, bad("CHAT_ID_INVALID"));
}

#[tokio::test]
async fn a_chat_that_nobody_has_accepted_gives_chat_id_invalid() {
    let server = server().await;
    let (mut alice, mut bob) = (Client::new(&server).await, Client::new(&server).await);
    alice.log_in(ALICE, "Alice").await;
    bob.log_in(BOB, "Bob").await;
    let bob_as_seen = alice.find(BOB).await;
    let chappe_api::enums::EncryptedChat::Waiting(waiting) =
        alice.call(request(bob_as_seen, 7)).await.unwrap()
    else {
        panic!("not waiting")
    };
    let peer = types::InputEncryptedChat { chat_id: waiting.id, access_hash: waiting.access_hash };
    assert_eq!(alice.error(service(&peer, 1, data(1))).await, bad("CHAT_ID_INVALID"));
    let chappe_api::enums::EncryptedChat::Requested(requested) = crate::common::chat(bob.update().await)
    else {
        panic!("not requested")
    };
    let peer = types::InputEncryptedChat { chat_id: requested.id, access_hash: requested.access_hash };
    assert_eq!(bob.error(service(&peer, 1, data(1))).await, bad("CHAT_ID_INVALID"));
}

#[tokio::test]
async fn data_that_is_no_ciphertext_gives_data_invalid() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    for len in [0, 19, 24, 39, 41, 24 + 63, 24 + 65] {
        let query = service(&pair.peer_a, 1, vec![1; len]);
        assert_eq!(pair.alice.error(query).await, bad("DATA_INVALID"), "{len} bytes");
    }
    pair.alice.call(service(&pair.peer_a, 1, vec![1; 40])).await.expect("the smallest possible data");
}

#[tokio::test]
async fn data_beyond_the_limit_gives_data_too_long() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let limit = 512 * 1024;
    let query = service(&pair.peer_a, 1, vec![1; limit + 8]);
    assert_eq!(pair.alice.error(query).await, bad("DATA_TOO_LONG"));
    pair.alice.call(service(&pair.peer_a, 2, vec![1; limit - 8])).await.expect("the longest possible data");
}

#[tokio::test]
async fn a_discarded_chat_gives_encryption_declined() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let chat_id = pair.peer_b.chat_id;
    let discard = functions::messages::DiscardEncryption { delete_history: false, chat_id };
    assert!(pair.bob.call(discard).await.unwrap());
    assert_eq!(pair.alice.error(service(&pair.peer_a, 1, data(1))).await, bad("ENCRYPTION_DECLINED"));
    assert_eq!(pair.bob.error(service(&pair.peer_b, 1, data(1))).await, bad("ENCRYPTION_DECLINED"));
}

#[tokio::test]
async fn a_chat_of_ones_other_device_gives_encryption_id_invalid() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let mut second = Client::new(&server).await;
    second.log_in(BOB, "Bob").await;
    let query = service(&pair.peer_b, 1, data(1));
    assert_eq!(second.error(query).await, bad("ENCRYPTION_ID_INVALID"));
    pair.bob.call(service(&pair.peer_b, 1, data(1))).await.expect("the bound device may");
}

#[tokio::test]
async fn being_blocked_gives_user_is_blocked() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let alice_as_seen = pair.bob.find(ALICE).await;
    let id = types::InputPeerUser { user_id: alice_as_seen.user_id, access_hash: alice_as_seen.access_hash };
    let block = functions::contacts::Block { my_stories_from: false, id: id.clone().into() };
    assert!(pair.bob.call(block).await.unwrap());
    let query = service(&pair.peer_a, 1, data(1));
    assert_eq!(pair.alice.error(query.clone()).await, (403, "USER_IS_BLOCKED".into()));
    let unblock = functions::contacts::Unblock { my_stories_from: false, id: id.into() };
    assert!(pair.bob.call(unblock).await.unwrap());
    pair.alice.call(query).await.expect("all is well again");
}

#[tokio::test]
async fn a_deleted_account_gives_user_deleted() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let delete = functions::account::DeleteAccount { reason: "test".into(), password: None };
    assert!(pair.bob.call(delete).await.unwrap());
    let error = pair.alice.error(service(&pair.peer_a, 1, data(1))).await;
    assert_eq!(error, (403, "USER_DELETED".into()));
}

#[tokio::test]
async fn a_failed_predecessor_gives_msg_wait_failed() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let first = pair.alice.start(&service(&pair.peer_a, 1, vec![1; 5]), Vec::new());
    let second = pair.alice.start(&service(&pair.peer_a, 2, data(2)), vec![first]);
    let error = pair.alice.finish_raw(first).await.unwrap_err();
    assert_eq!(error.text(), "DATA_INVALID");
    let error = pair.alice.finish_raw(second).await.unwrap_err();
    assert_eq!((error.code, error.text().as_str()), (500, "MSG_WAIT_FAILED"));
    assert!(pair.bob.settle().await.is_empty(), "nothing was delivered");
}

#[tokio::test]
async fn a_bot_gets_bot_method_invalid() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let mut bot = Client::new(&server).await;
    bot.call(import_bot("4242:secret")).await.expect("a bot");
    assert_eq!(bot.error(service(&pair.peer_a, 1, data(1))).await, bad("BOT_METHOD_INVALID"));
    pair.alice.call(service(&pair.peer_a, 1, data(1))).await.expect("people may");
}

#[tokio::test]
async fn nobody_logged_in_gives_auth_key_unregistered() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    let peer = types::InputEncryptedChat { chat_id: 43, access_hash: 1 };
    assert_eq!(client.error(service(&peer, 1, data(1))).await, (401, "AUTH_KEY_UNREGISTERED".into()));
}

#[tokio::test]
async fn two_chats_of_the_same_people_do_not_mix() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let (second_a, _) = open_chat(&mut pair.alice, &mut pair.bob, BOB, 4712).await;
    let crossed =
        types::InputEncryptedChat { chat_id: second_a.chat_id, access_hash: pair.peer_a.access_hash };
    assert_eq!(pair.alice.error(service(&crossed, 1, data(1))).await, bad("CHAT_ID_INVALID"));
}
