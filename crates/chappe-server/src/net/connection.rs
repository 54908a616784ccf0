//! One connection: one task that reads, writes and hands packets to sessions.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chappe_mtproto::plain::is_plain;
use chappe_mtproto::session::server::{ConnectionId, open_packet};
use chappe_mtproto::transport::{
    Framing, ServerInbound, ServerTransport, ServerTransportConfig, TransportErrorCode,
};
use rand::rngs::StdRng;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;

use super::exchange::{Exchanges, Step};
use super::faulty::Memory;
use super::stream::Stream;
use super::websocket;
use crate::faults::Fault;
use crate::limits::{
    EXCHANGE, FIRST_PACKET, IDLE_CONNECTION, SESSIONS_PER_KEY, WRITE_BATCH_BYTES, WRITE_QUEUE,
    WRITE_QUEUE_BYTES, WRITE_QUEUE_HIGH, WRITE_TIMEOUT,
};
use crate::session::Session;
use crate::stats::{ConnectionInfo, count};
use crate::world::World;

/// How long the goodbye may take.
const CLOSE: Duration = Duration::from_secs(1);

/// How a packet is sent.
#[derive(Debug)]
pub(crate) enum Treatment {
    /// With the fault that is meant for it, if any.
    Usual,
    /// With this one.
    Faulty(Fault),
    /// Without: it had its own.
    Late,
}

/// What comes to a connection through its queue.
#[derive(Debug)]
pub(super) enum Outgoing {
    Packet(Vec<u8>, Treatment),
    QuickAck(u32),
    /// A packet of the client that was held up.
    Incoming(Vec<u8>, bool),
    /// What waits for the next packet has waited long enough.
    Release,
}

impl Outgoing {
    fn len(&self) -> usize {
        match self {
            Self::Packet(packet, Treatment::Usual | Treatment::Faulty(_)) => packet.len(),
            // Those were counted before.
            Self::Packet(_, Treatment::Late) | Self::QuickAck(_) | Self::Incoming(..) | Self::Release => 0,
        }
    }
}

/// Where a call came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// The data centre named by an obfuscated opening, as it was written; 0 if there was none.
    pub(crate) dc: i32,
    /// The data centre of ours that the client has reached.
    pub(crate) centre: i32,
    /// The address of ours that the client has reached.
    pub(crate) local: SocketAddr,
    /// The address of the client.
    pub(crate) peer: Option<IpAddr>,
    /// The number of the connection, if it is still there.
    pub(crate) connection: Option<u64>,
}

/// The part of a connection that sessions know.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    out: mpsc::Sender<Outgoing>,
    dc: AtomicI32,
    /// The data centre that it has reached.
    centre: i32,
    local: SocketAddr,
    peer: SocketAddr,
    /// Unix seconds.
    since: i64,
    transport: OnceLock<String>,
    received: AtomicU64,
    sent: AtomicU64,
    closed: Notify,
    /// The client does not read, and what waits for it is dropped.
    cut: AtomicBool,
    /// Bytes that wait for the socket.
    queued: watch::Sender<usize>,
    /// A session has room for calls again.
    resumed: Notify,
}

