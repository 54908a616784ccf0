//! An honest client is served while everybody else is hostile, and the server's memory stays bounded.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chappe_api::functions;
use chappe_api::mtproto::functions as mt;
use chappe_mtproto::plain::PlainMessage;
use chappe_mtproto::session::client::{CallOptions, Output};
use chappe_mtproto::transport::{Framing, Inbound};
use chappe_server::Server;
use chappe_tl::Encode;
use common::cloud::{peer, send};
use common::{ALICE, BOB, Client, KINDS, Kind, PATIENCE, Socket, TestClock, Wire, builder, init, now, rng};
use rand::RngExt;
use rand::seq::SliceRandom;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// What all the attacks of one test may add to the memory of the process, in bytes: theirs are in it, too.
const CEILING: u64 = 64 << 20;
const PLAIN: Kind = Kind::Plain(Framing::Intermediate);

/// The most memory that this process has used, or uses now.
fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(field));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Somebody who asks all the time, in a task.
struct Honest {
    stop: Arc<AtomicBool>,
    asking: JoinHandle<(usize, Duration)>,
    before: u64,
}

impl Honest {
    async fn new(server: &Server) -> Self {
        let mut client = Client::new(server).await;
        client.log_in(ALICE, "Alice").await;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let asking = tokio::spawn(async move {
            let (mut answers, mut longest) = (0, Duration::ZERO);
            while !stopped.load(Ordering::Relaxed) {
                let start = Instant::now();
                client.call(functions::updates::GetState {}).await.expect("an answer");
                longest = longest.max(start.elapsed());
                answers += 1;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            (answers, longest)
        });
        Self { stop, asking, before: memory("VmRSS:") }
    }

    /// Ends, and judges what it was like.
    async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        let (answers, longest) = self.asking.await.expect("every answer came");
        assert!(answers > 10, "{answers} answers");
        // Far above what it takes, far below what a starved client would wait.
        assert!(longest < Duration::from_secs(10), "one answer took {longest:?}");
        let grown = memory("VmHWM:").saturating_sub(self.before);
        assert!(grown < CEILING, "{} MiB more than before", grown >> 20);
    }
}

fn noise(len: usize) -> Vec<u8> {
    let mut noise = vec![0; len];
    rng().fill(&mut noise[..]);
    noise
}

