//! Timers at work: what starts them, and what their end does.

use super::SecretChats;
use super::effects::Step;
use crate::state::{Chat, PeerRead, Phase, Session};
use crate::timers::{Lifetime, Timer, Timers};
use crate::{Action, ChatState, Error, Event, RandomId, RecordKey, SecretChatId};
use chappe_crypto::Now;
use rand_core::CryptoRng;

/// Starts timers as of `since` (Unix seconds), stores and tells it.
fn start(
    timers: &mut Timers,
    chat: SecretChatId,
    since: impl Fn(&Timer) -> i64,
    which: impl Fn(&Timer) -> bool,
    step: &mut Step<'_>,
) -> usize {
    let started = timers.start(step.now, since, which);
    for timer in &started {
        step.fx.put(RecordKey::Timer { chat, number: timer.number() }, timer.encode());
        if let Some(expires_at) = timer.expires_at() {
            step.event(Event::TimerStarted { chat, random_id: timer.random_id, expires_at });
        }
    }
    started.len()
}

/// When a message was read by our clock, as the server dates it by its own: not before it was there.
fn dated_by_server(date: i32, step: &Step<'_>) -> impl Fn(&Timer) -> i64 + use<> {
    let ahead = step.fx.server_ahead;
    move |timer| i64::from(date.max(timer.date)).saturating_sub(ahead)
}

/// Starts the timers of received messages that count from the reading.
fn start_read(timers: &mut Timers, chat: SecretChatId, max_date: i32, step: &mut Step<'_>) {
    let since = step.now.unix_secs();
    start(timers, chat, |_| since, |t| t.inbound && !t.lifetime.opens && t.date <= max_date, step);
}

/// Starts the timer of one received message that counts from the opening. Whether there is one.
fn start_opened(timers: &mut Timers, chat: SecretChatId, id: RandomId, step: &mut Step<'_>) -> bool {
    let since = step.now.unix_secs();
    start(timers, chat, |_| since, |t| t.inbound && t.random_id == id, step) > 0
}

impl Session {
    /// Remembers that a message has to go one day.
    pub(crate) fn watch(&mut self, chat: SecretChatId, timer: Timer, step: &mut Step<'_>) {
        step.fx.put(RecordKey::Timer { chat, number: timer.number() }, timer.encode());
        self.timers.insert(timer);
    }

    /// Remembers the id of a content message.
    pub(crate) fn name(&mut self, chat: SecretChatId, id: RandomId, step: &mut Step<'_>) {
        let slot = self.names.insert(id);
        if let Some(ids) = self.names.slots.get(&slot) {
            step.fx.put(RecordKey::Names { chat, slot }, crate::record::encode_names(ids));
        }
    }

    /// Forgets timers: their messages have gone already.
    pub(crate) fn drop_timers(
        &mut self,
        chat: SecretChatId,
        which: impl Fn(&Timer) -> bool,
        step: &mut Step<'_>,
    ) {
        for timer in self.timers.remove(which) {
            step.fx.remove(RecordKey::Timer { chat, number: timer.number() });
        }
    }

    /// The server has a message of ours, which may have been read before we learn that. Without a date (the answer was
    /// lost, and the peer has acknowledged the message meanwhile) our own clock has to do.
    pub(crate) fn dated(&mut self, chat: SecretChatId, raw: u32, date: Option<i32>, step: &mut Step<'_>) {
        let number = crate::timers::number(raw, false);
        let Some(timer) = self.timers.get_mut(number) else { return };
        if !timer.dated {
            timer.dated = true;
            timer.date = date.unwrap_or(timer.date);
            step.fx.put(RecordKey::Timer { chat, number }, timer.encode());
            self.peer_has_read(chat, step);
        }
    }

    /// Starts the timers of our messages that the peer has read.
    fn peer_has_read(&mut self, chat: SecretChatId, step: &mut Step<'_>) {
        let PeerRead { max_date, date, before } = self.peer_read;
        // The server's dates are no finer than a second: what it has taken since may have been read with the rest.
        let known = |t: &Timer| t.raw < before && t.date <= max_date || t.date == max_date;
        let read = |t: &Timer| !t.inbound && !t.lifetime.opens && t.dated && known(t);
        start(&mut self.timers, chat, dated_by_server(date, step), read, step);
    }

    /// The peer has opened media of ours.
    pub(crate) fn peer_has_opened(
        &mut self,
        chat: SecretChatId,
        ids: &[i64],
        date: i32,
        step: &mut Step<'_>,
    ) {
        let opened = |t: &Timer| !t.inbound && ids.contains(&t.random_id.0);
        start(&mut self.timers, chat, dated_by_server(date, step), opened, step);
    }

    /// We have opened media of the peer.
    pub(crate) fn we_have_opened(&mut self, chat: SecretChatId, ids: &[i64], step: &mut Step<'_>) {
        let since = step.now.unix_secs();
        start(&mut self.timers, chat, |_| since, |t| t.inbound && ids.contains(&t.random_id.0), step);
    }

    /// The peer deletes messages.
    pub(crate) fn deleted(&mut self, chat: SecretChatId, ids: &[i64], step: &mut Step<'_>) {
        let random_ids = self.names.only_known(ids);
        self.drop_timers(chat, |timer| random_ids.contains(&timer.random_id), step);
        if !random_ids.is_empty() {
            step.event(Event::Deleted { chat, random_ids });
        }
    }

