use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chappe_secret::{RandomId, RequestId, SecretChatId};
use chappe_updates::Request;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rand::rngs::StdRng;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver};

use super::commands::{Query, Reply};
use super::keys;
use super::secret::Driver;
use super::updates::{Counters, Standing};
use super::waiters::Waiters;
use crate::alarm::Alarm;
use crate::builder::Config;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, InvokeError};
use crate::history::local_file::LocalFile;
use crate::history::writer::note_file;
use crate::limits;
use crate::net::{NetEvent, NetHandle};
use crate::peers::PeerCache;
use crate::rt::{self, Instant};
use crate::secret::Sealed;
use crate::session::{Batch, Key, KeyRange, Record, Scan, Session, logins_elsewhere};
use crate::updates::{Event, Hub};

/// A call of the account that has ended. `run` tells logins apart: answers of an earlier one mean nothing.
pub(super) enum Done {
    Channel { run: u64, request: Request, answer: Result<Vec<u8>, InvokeError> },
    Dialogs { run: u64, page: usize, answer: Result<Vec<u8>, InvokeError> },
    Secret { run: u64, id: RequestId, answer: Result<Vec<u8>, InvokeError> },
    Updates { run: u64, answer: Result<Vec<u8>, InvokeError> },
}

type Running = Pin<Box<dyn Future<Output = Done> + Send>>;

pub(super) struct Task {
    pub(super) config: Arc<Config>,
    pub(super) store: Arc<dyn Session>,
    pub(super) net: NetHandle,
    events: Receiver<NetEvent>,
    queries: UnboundedReceiver<Query>,
    pub(super) hub: Hub,
    pub(super) peers: PeerCache,
    pub(super) clock: Clock,
    pub(super) rng: StdRng,
    pub(super) run: u64,
    pub(super) secret: Option<Driver>,
    pub(super) counters: Option<Counters>,
    pub(super) running: FuturesUnordered<Running>,
    /// Sealed actions that are handed over once they are stored.
    pub(super) sealed: Vec<(Sealed, Reply<Sealed>)>,
    /// Who is logged in.
    pub(super) login: Option<i64>,
    pub(super) is_bot: bool,
    /// Where the counters stood when they were let go: what was before that has been told in this process.
    pub(super) standing: Option<Standing>,
    /// When the position of the updates is to be stored, and when that was done last.
    pub(super) save_at: Option<Instant>,
    pub(super) saved_at: Option<Instant>,
    /// Why updates and chats stand still all the same.
    halt: Option<Halt>,
    /// Writes that failed in a row.
    store_failures: u32,
    /// Who waited for what is stored when a write failed.
    carried: Waiters,
    /// Who waits for the difference.
    catching_up: Vec<Reply<()>>,
    /// When old pages of the session are to be wiped.
    settle_at: Option<Instant>,
    /// Rings at the first of these moments.
    alarm: Alarm,
}

/// Why updates and chats stand still.
pub(super) enum Halt {
    /// The stored state is an older copy.
    Restored,
    /// The session could not be written; it is taken up again then.
    Store { error: Error, again_at: Instant },
}

/// What came first.
enum Step {
    Alarm,
    Done(Done),
    Event(Option<NetEvent>),
    Progress,
    Query(Option<Query>),
}

impl Task {
    pub(super) fn new(
        config: Arc<Config>,
        store: Arc<dyn Session>,
        net: NetHandle,
        events: Receiver<NetEvent>,
        queries: UnboundedReceiver<Query>,
        hub: Hub,
        peers: PeerCache,
    ) -> Result<Self, Error> {
        Ok(Self {
            rng: config.randomness.generator()?,
            config,
            store,
            net,
            events,
            queries,
            hub,
            peers,
            clock: Clock::new(),
            run: 0,
            secret: None,
            counters: None,
            running: FuturesUnordered::new(),
            sealed: Vec::new(),
            login: None,
            is_bot: false,
            standing: None,
            save_at: None,
            saved_at: None,
            halt: None,
            store_failures: 0,
            carried: Waiters::default(),
            catching_up: Vec::new(),
            settle_at: None,
            alarm: Alarm::default(),
        })
    }

