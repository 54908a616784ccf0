use std::time::Instant;

use super::*;

fn key(id: i64) -> AuthKeyRow {
    AuthKeyRow {
        id,
        key_bytes: vec![1; 256],
        is_temp: false,
        expires_at: 0,
        bound_to: 0,
        created_at: 1,
        dc_id: 2,
        first_salt: 3,
        layer: 0,
        home: 0,
    }
}

/// What one message costs with and without the disk in every commit:
/// `cargo test --release -p chappe-server --lib -- --ignored --nocapture what_a_durable_commit_costs`.
#[tokio::test]
#[ignore = "a measurement"]
#[allow(clippy::print_stdout, reason = "a measurement")]
async fn what_a_durable_commit_costs() {
    const ROUNDS: u32 = 2000;
    for (name, synchronous) in [("normal", sqlite::Synchronous::Normal), ("full", sqlite::Synchronous::Full)]
    {
        // Not in /tmp, which may be memory.
        let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        sqlx::any::install_default_drivers();
        let store = Store::sqlite(Some(&folder.path().join("store.db")), synchronous).await.unwrap();
        store.insert_auth_key(&key(1)).await.unwrap();
        store.insert_auth_key(&key(2)).await.unwrap();
        let (alice, bob) = (
            store.create_user("9996610001", ("A", ""), 0, 1).await.unwrap(),
            store.create_user("9996620002", ("B", ""), 0, 1).await.unwrap(),
        );
        store.log_in(1, alice.id, 1).await.unwrap();
        store.log_in(2, bob.id, 1).await.unwrap();
        let new = NewSecretChat {
            random_id: 5,
            admin_id: alice.id,
            admin_auth: 1,
            participant_id: bob.id,
            g_a: vec![1],
            other_ids: Vec::new(),
        };
        store.create_secret_chat(&new, 1).await.unwrap();
        store.accept_secret_chat(5, 2, &[1], 1, 1).await.unwrap();
        let start = Instant::now();
        for n in 0..ROUNDS {
            let new = NewSecretMessage {
                chat_id: 5,
                sender_auth: 1,
                receiver_auth: 2,
                random_id: i64::from(n),
                is_service: false,
                data: std::borrow::Cow::Borrowed(&[7; 200]),
                content_hash: [3; 32],
                file_id: None,
            };
            let delivery = store.deliver_secret_message(&new, 1).await.unwrap();
            assert!(matches!(delivery, Delivery::Queued { .. }));
        }
        println!("{name}: {:?} for a message of 200 bytes", start.elapsed() / ROUNDS);
        store.close().await;
    }
}

/// SQLite has no truth values and its driver none for both databases: a field that is read without [`Flag`] fails only
/// when it is read.
#[test]
fn every_truth_value_of_a_row_is_read_as_a_flag() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let rows = text
            .split("#[derive(")
            .skip(1)
            .filter(|rest| rest.split(")]").next().is_some_and(|derived| derived.contains("FromRow")));
        for row in rows {
            let body = row.split("\n}").next().unwrap();
            let mut before = "";
            for line in body.lines() {
                let is_flag = before.trim() == "#[sqlx(try_from = \"Flag\")]";
                assert!(!line.ends_with(": bool,") || is_flag, "{}: {line}", path.display());
                before = line;
            }
        }
    }
}

/// Both have seen that there is room for one more.
#[tokio::test]
async fn of_two_who_come_into_the_last_place_one_is_too_late() {
    sqlx::any::install_default_drivers();
    let store = Store::sqlite(None, sqlite::Synchronous::Normal).await.unwrap();
    let joined = |peer: i64, user: i64| MemberRow::joined(peer, user, 1, 1);
    let group = |kind| ChatRow { kind, creator: 1, date: 1, ..ChatRow::default() };
    let first: Vec<_> = (1..limits::GROUP_MEMBERS).map(|user| joined(0, user)).collect();
    let chat = store.create_chat(group(chats::BASIC), |id| -id, &first).await.unwrap();
    let come = async |peer, user| store.amend(peer, &Amendment::members(vec![joined(peer, user)])).await;
    come(chat.peer, 1001).await.unwrap();
    assert!(matches!(come(chat.peer, 1002).await, Err(StoreError::Outrun)));
    assert_eq!(store.chat(chat.peer).await.unwrap().unwrap().members, limits::GROUP_MEMBERS);
    // The same for the channels of one account.
    let channel = |id| -1_000_000_000_000 - id;
    for _ in 1..limits::CHANNELS_PER_ACCOUNT {
        store.create_chat(group(chats::SUPERGROUP), channel, &[joined(0, 7)]).await.unwrap();
    }
    let [one, other] = [(); 2].map(|()| store.create_chat(group(chats::SUPERGROUP), channel, &[]));
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    come(one.peer, 7).await.unwrap();
    assert!(matches!(come(other.peer, 7).await, Err(StoreError::Outrun)));
    let made = store.create_chat(group(chats::SUPERGROUP), channel, &[joined(0, 7)]).await;
    assert!(matches!(made, Err(StoreError::Outrun)));
    assert_eq!(store.channel_count(7).await.unwrap(), limits::CHANNELS_PER_ACCOUNT);
}

/// What is unfinished makes room, what is a file does not.
#[tokio::test]
async fn files_and_uploads_of_an_account_have_only_so_much_space() {
    const SPACE: u64 = 10 * 1024;
    sqlx::any::install_default_drivers();
    let store = Store::sqlite(None, sqlite::Synchronous::Normal).await.unwrap();
    let send = async |user_id, file_id, part, now| {
        let new =
            NewPart { user_id, file_id, is_big: false, part, len: 1024, total: None, max_size: 1 << 20 };
        match store.begin_part(&new, 100 * user_id + file_id, SPACE, now).await.unwrap() {
            PartPlan::Write { blob_id, dead } => {
                store.finish_part(&new, blob_id, now).await.unwrap().unwrap();
                Ok(dead)
            }
            PartPlan::Refused(error) => Err(error),
            PartPlan::Stored => panic!("it is no file yet"),
        }
    };
    for (file, now) in [(1, 10), (2, 20), (3, 30)] {
        for part in 0..3 {
            assert_eq!(send(7, file, part, now).await, Ok(Vec::new()));
        }
    }
    assert_eq!(send(8, 1, 0, 40).await, Ok(Vec::new()), "others have space of their own");
    assert_eq!(send(7, 4, 0, 40).await, Ok(Vec::new()));
    assert_eq!(send(7, 4, 1, 40).await, Ok(vec![701]), "the oldest makes room");
    // The second becomes a file: it stays, and takes its place.
    let file = SecretFile {
        id: 702,
        owner_id: 7,
        size: 3 * 1024,
        part_len: 1024,
        parts: 3,
        key_fingerprint: 0,
        created_at: 50,
        home: 0,
    };
    assert!(store.store_upload(&file, 50).await.unwrap());
    for (part, dead) in [(2, vec![]), (3, vec![]), (4, vec![703]), (5, vec![]), (6, vec![])] {
        assert_eq!(send(7, 4, part, 50).await, Ok(dead), "{part}");
    }
    assert_eq!(send(7, 4, 7, 50).await, Err(crate::blobs::PartError::PartsInvalid), "nothing is left to go");
}
