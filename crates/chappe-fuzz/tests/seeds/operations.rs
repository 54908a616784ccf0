//! Streams and lists of operations.

use chappe_mtproto::transport::websocket::{WebSocket, WebSocketRole, client_request};
use chappe_mtproto::transport::{
    ClientTransport, Framing, ServerTransport, ServerTransportConfig, TransportErrorCode,
};
use chappe_secret::SecretLayer;
use chappe_secret::wrapper::Wrapper;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::Seeds;

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(1)
}

const FRAMINGS: [(&str, Framing); 4] = [
    ("abridged", Framing::Abridged),
    ("intermediate", Framing::Intermediate),
    ("padded", Framing::PaddedIntermediate),
    ("full", Framing::Full),
];

/// What a client writes: a short packet, a long one, one that asks for a quick ack.
fn upstream(framing: Framing) -> Vec<u8> {
    let mut client = ClientTransport::new(framing, None, &mut rng()).unwrap();
    let mut wire = Vec::new();
    for (len, quick_ack) in [(40, false), (600, false), (72, true)] {
        client.send(&vec![len as u8; len], quick_ack, &mut wire, &mut rng()).unwrap();
    }
    wire
}

pub(crate) fn transport_server(seeds: &mut Seeds) {
    for (index, (name, framing)) in FRAMINGS.into_iter().enumerate() {
        let wire = upstream(framing);
        seeds.add(name, [&[0, 7], &wire[..]].concat());
        let inner = &wire[framing.opening().len()..];
        seeds.add(&format!("{name}-obfuscated"), [&[4 | (index as u8) << 3, 9], inner].concat());
        seeds.add(&format!("{name}-proxy"), [&[2 | 4 | 32 | (index as u8) << 3, 0], inner].concat());
    }
    seeds.add("http", b"\0\x03GET /apiws HTTP/1.1\r\n\r\n");
    seeds.add("tls", b"\0\x03\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03");
    seeds.add("obfuscation-required", [&[1, 5][..], &[0x55; 90]].concat());
}

pub(crate) fn transport_client(seeds: &mut Seeds) {
    for (index, (name, framing)) in FRAMINGS.into_iter().enumerate() {
        let mut server = ServerTransport::new(ServerTransportConfig::default());
        server.receive(&upstream(framing));
        while let Ok(Some(_)) = server.poll() {}
        let mut wire = Vec::new();
        server.send(&[5; 40], &mut wire, &mut rng()).unwrap();
        server.send_quick_ack(0x8000_1234, &mut wire, &mut rng()).unwrap();
        server.send(&[6; 600], &mut wire, &mut rng()).unwrap();
        server.send_error(TransportErrorCode::UNKNOWN_KEY, &mut wire, &mut rng()).unwrap();
        for flags in [0, 4, 12] {
            seeds.add(&format!("{name}-{flags}"), [&[index as u8 | flags, 7], &wire[..]].concat());
        }
    }
}

pub(crate) fn fake_tls(seeds: &mut Seeds) {
    let record =
        |kind: u8, body: &[u8]| [&[kind, 3, 3], &(body.len() as u16).to_be_bytes()[..], body].concat();
    let data = [record(0x17, &[1; 30]), record(0x17, &[2; 300]), record(0x14, &[1])].concat();
    seeds.add(
        "client-answer",
        [&[0, 3], &record(0x16, &[2; 90])[..], &record(0x14, &[1]), &record(0x17, &[3; 50])].concat(),
    );
    seeds.add("client-data", [&[1, 3], &data[..]].concat());
    seeds.add("server-hello", [&[2, 3], &record(0x16, &[1; 200])[..]].concat());
    // version, random, session id, one suite, no compression, a server name.
    let mut hello = vec![1, 0, 0, 0, 3, 3];
    hello.extend([0; 32]);
    hello.push(32);
    hello.extend([4; 32]);
    hello.extend([0, 2, 0x13, 1, 1, 0]);
    let domain = b"proxy.example";
    let list = [&[0, 0, domain.len() as u8][..], domain].concat();
    let name = [&[0, 0, 0, list.len() as u8 + 2, 0, list.len() as u8][..], &list].concat();
    hello.extend((name.len() as u16).to_be_bytes());
    hello.extend(name);
    seeds.add("server-proved", [&[3, 3], &hello[..]].concat());
    let first = [record(0x14, &[1]), record(0x17, &[7; 100])].concat();
    seeds.add("server-data", [&[4, 3], &first[..]].concat());
}

