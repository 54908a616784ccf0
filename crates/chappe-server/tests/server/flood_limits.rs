//! Limits on how often somebody may call, where a server is told to have some.

use std::time::Duration;

use crate::common::cloud::{forward, history, send};
use crate::common::{ALICE, BOB, Client, builder, send_code, server};
use chappe_api::{enums, functions};

const SELF: functions::users::GetUsers = functions::users::GetUsers { id: Vec::new() };

fn config() -> functions::help::GetConfig {
    functions::help::GetConfig {}
}

#[tokio::test]
async fn who_calls_too_often_waits_as_long_as_is_said() {
    let minute = Duration::from_secs(60);
    let server = builder().flood_limit("users.", 3, minute).spawn().await.unwrap();
    let (mut alice, mut bob) = (Client::new(&server).await, Client::new(&server).await);
    alice.log_in(ALICE, "Alice").await;
    bob.log_in(BOB, "Bob").await;
    for _ in 0..3 {
        alice.call(SELF).await.unwrap();
    }
    let (code, name) = alice.error(SELF).await;
    let wait: u64 = name.strip_prefix("FLOOD_WAIT_").unwrap().parse().unwrap();
    assert!(code == 420 && (50..=60).contains(&wait), "{name}");
    alice.call(config()).await.unwrap();
    bob.call(SELF).await.unwrap();
    // Her other device is hers.
    let mut second = crate::common::cloud::device(&server, ALICE).await;
    assert_eq!(second.error(SELF).await.0, 420);
    server.advance(Duration::from_secs(wait)).await.unwrap();
    alice.call(SELF).await.unwrap();
    let full = functions::users::GetFullUser { id: enums::InputUser::UserSelf };
    alice.call(full).await.unwrap();
}

#[tokio::test]
async fn codes_are_sent_only_so_often() {
    let hour = Duration::from_secs(3600);
    let server = builder().codes_per_number(2, hour).codes_per_device(3, hour).spawn().await.unwrap();
    let mut client = Client::new(&server).await;
    client.send_code(ALICE).await;
    client.send_code(ALICE).await;
    assert_eq!(client.error(send_code(ALICE)).await, (400, "PHONE_NUMBER_FLOOD".into()));
    assert_eq!(client.error(send_code(BOB)).await, (406, "PHONE_PASSWORD_FLOOD".into()));
    let mut other = Client::new(&server).await;
    other.send_code(BOB).await;
    assert_eq!(other.error(send_code(ALICE)).await, (400, "PHONE_NUMBER_FLOOD".into()));
    server.advance(hour).await.unwrap();
    Client::new(&server).await.send_code(ALICE).await;
}

#[tokio::test]
async fn there_is_no_limit_unless_asked_for() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    for _ in 0..40 {
        client.call(config()).await.unwrap();
        client.send_code(ALICE).await;
    }
}

#[tokio::test]
async fn the_messages_of_a_day_are_so_many() {
    let server = builder().messages_per_day(3).spawn().await.unwrap();
    let mut alice = crate::common::cloud::device(&server, ALICE).await;
    let mut bob = crate::common::cloud::device(&server, BOB).await;
    let note = enums::InputPeer::PeerSelf;
    for n in 1..=2 {
        alice.call(send(&note, "note", n)).await.unwrap();
    }
    // What is passed on counts one by one, and what was not sent can be sent later.
    let both = forward(&note, &note, vec![1, 2], vec![3, 4]);
    let (code, name) = alice.error(both.clone()).await;
    let wait: u64 = name.strip_prefix("FLOOD_WAIT_").unwrap().parse().unwrap();
    assert!(code == 420 && (24 * 3600 - 60..=24 * 3600).contains(&wait), "{name}");
    assert_eq!(alice.error(send(&note, "note", 5)).await.0, 420);
    bob.call(send(&note, "note", 1)).await.unwrap();
    server.advance(Duration::from_secs(wait)).await.unwrap();
    alice.reconnect(server.address()).await;
    alice.call(both).await.unwrap();
    assert_eq!(history(&mut alice, &note).await.len(), 4);
}