    /// Works until the client is dropped or disconnected.
    pub(super) async fn run(mut self) {
        let mut connected = true;
        loop {
            if let Err(error) = self.drive().await {
                self.halt(error);
            }
            if self.counters.as_ref().is_some_and(Counters::is_current) && self.is_newest().await {
                self.release_calls();
                self.settle_ends().await;
                if self.counters.as_ref().is_some_and(Counters::is_caught_up) {
                    self.catching_up.drain(..).for_each(|reply| drop(reply.send(Ok(()))));
                }
            }
            let postponed = self.secret.as_ref().and_then(|driver| driver.postponed.next());
            let moments = [self.timeout(), self.save_at, self.again_at(), self.settle_at, postponed];
            let first = moments.into_iter().flatten().min();
            let step = tokio::select! {
                biased;
                query = self.queries.recv() => Step::Query(query),
                Some(done) = self.running.next() => Step::Done(done),
                event = self.events.recv(), if connected => Step::Event(event),
                () = self.hub.progress() => Step::Progress,
                () = self.alarm.wait(first) => Step::Alarm,
            };
            match step {
                Step::Query(None | Some(Query::Shutdown)) => break,
                Step::Query(Some(query)) => self.handle_query(query).await,
                Step::Done(Done::Secret { run, id, answer }) if run == self.run => {
                    self.handle_secret_answer(id, answer);
                }
                Step::Done(Done::Updates { run, answer }) if run == self.run => {
                    self.handle_updates_answer(answer)
                }
                Step::Done(Done::Channel { run, request, answer }) if run == self.run => {
                    self.handle_channel_answer(request, answer);
                }
                Step::Done(Done::Dialogs { run, page, answer }) if run == self.run => {
                    self.handle_dialogs_answer(page, answer);
                }
                Step::Done(_) => {}
                Step::Event(None) => connected = false,
                Step::Event(Some(event)) => self.handle_net(event),
                Step::Progress => self.handle_progress(),
                Step::Alarm => self.handle_alarm().await,
            }
        }
        if self.hurry_secret() {
            // Calls that nobody waits for are given up.
            drop(rt::timeout(limits::TAKING_LEAVE, self.send_rest()).await);
        }
        self.hub.finish();
        if let Err(error) = self.save_updates().await {
            tracing::warn!(%error, "how far the updates are handled cannot be stored: some will come again");
        }
        if self.settle_at.is_some() {
            self.settle().await;
        }
        // Nobody tells anything any more.
        self.hub.close();
    }

    /// Waits until the server has taken what was sent in secret chats.
    async fn send_rest(&mut self) {
        while self.drive().await.is_ok()
            && self.secret.as_ref().is_some_and(|driver| driver.waiters.is_sending())
        {
            match self.running.next().await {
                Some(Done::Secret { run, id, answer }) if run == self.run => {
                    self.handle_secret_answer(id, answer);
                }
                Some(_) => {}
                None => return,
            }
        }
    }

    /// Carries out what the machines ask for, until they ask for nothing more.
    async fn drive(&mut self) -> Result<(), Error> {
        loop {
            self.drive_secret().await?;
            if self.secret.as_ref().is_some_and(|driver| !driver.is_unproven()) {
                self.sealed.drain(..).for_each(|(sealed, reply)| drop(reply.send(Ok(sealed))));
            }
            // What the counters hand out may concern the engine, and has to be stored before they move on.
            if !self.drive_updates() {
                return Ok(());
            }
        }
    }

    fn timeout(&self) -> Option<Instant> {
        let secret = self.secret.as_ref().and_then(|driver| driver.timeout);
        let counters = self.counters.as_ref().and_then(Counters::timeout);
        let first = secret.into_iter().chain(counters).min()?;
        Some(self.clock.instant(first))
    }

    /// Does what is due.
    async fn handle_alarm(&mut self) {
        let now = Instant::now();
        let is_due = |moment: Option<Instant>| moment.is_some_and(|moment| moment <= now);
        if is_due(self.timeout()) {
            self.handle_timeout();
        }
        if is_due(self.save_at)
            && let Err(error) = self.save_updates().await
        {
            self.halt(error);
        }
        if is_due(self.again_at()) {
            self.resume().await;
        }
        if is_due(self.settle_at) {
            self.settle().await;
        }
    }

    fn handle_timeout(&mut self) {
        let now = self.clock.now();
        if let Some(driver) = &mut self.secret
            && driver.timeout.is_some_and(|at| at <= now.monotonic)
        {
            driver.timeout = None;
            driver.engine.handle_timeout(now, &mut self.rng);
        }
        if let Some(counters) = &mut self.counters {
            counters.handle_timeout(now);
        }
    }