pub(crate) fn websocket(seeds: &mut Seeds) {
    for (tag, role) in [(0, WebSocketRole::Client), (1, WebSocketRole::Server)] {
        let mut socket = WebSocket::new(role);
        let mut wire = Vec::new();
        socket.send(&[1; 70], &mut wire, &mut rng()).unwrap();
        socket.ping(b"ping", &mut wire, &mut rng());
        socket.send(&[2; 400], &mut wire, &mut rng()).unwrap();
        socket.close(Some(TransportErrorCode::FLOOD), &mut wire, &mut rng());
        seeds.add(&format!("frames-{tag}"), [&[tag, 5], &wire[..]].concat());
    }
    seeds.add("fragments", b"\x01\x05\x02\x03abc\x00\x02de\x89\x00\x80\x01f");
    seeds.add(
        "request",
        [&[2, 0], &client_request("host", "/apiws", "dGhlIHNhbXBsZSBub25jZQ==")[..]].concat(),
    );
    let response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: binary\r\n\r\nrest";
    seeds.add("response", [b"\x02\0", response.as_bytes()].concat());
    seeds.add("close", b"\x02\0\x03\xe8404");
    seeds
        .add("proxy", b"\x02\0https://t.me/proxy?server=a&secret=7pmZmZmZmZmZmZmZmZmZmZl3d3cuZ29vZ2xlLmNvbQ");
}

pub(crate) fn exchange_client(seeds: &mut Seeds) {
    for stage in 0..4_u8 {
        for form in 0..5_u8 {
            seeds.add(
                &format!("{stage}-{form}"),
                [&[stage, form][..], &[1, 8, 0], &[3, 0, 0, 0], &[5; 40]].concat(),
            );
        }
    }
    seeds.add("pq-zero", [0, 1, 1, 0, 0]);
    seeds.add("pq-prime", [0, 1, 8, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xe7]);
    seeds.add("temporary", [0x42, 1, 1]);
    seeds.add("short-answer", [1, 1, 0, 0, 0]);
}

pub(crate) fn exchange_server(seeds: &mut Seeds) {
    let req_pq = [&0xbe7e_8ef1_u32.to_le_bytes()[..], &[4; 16]].concat();
    let piece = |bytes: &[u8]| [&(bytes.len() as u16).to_le_bytes()[..], bytes].concat();
    seeds
        .add("raw", [&[0, 1][..], &piece(&req_pq), &[1], &piece(&req_pq), &[0], &piece(b"garbage")].concat());
    for form in 0..4_u8 {
        seeds.add(
            &format!("second-{form}"),
            [&[1, form][..], &[1, 0x80, 0x51, 1, 0], &[2, 0, 0, 0], &[7; 60]].concat(),
        );
    }
    seeds.add("third", [2, 3, 0, 4, 3, 0, 4]);
    seeds.add("third-taken", [0x82, 3, 0, 4, 3, 0, 4, 3, 0, 4, 3, 0, 4, 3, 0, 4, 3, 0, 4]);
    seeds.add(
        "third-raw",
        [&[2, 0][..], &piece(&[1; 40]), &[1], &piece(&[2; 32]), &[2], &piece(&[3; 30])].concat(),
    );
    seeds.add("third-edges", [2, 3, 0, 1]);
}

/// A list of operations from pieces.
fn list(head: u8, operations: &[&[u8]]) -> Vec<u8> {
    [&[head], &operations.concat()[..]].concat()
}

const CALL: [u8; 8] = [7, 1, 4, 0, 0x6b, 0x18, 0xf9, 0xc4];

/// A message of the other side around a body.
fn says(body: &[u8]) -> Vec<u8> {
    [&[0, 0, 1], body].concat()
}

