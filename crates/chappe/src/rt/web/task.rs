//! Tasks on the browser's one thread.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::{AbortHandle, abortable};
use tokio::sync::oneshot;
use wasm_bindgen_futures::spawn_local;

/// A way to the result of a task. Dropping it leaves the task alone.
#[derive(Debug)]
pub(crate) struct JoinHandle<T> {
    result: oneshot::Receiver<T>,
    abort: AbortHandle,
}

/// The task was aborted.
#[derive(Debug)]
pub(crate) struct JoinError;

impl<T> JoinHandle<T> {
    /// Drops what the task has not done yet.
    pub(crate) fn abort(&self) {
        self.abort.abort();
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.result).poll(cx).map_err(|_| JoinError)
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task was aborted")
    }
}

impl std::error::Error for JoinError {}

/// Runs a future beside the caller.
pub(crate) fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let (sender, result) = oneshot::channel();
    let (future, abort) = abortable(future);
    spawn_local(async move {
        if let Ok(done) = future.await {
            // Nobody need wait for it.
            drop(sender.send(done));
        }
    });
    JoinHandle { result, abort }
}

/// Runs what takes long. There is no other thread, so everybody waits for it.
pub(crate) fn spawn_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    spawn(async move { work() })
}
