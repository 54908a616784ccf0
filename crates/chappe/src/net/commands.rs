//! What may be asked of the connection's task.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Notify, mpsc, oneshot};

use crate::call::{CallHandle, InvokeOptions};
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
    Stored(oneshot::Sender<Option<StoredSession>>),
    Time(oneshot::Sender<i64>),
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
}

/// The task's end of a [`NetHandle`].
pub(super) struct Inbox {
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    pub(super) interrupt: Arc<Notify>,
    pub(super) login_token: Arc<Notify>,
}

impl NetHandle {
    pub(super) fn new(hooks: Hooks) -> (Self, Inbox) {
        let (commands, receiver) = mpsc::unbounded_channel();
        let interrupt = Arc::new(Notify::new());
        let login_token = Arc::new(Notify::new());
        let inbox =
            Inbox { commands: receiver, interrupt: interrupt.clone(), login_token: login_token.clone() };
        let way = Way { commands, next: AtomicU64::new(0), interrupt, login_token, hooks };
        (Self(Arc::new(way)), inbox)
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

    pub(crate) async fn stored(&self) -> Option<StoredSession> {
        let (reply, answer) = oneshot::channel();
        self.tell(Command::Stored(reply));
        answer.await.ok().flatten()
    }

    /// The best estimate of the server's time, in Unix seconds; `None` once the client is disconnected.
    pub(crate) async fn time(&self) -> Option<i64> {
        let (reply, answer) = oneshot::channel();
        self.tell(Command::Time(reply));
        answer.await.ok()
    }

    /// Told when somebody has accepted a login by QR code.
    pub(crate) fn login_token(&self) -> Arc<Notify> {
        self.0.login_token.clone()
    }

    pub(crate) fn reconnect(&self) {
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
