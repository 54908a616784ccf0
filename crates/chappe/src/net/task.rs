//! One task: socket, transport, session.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chappe_api::{functions, types};
use chappe_mtproto::rpc::RpcError;
use chappe_mtproto::session::client::{CallId, CallOptions, ClientSession, Event, Output, SessionState};
use chappe_mtproto::transport::Inbound;
use chappe_tl::{Decode, Encode};
use rand::RngExt;
use rand::rngs::StdRng;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Sender, UnboundedReceiver};
use tokio::sync::{Notify, watch};

use super::calls::{Calls, Loss};
use super::commands::{Command, Inbox, Status, millis};
use super::temporary::{Fresh, Next, Refused, Temporary};
use super::wire::{Wire, unknown_centre};
use super::{NetEvent, inited};
use crate::alarm::Alarm;
use crate::builder::Config;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, InvokeError};
use crate::limits;
use crate::rt::{self, Instant};
use crate::session::{Session, StoredSession};
use crate::updates::ConnectionState;

/// `boolTrue#997275b5 = Bool`
const BOOL_TRUE: [u8; 4] = 0x9972_75b5_u32.to_le_bytes();

/// Why a connection is over.
pub(super) enum End {
    Broken(String),
    Migrated,
    /// The next temporary key takes over.
    Renewed,
    Shutdown,
    UnknownKey,
    /// The application asked for another one.
    Wanted,
}

/// What a client waits for that has no connection.
enum Pause {
    Over,
    Shutdown,
}

/// What comes next once the commands were looked at.
enum Step {
    Command(Option<Command>),
    Inbound(io::Result<Inbound>),
    Made(Result<Box<Fresh>, Error>),
    Timeout,
}

pub(super) struct Task {
    pub(super) config: Arc<Config>,
    pub(super) store: Arc<dyn Session>,
    pub(super) clock: Clock,
    pub(super) rng: StdRng,
    pub(super) dc_id: i32,
    pub(super) stored: Option<StoredSession>,
    pub(super) session: Option<ClientSession>,
    /// The session's key, if it is a temporary one.
    pub(super) temporary: Option<Temporary>,
    /// The one that takes over with the next connection.
    pub(super) fresh: Option<Fresh>,
    /// The server has refused to bind a temporary key: until when the permanent one has to do.
    pub(super) refused: Option<Refused>,
    pub(super) wire: Option<Wire>,
    pub(super) deadline: Option<Duration>,
    alarm: Alarm,
    pub(super) calls: Calls,
    /// Whether the server has answered a call in the wrappers.
    pub(super) inited: bool,
    unknown_key_count: u32,
    /// Whether something came over this connection that only a server with our key can have sent.
    pub(super) alive: bool,
    /// The question for the addresses of the server, and when to ask it, on the monotonic clock.
    pub(super) config_call: Option<CallId>,
    config_due: Duration,
    /// When this connection was made, on the monotonic clock.
    pub(super) connected_at: Duration,
    commands: UnboundedReceiver<Command>,
    interrupt: Arc<Notify>,
    login_token: Arc<Notify>,
    status: watch::Sender<Status>,
    cut_off: Arc<AtomicBool>,
    events: Sender<NetEvent>,
    /// Updates were dropped because the account was too slow.
    events_lost: bool,
}

impl Task {
    /// Reads the session and makes the first connection.
    pub(super) async fn new(
        config: Arc<Config>,
        store: Arc<dyn Session>,
        orders: Inbox,
        events: Sender<NetEvent>,
    ) -> Result<Self, Error> {
        let stored = store.load().await?;
        let dc_id = stored.as_ref().map_or(config.centres.first(), |stored| stored.dc_id);
        if !config.centres.knows(dc_id) {
            return Err(unknown_centre(dc_id));
        }
        let mut task = Self {
            rng: config.randomness.generator()?,
            config,
            store,
            clock: orders.clock,
            dc_id,
            stored,
            session: None,
            temporary: None,
            fresh: None,
            refused: None,
            wire: None,
            deadline: None,
            alarm: Alarm::default(),
            calls: Calls::default(),
            inited: false,
            unknown_key_count: 0,
            alive: false,
            config_call: None,
            config_due: Duration::ZERO,
            connected_at: Duration::ZERO,
            commands: orders.commands,
            interrupt: orders.interrupt,
            login_token: orders.login_token,
            status: orders.status,
            cut_off: orders.cut_off,
            events,
            events_lost: false,
        };
        task.show();
        let mut attempt = 0;
        loop {
            attempt += 1;
            match task.establish().await {
                Ok(()) => {
                    task.tell(NetEvent::Connection(ConnectionState::Connected));
                    return Ok(task);
                }
                // A wrong key stays wrong.
                Err(error) if error.kind() != ErrorKind::Connection => return Err(error),
                Err(error) if attempt >= limits::FIRST_CONNECT_ATTEMPTS => return Err(error),
                Err(_) => rt::sleep(limits::RECONNECT_DELAY.saturating_mul(attempt)).await,
            }
        }
    }

