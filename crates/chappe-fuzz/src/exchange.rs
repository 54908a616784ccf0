//! The auth key exchange, one end real, the other the fuzzer's.

use std::sync::{Arc, OnceLock};

use chappe_api::mtproto::{functions, types};
use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_crypto::exchange_keys::TmpAes;
use chappe_crypto::factor::{factorize_pq, pq_from_bytes, pq_to_bytes};
use chappe_crypto::rsa::RsaPrivateKey;
use chappe_mtproto::exchange::client::Output as ClientOutput;
use chappe_mtproto::exchange::server::Output as ServerOutput;
use chappe_mtproto::exchange::{
    ClientExchange, ClientExchangeConfig, ExchangeError, KeyLifetime, ServerExchange, ServerExchangeConfig,
};
use chappe_mtproto::plain::PlainMessage;
use chappe_mtproto::transport::TransportErrorCode;
use chappe_tl::{Decode, Encode};
use rand_core::Rng;

use crate::input::Input;
use crate::support::{NOW, rng};

const SERVER_NONCE: [u8; 16] = [9; 16];
const SEED: u64 = 7;

fn server_key() -> &'static Arc<RsaPrivateKey> {
    static KEY: OnceLock<Arc<RsaPrivateKey>> = OnceLock::new();
    KEY.get_or_init(|| Arc::new(RsaPrivateKey::generate(&mut rng(5)).unwrap()))
}

/// A Diffie-Hellman secret of the fuzzer's side.
fn secret() -> &'static DhSecret {
    static SECRET: OnceLock<DhSecret> = OnceLock::new();
    SECRET.get_or_init(|| DhSecret::generate(&DhParams::known(3).unwrap(), &mut rng(6), &[]).unwrap())
}

fn packet(body: &[u8]) -> Vec<u8> {
    PlainMessage { msg_id: 1, body }.encode()
}

fn body(packet: &[u8]) -> Vec<u8> {
    PlainMessage::decode(packet).expect("what is sent is no plain message").body.to_vec()
}

/// The bodies that a client sends, and whether it is done.
fn drain_client(client: &mut ClientExchange) -> (Vec<Vec<u8>>, bool) {
    let (mut bodies, mut done) = (Vec::new(), false);
    while let Some(output) = client.poll_output() {
        match output {
            ClientOutput::Transmit(packet) => bodies.push(body(&packet)),
            ClientOutput::Event(_) => done = true,
            ClientOutput::Timeout(_) => {}
        }
    }
    assert!(bodies.len() <= 2);
    (bodies, done)
}

/// Public values: the fuzzer's own, a good one, and those at the edges.
fn public_value(input: &mut Input<'_>) -> Vec<u8> {
    match input.u8() % 6 {
        0 => input.piece().to_vec(),
        1 => Vec::new(),
        2 => vec![1],
        3 => DhParams::known(3).unwrap().p().to_vec(),
        _ => secret().public().to_vec(),
    }
}

