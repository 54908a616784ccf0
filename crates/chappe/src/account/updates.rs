//! Driving the update counters: what they let through goes to the secret chats or to the application.

use std::sync::Arc;
use std::time::Duration;

use chappe_api::{enums, functions, types};
use chappe_secret::{ChatState, Now, SecretChatId};
use chappe_tl::{Decode, DecodeError, Encode};
use chappe_updates::{Event, Output, Pts, Qts, Request, Seq, State, UpdateMachine};

use super::keys;
use super::secret::Driver;
use super::task::{Done, Task};
use crate::call::{Call, InvokeOptions, Policy};
use crate::error::{Error, InvokeError};
use crate::limits;
use crate::net::NetEvent;
use crate::session::{Batch, Record};
use crate::updates::{ApiUpdate, Update};

/// The machine and what the driver remembers for it.
pub(super) struct Counters {
    machine: UpdateMachine,
    /// When it wants to be woken, on the monotonic clock.
    timeout: Option<Duration>,
    /// Whom the next updates speak of.
    users: Arc<[enums::User]>,
    chats: Arc<[enums::Chat]>,
    /// Whether the server's queue begins where the stored state ends.
    queue: Queue,
}

/// What the first differences show of the queue of secret messages.
///
/// Messages are acknowledged when they are stored, and the server deletes them then. If some behind the stored state
/// are gone, a newer state has acknowledged them, unless they were too old or their chat has ended.
#[derive(Clone, Copy, Debug, Default)]
struct Queue {
    /// Messages that were counted and did not come.
    missing: i64,
    /// There may be another reason than an older copy.
    explained: bool,
    /// The server's date of the stored state.
    since: Option<i32>,
}

impl Queue {
    fn note(&mut self, from: State, difference: &enums::updates::Difference) {
        use enums::updates::Difference;
        let (messages, updates, state) = match difference {
            Difference::Difference(d) => (&d.new_encrypted_messages, &d.other_updates, &d.state),
            Difference::Slice(d) => (&d.new_encrypted_messages, &d.other_updates, &d.intermediate_state),
            _ => return,
        };
        let came = i64::try_from(messages.len()).unwrap_or(i64::MAX);
        let since = *self.since.get_or_insert(from.date);
        let retention = i64::try_from(limits::QUEUE_RETENTION.as_secs()).unwrap_or(i64::MAX);
        self.missing += i64::from(state.qts) - i64::from(from.qts.0) - came;
        self.explained |= i64::from(state.date) - i64::from(since) > retention
            // The server forgets what waits of a chat that ends, and other updates may count in qts.
            || updates.iter().any(|update| match update {
                enums::Update::Encryption(u) => matches!(u.chat, enums::EncryptedChat::Discarded(_)),
                update => chappe_updates::counts_in_qts(update),
            });
    }
}

impl Counters {
    /// Whether what the server says can only be if a newer state of this session exists.
    pub(super) fn is_older_copy(&self) -> bool {
        self.queue.missing > 0 && !self.queue.explained
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Whether nothing that happened is known to be missing.
    pub(super) fn is_current(&self) -> bool {
        self.machine.state().is_some() && self.machine.pending_request().is_none()
    }

    pub(super) fn handle_timeout(&mut self, now: Now) {
        if self.timeout.is_some_and(|at| at <= now.monotonic) {
            self.timeout = None;
            self.machine.handle_timeout(now);
        }
    }
}

impl Task {
    /// Goes on from the stored counters. The qts of the secret chats is written together with the effects of
    /// messages, so it is the newer one.
    pub(super) fn load_updates(&self, stored: Option<&[u8]>, driver: &Driver) -> Counters {
        let qts = driver.engine.qts();
        let mut state = stored.and_then(decode_state);
        let ended = driver.engine.chats().any(|info| info.state == ChatState::Discarded);
        let queue = Queue { explained: ended || state.is_none(), ..Queue::default() };
        if let Some(state) = &mut state
            && qts != 0
        {
            state.qts = Qts(qts);
        }
        Counters {
            machine: UpdateMachine::new(state, self.clock.now()),
            timeout: None,
            users: Arc::default(),
            chats: Arc::default(),
            queue,
        }
    }

    pub(super) fn handle_net(&mut self, event: NetEvent) {
        if let NetEvent::Connection(state) = event {
            return self.hub.publish(&Update::Connection(state));
        }
        let now = self.clock.now();
        let Some(Counters { machine, .. }) = &mut self.counters else { return };
        match event {
            NetEvent::Connection(_) => {}
            NetEvent::Lost => machine.handle_new_session(now),
            NetEvent::Updates(bytes) => match enums::Updates::from_bytes(&bytes) {
                Ok(updates) => machine.handle_updates(updates, now),
                // Nothing that counts may get lost because it cannot be read: the difference is asked for it.
                Err(error) => {
                    tracing::debug!(%error, "updates cannot be read");
                    machine.handle_updates(enums::Updates::TooLong, now);
                }
            },
        }
    }