async fn is_closed(socket: &mut Socket) -> bool {
    let Socket::Tcp(socket) = socket else { return false };
    let read = tokio::time::timeout(Duration::from_millis(1), socket.read(&mut [0; 256])).await;
    matches!(read, Ok(Ok(0) | Err(_)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_random_bytes_by_each_transport() {
    let server = builder().spawn().await.unwrap();
    let honest = Honest::new(&server).await;
    for kind in KINDS {
        let mut sent = 0;
        let mut wire = Wire::connect(server.address(), kind).await;
        while sent < 1_000_000 {
            let mut bytes = noise(rng().random_range(1..20_000));
            sent += bytes.len();
            if rng().random::<bool>() {
                // In a frame, so that it is taken for a packet: of nobody's key, or of no key.
                bytes.truncate(bytes.len() / 4 * 4);
                bytes.resize(bytes.len().max(24), 0);
                if rng().random::<bool>() {
                    bytes[..8].fill(0);
                }
                wire.send(&bytes).await;
            } else {
                wire.write(bytes).await;
                wire = Wire::connect(server.address(), kind).await;
            }
            if is_closed(&mut wire.socket).await {
                wire = Wire::connect(server.address(), kind).await;
            }
        }
    }
    // Without any opening at all.
    for _ in 0..50 {
        let mut socket = TcpStream::connect(server.address()).await.unwrap();
        let _ = socket.write_all(&noise(20_000)).await;
    }
    honest.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_exchanges_and_slow_writers_are_dropped_in_time() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let honest = Honest::new(&server).await;
    let mut halves = Vec::new();
    for n in 0..200_u8 {
        let mut wire = Wire::connect(server.address(), PLAIN).await;
        let ask = mt::ReqPqMulti { nonce: [n; 16] }.to_bytes().unwrap();
        wire.send(&PlainMessage { msg_id: 4, body: &ask }.encode()).await;
        assert!(matches!(wire.receive().await, Some(Inbound::Packet(_))));
        if n % 2 == 0 {
            let body = mt::ReqDhParams {
                nonce: [n; 16],
                server_nonce: [n; 16],
                p: vec![3],
                q: vec![5],
                public_key_fingerprint: server.fingerprint(),
                encrypted_data: noise(256),
            };
            let body = body.to_bytes().unwrap();
            wire.send(&PlainMessage { msg_id: 8, body: &body }.encode()).await;
        }
        halves.push(wire);
    }
    let mut slow = Vec::new();
    for _ in 0..200 {
        slow.push(TcpStream::connect(server.address()).await.unwrap());
    }
    for byte in [&[0xee], &[0xee], &[0xee], &[0xee], &[0x40], &[0]] {
        for socket in &mut slow {
            socket.write_all(byte).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Who goes on to write slowly does not gain time.
    for _ in 0..4 {
        clock.advance(Duration::from_secs(8));
        tokio::time::sleep(Duration::from_millis(50)).await;
        for socket in &mut slow {
            let _ = socket.write_all(&[1]).await;
        }
    }
    for socket in slow.into_iter().chain(halves.into_iter().map(|wire| match wire.socket {
        Socket::Tcp(socket) => socket,
        Socket::Ws(_) => panic!("not TCP"),
    })) {
        let mut socket = socket;
        let mut rest = Vec::new();
        tokio::time::timeout(PATIENCE, socket.read_to_end(&mut rest)).await.expect("it is closed").ok();
    }
    honest.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announced_lengths_reserve_nothing() {
    let server = builder().spawn().await.unwrap();
    let mut known = Client::new(&server).await;
    known.log_in(BOB, "Bob").await;
    let honest = Honest::new(&server).await;
    let openings: [&[u8]; 5] = [
        &[0xee, 0xee, 0xee, 0xee, 0xff, 0xff, 0xff, 0x7f],
        &[0xdd, 0xdd, 0xdd, 0xdd, 0xf0, 0xff, 0xff, 0x00],
        &[0xef, 0x7f, 0xff, 0xff, 0xff],
        &[0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0],
        &[0xf8, 0xff, 0xff, 0x00, 0, 0, 0, 0],
    ];
    let mut held = Vec::new();
    for n in 0..400 {
        let mut socket = TcpStream::connect(server.address()).await.unwrap();
        let _ = socket.write_all(openings[n % openings.len()]).await;
        let _ = socket.write_all(&noise(1000)).await;
        held.push(socket);
    }
    // With a key that is known, frames may be long; what is announced and does not come costs nothing.
    let mut patient = Vec::new();
    for _ in 0..40 {
        let mut client = Client::resume(server.address(), known.saved.clone()).await;
        client.call(functions::help::GetNearestDc {}).await.unwrap();
        client.wire.write((15_u32 << 20).to_le_bytes().to_vec()).await;
        client.wire.write(noise(1000)).await;
        patient.push(client);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop((held, patient));
    honest.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replayed_and_reordered_packets_do_nothing_twice() {
    const CALLS: i64 = 20;
    let server = builder().spawn().await.unwrap();
    let honest = Honest::new(&server).await;
    let mut bob = Client::new(&server).await;
    bob.log_in(BOB, "Bob").await;
    let to = peer(&bob.find(ALICE).await);
    let mut seen = server.observations();
    let mut random = rng();
    // The packets of a real client, as somebody on the way sees them.
    let mut packets = Vec::new();
    for n in 0..CALLS {
        let query = send(&to, "once", n + 1).to_bytes().unwrap();
        let body = if n == 0 { init(common::LAYER, &query) } else { query };
        bob.session.call(body, CallOptions::default());
        while let Some(output) = bob.session.poll_output(now(), &mut random) {
            if let Output::Transmit { packet, .. } = output {
                packets.push(packet);
            }
        }
    }
    assert!(packets.len() >= 20);
    for round in 0..30 {
        // Once as they were meant.
        if round > 0 {
            packets.shuffle(&mut random);
        }
        let mut wire = Wire::connect(server.address(), KINDS[round % 4]).await;
        for packet in &packets {
            wire.send(packet).await;
            let mut broken = packet.clone();
            let at = random.random_range(0..broken.len());
            broken[at] ^= 1;
            if round > 0 && random.random_range(0..20) == 0 {
                // This one ends the connection, or is nobody's.
                wire.send(&broken).await;
                wire = Wire::connect(server.address(), KINDS[round % 4]).await;
            }
        }
        drop(wire);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut executed = 0;
    let until = tokio::time::Instant::now() + Duration::from_secs(1);
    while let Ok(Some(call)) = tokio::time::timeout_at(until, seen.next()).await {
        executed += i64::from(call.method == "messages.sendMessage");
    }
    assert_eq!(executed, CALLS, "each packet was executed once, whatever came in between");
    honest.end().await;
}