impl Connection {
    fn new(
        centre: i32,
        local: SocketAddr,
        peer: SocketAddr,
        since: i64,
    ) -> (Arc<Self>, mpsc::Receiver<Outgoing>) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let (out, queue) = mpsc::channel(WRITE_QUEUE);
        let id = ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed));
        let connection = Self {
            id,
            out,
            dc: AtomicI32::new(0),
            centre,
            local,
            peer,
            since,
            transport: OnceLock::new(),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            closed: Notify::new(),
            cut: AtomicBool::new(false),
            queued: watch::channel(0).0,
            resumed: Notify::new(),
        };
        (Arc::new(connection), queue)
    }

    /// What a watcher sees of it, but for its users.
    pub(crate) fn describe(&self) -> ConnectionInfo {
        ConnectionInfo {
            id: self.id.0,
            peer: self.peer,
            since: self.since,
            transport: self.transport.get().cloned().unwrap_or_default(),
            users: Vec::new(),
            received: self.received.load(Ordering::Relaxed),
            sent: self.sent.load(Ordering::Relaxed),
        }
    }

    /// Where its calls come from.
    pub(crate) fn origin(&self) -> Origin {
        Origin {
            dc: self.dc.load(Ordering::Relaxed),
            centre: self.centre,
            local: self.local,
            peer: Some(self.peer.ip()),
            connection: Some(self.id.0),
        }
    }

    /// Queues a packet. A client that reads too slowly is cut off.
    pub(crate) fn send(&self, packet: Vec<u8>, treatment: Treatment) {
        let len = packet.len();
        let too_much = self.queued.borrow().saturating_add(len) > WRITE_QUEUE_BYTES;
        if too_much || self.out.try_send(Outgoing::Packet(packet, treatment)).is_err() {
            self.cut.store(true, Ordering::Relaxed);
            self.close();
        } else {
            self.queued.send_modify(|queued| *queued = queued.saturating_add(len));
        }
    }

    /// Whether most of what was queued is written.
    pub(crate) fn has_room(&self) -> bool {
        *self.queued.borrow() <= WRITE_QUEUE_HIGH
    }

    /// Waits until it is, or nobody writes any more.
    pub(crate) async fn room(&self) {
        if !self.has_room() {
            let mut queued = self.queued.subscribe();
            let _ = queued.wait_for(|queued| *queued <= WRITE_QUEUE_HIGH).await;
        }
    }

    /// Puts something into the queue, if there is room.
    pub(super) fn enqueue(&self, outgoing: Outgoing) {
        let _ = self.out.try_send(outgoing);
    }

    /// A session has room for calls again.
    pub(crate) fn resume(&self) {
        self.resumed.notify_one();
    }

    fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    pub(crate) fn quick_ack(&self, token: u32) {
        // It is only a courtesy.
        let _ = self.out.try_send(Outgoing::QuickAck(token));
    }

    /// Has the connection end.
    pub(crate) fn close(&self) {
        self.closed.notify_one();
    }
}

/// Why a connection ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End;

pub(super) struct Driver {
    pub(super) world: Arc<World>,
    pub(super) connection: Arc<Connection>,
    transport: ServerTransport,
    exchanges: Exchanges,
    pub(super) sessions: HashMap<(i64, i64), Arc<Session>>,
    rng: StdRng,
    authenticated: bool,
    /// Monotonic time at which the connection ends unless something happens.
    deadline: Duration,
    /// The transport error that was sent last.
    error: Option<TransportErrorCode>,
    /// Bytes to write before anything else is read.
    outbox: Vec<u8>,
    /// Bytes of the outbox that were queued.
    unqueued: usize,
    websocket: bool,
    /// For faults on purpose.
    pub(super) memory: Memory,
}

/// Waits until the server stops.
async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

/// Serves a connection until it ends.
pub(super) async fn serve(world: Arc<World>, centre: i32, socket: TcpStream, peer: SocketAddr) {
    let _ = socket.set_nodelay(true);
    let local = socket.local_addr().unwrap_or(world.address);
    let (connection, queue) = Connection::new(centre, local, peer, world.clock.now().unix_secs());
    world.stats.opened(&connection);
    let mut driver = Driver {
        transport: ServerTransport::new(ServerTransportConfig::default()),
        exchanges: Exchanges::new(&world, centre),
        sessions: HashMap::new(),
        rng: world.rng.fork(),
        authenticated: false,
        deadline: world.clock.now().monotonic + FIRST_PACKET,
        error: None,
        outbox: Vec::new(),
        unqueued: 0,
        websocket: false,
        memory: Memory::default(),
        connection,
        world,
    };
    driver.run(Stream::Tcp(socket), queue).await;
    // Whoever waits for room goes on; what is sent from now on is dropped.
    driver.connection.queued.send_replace(0);
    for session in driver.sessions.values() {
        session.connection_closed(&driver.world, driver.connection.id);
    }
    driver.world.stats.closed(driver.connection.id.0);
    driver.exchanges.park(&driver.world);
}

