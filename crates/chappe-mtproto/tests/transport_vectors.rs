//! Known answers for framings, obfuscation, proxy secrets and fake TLS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use chappe_mtproto::transport::fake_tls::{verify_client_hello, verify_server_answer};
use chappe_mtproto::transport::{
    ClientTransport, Framing, Inbound, ObfuscatedStream, Obfuscation, ProxySecret, ServerInbound,
    ServerTransport, ServerTransportConfig, TransportErrorCode,
};
use common::{Scripted, array, hex, rng, vectors};
use serde_json::Value;

const FRAMINGS: [(Framing, &str); 4] = [
    (Framing::Abridged, "abridged"),
    (Framing::Intermediate, "intermediate"),
    (Framing::PaddedIntermediate, "padded_intermediate"),
    (Framing::Full, "full"),
];

fn client(framing: Framing) -> ClientTransport {
    ClientTransport::new(framing, None, &mut rng(1)).unwrap()
}

/// What the server gets from `framing` followed by `frame`.
fn at_server(framing: Framing, frame: &[u8]) -> ServerInbound {
    let mut server = ServerTransport::new(ServerTransportConfig::default());
    server.receive(framing.opening());
    server.receive(frame);
    server.poll().unwrap().expect("a whole frame")
}

fn at_client(framing: Framing, frame: &[u8]) -> Inbound {
    let mut client = client(framing);
    client.receive(frame);
    client.poll().unwrap().expect("a whole frame")
}

#[test]
fn frames_are_written_and_read_as_recorded() {
    let vectors = vectors("transports");
    for (framing, name) in FRAMINGS {
        let opening = hex(&vectors["client_stream_starts"][name]);
        assert_eq!(framing.opening(), opening);
        for case in vectors[name].as_array().unwrap() {
            if case["payload"].is_null() || case["frame"].is_null() || case["meaning"].is_string() {
                continue;
            }
            let (payload, frame) = (hex(&case["payload"]), hex(&case["frame"]));
            let quick_ack = case["quick_ack"].as_bool().unwrap_or(false);
            // The numbers of full frames count from 0.
            let before = case["seq"].as_u64().unwrap_or(0);
            let mut client = client(framing);
            let mut wire = Vec::new();
            for _ in 0..before {
                client.send(&[0; 8], false, &mut wire, &mut rng(1)).unwrap();
            }
            if before == 0 {
                assert_eq!(
                    at_server(framing, &frame),
                    ServerInbound::Packet { bytes: payload.clone(), quick_ack }
                );
            } else {
                wire.clear();
            }
            if framing == Framing::PaddedIntermediate {
                let padding = hex(&case["padding"]);
                let count = (padding.len() as u32).to_le_bytes();
                let mut rng = Scripted::new(&[&count, &padding]);
                client.send(&payload, quick_ack, &mut wire, &mut rng).unwrap();
            } else {
                client.send(&payload, quick_ack, &mut wire, &mut rng(1)).unwrap();
            }
            let opening: &[u8] = if before == 0 { &opening } else { &[] };
            assert_eq!(wire, [opening, &frame].concat(), "{name}");
        }
    }
}

#[test]
fn long_abridged_frames_have_the_recorded_head() {
    for case in vectors("transports")["abridged"].as_array().unwrap() {
        let Some(len) = case["payload_len"].as_u64() else { continue };
        let payload = vec![3; len as usize];
        let mut wire = Vec::new();
        let quick_ack = case["quick_ack"].as_bool().unwrap_or(false);
        client(Framing::Abridged).send(&payload, quick_ack, &mut wire, &mut rng(1)).unwrap();
        assert!(wire[1..].starts_with(&hex(&case["frame_prefix"])));
        let expected = ServerInbound::Packet { bytes: payload, quick_ack };
        assert_eq!(at_server(Framing::Abridged, &wire[1..]), expected);
    }
}

#[test]
fn transport_errors_reach_the_client_in_every_framing() {
    for case in vectors("transports")["transport_errors"].as_array().unwrap() {
        let code = TransportErrorCode(-i32::try_from(case["code"].as_i64().unwrap()).unwrap());
        assert_eq!(code.to_le_bytes(), array::<4>(&case["bytes"]));
        for (framing, _) in FRAMINGS {
            let mut server = ServerTransport::new(ServerTransportConfig::default());
            let mut wire = Vec::new();
            client(framing).send(&[9; 40], false, &mut wire, &mut rng(1)).unwrap();
            server.receive(&wire);
            server.poll().unwrap();
            let mut answer = Vec::new();
            server.send_error(code, &mut answer, &mut rng(4)).unwrap();
            assert_eq!(at_client(framing, &answer), Inbound::Error(code));
        }
    }
    assert_eq!(
        at_client(Framing::PaddedIntermediate, &[10, 0, 0, 0, 0x53, 0xfe, 0xff, 0xff, 1, 2, 3, 4, 5, 6]),
        Inbound::Error(TransportErrorCode::FLOOD)
    );
    assert_eq!(
        at_client(Framing::Intermediate, &hex(&vectors("transports")["intermediate"][2]["frame"])),
        Inbound::Error(TransportErrorCode::UNKNOWN_KEY)
    );
}

