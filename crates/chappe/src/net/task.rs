//! One task: socket, transport, session.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use chappe_mtproto::rpc::RpcError;
use chappe_mtproto::session::client::{
    CallId, CallOptions, ClientSession, ClientSessionConfig, Event, Output, SessionState, TimeOffset,
};
use chappe_mtproto::transport::{ClientTransport, Inbound, Obfuscation};
use rand::RngExt;
use rand::rngs::StdRng;
use tokio::sync::Notify;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Sender, UnboundedReceiver};

use super::commands::{Answer, Command, Inbox, Request};
use super::socket::{Io, Socket};
use super::{NetEvent, exchange, inited};
use crate::builder::Config;
use crate::call::CallHandle;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, InvokeError};
use crate::limits;
use crate::rt::{self, Instant};
use crate::session::{Session, StoredSession};
use crate::updates::ConnectionState;

/// A connection: bytes in both directions, cut into packets.
pub(super) struct Wire {
    socket: Socket,
    transport: ClientTransport,
    out: Vec<u8>,
    written: usize,
    buffer: Vec<u8>,
}

impl Wire {
    async fn open(config: &Config, dc_id: i32, rng: &mut StdRng) -> Result<Self, Error> {
        let address = config.centres.address(dc_id).ok_or_else(|| unknown_centre(dc_id))?;
        let obfuscation = config.transport.obfuscated.then(|| Obfuscation {
            dc_id: i16::try_from(config.centres.wire_id(dc_id)).unwrap_or_default(),
            secret: None,
        });
        let transport =
            ClientTransport::new(config.transport.framing, obfuscation, rng).map_err(|error| {
                Error::with_source(
                    ErrorKind::Argument,
                    format!("the transport cannot be used: {error}"),
                    error,
                )
            })?;
        let socket = Socket::connect(address, config.websocket).await.map_err(|error| {
            Error::with_source(ErrorKind::Connection, format!("cannot connect to {address}: {error}"), error)
        })?;
        Ok(Self { socket, transport, out: Vec::new(), written: 0, buffer: vec![0; limits::READ_LEN] })
    }

    /// Prepares a packet to be written.
    pub(super) fn queue(&mut self, packet: &[u8], quick_ack: bool, rng: &mut StdRng) -> io::Result<()> {
        // Moved rarely, so that a long queue costs each byte at most one copy.
        if self.written * 2 >= self.out.len() {
            self.out.drain(..self.written);
            self.written = 0;
        }
        self.transport.send(packet, quick_ack, &mut self.out, rng).map_err(io::Error::other)
    }

    /// Writes what is queued and reads until something is complete. May be dropped without losing a byte.
    pub(super) async fn next(&mut self) -> io::Result<Inbound> {
        loop {
            if let Some(inbound) = self.transport.poll().map_err(io::Error::other)? {
                return Ok(inbound);
            }
            let pending = self.out.get(self.written..).unwrap_or_default();
            let (socket, buffer) = (&mut self.socket, &mut self.buffer);
            match poll_fn(|cx| socket.poll_io(pending, buffer, cx)).await? {
                Io::Read(len) => self.transport.receive(self.buffer.get(..len).unwrap_or_default()),
                Io::Wrote(len) => self.written += len,
            }
        }
    }

    /// What has been received completely already.
    fn received(&mut self) -> io::Result<Option<Inbound>> {
        self.transport.poll().map_err(io::Error::other)
    }
}

fn unknown_centre(dc_id: i32) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!("data centre {dc_id} is not among the known ones: add it to the client's `data_centres`"),
    )
}

/// A call whose answer is awaited.
struct Pending {
    request: Request,
    wrapped: bool,
    /// Whether it was sent again inside the wrappers because the server asked for them.
    rewrapped: bool,
}

/// Why a connection is over.
enum End {
    Broken(String),
    Migrated,
    Shutdown,
    UnknownKey,
}

/// What comes next once the commands were looked at.
enum Step {
    Command(Option<Command>),
    Inbound(io::Result<Inbound>),
    Timeout,
}

