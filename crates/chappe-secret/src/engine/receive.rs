//! Receiving: decrypt, check the numbers, wait for what is missing, then act.
//!
//! A message is looked into only when everything before it has been processed. The one exception is `Resend`, which
//! is obeyed at once: two sides that wait for each other would otherwise wait for ever.

use std::time::Duration;

use chappe_crypto::KeyFingerprint;
use zeroize::Zeroizing;

use super::effects::Step;
use crate::sequence::{self, Verdict};
use crate::state::{Pending, Rekey, Session};
use crate::timers::{Lifetime, Timer};
use crate::wrapper::Wrapper;
use crate::{
    Action, CloseReason, Content, DropReason, EncryptedMessage, Event, InboundMessage, RandomId, RecordKey,
    SecretChatId, SecretLayer, Violation, codec, envelope, limits, timers,
};

/// An authentic payload.
struct Opened {
    object: Zeroizing<Vec<u8>>,
    key: KeyFingerprint,
    mtproto1: bool,
}

/// Whether a message stands in the place of one that was deleted before its delivery. It is encrypted with the key of
/// that moment, so it says nothing about the key of the messages after it.
fn deletes_itself(decoded: &Result<codec::Decoded, codec::Unreadable>) -> bool {
    matches!(
        decoded,
        Ok(codec::Decoded::Service { random_id, action: Action::DeleteMessages { random_ids } })
            if random_ids[..] == [random_id.0]
    )
}