/// The answer of a server to the first, second or third query. The first byte chooses how far the exchange has come (bits
/// 0 and 1: resPQ, server_DH_params, dh_gen) and a temporary key (bit 6), the second the form of the answer.
///
/// Every error ends the exchange. Nothing but the right answer makes a key.
pub fn exchange_client(data: &[u8]) {
    let mut input = Input::new(data);
    let stage = input.u8();
    let form = input.u8();
    let mut random = rng(SEED);
    let mut config = ClientExchangeConfig::new(vec![server_key().public().clone()], 2);
    if stage & 0x40 != 0 {
        config.lifetime = KeyLifetime::Temporary { expires_in: 3600 };
    }
    // What the client draws first.
    let (mut nonce, mut new_nonce) = ([0; 16], [0; 32]);
    let mut shadow = rng(SEED);
    shadow.fill_bytes(&mut nonce);
    shadow.fill_bytes(&mut new_nonce);
    let tmp = TmpAes::derive(&new_nonce, &SERVER_NONCE);

    let mut client = ClientExchange::new(config, NOW, &mut random).unwrap();
    let (bodies, _) = drain_client(&mut client);
    assert_eq!(functions::ReqPqMulti::from_bytes(&bodies[0]).unwrap().nonce, nonce);
    let mut res_pq = types::ResPq {
        nonce,
        server_nonce: SERVER_NONCE,
        pq: vec![0x17, 0xed, 0x48, 0x94, 0x1a, 0x08, 0xf9, 0x81],
        server_public_key_fingerprints: vec![server_key().public().fingerprint()],
    };
    if stage & 3 == 0 {
        let answer = match form % 3 {
            0 => input.rest().to_vec(),
            1 => {
                res_pq.pq = input.piece().to_vec();
                res_pq.to_bytes().unwrap()
            }
            _ => {
                res_pq.server_public_key_fingerprints = (0..input.u16()).map(|_| input.i64()).collect();
                res_pq.to_bytes().unwrap()
            }
        };
        return last_step(&mut client, &packet(&answer), false);
    }
    client.handle_packet(&packet(&res_pq.to_bytes().unwrap()), NOW, &mut random).unwrap();
    let (bodies, _) = drain_client(&mut client);
    let query = functions::ReqDhParams::from_bytes(&bodies[0]).unwrap();
    assert_eq!((query.nonce, query.server_nonce), (nonce, SERVER_NONCE));

    let mut inner = types::ServerDhInnerData {
        nonce,
        server_nonce: SERVER_NONCE,
        g: 3,
        dh_prime: DhParams::known(3).unwrap().p().to_vec(),
        g_a: secret().public().to_vec(),
        server_time: NOW.unix_secs_i32(),
    };
    let answer = |encrypted_answer: Vec<u8>| {
        types::ServerDhParamsOk { nonce, server_nonce: SERVER_NONCE, encrypted_answer }.to_bytes().unwrap()
    };
    let encrypted = |plain: &[u8]| tmp.encrypt_inner(plain, &mut rng(8));
    if stage & 3 == 1 {
        let answer = match form % 5 {
            0 => input.rest().to_vec(),
            1 => answer(input.rest().to_vec()),
            2 => answer(encrypted(input.rest())),
            3 => {
                inner.g = input.i32();
                inner.server_time = input.i32();
                inner.g_a = public_value(&mut input);
                if input.bool() {
                    inner.dh_prime = input.piece().to_vec();
                }
                answer(encrypted(&inner.to_bytes().unwrap()))
            }
            _ => {
                let new_nonce_hash = input.take(16).try_into().unwrap_or_default();
                types::ServerDhParamsFail { nonce, server_nonce: SERVER_NONCE, new_nonce_hash }
                    .to_bytes()
                    .unwrap()
            }
        };
        return last_step(&mut client, &packet(&answer), false);
    }
    client.handle_packet(&packet(&answer(encrypted(&inner.to_bytes().unwrap()))), NOW, &mut random).unwrap();
    let (bodies, _) = drain_client(&mut client);
    let query = functions::SetClientDhParams::from_bytes(&bodies[0]).unwrap();
    let theirs =
        types::ClientDhInnerData::from_bytes(&tmp.decrypt_inner(&query.encrypted_data).unwrap()).unwrap();
    let right = secret().agree(&theirs.g_b).unwrap();
    let server_nonce = SERVER_NONCE;
    let hash = |input: &mut Input<'_>, right: [u8; 16]| {
        if input.bool() { right } else { input.take(16).try_into().unwrap_or_default() }
    };
    let answer = match form % 4 {
        0 => input.rest().to_vec(),
        1 => {
            let right = chappe_crypto::exchange_keys::new_nonce_hash1(&new_nonce, &right);
            let new_nonce_hash1 = hash(&mut input, right);
            types::DhGenOk { nonce, server_nonce, new_nonce_hash1 }.to_bytes().unwrap()
        }
        2 => {
            let right = chappe_crypto::exchange_keys::new_nonce_hash2(&new_nonce, &right);
            let new_nonce_hash2 = hash(&mut input, right);
            types::DhGenRetry { nonce, server_nonce, new_nonce_hash2 }.to_bytes().unwrap()
        }
        _ => {
            let right = chappe_crypto::exchange_keys::new_nonce_hash3(&new_nonce, &right);
            let new_nonce_hash3 = hash(&mut input, right);
            types::DhGenFail { nonce, server_nonce, new_nonce_hash3 }.to_bytes().unwrap()
        }
    };
    let answer = if stage & 3 == 3 { answer } else { packet(&answer) };
    last_step(&mut client, &answer, true);
}

