//! Finding what was sent in the answer to the call that sent it.

use std::collections::HashMap;

use chappe_api::enums;

use super::Message;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::peers::PeerMap;

/// What an object with updates tells of.
pub(crate) struct Told {
    pub(crate) updates: Vec<enums::Update>,
    pub(crate) peers: PeerMap,
}

impl Client {
    /// Takes an answer apart and notes whom it speaks of.
    pub(crate) async fn told(&self, answer: enums::Updates) -> Told {
        let (updates, users, chats) = match answer {
            enums::Updates::Updates(updates) => (updates.updates, updates.users, updates.chats),
            enums::Updates::Combined(updates) => (updates.updates, updates.users, updates.chats),
            enums::Updates::UpdateShort(short) => (vec![short.update], Vec::new(), Vec::new()),
            _ => Default::default(),
        };
        self.inner.peers.learn(&users, &chats);
        let messages: Vec<_> = updates.iter().filter_map(|update| message_of(update).cloned()).collect();
        self.inner.peers.learn_messages(&messages);
        self.inner.peers.store(&*self.inner.store).await;
        Told { updates, peers: PeerMap::new(users, chats) }
    }

    /// The messages that were sent under these random ids, in their order. `None` for those that the server left out.
    pub(crate) async fn sent(&self, answer: enums::Updates, random_ids: &[i64]) -> Vec<Option<Message>> {
        let Told { updates, peers } = self.told(answer).await;
        let ids: HashMap<i64, i32> = updates
            .iter()
            .filter_map(|update| match update {
                enums::Update::MessageId(update) => Some((update.random_id, update.id)),
                _ => None,
            })
            .collect();
        let mut messages: HashMap<i32, Message> = updates
            .into_iter()
            .filter_map(into_message)
            .filter_map(|message| Message::new(self, message, &peers))
            .map(|message| (message.id(), message))
            .collect();
        random_ids.iter().map(|random_id| messages.remove(ids.get(random_id)?)).collect()
    }

    /// The one message that an answer tells of.
    pub(crate) async fn only_message(&self, answer: enums::Updates) -> Result<Message, Error> {
        let Told { updates, peers } = self.told(answer).await;
        let message = updates.into_iter().find_map(into_message);
        message.and_then(|message| Message::new(self, message, &peers)).ok_or_else(not_told)
    }
}

pub(crate) fn not_told() -> Error {
    Error::new(ErrorKind::Protocol, "the server did the work, but did not tell of the message")
}

/// The message that an update brings.
pub(super) fn message_of(update: &enums::Update) -> Option<&enums::Message> {
    match update {
        enums::Update::NewMessage(update) => Some(&update.message),
        enums::Update::NewChannelMessage(update) => Some(&update.message),
        enums::Update::NewScheduledMessage(update) => Some(&update.message),
        enums::Update::EditMessage(update) => Some(&update.message),
        enums::Update::EditChannelMessage(update) => Some(&update.message),
        _ => None,
    }
}

fn into_message(update: enums::Update) -> Option<enums::Message> {
    match update {
        enums::Update::NewMessage(update) => Some(update.message),
        enums::Update::NewChannelMessage(update) => Some(update.message),
        enums::Update::NewScheduledMessage(update) => Some(update.message),
        enums::Update::EditMessage(update) => Some(update.message),
        enums::Update::EditChannelMessage(update) => Some(update.message),
        _ => None,
    }
}
