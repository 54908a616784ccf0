//! What the account "Telegram" writes: login codes, to devices that are logged in already.

use crate::common::cloud::{dialogs, history, message};
use crate::common::{ALICE, Client, PATIENCE, server, sign_in, user};
use chappe_api::{enums, functions, types};

#[tokio::test]
async fn a_code_comes_to_the_devices_that_are_logged_in() {
    let server = server().await;
    let mut first = Client::new(&server).await;
    first.log_in(ALICE, "Alice").await;
    assert!(
        first.settle().await.is_empty() && first.service.is_empty(),
        "the first code came by short message"
    );
    let mut second = Client::new(&server).await;
    let enums::auth::SentCode::Code(sent) = second.call(crate::common::send_code(ALICE)).await.unwrap()
    else {
        panic!("no code")
    };
    assert!(matches!(sent.r#type, enums::auth::SentCodeType::App(_)));
    tokio::time::timeout(PATIENCE, async {
        while first.service.is_empty() {
            assert!(first.step().await);
        }
    })
    .await
    .unwrap();
    let (text, users) = first.service.pop_front().unwrap();
    assert!(text.contains("11111"), "{text}");
    let sender = user(users[0].clone());
    assert_eq!((sender.id, sender.verified, sender.support), (777_000, true, true));
    // It is a chat like others, with something unread.
    let enums::messages::Dialogs::Dialogs(list) =
        first.call(dialogs(0, 0, enums::InputPeer::Empty, 10)).await.unwrap()
    else {
        panic!("no list")
    };
    let chat = crate::common::cloud::dialog(&list.dialogs[0]).clone();
    assert_eq!((chat.peer, chat.unread_count), (types::PeerUser { user_id: 777_000 }.into(), 1));
    let peer: enums::InputPeer =
        types::InputPeerUser { user_id: 777_000, access_hash: sender.access_hash.unwrap() }.into();
    let texts = history(&mut first, &peer).await;
    assert!(!message(&texts[0]).out);
    assert!(matches!(message(&texts[0]).entities.as_deref(), Some([enums::MessageEntity::Bold(_), ..])));
    // The device that logs in finds it, too, and a code by another way is not written there.
    second.call(sign_in(ALICE, &sent.phone_code_hash, "11111")).await.unwrap();
    assert_eq!(history(&mut second, &peer).await.len(), 1);
    let mut third = Client::new(&server).await;
    let hash = third.send_code(ALICE).await;
    let again =
        functions::auth::ResendCode { phone_number: ALICE.into(), phone_code_hash: hash, reason: None };
    third.call(again).await.unwrap();
    assert_eq!(history(&mut second, &peer).await.len(), 2);
}
