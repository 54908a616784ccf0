//! Driving the secret-chat engine: its outputs are carried out strictly in order.

use std::collections::HashMap;
use std::time::Duration;

use chappe_secret::{
    Call, ChatState, Config, Event, Now, Output, Request, RequestId, Response, RpcFailure, SecretChatId,
    SecretChats,
};
use chappe_tl::DecodeError;
use rand::CryptoRng;

use super::commands::{Outgoing, Query, Reply};
use super::postponed::{self, Postponed};
use super::task::Task;
use super::waiters::{self, Waiters};
use super::{keys, task};
use crate::call::{self, CallHandle, InvokeOptions, Policy};
use crate::error::{Error, ErrorKind, InvokeError};
use crate::history::writer::HistoryWriter;
use crate::limits;
use crate::rt::Instant;
use crate::secret::{Sealed, Sent};
use crate::session::Record;
use crate::updates;

/// The engine and what the driver remembers for it.
pub(super) struct Driver {
    pub(super) engine: SecretChats,
    pub(super) waiters: Waiters,
    /// Calls under way.
    calls: HashMap<RequestId, (Call, CallHandle)>,
    /// When the engine wants to be woken, on the monotonic clock.
    pub(super) timeout: Option<Duration>,
    /// What happens in the chats, as it goes into the history.
    history: HistoryWriter,
    /// Commands that are answered once they are stored.
    confirmed: Vec<Confirmation>,
    /// Messages that wait until it is known what the other side can read.
    pub(super) postponed: Postponed,
    /// Calls that wait until the server has shown that the stored state is the newest one.
    waiting: Option<Vec<Request>>,
    /// A chat has ended, and it is noted: in an earlier run, in this one.
    pub(super) ended: Ended,
}

/// Whether messages of an ended chat may be missing in the server's queue.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ended {
    /// Since the last run that has caught up.
    pub(super) before: bool,
    /// In this run.
    now: bool,
}

type Confirmation = Box<dyn FnOnce(Result<(), Error>) + Send>;

impl Driver {
    /// `unproven`: chats were taken up, and nothing shows yet that this is their newest state. `ended`: one has ended
    /// before.
    fn new(engine: SecretChats, unproven: bool, ended: bool) -> Self {
        Self {
            engine,
            waiters: Waiters::default(),
            calls: HashMap::new(),
            timeout: None,
            history: HistoryWriter::default(),
            confirmed: Vec::new(),
            postponed: Postponed::default(),
            waiting: unproven.then(Vec::new),
            ended: Ended { before: ended, now: false },
        }
    }

    /// Answers at once if the command was refused, else once it is stored.
    fn confirm<T: Send + 'static>(&mut self, result: Result<T, chappe_secret::Error>, reply: Reply<T>) {
        match result {
            Err(error) => drop(reply.send(Err(error.into()))),
            Ok(value) => self.confirmed.push(Box::new(|stored| drop(reply.send(stored.map(|()| value))))),
        }
    }

    /// Has the engine send something, which takes the next number.
    fn send(
        &mut self,
        chat: SecretChatId,
        (what, reply): (Outgoing, Reply<Sent>),
        now: Now,
        rng: &mut dyn CryptoRng,
    ) {
        let engine = &mut self.engine;
        let sent = match what {
            Outgoing::Action(action) => engine.send_action(chat, action, now, rng),
            Outgoing::Delete(messages) => engine.delete(chat, &messages, now, rng),
            Outgoing::Flush => engine.flush(chat, now, rng),
            Outgoing::Media(media, file) => engine.send_media(chat, *media, file, now, rng),
            Outgoing::Read(messages) => engine.read(chat, &messages, now, rng),
            Outgoing::Screenshot(messages) => engine.screenshot(chat, &messages, now, rng),
            Outgoing::SetTtl(seconds) => engine.set_ttl(chat, seconds, now, rng),
            Outgoing::Text(text) => engine.send_text(chat, text, now, rng),
        };
        match sent {
            Ok(random_id) => self.waiters.send(chat, random_id, reply),
            Err(error) => drop(reply.send(Err(error.into()))),
        }
    }

    /// Sends what has waited long enough. Whether there was anything.
    fn send_postponed(&mut self, now: Now, rng: &mut dyn CryptoRng) -> bool {
        let engine = &self.engine;
        let unheard = |chat| engine.chat(chat).as_ref().is_some_and(postponed::is_unheard);
        let mut any = false;
        for (chat, order) in self.postponed.release(unheard, Instant::now()) {
            any = true;
            self.send(chat, order, now, rng);
        }
        any
    }

    /// Tells everybody who waits that what they asked for was not stored, and did not happen.
    /// Gives back who waits for what is stored.
    pub(super) fn fail(mut self, error: impl Fn() -> Error) -> Waiters {
        self.confirmed.into_iter().for_each(|confirm| confirm(Err(error())));
        self.postponed.fail(&error);
        self.waiters.fail_fresh(error);
        self.waiters
    }

    /// Whether the note that a chat has ended has served: the server's queue was compared since, and no end of a chat is
    /// on its way to the server.
    pub(super) fn is_end_settled(&self) -> bool {
        let ending = |(call, _): &(Call, CallHandle)| matches!(call, Call::DiscardEncryption { .. });
        self.ended.before && !self.ended.now && !self.is_unproven() && !self.calls.values().any(ending)
    }

    /// Whether it is still to be shown that this is the newest state.
    pub(super) fn is_unproven(&self) -> bool {
        self.waiting.is_some()
    }
}

