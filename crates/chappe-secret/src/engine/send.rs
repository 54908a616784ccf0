//! Sending: one ciphertext per number, stored before it leaves, in order.

use zeroize::Zeroizing;

use super::effects::{Purpose, Sending, Step, backoff};
use crate::state::{Outbound, OutboundKind, Session};
use crate::wrapper::Wrapper;
use crate::{
    Action, Call, CloseReason, EncryptedFile, Error, Event, InputFile, Peer, RandomId, RecordKey, RpcFailure,
    SecretChatId, SecretLayer, Violation, codec, envelope, limits, sequence,
};

impl Session {
    /// The layer in which we write now.
    pub(crate) fn layer(&self, step: &Step<'_>) -> SecretLayer {
        SecretLayer::to_send(step.config.layer, self.peer_layer)
    }

    /// Wraps and encrypts a message under the number `raw`, as created after `received` messages of the peer.
    fn seal(&self, raw: u32, received: u32, body: &[u8], step: &mut Step<'_>) -> Result<Vec<u8>, Error> {
        let wrapper = Wrapper {
            layer: self.layer(step),
            in_seq_no: self.sequence.wire_in(received),
            out_seq_no: self.sequence.wire_out(raw),
            body,
        };
        let mut random_bytes = [0; limits::RANDOM_BYTES_LEN];
        step.rng.fill_bytes(&mut random_bytes);
        let object = Zeroizing::new(wrapper.encode(&random_bytes)?);
        envelope::seal(&self.key, self.sequence.role, &object, step.rng)
    }

    /// Gives a message the next number and puts it into the outbox. This is the only place where numbers are given.
    pub(crate) fn enqueue(
        &mut self,
        chat: SecretChatId,
        random_id: RandomId,
        kind: OutboundKind,
        file: Option<InputFile>,
        body: &[u8],
        step: &mut Step<'_>,
    ) -> Result<u32, Error> {
        let raw = self.sequence.sent;
        if raw >= limits::MAX_RAW_SEQ_NO - 1 {
            return Err(Error::SequenceExhausted { chat });
        }
        let received = self.sequence.received;
        let data = self.seal(raw, received, body, step)?;
        self.sequence.sent += 1;
        self.key_uses = self.key_uses.saturating_add(1);
        self.spoke_last = true;
        let outbound =
            Outbound { random_id, outer: random_id.0, received, kind, file, data, sent: false, told: false };
        step.fx.put(RecordKey::Outbound { chat, raw }, outbound.encode());
        if let OutboundKind::Content { .. } = kind {
            self.name(chat, random_id, step);
        }
        self.outbox.insert(raw, outbound);
        self.unsent.insert(raw);
        Ok(raw)
    }

    /// Sends a service action.
    pub(crate) fn send_action(
        &mut self,
        chat: SecretChatId,
        action: &Action,
        step: &mut Step<'_>,
    ) -> Result<(RandomId, u32), Error> {
        let random_id = RandomId(step.random_id());
        let body = codec::encode_service(random_id, action)?;
        let raw = self.enqueue(chat, random_id, OutboundKind::Service, None, &body, step)?;
        Ok((random_id, raw))
    }

    /// Replaces an unacknowledged content message by its own deletion, under the same numbers: the peer may or may
    /// not have the original, and the sequence stays whole either way.
    pub(crate) fn rewrite(&mut self, chat: SecretChatId, raw: u32, step: &mut Step<'_>) -> Result<(), Error> {
        let Some(outbound) = self.outbox.get(&raw) else { return Ok(()) };
        if !matches!(outbound.kind, OutboundKind::Content { .. }) {
            return Ok(());
        }
        let random_id = outbound.random_id;
        // What has not left goes in its new form only. With others behind it, it goes ahead: the order matters more.
        if let Some((id, last)) = self.in_flight.last().copied()
            && last == raw
            && step.fx.take_back(id)
        {
            self.in_flight.pop();
        }
        let action = Action::DeleteMessages { random_ids: vec![random_id.0] };
        let data = self.seal(raw, outbound.received, &codec::encode_service(random_id, &action)?, step)?;
        self.key_uses = self.key_uses.saturating_add(1);
        let outer = step.random_id();
        if let Some(outbound) = self.outbox.get_mut(&raw) {
            outbound.kind = OutboundKind::Deleted;
            outbound.file = None;
            outbound.outer = outer;
            outbound.data = data;
            step.fx.put(RecordKey::Outbound { chat, raw }, outbound.encode());
        }
        let number = crate::timers::number(raw, false);
        if self.timers.get_mut(number).is_some() {
            self.drop_timers(chat, |timer| timer.number() == number, step);
        }
        Ok(())
    }

