//! People who talk while servers are killed, and a comparison of what everybody has in the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chappe_api::{enums, functions};
use serde_json::{Value, json};

use crate::common::cloud::{peer, send};
use crate::person::Person;
use crate::{Place, told};

/// What somebody has, and how many texts of theirs were acknowledged.
struct Account {
    phone: String,
    acknowledged: u64,
    said: Vec<u64>,
    heard: Vec<u64>,
    reconnects: usize,
    longest: Duration,
}

pub(crate) async fn run(place: &Place, pairs: usize) -> Value {
    let mut people = Vec::new();
    for n in 0..pairs * 2 {
        people.push(Person::new(place, n, format!("99966{}{n:04}", 1 + n % 2)).await);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut talking = Vec::new();
    for (n, mut person) in people.into_iter().enumerate() {
        let other = n ^ 1;
        let to = peer(&person.find(&format!("99966{}{other:04}", 1 + other % 2)).await);
        let stop = Arc::clone(&stop);
        talking.push(tokio::spawn(async move {
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                let random_id =
                    (i64::try_from(n).expect("few people") << 40) + i64::try_from(number).unwrap_or(0) + 1;
                person.ask(&send(&to, &number.to_string(), random_id)).await;
                number += 1;
            }
            (person, number)
        }));
    }
    println!("{}", json!({"ready": true}));
    told().await;
    stop.store(true, Ordering::Relaxed);
    let mut silent = Vec::new();
    for talking in talking {
        silent.push(talking.await.expect("a person"));
    }
    let mut accounts = Vec::new();
    for (person, acknowledged) in silent {
        accounts.push(account(person, acknowledged).await);
    }
    let mut total = 0;
    for (n, own) in accounts.iter().enumerate() {
        let expected: Vec<u64> = (0..own.acknowledged).collect();
        assert_eq!(own.said, expected, "{} has not what it has said", own.phone);
        assert_eq!(accounts[n ^ 1].heard, expected, "what {} has said did not arrive", own.phone);
        total += own.acknowledged;
    }
    json!({
        "messages": total,
        "reconnects": accounts.iter().map(|account| account.reconnects).sum::<usize>(),
        "longest_ms": accounts.iter().map(|account| account.longest).max().unwrap_or_default().as_millis() as u64,
    })
}

/// Reads the whole mailbox from its beginning.
async fn account(mut person: Person, acknowledged: u64) -> Account {
    let (mut said, mut heard, mut ids, mut pts) = (Vec::new(), Vec::new(), Vec::new(), 1);
    loop {
        let query = functions::updates::GetDifference {
            pts,
            pts_limit: None,
            pts_total_limit: None,
            date: 0,
            qts: 1,
            qts_limit: None,
        };
        let (messages, others, state, more) = match person.ask(&query).await {
            enums::updates::Difference::Difference(all) => {
                let all = *all;
                (all.new_messages, all.other_updates, all.state, false)
            }
            enums::updates::Difference::Slice(slice) => {
                let slice = *slice;
                (slice.new_messages, slice.other_updates, slice.intermediate_state, true)
            }
            enums::updates::Difference::Empty(_) => break,
            other => panic!("{other:?}"),
        };
        assert!(others.is_empty(), "{}: {others:?}", person.phone);
        let count = i32::try_from(messages.len()).expect("few messages");
        assert_eq!(state.pts, pts + count, "{}: pts without a hole", person.phone);
        pts = state.pts;
        for message in messages {
            let enums::Message::Message(message) = message else { panic!("{message:?}") };
            ids.push(message.id);
            let number = message.message.parse().expect("a number");
            if message.out { said.push(number) } else { heard.push(number) }
        }
        if !more {
            break;
        }
    }
    let count = i32::try_from(ids.len()).expect("few messages");
    assert_eq!(ids, (1..=count).collect::<Vec<_>>(), "{}: ids without a hole", person.phone);
    let Person { phone, reconnects, longest, .. } = person;
    Account { phone, acknowledged, said, heard, reconnects, longest }
}