/// Hands over the fuzzer's packet, and then what comes at a bad time.
fn last_step(client: &mut ClientExchange, packet: &[u8], may_be_done: bool) {
    let result = client.handle_packet(packet, NOW, &mut rng(10));
    let (_, done) = drain_client(client);
    assert!(may_be_done || !done, "a key out of thin air");
    assert_eq!(client.is_over(), result.is_err() || done);
    if client.is_over() {
        assert!(matches!(client.handle_packet(packet, NOW, &mut rng(10)), Err(ExchangeError::Over)));
        client.resend();
        assert!(client.poll_output().is_none());
    } else {
        client.resend();
        assert_eq!(drain_client(client).0.len(), 1);
        assert!(client.handle_transport_error(TransportErrorCode::FLOOD).is_err());
        assert!(client.is_over());
    }
}

fn server_config() -> &'static Arc<ServerExchangeConfig> {
    static CONFIG: OnceLock<Arc<ServerExchangeConfig>> = OnceLock::new();
    CONFIG.get_or_init(|| {
        let mut config = ServerExchangeConfig::new(vec![Arc::clone(server_key())]).unwrap();
        config.accept_legacy_rsa = true;
        config.max_pending = 3;
        Arc::new(config)
    })
}

/// One server, and what the fuzzer's client knows.
struct Server {
    exchange: ServerExchange,
    random: rand_chacha::ChaCha8Rng,
    key_exists: bool,
    persisted: usize,
}

impl Server {
    /// Hands over a packet; the bodies of the answers.
    fn step(&mut self, packet: &[u8]) -> Result<Vec<Vec<u8>>, ExchangeError> {
        let exists = self.key_exists;
        let result = self.exchange.handle_packet(packet, NOW, &mut self.random, |_| exists);
        let mut bodies = Vec::new();
        while let Some(output) = self.exchange.poll_output() {
            match output {
                ServerOutput::Transmit(packet) => bodies.push(body(&packet)),
                ServerOutput::Persist(key) => {
                    assert!(bodies.is_empty() && !exists, "sent before it was stored");
                    assert_ne!(key.auth_key.id().0, 0);
                    self.persisted += 1;
                }
            }
        }
        assert!(bodies.len() <= 1 && self.exchange.pending_count() <= 3);
        if result.is_err() {
            assert!(bodies.is_empty());
            let again = self.exchange.handle_packet(packet, NOW, &mut self.random, |_| exists);
            assert!(matches!(again, Err(ExchangeError::Over)), "an error does not last");
        }
        result.map(|()| bodies)
    }
}

