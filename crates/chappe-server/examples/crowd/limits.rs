//! What the machine can do at best, measured in the same run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chappe_crypto::Role;
use chappe_crypto::message::{open, seal};
use chappe_mtproto::exchange::{
    ClientExchange, ClientExchangeConfig, ExchangeEvent, ServerExchange, ServerExchangeConfig, client, server,
};
use serde_json::{Value, json};
use sqlx::Connection;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

use crate::common::{in_memory, now, rng, rsa_key};

/// How long each is measured.
const TIME: Duration = Duration::from_secs(2);

/// The server's part of an auth key exchange alone: one RSA operation, two modular powers, and what is around them.
pub(crate) fn exchange() -> Value {
    let config = Arc::new(ServerExchangeConfig::new(vec![rsa_key()]).expect("a key"));
    let mut random = rng();
    let (mut spent, mut count) = (Duration::ZERO, 0_u32);
    while spent < TIME {
        let ours = ClientExchangeConfig::new(vec![rsa_key().public().clone()], 2);
        let mut asking = ClientExchange::new(ours, now(), &mut random).expect("an exchange");
        let mut answering = ServerExchange::new(Arc::clone(&config));
        let mut done = false;
        while !done {
            let output = asking.poll_output().expect("it goes on");
            match output {
                client::Output::Transmit(packet) => {
                    let start = Instant::now();
                    answering.handle_packet(&packet, now(), &mut random, |_| false).expect("a sound query");
                    let outputs: Vec<_> = std::iter::from_fn(|| answering.poll_output()).collect();
                    spent += start.elapsed();
                    for output in outputs {
                        if let server::Output::Transmit(packet) = output {
                            asking.handle_packet(&packet, now(), &mut random).expect("a sound answer");
                        }
                    }
                }
                client::Output::Event(ExchangeEvent::Done(_)) => done = true,
                _ => {}
            }
        }
        count += 1;
    }
    json!({"ms": spent.as_secs_f64() * 1000.0 / f64::from(count)})
}

/// Bytes of a packet with a text, about.
const PACKET: usize = 256;
/// Packets of a text as the server has them: the call, its answer, the push, an acknowledgement from each side.
const PACKETS: u32 = 5;
/// Rows that a text writes, about: both copies, what happened in both mailboxes, their counters and chats, its name, and what
/// one mailbox has to hear of the other, put down and taken away.
const ROWS: u32 = 12;
/// Connections of which one's memory is taken.
const IDLE: usize = 500;

/// Microseconds of one round of `work`.
fn measured(mut work: impl FnMut()) -> f64 {
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < TIME / 4 {
        work();
        count += 1;
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(count)
}

/// What a text costs at least, part by part, in microseconds of one core; the memory of a bare connection in bytes; how long
/// a server takes to start, in milliseconds.
pub(crate) async fn machine() -> Value {
    // First: what others have freed would be taken again.
    let connection = connection().await;
    let key = [7; 256];
    let cipher = measured(|| {
        let mut data = [1; PACKET];
        let sealed = seal(&key, Role::Initiator, &mut data).expect("whole blocks");
        open(&key, Role::Initiator, &sealed.msg_key.0, &mut data).expect("what was sealed");
    }) / 2.0;
    json!({
        "cipher": cipher * f64::from(PACKETS),
        "syscalls": syscalls() * f64::from(PACKETS),
        "rows": rows().await,
        "connection": connection,
        "start": start().await,
    })
}

/// A packet written to a socket and read from one: half of that is the server's.
fn syscalls() -> f64 {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut one = std::net::TcpStream::connect(listener.local_addr().expect("an address")).expect("a socket");
    let (mut other, _) = listener.accept().expect("a socket");
    let mut packet = [7; PACKET];
    measured(|| {
        one.write_all(&packet).expect("it takes a packet");
        other.read_exact(&mut packet).expect("it comes");
    }) / 2.0
}

/// As many rows as a text writes, in the two transactions that it takes, in SQLite in memory.
async fn rows() -> f64 {
    let mut database = sqlx::SqliteConnection::connect("sqlite::memory:").await.expect("a database");
    let table = "CREATE TABLE rows (a BIGINT, b BIGINT, data BLOB, PRIMARY KEY (a, b))";
    sqlx::query(table).execute(&mut database).await.expect("a table");
    let (begin, mut count) = (Instant::now(), 0_i64);
    while begin.elapsed() < TIME {
        for part in 0..2 {
            let mut tx = database.begin().await.expect("a transaction");
            for row in 0..i64::from(ROWS / 2) {
                let insert = sqlx::query("INSERT INTO rows (a, b, data) VALUES ($1, $2, $3)");
                let insert = insert.bind(count).bind(row * 2 + part).bind(&[7_u8; 100][..]);
                insert.execute(&mut *tx).await.expect("a row");
            }
            tx.commit().await.expect("it is kept");
        }
        count += 1;
    }
    begin.elapsed().as_secs_f64() * 1e6 / f64::from(i32::try_from(count).unwrap_or(i32::MAX))
}

/// Resident bytes for one connection that a task waits on, and nothing more.
async fn connection() -> u64 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let before = memory();
    let mut held = Vec::new();
    for _ in 0..IDLE {
        held.push(TcpStream::connect(address).await.expect("a socket"));
        let (mut other, _) = listener.accept().await.expect("a socket");
        tokio::spawn(async move { other.read_u8().await });
    }
    tokio::task::yield_now().await;
    // Half of it is the clients' ends.
    (memory() - before) / (2 * IDLE as u64)
}

fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

/// The median of starts in memory with a key at hand.
async fn start() -> f64 {
    let mut times = Vec::new();
    for _ in 0..31 {
        let begin = Instant::now();
        let server = in_memory().spawn().await.expect("a server");
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
        server.shutdown().await;
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
