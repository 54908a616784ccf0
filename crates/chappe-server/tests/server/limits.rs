//! What the server puts up with, and for how long.

use std::time::Duration;

use crate::common::{
    BOB, Client, Kind, PATIENCE, Pair, Saved, TestClock, Wire, builder, data, now, rng, rsa_key, server,
    service,
};
use chappe_api::mtproto::{functions as mt, types as mt_types};
use chappe_api::{enums, functions};
use chappe_crypto::{factor, hash};
use chappe_mtproto::exchange::{
    ClientExchange, ClientExchangeConfig, ExchangeEvent, NewAuthKey, client::Output,
};
use chappe_mtproto::plain::PlainMessage;
use chappe_mtproto::transport::{ClientTransport, Framing, Inbound, TransportErrorCode};
use chappe_server::Server;
use chappe_tl::{Decode, Encode};
use tokio::io::{AsyncReadExt, Interest};
use tokio::net::{TcpSocket, TcpStream};

const PLAIN: Kind = Kind::Plain(Framing::Intermediate);

/// Whether the server has closed within a moment.
async fn closes(socket: &mut TcpStream, patience: Duration) -> bool {
    let mut byte = [0; 1];
    matches!(tokio::time::timeout(patience, socket.read(&mut byte)).await, Ok(Ok(0) | Err(_)))
}

const MOMENT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn who_says_nothing_is_gone_after_ten_seconds() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    assert!(!closes(&mut socket, MOMENT).await);
    clock.advance(Duration::from_secs(8));
    assert!(!closes(&mut socket, MOMENT).await, "ten seconds are not over");
    clock.advance(Duration::from_secs(3));
    assert!(closes(&mut socket, PATIENCE).await);
}

#[tokio::test]
async fn an_exchange_takes_thirty_seconds_at_most_and_a_known_key_ends_the_hurry() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut known = Client::new(&server).await;
    known.call(functions::help::GetNearestDc {}).await.unwrap();
    let mut wire = Wire::connect(server.address(), PLAIN).await;
    let query = PlainMessage { msg_id: 4, body: &mt::ReqPqMulti { nonce: [5; 16] }.to_bytes().unwrap() };
    wire.send(&query.encode()).await;
    assert!(matches!(wire.receive().await, Some(Inbound::Packet(_))));
    let crate::common::Socket::Tcp(mut socket) = wire.socket else { panic!("not TCP") };
    clock.advance(Duration::from_secs(25));
    assert!(!closes(&mut socket, MOMENT).await, "thirty seconds are not over");
    clock.advance(Duration::from_secs(10));
    assert!(closes(&mut socket, PATIENCE).await);
    known.call(functions::help::GetNearestDc {}).await.expect("it stays");
}

#[tokio::test]
async fn an_address_has_only_so_many_connections() {
    let server = builder().connections_per_address(2).spawn().await.unwrap();
    let mut first = Client::new(&server).await;
    let second = TcpStream::connect(server.address()).await.unwrap();
    // Until both are counted.
    first.call(functions::help::GetNearestDc {}).await.unwrap();
    let mut third = TcpStream::connect(server.address()).await.unwrap();
    assert!(closes(&mut third, PATIENCE).await, "one too many");
    drop(second);
    for attempt in 0.. {
        let mut again = TcpStream::connect(server.address()).await.unwrap();
        if !closes(&mut again, MOMENT).await {
            break;
        }
        assert!(attempt < 20, "the place is free");
    }
    first.call(functions::help::GetNearestDc {}).await.expect("the others are left alone");
}

