//! Driving the update counters (provisional until the machine of chappe-updates is in).

use std::time::Duration;

use chappe_api::{enums, functions, types};
use chappe_secret::{Now, SecretChatId};
use chappe_tl::{Decode, Encode};
use std::sync::Arc;

use super::keys;
use super::task::{Done, Task};
use crate::call::{Call, InvokeOptions, Policy};
use crate::error::{Error, InvokeError};
use crate::net::NetEvent;
use crate::session::{Batch, Record};
use crate::updates::{ApiUpdate, Update};

#[derive(Default)]
pub(super) struct Counters {
    state: Option<types::updates::State>,
    want: bool,
    busy: bool,
    buffered: Vec<enums::Updates>,
    retry: Option<Duration>,
}

impl Counters {
    pub(super) fn timeout(&self) -> Option<Duration> {
        self.retry
    }

    pub(super) fn handle_timeout(&mut self, now: Now) {
        if self.retry.is_some_and(|at| at <= now.monotonic) {
            self.retry = None;
            self.want = true;
        }
    }
}

impl Task {
    pub(super) fn load_updates(&mut self, records: &[Record], qts: i32) -> Counters {
        let stored = records.iter().find(|record| keys::is_updates(&record.key));
        let mut state = stored.and_then(|record| types::updates::State::from_bytes(&record.value).ok());
        if let Some(state) = &mut state {
            state.qts = qts;
        }
        Counters { state, want: true, ..Counters::default() }
    }

    pub(super) fn handle_net(&mut self, event: NetEvent) {
        let Some(counters) = &mut self.counters else { return };
        match event {
            NetEvent::Lost => counters.want = true,
            NetEvent::Updates(bytes) => match enums::Updates::from_bytes(&bytes) {
                Ok(updates) => counters.buffered.push(updates),
                Err(_) => counters.want = true,
            },
        }
    }

    pub(super) fn handle_updates_answer(&mut self, answer: Result<Vec<u8>, InvokeError>) {
        let Some(counters) = &mut self.counters else { return };
        counters.busy = false;
        let bytes = match answer {
            Ok(bytes) => bytes,
            Err(InvokeError::Closed | InvokeError::SessionLost) => return,
            Err(error) => {
                tracing::debug!(%error, "the difference cannot be fetched");
                counters.retry = Some(self.clock.now().monotonic + Duration::from_secs(5));
                return;
            }
        };
        if counters.state.is_none() {
            if let Ok(state) = types::updates::State::from_bytes(&bytes) {
                self.move_to(state);
            }
            return;
        }
        let Ok(difference) = enums::updates::Difference::from_bytes(&bytes) else { return };
        match difference {
            enums::updates::Difference::Empty(_) => {}
            enums::updates::Difference::Difference(d) => {
                self.apply_all(d.other_updates, d.new_encrypted_messages, d.users, d.chats);
                self.move_to(d.state);
            }
            enums::updates::Difference::Slice(d) => {
                self.apply_all(d.other_updates, d.new_encrypted_messages, d.users, d.chats);
                self.move_to(d.intermediate_state);
                if let Some(counters) = &mut self.counters {
                    counters.want = true;
                }
            }
            enums::updates::Difference::TooLong(d) => {
                if let Some(state) = &mut counters.state {
                    state.pts = d.pts;
                }
                counters.want = true;
            }
        }
    }

    fn move_to(&mut self, state: types::updates::State) {
        if let Some(driver) = &mut self.secret {
            driver.engine.handle_qts(state.qts);
        }
        if let Some(counters) = &mut self.counters {
            counters.state = Some(state);
        }
    }

    fn apply_all(
        &mut self,
        others: Vec<enums::Update>,
        encrypted: Vec<enums::EncryptedMessage>,
        users: Vec<enums::User>,
        chats: Vec<enums::Chat>,
    ) {
        let (first, last): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|update| matches!(update, enums::Update::Encryption(_)));
        let (users, chats) = (Arc::from(users), Arc::from(chats));
        for update in first {
            self.apply(update, &users, &chats);
        }
        for message in encrypted {
            if let Some(driver) = &mut self.secret {
                driver.engine.handle_encrypted_message(message, None, self.clock.now(), &mut self.rng);
            }
        }
        for update in last {
            self.apply(update, &users, &chats);
        }
    }

    fn apply(&mut self, update: enums::Update, users: &Arc<[enums::User]>, chats: &Arc<[enums::Chat]>) {
        let now = self.clock.now();
        let Some(driver) = &mut self.secret else { return };
        match update {
            enums::Update::Encryption(u) => {
                driver.engine.handle_encryption_update(u.chat, u.date, now, &mut self.rng);
            }
            enums::Update::NewEncryptedMessage(u) => {
                driver.engine.handle_encrypted_message(u.message, Some(u.qts), now, &mut self.rng);
            }
            enums::Update::EncryptedChatTyping(u) => driver.engine.handle_typing(SecretChatId(u.chat_id)),
            enums::Update::EncryptedMessagesRead(u) => {
                driver.engine.handle_read(SecretChatId(u.chat_id), u.max_date, u.date);
            }
            update => self.hub.publish(&Update::Api(ApiUpdate {
                update,
                users: users.clone(),
                chats: chats.clone(),
            })),
        }
    }

    /// Whether anything was done.
    pub(super) async fn drive_updates(&mut self) -> Result<bool, Error> {
        let Some(counters) = &mut self.counters else { return Ok(false) };
        if counters.busy {
            return Ok(false);
        }
        if counters.want {
            counters.want = false;
            counters.busy = true;
            let body = match &counters.state {
                None => functions::updates::GetState {}.to_bytes(),
                Some(s) => functions::updates::GetDifference {
                    pts: s.pts,
                    pts_limit: None,
                    pts_total_limit: None,
                    date: s.date,
                    qts: s.qts,
                    qts_limit: None,
                }
                .to_bytes(),
            };
            if let Some(s) = &counters.state {
                let batch = Batch {
                    put: vec![Record { key: keys::updates(), value: s.to_bytes().unwrap_or_default() }],
                    remove: Vec::new(),
                };
                self.write(&batch).await?;
            }
            let Ok(body) = body else { return Ok(false) };
            let call = Call::start(
                &self.net,
                body,
                InvokeOptions { repeatable: true, ..InvokeOptions::default() },
                Policy { flood_wait_limit: Duration::from_secs(3600), repeat_faults: true },
            );
            let run = self.run;
            self.running.push(Box::pin(async move { Done::Updates { run, answer: call.await } }));
            return Ok(true);
        }
        if counters.state.is_none() || counters.buffered.is_empty() {
            return Ok(false);
        }
        let updates = counters.buffered.remove(0);
        let (list, users, chats) = match updates {
            enums::Updates::Updates(u) => (u.updates, u.users, u.chats),
            enums::Updates::Combined(u) => (u.updates, u.users, u.chats),
            enums::Updates::UpdateShort(u) => (vec![u.update], vec![], vec![]),
            _ => {
                counters.want = true;
                return Ok(true);
            }
        };
        let (users, chats) = (Arc::from(users), Arc::from(chats));
        for update in list {
            if let enums::Update::NewEncryptedMessage(u) = &update
                && let Some(state) = self.counters.as_mut().and_then(|counters| counters.state.as_mut())
            {
                if u.qts <= state.qts {
                    continue;
                }
                if u.qts > state.qts + 1 {
                    if let Some(counters) = &mut self.counters {
                        counters.want = true;
                    }
                    continue;
                }
                state.qts = u.qts;
            }
            self.apply(update, &users, &chats);
        }
        Ok(true)
    }
}
