//! What the application can ask for, and know.

use chappe_crypto::{KeyVisualization, Now};
use rand_core::CryptoRng;

use super::SecretChats;
use super::effects::{Purpose, Step};
use crate::state::{Chat, OutboundKind, Phase, Rekey, Session};
use crate::timers::Lifetime;
use crate::{
    Action, Call, ChatInfo, ChatState, CloseReason, Error, OutgoingMedia, OutgoingText, RandomId, RecordKey,
    SecretChatId, UploadedFile, codec, limits, timers,
};

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
    /// The number returned is ours until [`Event::ChatWaiting`](crate::Event::ChatWaiting) confirms or replaces it.
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

    /// Sends a text. [`Event::Sent`](crate::Event::Sent) and
    /// [`Event::Delivered`](crate::Event::Delivered) tell what becomes of it.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], [`Error::WrongState`] unless the chat is ready, [`Error::TooLong`].
    pub fn send_text(
        &mut self,
        chat: SecretChatId,
        text: impl Into<OutgoingText>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        let text = text.into();
        self.in_session(chat, now, rng, |session, chat, step| {
            let random_id = RandomId(step.random_id());
            let ttl = timers::clamp(text.ttl.unwrap_or(session.ttl));
            let body = codec::encode_text(random_id, &text, ttl, session.layer(step))?;
            let kind = OutboundKind::Content { silent: text.silent };
            let raw = session.enqueue(chat, random_id, kind, None, &body, step)?;
            session.watch_own(chat, random_id, raw, Lifetime::new(ttl, None), step);
            Ok(random_id)
        })
    }

    /// Sends media: what has a file after the file is completely on the server, and anything else with `None`. The
    /// message gets its number now, so a broken upload never leaves a hole.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], [`Error::WrongState`] unless the chat is ready, [`Error::InvalidMedia`] if media and
    /// file do not go together, [`Error::FileTooLarge`] for the peer's layer, [`Error::TooLong`].
    pub fn send_media(
        &mut self,
        chat: SecretChatId,
        media: OutgoingMedia,
        file: impl Into<Option<UploadedFile>>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        let file = file.into();
        self.in_session(chat, now, rng, |session, chat, step| {
            let random_id = RandomId(step.random_id());
            let ttl = timers::clamp(media.ttl.unwrap_or(session.ttl));
            let body = codec::encode_media(random_id, &media, file.as_ref(), ttl, session.layer(step))?;
            let input = file.as_ref().map(UploadedFile::input);
            let kind = OutboundKind::Content { silent: media.silent };
            let raw = session.enqueue(chat, random_id, kind, input, &body, step)?;
            session.watch_own(chat, random_id, raw, Lifetime::new(ttl, Some(&media.media)), step);
            Ok(random_id)
        })
    }

    /// A number for the messages of one album, see [`OutgoingMedia::grouped_id`].
    pub fn new_album(rng: &mut dyn CryptoRng) -> i64 {
        loop {
            let id = rng.next_u64() as i64;
            if id != 0 {
                return id;
            }
        }
    }

    /// Sends a service action by `messages.sendEncryptedService` and does our own part of it: the timer is set,
    /// unacknowledged messages that are deleted are replaced, and so on.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], [`Error::WrongState`] unless the chat is ready, [`Error::TooLong`];
    /// [`Error::Reserved`] for `RequestKey`, `AcceptKey` and `CommitKey`, and for `AbortKey` of a running exchange
    /// that cannot be aborted any more.
    pub fn send_action(
        &mut self,
        chat: SecretChatId,
        action: Action,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        self.in_session(chat, now, rng, |session, chat, step| {
            session.apply_own(chat, &action, step).map(|(random_id, _)| random_id)
        })
    }

    /// Makes a service message and hands its call to the caller in place of a
    /// [`Output::Request`](crate::Output::Request): for programs that make the call themselves. The message has its
    /// number and stays available for the peer's `Resend`; confirm the [`Output::Persist`](crate::Output::Persist)
    /// that follows before making the call.
    ///
    /// # Errors
    /// As for [`send_action`](Self::send_action).
    pub fn prepare_action(
        &mut self,
        chat: SecretChatId,
        action: Action,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<Call, Error> {
        let peer = self.chats.get(&chat).ok_or(Error::UnknownChat { chat })?.peer();
        self.in_session(chat, now, rng, |session, chat, step| {
            let (random_id, raw) = session.apply_own(chat, &action, step)?;
            session.unsent.remove(&raw);
            let outbound = session.outbox.get_mut(&raw).ok_or(Error::TooLong)?;
            outbound.sent = true;
            outbound.told = true;
            step.fx.put(RecordKey::Outbound { chat, raw }, outbound.encode());
            Ok(Call::SendEncryptedService { peer, random_id: random_id.0, data: outbound.data.clone() })
        })
    }

    /// Sets the self-destruct timer for later messages of both sides, in seconds; 0 turns it off.
    ///
    /// # Errors
    /// As for [`send_action`](Self::send_action).
    pub fn set_ttl(
        &mut self,
        chat: SecretChatId,
        seconds: i32,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        self.send_action(chat, Action::SetMessageTtl { seconds }, now, rng)
    }

    /// Says that the contents of timed messages were opened: starts their timers on the other side.
    ///
    /// # Errors
    /// As for [`send_action`](Self::send_action).
    pub fn read(
        &mut self,
        chat: SecretChatId,
        random_ids: &[RandomId],
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        self.send_action(chat, Action::ReadMessages { random_ids: numbers(random_ids) }, now, rng)
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
            Self::read_locally(chat, max_date, step);
            if let Some(session) = chat.session() {
                session.read_wanted = session.read_wanted.max(max_date);
            }
            chat.tell_read(step);
        });
        self.commit();
        Ok(())
    }

    /// Deletes messages of either side on the other side. Those of ours that the peer may not have yet are replaced
    /// in the outbox, so that the text is gone there, too.
    ///
    /// # Errors
    /// As for [`send_action`](Self::send_action).
    pub fn delete(
        &mut self,
        chat: SecretChatId,
        random_ids: &[RandomId],
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        self.send_action(chat, Action::DeleteMessages { random_ids: numbers(random_ids) }, now, rng)
    }

    /// Deletes all messages so far on the other side.
    ///
    /// # Errors
    /// As for [`send_action`](Self::send_action).
    pub fn flush(
        &mut self,
        chat: SecretChatId,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        self.send_action(chat, Action::FlushHistory, now, rng)
    }

    /// Tells the other side of a screenshot with these messages on it.
    ///
    /// # Errors
    /// As for [`send_action`](Self::send_action).
    pub fn screenshot(
        &mut self,
        chat: SecretChatId,
        random_ids: &[RandomId],
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        self.send_action(chat, Action::ScreenshotMessages { random_ids: numbers(random_ids) }, now, rng)
    }

    /// Starts to replace the key. [`Event::KeyChanged`](crate::Event::KeyChanged) tells when it is done.
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

    /// Forgets an ended chat completely.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], or [`Error::WrongState`] unless the chat has ended.
    pub fn forget(&mut self, chat: SecretChatId) -> Result<(), Error> {
        self.in_state(chat, ChatState::Discarded)?;
        if let Some(mut gone) = self.chats.remove(&chat) {
            for timer in gone.timers().remove(|_| true) {
                self.fx.remove(RecordKey::Timer { chat, number: timer.number() });
            }
        }
        self.deadlines.retain(|(_, other)| *other != chat);
        self.fx.remove(RecordKey::Chat(chat));
        self.commit();
        Ok(())
    }

    fn in_state(&self, chat: SecretChatId, needed: ChatState) -> Result<(), Error> {
        let state = self.chats.get(&chat).ok_or(Error::UnknownChat { chat })?.state();
        if state == needed { Ok(()) } else { Err(Error::WrongState { chat, state, needed }) }
    }

    fn in_session<T>(
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

impl Session {
    /// Sends an action on behalf of the application and does our own part of it.
    fn apply_own(
        &mut self,
        chat: SecretChatId,
        action: &Action,
        step: &mut Step<'_>,
    ) -> Result<(RandomId, u32), Error> {
        match action {
            Action::RequestKey { .. } | Action::AcceptKey { .. } | Action::CommitKey { .. } => {
                return Err(Error::Reserved { action: action.name(), instead: "rekey" });
            }
            Action::AbortKey { exchange_id: theirs } => match &self.rekey {
                Rekey::Requested { exchange_id, .. } if exchange_id == theirs => self.rekey = Rekey::Idle,
                Rekey::Accepted { exchange_id, .. }
                | Rekey::Committed { exchange_id }
                | Rekey::Switched { exchange_id }
                    if exchange_id == theirs =>
                {
                    return Err(Error::Reserved { action: "AbortKey", instead: "close" });
                }
                _ => {}
            },
            Action::SetMessageTtl { seconds } => {
                self.ttl = timers::clamp(*seconds);
                return self.send_action(chat, &Action::SetMessageTtl { seconds: self.ttl }, step);
            }
            Action::ReadMessages { random_ids } => self.we_have_opened(chat, random_ids, step),
            Action::DeleteMessages { random_ids } => {
                self.drop_timers(chat, |timer| random_ids.contains(&timer.random_id.0), step);
                self.rewrite_all(chat, |id| random_ids.contains(&id.0), step)?;
            }
            Action::FlushHistory => {
                self.drop_timers(chat, |_| true, step);
                self.rewrite_all(chat, |_| true, step)?;
            }
            _ => {}
        }
        self.send_action(chat, action, step)
    }
}

fn numbers(random_ids: &[RandomId]) -> Vec<i64> {
    random_ids.iter().map(|id| id.0).collect()
}