impl Session {
    #[cfg_attr(
        not(feature = "mtproto1"),
        expect(unused_variables, reason = "only the old version has a setting")
    )]
    fn open(&self, data: &[u8], step: &Step<'_>) -> Result<Opened, DropReason> {
        let name = envelope::fingerprint(data).ok_or(DropReason::NotAuthentic)?;
        let keys = [Some(&self.key), self.other.as_ref()];
        let key =
            keys.into_iter().flatten().find(|key| key.fingerprint() == name).ok_or(DropReason::UnknownKey)?;
        match envelope::open(key, self.sequence.role.opposite(), data) {
            Ok(object) => Ok(Opened { object, key: name, mtproto1: false }),
            #[cfg(feature = "mtproto1")]
            Err(_) if step.config.read_mtproto1 => match envelope::open_v1(key, data) {
                Ok(object) => Ok(Opened { object, key: name, mtproto1: true }),
                Err(_) => Err(DropReason::NotAuthentic),
            },
            Err(_) => Err(DropReason::NotAuthentic),
        }
    }

    /// Takes a message from the server.
    ///
    /// # Errors
    /// The chat has to be given up.
    pub(crate) fn receive(
        &mut self,
        message: &EncryptedMessage,
        step: &mut Step<'_>,
    ) -> Result<(), CloseReason> {
        let chat = message.chat;
        let drop = |step: &mut Step<'_>, reason| {
            step.event(Event::Dropped { chat, reason });
            Ok(())
        };
        let opened = match self.open(&message.bytes, step) {
            Ok(opened) => opened,
            Err(reason) => return drop(step, reason),
        };
        let Some(wrapper) = Wrapper::decode(&opened.object) else {
            return drop(step, DropReason::NotWrapped);
        };
        let verdict =
            self.sequence.judge(wrapper.in_seq_no, wrapper.out_seq_no).map_err(CloseReason::Violation)?;
        let (raw, seen) = match verdict {
            Verdict::Duplicate => return drop(step, DropReason::Duplicate),
            Verdict::Next { raw, seen } | Verdict::Ahead { raw, seen } => (raw, seen),
        };
        if opened.mtproto1
            && (wrapper.layer >= SecretLayer::MTPROTO2 || self.mtproto2_from.is_some_and(|from| raw > from))
        {
            return drop(step, DropReason::NotAuthentic);
        }
        if !opened.mtproto1 {
            self.mtproto2_from = Some(self.mtproto2_from.map_or(raw, |from| from.min(raw)));
        }
        self.switch_if_peer_has(chat, opened.key, step)?;
        let pending = Pending {
            seen,
            layer: wrapper.layer,
            date: message.date,
            outer: message.random_id,
            file: message.file,
            key: opened.key,
            obeyed: false,
            body: Zeroizing::new(wrapper.body.to_vec()),
        };
        // The peer is there. If the gap is, too, then the question or its answer was lost, rather than waited for.
        self.gap_tries = 0;
        if let Verdict::Next { .. } = verdict {
            self.accept(chat, raw, pending, step)?;
            // What is missing may be coming, one after the other.
            self.gap_asked = step.now.monotonic;
            self.drain(chat, step)
        } else {
            self.postpone(chat, raw, pending, step)
        }
    }

    /// Keeps a message that came before its predecessors.
    fn postpone(
        &mut self,
        chat: SecretChatId,
        raw: u32,
        mut pending: Pending,
        step: &mut Step<'_>,
    ) -> Result<(), CloseReason> {
        if self.pending.contains_key(&raw) {
            step.event(Event::Dropped { chat, reason: DropReason::Duplicate });
            return Ok(());
        }
        self.pending_len += pending.body.len();
        if self.pending.len() >= limits::MAX_PENDING_COUNT || self.pending_len > limits::MAX_PENDING_LEN {
            return Err(CloseReason::Violation(Violation::PendingOverflow));
        }
        if let Ok(codec::Decoded::Service { action: Action::Resend { start_seq_no, end_seq_no }, .. }) =
            codec::decode(&pending.body, None)
        {
            pending.obeyed = true;
            self.serve_resend(chat, start_seq_no, end_seq_no, step).map_err(CloseReason::Violation)?;
        }
        step.fx.put(RecordKey::Inbound { chat, raw, held: false }, pending.encode());
        self.pending.insert(raw, pending);
        self.ask_for_missing(chat, false, step)
    }

    /// When what is missing is to be asked for once more: not before the last question has reached the server.
    pub(crate) fn ask_again_at(&self) -> Option<Duration> {
        (self.gap_since.is_some() && self.unsent.is_empty()).then(|| {
            let wait = limits::GAP_RETRY.saturating_mul(1 << (2 * self.gap_tries.min(7)));
            self.gap_asked.saturating_add(wait.min(limits::GAP_RETRY_LONGEST))
        })
    }

    /// Asks for what is missing before the first postponed message: once per gap, or again if `again`.
    pub(crate) fn ask_for_missing(
        &mut self,
        chat: SecretChatId,
        again: bool,
        step: &mut Step<'_>,
    ) -> Result<(), CloseReason> {
        let Some(end) = self.pending.keys().next().and_then(|first| first.checked_sub(1)) else {
            return Ok(());
        };
        let (peer, first) = (self.sequence.role.opposite(), self.sequence.received);
        if !again && self.resend_end.is_some_and(|asked| asked >= first) {
            return Ok(());
        }
        let last = end.min(first.saturating_add(limits::MAX_RESEND_COUNT - 1));
        let action = Action::Resend {
            start_seq_no: sequence::wire(peer, first),
            end_seq_no: sequence::wire(peer, last),
        };
        self.resend_end = Some(last);
        self.gap_since.get_or_insert(step.now.unix_secs());
        self.gap_asked = step.now.monotonic;
        let sent = self.send_action(chat, &action, step);
        let (_, raw) = sent.map_err(|_| CloseReason::Violation(Violation::Exhausted))?;
        self.gap_question = Some(raw);
        if !again {
            self.gap_tries = 0;
            step.event(Event::GapDetected { chat, first, last });
        }
        Ok(())
    }

    /// Processes postponed messages whose turn has come.
    fn drain(&mut self, chat: SecretChatId, step: &mut Step<'_>) -> Result<(), CloseReason> {
        while let Some(pending) = self.pending.remove(&self.sequence.received) {
            let raw = self.sequence.received;
            self.pending_len = self.pending_len.saturating_sub(pending.body.len());
            step.fx.remove(RecordKey::Inbound { chat, raw, held: false });
            self.accept(chat, raw, pending, step)?;
        }
        if !self.pending.is_empty() {
            return self.ask_for_missing(chat, false, step);
        }
        self.resend_end = None;
        if self.gap_since.take().is_some() {
            self.stuck_told = false;
            step.event(Event::GapFilled { chat });
        }
        Ok(())
    }

    /// Processes the next message of the sequence.
    fn accept(
        &mut self,
        chat: SecretChatId,
        raw: u32,
        message: Pending,
        step: &mut Step<'_>,
    ) -> Result<(), CloseReason> {
        self.sequence.check_seen(message.seen).map_err(CloseReason::Violation)?;
        let mut seen = message.seen;
        if self.resend_end.is_some_and(|end| raw <= end) {
            // The iOS client writes its current acknowledgement into what it sends again, which is then ahead of
            // that of messages after it, some of which may have come the same way.
            let least = self.pending.values().map(|pending| pending.seen).min().unwrap_or(seen);
            seen = seen.min(least).max(self.sequence.acknowledged);
        }
        self.sequence.received = raw + 1;
        self.newest = self.newest.max(message.date);
        self.key_uses = self.key_uses.saturating_add(1);
        self.spoke_last = false;
        self.acknowledge(chat, seen, step);
        self.raise_peer_layer(chat, message.layer, step);
        let decoded = codec::decode(&message.body, message.file);
        if matches!(self.rekey, Rekey::Committed { .. })
            && message.key == self.key.fingerprint()
            && !deletes_itself(&decoded)
        {
            // Everything the peer wrote with the old key is in.
            self.other = None;
            self.rekey = Rekey::Idle;
        }
        match decoded {
            Ok(codec::Decoded::Service { random_id, action }) => {
                self.act(chat, raw, random_id, action, &message, step)
            }
            Ok(codec::Decoded::Content(codec::Message { random_id: RandomId(0), .. })) => Ok(()),
            Ok(codec::Decoded::Content(codec::Message { random_id, .. }))
                if self.names.contains(random_id) =>
            {
                step.event(Event::Dropped { chat, reason: DropReason::RepeatedId });
                Ok(())
            }
            Ok(codec::Decoded::Content(codec::Message {
                random_id,
                ttl,
                silent,
                reply_to,
                grouped_id,
                via_bot_name,
                content,
            })) => {
                let ttl = timers::clamp(ttl);
                self.name(chat, random_id, step);
                if let Some(lifetime) = Lifetime::new(ttl, content.media()) {
                    let date = message.date;
                    let timer =
                        Timer { random_id, raw, inbound: true, date, dated: true, lifetime, started: None };
                    self.watch(chat, timer, step);
                }
                step.event(Event::Message(InboundMessage {
                    chat,
                    random_id,
                    raw_seq_no: raw,
                    seen_count: message.seen,
                    date: message.date,
                    layer: message.layer,
                    ttl,
                    silent,
                    reply_to,
                    grouped_id,
                    via_bot_name,
                    content,
                    file: message.file,
                }));
                Ok(())
            }
            Err(codec::Unreadable) => {
                // If not even the id inside can be read, the server's will do; but it must not stand for another
                // message.
                let random_id = codec::random_id(&message.body).unwrap_or(RandomId(message.outer));
                let random_id = if self.names.contains(random_id) { RandomId(0) } else { random_id };
                if random_id.0 != 0 {
                    self.name(chat, random_id, step);
                }
                step.event(Event::Message(InboundMessage {
                    chat,
                    random_id,
                    raw_seq_no: raw,
                    seen_count: message.seen,
                    date: message.date,
                    layer: message.layer,
                    ttl: 0,
                    silent: true,
                    reply_to: None,
                    grouped_id: None,
                    via_bot_name: None,
                    content: Content::Unsupported,
                    file: message.file,
                }));
                Ok(())
            }
        }
    }

    fn raise_peer_layer(&mut self, chat: SecretChatId, layer: SecretLayer, step: &mut Step<'_>) {
        if layer > self.peer_layer && layer >= SecretLayer::ENTITIES {
            self.peer_layer = layer;
            step.event(Event::LayerChanged { chat, layer });
        }
    }

    /// Does our part of a service action and tells the application.
    fn act(
        &mut self,
        chat: SecretChatId,
        raw: u32,
        random_id: RandomId,
        action: Action,
        message: &Pending,
        step: &mut Step<'_>,
    ) -> Result<(), CloseReason> {
        let event = |action| Event::Action { chat, random_id, raw_seq_no: raw, date: message.date, action };
        match action {
            Action::SetMessageTtl { seconds } => {
                let seconds = timers::clamp(seconds);
                self.ttl = seconds;
                step.event(event(Action::SetMessageTtl { seconds }));
            }
            Action::NotifyLayer { layer } => {
                step.event(event(Action::NotifyLayer { layer }));
                self.raise_peer_layer(chat, SecretLayer(layer), step);
            }
            Action::Resend { start_seq_no, end_seq_no } => {
                step.event(event(action));
                if !message.obeyed {
                    self.serve_resend(chat, start_seq_no, end_seq_no, step)
                        .map_err(CloseReason::Violation)?;
                }
            }
            Action::RequestKey { exchange_id, ref g_a } => {
                let g_a = g_a.clone();
                step.event(event(action));
                self.handle_request_key(chat, exchange_id, &g_a, step)?;
            }
            Action::AcceptKey { exchange_id, ref g_b, key_fingerprint } => {
                let g_b = g_b.clone();
                step.event(event(action));
                self.handle_accept_key(chat, exchange_id, &g_b, KeyFingerprint(key_fingerprint), step)?;
            }
            Action::CommitKey { exchange_id, key_fingerprint } => {
                step.event(event(action));
                self.handle_commit_key(chat, exchange_id, KeyFingerprint(key_fingerprint), step)?;
            }
            Action::AbortKey { exchange_id } => {
                step.event(event(action));
                self.handle_abort_key(exchange_id, message.seen, step)?;
            }
            Action::ReadMessages { ref random_ids } => {
                let random_ids = random_ids.clone();
                step.event(event(action));
                self.peer_has_opened(chat, &random_ids, message.date, step);
            }
            Action::DeleteMessages { ref random_ids } => {
                let random_ids = random_ids.clone();
                step.event(event(action));
                self.deleted(chat, &random_ids, step);
            }
            Action::FlushHistory => {
                step.event(event(action));
                self.flushed(chat, raw, message.seen, step);
            }
            // The rest is for the application and its history.
            action => step.event(event(action)),
        }
        Ok(())
    }
}
