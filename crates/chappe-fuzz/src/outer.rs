//! The layers around the stream: fake TLS and WebSocket.

use chappe_crypto::hash;
use chappe_mtproto::transport::fake_tls::{FakeTlsClient, FakeTlsServer, Hello};
use chappe_mtproto::transport::websocket::{
    CloseReason, Request, WebSocket, WebSocketEvent, WebSocketRole, verify_response,
};
use chappe_mtproto::transport::{ProxySecret, ReplayGuard, TransportError};

use crate::input::Input;
use crate::support::{NOW, pieces, rng};

const KEY: [u8; 16] = [0x77; 16];
const DOMAIN: &str = "proxy.example";

fn secrets() -> [ProxySecret; 2] {
    [ProxySecret::simple([1; 16]), ProxySecret::fake_tls(KEY, DOMAIN).unwrap()]
}

/// Feeds a client; with `proved`, a server's answer with a valid proof comes first.
fn read_client(bytes: &[u8], seed: u8, proved: bool) -> (Vec<u8>, Vec<u8>, Option<TransportError>) {
    let [_, secret] = secrets();
    let mut client = FakeTlsClient::new(&secret, NOW, &mut rng(1)).unwrap();
    let mut hello = Vec::new();
    client.send(b"waits for the answer", &mut hello);
    let (mut data, mut out) = (Vec::new(), Vec::new());
    if proved {
        let mut replays = ReplayGuard::default();
        let accepted = FakeTlsServer::accept(&hello, &[secret], &mut replays, NOW, &mut rng(2));
        let Ok(Hello::Accepted { mut server, .. }) = accepted else { panic!("our own hello is refused") };
        let mut answer = Vec::new();
        server.send(&[], &mut answer);
        client.receive(&answer, &mut data, &mut out).unwrap();
        assert!(client.is_ready());
    }
    for piece in pieces(bytes, seed) {
        if let Err(error) = client.receive(piece, &mut data, &mut out) {
            assert_eq!(client.receive(piece, &mut data, &mut out), Err(error.clone()));
            return (data, out, Some(error));
        }
    }
    (data, out, None)
}

/// A hello record around `body`, with the proof that makes it acceptable.
fn proved_hello(body: &[u8]) -> Vec<u8> {
    let mut body = body.get(..4000).unwrap_or(body).to_vec();
    body.resize(body.len().max(100), 0);
    body[38] = 32;
    let mut hello = vec![0x16, 3, 1];
    hello.extend((body.len() as u16).to_be_bytes());
    hello.extend(body);
    hello[11..43].fill(0);
    let mut proof = hash::hmac_sha256(&KEY, &[&hello]);
    for (byte, time) in proof[28..].iter_mut().zip((NOW.unix_secs() as u32).to_le_bytes()) {
        *byte ^= time;
    }
    hello[11..43].copy_from_slice(&proof);
    hello
}

/// Both ends of fake TLS. The first byte chooses: a client before its answer, a client after it, the first bytes at a
/// server, a hello with a valid proof around a body, an accepted connection. The second says how the rest is cut.
///
/// However the records are cut, the same stream comes out, and never more than went in; bytes without proof are never
/// accepted.
pub fn fake_tls(data: &[u8]) {
    let mut input = Input::new(data);
    let (choice, seed) = (input.u8(), input.u8());
    let bytes = input.rest();
    let mut replays = ReplayGuard::default();
    match choice % 5 {
        proved @ (0 | 1) => {
            let whole = read_client(bytes, 0, proved == 1);
            assert!(whole.0.len() <= bytes.len());
            // What came before an error may differ by the pieces that came with it, the error may not.
            let cut = read_client(bytes, seed, proved == 1);
            assert_eq!(cut, whole);
        }
        2 => {
            let result = FakeTlsServer::accept(bytes, &secrets(), &mut replays, NOW, &mut rng(3));
            assert!(!matches!(result, Ok(Hello::Accepted { .. })), "accepted without a proof");
        }
        3 => {
            // Accepted only if the fuzzer spells the domain.
            let _ = FakeTlsServer::accept(&proved_hello(bytes), &secrets(), &mut replays, NOW, &mut rng(3));
        }
        _ => {
            let read = |seed: u8| {
                let [_, secret] = secrets();
                let mut client = FakeTlsClient::new(&secret, NOW, &mut rng(1)).unwrap();
                let mut hello = Vec::new();
                client.send(&[], &mut hello);
                let mut replays = ReplayGuard::default();
                let accepted = FakeTlsServer::accept(&hello, &[secret], &mut replays, NOW, &mut rng(2));
                let Ok(Hello::Accepted { mut server, .. }) = accepted else {
                    panic!("our own hello is refused")
                };
                let mut data = Vec::new();
                for piece in pieces(bytes, seed) {
                    if let Err(error) = server.receive(piece, &mut data) {
                        return (data, Some(error));
                    }
                }
                (data, None)
            };
            let whole = read(0);
            assert!(whole.0.len() <= bytes.len());
            assert_eq!(read(seed), whole);
        }
    }
}

fn read_websocket(
    role: WebSocketRole,
    bytes: &[u8],
    seed: u8,
) -> (Vec<WebSocketEvent>, Vec<u8>, Option<TransportError>) {
    let mut socket = WebSocket::new(role);
    let (mut events, mut out) = (Vec::new(), Vec::new());
    let mut random = rng(1);
    for piece in pieces(bytes, seed) {
        socket.receive(piece);
        loop {
            match socket.poll(&mut out, &mut random) {
                Ok(None) => break,
                Ok(Some(event)) => events.push(event),
                Err(error) => return (events, out, Some(error)),
            }
        }
    }
    (events, out, None)
}

/// WebSocket: frames for either role (bit 0 of the first byte) and, with bit 1, the HTTP heads and the close reason. The
/// second byte says how the rest is cut.
///
/// However the frames are cut, the same comes out; what is sent in answer is well formed.
pub fn websocket(data: &[u8]) {
    let mut input = Input::new(data);
    let (choice, seed) = (input.u8(), input.u8());
    let bytes = input.rest();
    if choice & 2 != 0 {
        if let Ok(Some(request)) = Request::parse(bytes) {
            assert!(request.end <= bytes.len());
            assert!(std::str::from_utf8(&request.response()).is_ok());
        }
        if let Ok(Some(end)) = verify_response(bytes, "dGhlIHNhbXBsZSBub25jZQ==") {
            assert!(end <= bytes.len());
        }
        let reason = CloseReason::parse(bytes);
        assert_eq!(CloseReason::parse(&CloseReason::format(reason.error)).error, reason.error);
        let text = String::from_utf8_lossy(bytes);
        if let Ok(secret) = ProxySecret::parse(&text) {
            assert!(secret.domain().is_none() || secret.requires_padding());
        }
        return;
    }
    let (role, other) = match choice & 1 {
        0 => (WebSocketRole::Server, WebSocketRole::Client),
        _ => (WebSocketRole::Client, WebSocketRole::Server),
    };
    let whole = read_websocket(role, bytes, 0);
    if seed != 0 {
        assert_eq!(read_websocket(role, bytes, seed), whole);
    }
    let (_, _, error) = read_websocket(other, &whole.1, 0);
    assert_eq!(error, None, "an answer broke the rules");
}
