//! Taking up what was stored.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::SecretChats;
use crate::record::{self, Account, Bytes, RecordError, Restore};
use crate::state::{Chat, Outbound, Pending};
use crate::timers::Timer;
use crate::{Error, RecordKey, SecretChatId, limits};

impl SecretChats {
    /// Takes up the records, and returns those of the chats.
    pub(super) fn restore(
        &mut self,
        stored: impl IntoIterator<Item = (RecordKey, Vec<u8>)>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<(SecretChatId, Bytes)>, Error> {
        let (mut chats, mut rest) = (Vec::new(), Vec::new());
        let failed = |key: RecordKey| {
            move |error| match error {
                RecordError::Damaged => Error::Record { key: key.to_string() },
                RecordError::Newer(version) => Error::RecordVersion { key: key.to_string(), version },
            }
        };
        for (key, bytes) in stored {
            let bytes = Zeroizing::new(bytes);
            let mut restore = Restore { params: &mut self.params, rng };
            match key {
                RecordKey::Account => {
                    self.account = Account::decode(&bytes, &mut restore).map_err(failed(key))?;
                }
                RecordKey::Chat(id) => {
                    let chat = Chat::decode(&bytes, &mut restore).map_err(failed(key))?;
                    if chat.id != id {
                        return Err(failed(key)(RecordError::Damaged));
                    }
                    self.chats.insert(id, chat);
                    chats.push((id, bytes));
                }
                _ => rest.push((key, bytes)),
            }
        }
        for (key, bytes) in rest {
            // A record of a chat that is no longer there is of no use and does no harm.
            match key {
                RecordKey::Inbound { chat, raw, held: true } => {
                    let message = record::decode_held(&bytes).map_err(failed(key))?;
                    if let Some(chat) = self.chats.get_mut(&chat) {
                        chat.held.insert(raw, message);
                    }
                }
                RecordKey::Inbound { chat, raw, held: false } => {
                    let pending = Pending::decode(&bytes).map_err(failed(key))?;
                    if let Some(session) = self.chats.get_mut(&chat).and_then(Chat::session) {
                        if raw <= session.sequence.received || raw >= limits::MAX_RAW_SEQ_NO {
                            return Err(failed(key)(RecordError::Damaged));
                        }
                        session.pending.insert(raw, pending);
                    }
                }
                RecordKey::Outbound { chat, raw } => {
                    let outbound = Outbound::decode(&bytes).map_err(failed(key))?;
                    if let Some(session) = self.chats.get_mut(&chat).and_then(Chat::session) {
                        // Beyond the counter, its number would be given a second time.
                        if !(session.sequence.acknowledged..session.sequence.sent).contains(&raw) {
                            return Err(failed(key)(RecordError::Damaged));
                        }
                        session.outbox.insert(raw, outbound);
                    }
                }
                RecordKey::Timer { chat, .. } => {
                    let timer = Timer::decode(&bytes).map_err(failed(key))?;
                    if let Some(chat) = self.chats.get_mut(&chat) {
                        chat.timers().insert(timer);
                    }
                }
                RecordKey::Names { chat, slot } => {
                    let ids = record::decode_names(&bytes).map_err(failed(key))?;
                    if let Some(session) = self.chats.get_mut(&chat).and_then(Chat::session) {
                        session.names.slots.insert(slot, ids);
                    }
                }
                RecordKey::Account | RecordKey::Chat(_) => {}
            }
        }
        Ok(chats)
    }
}