    /// The peer, having seen so many of our messages, clears the history before its message `raw`.
    pub(crate) fn flushed(&mut self, chat: SecretChatId, raw: u32, seen: u32, step: &mut Step<'_>) {
        self.drop_timers(chat, |t| if t.inbound { t.raw < raw } else { t.raw < seen }, step);
        let content =
            |o: &crate::state::Outbound| matches!(o.kind, crate::state::OutboundKind::Content { .. });
        let kept = self.outbox.range(seen..).filter(|(_, o)| content(o)).map(|(_, o)| o.random_id).collect();
        step.event(Event::HistoryCleared { chat, kept });
    }

    /// Watches a message of ours if it has a timer.
    pub(crate) fn watch_own(
        &mut self,
        chat: SecretChatId,
        random_id: RandomId,
        raw: u32,
        lifetime: Option<Lifetime>,
        step: &mut Step<'_>,
    ) {
        if let Some(lifetime) = lifetime {
            let date = step.now.unix_secs_i32();
            let timer = Timer { random_id, raw, inbound: false, date, dated: false, lifetime, started: None };
            self.watch(chat, timer, step);
        }
    }
}

impl Chat {
    /// The timers, wherever they are.
    pub(crate) fn timers(&mut self) -> &mut Timers {
        match &mut self.phase {
            Phase::Ready(session) => &mut session.timers,
            _ => &mut self.timers,
        }
    }

    /// What the server has said about the reading of our messages takes effect, and what is over goes.
    pub(crate) fn run_timers(&mut self, step: &mut Step<'_>) {
        let chat = self.id;
        if let Phase::Ready(session) = &mut self.phase
            && std::mem::take(&mut session.read_is_news)
        {
            session.peer_has_read(chat, step);
        }
        let gone = self.timers().expire(step.now);
        if gone.is_empty() {
            return;
        }
        for timer in &gone {
            step.fx.remove(RecordKey::Timer { chat, number: timer.number() });
            if let (Phase::Ready(session), false) = (&mut self.phase, timer.inbound) {
                // The copy that waits for a `Resend` goes as well. A failure leaves it for a moment: the next
                // acknowledgement removes it.
                let _ = session.rewrite(chat, timer.raw, step);
            }
        }
        let random_ids = gone.iter().map(|timer| timer.random_id).collect();
        step.event(Event::Expired { chat, random_ids });
    }

    /// Forgets all timers and their records.
    pub(crate) fn forget_timers(&mut self, step: &mut Step<'_>) {
        let chat = self.id;
        for timer in self.timers().remove(|_| true) {
            step.fx.remove(RecordKey::Timer { chat, number: timer.number() });
        }
    }
}

impl SecretChats {
    /// The user has opened a received photo, film or sound with a short timer, or one that can be opened once: its
    /// timer starts here, and the sender is told so that it starts there. False if there is no such message, or it
    /// was opened before. See [`InboundMessage::opens`](crate::InboundMessage::opens).
    ///
    /// Works in ended chats as well, whose timers go on.
    ///
    /// # Errors
    /// [`Error::UnknownChat`], [`Error::WrongState`] in a chat that was never ready, [`Error::SequenceExhausted`].
    pub fn opened(
        &mut self,
        chat: SecretChatId,
        message: RandomId,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<bool, Error> {
        let state = self.chats.get(&chat).ok_or(Error::UnknownChat { chat })?.state();
        if !matches!(state, ChatState::Ready | ChatState::Discarded) {
            return Err(Error::WrongState { chat, state, needed: ChatState::Ready });
        }
        let mut result = Ok(false);
        self.with(chat, now, rng, |this, step| {
            let started = start_opened(this.timers(), chat, message, step);
            result = Ok(started);
            if let (true, Some(session)) = (started, this.session()) {
                let action = Action::ReadMessages { random_ids: vec![message.0] };
                result = session.send_action(chat, &action, step).map(|_| true);
            }
        });
        self.commit();
        result
    }

    /// Starts the timers of what was read, without telling anybody.
    pub(super) fn read_locally(chat: &mut Chat, max_date: i32, step: &mut Step<'_>) {
        let id = chat.id;
        start_read(chat.timers(), id, max_date, step);
    }

    /// `updateEncryptedMessagesRead` for the timers: they start with the next
    /// [`handle_timeout`](Self::handle_timeout), which is due at once.
    pub(super) fn note_peer_read(&mut self, chat: SecretChatId, max_date: i32, date: i32) {
        let now = self.now.monotonic;
        let Some(this) = self.chats.get_mut(&chat) else { return };
        let Phase::Ready(session) = &mut this.phase else { return };
        // A later statement about the same messages cannot give them more time.
        let before = session.sequence.sent;
        if max_date <= session.peer_read.max_date && before == session.peer_read.before {
            return;
        }
        session.peer_read = PeerRead { max_date, date, before };
        if session.timers.iter().any(|timer| !timer.inbound && timer.started.is_none()) {
            session.read_is_news = true;
            if let Some(old) = this.scheduled.replace(now) {
                self.deadlines.remove(&(old, chat));
            }
            self.deadlines.insert((now, chat));
            self.timeout_told = None;
        }
        let record = this.encode();
        self.fx.put(RecordKey::Chat(chat), record);
    }
}
