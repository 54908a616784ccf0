//! What the client keeps, as bytes that something has damaged, and the texts that people hand to it.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use chappe::files::UploadState;
use chappe::history::Archive;
use chappe::session::{Batch, Key, MemorySession, Record, Session, StoredSession};
use chappe_secret::SecretChatId;

use crate::input::Input;

/// What a session in memory answers is there at once.
fn done<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a session in memory waits"),
    }
}

/// Stored state of the client. The first byte chooses: a saved login, its texts of every library, the state of an
/// upload, or records of a history, each with a chat, a place and a value.
///
/// What is damaged is an error. What is read is written and read again as the same. A history with damaged entries can
/// be listed, searched and exported; a page without a damaged entry comes whole.
pub fn client_records(data: &[u8]) {
    let mut input = Input::new(data);
    match input.u8() & 3 {
        0 => {
            let Ok(stored) = StoredSession::from_bytes(input.rest()) else { return };
            assert_eq!(StoredSession::from_bytes(&stored.to_bytes()).expect("an own login"), stored);
            let text = stored.to_text();
            assert_eq!(StoredSession::from_text(&text).expect("an own text"), stored);
            for text in [stored.to_telethon(), stored.to_gramjs(), stored.to_pyrogram(1, false)] {
                let Some(text) = text else { continue };
                let (read, _) = StoredSession::import(&text).expect("an own text for another library");
                assert_eq!((read.dc_id, read.auth_key), (stored.dc_id, stored.auth_key.clone()));
            }
        }
        1 => {
            let text = String::from_utf8_lossy(input.rest());
            let _ = StoredSession::import(&text);
            let _ = StoredSession::from_text(&text);
        }
        2 => {
            let Ok(state) = UploadState::from_bytes(input.rest()) else { return };
            let bytes = state.to_bytes();
            assert_eq!(UploadState::from_bytes(&bytes).expect("an own state").to_bytes(), bytes);
        }
        _ => history(&mut input),
    }
}

fn history(input: &mut Input<'_>) {
    let session = MemorySession::new();
    let mut batch = Batch::default();
    let mut count = 0;
    while !input.is_empty() && count < 20 {
        count += 1;
        let kind = [b'C', b'G', b'H', b'H', b'I'][usize::from(input.u8()) % 5];
        let chat = i32::from(input.u8() % 3);
        let mut key = vec![kind];
        key.extend(chat.to_be_bytes());
        key.extend(u64::from(input.u8()).to_be_bytes());
        key.truncate(key.len() - usize::from(input.u8() & 7) / 7);
        batch.put.push(Record { key: Key(key), value: input.piece().to_vec() });
    }
    done(session.apply(&batch)).unwrap();
    let archive = Archive::new(session);
    let mut lines = Vec::new();
    let written = done(archive.export(&mut lines)).unwrap();
    assert_eq!(lines.iter().filter(|byte| **byte == b'\n').count() as u64, written);
    let mut found = 0;
    let chats = done(archive.chats()).unwrap_or_default();
    for chat in (0..3).map(SecretChatId) {
        let page = done(archive.history(chat).limit(100).fetch());
        let searched = done(archive.history(chat).search("a").fetch());
        // Both read every entry of the chat: they fail alike.
        assert_eq!(page.is_err(), searched.is_err());
        let Ok(page) = page else { return };
        assert!(page.is_empty() || chats.contains(&chat));
        assert!(page.is_sorted_by_key(|entry| entry.cursor));
        found += page.len() as u64;
    }
    assert_eq!(found, written, "an export leaves something out");
}

/// Formatted text as people write it: Markdown and HTML.
///
/// Entities lie within the text and are nested. What is printed as Markdown or HTML has the same words when it is read
/// again.
pub fn markup(data: &[u8]) {
    let mut input = Input::new(data);
    let as_html = input.bool();
    let source = String::from_utf8_lossy(input.rest());
    let text = if as_html {
        let Ok(text) = chappe::markup::html(&source) else { return };
        text
    } else {
        chappe::markup::markdown(&source)
    };
    let len = text.text.encode_utf16().count() as i64;
    for entity in &text.entities {
        let (start, length) = (i64::from(entity.offset), i64::from(entity.length));
        assert!(start >= 0 && length > 0 && start + length <= len, "{entity:?} of {len}");
    }
    let html = chappe::markup::html(&chappe::markup::to_html(&text)).expect("own HTML");
    assert_eq!(html.text, text.text, "as HTML");
    let plain = chappe::markup::escape_markdown(&text.text);
    assert_eq!(chappe::markup::markdown(&plain).text, text.text, "escaped");
}