    async fn handle_query(&mut self, query: Query) {
        match query {
            Query::LogIn { user_id, is_bot, reply } => drop(reply.send(self.log_in(user_id, is_bot).await)),
            Query::CatchUp { reply } if self.counters.is_some() => self.catch_up(reply),
            Query::CloseRestored { reply } => drop(reply.send(self.close_restored().await)),
            Query::LogOut { reply } => drop(reply.send(self.log_out().await)),
            Query::SaveUpdates { reply } if self.login.is_some() => {
                drop(reply.send(self.save_updates().await));
            }
            Query::NoteFile { chat, message, file, reply } if self.secret.is_some() => {
                drop(reply.send(self.note_file(chat, message, file).await));
            }
            query => self.handle_secret_query(query),
        }
    }

    fn catch_up(&mut self, reply: Reply<()>) {
        // What happened meanwhile may still be on its way to a connection that stands again.
        if let Some(counters) = self.counters.as_mut().filter(|_| self.net.was_cut_off()) {
            counters.machine.handle_new_session(self.clock.now());
        }
        self.catching_up.push(reply);
    }

    async fn log_in(&mut self, user_id: i64, is_bot: bool) -> Result<(), Error> {
        let stored = self.net.stored().ok_or_else(Error::closed)?;
        // Secret chats and counters belong to an authorization, so the key is part of the name.
        let owner = [user_id.to_be_bytes(), stored.auth_key.id().0.to_be_bytes()].concat();
        let known = self.record(keys::owner()).await?;
        if known.as_ref() != Some(&owner) {
            let same_user = known.is_some_and(|known| known.starts_with(&user_id.to_be_bytes()));
            // Another account's chats have no use here, and its counters mislead. What was said is kept for the same
            // person.
            let remove_ranges = match same_user {
                true => vec![
                    keys::secrets(),
                    keys::all_updates(),
                    KeyRange::one(keys::restored()),
                    logins_elsewhere(),
                ],
                false => vec![KeyRange::ALL],
            };
            self.forget_updates();
            self.fail_all(Error::logged_out);
            let put = vec![Record { key: keys::owner(), value: owner }];
            self.write(&Batch { put, remove_ranges, ..Batch::default() }).await?;
        }
        self.login = Some(user_id);
        self.is_bot = is_bot;
        self.take_up(user_id).await
    }

    /// Goes on from what is stored.
    async fn take_up(&mut self, user_id: i64) -> Result<(), Error> {
        self.run += 1;
        self.set_counters_aside();
        self.secret = None;
        self.halt = None;
        let restored = self.record(keys::restored()).await?;
        if restored.as_deref() == Some(&[keys::RESTORED_FOUND]) {
            self.halt = Some(Halt::Restored);
            return Ok(());
        }
        let records = self.store.scan(&Scan::all(keys::secrets())).await?;
        let ended = self.record(keys::ended()).await?.is_some();
        let mut driver = self.load_secret(user_id, &records, ended)?;
        if restored.is_some() {
            self.close_all(&mut driver)?;
        }
        let standing = match self.standing.take() {
            Some(standing) => standing,
            None => self.stored_standing().await?,
        };
        self.counters = Some(self.load_updates(standing, &driver));
        driver.waiters = std::mem::take(&mut self.carried);
        self.secret = Some(driver);
        if restored.is_some() {
            self.drive_secret().await?;
            self.write(&Batch { remove: vec![keys::restored()], ..Batch::default() }).await?;
        }
        // What was handled before is to be stored, whether something else happens or not.
        self.plan_saving();
        Ok(())
    }

    async fn record(&mut self, key: Key) -> Result<Option<Vec<u8>>, Error> {
        let mut found = self.store.scan(&Scan::first(KeyRange::one(key), 1)).await?;
        Ok(found.pop().map(|mut record| std::mem::take(&mut record.value)))
    }

    async fn note_file(
        &mut self,
        chat: SecretChatId,
        message: RandomId,
        file: LocalFile,
    ) -> Result<bool, Error> {
        let batch = note_file(&*self.store, chat, message, file).await?;
        let found = !batch.put.is_empty();
        if found {
            self.write(&batch).await?;
        }
        Ok(found)
    }

    /// What was said in secret chats stays, and whose it is.
    async fn log_out(&mut self) -> Result<(), Error> {
        self.login_ended();
        self.forget_updates();
        self.write(&Batch { remove_ranges: keys::all_but_history(), ..Batch::default() }).await
    }

    /// How far the updates of another login are handled means nothing any more.
    fn forget_updates(&mut self) {
        self.counters = None;
        self.standing = None;
        self.hub.forget_positions();
    }

    /// Lets go of the chats and counters: nobody is logged in any more.
    pub(super) fn login_ended(&mut self) {
        self.run += 1;
        self.login = None;
        self.halt = None;
        self.set_counters_aside();
        self.fail_all(Error::logged_out);
    }

