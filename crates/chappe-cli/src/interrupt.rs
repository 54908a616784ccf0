//! Ctrl-C, and polite requests to end.

use std::future::Future;

use crate::failure::{Failure, Kind};

/// Listens from now on; the future waits for either.
pub(crate) fn interrupted() -> Result<impl Future<Output = ()>, Failure> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(windows)]
    {
        let mut interrupt = tokio::signal::windows::ctrl_c()?;
        Ok(async move {
            interrupt.recv().await;
        })
    }
}

/// The failure of a command that is interrupted, once it is.
pub(crate) async fn failure() -> Failure {
    match interrupted() {
        Ok(interrupted) => {
            interrupted.await;
            Failure::of(Kind::Interrupted, "interrupted")
        }
        Err(failure) => failure,
    }
}