pub(super) struct Task {
    config: Arc<Config>,
    store: Arc<dyn Session>,
    clock: Clock,
    rng: StdRng,
    dc_id: i32,
    stored: Option<StoredSession>,
    session: Option<ClientSession>,
    wire: Option<Wire>,
    deadline: Option<Duration>,
    calls: HashMap<CallId, Pending>,
    handles: HashMap<CallHandle, CallId>,
    /// Calls that have failed lately: what comes after them must fail, too.
    failed: VecDeque<(CallHandle, CallId)>,
    /// Calls that came while there was no session.
    waiting: VecDeque<Request>,
    /// Whether the server has answered a call in the wrappers.
    inited: bool,
    unknown_key_count: u32,
    /// Whether something came over this connection that only a server with our key can have sent.
    alive: bool,
    commands: UnboundedReceiver<Command>,
    interrupt: Arc<Notify>,
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
        if config.centres.address(dc_id).is_none() {
            return Err(unknown_centre(dc_id));
        }
        let mut task = Self {
            rng: config.randomness.generator()?,
            config,
            store,
            clock: Clock::new(),
            dc_id,
            stored,
            session: None,
            wire: None,
            deadline: None,
            calls: HashMap::new(),
            handles: HashMap::new(),
            failed: VecDeque::new(),
            waiting: VecDeque::new(),
            inited: false,
            unknown_key_count: 0,
            alive: false,
            commands: orders.commands,
            interrupt: orders.interrupt,
            events,
            events_lost: false,
        };
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

    /// Connects, makes a key if there is none, and a session if there is none.
    async fn establish(&mut self) -> Result<(), Error> {
        // Fresh randomness for each connection.
        self.rng = self.config.randomness.generator()?;
        let mut wire = Wire::open(&self.config, self.dc_id, &mut self.rng).await?;
        let stored = match &self.stored {
            Some(stored) => stored.clone(),
            None => self.make_key(&mut wire).await?,
        };
        let now = self.clock.now();
        if self.session.is_none() {
            let mut config = ClientSessionConfig::new(stored.auth_key.clone(), stored.salt);
            config.future_salts = stored.future_salts.clone();
            config.time_offset = stored.time_offset_millis.map(|millis| TimeOffset { millis });
            if let Some(interval) = self.config.timings.ping_interval {
                config.ping_interval = interval;
                config.disconnect_delay = interval.saturating_add(Duration::from_secs(15));
            }
            if let Some(timeout) = self.config.timings.pong_timeout {
                config.pong_timeout = timeout;
            }
            self.session = Some(ClientSession::new(config, now, &mut self.rng));
        }
        // A server may forget what it was told on another connection.
        self.inited = false;
        if let Some(session) = &mut self.session {
            session.handle_connected(now);
        }
        self.wire = Some(wire);
        self.alive = false;
        while let Some(request) = self.waiting.pop_front() {
            self.call(request, false);
        }
        Ok(())
    }

    /// Agrees on a key and stores it before its first use.
    async fn make_key(&mut self, wire: &mut Wire) -> Result<StoredSession, Error> {
        let key = exchange::exchange(&self.config, self.dc_id, wire, self.clock, &mut self.rng).await?;
        let address = self.config.centres.address(self.dc_id).ok_or_else(|| unknown_centre(self.dc_id))?;
        let mut stored = StoredSession::new(self.dc_id, address.clone(), key.auth_key);
        stored.salt = key.first_salt;
        stored.time_offset_millis = Some(key.time_offset.saturating_mul(1000));
        self.store.save(&stored).await?;
        self.stored = Some(stored.clone());
        Ok(stored)
    }

    /// Works until the client is dropped or disconnected, or the session is lost.
    pub(super) async fn run(mut self) {
        let mut failures: u32 = 0;
        loop {
            let end = self.serve().await;
            self.wire = None;
            let now = self.clock.now();
            if let Some(session) = &mut self.session {
                session.handle_disconnected(now);
            }
            if self.alive {
                failures = 0;
                self.unknown_key_count = 0;
            }
            match end {
                End::Shutdown => return self.finish(|| InvokeError::Closed),
                End::Migrated => failures = 0,
                End::Broken(reason) => tracing::debug!(reason, "the connection is over; connecting anew"),
                End::UnknownKey => {
                    self.unknown_key_count += 1;
                    tracing::warn!(
                        count = self.unknown_key_count,
                        "the server says it does not know our key"
                    );
                    if self.unknown_key_count >= limits::MAX_UNKNOWN_KEY {
                        self.finish(|| InvokeError::SessionLost);
                        return self.refuse().await;
                    }
                }
            }
            self.tell(NetEvent::Connection(ConnectionState::Connecting));
            let interrupt = self.interrupt.clone();
            loop {
                if failures > 0 && !self.wait(failures).await {
                    return self.finish(|| InvokeError::Closed);
                }
                failures = failures.saturating_add(1);
                let established = tokio::select! {
                    established = self.establish() => established,
                    () = interrupt.notified() => return self.finish(|| InvokeError::Closed),
                };
                match established {
                    Ok(()) => break,
                    Err(error) => tracing::debug!(%error, "cannot connect"),
                }
            }
            self.tell(NetEvent::Connection(ConnectionState::Connected));
        }
    }