/// a * b mod n, by doubling; numbers are big-endian and n has its highest bit set.
fn mul_mod(a: &[u8; 256], b: &[u8; 256], n: &[u8; 256]) -> [u8; 256] {
    let mut sum = [0_u8; 256];
    let add = |sum: &mut [u8; 256], other: &[u8; 256]| {
        let mut carry = 0_u16;
        for (digit, other) in sum.iter_mut().zip(other).rev() {
            let total = u16::from(*digit) + u16::from(*other) + carry;
            (*digit, carry) = (total as u8, total >> 8);
        }
        if carry == 1 || &*sum >= n {
            let mut borrow = 0_i16;
            for (digit, other) in sum.iter_mut().zip(n).rev() {
                let total = i16::from(*digit) - i16::from(*other) - borrow;
                (*digit, borrow) = (total as u8, i16::from(total < 0));
            }
        }
    };
    for bit in 0..2048 {
        let copy = sum;
        add(&mut sum, &copy);
        if b[bit / 8] >> (7 - bit % 8) & 1 == 1 {
            add(&mut sum, a);
        }
    }
    sum
}

/// Goes as far as the second answer, as libraries do that have the old RSA padding.
async fn old_padding(server: &Server) -> Option<Inbound> {
    let mut wire = Wire::connect(server.address(), PLAIN).await;
    let nonce = [5; 16];
    let send = |body: Vec<u8>| PlainMessage { msg_id: 4, body: &body }.encode();
    wire.send(&send(mt::ReqPqMulti { nonce }.to_bytes().unwrap())).await;
    let Some(Inbound::Packet(packet)) = wire.receive().await else { panic!("no answer") };
    let res_pq = mt_types::ResPq::from_bytes(PlainMessage::decode(&packet).unwrap().body).unwrap();
    let (p, q) = factor::factorize_pq(factor::pq_from_bytes(&res_pq.pq).unwrap()).unwrap();
    let (p, q) = (factor::pq_to_bytes(p), factor::pq_to_bytes(q));
    let inner = mt_types::PQInnerData {
        pq: res_pq.pq.clone(),
        p: p.clone(),
        q: q.clone(),
        nonce,
        server_nonce: res_pq.server_nonce,
        new_nonce: [4; 32],
    };
    let inner = inner.to_bytes().unwrap();
    let mut block = [0x77; 256];
    block[0] = 0;
    block[1..21].copy_from_slice(&hash::sha1(&[&inner]));
    block[21..21 + inner.len()].copy_from_slice(&inner);
    let n = rsa_key().public().n().to_owned();
    let mut power = block;
    for _ in 0..16 {
        power = mul_mod(&power, &power, &n);
    }
    let query = mt::ReqDhParams {
        nonce,
        server_nonce: res_pq.server_nonce,
        p,
        q,
        public_key_fingerprint: rsa_key().public().fingerprint(),
        encrypted_data: mul_mod(&power, &block, &n).to_vec(),
    };
    wire.send(&send(query.to_bytes().unwrap())).await;
    tokio::time::timeout(PATIENCE, wire.receive()).await.expect("an answer in time")
}

#[tokio::test]
async fn a_strict_server_refuses_the_old_rsa_padding() {
    let lenient = server().await;
    assert!(matches!(old_padding(&lenient).await, Some(Inbound::Packet(_))), "accepted by default");
    let strict = builder().strict(true).spawn().await.unwrap();
    assert_eq!(old_padding(&strict).await, Some(Inbound::Error(TransportErrorCode::UNKNOWN_KEY)));
    let mut modern = Client::new(&strict).await;
    modern.call(functions::help::GetNearestDc {}).await.expect("RSA_PAD is fine");
}

