//! A client and a server of the exchange, joined without a network.

use std::sync::{Arc, LazyLock};

use chappe_crypto::rsa::{RsaPrivateKey, RsaPublicKey};
use chappe_crypto::{AuthKeyId, Now};
use chappe_mtproto::exchange::{
    ClientExchange, ClientExchangeConfig, ExchangeError, ExchangeEvent, NewAuthKey, NewServerAuthKey,
    ServerExchange, ServerExchangeConfig, client, server,
};
use chappe_mtproto::plain::PlainMessage;
use chappe_tl::Encode;
use rand_chacha::ChaCha8Rng;

/// The throw-away key of `rsa_pad.json`.
pub static RSA: LazyLock<Arc<RsaPrivateKey>> =
    LazyLock::new(|| Arc::new(RsaPrivateKey::from_pem(include_str!("../vectors/rsa_test_key.pem")).unwrap()));

pub fn public_key() -> RsaPublicKey {
    RSA.public().clone()
}

pub fn now() -> Now {
    Now::from_unix_secs(1_800_000_000)
}

pub fn client_config() -> ClientExchangeConfig {
    ClientExchangeConfig::new(vec![public_key()], 2)
}

pub fn server_config() -> ServerExchangeConfig {
    ServerExchangeConfig::new(vec![Arc::clone(&RSA)]).unwrap()
}

pub fn new_client(rng: &mut ChaCha8Rng) -> ClientExchange {
    ClientExchange::new(client_config(), now(), rng).unwrap()
}

pub fn new_server() -> ServerExchange {
    ServerExchange::new(Arc::new(server_config()))
}

/// What a client has put out.
#[derive(Default)]
pub struct ClientOut {
    pub packets: Vec<Vec<u8>>,
    pub key: Option<NewAuthKey>,
}

pub fn drain_client(exchange: &mut ClientExchange) -> ClientOut {
    let mut out = ClientOut::default();
    while let Some(output) = exchange.poll_output() {
        match output {
            client::Output::Transmit(packet) => out.packets.push(packet),
            client::Output::Event(ExchangeEvent::Done(key)) => out.key = Some(key),
            client::Output::Timeout(_) => {}
        }
    }
    out
}

/// The one packet a client has put out.
pub fn query(exchange: &mut ClientExchange) -> Vec<u8> {
    let [packet] = drain_client(exchange).packets.try_into().expect("one packet");
    packet
}

/// What a server has put out; a key must come before the packet that tells of it.
pub fn drain_server(exchange: &mut ServerExchange) -> (Option<NewServerAuthKey>, Vec<Vec<u8>>) {
    let (mut key, mut packets) = (None, Vec::new());
    while let Some(output) = exchange.poll_output() {
        match output {
            server::Output::Persist(new) => {
                assert!(packets.is_empty(), "the key came after its packet");
                key = Some(new);
            }
            server::Output::Transmit(packet) => packets.push(packet),
        }
    }
    (key, packets)
}

pub fn no_key(_: AuthKeyId) -> bool {
    false
}

pub fn ask(
    server: &mut ServerExchange,
    packet: &[u8],
    rng: &mut ChaCha8Rng,
) -> Result<Vec<u8>, ExchangeError> {
    server.handle_packet(packet, now(), rng, no_key)?;
    let [packet] = drain_server(server).1.try_into().expect("one packet");
    Ok(packet)
}

/// How a whole exchange ended.
pub struct Outcome {
    pub client: Option<NewAuthKey>,
    pub server: Option<NewServerAuthKey>,
    pub error: Option<ExchangeError>,
    /// Queries and answers in turn.
    pub packets: Vec<Vec<u8>>,
}

/// Lets both sides talk until there is a key or an error; `change` may alter each packet on its way.
pub fn run(
    client: &mut ClientExchange,
    server: &mut ServerExchange,
    rng: &mut ChaCha8Rng,
    key_exists: impl Fn(AuthKeyId) -> bool,
    mut change: impl FnMut(usize, &mut Vec<u8>),
) -> Outcome {
    let mut outcome = Outcome { client: None, server: None, error: None, packets: Vec::new() };
    for _ in 0..40 {
        let out = drain_client(client);
        outcome.client = out.key.or(outcome.client);
        let Some(mut packet) = out.packets.into_iter().next() else { break };
        change(outcome.packets.len(), &mut packet);
        outcome.packets.push(packet.clone());
        if let Err(error) = server.handle_packet(&packet, now(), rng, &key_exists) {
            outcome.error = Some(error);
            break;
        }
        let (key, packets) = drain_server(server);
        outcome.server = key.or(outcome.server);
        let Some(mut packet) = packets.into_iter().next() else { break };
        change(outcome.packets.len(), &mut packet);
        outcome.packets.push(packet.clone());
        if let Err(error) = client.handle_packet(&packet, now(), rng) {
            outcome.error = Some(error);
            break;
        }
    }
    outcome
}

/// A plain packet with an object.
pub fn packet(object: &impl Encode) -> Vec<u8> {
    PlainMessage { msg_id: 0, body: &object.to_bytes().unwrap() }.encode()
}

pub fn body(packet: &[u8]) -> &[u8] {
    PlainMessage::decode(packet).expect("a plain message").body
}