    /// Works until the client is dropped or disconnected, or the session is lost.
    pub(super) async fn run(mut self) {
        // Of connections in a row: for the pauses between them, and of those that came to nothing at all.
        let (mut failures, mut attempts): (u32, u32) = (0, 0);
        loop {
            let end = self.serve().await;
            if let End::Shutdown = end {
                self.take_leave().await;
            }
            self.wire = None;
            self.cut_off.store(true, Ordering::Relaxed);
            let now = self.clock.now();
            if let Some(session) = &mut self.session {
                session.handle_disconnected(now);
            }
            if self.alive {
                (self.unknown_key_count, attempts) = (0, 0);
                // A server that hangs up again and again is not to be asked in a tight loop.
                let lasted = now.monotonic.saturating_sub(self.connected_at);
                failures = if lasted >= limits::STEADY_CONNECTION {
                    0
                } else {
                    failures.min(limits::UNSTEADY_FAILURES)
                };
            }
            let (seamless, wanted) =
                (matches!(end, End::Renewed), matches!(end, End::Wanted | End::Migrated));
            match end {
                End::Shutdown => return self.calls.finish(|| InvokeError::Closed),
                End::Migrated | End::Renewed | End::Wanted => failures = 0,
                End::Broken(reason) => tracing::debug!(reason, "the connection is over; connecting anew"),
                // A temporary key is replaced.
                End::UnknownKey if self.temporary.is_some() => self.temporary_denied(),
                End::UnknownKey => {
                    self.unknown_key_count += 1;
                    tracing::warn!(
                        count = self.unknown_key_count,
                        "the server says it does not know our key"
                    );
                    if self.unknown_key_count >= limits::MAX_UNKNOWN_KEY {
                        self.calls.finish(|| InvokeError::SessionLost);
                        return self.refuse().await;
                    }
                }
            }
            if !seamless {
                self.tell(NetEvent::Connection(ConnectionState::Connecting));
            }
            let free = seamless || wanted;
            match self.connect_again(&mut failures, &mut attempts, free).await {
                Pause::Over if seamless => self.renewed(),
                Pause::Over => {
                    self.tell(NetEvent::Connection(ConnectionState::Connected));
                    // It may have happened meanwhile: whoever waits for it looks again.
                    self.login_token.notify_waiters();
                }
                Pause::Shutdown => return self.calls.finish(|| InvokeError::Closed),
            }
        }
    }

    /// Connects anew, with growing pauses, for as long as the policy allows; beyond that when it is asked to. A free
    /// attempt comes before the policy.
    async fn connect_again(&mut self, failures: &mut u32, attempts: &mut u32, mut free: bool) -> Pause {
        let interrupt = self.interrupt.clone();
        let most = self.config.reconnect.max_attempts;
        self.show();
        let mut reason = "the connection broke".to_owned();
        loop {
            if !free && most.is_some_and(|most| *attempts >= most) {
                self.tell(NetEvent::Connection(ConnectionState::Disconnected));
                if let Pause::Shutdown = self.rest(*attempts, &reason).await {
                    return Pause::Shutdown;
                }
                // Whoever asks gets one attempt at least.
                (*failures, *attempts) = (0, 0);
                self.tell(NetEvent::Connection(ConnectionState::Connecting));
            } else if *failures > 0
                && let Pause::Shutdown = self.wait(*failures).await
            {
                return Pause::Shutdown;
            }
            *failures = failures.saturating_add(1);
            *attempts = attempts.saturating_add(1);
            free = false;
            let established = tokio::select! {
                established = self.establish() => established,
                () = interrupt.notified() => return Pause::Shutdown,
            };
            match established {
                Ok(()) => return Pause::Over,
                Err(error) => {
                    tracing::debug!(%error, attempts, "cannot connect");
                    reason = error.to_string();
                }
            }
        }
    }

