//! Who waits for what in the secret chats.

use std::collections::HashMap;

use chappe_secret::{CloseReason, EncryptedFile, Event, RandomId, SecretChatId};

use super::commands::Reply;
use crate::error::{Error, ErrorKind};
use crate::secret::Sent;

#[derive(Default)]
pub(super) struct Waiters {
    starting: HashMap<SecretChatId, Reply<SecretChatId>>,
    ready: HashMap<SecretChatId, Vec<Reply<()>>>,
    sending: HashMap<(SecretChatId, RandomId), Reply<Sent>>,
    /// Files of messages whose `Sent` comes next.
    stored: HashMap<(SecretChatId, RandomId), EncryptedFile>,
    /// How much formatting messages on their way lack.
    left_out: HashMap<(SecretChatId, RandomId), usize>,
    /// Those of whose orders nothing is stored yet.
    fresh_starts: Vec<SecretChatId>,
    fresh_sends: Vec<(SecretChatId, RandomId)>,
}

impl Waiters {
    /// Waits for the server to take a request.
    pub(super) fn start(&mut self, chat: SecretChatId, reply: Reply<SecretChatId>) {
        self.starting.insert(chat, reply);
        self.fresh_starts.push(chat);
    }

    /// Waits for a chat to become usable.
    pub(super) fn ready(&mut self, chat: SecretChatId, reply: Reply<()>) {
        let waiting = self.ready.entry(chat).or_default();
        waiting.retain(|reply| !reply.is_closed());
        waiting.push(reply);
    }

    /// Waits for the server to take a message.
    pub(super) fn send(&mut self, chat: SecretChatId, random_id: RandomId, reply: Reply<Sent>) {
        self.sending.insert((chat, random_id), reply);
        self.fresh_sends.push((chat, random_id));
    }

    /// Whether somebody waits for the server to take a message.
    pub(super) fn is_sending(&self) -> bool {
        !self.sending.is_empty()
    }

    /// Tells those whom an event concerns.
    pub(super) fn handle(&mut self, event: &Event) {
        match event {
            Event::ChatWaiting { requested, chat, .. } => {
                if let Some(reply) = self.starting.remove(requested) {
                    drop(reply.send(Ok(*chat)));
                }
            }
            Event::ChatReady { chat, .. } => {
                if let Some(reply) = self.starting.remove(chat) {
                    drop(reply.send(Ok(*chat)));
                }
                for reply in self.ready.remove(chat).unwrap_or_default() {
                    drop(reply.send(Ok(())));
                }
            }
            Event::ChatClosed { chat, reason, .. } => self.close(*chat, reason),
            Event::Composed(message)
                if !message.left_out.is_empty()
                    && self.sending.contains_key(&(message.chat, message.random_id)) =>
            {
                self.left_out.insert((message.chat, message.random_id), message.left_out.len());
            }
            Event::FileStored { chat, random_id, file }
                if self.sending.contains_key(&(*chat, *random_id)) =>
            {
                self.stored.insert((*chat, *random_id), *file);
            }
            Event::Sent { chat, random_id, date } => {
                let file = self.stored.remove(&(*chat, *random_id));
                let left_out = self.left_out.remove(&(*chat, *random_id)).unwrap_or_default();
                if let Some(reply) = self.sending.remove(&(*chat, *random_id)) {
                    drop(reply.send(Ok(Sent { random_id: *random_id, date: *date, file, left_out })));
                }
            }
            Event::SendFailed { chat, random_id, error } => {
                self.left_out.remove(&(*chat, *random_id));
                if let Some(reply) = self.sending.remove(&(*chat, *random_id)) {
                    drop(reply.send(Err(Error::refused(error))));
                }
            }
            _ => {}
        }
    }

    /// Everything ordered so far is stored.
    pub(super) fn stored(&mut self) {
        self.fresh_starts.clear();
        self.fresh_sends.clear();
    }

    /// Gives those this error whose orders were not stored.
    pub(super) fn fail_fresh(&mut self, error: impl Fn() -> Error) {
        for chat in self.fresh_starts.drain(..) {
            self.starting.remove(&chat).into_iter().for_each(|reply| drop(reply.send(Err(error()))));
        }
        for message in self.fresh_sends.drain(..) {
            self.sending.remove(&message).into_iter().for_each(|reply| drop(reply.send(Err(error()))));
        }
    }

    /// Gives everybody this error.
    pub(super) fn fail(self, error: impl Fn() -> Error) {
        self.starting.into_values().for_each(|reply| drop(reply.send(Err(error()))));
        self.ready.into_values().flatten().for_each(|reply| drop(reply.send(Err(error()))));
        self.sending.into_values().for_each(|reply| drop(reply.send(Err(error()))));
    }

    fn close(&mut self, chat: SecretChatId, reason: &CloseReason) {
        if let Some(reply) = self.starting.remove(&chat) {
            drop(reply.send(Err(closed(chat, reason))));
        }
        for reply in self.ready.remove(&chat).unwrap_or_default() {
            drop(reply.send(Err(closed(chat, reason))));
        }
        self.stored.retain(|(other, _), _| *other != chat);
        self.left_out.retain(|(other, _), _| *other != chat);
        for (_, reply) in self.sending.extract_if(|(other, _), _| *other == chat) {
            drop(reply.send(Err(closed(chat, reason))));
        }
    }
}

/// Why a chat has ended, in words.
pub(crate) fn why(reason: &CloseReason) -> String {
    match reason {
        CloseReason::AcceptedElsewhere => "another device of yours accepted it".to_owned(),
        CloseReason::BadParameters => "the server's parameters are not safe".to_owned(),
        CloseReason::ByUs => "it was closed on this side".to_owned(),
        CloseReason::Discarded => "the other side closed or declined it".to_owned(),
        CloseReason::FingerprintMismatch => "the two sides have different keys".to_owned(),
        CloseReason::Violation(violation) => format!("the other side broke the protocol ({violation:?})"),
        CloseReason::Server { error } => format!("the server refused: {error}"),
        _ => "it has ended".to_owned(),
    }
}

fn closed(chat: SecretChatId, reason: &CloseReason) -> Error {
    let why = why(reason);
    let message = format!("secret chat {chat} is over: {why}; start a new one");
    let closed = Error::new(ErrorKind::SecretChatClosed, message);
    match reason {
        CloseReason::Server { error } => closed.because(Error::refused(error)),
        _ => closed,
    }
}

/// The error of a command to a chat that has ended already.
pub(super) fn ended(chat: SecretChatId) -> Error {
    Error::new(ErrorKind::SecretChatClosed, format!("secret chat {chat} is over: start a new one"))
}
