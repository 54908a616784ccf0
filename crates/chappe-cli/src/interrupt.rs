//! Ctrl-C, and polite requests to end.

use crate::failure::{Failure, Kind};

/// Waits for either.
pub(crate) async fn interrupted() -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            outcome = tokio::signal::ctrl_c() => outcome?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}

/// The failure of a command that is interrupted, once it is.
pub(crate) async fn failure() -> Failure {
    match interrupted().await {
        Ok(()) => Failure::of(Kind::Interrupted, "interrupted"),
        Err(failure) => failure,
    }
}
