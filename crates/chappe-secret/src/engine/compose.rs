//! Commands that make a message: texts, media, actions.

use chappe_crypto::Now;
use rand_core::CryptoRng;

use super::SecretChats;
use super::effects::Step;
use crate::state::{OutboundKind, Rekey, Session};
use crate::timers::{self, Lifetime};
use crate::{
    Action, Call, Error, Event, OutboundMessage, OutgoingMedia, OutgoingText, RandomId, RecordKey,
    SecretChatId, UploadedFile, codec,
};

/// Commands that send.
impl SecretChats {
    /// Sends a text. [`Event::Sent`] and
    /// [`Event::Delivered`] tell what becomes of it. Formatting that the peer's layer lacks is not sent: what that is,
    /// [`OutboundMessage::left_out`] of [`Event::Composed`] says.
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
        let mut text = text.into();
        self.in_session(chat, now, rng, |session, chat, step| {
            let random_id = RandomId(step.random_id());
            let ttl = timers::clamp(text.ttl.unwrap_or(session.ttl));
            let fitted = codec::fit_entities(&text.text, &text.entities, session.layer(step));
            text.entities = fitted.entities;
            let body = codec::encode_text(random_id, &text, ttl)?;
            let kind = OutboundKind::Content { silent: text.silent };
            let raw = session.enqueue(chat, random_id, kind, None, &body, step)?;
            session.watch_own(chat, random_id, raw, Lifetime::new(ttl, None), step);
            let left_out = fitted.left_out;
            let message = OutboundMessage { left_out, ..OutboundMessage::text(chat, random_id, &text) };
            step.composed(message, raw, ttl);
            Ok(random_id)
        })
    }

    /// Sends media: what has a file after the file is completely on the server, and anything else with `None`. The
    /// message gets its number now, so a broken upload never leaves a hole. For formatting of its text see
    /// [`send_text`](Self::send_text).
    ///
    /// # Errors
    /// [`Error::UnknownChat`], [`Error::WrongState`] unless the chat is ready, [`Error::InvalidMedia`] if media and
    /// file do not go together, [`Error::FileTooLarge`] for the peer's layer, [`Error::TooLong`].
    pub fn send_media(
        &mut self,
        chat: SecretChatId,
        mut media: OutgoingMedia,
        file: impl Into<Option<UploadedFile>>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<RandomId, Error> {
        let file = file.into();
        self.in_session(chat, now, rng, |session, chat, step| {
            let random_id = RandomId(step.random_id());
            let ttl = timers::clamp(media.ttl.unwrap_or(session.ttl));
            let layer = session.layer(step);
            let fitted = codec::fit_entities(&media.text, &media.entities, layer);
            media.entities = fitted.entities;
            let body = codec::encode_media(random_id, &media, file.as_ref(), ttl, layer)?;
            let input = file.as_ref().map(UploadedFile::input);
            let kind = OutboundKind::Content { silent: media.silent };
            let raw = session.enqueue(chat, random_id, kind, input, &body, step)?;
            session.watch_own(chat, random_id, raw, Lifetime::new(ttl, Some(&media.media)), step);
            let message = OutboundMessage::media(chat, random_id, &media, file.as_ref());
            step.composed(OutboundMessage { left_out: fitted.left_out, ..message }, raw, ttl);
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
                return self.send_own(chat, &Action::SetMessageTtl { seconds: self.ttl }, step);
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
        self.send_own(chat, action, step)
    }

    /// Sends an action and tells that it is on its way.
    fn send_own(
        &mut self,
        chat: SecretChatId,
        action: &Action,
        step: &mut Step<'_>,
    ) -> Result<(RandomId, u32), Error> {
        let (random_id, raw_seq_no) = self.send_action(chat, action, step)?;
        let date = step.now.unix_secs_i32();
        step.event(Event::Acted { chat, random_id, raw_seq_no, date, action: action.clone() });
        Ok((random_id, raw_seq_no))
    }
}

fn numbers(random_ids: &[RandomId]) -> Vec<i64> {
    random_ids.iter().map(|id| id.0).collect()
}