    /// Has given up connecting: says so to all calls until somebody asks for another attempt.
    async fn rest(&mut self, attempts: u32, reason: &str) -> Pause {
        let unreachable = || InvokeError::Unreachable { attempts, reason: reason.to_owned() };
        self.status.send_modify(|status| status.gone = Some((attempts, reason.to_owned())));
        let pause = self.rest_on(unreachable).await;
        self.status.send_modify(|status| status.gone = None);
        pause
    }

    async fn rest_on(&mut self, unreachable: impl Fn() -> InvokeError) -> Pause {
        // Nothing is sent later of which the application was told that it failed.
        if let Some(session) = &mut self.session {
            self.calls.pending.keys().for_each(|call| session.cancel(*call));
        }
        self.calls.finish(&unreachable);
        while let Some(command) = self.commands.recv().await {
            match command {
                Command::Call(request) => drop(request.reply.send(Err(unreachable()))),
                Command::Reconnect => return Pause::Over,
                Command::Shutdown => return Pause::Shutdown,
                command => {
                    if let Some(End::Migrated) = self.handle_command(command).await {
                        return Pause::Over;
                    }
                }
            }
        }
        Pause::Shutdown
    }

    /// Waits before the next attempt, while commands are served as far as they can be.
    async fn wait(&mut self, failures: u32) -> Pause {
        let until =
            Instant::now() + self.config.reconnect.delay(failures).mul_f64(self.rng.random_range(0.5..=1.0));
        loop {
            tokio::select! {
                () = rt::sleep_until(until) => return Pause::Over,
                command = self.commands.recv() => match command {
                    None | Some(Command::Shutdown) => return Pause::Shutdown,
                    Some(Command::Reconnect) => return Pause::Over,
                    Some(command) => {
                        self.handle_command(command).await;
                    }
                },
            }
        }
    }

    /// What was asked for before the end leaves, if the connection takes it at once: nobody waits for an answer.
    async fn take_leave(&mut self) {
        let end = self.pump().await;
        if let (None, Some(wire)) = (end, &mut self.wire) {
            drop(rt::timeout(limits::TAKING_LEAVE, wire.flush()).await);
        }
    }

    /// Serves one connection to its end.
    async fn serve(&mut self) -> End {
        loop {
            self.ask_config();
            if let Some(end) = self.pump().await {
                return end;
            }
            let renewal = match self.renew() {
                Ok(moment) => moment.map(|moment| self.clock.instant(moment)),
                Err(end) => return end,
            };
            let Some(wire) = &mut self.wire else { return End::Broken("there is no connection".to_owned()) };
            // The server works on these while the next are taken.
            if let Err(error) = wire.push().await {
                return End::Broken(error.to_string());
            }
            let deadline = self.deadline.map(|deadline| self.clock.instant(deadline));
            let next = [deadline, renewal].into_iter().flatten().min();
            let step = tokio::select! {
                biased;
                command = self.commands.recv() => Step::Command(command),
                inbound = wire.next() => Step::Inbound(inbound),
                made = making(&mut self.temporary) => Step::Made(made),
                () = self.alarm.wait(next) => Step::Timeout,
            };
            let now = self.clock.now();
            match step {
                Step::Command(None) => return End::Shutdown,
                Step::Command(Some(command)) => {
                    // What waits travels together. Those that got their answers a moment ago may ask on now.
                    if std::mem::take(&mut self.calls.answered) > 1 {
                        rt::yield_now().await;
                    }
                    let mut next = Some(command);
                    let mut taken = 0;
                    while let Some(command) = next {
                        if let Some(end) = self.handle_command(command).await {
                            return end;
                        }
                        taken += 1;
                        next = match taken < limits::CALLS_TOGETHER {
                            true => self.commands.try_recv().ok(),
                            false => None,
                        };
                    }
                }
                Step::Inbound(Err(error)) => return End::Broken(error.to_string()),
                Step::Inbound(Ok(inbound)) => {
                    let mut next = Some(inbound);
                    while let Some(inbound) = next {
                        if let Some(end) = self.handle_inbound(inbound) {
                            return end;
                        }
                        next = match self.wire.as_mut().map(Wire::received) {
                            Some(Ok(next)) => next,
                            Some(Err(error)) => return End::Broken(error.to_string()),
                            None => None,
                        };
                    }
                }
                Step::Made(made) => self.made(made),
                // It may be the renewal that is due.
                Step::Timeout if self.deadline.is_none_or(|deadline| deadline > now.monotonic) => {}
                Step::Timeout => {
                    self.deadline = None;
                    if let Some(session) = &mut self.session {
                        session.handle_timeout(now);
                    }
                }
            }
        }
    }