    /// Gives this error to all who wait for something. What is not answered now must not be by the next login.
    fn fail_all(&mut self, error: impl Fn() -> Error) {
        if let Some(driver) = self.secret.take() {
            driver.fail(&error).fail(&error);
        }
        std::mem::take(&mut self.carried).fail(&error);
        self.sealed.drain(..).for_each(|(_, reply)| drop(reply.send(Err(error()))));
        self.catching_up.drain(..).for_each(|reply| drop(reply.send(Err(error()))));
    }

    /// What the engine has decided is not on disk. Going on would send what was never stored: it is let go, and begins
    /// again where the disk is.
    fn halt(&mut self, error: Error) {
        self.store_failures = self.store_failures.saturating_add(1);
        let delay = limits::STORE_RETRY_DELAY
            .saturating_mul(1 << self.store_failures.saturating_sub(1).min(16))
            .min(limits::MAX_STORE_RETRY_DELAY);
        tracing::error!(%error, ?delay, "the session cannot be written: updates and secret chats stand still");
        self.run += 1;
        self.set_counters_aside();
        self.halt = Some(Halt::Store { error, again_at: Instant::now() + delay });
        if let Some(driver) = self.secret.take() {
            // What is stored goes out later, and whoever waits for it learns that then.
            self.carried = driver.fail(|| self.stopped());
        }
        let sealed = std::mem::take(&mut self.sealed);
        sealed.into_iter().for_each(|(_, reply)| drop(reply.send(Err(self.stopped()))));
    }

    fn again_at(&self) -> Option<Instant> {
        match self.halt {
            Some(Halt::Store { again_at, .. }) => Some(again_at),
            _ => None,
        }
    }

    async fn resume(&mut self) {
        if let Some(user_id) = self.login
            && let Err(error) = self.take_up(user_id).await
        {
            self.halt(error);
        }
    }

    /// Why a command is refused while nothing runs.
    pub(super) fn stopped(&self) -> Error {
        match &self.halt {
            None => Error::logged_out(),
            Some(Halt::Restored) => Error::restored(),
            Some(Halt::Store { error, .. }) => Error::new(error.kind(), error.to_string()),
        }
    }

    /// Whether nothing speaks against the stored state being the newest. If something does, the chats stop for good.
    async fn is_newest(&mut self) -> bool {
        let unproven = self.secret.as_ref().is_some_and(Driver::is_unproven);
        let older = self.counters.as_ref().is_some_and(Counters::is_older_copy);
        if !(unproven && older) {
            return true;
        }
        tracing::error!(
            "the server has handed out messages that this session does not have: it is an older copy"
        );
        let put = vec![Record { key: keys::restored(), value: vec![keys::RESTORED_FOUND] }];
        if let Err(error) = self.write(&Batch { put, ..Batch::default() }).await {
            tracing::error!(%error, "that cannot be noted");
        }
        self.run += 1;
        self.counters = None;
        self.halt = Some(Halt::Restored);
        self.fail_all(Error::restored);
        self.hub.publish_aside(Event::Restored);
        false
    }

    /// The server's queue was compared with what is stored: what ended before that explains nothing that comes.
    async fn settle_ends(&mut self) {
        let Some(driver) = self.secret.as_mut().filter(|driver| driver.is_end_settled()) else { return };
        driver.ended.before = false;
        let batch = Batch { remove: vec![keys::ended()], ..Batch::default() };
        if let Err(error) = self.write(&batch).await {
            self.halt(error);
        }
    }

    async fn close_restored(&mut self) -> Result<(), Error> {
        let (Some(Halt::Restored), Some(user_id)) = (&self.halt, self.login) else {
            return Err(Error::new(ErrorKind::Argument, "this session is no older copy"));
        };
        let put = vec![Record { key: keys::restored(), value: vec![keys::RESTORED_CLOSE] }];
        self.write(&Batch { put, ..Batch::default() }).await?;
        self.take_up(user_id).await
    }

    /// Durable when it returns.
    pub(super) async fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        self.store.apply(batch).await?;
        self.store_failures = 0;
        // Not put off by further writes: what was deleted is not to stay for as long as there is traffic.
        self.settle_at.get_or_insert_with(|| Instant::now() + limits::SETTLE_DELAY);
        Ok(())
    }

    async fn settle(&mut self) {
        self.settle_at = None;
        if let Err(error) = self.store.settle().await {
            tracing::warn!(%error, "old pages of the session cannot be wiped");
        }
    }
}
