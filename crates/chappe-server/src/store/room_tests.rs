//! What one account, or one device, can make the server hold.

use std::borrow::Cow;

use super::*;
use crate::blobs::PartError;
use crate::limits::{FILES_PER_ACCOUNT, REQUESTED_CHATS, SECRET_QUEUE};

async fn store() -> Store {
    Store::open(&Place::Memory).await.unwrap()
}

/// Two people with a device each.
async fn pair(store: &Store) -> (i64, i64) {
    let alice = store.create_user("9996610001", ("A", ""), 0, 1).await.unwrap();
    let bob = store.create_user("9996620002", ("B", ""), 0, 1).await.unwrap();
    store.log_in(1, alice.id, 1).await.unwrap();
    store.log_in(2, bob.id, 1).await.unwrap();
    (alice.id, bob.id)
}

fn request((alice, bob): (i64, i64), random_id: i32) -> NewSecretChat {
    NewSecretChat {
        random_id,
        admin_id: alice,
        admin_auth: 1,
        participant_id: bob,
        g_a: vec![1],
        other_ids: Vec::new(),
    }
}

fn message(random_id: i64) -> NewSecretMessage<'static> {
    NewSecretMessage {
        chat_id: 5,
        sender_auth: 1,
        receiver_auth: 2,
        random_id,
        is_service: false,
        data: Cow::Borrowed(&[7; 40]),
        content_hash: [3; 32],
        file_id: None,
    }
}

#[tokio::test]
async fn a_queue_of_secret_messages_is_full_until_some_are_fetched() {
    let store = store().await;
    let people = pair(&store).await;
    store.create_secret_chat(&request(people, 5), 1).await.unwrap();
    store.accept_secret_chat(5, 2, &[1], 1, 1).await.unwrap();
    let send = async |random_id| store.deliver_secret_message(&message(random_id), 1).await.unwrap();
    let Delivery::Queued { qts, .. } = send(1).await else { panic!("not queued") };
    // As if so many had come that one more fits.
    sqlx::query("UPDATE authorizations SET qts = $1 WHERE auth_key_id = 2")
        .bind(i64::from(qts) + SECRET_QUEUE - 2)
        .execute(&store.pool)
        .await
        .unwrap();
    let Delivery::Queued { qts: last, .. } = send(2).await else { panic!("not queued") };
    assert_eq!(send(3).await, Delivery::Full);
    assert!(matches!(send(2).await, Delivery::Repeated(_)), "what is there is answered");
    store.acknowledge_qts(2, qts).await.unwrap();
    let next = send(3).await;
    assert!(matches!(next, Delivery::Queued { qts, .. } if qts == last + 1), "{next:?}");
}

#[tokio::test]
async fn so_many_secret_chats_wait_for_an_answer() {
    let store = store().await;
    let people = pair(&store).await;
    let most = i32::try_from(REQUESTED_CHATS).unwrap();
    for random_id in 1..=most {
        let made = store.create_secret_chat(&request(people, random_id), 1).await.unwrap();
        assert!(matches!(made, CreateOutcome::Created(..)));
    }
    let made = store.create_secret_chat(&request(people, most + 1), 1).await.unwrap();
    assert!(matches!(made, CreateOutcome::TooMany), "{made:?}");
    store.accept_secret_chat(1, 2, &[1], 1, 1).await.unwrap();
    let made = store.create_secret_chat(&request(people, most + 1), 1).await.unwrap();
    assert!(matches!(made, CreateOutcome::Created(..)));
}

#[tokio::test]
async fn an_account_has_so_many_files() {
    let store = store().await;
    sqlx::query(
        "INSERT INTO cloud_files (id, owner_id, size, part_len, parts, created_at, home)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
         SELECT i, 7, 1, 1, 1, 1, 0 FROM n",
    )
    .bind(FILES_PER_ACCOUNT)
    .execute(&store.pool)
    .await
    .unwrap();
    let part = |user_id| NewPart {
        user_id,
        file_id: 1,
        is_big: false,
        part: 0,
        len: 1024,
        total: None,
        max_size: 1 << 20,
    };
    let refused = store.begin_part(&part(7), -1, 1 << 40, 1).await.unwrap();
    assert_eq!(refused, PartPlan::Refused(PartError::PartsInvalid));
    let other = store.begin_part(&part(8), -1, 1 << 40, 1).await.unwrap();
    assert!(matches!(other, PartPlan::Write { .. }), "{other:?}");
}
