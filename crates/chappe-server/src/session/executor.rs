//! The task that executes the calls of one session, one after the other, and sends what others caused in between. Calls
//! that wait for somebody else run beside it. Answers that are ready one right after the other leave in one packet.

use std::borrow::Cow;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use chappe_mtproto::rpc::{RpcError, wrappers};
use chappe_mtproto::session::MsgId;
use chappe_mtproto::session::server::DestroyAuthKeyOutcome;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::push::Pusher;
use super::{Session, Wake, Work};
use crate::call::{After, Call, Environment};
use crate::edge;
use crate::faults::Fault;
use crate::keys::{Key, lock};
use crate::limits::IDLE_SESSION;
use crate::methods::errors::{bad_request, flood_wait, internal, unregistered};
use crate::methods::{self, Access, Method, Registry};
use crate::net::Origin;
use crate::observe::{Seen, SeenOutcome};
use crate::world::World;

/// How often an idle session looks whether it is still needed.
const HOUSEKEEPING: Duration = Duration::from_secs(60);

/// Calls that are executed before something else has its turn.
const CALLS_IN_A_ROW: usize = 64;

/// Method names begin so that may be asked before login: if we do not have them, that is said instead of 401.
const BEFORE_LOGIN: [&str; 3] = ["auth.", "help.", "langpack."];

/// What an account may do at other data centres than its own.
const ABROAD: &str = "upload.";

/// What the CDN answers: one method, and what clients need to get there.
const AT_CDN: [&str; 3] = ["auth.bindTempAuthKey", "help.getConfig", "upload.getCdnFile"];

/// What is answered once a bot has done something.
const WAITING: [&str; 2] = ["messages.getBotCallbackAnswer", "messages.getInlineBotResults"];

/// The constructor of [`Fault::Unreadable`].
const UNKNOWN_OBJECT: u32 = 0xdead_beef;

struct Executor {
    world: Arc<World>,
    key: Arc<Key>,
    session: Arc<Session>,
    pusher: Pusher,
    /// Calls that wait for a bot, or that a fault delays.
    waiting: JoinSet<Finished>,
}

/// A call that is over.
struct Finished {
    msg_id: MsgId,
    request_len: usize,
    record: Record,
    result: Result<Vec<u8>, RpcError>,
}

/// A call that may be executed.
struct Ready {
    method: &'static Method,
    query: Vec<u8>,
    /// The constructor as the client wrote it.
    called: u32,
    layer: i32,
    call: Call,
}

/// Starts the executor of a session.
pub(super) fn start(
    world: Arc<World>,
    key: Arc<Key>,
    session: Arc<Session>,
    work: mpsc::UnboundedReceiver<Work>,
    wakes: mpsc::Receiver<Wake>,
) {
    let pusher = Pusher::new(Arc::clone(&world), Arc::clone(&key), Arc::clone(&session));
    let executor = Executor { world, key, session, pusher, waiting: JoinSet::new() };
    let tasks = executor.world.tasks.clone();
    tasks.spawn(executor.run(work, wakes));
}

impl Executor {
    async fn run(mut self, mut work: mpsc::UnboundedReceiver<Work>, mut wakes: mpsc::Receiver<Wake>) {
        let mut shutdown = self.world.shutdown.clone();
        let mut idle_since = self.world.clock.now().monotonic;
        while !self.session.closed.load(Ordering::Relaxed) {
            let now = self.world.clock.now().monotonic;
            let deadline = *lock(&self.session.deadline);
            let until = now.saturating_add(HOUSEKEEPING);
            let until = deadline.map_or(until, |at| at.min(until));
            let clock = Arc::clone(&self.world.clock);
            tokio::select! {
                biased;
                _ = shutdown.changed() => break,
                Some(done) = self.waiting.join_next() => {
                    if let Ok(done) = done {
                        self.finish(done);
                        self.session.send_answers(&self.world);
                    }
                }
                Some(item) = work.recv() => {
                    idle_since = now;
                    if self.work_through(item, &mut work, &mut shutdown).await.is_break() {
                        break;
                    }
                }
                Some(wake) = wakes.recv() => self.wake(wake).await,
                () = self.session.changed.notified() => {}
                () = clock.sleep_until(until) => {
                    if deadline.is_some_and(|at| at <= self.world.clock.now().monotonic) {
                        lock(&self.session.deadline).take();
                        self.session.handle_timeout(&self.world);
                    }
                    if self.session.is_connected() {
                        idle_since = now;
                    } else if now.saturating_sub(idle_since) > IDLE_SESSION {
                        self.key.forget(&self.session);
                    }
                }
            }
            if self.pusher.holds() && self.session.is_connected() {
                self.pusher.come_back().await;
            }
            if self.session.lagged.swap(false, Ordering::Relaxed) {
                self.pusher.too_long();
            }
        }
        self.key.forget(&self.session);
        // What they do counts, although nobody hears the answers.
        while let Some(done) = self.waiting.join_next().await {
            if let Ok(done) = done {
                self.world.tell(done.record.after);
            }
        }
    }

