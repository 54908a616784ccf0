use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chappe_secret::RequestId;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rand::rngs::StdRng;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver};
use tokio::time::Instant;

use super::commands::{Query, Reply};
use super::keys;
use super::secret::Driver;
use super::updates::Counters;
use crate::builder::Config;
use crate::clock::Clock;
use crate::error::{Error, InvokeError};
use crate::limits;
use crate::net::{NetEvent, NetHandle};
use crate::secret::Sealed;
use crate::session::{Batch, Record, Session};
use crate::updates::Hub;

/// A call of the account that has ended. `run` tells logins apart: answers of an earlier one mean nothing.
pub(super) enum Done {
    Secret { run: u64, id: RequestId, answer: Result<Vec<u8>, InvokeError> },
    Updates { run: u64, answer: Result<Vec<u8>, InvokeError> },
}

type Running = Pin<Box<dyn Future<Output = Done> + Send>>;

pub(super) struct Task {
    pub(super) config: Arc<Config>,
    store: Arc<dyn Session>,
    pub(super) net: NetHandle,
    events: Receiver<NetEvent>,
    queries: UnboundedReceiver<Query>,
    pub(super) hub: Hub,
    pub(super) clock: Clock,
    pub(super) rng: StdRng,
    pub(super) run: u64,
    pub(super) secret: Option<Driver>,
    pub(super) counters: Option<Counters>,
    pub(super) running: FuturesUnordered<Running>,
    /// A sealed action that is handed over once it is stored.
    pub(super) sealed: Option<(Sealed, Reply<Sealed>)>,
    /// Who waits for the difference.
    catching_up: Vec<Reply<()>>,
    /// When old pages of the session are to be wiped.
    settle_at: Option<Instant>,
}

/// What came first.
enum Step {
    Done(Done),
    Event(Option<NetEvent>),
    Query(Option<Query>),
    Settle,
    Timeout,
}

impl Task {
    pub(super) fn new(
        config: Arc<Config>,
        store: Arc<dyn Session>,
        net: NetHandle,
        events: Receiver<NetEvent>,
        queries: UnboundedReceiver<Query>,
        hub: Hub,
    ) -> Result<Self, Error> {
        Ok(Self {
            rng: config.randomness.generator()?,
            config,
            store,
            net,
            events,
            queries,
            hub,
            clock: Clock::new(),
            run: 0,
            secret: None,
            counters: None,
            running: FuturesUnordered::new(),
            sealed: None,
            catching_up: Vec::new(),
            settle_at: None,
        })
    }

    /// Works until the client is dropped or disconnected, or the session cannot be written any more.
    pub(super) async fn run(mut self) {
        let mut connected = true;
        loop {
            if let Err(error) = self.drive().await {
                // What the engine has decided is not on disk. Going on would send what was never stored; a restart
                // begins again where the disk is.
                tracing::error!(%error, "the session cannot be written: updates and secret chats stop");
                break;
            }
            if self.counters.as_ref().is_some_and(Counters::is_current) {
                self.catching_up.drain(..).for_each(|reply| drop(reply.send(Ok(()))));
            }
            let timeout = self.timeout();
            let step = tokio::select! {
                biased;
                query = self.queries.recv() => Step::Query(query),
                Some(done) = self.running.next() => Step::Done(done),
                event = self.events.recv(), if connected => Step::Event(event),
                () = sleep_until(timeout) => Step::Timeout,
                () = sleep_until(self.settle_at) => Step::Settle,
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
                Step::Done(_) => {}
                Step::Event(None) => connected = false,
                Step::Event(Some(event)) => self.handle_net(event),
                Step::Timeout => self.handle_timeout(),
                Step::Settle => self.settle().await,
            }
        }
        if self.settle_at.is_some() {
            self.settle().await;
        }
    }

    /// Carries out what the machines ask for, until they ask for nothing more.
    async fn drive(&mut self) -> Result<(), Error> {
        loop {
            self.drive_secret().await?;
            if let Some((sealed, reply)) = self.sealed.take() {
                drop(reply.send(Ok(sealed)));
            }
            // What the counters hand out may concern the engine, and has to be stored before they move on.
            if !self.drive_updates().await? {
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
            Query::CatchUp { reply } if self.counters.is_some() => self.catching_up.push(reply),
            Query::LogOut { reply } => drop(reply.send(self.log_out().await)),
            query => self.handle_secret_query(query),
        }
    }

    async fn log_in(&mut self, user_id: i64, _is_bot: bool) -> Result<(), Error> {
        let stored = self.net.stored().await.ok_or_else(Error::closed)?;
        let mut records = self.store.records().await?;
        // Secret chats and counters belong to an authorization, so the key is part of the name.
        let owner = [user_id.to_be_bytes(), stored.auth_key.id().0.to_be_bytes()].concat();
        let same = records.iter().any(|record| keys::is_owner(&record.key) && record.value == owner);
        if !same {
            // Another account's chats have no use here, and its counters mislead.
            let mut batch =
                Batch { put: Vec::new(), remove: records.iter().map(|record| record.key.clone()).collect() };
            batch.remove.retain(|key| !keys::is_owner(key));
            batch.put.push(Record { key: keys::owner(), value: owner });
            self.write(&batch).await?;
            records.clear();
        }
        self.run += 1;
        let driver = self.load_secret(user_id, &records)?;
        self.counters = Some(self.load_updates(&records, driver.engine.qts()));
        self.secret = Some(driver);
        Ok(())
    }

    async fn log_out(&mut self) -> Result<(), Error> {
        self.run += 1;
        self.secret = None;
        self.counters = None;
        let records = self.store.records().await?;
        let batch =
            Batch { put: Vec::new(), remove: records.iter().map(|record| record.key.clone()).collect() };
        self.write(&batch).await
    }

    /// Durable when it returns.
    pub(super) async fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        self.store.apply(batch).await?;
        self.settle_at = Some(Instant::now() + limits::SETTLE_DELAY);
        Ok(())
    }

    async fn settle(&mut self) {
        self.settle_at = None;
        if let Err(error) = self.store.settle().await {
            tracing::warn!(%error, "old pages of the session cannot be wiped");
        }
    }
}

async fn sleep_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
