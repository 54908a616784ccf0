//! How much a server bears. Times are the clients'; what the server used is read by who has started it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chappe_api::{enums, functions};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::common::cloud::{peer, send};
use crate::person::{Person, client};
use crate::{Place, told};

/// Makes keys one after the other, on connections of their own.
pub(crate) async fn exchange(place: &Place, at_once: usize, seconds: u64) -> Value {
    let (start, count) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut tasks = Vec::new();
    for _ in 0..at_once {
        let (place, count) = (place.clone(), Arc::clone(&count));
        tasks.push(tokio::spawn(async move {
            while start.elapsed() < Duration::from_secs(seconds) {
                drop(client(&place, 0).await);
                count.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for task in tasks {
        task.await.expect("a client");
    }
    json!({"exchanges": count.load(Ordering::Relaxed), "seconds": start.elapsed().as_secs_f64()})
}

/// Holds connections whose clients have said who they are.
pub(crate) async fn hold(place: &Place, count: usize) -> Value {
    let room = Arc::new(Semaphore::new(16));
    let mut tasks = Vec::new();
    for _ in 0..count {
        let (place, room) = (place.clone(), Arc::clone(&room));
        tasks.push(tokio::spawn(async move {
            let _one = room.acquire().await;
            let mut client = client(&place, 0).await;
            client.call(functions::help::GetNearestDc {}).await.expect("an answer");
            client
        }));
    }
    let mut held = Vec::new();
    for task in tasks {
        held.push(task.await.expect("a client"));
    }
    println!("{}", json!({"held": held.len()}));
    told().await;
    json!({"held": held.len()})
}

/// One direction of a pair: what was sent when.
#[derive(Default)]
struct Sent(std::sync::Mutex<HashMap<String, Instant>>);

/// Messages through pairs of people: closed loops with a window, or a rate that is kept.
pub(crate) async fn messages(
    place: &Place,
    pairs: std::ops::Range<usize>,
    window: usize,
    seconds: u64,
    per_second: Option<f64>,
) -> Value {
    let mut tasks = Vec::new();
    let mut people = Vec::new();
    let count = pairs.len() as f64;
    for pair in pairs {
        let numbers = [1, 2].map(|side| format!("99966{side}{pair:04}"));
        let [one, two] = numbers.clone();
        let mut alice = Person::new(place, pair, one).await;
        let bob = Person::new(place, pair + 1, two).await;
        let to = peer(&alice.find(&numbers[1]).await);
        people.push((alice, bob, to));
    }
    let start = Instant::now() + Duration::from_millis(300);
    let (end, seed) = (start + Duration::from_secs(seconds), rand::random::<u32>());
    let pause = per_second.map(|rate| Duration::from_secs_f64(count / rate));
    for (n, (mut alice, mut bob, to)) in people.into_iter().enumerate() {
        let sent = Arc::new(Sent::default());
        let arrivals = Arc::clone(&sent);
        let offset = pause.unwrap_or_default().mul_f64(n as f64 / count);
        let sending = tokio::spawn(async move {
            let (mut number, mut running, mut next) = (0_i64, 0_usize, start + offset);
            tokio::time::sleep_until(next.into()).await;
            while Instant::now() < end {
                let due = pause.is_none() || Instant::now() >= next;
                if running < window && due {
                    let text = number.to_string();
                    let random_id = (i64::from(seed) << 31) + (i64::try_from(n).expect("few") << 20) + number;
                    // A rate is kept by the plan: who waits for a slow server waits from when it was due.
                    let at = if pause.is_some() { next } else { Instant::now() };
                    sent.0.lock().expect("no panic").insert(text.clone(), at);
                    alice.client.start(&send(&to, &text, random_id), Vec::new());
                    alice.client.flush().await;
                    (number, running) = (number + 1, running + 1);
                    next += pause.unwrap_or_default();
                    continue;
                }
                let wait = if running < window { next } else { end };
                let _ = tokio::time::timeout_at(wait.min(end).into(), alice.client.step()).await;
                while let Some((_, result)) = alice.client.ready.pop_front() {
                    result.expect("sent");
                    running -= 1;
                }
            }
            number
        });
        let hearing = tokio::spawn(async move {
            let mut latencies = Vec::new();
            while tokio::time::timeout_at(end.into(), bob.client.step()).await.is_ok() {
                let now = Instant::now();
                while let Some(updates) = bob.client.updates.pop_front() {
                    let Some(text) = text(updates) else { continue };
                    if let Some(at) = arrivals.0.lock().expect("no panic").remove(&text) {
                        latencies.push(now.saturating_duration_since(at));
                    }
                }
            }
            latencies
        });
        tasks.push((sending, hearing));
    }
    tokio::time::sleep_until(start.into()).await;
    println!("{}", json!({"began": true}));
    let (mut sent, mut latencies) = (0, Vec::new());
    for (sending, hearing) in tasks {
        sent += sending.await.expect("a sender");
        latencies.extend(hearing.await.expect("a receiver"));
    }
    latencies.sort_unstable();
    let percentile = |p: f64| {
        let at = ((latencies.len() as f64 * p) as usize).min(latencies.len().saturating_sub(1));
        latencies.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    };
    json!({
        "sent": sent,
        "delivered": latencies.len(),
        "seconds": seconds,
        "ms": {"p50": percentile(0.5), "p90": percentile(0.9), "p99": percentile(0.99), "p999": percentile(0.999)},
    })
}

fn text(updates: enums::Updates) -> Option<String> {
    match updates {
        enums::Updates::UpdateShortMessage(short) => Some(short.message.clone()),
        enums::Updates::Updates(all) => all.updates.iter().find_map(|update| match update {
            enums::Update::NewMessage(new) => match &new.message {
                enums::Message::Message(message) => Some(message.message.clone()),
                _ => None,
            },
            _ => None,
        }),
        _ => None,
    }
}