    /// Passes on what others caused; while nobody is connected it only waits.
    async fn wake(&mut self, wake: Wake) {
        if !self.session.is_connected() && !matches!(wake, Wake::LoginChanged { .. }) {
            self.pusher.hold(wake);
            return;
        }
        self.pusher.come_back().await;
        self.pusher.wake(wake).await;
    }

    /// Works on one thing and on what waits behind it. `Break` if the server stops.
    async fn work_through(
        &mut self,
        first: Work,
        queue: &mut mpsc::UnboundedReceiver<Work>,
        shutdown: &mut watch::Receiver<bool>,
    ) -> ControlFlow<()> {
        let (world, session) = (Arc::clone(&self.world), Arc::clone(&self.session));
        let mut next = Some(first);
        let mut left = CALLS_IN_A_ROW;
        while let Some(item) = next {
            if matches!(item, Work::Call { .. }) && !session.has_room() {
                session.send_answers(&world);
                tokio::select! {
                    biased;
                    () = session.room() => {}
                    _ = shutdown.changed() => return ControlFlow::Break(()),
                }
            }
            session.taken(item.len());
            let mut working = pin!(self.work(item));
            if poll_fn(|cx| Poll::Ready(working.as_mut().poll(cx).is_pending())).await {
                // What is ready does not wait for what is not.
                session.send_answers(&world);
                working.await;
            }
            left -= 1;
            let goes_on = left > 0 && !session.is_closed();
            next = if goes_on { queue.try_recv().ok() } else { None };
        }
        session.send_answers(&world);
        ControlFlow::Continue(())
    }

    async fn work(&mut self, work: Work) {
        match work {
            Work::Call { origin, msg_id, call } => self.call(origin, msg_id, *call).await,
            Work::DestroyAuthKey => self.destroy_auth_key().await,
            Work::DestroySession(other) => {
                let existed = self.key.remove_session(other);
                self.session.respond_destroy_session(&self.world, other, existed);
            }
            Work::NewSession => self.pusher.begin().await,
            Work::UpdatesLost => self.pusher.too_long(),
        }
    }

    async fn destroy_auth_key(&self) {
        let now = self.world.clock.now().unix_secs();
        let store = &self.world.store;
        let gone = async {
            if !self.key.is_temp {
                let out = store.log_out(self.key.id, now).await?;
                self.world.tell(out.changes.into_iter().map(After::ChatChanged).collect());
            }
            store.delete_auth_key(self.key.id).await
        };
        match gone.await {
            Ok(ids) => {
                let outcome =
                    if ids.is_empty() { DestroyAuthKeyOutcome::None } else { DestroyAuthKeyOutcome::Ok };
                self.session.respond_destroy_auth_key(&self.world, outcome);
                ids.iter().for_each(|id| self.world.keys.remove(*id));
                self.world.tell(vec![After::KeysChanged { ids }]);
            }
            Err(error) => {
                tracing::error!(%error, "a key could not be destroyed");
                self.session.respond_destroy_auth_key(&self.world, DestroyAuthKeyOutcome::Fail);
            }
        }
    }

    async fn call(&mut self, origin: Origin, msg_id: MsgId, wrapped: wrappers::Call) {
        self.remember(&wrapped).await;
        let request_len = wrapped.query.len();
        let (id, takeout) = (wrapped.method_id().unwrap_or(0), wrapped.takeout_id);
        let start = self.world.clock.now().monotonic;
        let name = Registry::get().name(id);
        let name = name.map_or_else(|| Cow::Owned(format!("{id:#010x}")), Cow::Borrowed);
        let mut record = Record { name, start, ..Record::default() };
        let ready = self.prepare(origin, msg_id, wrapped.query, &mut record).await;
        let waits = record.method.is_some_and(|name| WAITING.contains(&name));
        let delay = record.delay;
        let world = Arc::clone(&self.world);
        let execution = async move {
            if let Some(by) = delay {
                world.sleep(by).await;
            }
            let result = match ready {
                Ok(mut ready) => {
                    ready.call.now = world.clock.now();
                    ready.call.takeout = takeout;
                    execute(ready, &mut record, &world).await
                }
                Err(error) => Err(error),
            };
            Finished { msg_id, request_len, record, result }
        };
        if waits || delay.is_some() {
            self.waiting.spawn(execution);
        } else {
            let done = execution.await;
            self.finish(done);
        }
    }