impl Driver {
    async fn run(&mut self, mut stream: Stream, mut queue: mpsc::Receiver<Outgoing>) {
        let mut shutdown = self.world.shutdown.clone();
        let connection = Arc::clone(&self.connection);
        let clock = Arc::clone(&self.world.clock);
        // Set anew when it rings, or if it would ring too late: the deadline moves with every packet.
        let mut rings_at = self.deadline;
        let mut alarm = clock.sleep_until(rings_at);
        loop {
            if self.deadline < rings_at {
                rings_at = self.deadline;
                alarm = clock.sleep_until(rings_at);
            }
            let full = self.sessions.values().any(|session| session.is_full());
            tokio::select! {
                _ = shutdown.changed() => break,
                () = connection.closed.notified() => {
                    if connection.is_cut() {
                        break;
                    }
                    // What was said before the order to close still goes out.
                    while let Ok(outgoing) = queue.try_recv() {
                        let _ = self.dispatch(outgoing).await;
                    }
                    let _ = self.flush(&mut stream).await;
                    break;
                }
                () = &mut alarm => {
                    if clock.now().monotonic >= self.deadline {
                        break;
                    }
                    rings_at = self.deadline;
                    alarm = clock.sleep_until(rings_at);
                }
                () = connection.resumed.notified(), if full => {}
                read = stream.read(&mut self.transport), if !full => {
                    let Ok(len @ 1..) = read else { break };
                    count(&self.connection.received, len as u64);
                    count(&self.world.stats.received, len as u64);
                    match self.receive().await {
                        Ok(None) => {}
                        Ok(Some(request)) => match self.upgrade(stream, request).await {
                            Some(upgraded) => stream = upgraded,
                            None => return,
                        },
                        Err(End) => {
                            let _ = self.flush(&mut stream).await;
                            break;
                        }
                    }
                }
                Some(outgoing) = queue.recv() => {
                    let mut going = self.dispatch(outgoing).await;
                    while going.is_ok() && self.outbox.len() < WRITE_BATCH_BYTES {
                        let Ok(outgoing) = queue.try_recv() else { break };
                        going = self.dispatch(outgoing).await;
                    }
                    if going.is_err() {
                        let _ = self.flush(&mut stream).await;
                        break;
                    }
                }
            }
            if self.flush(&mut stream).await.is_err() {
                break;
            }
            if self.memory.ending {
                stream.abort();
                return;
            }
        }
        if connection.is_cut() {
            tracing::debug!("a client that does not read was cut off");
            stream.abort();
            return;
        }
        let _ = timeout(CLOSE, stream.close(self.error)).await;
    }

