//! Answers to requests.

use super::SecretChats;
use super::effects::{Outstanding, Purpose, Step, backoff};
use crate::state::{Chat, Phase};
use crate::{
    ChatUpdate, CloseReason, DhConfig, Event, RecordKey, RequestId, Response, RpcFailure, SecretChatId,
    limits,
};
use chappe_crypto::Now;
use rand_core::CryptoRng;

impl SecretChats {
    pub(super) fn answer(
        &mut self,
        id: RequestId,
        response: Result<Response, RpcFailure>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) {
        let Some(outstanding) = self.fx.outstanding.remove(&id) else { return };
        match (outstanding.purpose.clone(), response) {
            (Purpose::Send { chat, message }, response) => self.with(chat, now, rng, |chat, step| {
                let id = chat.id;
                let Some(session) = chat.session() else { return };
                let failed = match response {
                    Ok(Response::Sent { date, file }) => {
                        session.sent(id, message, date, file, step);
                        Ok(())
                    }
                    Err(failure) => session.not_sent(id, message, &failure, step),
                    Ok(_) => {
                        let failure = RpcFailure::new(500, "UNEXPECTED_ANSWER");
                        session.not_sent(id, message, &failure, step)
                    }
                };
                if let Err(reason) = failed {
                    let discard = matches!(&reason, CloseReason::Server { .. });
                    chat.end(reason, discard.then_some(false), false, step);
                }
            }),
            (_, Err(failure)) if failure.is_temporary() => {
                self.retry_later(outstanding, &failure, now, rng);
            }
            (Purpose::DhConfig, Ok(Response::DhConfig { new, random })) => {
                self.take_dh_config(new, &random, now, rng);
            }
            (Purpose::DhConfig, _) => self.give_up_preparing(now, rng),
            (Purpose::Request(chat), response) => {
                self.requested(chat, outstanding.in_doubt, response, now, rng);
            }
            (Purpose::Accept(chat), Ok(Response::Chat(update))) => {
                // Anything but `encryptedChat` means that we were not the first.
                if matches!(update, ChatUpdate::Accepted { .. }) {
                    self.apply(update, now, rng);
                } else {
                    self.with(chat, now, rng, |chat, step| {
                        chat.end(CloseReason::AcceptedElsewhere, None, false, step);
                    });
                }
            }
            (Purpose::Accept(chat), response) => self.with(chat, now, rng, |chat, step| {
                let error =
                    response.err().map_or_else(|| "UNEXPECTED_ANSWER".to_owned(), |failure| failure.name);
                // The first acceptance may have been our own, with an answer that we never saw: the key is the same,
                // but nothing proves it, so the chat is given up on both sides.
                let in_doubt = outstanding.in_doubt || chat.restored;
                let reason = match error.as_str() {
                    "ENCRYPTION_ALREADY_ACCEPTED" if !in_doubt => CloseReason::AcceptedElsewhere,
                    "ENCRYPTION_ALREADY_DECLINED" => CloseReason::Discarded,
                    _ => CloseReason::Server { error },
                };
                chat.end(reason, in_doubt.then_some(false), false, step);
            }),
            (Purpose::Discard(chat), _) => self.with(chat, now, rng, |chat, _| {
                if let Phase::Discarded { discard } = &mut chat.phase {
                    *discard = None;
                }
            }),
            (Purpose::Read { chat, max_date }, response) => self.with(chat, now, rng, |chat, step| {
                if let Some(session) = chat.session() {
                    match response {
                        Ok(_) => session.read_told = session.read_told.max(max_date),
                        Err(failure) if session.read_wanted == max_date => {
                            let present = step.server_date();
                            session.read_wanted = match failure.name.as_str() {
                                // A message had a date to come, which was a lie.
                                "MAX_DATE_INVALID" if present < max_date => {
                                    present.saturating_sub(limits::CLOCK_DOUBT).max(session.read_told)
                                }
                                // The server does not know it: the next reading tells it anew.
                                _ => session.read_told,
                            };
                        }
                        Err(_) => {}
                    }
                }
                chat.tell_read(step);
            }),
            (Purpose::Acknowledge { qts }, _) => self.acknowledged = Some(qts),
            (Purpose::Typing, _) => {}
        }
    }

    fn retry_later(
        &mut self,
        mut outstanding: Outstanding,
        failure: &RpcFailure,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) {
        // Typing is worth nothing later.
        if outstanding.purpose == Purpose::Typing {
            return;
        }
        outstanding.in_doubt |= failure.may_be_done();
        if self.is_moot(&outstanding, now, rng) {
            return;
        }
        outstanding.attempt = outstanding.attempt.saturating_add(1);
        let at = now.monotonic.saturating_add(backoff(outstanding.attempt, failure.argument));
        self.retries.push((at, outstanding));
    }