/// Makes a key with the first steps on one connection and the last on another.
async fn moved_exchange(server: &Server) -> (Wire, NewAuthKey) {
    let (mut random, mut answers) = (rng(), 0);
    let config = ClientExchangeConfig::new(vec![server.public_key().clone()], 2);
    let mut exchange = ClientExchange::new(config, now(), &mut random).unwrap();
    let mut wire = Wire::connect(server.address(), PLAIN).await;
    loop {
        while let Some(output) = exchange.poll_output() {
            match output {
                Output::Transmit(packet) => {
                    if answers == 2 {
                        wire = Wire::connect(server.address(), Kind::Obfuscated(Framing::Abridged)).await;
                        // Until the server has noticed that the old connection is gone.
                        tokio::time::sleep(MOMENT).await;
                    }
                    wire.send(&packet).await;
                }
                Output::Event(ExchangeEvent::Done(key)) => return (wire, key),
                _ => {}
            }
        }
        let Some(Inbound::Packet(packet)) = wire.receive().await else { panic!("the exchange was lost") };
        answers += 1;
        exchange.handle_packet(&packet, now(), &mut random).unwrap();
    }
}

#[tokio::test]
async fn an_exchange_goes_on_over_the_next_connection() {
    let server = server().await;
    let (wire, key) = tokio::time::timeout(PATIENCE, moved_exchange(&server)).await.expect("in time");
    let mut client = Client::on(wire, Saved::new(&key));
    client.call(functions::help::GetNearestDc {}).await.expect("the key is good");
}

#[tokio::test]
async fn who_does_not_read_is_cut_off_and_loses_nothing() {
    const MESSAGES: i64 = 110;
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    // What the system takes for him must be little, or it hides that he does not read.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(64 * 1024).unwrap();
    let socket = crate::common::Socket::Tcp(socket.connect(server.address()).await.unwrap());
    let transport = ClientTransport::new(Framing::Intermediate, None, &mut rng()).unwrap();
    pair.bob.session.handle_disconnected(now());
    pair.bob.wire = Wire { socket, transport, rng: rng() };
    pair.bob.session.handle_connected(now());
    pair.bob.call(functions::help::GetNearestDc {}).await.unwrap();
    // Bob reads nothing while half a megabyte after the other is pushed to him.
    for n in 0..MESSAGES {
        pair.alice.call(service(&pair.peer_a, n, vec![n as u8; 512 * 1024 - 8])).await.unwrap();
    }
    let crate::common::Socket::Tcp(socket) = &mut pair.bob.wire.socket else { panic!("not TCP") };
    let cut = async {
        while !socket.ready(Interest::READABLE).await.unwrap().is_read_closed() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, cut).await.expect("his connection has ended, unread");
    let mut bob = Client::resume(server.address(), pair.bob.saved.clone()).await;
    for (qts, first) in [(1, 0), (80, 79), (109, 108)] {
        let enums::updates::Difference::Slice(slice) = bob.difference(qts, 0).await else {
            panic!("no slice")
        };
        let enums::EncryptedMessage::Service(message) = &slice.new_encrypted_messages[0] else {
            panic!("no service message")
        };
        assert_eq!(message.random_id, first, "all of them wait");
    }
}

#[tokio::test]
async fn the_session_used_least_recently_makes_room() {
    let server = server().await;
    let mut first = Client::new(&server).await;
    let ask = functions::help::GetNearestDc {};
    first.call(ask.clone()).await.unwrap();
    let mut others = Vec::new();
    for _ in 0..63 {
        let mut client = Client::resume(server.address(), first.saved.clone()).await;
        client.call(ask.clone()).await.unwrap();
        others.push(client);
    }
    // 64 sessions are remembered, also that of a connection that went and came back.
    first.reconnect(server.address()).await;
    first.call(ask.clone()).await.unwrap();
    assert_eq!(first.new_sessions, 1);
    // One more: the oldest without a connection goes.
    let idle = others.remove(5);
    let Client { wire, .. } = idle;
    drop(wire);
    tokio::time::sleep(MOMENT).await;
    let mut one_more = Client::resume(server.address(), first.saved.clone()).await;
    one_more.call(ask.clone()).await.unwrap();
    for client in others.iter_mut().chain([&mut first]) {
        client.call(ask.clone()).await.unwrap();
        assert_eq!(client.new_sessions, 1, "those with a connection stay");
    }
}

