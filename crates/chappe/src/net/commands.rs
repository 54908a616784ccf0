//! What may be asked of the connection's task.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::call::{CallHandle, InvokeOptions};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, InvokeError};
use crate::middleware::Hooks;
use crate::session::StoredSession;

pub(super) type Answer = Result<Vec<u8>, InvokeError>;

pub(super) enum Command {
    Call(Request),
    Cancel(CallHandle),
    Migrate { dc_id: i32, reply: oneshot::Sender<Result<(), String>> },
    Reconnect,
    SetUser { user_id: Option<i64>, is_bot: bool, reply: oneshot::Sender<Result<(), Error>> },
    Shutdown,
}

/// What is known of the connection without asking its task, which may be busy connecting.
#[derive(Default)]
pub(super) struct Status {
    pub(super) stored: Option<StoredSession>,
    /// Server time minus monotonic time, in milliseconds, if it is more than the local clock says.
    pub(super) ahead: Option<i64>,
    /// Attempts to connect, and why the last one failed, once the task has given up.
    pub(super) gone: Option<(u32, String)>,
}

impl Status {
    pub(super) fn unreachable(&self) -> Option<InvokeError> {
        let (attempts, reason) = self.gone.clone()?;
        Some(InvokeError::Unreachable { attempts, reason })
    }
}

/// One call.
pub(super) struct Request {
    pub(super) handle: CallHandle,
    pub(super) body: Arc<Vec<u8>>,
    pub(super) options: InvokeOptions,
    pub(super) reply: oneshot::Sender<Answer>,
}

/// A way to the connection's task. Cheap to clone.
#[derive(Clone)]
pub(crate) struct NetHandle(Arc<Way>);

struct Way {
    commands: mpsc::UnboundedSender<Command>,
    next: AtomicU64,
    /// Interrupts the task while it is connecting and cannot take commands.
    interrupt: Arc<Notify>,
    /// Told when somebody has accepted a login by QR code.
    login_token: Arc<Notify>,
    hooks: Hooks,
    clock: Clock,
    status: watch::Receiver<Status>,
    cut_off: Arc<AtomicBool>,
}

/// The task's end of a [`NetHandle`].
pub(super) struct Inbox {
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    pub(super) interrupt: Arc<Notify>,
    pub(super) login_token: Arc<Notify>,
    pub(super) clock: Clock,
    pub(super) status: watch::Sender<Status>,
    /// The connection was away since somebody asked.
    pub(super) cut_off: Arc<AtomicBool>,
}

impl NetHandle {
    pub(super) fn new(hooks: Hooks) -> (Self, Inbox) {
        let (commands, receiver) = mpsc::unbounded_channel();
        let interrupt = Arc::new(Notify::new());
        let login_token = Arc::new(Notify::new());
        let clock = Clock::new();
        let (sender, status) = watch::channel(Status::default());
        let cut_off = Arc::new(AtomicBool::new(false));
        let inbox = Inbox {
            commands: receiver,
            interrupt: interrupt.clone(),
            login_token: login_token.clone(),
            clock,
            status: sender,
            cut_off: cut_off.clone(),
        };
        let next = AtomicU64::new(0);
        let way = Way { commands, next, interrupt, login_token, hooks, clock, status, cut_off };
        (Self(Arc::new(way)), inbox)
    }

    /// Whether both are ways to the same task.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whoever looks at the calls.
    pub(crate) fn hooks(&self) -> &Hooks {
        &self.0.hooks
    }

    pub(crate) fn next_handle(&self) -> CallHandle {
        CallHandle(self.0.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a call now; the future is its answer. Dropping the future gives the call up.
    pub(crate) fn send(
        &self,
        handle: CallHandle,
        body: Arc<Vec<u8>>,
        options: InvokeOptions,
    ) -> impl Future<Output = Answer> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        self.tell(Command::Call(Request { handle, body, options, reply }));
        let guard = CancelOnDrop { net: Some(self.clone()), handle };
        async move {
            let mut guard = guard;
            let answer = answer.await.unwrap_or(Err(InvokeError::Closed));
            guard.disarm();
            answer
        }
    }

    /// Moves to another data centre.
    pub(crate) async fn migrate(&self, dc_id: i32) -> Result<(), InvokeError> {
        let (reply, answer) = oneshot::channel();
        self.tell(Command::Migrate { dc_id, reply });
        let answer = answer.await.map_err(|_| InvokeError::Closed)?;
        answer.map_err(|reason| InvokeError::Migration { dc_id, reason })
    }

    /// Notes who is logged in. Durable when it returns.
    pub(crate) async fn set_user(&self, user_id: Option<i64>, is_bot: bool) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.tell(Command::SetUser { user_id, is_bot, reply });
        answer.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Closed, "the client is disconnected")))
    }

    /// The login as it is stored; `None` once the client is disconnected.
    pub(crate) fn stored(&self) -> Option<StoredSession> {
        if self.0.commands.is_closed() { None } else { self.0.status.borrow().stored.clone() }
    }

    /// The best estimate of the server's time, in Unix seconds.
    pub(crate) fn time(&self) -> i64 {
        let now = self.0.clock.now();
        match self.0.status.borrow().ahead.filter(|_| !self.0.commands.is_closed()) {
            Some(ahead) => millis(now.monotonic).saturating_add(ahead).div_euclid(1000),
            None => now.unix_secs(),
        }
    }

    /// Waits until the task has given up connecting.
    pub(crate) async fn unreachable(&self) -> InvokeError {
        let mut status = self.0.status.clone();
        match status.wait_for(|status| status.gone.is_some()).await.map(|status| status.unreachable()) {
            Ok(Some(error)) => error,
            _ => InvokeError::Closed,
        }
    }

    /// Told when somebody has accepted a login by QR code.
    pub(crate) fn login_token(&self) -> Arc<Notify> {
        self.0.login_token.clone()
    }

    /// Whether the connection was away since the last time that this was asked.
    pub(crate) fn was_cut_off(&self) -> bool {
        self.0.cut_off.swap(false, Ordering::Relaxed)
    }

    pub(crate) fn reconnect(&self) {
        self.0.cut_off.store(true, Ordering::Relaxed);
        self.tell(Command::Reconnect);
    }

    pub(crate) fn shutdown(&self) {
        self.tell(Command::Shutdown);
        self.0.interrupt.notify_one();
    }

    /// Waits until the task has ended.
    pub(crate) async fn ended(&self) {
        self.0.commands.closed().await;
    }

    /// If the task has ended, the command is dropped and with it the way for the answer, which tells the caller.
    fn tell(&self, command: Command) {
        drop(self.0.commands.send(command));
    }
}

pub(super) fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

struct CancelOnDrop {
    net: Option<NetHandle>,
    handle: CallHandle,
}

impl CancelOnDrop {
    fn disarm(&mut self) {
        self.net = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(net) = &self.net {
            net.tell(Command::Cancel(self.handle));
        }
    }
}