    /// Whether a call is not worth making again, because its chat has ended meanwhile.
    pub(super) fn is_moot(&mut self, call: &Outstanding, now: Now, rng: &mut dyn CryptoRng) -> bool {
        let (Purpose::Accept(id) | Purpose::Read { chat: id, .. } | Purpose::Request(id)) = call.purpose
        else {
            return false;
        };
        let ended = self.chats.get(&id).is_none_or(|chat| matches!(chat.phase, Phase::Discarded { .. }));
        if ended && matches!(call.purpose, Purpose::Request(_)) {
            self.withdraw(id, call.in_doubt, now, rng);
        }
        ended
    }

    /// A request of ours ended before its answer came: the server has to be told if it may know of it.
    fn withdraw(&mut self, id: SecretChatId, in_doubt: bool, now: Now, rng: &mut dyn CryptoRng) {
        self.with(id, now, rng, |chat, step| {
            let Phase::Discarded { discard } = &mut chat.phase else { return };
            match *discard {
                Some(delete_history) if in_doubt || chat.restored => chat.call_discard(delete_history, step),
                _ => *discard = None,
            }
        });
    }

    fn take_dh_config(&mut self, new: Option<DhConfig>, random: &[u8], now: Now, rng: &mut dyn CryptoRng) {
        self.fx.want_dh = false;
        let params = match (new, &self.account.dh) {
            (Some(config), _) => match self.params.check(config.g, &config.p, rng) {
                Ok(params) => {
                    self.account.dh = Some((config.version, params.clone()));
                    self.fx.put(RecordKey::Account, self.account.encode());
                    Some(params)
                }
                Err(_) => None,
            },
            (None, Some((_, params))) => Some(params.clone()),
            (None, None) => None,
        };
        let Some(params) = params else { return self.give_up_preparing(now, rng) };
        for chat in self.chats_that(Chat::wants_parameters) {
            self.with(chat, now, rng, |chat, step| chat.take_parameters(&params, random, step));
        }
    }

    /// Without safe parameters there is no chat; never fall back to anything.
    fn give_up_preparing(&mut self, now: Now, rng: &mut dyn CryptoRng) {
        self.fx.want_dh = false;
        for chat in self.chats_that(Chat::wants_parameters) {
            self.with(chat, now, rng, |chat, step| {
                let discard = matches!(chat.phase, Phase::Requested { .. }).then_some(false);
                chat.end(CloseReason::BadParameters, discard, false, step);
            });
        }
    }

    fn chats_that(&self, which: impl Fn(&Chat) -> bool) -> Vec<SecretChatId> {
        self.chats.values().filter(|chat| which(chat)).map(|chat| chat.id).collect()
    }

    /// The answer to `requestEncryption`.
    fn requested(
        &mut self,
        id: SecretChatId,
        in_doubt: bool,
        response: Result<Response, RpcFailure>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) {
        let in_doubt = in_doubt || self.chats.get(&id).is_some_and(|chat| chat.restored);
        match response {
            Ok(Response::Chat(update)) => {
                let new = update.id();
                if matches!(update, ChatUpdate::Waiting { .. } | ChatUpdate::Accepted { .. })
                    && !self.rename(id, new)
                {
                    return self.with(id, now, rng, |chat, step| {
                        chat.end(
                            CloseReason::Server { error: "CHAT_ID_REUSED".to_owned() },
                            None,
                            false,
                            step,
                        );
                    });
                }
                match update {
                    ChatUpdate::Waiting { chat: head } => self.with(new, now, rng, |chat, step| {
                        chat.waiting(&head, step);
                        // Closed while the request was on its way.
                        if let Phase::Discarded { discard: Some(delete_history) } = chat.phase {
                            chat.call_discard(delete_history, step);
                        }
                    }),
                    ChatUpdate::Accepted { .. } => self.apply(update, now, rng),
                    _ => self.with(id, now, rng, |chat, step| {
                        chat.end(CloseReason::Discarded, None, false, step);
                        if let Phase::Discarded { discard } = &mut chat.phase {
                            *discard = None;
                        }
                    }),
                }
                for update in std::mem::take(&mut self.orphans) {
                    self.apply(update, now, rng);
                }
            }
            Err(failure) if failure.name == "RANDOM_ID_DUPLICATE" => {
                if self.chats.get(&id).is_none_or(|chat| matches!(chat.phase, Phase::Discarded { .. })) {
                    self.withdraw(id, in_doubt, now, rng);
                } else if in_doubt {
                    // Our first try went through; its access hash comes with the peer's acceptance.
                    self.with(id, now, rng, |chat, step| {
                        let head = crate::ChatHead {
                            id,
                            access_hash: 0,
                            date: 0,
                            admin_id: step.config.own_user_id,
                            participant_id: chat.user_id,
                        };
                        chat.waiting(&head, step);
                    });
                } else {
                    let new = self.unused_id(rng);
                    self.rename(id, new);
                    self.with(new, now, rng, |chat, step| chat.call_request(step));
                }
            }
            response => self.with(id, now, rng, |chat, step| {
                let error =
                    response.err().map_or_else(|| "UNEXPECTED_ANSWER".to_owned(), |failure| failure.name);
                chat.end(CloseReason::Server { error }, in_doubt.then_some(false), false, step);
                if let Phase::Discarded { discard } = &mut chat.phase {
                    match *discard {
                        // The request may have been made before it was refused.
                        Some(delete_history) if in_doubt => chat.call_discard(delete_history, step),
                        _ => *discard = None,
                    }
                }
            }),
        }
    }

