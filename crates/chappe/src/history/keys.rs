//! The names of the history's records in the session.

use chappe_secret::{RandomId, SecretChatId};

use super::Cursor;
use crate::session::{Key, KeyRange};

/// The next cursor.
const COUNTER: u8 = b'C';
/// What holds for a whole chat: how far it was read.
const HEAD: u8 = b'G';
/// An entry, by chat and cursor.
const ENTRY: u8 = b'H';
/// The cursor of a message, by chat and id.
const INDEX: u8 = b'I';

/// The first bytes of all of them.
pub(crate) const KINDS: [u8; 4] = [COUNTER, HEAD, ENTRY, INDEX];

fn of(kind: u8, chat: SecretChatId) -> Vec<u8> {
    [&[kind], chat.0.to_be_bytes().as_slice()].concat()
}

pub(crate) fn counter() -> Key {
    Key(vec![COUNTER])
}

pub(super) fn head(chat: SecretChatId) -> Key {
    Key(of(HEAD, chat))
}

pub(super) fn entry(chat: SecretChatId, cursor: Cursor) -> Key {
    let mut key = of(ENTRY, chat);
    key.extend(cursor.0.to_be_bytes());
    Key(key)
}

pub(super) fn index(chat: SecretChatId, id: RandomId) -> Key {
    let mut key = of(INDEX, chat);
    key.extend(id.0.to_be_bytes());
    Key(key)
}

/// Chat and cursor of an entry.
pub(super) fn to_entry(key: &Key) -> Option<(SecretChatId, Cursor)> {
    let (&[ENTRY, a, b, c, d], cursor) = key.0.split_first_chunk::<5>()? else { return None };
    let cursor = u64::from_be_bytes(cursor.try_into().ok()?);
    Some((SecretChatId(i32::from_be_bytes([a, b, c, d])), Cursor(cursor)))
}

/// The entries of a chat.
pub(super) fn entries(chat: SecretChatId) -> KeyRange {
    KeyRange::prefix(&of(ENTRY, chat))
}

/// The entries of all chats.
pub(super) fn all_entries() -> KeyRange {
    KeyRange::prefix(&[ENTRY])
}

/// Everything about a chat.
pub(super) fn chat(chat: SecretChatId) -> [KeyRange; 3] {
    [HEAD, ENTRY, INDEX].map(|kind| KeyRange::prefix(&of(kind, chat)))
}
