//! A key holder that writes what the engine never would: Bob's side by hand.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

use std::collections::BTreeMap;

use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_crypto::{AuthKey, Role};
use chappe_secret::wrapper::Wrapper;
use chappe_secret::{
    Call, Change, ChatHead, ChatUpdate, CloseReason, Config, DhConfig, EncryptedMessage, Event, Now, Output,
    RecordKey, Response, SecretChatId, SecretChats, SecretLayer, Violation, envelope,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub(crate) struct Forger {
    pub(crate) engine: SecretChats,
    pub(crate) key: AuthKey,
    pub(crate) chat: SecretChatId,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) now: Now,
    pub(crate) events: Vec<Event>,
    /// What the engine has stored.
    pub(crate) store: BTreeMap<RecordKey, Vec<u8>>,
    /// What the engine has sent: its numbers on the wire and its bodies.
    pub(crate) heard: Vec<(i32, i32, Vec<u8>)>,
    /// Every call, in order.
    pub(crate) calls: Vec<Call>,
}

pub(crate) const NOOP: [u8; 16] = [0x60, 0x41, 0x16, 0x73, 1, 0, 0, 0, 0, 0, 0, 0, 0x63, 0xdd, 0x2f, 0xa8];

impl Forger {
    pub(crate) fn new() -> Self {
        let (mut rng, now) = (ChaCha20Rng::seed_from_u64(1), Now::from_unix_secs(1_700_000_000));
        let mut engine = SecretChats::new(Config::new(100), [], now, &mut rng).unwrap();
        let chat = engine.request(200, 1, now, &mut rng).unwrap();
        let params = DhParams::known(3).unwrap();
        let mut key = None;
        while let Some(output) = engine.poll_output() {
            match output {
                Output::Persist(batch) => engine.handle_persisted(batch.barrier),
                Output::Request(request) => {
                    let head =
                        ChatHead { id: chat, access_hash: 1, date: 1, admin_id: 100, participant_id: 200 };
                    let response = match request.call {
                        Call::GetDhConfig { .. } => Response::DhConfig {
                            new: Some(DhConfig { version: 1, g: 3, p: params.p().to_vec() }),
                            random: vec![],
                        },
                        Call::RequestEncryption { g_a, .. } => {
                            let secret = DhSecret::generate(&params, &mut rng, &[]).unwrap();
                            let agreed = secret.agree(&g_a).unwrap();
                            let key_fingerprint = agreed.fingerprint().0;
                            key = Some(agreed);
                            let g_a_or_b = secret.public().to_vec();
                            Response::Chat(ChatUpdate::Accepted { chat: head, g_a_or_b, key_fingerprint })
                        }
                        _ => Response::Sent { date: 1, file: None },
                    };
                    engine.handle_response(request.id, Ok(response), now, &mut rng);
                }
                _ => {}
            }
        }
        let (events, heard, calls) = (Vec::new(), Vec::new(), Vec::new());
        Self { engine, key: key.unwrap(), chat, rng, now, events, store: BTreeMap::new(), heard, calls }
    }

    pub(crate) fn object(&mut self, object: &[u8]) {
        let bytes = envelope::seal(&self.key, Role::Responder, object, &mut self.rng).unwrap();
        let message =
            EncryptedMessage { chat: self.chat, random_id: 1, date: 1, bytes, file: None, service: true };
        self.engine.handle_encrypted_message(message, None, self.now, &mut self.rng);
        self.drain();
    }

    /// Performs everything the engine asks for, and listens.
    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Persist(batch) => {
                    for change in batch.changes {
                        match change {
                            Change::Put { key, value } => drop(self.store.insert(key, value.to_vec())),
                            Change::Remove { key } => drop(self.store.remove(&key)),
                        }
                    }
                    self.engine.handle_persisted(batch.barrier);
                }
                Output::Event(event) => self.events.push(event),
                Output::Request(request) => {
                    self.calls.push(request.call.clone());
                    if let Call::SendEncrypted { data, .. } | Call::SendEncryptedService { data, .. } =
                        &request.call
                        && let Ok(object) = envelope::open(&self.key, Role::Initiator, data)
                    {
                        let wrapper = Wrapper::decode(&object).unwrap();
                        self.heard.push((wrapper.in_seq_no, wrapper.out_seq_no, wrapper.body.to_vec()));
                    }
                    let response = match request.call {
                        Call::DiscardEncryption { .. } => Response::Done,
                        _ => Response::Sent { date: 1, file: None },
                    };
                    self.engine.handle_response(request.id, Ok(response), self.now, &mut self.rng);
                }
                Output::Timeout(_) => {}
            }
        }
    }

    pub(crate) fn send(&mut self, layer: i32, in_seq_no: i32, out_seq_no: i32, body: &[u8]) {
        let wrapper = Wrapper { layer: SecretLayer(layer), in_seq_no, out_seq_no, body };
        let object = wrapper.encode(&[1; 15]).unwrap();
        self.object(&object);
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, secs: u64) {
        self.now = self.now.advance(std::time::Duration::from_secs(secs));
        self.engine.handle_timeout(self.now, &mut self.rng);
        self.drain();
    }

    /// The violation that has ended the chat, of which the server was told.
    pub(crate) fn violation(&self) -> Option<Violation> {
        let violation = self.events.iter().find_map(|event| match event {
            Event::ChatClosed { reason: CloseReason::Violation(violation), .. } => Some(*violation),
            _ => None,
        })?;
        let told = Call::DiscardEncryption { chat_id: self.chat, delete_history: false };
        assert!(self.calls.contains(&told), "the server was not told of {violation:?}");
        Some(violation)
    }
}

/// A service message with these fields after the id of its action.
pub(crate) fn service(action: u32, fields: &[&[u8]]) -> Vec<u8> {
    let mut body = NOOP[..12].to_vec();
    body.extend(action.to_le_bytes());
    fields.iter().for_each(|field| body.extend(*field));
    body
}

pub(crate) fn public(value: &[u8; 256]) -> Vec<u8> {
    let mut bytes = vec![0xfe, 0, 1, 0];
    bytes.extend(value);
    bytes
}
