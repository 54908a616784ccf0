//! Replacing the key of a running chat.
//!
//! ```text
//! initiator                                     responder
//! Requested   RequestKey(exchange_id, g_a) ->
//!             <- AcceptKey(g_b, fingerprint)    Accepted: decrypts with both keys, encrypts with the old
//! Committed   CommitKey(fingerprint) ->         switches: encrypts with the new key, erases the old
//!             <- Noop under the new key
//! Idle: erases the old key
//! ```
//!
//! The initiator here is who asks for the new key, whoever created the chat.
//!
//! Source: <https://core.telegram.org/api/end-to-end/pfs>

use chappe_crypto::KeyFingerprint;
use chappe_crypto::dh::DhSecret;

use super::effects::Step;
use super::life::seconds;
use crate::state::{Rekey, Session};
use crate::{Action, CloseReason, Error, Event, SecretChatId, Violation, limits};

const BROKEN: CloseReason = CloseReason::Violation(Violation::Rekey);
const EXHAUSTED: CloseReason = CloseReason::Violation(Violation::Exhausted);

impl Session {
    /// Whether a rekey may start.
    pub(crate) fn can_rekey(&self) -> bool {
        matches!(self.rekey, Rekey::Idle) && self.other.is_none()
    }

    /// Asks for a new key.
    pub(crate) fn start_rekey(&mut self, chat: SecretChatId, step: &mut Step<'_>) -> Result<(), Error> {
        if !self.can_rekey() {
            return Err(Error::RekeyInProgress { chat });
        }
        let secret = DhSecret::generate(&self.params, step.rng, &[])?;
        let exchange_id = step.random_id();
        let action = Action::RequestKey { exchange_id, g_a: secret.public().to_vec() };
        let (_, raw) = self.send_action(chat, &action, step)?;
        self.rekey = Rekey::Requested { exchange_id, secret, raw, since: step.now.unix_secs() };
        Ok(())
    }

    /// Gives up a rekey that we asked for and that the peer has not answered.
    pub(crate) fn abort_rekey(&mut self, chat: SecretChatId, step: &mut Step<'_>) -> Result<bool, Error> {
        let Rekey::Requested { exchange_id, .. } = self.rekey else { return Ok(false) };
        self.send_action(chat, &Action::AbortKey { exchange_id }, step)?;
        self.rekey = Rekey::Idle;
        Ok(true)
    }

    /// Starts or restarts a rekey if it is due.
    pub(crate) fn rekey_if_due(&mut self, chat: SecretChatId, step: &mut Step<'_>) -> Result<(), Error> {
        let unix = step.now.unix_secs();
        let age = |since: i64| unix.saturating_sub(since);
        if let Rekey::Requested { raw, since, .. } = self.rekey {
            let silent = self.sequence.sent.saturating_sub(raw) > limits::REKEY_GIVE_UP_MESSAGES;
            if silent || age(since) >= seconds(limits::REKEY_AFTER) {
                self.abort_rekey(chat, step)?;
            }
        }
        let due = self.rekey_at().is_some_and(|at| at <= unix);
        if due && step.config.automatic_rekey && self.can_rekey() && self.pending.is_empty() {
            self.start_rekey(chat, step)?;
        }
        Ok(())
    }

    /// When a rekey is due, Unix seconds; `None` for an unused key.
    pub(crate) fn rekey_at(&self) -> Option<i64> {
        let patience = if self.spoke_last { 0 } else { limits::REKEY_PATIENCE };
        let due = match self.key_uses {
            0 => return None,
            uses if uses >= limits::REKEY_AFTER_USES + patience => i64::MIN,
            _ => self.key_since.saturating_add(seconds(limits::REKEY_AFTER)),
        };
        Some(match self.rekey_refused {
            Some((uses, at)) if self.key_uses < uses.saturating_add(limits::REKEY_AFTER_USES) => {
                due.max(at.saturating_add(seconds(limits::REKEY_AFTER_ABORT)))
            }
            _ => due,
        })
    }

    /// The peer asks for a new key.
    pub(crate) fn handle_request_key(
        &mut self,
        chat: SecretChatId,
        theirs: i64,
        g_a: &[u8],
        step: &mut Step<'_>,
    ) -> Result<(), CloseReason> {
        match self.rekey {
            Rekey::Idle if self.other.is_none() => {}
            // Both asked: the larger id survives, and equal ones cancel each other.
            Rekey::Requested { exchange_id: ours, .. } if ours > theirs => return Ok(()),
            Rekey::Requested { exchange_id: ours, .. } if ours == theirs => {
                self.rekey = Rekey::Idle;
                return Ok(());
            }
            Rekey::Requested { .. } => self.rekey = Rekey::Idle,
            _ => {
                let action = Action::AbortKey { exchange_id: theirs };
                return self.send_action(chat, &action, step).map(|_| ()).map_err(|_| EXHAUSTED);
            }
        }
        self.params.check_public(g_a).map_err(|_| CloseReason::Violation(Violation::PublicValue))?;
        let Ok(secret) = DhSecret::generate(&self.params, step.rng, &[]) else { return Ok(()) };
        let key = secret.agree(g_a).map_err(|_| CloseReason::Violation(Violation::PublicValue))?;
        let fingerprint = key.fingerprint();
        if fingerprint == self.key.fingerprint() {
            // The two keys could not be told apart.
            let action = Action::AbortKey { exchange_id: theirs };
            return self.send_action(chat, &action, step).map(|_| ()).map_err(|_| EXHAUSTED);
        }
        let action = Action::AcceptKey {
            exchange_id: theirs,
            g_b: secret.public().to_vec(),
            key_fingerprint: fingerprint.0,
        };
        let (_, raw) = self.send_action(chat, &action, step).map_err(|_| EXHAUSTED)?;
        self.other = Some(key);
        self.rekey = Rekey::Accepted { exchange_id: theirs, raw };
        Ok(())
    }

