//! Many at once: everybody gets everything, once and in order.

use std::time::Duration;

use crate::common::{Client, data, open_chat, server, service};
use chappe_api::enums;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_pairs_talk_at_once() {
    const PAIRS: usize = 16;
    const MESSAGES: i64 = 40;
    let server = std::sync::Arc::new(server().await);
    let mut pairs = JoinSet::new();
    for pair in 0..PAIRS {
        let server = std::sync::Arc::clone(&server);
        pairs.spawn(async move {
            let (one, two) = (format!("99966100{pair:02}"), format!("99966200{pair:02}"));
            let (mut alice, mut bob) = (Client::new(&server).await, Client::new(&server).await);
            alice.log_in(&one, "Alice").await;
            bob.log_in(&two, "Bob").await;
            let id = i32::try_from(pair).unwrap() + 1;
            let (peer_a, peer_b) = open_chat(&mut alice, &mut bob, &two, id).await;
            for n in 0..MESSAGES {
                // Both at once, so that calls and pushes cross.
                let (a, b) = tokio::join!(
                    alice.call(service(&peer_a, n, data(1))),
                    bob.call(service(&peer_b, n, data(2)))
                );
                a.expect("sent");
                b.expect("sent");
            }
            for client in [&mut alice, &mut bob] {
                for n in 0..MESSAGES {
                    let enums::Update::NewEncryptedMessage(update) = client.update().await else {
                        panic!("no message")
                    };
                    assert_eq!(i64::from(update.qts), n + 2);
                    let enums::EncryptedMessage::Service(message) = &update.message else {
                        panic!("no service")
                    };
                    assert_eq!(message.random_id, n);
                }
            }
        });
    }
    let all = async {
        while let Some(pair) = pairs.join_next().await {
            pair.expect("a pair");
        }
    };
    tokio::time::timeout(Duration::from_secs(120), all).await.expect("in time");
}
