//! The tasks of a server, so that its end can wait for theirs.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;

/// Counts tasks that run.
#[derive(Clone, Debug)]
pub(crate) struct Tasks(Arc<watch::Sender<usize>>);

/// One task; over when dropped, however it ends.
struct Running(Arc<watch::Sender<usize>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Self(Arc::new(watch::channel(0).0))
    }
}

impl Tasks {
    /// Runs a task that ends by itself once the server stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.send_modify(|count| *count = count.saturating_add(1));
        let running = Running(Arc::clone(&self.0));
        tokio::spawn(async move {
            task.await;
            drop(running);
        });
    }

    /// Waits until none is left.
    pub(crate) async fn ended(&self) {
        // The sender is here, so this cannot fail.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}