    /// Replaces those of the given messages that are in the outbox.
    pub(crate) fn rewrite_all(
        &mut self,
        chat: SecretChatId,
        which: impl Fn(RandomId) -> bool,
        step: &mut Step<'_>,
    ) -> Result<(), Error> {
        let raws: Vec<u32> =
            self.outbox.iter().filter(|(_, o)| which(o.random_id)).map(|(raw, _)| *raw).collect();
        raws.into_iter().try_for_each(|raw| self.rewrite(chat, raw, step))
    }

    /// Marks a range of our messages to be sent again as they are.
    ///
    /// # Errors
    /// The range is none that an honest peer can ask for.
    pub(crate) fn serve_resend(
        &mut self,
        chat: SecretChatId,
        start_seq_no: i32,
        end_seq_no: i32,
        step: &mut Step<'_>,
    ) -> Result<(), Violation> {
        let role = self.sequence.role;
        let raw = |wire| sequence::raw(role, wire).ok_or(Violation::Resend);
        let (start, end) = (raw(start_seq_no)?, raw(end_seq_no)?);
        if start > end || end >= self.sequence.sent || end - start >= limits::MAX_RESEND_COUNT {
            return Err(Violation::Resend);
        }
        // What it has acknowledged the peer cannot need.
        for raw in start.max(self.sequence.acknowledged)..=end {
            let outer = step.random_id();
            let outbound = self.outbox.get_mut(&raw).ok_or(Violation::Resend)?;
            // Some clients ask once for each message behind a gap: what has just gone out again is on its way.
            let recent = self
                .resent
                .get(&raw)
                .is_some_and(|at| step.now.monotonic < at.saturating_add(limits::RESEND_INTERVAL));
            if outbound.sent && !recent {
                // A fresh outer id: the server might take a used one for a repetition of ours and drop it.
                outbound.sent = false;
                outbound.outer = outer;
                self.unsent.insert(raw);
                self.resent.insert(raw, step.now.monotonic);
                step.fx.put(RecordKey::Outbound { chat, raw }, outbound.encode());
            }
        }
        Ok(())
    }

    /// Forgets our messages below `seen`: the peer has them.
    pub(crate) fn acknowledge(&mut self, chat: SecretChatId, seen: u32, step: &mut Step<'_>) {
        self.sequence.acknowledged = seen;
        let kept = self.outbox.split_off(&seen);
        let gone = std::mem::replace(&mut self.outbox, kept);
        self.unsent = self.unsent.split_off(&seen);
        self.resent = self.resent.split_off(&seen);
        if gone.is_empty() {
            return;
        }
        for (raw, outbound) in &gone {
            // Its answer was lost, and there will be no other.
            if !outbound.told && self.in_flight.iter().all(|(_, other)| other != raw) {
                step.taken(chat, outbound.random_id);
            }
            self.dated(chat, *raw, None, step);
            step.fx.remove(RecordKey::Outbound { chat, raw: *raw });
        }
        let random_ids = gone.into_values().map(|outbound| outbound.random_id).collect();
        step.event(Event::Delivered { chat, random_ids });
    }

