//! Connections: every transport, hostile bytes, keys that nobody knows.

use std::time::Duration;

use crate::common::{Client, KINDS, Kind, PATIENCE, Saved, Wire, server};
use chappe_api::functions;
use chappe_crypto::AuthKey;
use chappe_mtproto::exchange::KeyLifetime;
use chappe_mtproto::transport::{Framing, Inbound, TransportErrorCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn every_transport_makes_a_key_and_answers() {
    let server = server().await;
    for kind in KINDS {
        let mut client = Client::over(&server, kind).await;
        let config = client.call(functions::help::GetConfig {}).await.expect("a configuration");
        assert_eq!(config.this_dc, 2, "{kind:?}");
        assert_eq!(config.dc_options[0].port, i32::from(server.address().port()));
        assert_eq!(client.new_sessions, 1, "{kind:?}");
    }
}

#[tokio::test]
async fn a_client_is_told_the_data_centre_it_believes_in() {
    let server = server().await;
    // TDLib takes a new server for dc 1, or 10001 in test mode; older libraries name none in the exchange.
    for (in_exchange, in_opening, expected) in [(10_001, 2, 1), (-3, 2, 3), (4, 10_005, 4)] {
        let kind = Kind::Obfuscated(Framing::Intermediate);
        let mut wire = Wire::connect_as(server.address(), kind, in_opening).await;
        let key = wire.make_key(server.public_key().clone(), in_exchange, KeyLifetime::Permanent).await;
        let mut client = Client::on(wire, Saved::new(&key));
        let config = client.call(functions::help::GetConfig {}).await.expect("a configuration");
        assert_eq!((config.this_dc, config.test_mode), (expected, in_exchange == 10_001));
        assert_eq!(config.dc_options[0].ip_address, "127.0.0.1");
        assert!(config.dc_options.iter().any(|option| option.id == expected));
        let nearest = client.call(functions::help::GetNearestDc {}).await.expect("an answer");
        assert_eq!(nearest.this_dc, expected);
    }
}

#[tokio::test]
async fn an_unknown_key_gets_minus_404() {
    let server = server().await;
    let saved = Saved { auth_key: AuthKey::new([7; 256]), salt: 0, time_offset: 0 };
    let mut client = Client::resume(server.address(), saved).await;
    let _ = client.start(&functions::help::GetConfig {}, Vec::new());
    client.step().await;
    assert_eq!(client.transport_errors, [-404]);
}

#[tokio::test]
async fn a_packet_forged_under_a_known_key_closes_the_connection_without_a_word() {
    let server = server().await;
    let client = Client::new(&server).await;
    let mut wire = Wire::connect(server.address(), Kind::Plain(Framing::Intermediate)).await;
    let mut packet = client.saved.auth_key.id().to_le_bytes().to_vec();
    packet.resize(24 + 64, 0x5a);
    wire.send(&packet).await;
    let answer = tokio::time::timeout(PATIENCE, wire.receive()).await.expect("closed in time");
    assert_eq!(answer, None);
}

#[tokio::test]
async fn a_refused_exchange_gets_minus_404_for_good() {
    let server = server().await;
    let mut wire = Wire::connect(server.address(), Kind::Plain(Framing::Abridged)).await;
    // set_client_DH_params out of the blue.
    let mut packet = vec![0; 16];
    packet.extend(44_u32.to_le_bytes());
    packet.extend(0xf504_5f1f_u32.to_le_bytes());
    packet.resize(20 + 44, 0);
    for _ in 0..2 {
        wire.send(&packet).await;
        let answer = tokio::time::timeout(PATIENCE, wire.receive()).await.expect("an answer in time");
        assert_eq!(answer, Some(Inbound::Error(TransportErrorCode::UNKNOWN_KEY)));
    }
}

#[tokio::test]
async fn garbage_leaves_the_server_up() {
    let server = server().await;
    let mut state = 1_u32;
    for round in 0..40_usize {
        let mut socket = TcpStream::connect(server.address()).await.unwrap();
        let bytes: Vec<u8> = (0..round * 37 + 1)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let _ = socket.write_all(&bytes).await;
        if round % 2 == 0 {
            drop(socket);
        } else {
            let _ = tokio::time::timeout(Duration::from_millis(5), socket.read(&mut [0; 64])).await;
        }
    }
    // A frame of 16 MiB before any key is known.
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    socket.write_all(&[0xee; 4]).await.unwrap();
    socket.write_all(&(1_u32 << 24).to_le_bytes()).await.unwrap();
    let end = tokio::time::timeout(PATIENCE, socket.read(&mut [0; 64])).await.expect("closed at once");
    assert_eq!(end.unwrap_or(0), 0);

    let mut client = Client::new(&server).await;
    client.call(functions::help::GetConfig {}).await.expect("the server is up");
}

#[tokio::test]
async fn http_that_is_no_websocket_is_refused_politely() {
    let server = server().await;
    for request in [
        "GET /apiws HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /elsewhere HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "GET /apiws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    ] {
        let mut socket = TcpStream::connect(server.address()).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ =
            tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer)).await.expect("closed in time");
        assert!(!answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test]
async fn two_exchanges_on_one_connection_do_not_disturb_each_other() {
    let server = server().await;
    let mut wire = Wire::connect(server.address(), Kind::Plain(Framing::Intermediate)).await;
    let first = wire.make_key(server.public_key().clone(), 2, KeyLifetime::Permanent).await;
    let second = wire.make_key(server.public_key().clone(), 2, KeyLifetime::Permanent).await;
    assert_ne!(first.auth_key.id(), second.auth_key.id());
    let mut client = Client::on(wire, Saved::new(&first));
    client.call(functions::help::GetConfig {}).await.expect("the first key is good");
}

#[tokio::test]
async fn ten_servers_run_side_by_side() {
    let mut servers = Vec::new();
    for _ in 0..10 {
        servers.push(server().await);
    }
    for server in &servers {
        let mut client = Client::new(server).await;
        client.call(functions::help::GetNearestDc {}).await.expect("an answer");
    }
}

#[tokio::test]
async fn a_session_survives_its_connection() {
    let server = server().await;
    let mut pair = crate::common::Pair::new(&server).await;
    // Bob's connection goes away without a word, and what happens meanwhile waits in his session.
    let parked = Wire::connect(server.address(), Kind::Plain(Framing::Abridged)).await;
    drop(std::mem::replace(&mut pair.bob.wire, parked));
    pair.bob.session.handle_disconnected(crate::common::now());
    for n in 0..3 {
        pair.alice.call(crate::common::service(&pair.peer_a, n, crate::common::data(1))).await.unwrap();
    }
    let sessions = pair.bob.new_sessions;
    pair.bob.reconnect(server.address()).await;
    pair.bob.call(functions::help::GetNearestDc {}).await.expect("the session goes on");
    for qts in 2..5 {
        let chappe_api::enums::Update::NewEncryptedMessage(update) = pair.bob.update().await else {
            panic!("no message")
        };
        assert_eq!(update.qts, qts);
    }
    assert_eq!(pair.bob.new_sessions, sessions, "no new session was made");
}

#[tokio::test]
async fn quick_acks_come_where_they_are_asked_for() {
    use chappe_mtproto::session::client::CallOptions;
    use chappe_tl::Encode;
    let server = server().await;
    for kind in KINDS {
        let mut client = Client::over(&server, kind).await;
        client.call(functions::help::GetConfig {}).await.expect("an answer");
        assert_eq!(client.quick_acks, 0);
        let query = functions::help::GetNearestDc {}.to_bytes().unwrap();
        let call = client.session.call(query, CallOptions { quick_ack: true, ..CallOptions::default() });
        client.finish_raw(call).await.expect("an answer");
        // The full framing has none.
        assert_eq!(client.quick_acks, usize::from(kind != Kind::Plain(Framing::Full)), "{kind:?}");
    }
}

#[tokio::test]
async fn a_temporary_key_ends_when_its_time_is_over() {
    let clock = crate::common::TestClock::new();
    let server = crate::common::builder().clock(clock.clone()).spawn().await.unwrap();
    let mut wire = Wire::connect(server.address(), Kind::Plain(Framing::Intermediate)).await;
    let lifetime = KeyLifetime::Temporary { expires_in: 100 };
    let key = wire.make_key(server.public_key().clone(), 2, lifetime).await;
    let mut client = Client::on(wire, Saved::new(&key));
    client.call(functions::help::GetConfig {}).await.expect("it is young");
    clock.advance(Duration::from_secs(101));
    // The connection has ended for want of a ping.
    client.reconnect(server.address()).await;
    let _ = client.start(&functions::help::GetConfig {}, Vec::new());
    while client.step().await {}
    assert_eq!(client.transport_errors, [-404]);
}

#[tokio::test]
async fn a_connection_may_begin_with_a_part_of_a_file() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    client.log_in("9996620077", "Alice").await;
    for (part, kind) in KINDS.into_iter().enumerate() {
        let mut files = Client::on(Wire::connect(server.address(), kind).await, client.saved.clone());
        let bytes = vec![7; 512 * 1024];
        let part = functions::upload::SaveBigFilePart {
            file_id: 5,
            file_part: part as i32,
            file_total_parts: 40,
            bytes,
        };
        files.call(part).await.expect("it is taken");
    }
    // Under a key that nobody knows it is not read to its end.
    let mut stranger = Wire::connect(server.address(), Kind::Plain(Framing::Full)).await;
    stranger.send(&[3; 24 + 512 * 1024]).await;
    assert_eq!(stranger.receive().await, Some(Inbound::Error(TransportErrorCode::UNKNOWN_KEY)));
    assert_eq!(stranger.receive().await, None);
}
