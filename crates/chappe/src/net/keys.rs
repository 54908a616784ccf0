//! Connections and keys: what has to be there before a session can run.

use std::sync::Arc;
use std::time::Duration;

use chappe_mtproto::exchange::{KeyLifetime, NewAuthKey};
use chappe_mtproto::rpc::RpcError;
use chappe_mtproto::session::client::{ClientSession, ClientSessionConfig, TimeOffset};

use super::calls::Loss;
use super::task::{End, Task};
use super::temporary::{Fresh, Making, Next, Refused, Step, Temporary};
use super::wire::{Wire, unknown_centre};
use super::{NetEvent, exchange};
use crate::error::Error;
use crate::session::StoredSession;

impl Task {
    /// Connects, makes the keys that are missing, and a session if there is none.
    pub(super) async fn establish(&mut self) -> Result<(), Error> {
        // Fresh randomness for each connection.
        self.rng = self.config.randomness.generator()?;
        if self.temporary.as_ref().is_some_and(|key| key.is_over(self.clock.now().monotonic)) {
            if let Some(Next::Ready(next)) = self.temporary.take().map(|key| key.next) {
                self.fresh = Some(*next);
            }
            self.leave_session(Loss::Ended(None));
        }
        let fresh = self.fresh.take();
        let (mut wire, key) = match fresh {
            Some(Fresh { wire, key, made }) => (wire, Some((key, made))),
            None => (Wire::open(&self.config, self.dc_id, self.clock, &mut self.rng).await?, None),
        };
        let stored = match &self.stored {
            Some(stored) => stored.clone(),
            None => self.make_key(&mut wire).await?,
        };
        if self.session.is_none() {
            let now = self.clock.now().monotonic;
            let refused = self.refused.as_ref().is_some_and(|refused| now < refused.until);
            match self.config.temporary_keys.filter(|_| !refused) {
                Some(life) => {
                    let (key, made) = match key {
                        Some(key) => key,
                        None => (self.make_temporary(life, &mut wire).await?, self.clock.now().monotonic),
                    };
                    self.begin_temporary(&stored, &key, life, made);
                }
                None => {
                    let mut config = self.session_config(stored.auth_key.clone(), stored.salt, &stored);
                    config.future_salts = stored.future_salts.clone();
                    self.session = Some(ClientSession::new(config, self.clock.now(), &mut self.rng));
                }
            }
        }
        // A server may forget what it was told on another connection.
        self.inited = false;
        let now = self.clock.now();
        if let Some(session) = &mut self.session {
            session.handle_connected(now);
        }
        self.wire = Some(wire);
        self.alive = false;
        self.connected_at = now.monotonic;
        self.call_waiting();
        Ok(())
    }

    fn session_config(
        &self,
        key: chappe_crypto::AuthKey,
        salt: i64,
        stored: &StoredSession,
    ) -> ClientSessionConfig {
        let mut config = ClientSessionConfig::new(key, salt);
        config.time_offset = stored.time_offset_millis.map(|millis| TimeOffset { millis });
        if let Some(interval) = self.config.timings.ping_interval {
            config.ping_interval = interval;
            config.disconnect_delay = interval.saturating_add(Duration::from_secs(15));
        }
        if let Some(timeout) = self.config.timings.pong_timeout {
            config.pong_timeout = timeout;
        }
        config
    }

    /// Agrees on a permanent key and stores it before its first use.
    async fn make_key(&mut self, wire: &mut Wire) -> Result<StoredSession, Error> {
        let lifetime = KeyLifetime::Permanent;
        let key =
            exchange::exchange(&self.config, self.dc_id, lifetime, wire, self.clock, &mut self.rng).await?;
        let mut addresses = self.config.centres.addresses(self.dc_id).into_iter();
        let address = addresses.next().ok_or_else(|| unknown_centre(self.dc_id))?;
        let mut stored = StoredSession::new(self.dc_id, address, key.auth_key);
        stored.salt = key.first_salt;
        stored.time_offset_millis = Some(key.time_offset.saturating_mul(1000));
        self.store.save(&stored).await?;
        self.stored = Some(stored.clone());
        self.show();
        Ok(stored)
    }

    async fn make_temporary(&mut self, life: Duration, wire: &mut Wire) -> Result<NewAuthKey, Error> {
        let lifetime = temporary(life);
        exchange::exchange(&self.config, self.dc_id, lifetime, wire, self.clock, &mut self.rng).await
    }

    /// A session under a temporary key, which begins by binding it.
    fn begin_temporary(&mut self, stored: &StoredSession, key: &NewAuthKey, life: Duration, made: Duration) {
        let mut config = self.session_config(key.auth_key.clone(), key.first_salt, stored);
        config.time_offset = Some(TimeOffset { millis: key.time_offset.saturating_mul(1000) });
        let mut session = ClientSession::new(config, self.clock.now(), &mut self.rng);
        let mut temporary = Temporary::new(key, life, made);
        temporary.bind = Some(session.bind(&stored.auth_key, temporary.expires_at));
        self.session = Some(session);
        self.temporary = Some(temporary);
    }

