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

/// Waits until the terminal is gone: a connection has broken, or its window was closed.
pub(crate) fn hung_up() -> Result<impl Future<Output = ()>, Failure> {
    #[cfg(unix)]
    {
        let mut hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?;
        Ok(async move {
            hangup.recv().await;
        })
    }
    #[cfg(windows)]
    {
        let mut close = tokio::signal::windows::ctrl_close()?;
        Ok(async move {
            close.recv().await;
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
