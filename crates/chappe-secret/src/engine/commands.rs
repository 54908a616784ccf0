//! What the application can ask for, and know.

use chappe_crypto::{KeyVisualization, Now};
use rand_core::CryptoRng;

use super::SecretChats;
use super::effects::{Purpose, Step};
use crate::state::{Chat, Phase, Session};
use crate::{Call, ChatInfo, ChatState, CloseReason, Error, Event, RecordKey, SecretChatId, limits};

/// Asks for nothing.
impl SecretChats {
    /// The key picture of a chat, also of an ended one.
    pub fn key(&self, chat: SecretChatId) -> Option<KeyVisualization> {
        self.chats.get(&chat)?.visualization
    }

    /// One chat.
    pub fn chat(&self, chat: SecretChatId) -> Option<ChatInfo> {
        self.chats.get(&chat).map(Chat::info)
    }

    /// All chats, ended ones included until they are forgotten, by number.
    pub fn chats(&self) -> impl Iterator<Item = ChatInfo> + '_ {
        self.chats.values().map(Chat::info)
    }

    /// The last qts handed in, as stored; 0 for none.
    pub fn qts(&self) -> i32 {
        self.account.qts
    }
}

/// Commands.
impl SecretChats {
    /// Asks a user for a chat.
    ///
    /// The number returned is ours until [`Event::ChatWaiting`] confirms or replaces it.
    ///
    /// # Errors
    /// None at present.
    pub fn request(
        &mut self,
        user_id: i64,
        user_access_hash: i64,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<SecretChatId, Error> {
        let id = self.unused_id(rng);
        self.chats.insert(id, Chat::ours(id, user_id, user_access_hash));
        self.fx.want_dh = true;
        self.with(id, now, rng, |_, _| ());
        self.commit();
        Ok(id)
    }

    /// Accepts a request.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], or [`Error::WrongState`] if the chat does not wait for a decision.
    pub fn accept(&mut self, chat: SecretChatId, now: Now, rng: &mut dyn CryptoRng) -> Result<(), Error> {
        self.in_state(chat, ChatState::Requested)?;
        self.with(chat, now, rng, |chat, step| {
            if let Phase::Requested { accepting, .. } = &mut chat.phase {
                *accepting = true;
                step.fx.want_dh = true;
            }
        });
        self.commit();
        Ok(())
    }

    /// Declines a request.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], or [`Error::WrongState`] if the chat does not wait for a decision.
    pub fn decline(&mut self, chat: SecretChatId, now: Now, rng: &mut dyn CryptoRng) -> Result<(), Error> {
        self.in_state(chat, ChatState::Requested)?;
        self.close(chat, false, now, rng)
    }

    /// Tells the server that everything up to a date (Unix seconds, as the server dated the message) was read.
    /// Earlier dates than before are ignored. Timers of these messages start, but for those that start when media
    /// are [`opened`](Self::opened). In an ended chat that is all.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], or [`Error::WrongState`] in a chat that was never ready.
    pub fn read_history(
        &mut self,
        chat: SecretChatId,
        max_date: i32,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Error> {
        if self.in_state(chat, ChatState::Discarded).is_err() {
            self.in_state(chat, ChatState::Ready)?;
        }
        self.with(chat, now, rng, |chat, step| {
            // Beyond the newest message nothing can have been read, and the server refuses a date to come.
            let max_date = chat.session().map_or(max_date, |session| max_date.min(session.newest));
            Self::read_locally(chat, max_date, step);
            step.event(Event::HistoryRead { chat: chat.id, max_date });
            if let Some(session) = chat.session() {
                session.read_wanted = session.read_wanted.max(max_date);
            }
            chat.tell_read(step);
        });
        self.commit();
        Ok(())
    }

    /// Starts to replace the key. [`Event::KeyChanged`] tells when it is done.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], [`Error::WrongState`] unless the chat is ready, [`Error::RekeyInProgress`].
    pub fn rekey(&mut self, chat: SecretChatId, now: Now, rng: &mut dyn CryptoRng) -> Result<(), Error> {
        self.in_session(chat, now, rng, |session, chat, step| session.start_rekey(chat, step))
    }

    /// Gives up a rekey that we started and the peer has not answered. False if there is none.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], or [`Error::WrongState`] unless the chat is ready.
    pub fn abort_rekey(
        &mut self,
        chat: SecretChatId,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<bool, Error> {
        self.in_session(chat, now, rng, |session, chat, step| session.abort_rekey(chat, step))
    }

    /// Tells the server that we are typing (at most every five seconds), or have stopped.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], or [`Error::WrongState`] unless the chat is ready.
    pub fn set_typing(
        &mut self,
        chat: SecretChatId,
        typing: bool,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Error> {
        self.in_state(chat, ChatState::Ready)?;
        self.with(chat, now, rng, |chat, step| {
            let recent = chat
                .typing_told
                .is_some_and(|at| step.now.monotonic < at.saturating_add(limits::TYPING_INTERVAL));
            if typing && recent {
                return;
            }
            chat.typing_told = typing.then_some(step.now.monotonic);
            step.fx.request(Call::SetTyping { peer: chat.peer(), typing }, Purpose::Typing, None);
        });
        self.commit();
        Ok(())
    }

    /// Ends a chat, whatever its state: keys and unsent messages are erased, the picture stays until
    /// [`forget`](Self::forget). With `delete_history` the peer is asked to delete its copy of the history.
    ///
    /// # Errors
    /// [`Error::UnknownChat`].
    pub fn close(
        &mut self,
        chat: SecretChatId,
        delete_history: bool,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Error> {
        if !self.chats.contains_key(&chat) {
            return Err(Error::UnknownChat { chat });
        }
        self.with(chat, now, rng, |chat, step| {
            // The server has never heard of a chat that is still being prepared.
            let discard = (!matches!(chat.phase, Phase::Preparing)).then_some(delete_history);
            chat.end(CloseReason::ByUs, discard, delete_history, step);
        });
        self.commit();
        Ok(())
    }

    /// Remembers whether the user has compared the picture of the key with the peer's. Only that protects against a
    /// server in the middle. A rekey does not change it, and no new chat inherits it.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], or [`Error::WrongState`] if the chat has no key yet or has ended.
    pub fn set_verified(
        &mut self,
        chat: SecretChatId,
        verified: bool,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Error> {
        self.in_state(chat, ChatState::Ready)?;
        self.with(chat, now, rng, |chat, _| chat.verified = verified);
        self.commit();
        Ok(())
    }

    /// Forgets an ended chat completely: its history goes, too.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], or [`Error::WrongState`] unless the chat has ended.
    pub fn forget(&mut self, chat: SecretChatId) -> Result<(), Error> {
        self.in_state(chat, ChatState::Discarded)?;
        self.forget_now(chat);
        self.commit();
        Ok(())
    }

    pub(super) fn forget_now(&mut self, chat: SecretChatId) {
        if let Some(mut gone) = self.chats.remove(&chat) {
            for timer in gone.timers().remove(|_| true) {
                self.fx.remove(RecordKey::Timer { chat, number: timer.number() });
            }
        }
        self.deadlines.retain(|(_, other)| *other != chat);
        self.fx.remove(RecordKey::Chat(chat));
        self.fx.event(Event::ChatForgotten { chat });
    }

    pub(super) fn in_state(&self, chat: SecretChatId, needed: ChatState) -> Result<(), Error> {
        let state = self.chats.get(&chat).ok_or(Error::UnknownChat { chat })?.state();
        if state == needed { Ok(()) } else { Err(Error::WrongState { chat, state, needed }) }
    }

    pub(super) fn in_session<T>(
        &mut self,
        chat: SecretChatId,
        now: Now,
        rng: &mut dyn CryptoRng,
        run: impl FnOnce(&mut Session, SecretChatId, &mut Step<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.in_state(chat, ChatState::Ready)?;
        let mut result = Err(Error::UnknownChat { chat });
        self.with(chat, now, rng, |chat, step| {
            let id = chat.id;
            if let Some(session) = chat.session() {
                result = run(session, id, step);
            }
        });
        self.commit();
        result
    }
}