    /// The server has forgotten what the temporary key stands for. `false` if it is not a temporary one.
    pub(super) fn bind_again(&mut self) -> bool {
        let (Some(session), Some(temporary), Some(stored)) =
            (&mut self.session, &mut self.temporary, &self.stored)
        else {
            return false;
        };
        self.inited = false;
        if temporary.bind.is_none() {
            temporary.bind = Some(session.bind(&stored.auth_key, temporary.expires_at));
        }
        true
    }

    /// The server does not know the temporary key: another one has to be made.
    pub(super) fn temporary_denied(&mut self) {
        let now = self.clock.now();
        let loss = match &self.temporary {
            // A machine that has slept may have missed the end.
            Some(temporary) if self.alive => {
                let offset = self.stored.as_ref().and_then(|stored| stored.time_offset_millis).unwrap_or(0);
                let server = now.unix_secs().saturating_add(offset / 1000);
                let ago = server.saturating_sub(temporary.expires_at.into());
                Loss::Ended(u64::try_from(ago).ok().map(Duration::from_secs))
            }
            _ => Loss::Denied,
        };
        self.leave_session(loss);
    }

    /// The answer to a binding.
    pub(super) fn bound(&mut self, result: Result<(), RpcError>) -> Option<End> {
        let error = match result {
            Ok(()) => {
                self.alive = true;
                self.refused = None;
                if let Some(temporary) = &mut self.temporary {
                    temporary.bind = None;
                }
                return None;
            }
            Err(error) => error,
        };
        tracing::warn!(%error, "the server does not take our temporary key");
        // It may not know the permanent key any more. If so it says that when that key itself is used; if not, it was
        // mistaken, and a temporary key is tried again.
        if error.is("ENCRYPTED_MESSAGE_INVALID") {
            let life = self.config.temporary_keys.unwrap_or_default();
            self.refused = Some(Refused::again(self.refused.take(), life, self.clock.now().monotonic));
        }
        self.leave_session(Loss::Denied);
        Some(End::Broken(format!("the temporary key cannot be bound: {error}")))
    }

    /// Looks after the key that is to follow the present one. Says when to look again.
    pub(super) fn renew(&mut self) -> Result<Option<Duration>, End> {
        let now = self.clock.now().monotonic;
        let busy = !self.calls.pending.is_empty();
        let Some(temporary) = &mut self.temporary else {
            return match &self.refused {
                Some(refused) if now < refused.until => Ok(Some(refused.until)),
                // Once nothing is under way, which ends with the session.
                Some(_) if !busy => {
                    self.leave_session(Loss::Ended(None));
                    Err(End::Renewed)
                }
                _ => Ok(None),
            };
        };
        match temporary.step(now, busy) {
            Step::Wait(until) => Ok(until),
            Step::Make => match self.making() {
                Ok(making) => {
                    if let Some(temporary) = &mut self.temporary {
                        temporary.next = Next::Making(making);
                    }
                    Ok(None)
                }
                Err(error) => {
                    self.not_made(&error);
                    Ok(None)
                }
            },
            Step::Switch => {
                let next = std::mem::replace(&mut temporary.next, Next::NotBefore(now));
                if let Next::Ready(fresh) = next {
                    self.fresh = Some(*fresh);
                    self.leave_session(Loss::Ended(None));
                    return Err(End::Renewed);
                }
                Ok(None)
            }
        }
    }

    /// The next key is made, or cannot be.
    pub(super) fn made(&mut self, made: Result<Box<Fresh>, Error>) {
        match (made, &mut self.temporary) {
            (Ok(fresh), Some(temporary)) => temporary.next = Next::Ready(fresh),
            (Err(error), _) => self.not_made(&error),
            (Ok(_), None) => {}
        }
    }

    fn not_made(&mut self, error: &Error) {
        tracing::debug!(%error, "the next temporary key cannot be made");
        let now = self.clock.now().monotonic;
        if let Some(temporary) = &mut self.temporary {
            temporary.failed(now);
        }
    }

    /// The making of the next key, over a connection of its own.
    fn making(&mut self) -> Result<Making, Error> {
        let (config, dc_id, clock) = (Arc::clone(&self.config), self.dc_id, self.clock);
        let life = config.temporary_keys.unwrap_or_default();
        let mut rng = config.randomness.generator()?;
        Ok(Box::pin(async move {
            let mut wire = Wire::open(&config, dc_id, clock, &mut rng).await?;
            let key = exchange::exchange(&config, dc_id, temporary(life), &mut wire, clock, &mut rng).await?;
            Ok(Box::new(Fresh { wire, key, made: clock.now().monotonic }))
        }))
    }

    /// What happened between the sessions of two keys is asked for.
    pub(super) fn renewed(&mut self) {
        self.tell(NetEvent::Lost);
    }
}

fn temporary(life: Duration) -> KeyLifetime {
    KeyLifetime::Temporary { expires_in: i32::try_from(life.as_secs()).unwrap_or(i32::MAX) }
}