pub(crate) fn session_client(seeds: &mut Seeds) {
    let result = says(&[0, 0, 0, 4, 0, 1, 2, 3, 4]);
    let error = says(&[
        0, 3, 13, 0, b'F', b'L', b'O', b'O', b'D', b'_', b'W', b'A', b'I', b'T', b'_', b'3', b'1', 0xa4, 1,
        0, 0, 0,
    ]);
    let bad_salt = says(&[0, 18, 0, 1, 0, 0, 0, 48, 1, 9, 0, 0, 0, 0, 0, 0, 0]);
    let bad_seq = says(&[0, 18, 0, 1, 0, 0, 0, 32, 0]);
    let bad_time = says(&[0, 18, 0, 1, 0, 0, 0, 16, 0]);
    let new_session = says(&[0, 15, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]);
    let ack = says(&[0, 17, 2, 0, 1]);
    let state = says(&[0, 21, 0, 1, 0, 4]);
    let container = says(&[9, 2, 1, 0, 0, 10, 0, 5, 1, 0, 17, 1, 0]);
    let packed = says(&[10, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    let minute = [12, 0x60, 0xea, 0, 0, 0];
    let reconnect = [14, 14];
    for (name, operations) in [
        ("answer", vec![&CALL[..], &result]),
        ("error", vec![&CALL, &error]),
        ("bad-salt", vec![&CALL, &bad_salt, &result]),
        ("bad-seq", vec![&CALL, &CALL, &bad_seq, &result, &result]),
        ("bad-time", vec![&CALL, &bad_time, &bad_time, &bad_time, &bad_time]),
        ("new-session", vec![&CALL, &new_session, &ack, &minute, &state, &result]),
        ("container", vec![&CALL, &CALL, &container, &packed, &result]),
        ("reconnect", vec![&CALL, &CALL, &ack, &reconnect, &state, &result, &minute, &minute]),
        ("replay", vec![&CALL, &result, &[11, 0], &[11, 1], &[10, 4, 0, 0x6c, 0xfe, 0xff, 0xff]]),
        ("commands", vec![&CALL, &[15, 0, 0], &[15, 1, 5, 0, 0, 0, 0, 0, 0, 0], &[15, 5], &minute]),
    ] {
        for head in 0..2 {
            seeds.add(&format!("{name}-{head}"), list(head, &operations));
        }
    }
}

pub(crate) fn session_server(seeds: &mut Seeds) {
    let query = [0, 0, 0, 0, 4, 0, 1, 2, 3, 4, 5];
    let after = [0, 0, 0, 0, 4, 0, 1, 2, 3, 4, 0, 0];
    let drop_answer = [0, 0, 0, 0, 0, 0, 3, 0];
    let other = |body: &[u8]| [&[0, 0, 1, 2], body].concat();
    let ping = other(&[0, 9, 1, 0, 0, 0, 0, 0, 0, 0, 75, 0, 0, 0]);
    let salts = other(&[0, 6, 64, 0, 0, 0]);
    let ack = other(&[0, 17, 2, 0, 1]);
    let state = other(&[0, 20, 3, 0, 1, 2]);
    let resend = other(&[0, 24, 2, 0, 1, 1]);
    let destroy = other(&[0, 11, 9, 9, 9, 9, 9, 9, 9, 9]);
    let container = other(&[9, 2, 1, 0, 0, 6, 64, 0, 0, 0, 0, 0, 0, 17, 1, 0]);
    let respond = [7, 0, 2, 40, 0];
    let fail = [7, 0, 0, 0x90, 1, 0, 0, 1, 0, b'E'];
    let second = [12, 0xe8, 3, 0, 0];
    for (name, operations) in [
        ("call", vec![&query[..], &respond, &ack]),
        ("after", vec![&query, &after, &respond, &respond]),
        ("after-failed", vec![&query, &after, &fail, &second]),
        ("drop", vec![&query, &drop_answer, &respond]),
        ("service", vec![&ping, &salts, &state, &destroy, &second, &second]),
        ("resend", vec![&query, &respond, &resend, &[14, 0], &ping, &resend]),
        ("container", vec![&container, &query, &[11, 0, 1], &[11, 1, 2], &respond]),
        ("updates", vec![&query, &[15, 1, 0, 16], &[14, 0], &[15, 1, 0, 16], &ping, &ack]),
        ("flood", vec![&query; 12]),
        ("raw", vec![&[9, 40, 0], &[5; 40], &[10, 30, 0], &[6; 30]]),
    ] {
        for head in 0..3 {
            seeds.add(&format!("{name}-{head}"), list(head, &operations));
        }
    }
}

pub(crate) fn secret_envelope(seeds: &mut Seeds) {
    let noop = [&0x7316_4160_u32.to_le_bytes()[..], &[5; 8], &0xa82f_dd63_u32.to_le_bytes()].concat();
    let wrapper = Wrapper { layer: SecretLayer(144), in_seq_no: 1, out_seq_no: 0, body: &noop };
    let object = wrapper.encode(&[9; 15]).unwrap();
    let plaintext = [&(object.len() as u32).to_le_bytes()[..], &object, &[7; 20]].concat();
    seeds.add("raw", [&[0][..], &[3; 80]].concat());
    seeds.add("sealed", [&[1][..], &plaintext].concat());
    seeds.add("changed", [&[3, 9, 1][..], &object].concat());
    seeds.add("bad-length", [&[1][..], &u32::MAX.to_le_bytes(), &object].concat());
    seeds.add("no-padding", [&[1][..], &44_u32.to_le_bytes(), &[1; 44]].concat());
}

pub(crate) fn secret_engine(seeds: &mut Seeds) {
    let service = |action: &[u8]| [&[0, 0, 0, 1], action].concat();
    let text =
        [&[0, 0, 2][..], &[0; 8], &[0], &[1, 0, 0, 0, 0, 0, 0, 0], &[60, 0, 0, 0], &[2, 0, b'h', b'i']]
            .concat();
    let noop = service(&[12]);
    let layer = service(&[6, 101, 0, 0, 0]);
    let ttl = service(&[0, 7, 0, 0, 0]);
    let delete = service(&[2, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
    let resend = service(&[5, 1, 0, 0, 0, 3, 0, 0, 0]);
    let request_key =
        [&[0, 0, 0, 0][..], &[6, 0, 0, 0, 0, 0, 0, 0], &[1, 0, 0, 0, 0, 0, 0, 0], &[7, 2]].concat();
    let accept_key = service(&[8, 2]);
    let commit_key = service(&[10]);
    let gap = [&[0, 1, 0][..], &[8, 0, 0, 0], &[1, 12]].concat();
    let garbage = [0, 0, 3, 5, 0, 1, 2, 3, 4, 5];
    let unwrapped = [&[0, 0, 4, 40, 0][..], &[20, 0, 0, 0], &[1; 36]].concat();
    let send = [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, b'y', b'o', 0];
    let request = [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 15, 1, 0, 0, 0, 0, 0, 0, 0];
    let parameters = [9, 0, 4, 0, 0, 1];
    let waiting = [9, 0, 4, 1];
    let renamed = [9, 0, 4, 0, 60, 0, 0, 0];
    let accepted = [14, 1, 1, 1, 0, 1];
    let counters = [14, 1, 0, 1, 6, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0];
    let rekey = [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
    let done = [9, 0, 4, 1, 0, 0, 0];
    let restart = [13];
    let minute = [12, 61, 0, 0, 0];
    let due = [12, 0, 0, 0, 0];
    let requested = [14, 0, 50, 0, 0, 0, 1, 3];
    for (name, operations) in [
        ("talk", vec![&text[..], &send, &done, &noop, &restart, &text]),
        ("service", vec![&layer, &ttl, &delete, &noop, &resend]),
        ("peer-rekeys", vec![&request_key, &done, &commit_key, &send, &done]),
        ("own-rekey", vec![&rekey, &done, &accept_key, &done, &noop]),
        ("gap", vec![&text, &gap, &minute, &noop, &noop, &noop, &restart]),
        ("foul", vec![&garbage, &unwrapped, &[6, 0, 30, 0, 1], &text]),
        ("server", vec![&send, &[9, 0, 0], &due, &[15], &done, &requested, &due, &done, &done]),
        ("asks", vec![&request, &parameters, &waiting, &accepted, &send, &done, &restart, &counters]),
        ("renamed", vec![&request, &parameters, &renamed, &accepted, &restart]),
        ("discarded", vec![&send, &[14, 1, 0, 1, 1, 0], &text, &restart]),
    ] {
        seeds.add(name, operations.concat());
    }
}

pub(crate) fn updates(seeds: &mut Seeds) {
    let pts = |step: u8| [0, 0, 0, 0, step, 5, 0, 0, 0];
    let qts = |step: u8| [0, 0, 3, step, 5, 0, 0, 0];
    let batch = |step: u8| [&[1, 1, 2, 0, 0, 1, 3, 1][..], &[6, 0, 0, 0], &[step]].concat();
    let empty = [5, 1, 0, 0, 9, 0, 0, 0, 10, 0, 0, 0];
    let state = [5, 1, 5, 5, 5, 5];
    let difference = [5, 1, 2, 1, 3, 2, 1, 1, 1, 3, 1];
    let slice = [5, 1, 0, 2, 5, 0, 1, 0, 0];
    let too_long = [5, 1, 0, 3, 200, 0, 0, 0];
    let failure = [5, 0];
    let due = [9, 0, 0, 0, 0];
    let (one, two, three) = (pts(1), pts(2), pts(3));
    let (q1, q2) = (qts(1), qts(2));
    let (b1, b2) = (batch(1), batch(2));
    for (name, head, operations) in [
        ("fresh", 0, vec![&state[..], &one, &q1]),
        ("in-order", 1, vec![&empty, &one, &one, &q1, &b1]),
        ("gap", 1, vec![&empty, &two, &one, &q2, &q1, &b2, &b1]),
        ("gap-fetched", 1, vec![&empty, &three, &q2, &due, &difference, &one]),
        ("slices", 1, vec![&slice, &slice, &one, &difference, &too_long, &empty]),
        ("failures", 1, vec![&failure, &due, &failure, &due, &one, &empty]),
        ("sessions", 1, vec![&empty, &[10], &one, &empty, &[11], &empty, &[8, 2, 1]]),
    ] {
        seeds.add(name, list(head, &operations));
    }
}
