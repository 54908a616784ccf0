//! Every framing with and without obfuscation: what is sent arrives however the bytes are cut, and hostile bytes end in
//! an error.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use chappe_crypto::Now;
use chappe_mtproto::transport::fake_tls::{FakeTlsClient, FakeTlsServer, Hello};
use chappe_mtproto::transport::websocket::{Request, WebSocket, WebSocketRole, verify_response};
use chappe_mtproto::transport::{
    ClientTransport, Framing, Inbound, Obfuscation, ProxySecret, ReplayGuard, ServerInbound, ServerTransport,
    ServerTransportConfig, TransportError, TransportErrorCode,
};
use common::rng;
use proptest::collection::vec;
use proptest::prelude::*;

const SECRET: [u8; 16] = [0x42; 16];

fn config() -> ServerTransportConfig {
    let proxy_secrets = vec![ProxySecret::simple([1; 16]), ProxySecret::padded(SECRET)];
    ServerTransportConfig { proxy_secrets, ..Default::default() }
}

/// Every way a client may open a connection.
fn openings() -> impl Strategy<Value = (Framing, Option<Obfuscation>)> {
    let plain = |framing| (framing, None);
    let hidden = |framing, secret| (framing, Some(Obfuscation { dc_id: -2, secret }));
    prop_oneof![
        Just(plain(Framing::Abridged)),
        Just(plain(Framing::Intermediate)),
        Just(plain(Framing::PaddedIntermediate)),
        Just(plain(Framing::Full)),
        Just(hidden(Framing::Abridged, None)),
        Just(hidden(Framing::Intermediate, None)),
        Just(hidden(Framing::PaddedIntermediate, None)),
        Just(hidden(Framing::PaddedIntermediate, Some(ProxySecret::padded(SECRET)))),
        Just(hidden(Framing::Intermediate, Some(ProxySecret::simple([1; 16])))),
    ]
}

/// A packet with the shape of a message: its length tells a padded transport where it ends.
fn packets() -> impl Strategy<Value = (Vec<u8>, bool)> {
    let encrypted = (1..60_usize, 1..=255_u8).prop_map(|(blocks, byte)| vec![byte; 24 + 16 * blocks]);
    let plain = vec(any::<u8>(), 1..100).prop_map(|body| {
        let mut packet = vec![0; 16];
        let body: Vec<u8> = body.into_iter().cycle().take(400).collect();
        packet.extend((body.len() as u32).to_le_bytes());
        packet.extend(body);
        packet
    });
    (prop_oneof![encrypted, plain], any::<bool>())
}

