use std::collections::HashMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::super::amendments::Amendment;
use super::super::postgres::Address;
use super::super::{MailKind, MessageRow, NewMessage, Place, Sending};
use super::*;

const USERS: i64 = 5;

/// Two processes of one world. On SQLite there is only one: two handles of it.
async fn nodes(locks: impl Fn(Locks) -> Locks) -> [Store; 2] {
    let Ok(url) = std::env::var("CHAPPE_TEST_DATABASE") else {
        let store = Store::open(&Place::Memory).await.unwrap();
        return [store.clone(), store];
    };
    let schema = format!("l{:x}", rand::random::<u128>());
    let place = Place::Postgres(Address::parse(&format!("{url}?schema={schema}")).unwrap());
    let (one, two) = tokio::join!(Store::open(&place), Store::open(&place));
    [one, two].map(|store| {
        let mut store = store.unwrap();
        store.locks = locks(store.locks);
        store
    })
}

fn message(author: i64, to: i64, uid: i64) -> NewMessage {
    let row = MessageRow {
        mailbox: author,
        uid,
        peer: to,
        from_peer: author,
        author,
        is_out: true,
        date: 1,
        message: uid.to_string(),
        ..MessageRow::default()
    };
    NewMessage {
        row,
        random_id: uid,
        content_hash: [1; 32],
        receivers: vec![to],
        mentions: Vec::new(),
        amendment: Amendment::default(),
        pace: Default::default(),
    }
}

async fn deliver(store: &Store, source: Option<i64>) {
    for delivery in store.deliveries(source).await.unwrap() {
        store.deliver(delivery, false, 1).await.unwrap();
    }
}

/// Sends to anybody, and edits, reads and repeats in between.
async fn talk(stores: [Store; 2], author: i64, count: usize, seed: u64) -> Vec<i64> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut sent = Vec::new();
    for _ in 0..count {
        let store = &stores[rng.random_range(0..2)];
        let to = (author + rng.random_range(1..USERS) - 1) % USERS + 1;
        let uid = i64::from(rng.random::<u32>()) + 1;
        let new = message(author, to, uid);
        let Sending::Sent { row, .. } = store.send_message(&new, 1).await.unwrap() else {
            panic!("not sent")
        };
        sent.push(uid);
        deliver(store, Some(author)).await;
        match rng.random_range(0..8) {
            0 => {
                let edited = MessageRow { message: "edited".into(), ..*row };
                store.edit_message(&edited, &[to], 1).await.unwrap();
                deliver(store, Some(author)).await;
            }
            1 | 2 => {
                store.read_history(author, to, author, 0, 1).await.unwrap();
                deliver(store, Some(author)).await;
            }
            3 => {
                let other = &stores[rng.random_range(0..2)];
                let again = other.send_message(&new, 1).await.unwrap();
                assert!(matches!(again, Sending::Repeated { .. }));
            }
            4 => drop(store.mail_events(author, 1, 10).await.unwrap()),
            _ => {}
        }
    }
    sent
}

/// All copies in a mailbox, and a check of its log.
async fn copies(store: &Store, mailbox: i64) -> Vec<i64> {
    let mut at = 1;
    let mut newest = 0;
    loop {
        let slice = store.mail_events(mailbox, at, 100).await.unwrap();
        assert!(!slice.too_long, "there is a hole at {at}");
        for event in &slice.events {
            assert_eq!(event.pts - event.pts_count, at, "the log goes on where it was");
            at = event.pts;
            if event.kind == MailKind::New {
                newest += 1;
                assert_eq!(event.value, newest, "messages are numbered without holes");
            }
        }
        if !slice.more {
            assert_eq!(at, store.pts(mailbox).await.unwrap());
            break;
        }
    }
    let mut uids = Vec::new();
    for id in 1..=newest {
        uids.push(store.message(mailbox, i64::from(id)).await.unwrap().expect("it is there").uid);
    }
    uids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_senders_at_two_nodes_leave_no_hole_and_no_double() {
    let stores = nodes(|locks| locks).await;
    // Three sessions of each of five accounts, at either node.
    let talking: Vec<_> = (0..3 * USERS)
        .map(|n| (n % USERS + 1, tokio::spawn(talk(stores.clone(), n % USERS + 1, 25, n.unsigned_abs()))))
        .collect();
    let mut sent: HashMap<i64, Vec<i64>> = HashMap::new();
    for (author, talking) in talking {
        sent.entry(author).or_default().extend(talking.await.unwrap());
    }
    assert!(stores[0].deliveries(None).await.unwrap().is_empty(), "everything was brought by who sent it");
    let mut mailboxes = HashMap::new();
    for user in 1..=USERS {
        mailboxes.insert(user, copies(&stores[1], user).await);
    }
    for (author, sent) in &sent {
        let own = &mailboxes[author];
        for (user, copies) in &mailboxes {
            // What the author has for this chat is what the other has of the author, in the same order.
            let mut theirs = Vec::new();
            for uid in copies {
                if sent.contains(uid) {
                    theirs.push(*uid);
                }
            }
            let mut expected = Vec::new();
            for uid in own {
                let row = stores[0].message_by_uid(*author, *uid).await.unwrap().unwrap();
                if row.author == *author && (row.peer == *user || user == author) {
                    expected.push(*uid);
                }
            }
            assert_eq!(theirs, expected, "from {author} to {user}");
        }
        assert_eq!(own.iter().filter(|uid| sent.contains(uid)).count(), sent.len(), "each once");
    }
    for store in stores {
        store.close().await;
    }
}

/// How much the locks by things give, on a database that is as durable as it should be:
/// `CHAPPE_TEST_DATABASE=… cargo test --release -p chappe-server --lib -- --ignored --nocapture what_finer_locks_give`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
#[allow(clippy::print_stdout, reason = "a measurement")]
async fn what_finer_locks_give() {
    const PAIRS: i64 = 16;
    let one_lock = |locks| match locks {
        Locks::Fine(world) => Locks::One(world),
        other => other,
    };
    let (one, fine) = (nodes(one_lock).await, nodes(|locks| locks).await);
    let mut rates = [0.0, 0.0];
    // In turns, so that both meet the same machine.
    for round in 0..6_usize {
        let stores = [&one, &fine][round % 2];
        let start = Instant::now();
        let talking: Vec<_> = (0..PAIRS)
            .map(|pair| {
                let store = stores[usize::try_from(pair % 2).unwrap()].clone();
                tokio::spawn(async move {
                    let (author, to) = (pair * 2 + 1, pair * 2 + 2);
                    let mut count = 0_u32;
                    while start.elapsed() < Duration::from_secs(3) {
                        let uid = rand::random::<i64>().abs();
                        store.send_message(&message(author, to, uid), 1).await.unwrap();
                        deliver(&store, Some(author)).await;
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        for talking in talking {
            rates[round % 2] += f64::from(talking.await.unwrap()) / 9.0;
        }
    }
    let [one, fine] = rates;
    println!("one lock {one:.0} messages/s, locks by things {fine:.0} messages/s: {:.1} times", fine / one);
}