    /// Answers a call, and tells others what came of it.
    fn finish(&mut self, done: Finished) {
        let Finished { msg_id, request_len, record, mut result } = done;
        if record.fault == Some(Fault::Unreadable) {
            result = result.map(|_| UNKNOWN_OBJECT.to_le_bytes().to_vec());
        }
        if let Some(method) = record.method {
            let time = self.world.clock.now().monotonic.saturating_sub(record.start);
            self.world.stats.called(method, result.as_ref().err().map(|error| error.name.as_str()), time);
        }
        let outcome = || match &result {
            Ok(bytes) => SeenOutcome::Answer { response_len: bytes.len() },
            Err(error) => SeenOutcome::Error { code: error.code, text: error.text() },
        };
        tracing::debug!(method = &*record.name, request_len, outcome = ?outcome(), "call");
        // Nobody may be watching.
        if self.world.seen.receiver_count() > 0 {
            let seen = Seen {
                at: self.world.clock.now(),
                user_id: record.user_id,
                method: record.name.into_owned(),
                request_len,
                outcome: outcome(),
                first_bytes: record.first_bytes,
            };
            let _ = self.world.seen.send(seen);
        }
        for after in &record.after {
            if let After::Mail { change, own: true, .. } = after {
                self.pusher.skip(*change);
            }
        }
        if record.fault != Some(Fault::Silence) {
            self.session.respond(&self.world, msg_id, result, record.fault);
        }
        if !record.after.is_empty() {
            self.session.send_answers(&self.world);
            self.world.tell_but(record.after, Some(&self.session));
        }
    }

    /// invokeWithLayer and initConnection hold for the key until they come again.
    async fn remember(&mut self, call: &wrappers::Call) {
        if call.without_updates {
            self.pusher.silence();
        }
        if call.layer.is_none() && call.init.is_none() {
            return;
        }
        let changed = self.key.remember(|info| {
            if let Some(layer) = call.layer {
                info.layer = layer;
            }
            if let Some(init) = &call.init {
                info.api_id = init.api_id;
                info.device_model = init.device_model.chars().take(64).collect();
                info.app_version = init.app_version.chars().take(64).collect();
                info.system_version = init.system_version.chars().take(64).collect();
                info.lang_pack = init.lang_pack.chars().take(64).collect();
                // Of `pt-br` only the language.
                info.lang_code = init.lang_code.chars().take(2).collect::<String>().to_lowercase();
            }
        });
        let Some(info) = changed else { return };
        // A temporary key speaks for a device: its owner sees that one.
        let of_device = self.key.device().filter(|device| *device != self.key.id);
        for id in std::iter::once(self.key.id).chain(of_device) {
            if let Err(error) = self.world.store.set_client_info(id, &info).await {
                tracing::error!(%error, "what a client said about itself could not be stored");
            }
        }
        self.world.tell(vec![After::KeysChanged { ids: vec![self.key.id] }]);
    }