#[tokio::test]
async fn the_forgotten_session_begins_anew() {
    let server = server().await;
    let ask = functions::help::GetNearestDc {};
    let mut idle = Client::new(&server).await;
    idle.call(ask.clone()).await.unwrap();
    let parked = TcpStream::connect(server.address()).await.unwrap();
    drop(std::mem::replace(&mut idle.wire.socket, crate::common::Socket::Tcp(parked)));
    tokio::time::sleep(MOMENT).await;
    let mut others = Vec::new();
    for _ in 0..64 {
        let mut client = Client::resume(server.address(), idle.saved.clone()).await;
        client.call(ask.clone()).await.unwrap();
        others.push(client);
    }
    idle.reconnect(server.address()).await;
    idle.call(ask).await.expect("it goes on");
    assert_eq!(idle.new_sessions, 2, "the server has told it");
}

#[tokio::test]
async fn what_nobody_fetched_for_seven_days_may_go_and_the_counter_stays() {
    const DAY: u64 = 24 * 3600;
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut pair = Pair::new(&server).await;
    for n in 0..2 {
        pair.alice.call(service(&pair.peer_a, n, data(1))).await.unwrap();
    }
    let later = |saved: &Saved, days: u64| {
        let mut saved = saved.clone();
        saved.time_offset += (days * DAY) as i64;
        saved
    };
    let count = |difference: enums::updates::Difference| match difference {
        enums::updates::Difference::Difference(missed) => {
            (missed.new_encrypted_messages.len(), missed.state.qts)
        }
        other => panic!("{other:?}"),
    };
    clock.advance(Duration::from_secs(6 * DAY));
    let mut bob = Client::resume(server.address(), later(&pair.bob.saved, 6)).await;
    assert_eq!(count(bob.difference(1, 0).await), (2, 3), "six days are within the time");
    clock.advance(Duration::from_secs(2 * DAY));
    let mut bob = Client::resume(server.address(), later(&pair.bob.saved, 8)).await;
    let mut left = 2;
    for _ in 0..100 {
        let qts;
        (left, qts) = count(bob.difference(1, 0).await);
        assert_eq!(qts, 3);
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(left, 0, "eight days are not");
    let mut alice = Client::resume(server.address(), later(&pair.alice.saved, 8)).await;
    assert_eq!(alice.find(BOB).await.user_id, pair.bob_user.id);
    alice.call(service(&pair.peer_a, 9, data(9))).await.expect("the chat lives");
    assert_eq!(count(bob.difference(3, 0).await), (1, 4));
}

#[tokio::test]
async fn keys_on_which_nobody_logs_in_are_forgotten_after_a_month() {
    let server = server().await;
    let mut user = Client::new(&server).await;
    user.log_in(BOB, "Bob").await;
    let mut unused = Client::new(&server).await;
    unused.call(functions::help::GetNearestDc {}).await.unwrap();
    assert_eq!(server.totals().await.unwrap().auth_keys, 2);
    let days = |days: u64| Duration::from_secs(days * 24 * 3600);
    server.advance(days(20)).await.unwrap();
    let saved = unused.saved.clone();
    let mut later = Client::resume(server.address(), saved.clone()).await;
    later.call(functions::help::GetNearestDc {}).await.unwrap();
    server.advance(days(20)).await.unwrap();
    assert_eq!(server.totals().await.unwrap().auth_keys, 2, "it was used in between");
    server.advance(days(31)).await.unwrap();
    assert_eq!(server.totals().await.unwrap().auth_keys, 1);
    let mut again = Client::resume(server.address(), saved).await;
    again.start(&functions::help::GetNearestDc {}, Vec::new());
    while again.step().await {}
    assert_eq!(again.transport_errors, [-404]);
    let mut user = Client::resume(server.address(), user.saved.clone()).await;
    user.call(functions::updates::GetState {}).await.expect("a login keeps its key");
}