    /// Gives a chat another number. False if that is taken.
    fn rename(&mut self, old: SecretChatId, new: SecretChatId) -> bool {
        if old == new {
            return true;
        }
        if self.chats.contains_key(&new) {
            return false;
        }
        if let Some(mut chat) = self.chats.remove(&old) {
            chat.id = new;
            self.fx.remove(RecordKey::Chat(old));
            self.fx.put(RecordKey::Chat(new), chat.encode());
            for (raw, message) in &chat.held {
                self.fx.remove(RecordKey::Inbound { chat: old, raw: *raw, held: true });
                let key = RecordKey::Inbound { chat: new, raw: *raw, held: true };
                self.fx.put(key, crate::record::encode_held(message));
            }
            if let Some(deadline) = chat.scheduled.take() {
                self.deadlines.remove(&(deadline, old));
            }
            self.chats.insert(new, chat);
        }
        true
    }

    /// A free number for a chat of ours: positive, from the generator.
    pub(super) fn unused_id(&self, rng: &mut dyn CryptoRng) -> SecretChatId {
        loop {
            let id = SecretChatId((rng.next_u32() >> 1) as i32);
            if id.0 != 0 && !self.chats.contains_key(&id) {
                return id;
            }
        }
    }

    /// Applies the server's view of a chat.
    pub(super) fn apply(&mut self, update: ChatUpdate, now: Now, rng: &mut dyn CryptoRng) {
        let id = update.id();
        match update {
            ChatUpdate::Empty { .. } => {}
            ChatUpdate::Requested { chat, g_a, .. } => self.incoming(chat, g_a, now, rng),
            ChatUpdate::Waiting { .. } if !self.chats.contains_key(&id) => {}
            update if !self.chats.contains_key(&id) => {
                // It may be about a request of ours whose answer is still on its way.
                let asking = self.fx.outstanding.values().any(|o| matches!(o.purpose, Purpose::Request(_)));
                if asking && self.orphans.len() < limits::MAX_ORPHAN_UPDATES {
                    self.orphans.push(update);
                }
            }
            ChatUpdate::Waiting { .. } => {}
            ChatUpdate::Accepted { chat: head, g_a_or_b, key_fingerprint } => {
                self.with(id, now, rng, |chat, step| chat.accepted(&head, &g_a_or_b, key_fingerprint, step));
            }
            ChatUpdate::Discarded { history_deleted, .. } => {
                self.with(id, now, rng, |chat, step| chat.discarded(history_deleted, step));
            }
        }
    }

    /// Forgets the oldest of the ended chats that never had a key, if there are many: somebody may ask and withdraw
    /// without end.
    fn forget_keyless(&mut self) {
        let keyless = |chat: &&Chat| {
            chat.visualization.is_none() && matches!(chat.phase, Phase::Discarded { discard: None })
        };
        let mut ended: Vec<(i32, SecretChatId)> =
            self.chats.values().filter(keyless).map(|chat| (chat.date, chat.id)).collect();
        if ended.len() > limits::MAX_ENDED_WITHOUT_KEY {
            ended.sort_unstable();
            for (_, id) in &ended[..ended.len() - limits::MAX_ENDED_WITHOUT_KEY] {
                self.forget_now(*id);
            }
        }
    }

    /// Somebody asks for a chat.
    fn incoming(&mut self, head: crate::ChatHead, g_a: Vec<u8>, now: Now, rng: &mut dyn CryptoRng) {
        let for_us =
            head.participant_id == self.config.own_user_id && head.admin_id != self.config.own_user_id;
        if self.chats.contains_key(&head.id) || !for_us {
            return;
        }
        self.forget_keyless();
        let waiting =
            self.chats.values().filter(|chat| matches!(chat.phase, Phase::Requested { .. })).count();
        if waiting >= limits::MAX_INCOMING_REQUESTS {
            let dropped = Event::Dropped { chat: head.id, reason: crate::DropReason::TooMany };
            return self.fx.event(dropped);
        }
        let accept_at = match self.config.accept {
            crate::AcceptPolicy::Never => return,
            crate::AcceptPolicy::Ask => None,
            crate::AcceptPolicy::Automatic { delay } => {
                Some(now.unix_secs().saturating_add(i64::try_from(delay.as_secs()).unwrap_or(i64::MAX)))
            }
        };
        self.chats.insert(head.id, Chat::theirs(&head, g_a, accept_at));
        self.with(head.id, now, rng, |chat, step: &mut Step<'_>| {
            step.event(Event::ChatRequested { chat: chat.id, user_id: chat.user_id, date: chat.date });
            chat.tick(step);
        });
    }
}