    /// Whether a call may be executed, and with what. The fault that meets it is noted in the record.
    async fn prepare(
        &self,
        origin: Origin,
        msg_id: MsgId,
        query: Vec<u8>,
        record: &mut Record,
    ) -> Result<Ready, RpcError> {
        let layer = self.key.layer();
        let called = edge::id(&query);
        let query = edge::up(layer, query)?;
        let id = edge::id(&query);
        let registry = Registry::get();
        let Some(name) = registry.name(id) else {
            self.world.count_unimplemented(&record.name);
            return Err(bad_request(&format!("INPUT_METHOD_INVALID_{id}_{layer}")));
        };
        record.name = Cow::Borrowed(name);
        record.method = Some(name);
        let method = methods::find(id);
        let device = self.key.device();
        if device.is_none() && method.is_none_or(|method| method.access != Access::Unbound) {
            return Err(RpcError::new(401, "AUTH_KEY_PERM_EMPTY"));
        }
        let device = device.unwrap_or(self.key.id);
        let login = self.world.login(device).await?;
        let authorization = login.map(|login| login.authorization);
        record.user_id = authorization.map(|authorization| authorization.user_id);
        self.session.note_user(record.user_id);
        let abroad = login.and_then(|login| login.home);
        if let Some(user_id) = record.user_id.filter(|_| abroad.is_none()) {
            self.world.keys.note_user(device, user_id);
        }
        self.fault(origin, record).await?;
        let Some(method) = method else {
            self.world.count_unimplemented(name);
            if authorization.is_none() && !BEFORE_LOGIN.iter().any(|prefix| name.starts_with(prefix)) {
                return Err(self.nobody(device).await?);
            }
            tracing::debug!(method = name, "a method that is not implemented was called");
            return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
        };
        let at_cdn = self.world.centres.is_cdn(origin.centre);
        if at_cdn && !AT_CDN.contains(&name) {
            return Err(bad_request("CDN_METHOD_INVALID"));
        }
        if let Some(authorization) = authorization {
            if authorization.is_bot && registry.is_user_only(name) {
                return Err(bad_request("BOT_METHOD_INVALID"));
            }
            if !authorization.is_bot && registry.is_bot_only(name) {
                return Err(bad_request("USER_BOT_REQUIRED"));
            }
        } else if method.access == Access::LoggedIn {
            return Err(self.nobody(device).await?);
        }
        if let Some(home) = abroad
            && method.access == Access::LoggedIn
            && !name.starts_with(ABROAD)
        {
            return Err(RpcError::new(303, &format!("USER_MIGRATE_{home}")));
        }
        let caller = record.user_id.unwrap_or(device);
        if let Some(wait) = self.world.floods.call(name, caller, self.world.clock.now().monotonic) {
            return Err(flood_wait(wait));
        }
        self.touch(device, origin).await?;
        self.key.note_dc(origin.dc);
        let (mut this_dc, test_mode) = self.world.dc_of(&self.key);
        if self.world.centres.are_several() {
            this_dc = origin.centre;
        }
        let home = self.world.centres.home(origin.centre);
        let environment = Environment { this_dc, home, at_cdn, test_mode, address: origin.local };
        let shared = (Arc::clone(&self.world), Arc::clone(&self.key));
        let call = Call::new(shared, (self.session.id, msg_id), device, authorization, (environment, name));
        Ok(Ready { method, query, called, layer, call })
    }

    /// Why nobody is logged in on a device.
    async fn nobody(&self, device: i64) -> Result<RpcError, RpcError> {
        let revoked = self.world.store.is_revoked(device).await?;
        Ok(if revoked { RpcError::new(401, "SESSION_REVOKED") } else { unregistered() })
    }

    /// Notes now and then that a device is in use.
    async fn touch(&self, device: i64, origin: Origin) -> Result<(), RpcError> {
        let now = self.world.clock.now().unix_secs();
        if self.key.was_used(origin.peer, now) {
            let ip = origin.peer.map(|ip| ip.to_string()).unwrap_or_default();
            self.world.store.touch_device(device, &ip, now).await?;
        }
        Ok(())
    }

    /// What goes wrong on purpose before a call is executed; what comes after is noted in the record.
    async fn fault(&self, origin: Origin, record: &mut Record) -> Result<(), RpcError> {
        match self.world.faults.for_call(&record.name, record.user_id, origin.connection) {
            Some(Fault::Answer { code, text }) => return Err(RpcError::new(code, &text)),
            Some(Fault::Delay(by)) => record.delay = Some(by),
            Some(Fault::SaltChange) => self.key.change_salts(self.world.rng.bytes()),
            Some(Fault::Silence) => {
                record.fault = Some(Fault::Silence);
                return Err(internal());
            }
            other => record.fault = other,
        }
        Ok(())
    }
}

async fn execute(ready: Ready, record: &mut Record, world: &World) -> Result<Vec<u8>, RpcError> {
    let Ready { method, query, called, layer, call } = ready;
    let result = method.execute(&call, &query).await;
    if let Err(error) = &result {
        world.note_error(call.method, error);
    }
    record.first_bytes = call.take_seen();
    record.after = call.take_after();
    edge::down_result(layer, called, result?, &world.layer_failures)
}

/// However the executor ends, nobody must go on to queue calls for it.
impl Drop for Executor {
    fn drop(&mut self) {
        self.key.forget(&self.session);
    }
}

/// What is known about a call once it is over.
#[derive(Default)]
struct Record {
    name: Cow<'static, str>,
    user_id: Option<i64>,
    first_bytes: Vec<u8>,
    after: Vec<After>,
    /// The name again, if the newest layer has such a method.
    method: Option<&'static str>,
    /// Monotonic, when it came to be executed.
    start: Duration,
    /// What goes wrong with the answer, on purpose.
    fault: Option<Fault>,
    /// How much later it is to be executed, on purpose.
    delay: Option<Duration>,
}
