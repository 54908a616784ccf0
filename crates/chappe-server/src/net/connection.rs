//! One connection: one task that reads, writes and hands packets to sessions.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::time::Duration;

use chappe_mtproto::plain::is_plain;
use chappe_mtproto::session::server::{ConnectionId, open_packet};
use chappe_mtproto::transport::{ServerInbound, ServerTransport, ServerTransportConfig, TransportErrorCode};
use rand::rngs::StdRng;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, timeout};

use super::exchange::{Exchanges, Step};
use super::stream::Stream;
use super::websocket;
use crate::limits::{EXCHANGE, FIRST_PACKET, IDLE_CONNECTION, SESSIONS_PER_KEY, WRITE_QUEUE, WRITE_TIMEOUT};
use crate::session::Session;
use crate::world::World;

/// Packets written in one go, at most.
const BATCH: usize = 64;

/// How long the goodbye may take.
const CLOSE: Duration = Duration::from_secs(1);

enum Outgoing {
    Packet(Vec<u8>),
    QuickAck(u32),
}

/// Where a call came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// The data centre named by an obfuscated opening, as it was written; 0 if there was none.
    pub(crate) dc: i32,
    /// The address of ours that the client has reached.
    pub(crate) local: SocketAddr,
}

/// The part of a connection that sessions know.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    out: mpsc::Sender<Outgoing>,
    dc: AtomicI32,
    local: SocketAddr,
    closed: Notify,
}

impl Connection {
    fn new(local: SocketAddr) -> (Arc<Self>, mpsc::Receiver<Outgoing>) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let (out, queue) = mpsc::channel(WRITE_QUEUE);
        let id = ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed));
        (Arc::new(Self { id, out, dc: AtomicI32::new(0), local, closed: Notify::new() }), queue)
    }

    /// Where its calls come from.
    pub(crate) fn origin(&self) -> Origin {
        Origin { dc: self.dc.load(Ordering::Relaxed), local: self.local }
    }

    /// Queues a packet. A client that reads too slowly is cut off.
    pub(crate) fn send(&self, packet: Vec<u8>) {
        if self.out.try_send(Outgoing::Packet(packet)).is_err() {
            self.close();
        }
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
struct End;

struct Driver {
    world: Arc<World>,
    connection: Arc<Connection>,
    transport: ServerTransport,
    exchanges: Exchanges,
    sessions: HashMap<(i64, i64), Arc<Session>>,
    rng: StdRng,
    authenticated: bool,
    deadline: Instant,
    /// The transport error that was sent last.
    error: Option<TransportErrorCode>,
    /// Bytes to write before anything else is read.
    outbox: Vec<u8>,
}

/// Serves a connection until it ends.
pub(super) async fn serve(world: Arc<World>, socket: TcpStream) {
    let _ = socket.set_nodelay(true);
    let local = socket.local_addr().unwrap_or(world.address);
    let (connection, queue) = Connection::new(local);
    let mut driver = Driver {
        transport: ServerTransport::new(ServerTransportConfig::default()),
        exchanges: Exchanges::new(&world),
        sessions: HashMap::new(),
        rng: world.rng.fork(),
        authenticated: false,
        deadline: Instant::now() + FIRST_PACKET,
        error: None,
        outbox: Vec::new(),
        connection,
        world,
    };
    driver.run(Stream::Tcp(socket), queue).await;
    for session in driver.sessions.values() {
        session.connection_closed(&driver.world, driver.connection.id);
    }
    driver.exchanges.park(&driver.world);
}

impl Driver {
    async fn run(&mut self, mut stream: Stream, mut queue: mpsc::Receiver<Outgoing>) {
        let mut shutdown = self.world.shutdown.clone();
        let connection = Arc::clone(&self.connection);
        let mut buffer = Vec::new();
        loop {
            tokio::select! {
                _ = shutdown.changed() => break,
                () = connection.closed.notified() => {
                    // What was said before the order to close still goes out.
                    while let Ok(outgoing) = queue.try_recv() {
                        self.encode(&outgoing);
                    }
                    let _ = self.flush(&mut stream).await;
                    break;
                }
                () = tokio::time::sleep_until(self.deadline) => break,
                read = stream.read(&mut buffer) => {
                    if !matches!(read, Ok(true)) {
                        break;
                    }
                    self.transport.receive(&buffer);
                    buffer.clear();
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
                    self.encode(&outgoing);
                    for _ in 1..BATCH {
                        let Ok(outgoing) = queue.try_recv() else { break };
                        self.encode(&outgoing);
                    }
                }
            }
            if self.flush(&mut stream).await.is_err() {
                break;
            }
        }
        let _ = timeout(CLOSE, stream.close(self.error)).await;
    }

    async fn flush(&mut self, stream: &mut Stream) -> Result<(), End> {
        if self.outbox.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.outbox);
        match timeout(WRITE_TIMEOUT, stream.write(bytes)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End),
        }
    }

    fn encode(&mut self, outgoing: &Outgoing) {
        let Self { transport, outbox, rng, .. } = self;
        let sent = match outgoing {
            Outgoing::Packet(packet) => transport.send(packet, outbox, rng),
            Outgoing::QuickAck(token) => transport.send_quick_ack(*token, outbox, rng),
        };
        if let Err(error) = sent {
            tracing::warn!(%error, "a packet could not be framed");
        }
    }

    fn refuse(&mut self, code: TransportErrorCode) {
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

    async fn upgrade(&mut self, stream: Stream, request: Vec<u8>) -> Option<Stream> {
        let Stream::Tcp(socket) = stream else { return None };
        let upgraded = timeout(FIRST_PACKET, websocket::accept(request, socket)).await;
        let Ok(Ok(socket)) = upgraded else {
            tracing::debug!("a WebSocket upgrade failed");
            return None;
        };
        self.transport = ServerTransport::new(ServerTransportConfig::default().websocket());
        self.deadline = Instant::now() + FIRST_PACKET;
        Some(Stream::WebSocket(Box::new(socket)))
    }

    async fn packet(&mut self, packet: Vec<u8>, quick_ack: bool) -> Result<(), End> {
        if let Some(dc) = self.transport.dc_id() {
            self.connection.dc.store(i32::from(dc), Ordering::Relaxed);
        }
        if is_plain(&packet) { self.plain(packet).await } else { self.encrypted(packet, quick_ack).await }
    }

    async fn plain(&mut self, packet: Vec<u8>) -> Result<(), End> {
        let first = self.transport_is_new();
        if first {
            self.deadline = Instant::now() + EXCHANGE;
        }
        let world = Arc::clone(&self.world);
        match self.exchanges.handle(&world, packet).await {
            Step::Answer(packets) => {
                let Self { transport, outbox, rng, .. } = self;
                for packet in packets {
                    transport.send(&packet, outbox, rng).map_err(|_| End)?;
                }
                Ok(())
            }
            Step::Refused => {
                self.refuse(TransportErrorCode::UNKNOWN_KEY);
                Ok(())
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
            Ok(Some(key)) => key,
            Ok(None) => {
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
        self.deadline = Instant::now() + IDLE_CONNECTION;
        let session_id = opened.session_id();
        let session = match key.session(session_id).filter(|session| !session.is_closed()) {
            Some(session) => session,
            None => {
                let device = key.device();
                let authorized = match device {
                    Some(device) => matches!(self.world.store.authorization(device).await, Ok(Some(_))),
                    None => false,
                };
                key.session_or(session_id, || Session::open(&self.world, &key, session_id, authorized))
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