    /// Waits before the next attempt, while commands are served as far as they can be. `false` on shutdown.
    async fn wait(&mut self, failures: u32) -> bool {
        let longest = limits::RECONNECT_DELAY
            .saturating_mul(1 << failures.saturating_sub(1).min(16))
            .min(limits::MAX_RECONNECT_DELAY);
        // Between half of it and all of it, so that clients do not come back in step.
        let until = Instant::now() + longest.mul_f64(self.rng.random_range(0.5..=1.0));
        loop {
            tokio::select! {
                () = rt::sleep_until(until) => return true,
                command = self.commands.recv() => match command {
                    None | Some(Command::Shutdown) => return false,
                    Some(command) => {
                        self.handle_command(command).await;
                    }
                },
            }
        }
    }

    /// Serves one connection to its end.
    async fn serve(&mut self) -> End {
        loop {
            if let Some(end) = self.pump().await {
                return end;
            }
            let Some(wire) = &mut self.wire else { return End::Broken("there is no connection".to_owned()) };
            let deadline = self.deadline.map(|deadline| self.clock.instant(deadline));
            let step = tokio::select! {
                biased;
                command = self.commands.recv() => Step::Command(command),
                inbound = wire.next() => Step::Inbound(inbound),
                () = sleep_until(deadline) => Step::Timeout,
            };
            let now = self.clock.now();
            match step {
                Step::Command(None) => return End::Shutdown,
                Step::Command(Some(command)) => {
                    // All that waits travels together.
                    let mut next = Some(command);
                    while let Some(command) = next {
                        if let Some(end) = self.handle_command(command).await {
                            return end;
                        }
                        next = self.commands.try_recv().ok();
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
        loop {
            let now = self.clock.now();
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
                Some(Output::Persist(state)) => self.persist(state).await,
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

    async fn persist(&mut self, state: SessionState) {
        let Some(stored) = &mut self.stored else { return };
        stored.salt = state.salt;
        stored.future_salts = state.future_salts;
        stored.time_offset_millis = Some(state.time_offset.millis);
        // Salts are asked for anew if they are lost, so a full disk does not end the connection.
        if let Err(error) = self.store.save(stored).await {
            tracing::warn!(%error, "the salts cannot be stored");
        }
    }

    fn handle_event(&mut self, event: Event) -> Option<End> {
        match event {
            Event::Response { call, result } => {
                self.alive = true;
                self.answer(call, result);
            }
            Event::Failed { call, reason } => self.reply(call, Err(reason.into())),
            Event::Update(bytes) => {
                self.alive = true;
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

    fn answer(&mut self, call: CallId, result: Result<Vec<u8>, RpcError>) {
        let Some(pending) = self.calls.get(&call) else { return };
        match &result {
            Err(error) if error.is_not_inited() => {
                self.inited = false;
                if !pending.rewrapped
                    && let Some(pending) = self.forget(call)
                {
                    return self.call(pending.request, true);
                }
            }
            _ if pending.wrapped => self.inited = true,
            _ => {}
        }
        if let Ok(bytes) = &result
            && inited::has_updates(bytes)
        {
            self.tell(NetEvent::Updates(bytes.clone()));
        }
        self.reply(call, result.map_err(InvokeError::Rpc));
    }

    fn forget(&mut self, call: CallId) -> Option<Pending> {
        let pending = self.calls.remove(&call)?;
        // A repetition may have taken over the name already.
        if self.handles.get(&pending.request.handle) == Some(&call) {
            self.handles.remove(&pending.request.handle);
        }
        Some(pending)
    }

    fn reply(&mut self, call: CallId, answer: Answer) {
        if let Some(pending) = self.forget(call) {
            if answer.is_err() {
                self.failed.truncate(limits::MAX_FAILED_CALLS - 1);
                self.failed.push_front((pending.request.handle, call));
            }
            drop(pending.request.reply.send(answer));
        }
    }

    /// Never waits: updates that find no room are fetched by their difference later.
    fn tell(&mut self, event: NetEvent) {
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

    fn call(&mut self, request: Request, rewrapped: bool) {
        if request.reply.is_closed() {
            return;
        }
        let Some(session) = &mut self.session else { return self.waiting.push_back(request) };
        let wrapped = !self.inited;
        let body = match wrapped {
            false => request.body.to_vec(),
            true => match inited::wrap(&self.config, &request.body) {
                Ok(body) => body,
                Err(error) => return drop(request.reply.send(Err(error.into()))),
            },
        };
        let options = CallOptions {
            after: request
                .options
                .after
                .iter()
                .filter_map(|handle| {
                    let failed = || self.failed.iter().find(|(failed, _)| failed == handle);
                    self.handles.get(handle).copied().or_else(|| Some(failed()?.1))
                })
                .collect(),
            quick_ack: false,
            gzip: request.options.gzip,
            repeatable: request.options.repeatable,
        };
        let id = session.call(body, options);
        self.handles.insert(request.handle, id);
        self.calls.insert(id, Pending { request, wrapped, rewrapped });
    }

    async fn handle_command(&mut self, command: Command) -> Option<End> {
        match command {
            Command::Call(request) => self.call(request, false),
            Command::Cancel(handle) => {
                self.waiting.retain(|request| request.handle != handle);
                if let Some(call) = self.handles.remove(&handle) {
                    self.calls.remove(&call);
                    if let Some(session) = &mut self.session {
                        session.cancel(call);
                    }
                }
            }
            Command::Migrate { dc_id, reply } => {
                if dc_id == self.dc_id {
                    drop(reply.send(Ok(())));
                } else if self.config.centres.address(dc_id).is_none() {
                    drop(reply.send(Err(unknown_centre(dc_id).to_string())));
                } else {
                    self.migrate(dc_id);
                    drop(reply.send(Ok(())));
                    return Some(End::Migrated);
                }
            }
            Command::Reconnect => return Some(End::Broken("the application asked for it".to_owned())),
            Command::SetUser { user_id, is_bot, reply } => {
                drop(reply.send(self.set_user(user_id, is_bot).await));
            }
            Command::Shutdown => return Some(End::Shutdown),
            Command::Stored(reply) => drop(reply.send(self.stored.clone())),
        }
        None
    }

    /// Leaves key and session behind. Calls under way go along.
    fn migrate(&mut self, dc_id: i32) {
        self.dc_id = dc_id;
        self.stored = None;
        self.session = None;
        self.deadline = None;
        self.inited = false;
        self.handles.clear();
        self.failed.clear();
        let mut calls: Vec<_> = self.calls.drain().collect();
        calls.sort_unstable_by_key(|(id, _)| *id);
        self.waiting.extend(calls.into_iter().map(|(_, pending)| pending.request));
    }

    async fn set_user(&mut self, user_id: Option<i64>, is_bot: bool) -> Result<(), Error> {
        let stored =
            self.stored.as_mut().ok_or_else(|| Error::new(ErrorKind::Closed, "there is no session"))?;
        stored.user_id = user_id;
        stored.is_bot = is_bot;
        Ok(self.store.save(stored).await?)
    }

    /// Tells everybody who waits.
    fn finish(&mut self, error: impl Fn() -> InvokeError) {
        for (_, pending) in self.calls.drain() {
            drop(pending.request.reply.send(Err(error())));
        }
        for request in self.waiting.drain(..) {
            drop(request.reply.send(Err(error())));
        }
    }

    /// Tells whoever still asks that the session is lost.
    async fn refuse(mut self) {
        while let Some(command) = self.commands.recv().await {
            match command {
                Command::Shutdown => return,
                Command::Call(request) => drop(request.reply.send(Err(InvokeError::SessionLost))),
                Command::Stored(reply) => drop(reply.send(self.stored.clone())),
                // The way for the answer is dropped.
                Command::Cancel(_)
                | Command::Migrate { .. }
                | Command::Reconnect
                | Command::SetUser { .. } => {}
            }
        }
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => rt::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
