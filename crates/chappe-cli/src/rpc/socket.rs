//! A Unix socket that belongs to its owner alone.

use std::io::{Error, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::UnixSocket;
use tokio::task::JoinSet;

use super::connection;
use super::context::Context;
use super::limits::MAX_CONNECTIONS;
use crate::failure::Failure;

/// A bound socket. Its file is removed in the end.
pub(super) struct Listener {
    listener: tokio::net::UnixListener,
    path: PathBuf,
    /// Device and number of the file, so that nobody else's is removed.
    file: (u64, u64),
}

impl Listener {
    /// Binds, in place of a socket that nobody listens to any more.
    pub(super) fn bind(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let failed = |error: Error| Failure::new(format!("the socket {shown} cannot be made: {error}"));
        remove_stale(path)?;
        let socket = UnixSocket::new_stream().map_err(failed)?;
        socket.bind(path).map_err(failed)?;
        // Nobody can connect before `listen`, so there is no moment in which others could.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        let listener = socket.listen(128).map_err(failed)?;
        let facts = std::fs::symlink_metadata(path).map_err(failed)?;
        Ok(Self { listener, path: path.to_owned(), file: (facts.dev(), facts.ino()) })
    }

    /// Serves all who connect, until interrupted. Calls under way are then given up.
    pub(super) async fn serve(self, context: &Context) -> Result<(), Failure> {
        let mut connections = JoinSet::new();
        let interrupted = crate::interrupt::interrupted()?;
        tokio::pin!(interrupted);
        loop {
            tokio::select! {
                () = &mut interrupted => return Ok(()),
                Some(_) = connections.join_next() => {}
                accepted = self.listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                    Ok((stream, _)) => {
                        let context = context.clone();
                        connections.spawn(async move {
                            let (input, output) = stream.into_split();
                            if let Err(error) = connection::serve(&context, input, output).await {
                                tracing::debug!(%error, "a connection ended");
                            }
                        });
                    }
                    // Too many open files, for example: those who are connected may end it.
                    Err(error) => {
                        tracing::warn!(%error, "nobody can connect just now");
                        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                    }
                },
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let ours =
            std::fs::symlink_metadata(&self.path).is_ok_and(|facts| (facts.dev(), facts.ino()) == self.file);
        if ours {
            // If it cannot be removed, the next start finds it stale.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn remove_stale(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::usage(format!("the socket {shown} cannot be looked at: {error}"))),
        Ok(facts) if !facts.file_type().is_socket() => {
            Err(Failure::usage(format!("{shown} is there and is no socket: choose another path")))
        }
        Ok(_) => match std::os::unix::net::UnixStream::connect(path) {
            Ok(_) => Err(Failure::usage(format!("another process listens on {shown}: use it, or end it"))),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                std::fs::remove_file(path).map_err(|error| {
                    Failure::new(format!("the stale socket {shown} cannot be removed: {error}"))
                })
            }
            Err(error) => Err(Failure::usage(format!("the socket {shown} cannot be used: {error}"))),
        },
    }
}