impl Task {
    /// Takes up the chats of the user who is logged in.
    pub(super) fn load_secret(
        &mut self,
        user_id: i64,
        records: &[Record],
        ended: bool,
    ) -> Result<Driver, Error> {
        let mut config = Config::new(user_id);
        config.accept = self.config.accept;
        config.send_window = limits::SECRET_SEND_WINDOW;
        let stored =
            records.iter().filter_map(|record| Some((keys::to_secret(&record.key)?, record.value.clone())));
        let mut engine = SecretChats::new(config, stored, self.clock.now(), &mut self.rng)?;
        engine.set_server_ahead(self.server_ahead());
        let unproven = engine.chats().next().is_some();
        Ok(Driver::new(engine, unproven, ended))
    }

    /// Seconds that the server's clock is ahead of ours.
    pub(super) fn server_ahead(&self) -> i64 {
        let ahead = self.net.time().saturating_sub(self.clock.now().unix_secs());
        if ahead.abs() < limits::CLOCK_TOLERANCE { 0 } else { ahead }
    }

    /// Ends all chats of an older copy. Nothing of theirs has gone out, and nothing of this takes a number.
    pub(super) fn close_all(&mut self, driver: &mut Driver) -> Result<(), Error> {
        let now = self.clock.now();
        let chats: Vec<SecretChatId> = driver
            .engine
            .chats()
            .filter(|info| info.state != ChatState::Discarded)
            .map(|info| info.id)
            .collect();
        for chat in chats {
            driver.engine.close(chat, false, now, &mut self.rng)?;
        }
        driver.waiting = None;
        Ok(())
    }

    /// The client ends: what still waits goes as it can. Whether there is anything.
    pub(super) fn hurry_secret(&mut self) -> bool {
        let now = self.clock.now();
        let Some(driver) = &mut self.secret else { return false };
        let waiting = driver.postponed.release_all();
        let any = !waiting.is_empty();
        for (chat, order) in waiting {
            driver.send(chat, order, now, &mut self.rng);
        }
        any
    }

    /// The stored state is the newest: what waited for that goes out.
    pub(super) fn release_calls(&mut self) {
        let Some(driver) = &mut self.secret else { return };
        for request in driver.waiting.take().unwrap_or_default() {
            // The chat may have ended, or the message been deleted meanwhile.
            if self.secret.as_ref().is_some_and(|driver| driver.engine.is_pending(request.id)) {
                self.request(request);
            }
        }
    }