    pub(super) fn handle_updates_answer(&mut self, answer: Result<Vec<u8>, InvokeError>) {
        let now = self.clock.now();
        let Some(Counters { machine, queue, .. }) = &mut self.counters else { return };
        let bytes = match answer {
            Ok(bytes) => bytes,
            // It is asked for again after the next start.
            Err(InvokeError::Closed) => return,
            Err(error) if error.is_unauthorized() => {
                tracing::warn!(%error, "the login has ended");
                self.stop();
                self.login_ended();
                return self.hub.publish(&Update::LoggedOut);
            }
            Err(error) => {
                tracing::debug!(%error, "the difference cannot be fetched");
                return machine.handle_failure(now);
            }
        };
        let handled = match machine.pending_request() {
            Some(Request::GetState) => {
                types::updates::State::from_bytes(&bytes).map(|state| machine.handle_state(&state, now))
            }
            Some(Request::GetDifference { from }) => {
                enums::updates::Difference::from_bytes(&bytes).map(|difference| {
                    queue.note(from, &difference);
                    machine.handle_difference(difference, now);
                })
            }
            None => Ok(()),
        };
        if let Err(error) = handled {
            tracing::warn!(%error, "the difference cannot be read");
            machine.handle_failure(now);
        }
    }

    /// Carries out one thing that the counters ask for. `false` if they ask for nothing.
    ///
    /// # Errors
    /// The session cannot be written.
    pub(super) async fn drive_updates(&mut self) -> Result<bool, Error> {
        let Some(counters) = &mut self.counters else { return Ok(false) };
        match counters.machine.poll_output() {
            None => return Ok(false),
            Some(Output::Event(event)) => self.handle_update(event),
            Some(Output::Persist(state)) => {
                let put = vec![Record { key: keys::updates(), value: encode_state(state) }];
                self.write(&Batch { put, ..Batch::default() }).await?;
            }
            Some(Output::Request(request)) => self.request_updates(request),
            Some(Output::Timeout(at)) => counters.timeout = Some(at.monotonic),
        }
        Ok(true)
    }

    fn request_updates(&mut self, request: Request) {
        let body = match request {
            Request::GetState => functions::updates::GetState {}.to_bytes(),
            Request::GetDifference { from } => functions::updates::GetDifference {
                pts: from.pts.0,
                pts_limit: None,
                pts_total_limit: None,
                date: from.date,
                qts: from.qts.0,
                qts_limit: None,
            }
            .to_bytes(),
        };
        let Ok(body) = body else { return };
        let options = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
        let policy = Policy { flood_wait_limit: limits::MAX_DIFFERENCE_FLOOD_WAIT, repeat_faults: true };
        let (call, run) = (Call::start(&self.net, body, options, policy), self.run);
        self.running.push(Box::pin(async move { Done::Updates { run, answer: call.await } }));
    }

    fn handle_update(&mut self, event: Event) {
        let now = self.clock.now();
        let (Some(counters), Some(driver)) = (&mut self.counters, &mut self.secret) else { return };
        let engine = &mut driver.engine;
        let update = match event {
            Event::EncryptedMessage { message, qts } => {
                return engine.handle_encrypted_message(*message, qts.map(|qts| qts.0), now, &mut self.rng);
            }
            Event::QtsMoved(qts) => return engine.handle_qts(qts.0),
            Event::Peers { chats, users } => {
                counters.users = users.into();
                counters.chats = chats.into();
                return;
            }
            Event::Update(update) => match *update {
                enums::Update::Encryption(u) => {
                    return engine.handle_encryption_update(u.chat, u.date, now, &mut self.rng);
                }
                enums::Update::EncryptedChatTyping(u) => {
                    return engine.handle_typing(SecretChatId(u.chat_id));
                }
                enums::Update::EncryptedMessagesRead(u) => {
                    return engine.handle_read(SecretChatId(u.chat_id), u.max_date, u.date);
                }
                update => update,
            },
            // There is one way to learn of a message, however it was fetched.
            Event::Message(message) => {
                types::UpdateNewMessage { message: *message, pts: 0, pts_count: 0 }.into()
            }
            Event::Short(updates) => return self.hub.publish(&Update::Short(updates)),
            Event::TooLong => return self.hub.publish(&Update::Missed),
            event => return tracing::debug!(?event, "an update of an unknown kind"),
        };
        let (users, chats) = (counters.users.clone(), counters.chats.clone());
        self.hub.publish(&Update::Api(ApiUpdate { update, users, chats }));
    }
}

/// The version of the record.
const VERSION: i32 = 1;

fn encode_state(state: State) -> Vec<u8> {
    let State { pts, qts, seq, date } = state;
    [VERSION, pts.0, qts.0, seq.0, date].iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// `None` for anything else than what [`encode_state`] writes: the state is then fetched anew.
fn decode_state(bytes: &[u8]) -> Option<State> {
    let read = |bytes: &[u8]| -> Result<[i32; 5], DecodeError> {
        let mut reader = chappe_tl::Reader::new(bytes);
        let mut numbers = [0; 5];
        for number in &mut numbers {
            *number = reader.i32()?;
        }
        reader.finish()?;
        Ok(numbers)
    };
    match read(bytes) {
        Ok([VERSION, pts, qts, seq, date]) => {
            Some(State { pts: Pts(pts), qts: Qts(qts), seq: Seq(seq), date })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_state_comes_back() {
        let state = State { pts: Pts(1), qts: Qts(-2), seq: Seq(3), date: i32::MAX };
        let bytes = encode_state(state);
        assert_eq!(decode_state(&bytes), Some(state));
        for len in 0..bytes.len() {
            assert_eq!(decode_state(&bytes[..len]), None);
        }
    }
}