    fn handle_inbound(&mut self, inbound: Inbound) -> Option<End> {
        let now = self.clock.now();
        let session = self.session.as_mut()?;
        match inbound {
            Inbound::Packet(packet) => {
                if let Err(error) = session.handle_packet(packet, now, &mut self.rng) {
                    return Some(End::Broken(error.to_string()));
                }
            }
            Inbound::QuickAck(token) => session.handle_quick_ack(token),
            Inbound::Error(code) => session.handle_transport_error(code.0),
        }
        None
    }

    /// Does everything the session asks for.
    async fn pump(&mut self) -> Option<End> {
        let mut now = self.clock.now();
        loop {
            let output = self.session.as_mut()?.poll_output(now, &mut self.rng);
            match output {
                None => break,
                Some(Output::Transmit { packet, quick_ack }) => {
                    if let Some(wire) = &mut self.wire
                        && let Err(error) = wire.queue(&packet, quick_ack, &mut self.rng)
                    {
                        return Some(End::Broken(error.to_string()));
                    }
                }
                Some(Output::Timeout(deadline)) => self.deadline = Some(deadline),
                Some(Output::Persist(state)) => {
                    self.persist(state).await;
                    now = self.clock.now();
                }
                Some(Output::Event(event)) => {
                    if let Some(end) = self.handle_event(event) {
                        return Some(end);
                    }
                }
                Some(Output::Close(reason)) => return Some(End::Broken(reason.to_string())),
            }
        }
        None
    }

    /// Asks the server for its addresses if that is due.
    fn ask_config(&mut self) {
        let now = self.clock.now().monotonic;
        let due = self.inited && self.config_call.is_none() && now >= self.config_due;
        if !due || !self.config.centres.are_refreshed() {
            return;
        }
        if let (Some(session), Ok(query)) = (&mut self.session, functions::help::GetConfig {}.to_bytes()) {
            let options = CallOptions { repeatable: true, ..CallOptions::default() };
            self.config_call = Some(session.call(query, options));
            self.config_due = now.saturating_add(*limits::CONFIG_LIFE.start());
        }
    }

    fn take_config(&mut self, answer: Result<Vec<u8>, RpcError>) {
        self.config_call = None;
        let Some(config) = answer.ok().and_then(|answer| types::Config::from_bytes(&answer).ok()) else {
            return tracing::debug!("the server does not say where its data centres are");
        };
        self.config.centres.learn(&config.dc_options);
        let life = u64::try_from(config.expires.saturating_sub(config.date)).unwrap_or_default();
        let life = Duration::from_secs(life).clamp(*limits::CONFIG_LIFE.start(), *limits::CONFIG_LIFE.end());
        self.config_due = self.clock.now().monotonic.saturating_add(life);
    }

    async fn persist(&mut self, state: SessionState) {
        let Some(stored) = &mut self.stored else { return };
        // Those of a temporary key end with it.
        if self.temporary.is_none() {
            stored.salt = state.salt;
            stored.future_salts = state.future_salts;
        }
        stored.time_offset_millis = Some(state.time_offset.millis);
        // Salts are asked for anew if they are lost, so a full disk does not end the connection.
        if let Err(error) = self.store.save(stored).await {
            tracing::warn!(%error, "the salts cannot be stored");
        }
        self.show();
    }