    /// Carries out everything the engine asks for.
    ///
    /// # Errors
    /// The session cannot be written. The engine is then behind its own decisions and must not go on.
    pub(super) async fn drive_secret(&mut self) -> Result<(), Error> {
        loop {
            let Some(driver) = &mut self.secret else { return Ok(()) };
            match driver.engine.poll_output() {
                None if driver.send_postponed(self.clock.now(), &mut self.rng) => {}
                None => {
                    driver.confirmed.drain(..).for_each(|confirm| confirm(Ok(())));
                    driver.waiters.stored();
                    return Ok(());
                }
                Some(Output::Persist(batch)) => {
                    let barrier = batch.barrier;
                    let mut changes = keys::batch(batch.changes);
                    if batch.events.iter().any(|event| matches!(event, Event::ChatClosed { .. })) {
                        driver.ended.now = true;
                        changes.put.push(Record { key: keys::ended(), value: Vec::new() });
                    }
                    let date = i32::try_from(self.net.time()).unwrap_or(i32::MAX);
                    let history = &mut driver.history;
                    for doomed in history.write(&batch.events, date, &*self.store, &mut changes).await? {
                        doomed.remove().await;
                    }
                    self.write(&changes).await?;
                    if let Some(driver) = &mut self.secret {
                        driver.engine.handle_persisted(barrier);
                    }
                }
                Some(Output::Request(request)) => self.request(request),
                Some(Output::Event(event)) => {
                    self.hub.publish_aside(updates::Event::Secret(Box::new(event.clone())));
                    driver.waiters.handle(&event);
                }
                Some(Output::Timeout(at)) => driver.timeout = Some(at.monotonic),
            }
        }
    }

    fn request(&mut self, request: Request) {
        let Some(driver) = &mut self.secret else { return };
        if let Some(waiting) = &mut driver.waiting
            && request.call.spends_number()
        {
            return waiting.push(request);
        }
        let body = match request.call.to_bytes() {
            Ok(body) => body,
            Err(error) => {
                let failure = RpcFailure { code: 400, name: error.to_string(), argument: None };
                let now = self.clock.now();
                return driver.engine.handle_response(request.id, Err(failure), now, &mut self.rng);
            }
        };
        let after = request.after.and_then(|before| Some(driver.calls.get(&before)?.1));
        // Retries send the same bytes under the same random_id, so nothing happens twice. What makes a chat is repeated by
        // the engine alone, which must know that the first try may have been carried out.
        let makes_a_chat =
            matches!(request.call, Call::RequestEncryption { .. } | Call::AcceptEncryption { .. });
        let options = InvokeOptions {
            after: after.into_iter().collect(),
            repeatable: !makes_a_chat,
            ..InvokeOptions::default()
        };
        // The engine decides about its own failures: it knows which of them are final.
        let call = call::Call::start(&self.net, body, options, Policy::NONE);
        driver.calls.insert(request.id, (request.call, call.handle()));
        let id = request.id;
        let run = self.run;
        self.running.push(Box::pin(async move { task::Done::Secret { run, id, answer: call.await } }));
    }

    pub(super) fn handle_secret_answer(&mut self, id: RequestId, answer: Result<Vec<u8>, InvokeError>) {
        let Some(driver) = &mut self.secret else { return };
        let Some((call, _)) = driver.calls.remove(&id) else { return };
        let temporary = |name: &str| RpcFailure { code: 500, name: name.to_owned(), argument: None };
        let unreadable = |_: DecodeError| temporary("ANSWER_UNREADABLE");
        let response: Result<Response, RpcFailure> = match answer {
            Ok(bytes) => call.decode_response(&bytes).map_err(unreadable),
            Err(InvokeError::Rpc(error)) => Err(RpcFailure {
                code: error.code,
                argument: error.argument.and_then(|argument| u32::try_from(argument).ok()),
                name: error.name,
            }),
            // The call is made again after the next start.
            Err(InvokeError::Closed | InvokeError::SessionLost) => return,
            Err(error) => {
                tracing::debug!(method = call.method(), %error, "a call of a secret chat has no answer");
                Err(temporary("NO_ANSWER"))
            }
        };
        let now = self.clock.now();
        driver.engine.handle_response(id, response, now, &mut self.rng);
    }

