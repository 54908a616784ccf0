//! A session: the protocol core of `chappe-mtproto`, the connections that serve it, and one task that executes its
//! calls in order, those apart that wait for somebody else.
//!
//! ```text
//! connection ── packet ──▶ Session::handle ──▶ core ──▶ packets to connections
//!                                               │ ▲
//!                                          calls│ │answers, updates
//!                                               ▼ │
//!                                            executor ◀── wakes from other sessions
//! ```

mod executor;
mod push;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chappe_mtproto::rpc::{RpcError, wrappers};
use chappe_mtproto::session::server::{
    ConnectionId, DestroyAuthKeyOutcome, Opened, Salts, ServerEvent, ServerOutput, ServerSession,
    ServerSessionConfig,
};
use chappe_mtproto::session::{MsgId, SessionId};
use rand::rngs::StdRng;
use tokio::sync::{Notify, mpsc};

use crate::faults::Fault;
use crate::keys::{Key, lock};
use crate::limits::{CALL_BYTES_PER_SESSION, CALLS_PER_SESSION, WAKES_PER_SESSION};
use crate::model::note::Note;
use crate::net::{Connection, Origin, Treatment};
use crate::store::Change;
use crate::world::World;

/// Answers that are longer, in bytes, leave by themselves.
const LONG_ANSWER: usize = 16 << 10;

/// Something that another session caused.
#[derive(Clone, Debug)]
pub(crate) enum Wake {
    Message { qts: i32 },
    ChatChanged { chat_id: i32 },
    Typing { chat_id: i32 },
    Read { chat_id: i32, max_date: i32, date: i32 },
    Note(Note),
    LoginChanged { logged_in: bool },
    Mail(Change),
}

/// Something that the session's own client caused.
#[derive(Debug)]
enum Work {
    Call { origin: Origin, msg_id: MsgId, call: Box<wrappers::Call> },
    DestroyAuthKey,
    DestroySession(SessionId),
    NewSession,
    UpdatesLost,
}

impl Work {
    /// Bytes that it holds.
    fn len(&self) -> usize {
        match self {
            Self::Call { call, .. } => call.query.len(),
            _ => 0,
        }
    }
}

struct Core {
    session: ServerSession,
    rng: StdRng,
    connections: HashMap<ConnectionId, Arc<Connection>>,
    /// The connection used last.
    latest: Option<ConnectionId>,
}

/// One session of one key.
pub(crate) struct Session {
    pub(crate) id: SessionId,
    core: Mutex<Core>,
    work: mpsc::UnboundedSender<Work>,
    wakes: mpsc::Sender<Wake>,
    /// A wake did not fit: the client has to ask for the difference.
    lagged: AtomicBool,
    deadline: Mutex<Option<Duration>>,
    changed: Notify,
    /// Another connection is used.
    moved: Notify,
    closed: AtomicBool,
    /// Monotonic milliseconds.
    last_used: AtomicU64,
    /// Bytes of the calls that wait.
    waiting: AtomicUsize,
    /// Who is logged in; 0 is nobody.
    user: AtomicI64,
}

impl Session {
    /// Makes a session and starts its executor.
    pub(crate) fn open(world: &Arc<World>, key: &Arc<Key>, id: SessionId, user: Option<i64>) -> Arc<Self> {
        let mut rng = world.rng.fork();
        let changed = key.changed_salts();
        let salts = changed.clone().unwrap_or_else(|| world.salts.clone());
        let config = ServerSessionConfig {
            first_salt: changed.is_none().then_some(key.first_salt),
            authorized: user.is_some(),
            max_running_calls: CALLS_PER_SESSION,
            ..ServerSessionConfig::new(key.auth_key.clone(), salts)
        };
        let session = ServerSession::new(id, config, world.clock.now(), &mut rng);
        let (work, work_queue) = mpsc::unbounded_channel();
        let (wakes, wake_queue) = mpsc::channel(WAKES_PER_SESSION);
        let session = Arc::new(Self {
            id,
            core: Mutex::new(Core { session, rng, connections: HashMap::new(), latest: None }),
            work,
            wakes,
            lagged: AtomicBool::new(false),
            deadline: Mutex::new(None),
            changed: Notify::new(),
            moved: Notify::new(),
            closed: AtomicBool::new(false),
            last_used: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            user: AtomicI64::new(user.unwrap_or(0)),
        });
        executor::start(Arc::clone(world), Arc::clone(key), Arc::clone(&session), work_queue, wake_queue);
        session
    }