/// The queries of a client. The first byte chooses how far the exchange has come (bits 0 and 1: raw packets, the second
/// query, the third) and whether every key is taken already (bit 7); the second the form of the query.
///
/// Every error ends the connection's exchanges; keys are stored before they are confirmed; one query gets at most one
/// answer, a repeated one the same.
pub fn exchange_server(data: &[u8]) {
    let mut input = Input::new(data);
    let stage = input.u8();
    let mut server = Server {
        exchange: ServerExchange::new(Arc::clone(server_config())),
        random: rng(SEED),
        key_exists: stage & 0x80 != 0,
        persisted: 0,
    };
    if stage & 3 == 0 {
        while !input.is_empty() {
            let plain = input.bool();
            let bytes = input.piece();
            let bytes = if plain { packet(bytes) } else { bytes.to_vec() };
            if let Some(nonce) = ServerExchange::nonce_of(&bytes)
                && let Some(pending) = server.exchange.take_pending(&nonce)
            {
                server.exchange.adopt(pending);
            }
            if server.step(&bytes).is_err() {
                return;
            }
        }
        assert_eq!(server.persisted, 0, "a key out of thin air");
        return;
    }
    let nonce = [4; 16];
    let begin = packet(&functions::ReqPqMulti { nonce }.to_bytes().unwrap());
    let answer = server.step(&begin).unwrap();
    assert_eq!(server.step(&begin).unwrap(), answer, "a repeated query gets another answer");
    let res_pq = types::ResPq::from_bytes(&answer[0]).unwrap();
    let server_nonce = res_pq.server_nonce;
    let (p, q) = factorize_pq(pq_from_bytes(&res_pq.pq).unwrap()).unwrap();
    let (p, q) = (pq_to_bytes(p), pq_to_bytes(q));
    let public_key_fingerprint = server_key().public().fingerprint();
    let new_nonce = [5; 32];
    let inner_data = |dc: i32, expires_in: Option<i32>| {
        let (pq, p, q) = (res_pq.pq.clone(), p.clone(), q.clone());
        match expires_in {
            None => types::PQInnerDataDc { pq, p, q, nonce, server_nonce, new_nonce, dc }.to_bytes().unwrap(),
            Some(expires_in) => {
                types::PQInnerDataTempDc { pq, p, q, nonce, server_nonce, new_nonce, dc, expires_in }
                    .to_bytes()
                    .unwrap()
            }
        }
    };
    let query = |encrypted_data: Vec<u8>| {
        let (p, q) = (p.clone(), q.clone());
        let query =
            functions::ReqDhParams { nonce, server_nonce, p, q, public_key_fingerprint, encrypted_data };
        packet(&query.to_bytes().unwrap())
    };
    let encrypted = |plain: &[u8]| {
        let plain = plain.get(..144).unwrap_or(plain);
        server_key().public().pad_encrypt(plain, &mut rng(11)).unwrap().to_vec()
    };
    if stage & 3 == 1 {
        let packet = match input.u8() % 4 {
            0 => packet(input.rest()),
            1 => {
                let mut raw = input.rest().to_vec();
                raw.resize(256, 0);
                query(raw)
            }
            2 => query(encrypted(input.rest())),
            _ => {
                let temporary = input.bool();
                let expires_in = temporary.then(|| input.i32());
                query(encrypted(&inner_data(input.i32(), expires_in)))
            }
        };
        if let Ok(answer) = server.step(&packet) {
            assert_eq!(server.step(&packet).unwrap(), answer, "a repeated query gets another answer");
        }
        assert_eq!(server.persisted, 0, "a key out of thin air");
        return;
    }
    let second = query(encrypted(&inner_data(2, None)));
    let answer = server.step(&second).unwrap();
    assert_eq!(server.step(&second).unwrap(), answer, "a repeated query gets another answer");
    let tmp = TmpAes::derive(&new_nonce, &server_nonce);
    let answer = types::ServerDhParamsOk::from_bytes(&answer[0]).unwrap();
    let inner = tmp.decrypt_inner(&answer.encrypted_answer).unwrap();
    let inner = types::ServerDhInnerData::from_bytes(&inner).unwrap();
    assert_eq!(secret().params().p()[..], inner.dh_prime);
    let mut retry_id = 0;
    for attempt in 0..8 {
        if input.is_empty() {
            break;
        }
        let third = |encrypted_data: Vec<u8>| {
            packet(&functions::SetClientDhParams { nonce, server_nonce, encrypted_data }.to_bytes().unwrap())
        };
        let packet = match input.u8() % 4 {
            0 => packet(input.piece()),
            1 => third(input.piece().to_vec()),
            2 => third(tmp.encrypt_inner(input.piece(), &mut rng(12))),
            _ => {
                let retry_id = if input.bool() { input.i64() } else { retry_id };
                let g_b = public_value(&mut input);
                let inner =
                    types::ClientDhInnerData { nonce, server_nonce, retry_id, g_b }.to_bytes().unwrap();
                // Other padding makes it another query.
                third(tmp.encrypt_inner(&inner, &mut rng(13 + attempt)))
            }
        };
        let Ok(answer) = server.step(&packet) else { break };
        let persisted = server.persisted;
        assert_eq!(server.step(&packet).unwrap(), answer, "a repeated query gets another answer");
        assert_eq!(server.persisted, persisted, "a repeated query makes another key");
        retry_id = i64::from_le_bytes(secret().agree(&inner.g_a).unwrap().aux_hash());
    }
    assert!(server.persisted <= 1 && (server.persisted == 0 || !server.key_exists));
}