#[test]
fn quick_acks_travel_as_recorded() {
    let vectors = vectors("transports");
    let token = u32::from_le_bytes(array(&vectors["quick_ack_token"]["token_le_bytes"]));
    let abridged = hex(&vectors["quick_ack_token"]["abridged_wire_byte_swapped"]);
    let intermediate = hex(&vectors["quick_ack_token"]["intermediate_wire"]);
    for (framing, expected) in [(Framing::Abridged, abridged), (Framing::Intermediate, intermediate)] {
        assert_eq!(at_client(framing, &expected), Inbound::QuickAck(token));
        let mut wire = Vec::new();
        client(framing).send(&[9; 40], true, &mut wire, &mut rng(1)).unwrap();
        let mut server = ServerTransport::new(ServerTransportConfig::default());
        server.receive(&wire);
        assert!(matches!(server.poll(), Ok(Some(ServerInbound::Packet { quick_ack: true, .. }))));
        let mut answer = Vec::new();
        server.send_quick_ack(token, &mut answer, &mut rng(1)).unwrap();
        assert_eq!(answer, expected);
    }
    for case in vectors["padded_intermediate"].as_array().unwrap() {
        if case["what"].as_str().is_some_and(|what| what.starts_with("quick ack")) {
            let inbound = at_client(Framing::PaddedIntermediate, &hex(&case["frame"]));
            assert_eq!(inbound, Inbound::QuickAck(token));
        }
    }
}

#[test]
fn obfuscated_streams_are_as_recorded() {
    for case in vectors("obfuscated2")["cases"].as_array().unwrap() {
        let source = case["source"].as_str().unwrap();
        let init: [u8; 64] = array(&case["init_plain"]);
        let secret: Option<[u8; 16]> = case["secret"].is_string().then(|| array(&case["secret"]));
        let (mut client, wire) = ObfuscatedStream::open_with(&init, secret.as_ref());
        assert_eq!(wire[..], hex(&case["first_64_bytes_on_wire"]), "{source}");
        let accepted = ObfuscatedStream::accept(&wire, [secret.as_ref()]).expect(source);
        assert_eq!(
            Some(accepted.framing),
            Framing::from_tag(array(&Value::from(&case["init_plain"].as_str().unwrap()[112..120])))
        );
        assert_eq!(accepted.dc_id, i16::from_le_bytes([init[60], init[61]]), "{source}");
        let mut server = accepted.stream;
        for step in case["client_tx"].as_array().into_iter().flatten() {
            let (plain, wire) = (hex(&step["plain"]), hex(&step["wire"]));
            let mut data = plain.clone();
            client.encrypt(&mut data);
            assert_eq!(data, wire, "{source}");
            server.decrypt(&mut data);
            assert_eq!(data, plain, "{source}");
        }
        for step in case["client_rx"].as_array().into_iter().flatten() {
            let (plain, wire) = (hex(&step["plain"]), hex(&step["wire"]));
            let mut data = plain.clone();
            server.encrypt(&mut data);
            assert_eq!(data, wire, "{source}");
            client.decrypt(&mut data);
            assert_eq!(data, plain, "{source}");
        }
    }
}

#[test]
fn openings_that_could_be_mistaken_are_drawn_again() {
    let reject = &vectors("obfuscated2")["reject_first_bytes"];
    let mut heads: Vec<Vec<u8>> = reject["first4"].as_object().unwrap().values().map(hex).collect();
    heads.push(hex(&reject["byte0"][0]));
    heads.push([&[1, 2, 3, 4][..], &hex(&reject["bytes4_8"])].concat());
    for head in heads {
        let mut bad = vec![0x55; 64];
        bad[..head.len()].copy_from_slice(&head);
        let good = [0x66; 64];
        let mut rng = Scripted::new(&[&bad, &good]);
        let obfuscation = Obfuscation { dc_id: 2, secret: None };
        let mut client = ClientTransport::new(Framing::Abridged, Some(obfuscation), &mut rng).unwrap();
        let mut wire = Vec::new();
        client.send(&[1; 40], false, &mut wire, &mut rng).unwrap();
        assert_eq!(wire[..56], good[..56], "{head:02x?}");
    }
}

#[test]
fn proxy_secrets_are_read_in_every_form() {
    for case in vectors("obfuscated2")["secrets"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let key: [u8; 16] = array(&case["key"]);
        let forms = [
            text.to_owned(),
            text.to_uppercase(),
            format!("tg://proxy?server=proxy.example&port=443&secret={text}"),
            format!("https://t.me/proxy?secret={text}&server=proxy.example&port=443#x"),
        ];
        for form in forms.iter().map(String::as_str).chain(case["base64url"].as_str()) {
            let secret = ProxySecret::parse(form).unwrap();
            assert_eq!(secret.key(), &key, "{form}");
            assert_eq!(secret.domain(), case["domain"].as_str(), "{form}");
            assert_eq!(secret.requires_padding(), text.len() > 32, "{form}");
        }
    }
}

#[test]
fn fake_tls_hellos_are_verified_as_recorded() {
    let vectors = vectors("fake_tls");
    let secret: [u8; 16] = array(&vectors["secret"]);
    let hello = hex(&vectors["client_hello"]);
    let verified = verify_client_hello(&hello, &secret).expect("the recorded hello verifies");
    assert_eq!(verified.random, array(&vectors["client_random"]));
    assert_eq!(u64::from(verified.timestamp), vectors["timestamp"].as_u64().unwrap());
    let answer = hex(&vectors["server_hello_records"]);
    assert!(verify_server_answer(&answer, &verified.random, &secret));
    assert_eq!(answer[11..43], hex(&vectors["server_random"]));
    for at in (0..answer.len()).step_by(17) {
        let mut changed = answer.clone();
        changed[at] ^= 0x10;
        assert!(!verify_server_answer(&changed, &verified.random, &secret), "byte {at}");
    }
    assert!(verify_client_hello(&hello, &[0; 16]).is_none());
}