    fn handle_event(&mut self, event: Event) -> Option<End> {
        let bind = self.temporary.as_ref().and_then(|temporary| temporary.bind);
        match event {
            Event::Response { call, result } if bind == Some(call) => {
                return self.bound(result.and_then(|answer| match answer == BOOL_TRUE {
                    true => Ok(()),
                    false => Err(RpcError::new(500, "the answer is not true")),
                }));
            }
            Event::Failed { call, reason } if bind == Some(call) => {
                return self.bound(Err(RpcError::new(500, &reason.to_string())));
            }
            Event::Response { call, result } if self.config_call == Some(call) => {
                self.take_config(result);
            }
            Event::Failed { call, .. } if self.config_call == Some(call) => self.config_call = None,
            Event::Response { call, result } => {
                self.alive = true;
                self.answer(call, result);
            }
            Event::Failed { call, reason } => self.calls.reply(call, Err(reason.into())),
            Event::Update(bytes) => {
                self.alive = true;
                if self.stored.as_ref().is_none_or(|stored| stored.user_id.is_none())
                    && inited::has_login_token(&bytes)
                {
                    self.login_token.notify_one();
                }
                self.tell(NetEvent::Updates(bytes));
            }
            Event::NewSession { .. } => {
                self.alive = true;
                self.tell(NetEvent::Lost);
            }
            Event::SessionReset { .. } => {
                self.inited = false;
                self.tell(NetEvent::Lost);
            }
            Event::AuthKeyUnknown => return Some(End::UnknownKey),
            _ => {}
        }
        None
    }

    /// Never waits: updates that find no room are fetched by their difference later.
    pub(super) fn tell(&mut self, event: NetEvent) {
        if self.events_lost {
            match self.events.try_send(NetEvent::Lost) {
                Ok(()) => self.events_lost = false,
                Err(_) => return,
            }
        }
        if let Err(TrySendError::Full(_)) = self.events.try_send(event) {
            self.events_lost = true;
        }
    }

    async fn handle_command(&mut self, command: Command) -> Option<End> {
        match command {
            Command::Call(request) => self.call(request, false),
            Command::Cancel(handle) => {
                if let Some(call) = self.calls.cancel(handle)
                    && let Some(session) = &mut self.session
                {
                    session.cancel(call);
                }
            }
            Command::Migrate { dc_id, reply } => {
                if dc_id == self.dc_id {
                    drop(reply.send(Ok(())));
                } else if !self.config.centres.knows(dc_id) {
                    drop(reply.send(Err(unknown_centre(dc_id).to_string())));
                } else {
                    self.leave_session(Loss::Moved);
                    (self.dc_id, self.stored, self.refused) = (dc_id, None, None);
                    self.show();
                    drop(reply.send(Ok(())));
                    return Some(End::Migrated);
                }
            }
            Command::Reconnect => return Some(End::Wanted),
            Command::SetUser { user_id, is_bot, reply } => {
                drop(reply.send(self.set_user(user_id, is_bot).await));
            }
            Command::Shutdown => return Some(End::Shutdown),
        }
        None
    }

    /// Tells those who only want to know, whatever the task does.
    pub(super) fn show(&self) {
        let now = self.clock.now();
        let ahead = self.session.as_ref().map(|session| {
            let wall = millis(now.unix).saturating_sub(millis(now.monotonic));
            wall.saturating_add(session.state(now).time_offset.millis)
        });
        self.status.send_modify(|status| {
            status.stored.clone_from(&self.stored);
            status.ahead = ahead.or(status.ahead);
        });
    }

    async fn set_user(&mut self, user_id: Option<i64>, is_bot: bool) -> Result<(), Error> {
        let stored =
            self.stored.as_mut().ok_or_else(|| Error::new(ErrorKind::Closed, "there is no session"))?;
        stored.user_id = user_id;
        stored.is_bot = is_bot;
        let saved = self.store.save(stored).await;
        self.show();
        Ok(saved?)
    }

    /// Tells whoever still asks that the session is lost.
    async fn refuse(mut self) {
        while let Some(command) = self.commands.recv().await {
            match command {
                Command::Shutdown => return,
                Command::Call(request) => drop(request.reply.send(Err(InvokeError::SessionLost))),
                // The way for the answer is dropped.
                Command::Cancel(_)
                | Command::Migrate { .. }
                | Command::Reconnect
                | Command::SetUser { .. } => {}
            }
        }
    }
}

/// The next temporary key, if one is being made.
async fn making(temporary: &mut Option<Temporary>) -> Result<Box<Fresh>, Error> {
    match temporary.as_mut().map(|temporary| &mut temporary.next) {
        Some(Next::Making(making)) => making.await,
        _ => std::future::pending().await,
    }
}