    async fn flush(&mut self, stream: &mut Stream) -> Result<(), End> {
        if self.outbox.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.outbox);
        count(&self.connection.sent, bytes.len() as u64);
        count(&self.world.stats.sent, bytes.len() as u64);
        let unqueued = std::mem::take(&mut self.unqueued);
        let written = self.write(stream, bytes).await;
        if unqueued > 0 {
            self.connection.queued.send_modify(|queued| *queued = queued.saturating_sub(unqueued));
        }
        written
    }

    async fn write(&self, stream: &mut Stream, bytes: Vec<u8>) -> Result<(), End> {
        // Most of the time the socket takes all of it at once.
        let now = stream.write_now(&bytes).map_err(|_| End)?;
        if now == bytes.len() {
            return Ok(());
        }
        let (clock, connection) = (&self.world.clock, &self.connection);
        let mut shutdown = self.world.shutdown.clone();
        let deadline = clock.now().monotonic + WRITE_TIMEOUT;
        let write = stream.write(bytes, now);
        tokio::pin!(write);
        loop {
            tokio::select! {
                biased;
                written = &mut write => break written.map_err(|_| End),
                () = stopped(&mut shutdown) => break Err(End),
                () = connection.closed.notified() => {
                    if connection.is_cut() {
                        break Err(End);
                    }
                    // An orderly end: said again to whoever comes after this.
                    connection.closed.notify_one();
                    break timeout(CLOSE, &mut write).await.map_or(Err(End), |written| written.map_err(|_| End));
                }
                () = clock.sleep_until(deadline) => {
                    if clock.now().monotonic >= deadline {
                        break Err(End);
                    }
                }
            }
        }
    }

    async fn dispatch(&mut self, outgoing: Outgoing) -> Result<(), End> {
        self.unqueued += outgoing.len();
        match outgoing {
            Outgoing::Packet(packet, treatment) => self.emit(packet, treatment),
            Outgoing::QuickAck(token) => {
                let Self { transport, outbox, rng, .. } = self;
                if let Err(error) = transport.send_quick_ack(token, outbox, rng) {
                    tracing::warn!(%error, "a quick ack could not be framed");
                }
            }
            Outgoing::Incoming(packet, quick_ack) => self.take(packet, quick_ack).await?,
            Outgoing::Release => self.release().await?,
        }
        Ok(())
    }

    /// Frames a packet.
    pub(super) fn put(&mut self, packet: &[u8]) {
        let Self { transport, outbox, rng, .. } = self;
        if let Err(error) = transport.send(packet, outbox, rng) {
            tracing::warn!(%error, "a packet could not be framed");
        }
    }

    pub(super) fn refuse(&mut self, code: TransportErrorCode) {
        self.error = Some(code);
        let Self { transport, outbox, rng, .. } = self;
        let _ = transport.send_error(code, outbox, rng);
    }

    /// Handles what has arrived. A HTTP request is given back.
    async fn receive(&mut self) -> Result<Option<Vec<u8>>, End> {
        loop {
            match self.transport.poll() {
                Ok(None) => return Ok(None),
                Ok(Some(ServerInbound::Packet { bytes, quick_ack })) => self.packet(bytes, quick_ack).await?,
                Ok(Some(ServerInbound::Claim { auth_key_id })) => self.claim(auth_key_id).await?,
                Ok(Some(ServerInbound::Http(bytes))) => return Ok(Some(bytes)),
                // No proxy secrets are configured, so no fake TLS.
                Ok(Some(ServerInbound::Tls(_))) => return Err(End),
                Err(error) => {
                    tracing::debug!(%error, "a connection lost its place");
                    return Err(End);
                }
            }
        }
    }

    /// A connection begins with a long packet: good if the key is known.
    async fn claim(&mut self, auth_key_id: i64) -> Result<(), End> {
        match self.world.key(auth_key_id).await {
            Ok(Some(_)) => {
                self.transport.authenticated();
                Ok(())
            }
            Ok(None) => {
                self.refuse(TransportErrorCode::UNKNOWN_KEY);
                Err(End)
            }
            Err(error) => {
                tracing::error!(%error, "a key could not be loaded");
                Err(End)
            }
        }
    }

    async fn upgrade(&mut self, stream: Stream, request: Vec<u8>) -> Option<Stream> {
        let Stream::Tcp(socket) = stream else { return None };
        let now = self.world.clock.now().monotonic;
        let upgraded = tokio::select! {
            upgraded = websocket::accept(request, socket) => upgraded.ok(),
            () = self.world.clock.sleep_until(now + FIRST_PACKET) => None,
        };
        let Some(socket) = upgraded else {
            tracing::debug!("a WebSocket upgrade failed");
            return None;
        };
        self.transport = ServerTransport::new(ServerTransportConfig::default().websocket());
        self.websocket = true;
        self.deadline = self.world.clock.now().monotonic + FIRST_PACKET;
        Some(Stream::WebSocket(Box::new(socket)))
    }

    /// What the client speaks, in words.
    fn spoken(&self) -> String {
        let framing = match self.transport.framing() {
            Some(Framing::Abridged) => "abridged",
            Some(Framing::Intermediate) => "intermediate",
            Some(Framing::PaddedIntermediate) => "padded intermediate",
            Some(Framing::Full) => "full",
            None => "unknown",
        };
        let obfuscated = if self.transport.is_obfuscated() { "obfuscated " } else { "" };
        let socket = if self.websocket { "WebSocket, " } else { "" };
        format!("{socket}{obfuscated}{framing}")
    }

    /// Handles a packet.
    pub(super) async fn take(&mut self, packet: Vec<u8>, quick_ack: bool) -> Result<(), End> {
        self.connection.transport.get_or_init(|| self.spoken());
        if let Some(dc) = self.transport.dc_id() {
            self.connection.dc.store(i32::from(dc), Ordering::Relaxed);
        }
        if is_plain(&packet) { self.plain(packet).await } else { self.encrypted(packet, quick_ack).await }
    }

    async fn plain(&mut self, packet: Vec<u8>) -> Result<(), End> {
        let first = self.transport_is_new();
        if first {
            self.deadline = self.world.clock.now().monotonic + EXCHANGE;
        }
        let world = Arc::clone(&self.world);
        match self.exchanges.handle(&world, self.connection.centre, packet).await {
            Step::Answer(packets) => {
                for packet in packets {
                    self.emit(packet, Treatment::Usual);
                }
                Ok(())
            }
            Step::Refused => {
                self.refuse(TransportErrorCode::UNKNOWN_KEY);
                Ok(())
            }
            Step::WrongCentre => {
                self.refuse(TransportErrorCode::WRONG_DC);
                Err(End)
            }
            Step::Busy => {
                self.refuse(TransportErrorCode::FLOOD);
                Err(End)
            }
        }
    }

    /// Whether this is the first packet of the connection.
    fn transport_is_new(&self) -> bool {
        !self.authenticated && self.exchanges.is_new()
    }

    async fn encrypted(&mut self, packet: Vec<u8>, quick_ack: bool) -> Result<(), End> {
        let Some(id) = packet.first_chunk().map(|id| i64::from_le_bytes(*id)) else { return Err(End) };
        let key = match self.world.key(id).await {
            Ok(Some(key)) if self.world.centres.knows_key(key.home, self.connection.centre) => key,
            Ok(_) => {
                self.refuse(TransportErrorCode::UNKNOWN_KEY);
                return Ok(());
            }
            Err(error) => {
                tracing::error!(%error, "a key could not be loaded");
                return Err(End);
            }
        };
        let opened = open_packet(&key.auth_key, packet).map_err(|_| {
            tracing::debug!("a packet did not decrypt");
            End
        })?;
        if !self.authenticated {
            self.authenticated = true;
            self.transport.authenticated();
        }
        self.deadline = self.world.clock.now().monotonic + IDLE_CONNECTION;
        let session_id = opened.session_id();
        let session = match key.session(session_id).filter(|session| !session.is_closed()) {
            Some(session) => session,
            None => {
                let device = key.device();
                let login = match device {
                    Some(device) => self.world.login(device).await.ok().flatten(),
                    None => None,
                };
                let user = login.map(|login| login.authorization.user_id);
                key.session_or(session_id, || Session::open(&self.world, &key, session_id, user))
            }
        };
        if self.sessions.len() >= SESSIONS_PER_KEY {
            // Sessions forgotten by their key are of no use to the connection either.
            let gone: Vec<_> = self
                .sessions
                .iter()
                .filter(|(_, session)| session.is_closed())
                .map(|(name, _)| *name)
                .collect();
            gone.iter().for_each(|name| drop(self.sessions.remove(name)));
        }
        self.sessions.insert((id, session_id.0), Arc::clone(&session));
        session.handle(&self.world, opened, &self.connection, quick_ack);
        Ok(())
    }
}
