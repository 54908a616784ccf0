use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use chappe_crypto::Role;
use chappe_secret::wrapper::Wrapper;
use chappe_secret::{
    Call, ChatState, ChatUpdate, Content, EncryptedMessage, FileKey, FileSource, Media, OutgoingMedia,
    OutgoingText, RecordKey, SecretChatId, SecretLayer, UploadedFile, envelope,
};

use super::driver::{Driver, PEER, Scene, head, scene};
use crate::input::Input;
use crate::support::rng;

/// Most changes to the records of one input.
const MAX_CHANGES: usize = 16;

/// Stored records of every kind: a chat with unacknowledged and postponed messages, timers and a rekey under way, one
/// that waits with messages for its key, one that was asked for, one that was accepted, one that has ended.
fn stored() -> &'static BTreeMap<RecordKey, Vec<u8>> {
    static STORED: OnceLock<BTreeMap<RecordKey, Vec<u8>>> = OnceLock::new();
    STORED.get_or_init(|| {
        let scene = scene();
        let mut driver = Driver::start(scene.records.clone(), 30);
        let (now, chat) = (driver.now, scene.chat);
        let Driver { engine, random, .. } = &mut driver;
        let text = OutgoingText { ttl: Some(30), ..OutgoingText::new("words") };
        engine.send_text(chat, text, now, random).unwrap();
        let source = FileSource::Uploaded { id: 1, parts: 1, md5_checksum: "0".repeat(32) };
        let key = FileKey { key: [1; 32], iv: [2; 32] };
        let file = UploadedFile { source, key, size: 20 };
        let photo = OutgoingMedia::new(Media::Photo { width: 1, height: 1 });
        engine.send_media(chat, photo, file, now, random).unwrap();
        engine.rekey(chat, now, random).unwrap();
        driver.drain();
        for raw in [3, 4] {
            let message = message(scene, chat, raw);
            driver.engine.handle_encrypted_message(message, Some(9), now, &mut driver.random);
        }
        let asked = driver.engine.request(PEER, 1, now, &mut driver.random).unwrap();
        driver.drain();
        for kind in 0..3 {
            let id = SecretChatId(50 + kind);
            let mut chat = head(id);
            std::mem::swap(&mut chat.admin_id, &mut chat.participant_id);
            let g_a = scene.peer.public().to_vec();
            let update = ChatUpdate::Requested { chat, g_a, folder_id: None };
            driver.engine.handle_encryption_update(update, 0, now, &mut driver.random);
        }
        driver.engine.accept(SecretChatId(51), now, &mut driver.random).unwrap();
        driver.engine.close(SecretChatId(52), true, now, &mut driver.random).unwrap();
        driver.drain();
        while let Some(at) = driver.requests.iter().position(|r| matches!(r.call, Call::GetDhConfig { .. })) {
            let request = driver.requests.swap_remove(at);
            let new = Some(super::driver::dh_config());
            driver.answer(&request, Ok(chappe_secret::Response::DhConfig { new, random: vec![1; 256] }));
        }
        let held = message(scene, asked, 0);
        driver.engine.handle_encrypted_message(held, None, now, &mut driver.random);
        driver.drain();
        let kinds: Vec<u8> = driver.store.keys().map(|key| key.to_columns().0).collect();
        assert!((0..7).all(|kind| kinds.contains(&kind)), "{kinds:?}");
        driver.store
    })
}

/// A text of the peer, in its place.
fn message(scene: &Scene, chat: SecretChatId, raw: i32) -> EncryptedMessage {
    let body = super::engine::text(&mut Input::new(&[]));
    let wrapper = Wrapper { layer: SecretLayer(144), in_seq_no: 1, out_seq_no: raw << 1, body: &body };
    let object = wrapper.encode(&[0x5a; 15]).unwrap();
    let bytes = envelope::seal(&scene.key, Role::Responder, &object, &mut rng(31)).unwrap();
    EncryptedMessage { chat, random_id: raw.into(), date: 2, bytes, file: None, service: false }
}

/// Damaged stores. The first byte chooses: a text as the history keeps it; or changes to good records, each an
/// operation, a record, and what the operation needs.
///
/// What cannot be read is an error. What can is taken up: the engine then stands every command, the time, a message of
/// the peer and the end of each chat, and what it stores itself it reads again. A content that is read is written and
/// read again as the same.
pub fn secret_records(data: &[u8]) {
    let mut input = Input::new(data);
    if input.u8() & 3 == 0 {
        let Ok(content) = Content::from_bytes(input.rest()) else { return };
        let bytes = content.to_bytes();
        assert_eq!(Content::from_bytes(&bytes).expect("an own content").to_bytes(), bytes);
        return;
    }
    let mut store = stored().clone();
    for _ in 0..MAX_CHANGES {
        if input.is_empty() {
            break;
        }
        change(&mut store, &mut input);
    }
    let Ok(mut driver) = Driver::open(store, 32) else { return };
    let now = driver.now;
    let chats: Vec<_> = driver.engine.chats().map(|chat| (chat.id, chat.state)).collect();
    for (id, state) in chats.iter().copied() {
        let Driver { engine, random, .. } = &mut driver;
        // Errors are fine: they name what is wrong with the chat.
        let _ = engine.send_text(id, "words", now, random);
        let _ = engine.flush(id, now, random);
        let _ = engine.read_history(id, i32::MAX, now, random);
        let _ = engine.rekey(id, now, random);
        driver.drain();
        if state == ChatState::Ready {
            for raw in 0..6 {
                let message = message(scene(), id, raw);
                driver.engine.handle_encrypted_message(message, None, now, &mut driver.random);
                driver.drain();
            }
        }
    }
    driver.now = now.advance(Duration::from_secs(700_000));
    driver.engine.handle_timeout(driver.now, &mut driver.random);
    driver.drain();
    driver.restart();
    for (id, _) in chats {
        let _ = driver.engine.close(id, false, driver.now, &mut driver.random);
        driver.drain();
        let _ = driver.engine.forget(id);
        driver.drain();
        assert!(driver.engine.chat(id).is_none(), "{id} cannot be forgotten");
    }
    driver.restart();
    assert_eq!(driver.engine.chats().count(), 0);
}

fn change(store: &mut BTreeMap<RecordKey, Vec<u8>>, input: &mut Input<'_>) {
    let operation = input.u8() % 8;
    let index = usize::from(input.u8()) % store.len().max(1);
    let Some(key) = store.keys().nth(index).copied() else { return };
    let record = store.entry(key).or_default();
    let at = usize::from(input.u16()) % (record.len() + 1);
    match operation {
        0 => record.truncate(at),
        1 | 2 => {
            let end = (at + 4).min(record.len());
            record.splice(at..end, input.u32().to_le_bytes());
        }
        3 => {
            if let Some(byte) = record.get_mut(at) {
                *byte ^= input.u8();
            }
        }
        4 => drop(record.splice(at..at, input.piece().iter().copied())),
        5 => drop(store.remove(&key)),
        // A record in the place of another.
        6 => {
            let record = record.clone();
            let (kind, chat, _) = key.to_columns();
            let new = RecordKey::from_columns(kind, chat.wrapping_add(input.i32() % 3), input.u32());
            store.insert(new.unwrap_or(key), record);
        }
        _ => *record = input.piece().to_vec(),
    }
}
