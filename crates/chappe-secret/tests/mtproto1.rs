//! Messages of the old version, which nobody should have to read: with the feature `mtproto1` only.
#![cfg(feature = "mtproto1")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

mod forger;

use chappe_crypto::{Role, message};
use chappe_secret::wrapper::Wrapper;
use chappe_secret::{Config, DropReason, EncryptedMessage, Event, SecretChats, SecretLayer};
use forger::{Forger, NOOP};

/// An engine with this setting that has one message of the new version, with this number on the wire.
fn forger(read_mtproto1: bool, out_seq_no: i32) -> Forger {
    let mut forger = Forger::new();
    forger.send(73, 1, out_seq_no, &NOOP);
    let config = Config { read_mtproto1, ..Config::new(100) };
    let stored = forger.store.clone();
    forger.engine = SecretChats::new(config, stored, forger.now, &mut forger.rng).unwrap();
    forger.drain();
    forger.events.clear();
    forger
}

/// A `Noop` of the peer in the old envelope.
fn old(forger: &mut Forger, layer: i32, out_seq_no: i32) {
    let wrapper = Wrapper { layer: SecretLayer(layer), in_seq_no: 1, out_seq_no, body: &NOOP };
    let object = wrapper.encode(&[1; 15]).unwrap();
    let mut plaintext = (object.len() as u32).to_le_bytes().to_vec();
    plaintext.extend(object);
    let len = plaintext.len();
    plaintext.resize(len.next_multiple_of(16), 9);
    let msg_key = message::v1::seal(forger.key.as_bytes(), Role::Initiator, &mut plaintext, len).unwrap();
    let mut bytes = forger.key.fingerprint().to_le_bytes().to_vec();
    bytes.extend(msg_key.0);
    bytes.extend(plaintext);
    let message =
        EncryptedMessage { chat: forger.chat, random_id: 1, date: 1, bytes, file: None, service: true };
    forger.engine.handle_encrypted_message(message, None, forger.now, &mut forger.rng);
    forger.drain();
}

/// What came before the first message of the new version may be of the old one, in a layer that had it: here a message
/// that fills the gap before it.
#[test]
fn the_old_version_is_read_where_it_may_be_and_only_if_asked_for() {
    for (read, layer, first, taken) in
        [(true, 46, 2, true), (false, 46, 2, false), (true, 73, 2, false), (true, 46, 0, false)]
    {
        let mut forger = forger(read, first);
        old(&mut forger, layer, 2 - first);
        let count = forger.engine.chat(forger.chat).unwrap().received_count;
        let dropped = Event::Dropped { chat: forger.chat, reason: DropReason::NotAuthentic };
        assert_eq!(forger.events.contains(&dropped), !taken, "{read} {layer} {first}");
        assert_eq!(count, if taken { 2 } else { u32::from(first == 0) }, "{read} {layer} {first}");
    }
}
