//! Messages that wait until the other side of their chat has said what it can read.
//!
//! A new chat knows nothing of the other side's layer: its first message tells it, a moment after the key was agreed on.
//! Formatting that not every client reads would be left out of what is sent before that. What was ordered after such a
//! message waits with it, so that the order stays.

use std::collections::{BTreeMap, VecDeque};

use chappe_secret::{ChatInfo, ChatState, Entity, SecretChatId, SecretLayer};

use super::commands::{Outgoing, Reply};
use crate::error::Error;
use crate::limits;
use crate::rt::Instant;
use crate::secret::Sent;

type Order = (Outgoing, Reply<Sent>);

#[derive(Default)]
pub(super) struct Postponed(BTreeMap<SecretChatId, (Instant, VecDeque<Order>)>);

impl Postponed {
    /// Keeps an order if it has to wait, or those before it do; otherwise gives it back.
    pub(super) fn keep(
        &mut self,
        chat: SecretChatId,
        info: Option<&ChatInfo>,
        what: Outgoing,
        reply: Reply<Sent>,
    ) -> Option<Order> {
        if let Some((_, waiting)) = self.0.get_mut(&chat) {
            waiting.push_back((what, reply));
        } else if info.is_some_and(is_unheard) && needs_more(&what) {
            let until = Instant::now() + limits::LAYER_PATIENCE;
            self.0.insert(chat, (until, VecDeque::from([(what, reply)])));
        } else {
            return Some((what, reply));
        }
        None
    }

    /// The moment at which nobody waits any longer.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().map(|(until, _)| *until).min()
    }

    /// Takes out what need not wait any more: of chats that are no longer `unheard`, and what has waited long enough.
    pub(super) fn release(
        &mut self,
        unheard: impl Fn(SecretChatId) -> bool,
        now: Instant,
    ) -> Vec<(SecretChatId, Order)> {
        let ready = |chat: &SecretChatId, (until, _): &mut (Instant, VecDeque<Order>)| {
            *until <= now || !unheard(*chat)
        };
        let ready = self.0.extract_if(.., ready);
        ready.flat_map(|(chat, (_, orders))| orders.into_iter().map(move |order| (chat, order))).collect()
    }

    /// Takes out everything.
    pub(super) fn release_all(&mut self) -> Vec<(SecretChatId, Order)> {
        self.release(|_| false, Instant::now())
    }

    /// Gives everybody this error.
    pub(super) fn fail(&mut self, error: impl Fn() -> Error) {
        self.release_all().into_iter().for_each(|(_, (_, reply))| drop(reply.send(Err(error()))));
    }
}

/// Whether the other side has said nothing yet.
pub(super) fn is_unheard(info: &ChatInfo) -> bool {
    info.state == ChatState::Ready && info.received_count == 0 && info.peer_layer <= SecretLayer::MTPROTO2
}

/// Whether formatting is in it that not every client reads.
fn needs_more(what: &Outgoing) -> bool {
    let newer = |entity: &Entity| entity.kind.layer().is_some_and(|layer| layer > SecretLayer::MTPROTO2);
    match what {
        Outgoing::Media(media, _) => media.entities.iter().any(newer),
        Outgoing::Text(text) => text.entities.iter().any(newer),
        _ => false,
    }
}
