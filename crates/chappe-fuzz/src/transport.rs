//! The byte streams of connections.

use chappe_mtproto::transport::{
    ClientTransport, Framing, INIT_LEN, Inbound, ObfuscatedStream, Obfuscation, ProxySecret, ReplayGuard,
    ServerInbound, ServerTransport, ServerTransportConfig, TransportError, TransportErrorCode,
};

use crate::input::Input;
use crate::support::{NOW, pieces, rng};

const FRAMINGS: [Framing; 4] =
    [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate, Framing::Full];
const SECRET: [u8; 16] = [0x99; 16];

fn framing(choice: u8) -> Framing {
    FRAMINGS[usize::from(choice) % FRAMINGS.len()]
}

/// A client that has sent one packet, and the key stream of the server it talks to, if it is obfuscated.
fn client(choice: u8) -> Option<(ClientTransport, Option<ObfuscatedStream>)> {
    let framing = framing(choice);
    let secret = (choice & 8 != 0).then(|| ProxySecret::simple(SECRET));
    let obfuscation = (choice & 4 != 0).then_some(Obfuscation { dc_id: 2, secret });
    let mut client = ClientTransport::new(framing, obfuscation, &mut rng(1)).ok()?;
    let mut wire = Vec::new();
    client.send(&[7; 40], true, &mut wire, &mut rng(2)).unwrap();
    if choice & 4 == 0 {
        return Some((client, None));
    }
    let init: &[u8; INIT_LEN] = wire.first_chunk().unwrap();
    let accepted = ObfuscatedStream::accept(init, [None, Some(&SECRET)]).unwrap();
    assert_eq!(accepted.framing, framing);
    Some((client, Some(accepted.stream)))
}

fn read_client(choice: u8, bytes: &[u8], seed: u8) -> Option<(Vec<Inbound>, Option<TransportError>)> {
    let (mut client, stream) = client(choice)?;
    let mut bytes = bytes.to_vec();
    if let Some(mut stream) = stream {
        stream.encrypt(&mut bytes);
    }
    let mut inbound = Vec::new();
    for piece in pieces(&bytes, seed) {
        client.receive(piece);
        loop {
            match client.poll() {
                Ok(None) => break,
                Ok(Some(one)) => inbound.push(one),
                Err(error) => {
                    client.receive(&bytes);
                    assert_eq!(client.poll(), Err(error.clone()), "the error does not last");
                    return Some((inbound, Some(error)));
                }
            }
        }
    }
    Some((inbound, None))
}

/// What a server sends to a client. The first byte chooses framing (bits 0 and 1), obfuscation (2) and a proxy secret
/// (3), the second how the rest is cut; the rest is the stream, encrypted here if it has to be.
///
/// However the bytes are cut, the same comes out, and never more than went in. Errors last.
pub fn transport_client(data: &[u8]) {
    let mut input = Input::new(data);
    let (choice, seed) = (input.u8(), input.u8());
    let bytes = input.rest();
    let Some(whole) = read_client(choice, bytes, 0) else { return };
    let total: usize =
        whole.0.iter().map(|one| if let Inbound::Packet(packet) = one { packet.len() } else { 4 }).sum();
    assert!(total <= bytes.len(), "{total} bytes came out of {}", bytes.len());
    if seed != 0 {
        assert_eq!(read_client(choice, bytes, seed), Some(whole));
    }
}

#[derive(Debug, PartialEq)]
struct Received {
    packets: Vec<(Vec<u8>, bool)>,
    handed_over: Vec<u8>,
    error: Option<TransportError>,
    framing: Option<Framing>,
    dc_id: Option<i16>,
    answers: usize,
}

fn read_server(config: ServerTransportConfig, bytes: &[u8], seed: u8) -> Received {
    let mut server = ServerTransport::new(config);
    let (mut packets, mut handed_over, mut out) = (Vec::new(), Vec::new(), Vec::new());
    let mut error = None;
    let mut replays = ReplayGuard::new(4, std::time::Duration::from_secs(60));
    'pieces: for piece in pieces(bytes, seed) {
        server.receive(piece);
        loop {
            match server.poll() {
                Ok(None) => break,
                Ok(Some(ServerInbound::Packet { bytes, quick_ack })) => {
                    server.authenticated();
                    if quick_ack {
                        server.send_quick_ack(0x8000_0001, &mut out, &mut rng(3)).unwrap();
                    }
                    // Answers have the shape of messages, whatever came.
                    let answer = vec![0x55; 24 + bytes.len().next_multiple_of(16)];
                    server.send(&answer, &mut out, &mut rng(3)).unwrap();
                    packets.push((bytes, quick_ack));
                }
                Ok(Some(ServerInbound::Claim { auth_key_id })) => {
                    assert_ne!(auth_key_id, 0);
                    server.authenticated();
                }
                Ok(Some(ServerInbound::Http(bytes) | ServerInbound::Tls(bytes))) => {
                    assert_eq!(
                        server.send_error(TransportErrorCode::UNKNOWN_KEY, &mut out, &mut rng(3)),
                        Err(TransportError::NotReady)
                    );
                    handed_over.extend(bytes);
                }
                Err(found) => {
                    server.receive(bytes);
                    assert_eq!(server.poll(), Err(found.clone()), "the error does not last");
                    error = Some(found);
                    break 'pieces;
                }
            }
        }
    }
    if let Some(id) = server.replay_id() {
        assert!(replays.is_new(id, NOW) && !replays.is_new(id, NOW));
    }
    // A failed transport forgets what it spoke.
    let (framing, dc_id) = (server.framing(), server.dc_id());
    Received { packets, handed_over, error, framing, dc_id, answers: out.len() }
}

/// What a client sends to a server. Bit 0 of the first byte demands obfuscation, bit 1 offers proxy secrets, bit 2 sends
/// the opening of an obfuscated client first and encrypts the rest for it (its framing in bits 3 and 4, a secret by
/// bit 5); the second byte says how the stream is cut.
///
/// However the bytes are cut, the same comes out, and never more than went in. Errors last. What is handed over (HTTP,
/// TLS) is the whole stream.
pub fn transport_server(data: &[u8]) {
    let mut input = Input::new(data);
    let (choice, seed) = (input.u8(), input.u8());
    let mut config = ServerTransportConfig { require_obfuscation: choice & 1 != 0, ..Default::default() };
    if choice & 2 != 0 {
        config.proxy_secrets =
            vec![ProxySecret::simple([1; 16]), ProxySecret::simple(SECRET), ProxySecret::padded([3; 16])];
    }
    let mut bytes = input.rest().to_vec();
    if choice & 4 != 0 {
        let secret = (choice & 32 != 0).then_some(&SECRET);
        let Ok((mut stream, mut wire)) =
            ObfuscatedStream::open(framing(choice >> 3), -3, secret, &mut rng(4))
                .map(|(a, b)| (a, b.to_vec()))
        else {
            return;
        };
        stream.encrypt(&mut bytes);
        wire.append(&mut bytes);
        bytes = wire;
    }
    let whole = read_server(config.clone(), &bytes, 0);
    let total: usize = whole.packets.iter().map(|(packet, _)| packet.len()).sum();
    assert!(total + whole.handed_over.len() <= bytes.len());
    assert!(whole.handed_over.is_empty() || whole.handed_over == bytes);
    if seed != 0 {
        assert_eq!(read_server(config, &bytes, seed), whole);
    }
}