    /// Hands out what may be sent now.
    pub(crate) fn pump(&mut self, peer: Peer, step: &mut Step<'_>) {
        if self.retry_at.is_some_and(|at| step.now.monotonic < at) {
            return;
        }
        self.retry_at = None;
        // After a failure everything on the way comes back first, or a later message would pass an earlier one.
        if self.failures > 0 && !self.in_flight.is_empty() {
            return;
        }
        let window = if self.failures > 0 { 1 } else { step.config.send_window.max(1) };
        while self.in_flight.len() < window {
            let next = self.unsent.iter().find(|raw| self.in_flight.iter().all(|(_, other)| other != *raw));
            let Some((raw, outbound)) = next.and_then(|raw| Some((*raw, self.outbox.get(raw)?))) else {
                break;
            };
            let (random_id, data) = (outbound.outer, outbound.data.clone());
            let call = match outbound.kind {
                OutboundKind::Content { silent } if let Some(file) = outbound.file.clone() => {
                    Call::SendEncryptedFile { peer, random_id, data, file, silent }
                }
                OutboundKind::Content { silent } => Call::SendEncrypted { peer, random_id, data, silent },
                OutboundKind::Deleted => Call::SendEncrypted { peer, random_id, data, silent: true },
                OutboundKind::Service => Call::SendEncryptedService { peer, random_id, data },
            };
            let Outbound { random_id, outer, told, .. } = *outbound;
            let purpose =
                Purpose::Send { chat: peer.chat_id, message: Sending { raw, random_id, outer, told } };
            let id = step.fx.request(call, purpose, self.in_flight.last().map(|(id, _)| *id));
            self.in_flight.push((id, raw));
        }
    }

    /// The server has a message of ours.
    pub(crate) fn sent(
        &mut self,
        chat: SecretChatId,
        message: Sending,
        date: i32,
        file: Option<EncryptedFile>,
        step: &mut Step<'_>,
    ) {
        let Sending { raw, random_id, told, .. } = message;
        self.in_flight.retain(|(_, other)| *other != raw);
        self.failures = 0;
        self.unsent.remove(&raw);
        if self.gap_question.take_if(|question| *question == raw).is_some() {
            // From here on the peer can answer.
            self.gap_asked = step.now.monotonic;
        }
        if let Some(outbound) = self.outbox.get_mut(&raw) {
            outbound.sent = true;
            outbound.told = true;
            if let (Some(stored), Some(used)) = (file, &mut outbound.file) {
                *used = InputFile::Stored { id: stored.id, access_hash: stored.access_hash };
            }
            step.fx.put(RecordKey::Outbound { chat, raw }, outbound.encode());
        }
        self.dated(chat, raw, Some(date), step);
        if !told {
            if let Some(file) = file {
                step.event(Event::FileStored { chat, random_id, file });
            }
            step.event(Event::Sent { chat, random_id, date });
        }
    }

    /// The server refused a message of ours.
    ///
    /// # Errors
    /// The chat has to be given up.
    pub(crate) fn not_sent(
        &mut self,
        chat: SecretChatId,
        message: Sending,
        failure: &RpcFailure,
        step: &mut Step<'_>,
    ) -> Result<(), CloseReason> {
        let Sending { raw, random_id, outer, told } = message;
        self.in_flight.retain(|(_, other)| *other != raw);
        // The peer had it all the same.
        if raw < self.sequence.acknowledged && !told {
            step.taken(chat, random_id);
        }
        if failure.is_temporary() {
            // What fails because the message before it has failed is the same failure, and no reason to wait longer.
            if self.retry_at.is_none() || !failure.has_waited() {
                self.failures = self.failures.saturating_add(1);
                self.retry_at = Some(step.now.monotonic + backoff(self.failures, failure.argument));
            }
            return Ok(());
        }
        let content = match self.outbox.get(&raw) {
            Some(outbound)
                if outbound.outer == outer && matches!(outbound.kind, OutboundKind::Content { .. }) =>
            {
                Some(outbound.random_id)
            }
            None => return Ok(()),
            // What was refused is no longer what stands under the number: its deletion is still to be sent.
            Some(outbound) if outbound.outer != outer => return Ok(()),
            Some(_) => None,
        };
        let fatal = failure.code == 403
            || matches!(
                failure.name.as_str(),
                "ENCRYPTION_DECLINED" | "ENCRYPTION_ID_INVALID" | "CHAT_ID_INVALID"
            );
        match content {
            Some(random_id) if !fatal && self.rewrite(chat, raw, step).is_ok() => {
                step.event(Event::SendFailed { chat, random_id, error: failure.name.clone() });
                Ok(())
            }
            // The peer has ended the chat, and its update is still on the way.
            _ if failure.name == "ENCRYPTION_DECLINED" => Err(CloseReason::Discarded),
            _ => Err(CloseReason::Server { error: failure.name.clone() }),
        }
    }
}