    /// Takes a message that came in over `connection`.
    pub(crate) fn handle(
        &self,
        world: &World,
        opened: Opened,
        connection: &Arc<Connection>,
        quick_ack: bool,
    ) {
        let now = world.clock.now();
        self.last_used.store(u64::try_from(now.monotonic.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        let mut core = lock(&self.core);
        if core.latest.replace(connection.id) != Some(connection.id) {
            self.moved.notify_one();
        }
        let Core { session, rng, connections, .. } = &mut *core;
        connections.entry(connection.id).or_insert_with(|| Arc::clone(connection));
        let was_connected = session.is_connected();
        session.handle(opened, connection.id, now, rng);
        if !was_connected {
            // What was held back is told now.
            self.changed.notify_one();
        }
        self.pump(world, &mut core, quick_ack);
    }

    /// A connection is gone.
    pub(crate) fn connection_closed(&self, world: &World, connection: ConnectionId) {
        let mut core = lock(&self.core);
        core.connections.remove(&connection);
        core.session.connection_closed(connection);
        self.pump(world, &mut core, false);
    }

    /// Hands a wake to the executor, or notes that there was no room for it.
    pub(crate) fn wake(&self, wake: Wake) {
        if let Wake::LoginChanged { logged_in } = wake {
            lock(&self.core).session.set_authorized(logged_in);
        }
        if self.wakes.try_send(wake).is_err() {
            self.lagged.store(true, Ordering::Relaxed);
        }
    }

    /// Has the client ask for the difference.
    pub(crate) fn lag(&self) {
        self.lagged.store(true, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Ends the executor. The session must be out of its key by then.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.changed.notify_one();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// The lower, the sooner it is forgotten: those without a connection first, then by last use.
    pub(crate) fn rank(&self) -> (bool, u64) {
        (lock(&self.core).session.is_connected(), self.last_used.load(Ordering::Relaxed))
    }

    /// Who is logged in, as of its last call.
    pub(crate) fn user(&self) -> Option<i64> {
        Some(self.user.load(Ordering::Relaxed)).filter(|user| *user != 0)
    }

    /// The numbers of the connections that serve it.
    pub(crate) fn connections(&self) -> Vec<u64> {
        let mut numbers: Vec<u64> = lock(&self.core).connections.keys().map(|id| id.0).collect();
        numbers.sort_unstable();
        numbers
    }

    /// Whether the connection with this number serves it.
    pub(crate) fn is_served_by(&self, connection: u64) -> bool {
        lock(&self.core).connections.contains_key(&ConnectionId(connection))
    }

    fn note_user(&self, user: Option<i64>) {
        self.user.store(user.unwrap_or(0), Ordering::Relaxed);
    }

    /// From now on other salts are good.
    pub(crate) fn change_salts(&self, salts: &Salts) {
        lock(&self.core).session.change_salts(salts.clone());
    }

    /// Whether so much waits that nothing more should be read.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > CALL_BYTES_PER_SESSION
    }

    /// The executor has taken a call of this many bytes.
    fn taken(&self, len: usize) {
        let before = self.waiting.fetch_sub(len, Ordering::Relaxed);
        if before > CALL_BYTES_PER_SESSION && !self.is_full() {
            for connection in lock(&self.core).connections.values() {
                connection.resume();
            }
        }
    }

    fn latest_connection(&self) -> Option<Arc<Connection>> {
        let core = lock(&self.core);
        core.latest.and_then(|id| core.connections.get(&id)).cloned()
    }

    /// Whether the connection that answers go to has written most of what it has to.
    fn has_room(&self) -> bool {
        self.latest_connection().is_none_or(|connection| connection.has_room())
    }

    /// Waits until it has.
    async fn room(&self) {
        loop {
            let Some(connection) = self.latest_connection() else { return };
            tokio::select! {
                biased;
                () = connection.room() => return,
                () = self.moved.notified() => {}
            }
        }
    }

    /// Answers a call: with the next packet, or at once if the answer is long. `fault` meets the packets that carry it, and
    /// no other answer.
    fn respond(&self, world: &World, msg_id: MsgId, result: Result<Vec<u8>, RpcError>, fault: Option<Fault>) {
        let mut core = lock(&self.core);
        let alone = fault.is_some() || result.as_ref().is_ok_and(|bytes| bytes.len() > LONG_ANSWER);
        if alone {
            self.pump(world, &mut core, false);
        }
        core.session.respond(msg_id, result);
        if alone {
            self.pump_with(world, &mut core, false, fault);
        }
    }

    /// Sends the answers that wait for the next packet.
    fn send_answers(&self, world: &World) {
        self.pump(world, &mut lock(&self.core), false);
    }

    fn push(&self, world: &World, update: Vec<u8>) {
        let mut core = lock(&self.core);
        core.session.push_update(update);
        self.pump(world, &mut core, false);
    }

    fn handle_timeout(&self, world: &World) {
        let mut core = lock(&self.core);
        core.session.handle_timeout(world.clock.now());
        self.pump(world, &mut core, false);
    }

    fn respond_destroy_session(&self, world: &World, other: SessionId, existed: bool) {
        let mut core = lock(&self.core);
        core.session.respond_destroy_session(other, existed);
        self.pump(world, &mut core, false);
    }

    fn respond_destroy_auth_key(&self, world: &World, outcome: DestroyAuthKeyOutcome) {
        let mut core = lock(&self.core);
        core.session.respond_destroy_auth_key(outcome);
        self.pump(world, &mut core, false);
    }

    fn is_connected(&self) -> bool {
        lock(&self.core).session.is_connected()
    }

    /// Does what the core wants. `quick_ack` says whether the packet just handled asked for one.
    fn pump(&self, world: &World, core: &mut Core, quick_ack: bool) {
        self.pump_with(world, core, quick_ack, None);
    }

    fn pump_with(&self, world: &World, core: &mut Core, quick_ack: bool, fault: Option<Fault>) {
        let Core { session, rng, connections, .. } = core;
        let now = world.clock.now();
        while let Some(output) = session.poll_output(now, rng) {
            match output {
                ServerOutput::Call { connection, msg_id, call } => {
                    let none = Origin {
                        dc: 0,
                        centre: world.dc_id,
                        local: world.address,
                        peer: None,
                        connection: None,
                    };
                    let origin = connections.get(&connection).map_or(none, |connection| connection.origin());
                    self.enqueue(Work::Call { origin, msg_id, call: Box::new(call) });
                }
                ServerOutput::CloseConnection { connection } => {
                    if let Some(gone) = connections.remove(&connection) {
                        gone.close();
                    }
                    session.connection_closed(connection);
                }
                ServerOutput::Event(ServerEvent::DestroyAuthKey) => self.enqueue(Work::DestroyAuthKey),
                ServerOutput::Event(ServerEvent::DestroySession { other }) => {
                    self.enqueue(Work::DestroySession(other));
                }
                ServerOutput::Event(ServerEvent::NewSession) => self.enqueue(Work::NewSession),
                ServerOutput::Event(ServerEvent::UpdatesLost) => self.enqueue(Work::UpdatesLost),
                // Calls take milliseconds: none is worth stopping.
                ServerOutput::Event(_) => {}
                ServerOutput::QuickAck { connection, token } => {
                    if let Some(connection) = connections.get(&connection).filter(|_| quick_ack) {
                        connection.quick_ack(token);
                    }
                }
                ServerOutput::Timeout(at) => {
                    *lock(&self.deadline) = Some(at);
                    self.changed.notify_one();
                }
                ServerOutput::Transmit { connection, packet } => {
                    if let Some(connection) = connections.get(&connection) {
                        connection.send(packet, fault.clone().map_or(Treatment::Usual, Treatment::Faulty));
                    }
                }
            }
        }
    }

    fn enqueue(&self, work: Work) {
        self.waiting.fetch_add(work.len(), Ordering::Relaxed);
        // The executor is gone only if the session is closed; nobody waits for an answer then.
        let _ = self.work.send(work);
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("id", &self.id).finish_non_exhaustive()
    }
}
