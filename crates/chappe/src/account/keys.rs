//! The names of the account's records in the session.

use chappe_secret::{Change, RecordKey};
use chappe_updates::ChannelId;

use crate::history::keys::KINDS;
use crate::session::{Batch, Key, KeyRange, Record};

/// Whose records these are.
const OWNER: u8 = b'A';
/// That the session is an older copy.
const RESTORED: u8 = b'R';
/// That a chat has ended: the server has forgotten what it had for it.
const ENDED: u8 = b'E';
/// Found by what the server said: nothing is sent.
pub(crate) const RESTORED_FOUND: u8 = 1;
/// The user has decided: the chats are closed.
pub(crate) const RESTORED_CLOSE: u8 = 2;
/// Records of the secret-chat engine.
const SECRET: u8 = b'S';
/// The update counters.
const UPDATES: u8 = b'U';

pub(super) fn owner() -> Key {
    Key(vec![OWNER])
}

pub(super) fn updates() -> Key {
    Key(vec![UPDATES])
}

/// The counters of the account and of all channels.
pub(super) fn all_updates() -> KeyRange {
    KeyRange::prefix(&[UPDATES])
}

/// The counter of a channel.
pub(super) fn channel(channel: ChannelId) -> Key {
    Key([&[UPDATES][..], &channel.0.to_be_bytes()].concat())
}

/// The inverse of [`channel`]; `None` for other records.
pub(super) fn to_channel(key: &Key) -> Option<ChannelId> {
    let (UPDATES, id) = key.0.split_first().map(|(kind, id)| (*kind, id))? else { return None };
    Some(ChannelId(i64::from_be_bytes(id.try_into().ok()?)))
}

pub(crate) fn restored() -> Key {
    Key(vec![RESTORED])
}

pub(super) fn ended() -> Key {
    Key(vec![ENDED])
}

/// All records of the engine.
pub(super) fn secrets() -> KeyRange {
    KeyRange::prefix(&[SECRET])
}

pub(super) fn secret(key: RecordKey) -> Key {
    let (kind, chat, raw) = key.to_columns();
    let mut bytes = vec![SECRET, kind];
    bytes.extend_from_slice(&chat.to_be_bytes());
    bytes.extend_from_slice(&raw.to_be_bytes());
    Key(bytes)
}

/// The inverse of [`secret`]; `None` for other records.
pub(super) fn to_secret(key: &Key) -> Option<RecordKey> {
    let &[SECRET, kind, a, b, c, d, e, f, g, h] = key.0.as_slice() else { return None };
    RecordKey::from_columns(kind, i32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
}

/// Everything but the history of secret chats, and whose it is.
pub(super) fn all_but_history() -> Vec<KeyRange> {
    let mut kept = Vec::from(KINDS);
    kept.push(OWNER);
    kept.sort_unstable();
    let mut from = Key(Vec::new());
    let mut ranges = Vec::new();
    for kind in kept {
        let KeyRange { from: first, to } = KeyRange::prefix(&[kind]);
        ranges.push(KeyRange::new(from, first));
        from = to.unwrap_or_default();
    }
    ranges.push(KeyRange { from, to: None });
    ranges
}

/// The engine's batch as one for the session.
pub(super) fn batch(changes: Vec<Change>) -> Batch {
    let mut batch = Batch::default();
    for change in changes {
        // The last change of a key counts.
        let key = secret(match &change {
            Change::Put { key, .. } | Change::Remove { key } => *key,
        });
        batch.put.retain(|record| record.key != key);
        batch.remove.retain(|other| *other != key);
        match change {
            Change::Put { mut value, .. } => {
                batch.put.push(Record { key, value: std::mem::take(&mut *value) })
            }
            Change::Remove { .. } => batch.remove.push(key),
        }
    }
    batch
}

#[cfg(test)]
mod tests {
    use chappe_secret::SecretChatId;

    use super::*;

    #[test]
    fn names_of_records_come_back() {
        let chat = SecretChatId(-5);
        for key in [
            RecordKey::Account,
            RecordKey::Chat(chat),
            RecordKey::Inbound { chat, raw: 7, held: true },
            RecordKey::Inbound { chat, raw: 7, held: false },
            RecordKey::Outbound { chat, raw: u32::MAX },
        ] {
            assert_eq!(to_secret(&secret(key)), Some(key));
        }
        assert_eq!(to_channel(&channel(ChannelId(i64::MAX))), Some(ChannelId(i64::MAX)));
        assert_eq!((to_channel(&updates()), to_channel(&owner())), (None, None));
        assert_eq!(to_secret(&updates()), None);
        assert_eq!(to_secret(&Key(vec![SECRET])), None);
    }

    #[test]
    fn all_but_history_is_all_but_history() {
        let gone = all_but_history();
        let goes = |key: &Key| gone.iter().any(|range| range.contains(key));
        for key in
            [updates(), channel(ChannelId(1)), restored(), secret(RecordKey::Account), Key(vec![b'P', 1])]
        {
            assert!(goes(&key), "{key:?}");
        }
        for kind in 0..=u8::MAX {
            assert_eq!(goes(&Key(vec![kind, 0])), !b"ACGHI".contains(&kind), "{kind}");
        }
    }

    #[test]
    fn the_last_change_of_a_key_counts() {
        let key = RecordKey::Account;
        let put = |byte| Change::Put { key, value: vec![byte].into() };
        let merged = batch(vec![put(1), Change::Remove { key }, put(2)]);
        assert_eq!((merged.put.len(), merged.remove.len()), (1, 0));
        assert_eq!(merged.put[0].value, [2]);
        assert_eq!(batch(vec![put(1), Change::Remove { key }]).remove, [secret(key)]);
    }
}