    /// The peer has accepted our request: confirm under the old key, then switch.
    pub(crate) fn handle_accept_key(
        &mut self,
        chat: SecretChatId,
        theirs: i64,
        g_b: &[u8],
        claimed: KeyFingerprint,
        step: &mut Step<'_>,
    ) -> Result<(), CloseReason> {
        // An answer to a request that we have dropped; an abort of ours is on its way or was not needed.
        let Rekey::Requested { exchange_id, secret, .. } = &self.rekey else { return Ok(()) };
        if *exchange_id != theirs {
            return Ok(());
        }
        let key = secret.agree(g_b).map_err(|_| CloseReason::Violation(Violation::PublicValue))?;
        if key.fingerprint() != claimed || claimed == self.key.fingerprint() {
            return Err(BROKEN);
        }
        let action = Action::CommitKey { exchange_id: theirs, key_fingerprint: claimed.0 };
        self.send_action(chat, &action, step).map_err(|_| EXHAUSTED)?;
        self.other = Some(std::mem::replace(&mut self.key, key));
        self.rekey = Rekey::Committed { exchange_id: theirs };
        self.key_is_new(chat, step);
        Ok(())
    }

    /// The peer has switched and so may we; the old key has done its duty, since whatever was written with it came
    /// before this.
    pub(crate) fn handle_commit_key(
        &mut self,
        chat: SecretChatId,
        theirs: i64,
        claimed: KeyFingerprint,
        step: &mut Step<'_>,
    ) -> Result<(), CloseReason> {
        match self.rekey {
            Rekey::Accepted { exchange_id, .. } if exchange_id == theirs => {
                if self.other.as_ref().is_none_or(|key| key.fingerprint() != claimed) {
                    return Err(BROKEN);
                }
                self.switch(chat, step)?;
            }
            Rekey::Switched { exchange_id } if exchange_id == theirs => {
                if self.key.fingerprint() != claimed {
                    return Err(BROKEN);
                }
            }
            _ => return Ok(()),
        }
        self.other = None;
        self.rekey = Rekey::Idle;
        Ok(())
    }

    /// The peer gives up an exchange.
    pub(crate) fn handle_abort_key(
        &mut self,
        theirs: i64,
        seen: u32,
        step: &Step<'_>,
    ) -> Result<(), CloseReason> {
        match self.rekey {
            Rekey::Requested { exchange_id, .. } if exchange_id == theirs => self.rekey = Rekey::Idle,
            Rekey::Accepted { exchange_id, raw } if exchange_id == theirs => {
                if seen > raw {
                    // It has our acceptance: too late to give up.
                    return Err(BROKEN);
                }
                self.other = None;
                self.rekey = Rekey::Idle;
            }
            _ => return Ok(()),
        }
        // Asked again at once, such a peer would answer the same way, without end.
        self.rekey_refused = Some((self.key_uses, step.now.unix_secs()));
        Ok(())
    }

    /// A message under the accepted key has come before its `CommitKey`: the peer has switched.
    pub(crate) fn switch_if_peer_has(
        &mut self,
        chat: SecretChatId,
        used: KeyFingerprint,
        step: &mut Step<'_>,
    ) -> Result<(), CloseReason> {
        let Rekey::Accepted { exchange_id, .. } = self.rekey else { return Ok(()) };
        if self.other.as_ref().is_some_and(|key| key.fingerprint() == used) {
            self.rekey = Rekey::Switched { exchange_id };
            self.switch(chat, step)?;
        }
        Ok(())
    }

    /// Encrypts with the accepted key from now on, and says so with a `Noop` so that the peer can erase the old one.
    fn switch(&mut self, chat: SecretChatId, step: &mut Step<'_>) -> Result<(), CloseReason> {
        let Some(new) = self.other.take() else { return Err(BROKEN) };
        self.other = Some(std::mem::replace(&mut self.key, new));
        self.key_is_new(chat, step);
        self.send_action(chat, &Action::Noop, step).map(|_| ()).map_err(|_| EXHAUSTED)
    }

    fn key_is_new(&mut self, chat: SecretChatId, step: &mut Step<'_>) {
        self.key_uses = 0;
        self.rekey_refused = None;
        self.key_since = step.now.unix_secs();
        step.event(Event::KeyChanged { chat, fingerprint: self.key.fingerprint() });
    }
}
