use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::*;
use crate::transport::{TransportError, TransportErrorCode};

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(11)
}

/// Everything a side gets out of `wire` cut into pieces of `chunk` bytes: the stream, other events, what it answers.
fn drain(socket: &mut WebSocket, wire: &[u8], chunk: usize) -> (Vec<u8>, Vec<WebSocketEvent>, Vec<u8>) {
    let (mut data, mut events, mut out) = (Vec::new(), Vec::new(), Vec::new());
    for piece in wire.chunks(chunk) {
        socket.receive(piece);
        while let Some(event) = socket.poll(&mut out, &mut rng()).unwrap() {
            match event {
                WebSocketEvent::Data(bytes) => data.extend(bytes),
                other => events.push(other),
            }
        }
    }
    (data, events, out)
}

fn refused(role: WebSocketRole, wire: &[u8]) -> &'static str {
    let mut socket = WebSocket::new(role);
    socket.receive(wire);
    match socket.poll(&mut Vec::new(), &mut rng()) {
        Err(TransportError::WebSocket { rule }) => rule,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_stream_passes_in_frames_of_every_size() {
    for len in [1, 125, 126, 65_535, 65_536, 70_000] {
        let sent: Vec<u8> = (0..len).map(|i| (i * 7) as u8).collect();
        for (from, to) in
            [(WebSocketRole::Client, WebSocketRole::Server), (WebSocketRole::Server, WebSocketRole::Client)]
        {
            let mut wire = Vec::new();
            WebSocket::new(from).send(&sent, &mut wire, &mut rng()).unwrap();
            for chunk in [1000, 100_000] {
                let (data, events, out) = drain(&mut WebSocket::new(to), &wire, chunk);
                assert_eq!((data.as_slice(), events.len(), out.len()), (sent.as_slice(), 0, 0));
            }
        }
    }
}

#[test]
fn the_examples_of_the_rfc_are_read() {
    // RFC 6455 section 5.7, with opcode 2 for 1: "Hel", "lo" in two fragments; a ping and its masked answer.
    let wire = [0x02, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f];
    let (data, ..) = drain(&mut WebSocket::new(WebSocketRole::Client), &wire, 1);
    assert_eq!(data, b"Hello");
    let masked = [0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    let (data, ..) = drain(&mut WebSocket::new(WebSocketRole::Server), &masked, 1);
    assert_eq!(data, b"Hello");
    let ping = [0x89, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    let (_, _, out) = drain(&mut WebSocket::new(WebSocketRole::Server), &ping, 100);
    assert_eq!(out, b"\x8a\x05Hello");
}

#[test]
fn a_ping_between_fragments_is_answered_and_the_stream_goes_on() {
    let wire = [&[0x02, 1, b'a'][..], &[0x89, 0], &[0x00, 1, b'b'], &[0x80, 1, b'c']].concat();
    let (data, _, out) = drain(&mut WebSocket::new(WebSocketRole::Client), &wire, 1);
    assert_eq!(data, b"abc");
    assert_eq!(out[..2], [0x8a, 0x80]);
}

#[test]
fn broken_frames_are_refused() {
    let client = WebSocketRole::Client;
    assert!(refused(client, &[0x81, 0]).contains("text"));
    assert!(refused(client, &[0xc2, 0]).contains("reserved bits"));
    assert!(refused(client, &[0x83, 0]).contains("reserved"));
    assert!(refused(client, &[0x80, 0]).contains("continuation of nothing"));
    assert!(refused(client, &[0x89, 126, 0, 126]).contains("control"));
    assert!(refused(client, &[0x09, 0]).contains("control"));
    assert!(refused(client, &[0x88, 1, 3]).contains("one byte"));
    assert!(refused(client, &[0x82, 127, 0, 0, 0, 0, 0, 16, 0, 1]).contains("1 MiB"));
    assert!(refused(client, &[0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255]).contains("1 MiB"));
    assert!(refused(client, &[0x82, 0x80, 0, 0, 0, 0]).contains("must not mask"));
    assert!(refused(WebSocketRole::Server, &[0x82, 0]).contains("must mask"));
}

#[test]
fn fragments_are_bounded_together() {
    let mut socket = WebSocket::new(WebSocketRole::Client);
    let mut wire = vec![0x02, 127];
    wire.extend((600_000_u64).to_be_bytes());
    wire.resize(wire.len() + 600_000, 1);
    socket.receive(&wire);
    assert!(matches!(socket.poll(&mut Vec::new(), &mut rng()), Ok(Some(WebSocketEvent::Data(_)))));
    wire[0] = 0x00;
    socket.receive(&wire[..10]);
    assert!(socket.poll(&mut Vec::new(), &mut rng()).is_err());
    let mut socket = WebSocket::new(WebSocketRole::Client);
    socket.receive(&[0x02, 1, 0, 0x82, 0]);
    assert!(matches!(socket.poll(&mut Vec::new(), &mut rng()), Ok(Some(WebSocketEvent::Data(_)))));
    assert!(socket.poll(&mut Vec::new(), &mut rng()).is_err());
}

#[test]
fn a_close_carries_the_transport_error_and_is_answered_once() {
    let mut server = WebSocket::new(WebSocketRole::Server);
    let mut wire = Vec::new();
    server.close(Some(TransportErrorCode::UNKNOWN_KEY), &mut wire, &mut rng());
    server.close(None, &mut wire, &mut rng());
    assert_eq!(wire, b"\x88\x05\x03\xe8404");
    assert_eq!(server.send(b"x", &mut wire, &mut rng()), Err(TransportError::NotReady));
    let mut client = WebSocket::new(WebSocketRole::Client);
    let (_, events, out) = drain(&mut client, &wire, 2);
    let reason = CloseReason { code: Some(1000), error: Some(TransportErrorCode::UNKNOWN_KEY) };
    assert_eq!(events, [WebSocketEvent::Close(reason)]);
    let (_, events, out) = drain(&mut server, &out, 100);
    assert_eq!(events, [WebSocketEvent::Close(CloseReason { code: Some(1000), error: None })]);
    assert!(out.is_empty());
}

#[test]
fn reasons_are_read_leniently() {
    let error = |payload: &[u8]| CloseReason::parse(payload).error.map(|code| code.0);
    assert_eq!(error(b"\x03\xe8404\0\0\0"), Some(-404));
    assert_eq!(error(b"\x03\xe8  -429 "), Some(-429));
    assert_eq!(error(b"\x03\xe8bye"), None);
    assert_eq!(error(b"\x03\xe80"), None);
    assert_eq!(error(b""), None);
}

#[test]
fn the_upgrade_is_agreed_by_both_sides() {
    let key = client_key(&mut rng());
    let mut bytes = client_request("venus.web.telegram.org", TEST_PATH, &key);
    let len = bytes.len();
    assert_eq!(Request::parse(&bytes[..len - 1]), Ok(None));
    bytes.extend_from_slice(b"frames");
    let request = Request::parse(&bytes).unwrap().unwrap();
    assert_eq!((request.end, request.is_test(), request.origin.as_deref()), (len, Some(true), None));
    let response = request.response();
    assert_eq!(verify_response(&response[..20], &key), Ok(None));
    assert_eq!(verify_response(&response, &key), Ok(Some(response.len())));
    assert!(verify_response(&response, &client_key(&mut ChaCha8Rng::seed_from_u64(12))).is_err());
    assert!(verify_response(b"HTTP/1.1 404 Not Found\r\n\r\n", &key).is_err());
}

#[test]
fn requests_that_ask_for_something_else_are_refused() {
    let good = String::from_utf8(client_request("h", PATH, &client_key(&mut rng()))).unwrap();
    for (from, to) in [
        ("GET ", "POST "),
        ("Version: 13", "Version: 8"),
        ("Protocol: binary", "Protocol: chat"),
        ("Upgrade: websocket", "Upgrade: h2c"),
        ("Connection: Upgrade", "Connection: close"),
        ("Sec-WebSocket-Key: ", "Sec-WebSocket-Key: x"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good);
        assert!(Request::parse(bad.as_bytes()).is_err(), "{to}");
    }
    assert!(Request::parse(&vec![b'a'; 9000]).is_err());
}