/// Cuts `bytes` at pseudo-random places.
fn cut(bytes: &[u8], seed: u64) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    let mut state = seed | 1;
    while !rest.is_empty() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let len = ((state >> 40) as usize % [1, 3, 90, 2000][(state >> 33) as usize % 4] + 1).min(rest.len());
        let (head, tail) = rest.split_at(len);
        pieces.push(head);
        rest = tail;
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn packets_arrive_however_the_bytes_are_cut(
        (framing, obfuscation) in openings(),
        upstream in vec(packets(), 1..6),
        downstream in vec(packets(), 1..6),
        seed: u64,
    ) {
        let mut rng = rng(seed);
        let hidden = obfuscation.is_some();
        let mut client = ClientTransport::new(framing, obfuscation, &mut rng).unwrap();
        let mut server = ServerTransport::new(config());

        let mut wire = Vec::new();
        for (packet, quick_ack) in &upstream {
            client.send(packet, *quick_ack, &mut wire, &mut rng).unwrap();
        }
        let mut received = Vec::new();
        for piece in cut(&wire, seed) {
            server.receive(piece);
            while let Some(inbound) = server.poll().unwrap() {
                let ServerInbound::Packet { bytes, quick_ack } = inbound else { panic!("{inbound:?}") };
                received.push((bytes, quick_ack));
            }
        }
        let quick_acks = framing != Framing::Full;
        let expected: Vec<_> = upstream.into_iter().map(|(packet, ack)| (packet, ack && quick_acks)).collect();
        prop_assert_eq!(received, expected);
        prop_assert_eq!(server.framing(), Some(framing));
        prop_assert_eq!(server.dc_id(), hidden.then_some(-2));

        let mut wire = Vec::new();
        let mut expected = Vec::new();
        for (packet, quick_ack) in downstream {
            if quick_ack && quick_acks {
                server.send_quick_ack(0x8000_1234, &mut wire, &mut rng).unwrap();
                expected.push(Inbound::QuickAck(0x8000_1234));
            }
            server.send(&packet, &mut wire, &mut rng).unwrap();
            expected.push(Inbound::Packet(packet));
        }
        server.send_error(TransportErrorCode::FLOOD, &mut wire, &mut rng).unwrap();
        expected.push(Inbound::Error(TransportErrorCode::FLOOD));
        let mut received = Vec::new();
        for piece in cut(&wire, !seed) {
            client.receive(piece);
            while let Some(inbound) = client.poll().unwrap() {
                received.push(inbound);
            }
        }
        prop_assert_eq!(received, expected);
    }

    #[test]
    fn long_packets_arrive_whether_or_not_they_are_read_to_their_end_alone(
        (framing, obfuscation) in openings(),
        lengths in vec(prop_oneof![0..40_usize, 1900..2100_usize, 2000..6000_usize], 1..8),
        to_the_end: bool,
        most in prop_oneof![Just(700_usize), Just(16_384), Just(200_000)],
        seed: u64,
    ) {
        let mut rng = rng(seed);
        let mut client = ClientTransport::new(framing, obfuscation, &mut rng).unwrap();
        let mut server = ServerTransport::new(config());
        server.authenticated();
        let packets: Vec<Vec<u8>> =
            lengths.iter().zip(1..).map(|(blocks, byte)| vec![byte; 24 + 16 * blocks]).collect();
        let (mut up, mut down) = (Vec::new(), Vec::new());
        for packet in &packets {
            client.send(packet, false, &mut up, &mut rng).unwrap();
        }
        let next = |rest: &mut &[u8], missing: usize| {
            let bound = if to_the_end && missing > 0 { missing.min(most) } else { most };
            let (head, tail) = rest.split_at(bound.min(rest.len()));
            *rest = tail;
            head.to_vec()
        };
        let (mut rest, mut received) = (&up[..], Vec::new());
        while !rest.is_empty() {
            let piece = next(&mut rest, server.missing());
            let complete = piece.len() == server.missing();
            server.receive_with(|inbox| inbox.extend_from_slice(&piece));
            let before = received.len();
            while let Some(inbound) = server.poll().unwrap() {
                let ServerInbound::Packet { bytes, .. } = inbound else { panic!("{inbound:?}") };
                received.push(bytes);
            }
            prop_assert!(!complete || received.len() == before + 1);
        }
        prop_assert_eq!(&received, &packets);
        prop_assert_eq!(server.missing(), 0);

        for packet in &packets {
            server.send(packet, &mut down, &mut rng).unwrap();
        }
        let (mut rest, mut received) = (&down[..], Vec::new());
        while !rest.is_empty() {
            let piece = next(&mut rest, client.missing());
            let complete = piece.len() == client.missing();
            client.receive_with(|inbox| inbox.extend_from_slice(&piece));
            let before = received.len();
            while let Some(inbound) = client.poll().unwrap() {
                let Inbound::Packet(bytes) = inbound else { panic!("{inbound:?}") };
                received.push(bytes);
            }
            prop_assert!(!complete || received.len() == before + 1);
        }
        prop_assert_eq!(&received, &packets);
        prop_assert_eq!(client.missing(), 0);
    }

    #[test]
    fn random_bytes_give_the_same_answer_however_they_are_cut(
        head in prop_oneof![
            Just(vec![]), Just(vec![0xef]), Just(vec![0xee; 4]), Just(vec![0xdd; 4]), Just(b"GET /".to_vec()),
            Just(vec![52, 0, 0, 0, 0, 0, 0, 0]), Just(vec![0x16, 3, 1, 2, 0, 1]),
        ],
        bytes in vec(prop_oneof![any::<u8>(), Just(0), Just(1)], 0..400),
        seed: u64,
    ) {
        let bytes = [head, bytes].concat();
        let server = |pieces: Vec<&[u8]>| {
            let mut server = ServerTransport::new(config());
            let mut packets = Vec::new();
            let mut handed_over = Vec::new();
            for piece in pieces {
                server.receive(piece);
                loop {
                    match server.poll() {
                        Ok(None) => break,
                        Ok(Some(ServerInbound::Http(bytes) | ServerInbound::Tls(bytes))) => handed_over.extend(bytes),
                        Ok(Some(packet)) => {
                            // A claim stands until it is answered.
                            if matches!(packet, ServerInbound::Claim { .. }) {
                                server.authenticated();
                            }
                            packets.push(packet);
                        }
                        Err(error) => return (packets, handed_over, Some(error)),
                    }
                }
            }
            (packets, handed_over, None)
        };
        prop_assert_eq!(server(vec![&bytes]), server(cut(&bytes, seed)));
        for framing in [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate, Framing::Full] {
            let client = |pieces: Vec<&[u8]>| {
                let mut client = ClientTransport::new(framing, None, &mut rng(1)).unwrap();
                let mut inbound = Vec::new();
                for piece in pieces {
                    client.receive(piece);
                    loop {
                        match client.poll() {
                            Ok(None) => break,
                            Ok(Some(one)) => inbound.push(one),
                            Err(error) => return (inbound, Some(error)),
                        }
                    }
                }
                (inbound, None)
            };
            prop_assert_eq!(client(vec![&bytes]), client(cut(&bytes, seed)));
        }
    }

    #[test]
    fn random_bytes_never_break_the_outer_layers(
        bytes in vec(prop_oneof![any::<u8>(), Just(0x16), Just(3), Just(0x17), Just(0x82)], 0..300),
        seed: u64,
    ) {
        let secret = ProxySecret::fake_tls(SECRET, "proxy.example").unwrap();
        let now = Now::from_unix_secs(1_800_000_000);
        let mut client = FakeTlsClient::new(&secret, now, &mut rng(seed)).unwrap();
        let _ = client.receive(&bytes, &mut Vec::new(), &mut Vec::new());
        let accepted = FakeTlsServer::accept(&bytes, &[secret], &mut ReplayGuard::default(), now, &mut rng(seed));
        let refused = !matches!(accepted, Ok(Hello::Accepted { .. }));
        prop_assert!(refused);
        for role in [WebSocketRole::Client, WebSocketRole::Server] {
            let mut socket = WebSocket::new(role);
            for piece in cut(&bytes, seed) {
                socket.receive(piece);
                while let Ok(Some(_)) = socket.poll(&mut Vec::new(), &mut rng(seed)) {}
            }
        }
        let _ = Request::parse(&bytes);
        let _ = verify_response(&bytes, "key");
        let _ = ProxySecret::from_bytes(&bytes);
        let _ = ProxySecret::parse(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn the_cap_on_packets_rises_once_the_peer_has_shown_a_key() {
    for framing in [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate, Framing::Full] {
        let mut client = ClientTransport::new(framing, None, &mut rng(1)).unwrap();
        let mut wire = Vec::new();
        let packet = vec![1; 24 + 16 * 8192];
        client.send(&packet, false, &mut wire, &mut rng(1)).unwrap();
        let mut known = ServerTransport::new(config());
        known.authenticated();
        known.receive(&wire);
        let whole = ServerInbound::Packet { bytes: packet, quick_ack: false };
        assert_eq!(known.poll(), Ok(Some(whole.clone())));
        // The first packet of a connection: who knows the key says so.
        let mut claiming = ServerTransport::new(config());
        claiming.receive(&wire[..16]);
        let claim = ServerInbound::Claim { auth_key_id: 0x0101_0101_0101_0101 };
        assert_eq!(claiming.poll(), Ok(Some(claim)), "{framing:?}");
        claiming.authenticated();
        assert_eq!(claiming.poll(), Ok(None));
        claiming.receive(&wire[16..]);
        assert_eq!(claiming.poll(), Ok(Some(whole)));
        // Who names no key has no business with long packets.
        let mut client = ClientTransport::new(framing, None, &mut rng(1)).unwrap();
        let mut wire = Vec::new();
        client.send(&[0; 24 + 16 * 8192], false, &mut wire, &mut rng(1)).unwrap();
        let mut stranger = ServerTransport::new(config());
        // The head of the frame is enough.
        stranger.receive(&wire[..17]);
        assert!(matches!(stranger.poll(), Err(TransportError::FrameLength { .. })), "{framing:?}");
        assert!(matches!(stranger.poll(), Err(TransportError::FrameLength { .. })));
    }
}

#[test]
fn an_opening_under_an_unknown_secret_is_refused_after_64_bytes() {
    let secret = Some(ProxySecret::simple([9; 16]));
    let mut client =
        ClientTransport::new(Framing::Intermediate, Some(Obfuscation { dc_id: 1, secret }), &mut rng(1))
            .unwrap();
    let mut wire = Vec::new();
    client.send(&[1; 40], false, &mut wire, &mut rng(1)).unwrap();
    let mut server = ServerTransport::new(config());
    server.receive(&wire[..63]);
    assert_eq!(server.poll(), Ok(None));
    server.receive(&wire[63..]);
    assert_eq!(server.poll(), Err(TransportError::UnknownTransport));
}

#[test]
fn a_padded_secret_demands_the_padded_framing_on_both_sides() {
    let padded = ProxySecret::padded(SECRET);
    let obfuscation = Obfuscation { dc_id: 1, secret: Some(padded) };
    let refused = ClientTransport::new(Framing::Intermediate, Some(obfuscation), &mut rng(1));
    assert_eq!(refused.err(), Some(TransportError::PaddingRequired));
    let simple = Obfuscation { dc_id: 1, secret: Some(ProxySecret::simple(SECRET)) };
    let mut client = ClientTransport::new(Framing::Intermediate, Some(simple), &mut rng(1)).unwrap();
    let mut wire = Vec::new();
    client.send(&[1; 40], false, &mut wire, &mut rng(1)).unwrap();
    let mut server = ServerTransport::new(config());
    server.receive(&wire);
    assert_eq!(server.poll(), Err(TransportError::UnknownTransport));
}

#[test]
fn inside_a_websocket_only_obfuscated_streams_are_accepted() {
    let mut server = ServerTransport::new(config().websocket());
    server.receive(&[0xee; 4]);
    server.receive(&[40, 0, 0, 0]);
    assert_eq!(server.poll(), Ok(None));
    server.receive(&[1; 64]);
    assert_eq!(server.poll(), Err(TransportError::UnknownTransport));
}

#[test]
fn http_and_tls_are_handed_over_with_every_byte() {
    let mut server = ServerTransport::new(config());
    server.receive(b"GE");
    assert_eq!(server.poll(), Ok(None));
    server.receive(b"T /apiws HTTP/1.1\r\n");
    assert_eq!(server.poll(), Ok(Some(ServerInbound::Http(b"GET /apiws HTTP/1.1\r\n".to_vec()))));
    assert_eq!(server.poll(), Ok(None));
    server.receive(b"\r\n");
    assert_eq!(server.poll(), Ok(Some(ServerInbound::Http(b"\r\n".to_vec()))));
    assert_eq!(server.send(&[1; 40], &mut Vec::new(), &mut rng(1)), Err(TransportError::NotReady));
    let mut server = ServerTransport::new(config());
    server.receive(&[0x16, 3, 1, 2, 0, 1, 0, 1]);
    assert!(matches!(server.poll(), Ok(Some(ServerInbound::Tls(_)))));
}

#[test]
fn a_forged_transport_error_is_only_a_hint() {
    let mut client = ClientTransport::new(Framing::Intermediate, None, &mut rng(1)).unwrap();
    client.receive(&[4, 0, 0, 0, 0x6c, 0xfe, 0xff, 0xff]);
    assert_eq!(client.poll(), Ok(Some(Inbound::Error(TransportErrorCode::UNKNOWN_KEY))));
    // The transport itself goes on: what to do is for the driver, and a permanent key is never given up for it.
    client.receive(&[24, 0, 0, 0]);
    client.receive(&[1; 24]);
    assert_eq!(client.poll(), Ok(Some(Inbound::Packet(vec![1; 24]))));
}

#[test]
fn a_no_op_is_passed_over_and_other_short_packets_end_the_connection() {
    let mut client = ClientTransport::new(Framing::Intermediate, None, &mut rng(1)).unwrap();
    client.receive(&[4, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(client.poll(), Ok(None));
    client.receive(&[4, 0, 0, 0, 5, 0, 0, 0]);
    assert_eq!(client.poll(), Err(TransportError::ShortPacket { len: 4 }));
}

#[test]
fn the_whole_stack_of_a_fake_tls_proxy_carries_a_packet() {
    let secret = ProxySecret::fake_tls(SECRET, "proxy.example").unwrap();
    let now = Now::from_unix_secs(1_800_000_000);
    let mut rng = rng(5);
    let obfuscation = Obfuscation { dc_id: 4, secret: Some(secret.clone()) };
    let mut inner = ClientTransport::new(Framing::PaddedIntermediate, Some(obfuscation), &mut rng).unwrap();
    let mut outer = FakeTlsClient::new(&secret, now, &mut rng).unwrap();
    let (mut stream, mut wire) = (Vec::new(), Vec::new());
    inner.send(&[7; 40], false, &mut stream, &mut rng).unwrap();
    outer.send(&stream, &mut wire);

    let mut front = ServerTransport::new(ServerTransportConfig::default());
    front.receive(&wire);
    let Ok(Some(ServerInbound::Tls(hello))) = front.poll() else { panic!("no TLS") };
    let mut replays = ReplayGuard::default();
    let Ok(Hello::Accepted { mut server, .. }) =
        FakeTlsServer::accept(&hello, std::slice::from_ref(&secret), &mut replays, now, &mut rng)
    else {
        panic!("not accepted")
    };
    let mut answer = Vec::new();
    server.send(&[], &mut answer);
    let mut wire = Vec::new();
    outer.receive(&answer, &mut Vec::new(), &mut wire).unwrap();
    let mut stream = Vec::new();
    server.receive(&wire, &mut stream).unwrap();
    let mut back = ServerTransport::new(ServerTransportConfig::default().fake_tls(secret));
    back.receive(&stream);
    assert_eq!(back.poll(), Ok(Some(ServerInbound::Packet { bytes: vec![7; 40], quick_ack: false })));
    assert_eq!(back.dc_id(), Some(4));
}