    /// Commands to chats. `Err` gives the query back: it is not about chats.
    pub(super) fn handle_secret_query(&mut self, query: Query) {
        let now = self.clock.now();
        let Some(driver) = &mut self.secret else { return refuse(query, || self.stopped()) };
        let (engine, rng) = (&mut driver.engine, &mut self.rng);
        match query {
            Query::Start { user, reply } => match engine.request(user.id, user.access_hash, now, rng) {
                Ok(chat) => driver.waiters.start(chat, reply),
                Err(error) => drop(reply.send(Err(error.into()))),
            },
            Query::Accept { chat, reply } => {
                let done = engine.accept(chat, now, rng);
                driver.confirm(done, reply);
            }
            Query::Decline { chat, reply } => {
                let done = engine.decline(chat, now, rng);
                driver.confirm(done, reply);
            }
            Query::Forget { chat, reply } => {
                let done = engine.forget(chat);
                driver.confirm(done, reply);
            }
            Query::Close { chat, delete_history, reply } => {
                let done = engine.close(chat, delete_history, now, rng);
                driver.confirm(done, reply);
            }
            Query::Open { chat, message, reply } => {
                let done = engine.opened(chat, message, now, rng);
                driver.confirm(done, reply);
            }
            Query::ReadHistory { chat, max_date, reply } => {
                let done = engine.read_history(chat, max_date, now, rng);
                driver.confirm(done, reply);
            }
            Query::Typing { chat, typing, reply } => {
                let done = engine.set_typing(chat, typing, now, rng);
                driver.confirm(done, reply);
            }
            Query::Rekey { chat, reply } => {
                let done = engine.rekey(chat, now, rng);
                driver.confirm(done, reply);
            }
            Query::SetVerified { chat, verified, reply } => {
                let done = engine.set_verified(chat, verified, now, rng);
                driver.confirm(done, reply);
            }
            Query::Info { chat, reply } => {
                drop(reply.send(engine.chat(chat).ok_or_else(|| no_chat(chat))));
            }
            Query::List { reply } => drop(reply.send(Ok(engine.chats().collect()))),
            Query::Ready { chat, reply } => match engine.chat(chat).map(|info| info.state) {
                None => drop(reply.send(Err(no_chat(chat)))),
                Some(ChatState::Ready) => drop(reply.send(Ok(()))),
                Some(ChatState::Discarded) => drop(reply.send(Err(waiters::ended(chat)))),
                Some(_) => driver.waiters.ready(chat, reply),
            },
            Query::Send { chat, what, reply } => {
                let info = engine.chat(chat);
                if let Some(order) = driver.postponed.keep(chat, info.as_ref(), what, reply) {
                    driver.send(chat, order, now, rng);
                }
            }
            Query::Seal { chat, action, reply } => match engine.prepare_action(chat, action, now, rng) {
                // Handed over once it is stored: see `Task::drive`.
                Ok(Call::SendEncryptedService { peer, random_id, data }) => {
                    self.sealed.push((Sealed { peer: peer.into(), random_id, data }, reply));
                }
                Ok(call) => drop(reply.send(Err(Error::new(
                    ErrorKind::Secret,
                    format!("this action travels by {}, not by messages.sendEncryptedService", call.method()),
                )))),
                Err(error) => drop(reply.send(Err(error.into()))),
            },
            // Handled by the task.
            Query::CatchUp { .. }
            | Query::CloseRestored { .. }
            | Query::LogIn { .. }
            | Query::LogOut { .. }
            | Query::NoteFile { .. }
            | Query::SaveUpdates { .. }
            | Query::Shutdown => {}
        }
    }
}

fn no_chat(chat: SecretChatId) -> Error {
    Error::new(ErrorKind::Argument, format!("there is no secret chat {chat}"))
}

/// Nobody is logged in, or the chats have stopped.
fn refuse(query: Query, error: impl Fn() -> Error) {
    match query {
        Query::Accept { reply, .. }
        | Query::CatchUp { reply }
        | Query::CloseRestored { reply }
        | Query::Close { reply, .. }
        | Query::Decline { reply, .. }
        | Query::Forget { reply, .. }
        | Query::ReadHistory { reply, .. }
        | Query::Ready { reply, .. }
        | Query::Rekey { reply, .. }
        | Query::SaveUpdates { reply }
        | Query::SetVerified { reply, .. }
        | Query::Typing { reply, .. }
        | Query::LogIn { reply, .. }
        | Query::LogOut { reply } => drop(reply.send(Err(error()))),
        Query::Info { reply, .. } => drop(reply.send(Err(error()))),
        Query::List { reply } => drop(reply.send(Err(error()))),
        Query::NoteFile { reply, .. } | Query::Open { reply, .. } => drop(reply.send(Err(error()))),
        Query::Seal { reply, .. } => drop(reply.send(Err(error()))),
        Query::Send { reply, .. } => drop(reply.send(Err(error()))),
        Query::Start { reply, .. } => drop(reply.send(Err(error()))),
        Query::Shutdown => {}
    }
}
