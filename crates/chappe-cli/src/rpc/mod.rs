//! `chappe rpc`: JSON-RPC 2.0 for programs in any language. `docs/rpc.md` describes it.
//!
//! ```text
//!  standard input, or a socket                                standard output, or the socket
//!     │ Lines: bounded                                                        ▲
//!     ▼                                                                       │ writer task
//!  connection ── message ──▶ methods ──▶ running calls ── responses ──▶ Outbox: bounded
//!                                                                         ▲
//!                              updates of the client ── announcer task ───┘
//! ```
//!
//! Responses wait for room, so that whoever does not read cannot ask for more; events that find no room are dropped and
//! counted.

mod connection;
mod context;
mod events;
mod limits;
mod lines;
mod message;
mod methods;
mod outbox;
mod params;
#[cfg(unix)]
mod socket;

use crate::cli::RpcArgs;
use crate::connect;
use crate::failure::Failure;

use self::context::Context;

/// Serves until the input ends, or, on a socket, until it is interrupted.
pub(crate) async fn run(args: RpcArgs) -> Result<(), Failure> {
    #[cfg(not(unix))]
    if args.socket.is_some() {
        return Err(Failure::usage("--socket needs an operating system with Unix sockets"));
    }
    // A socket that cannot be had is told before anybody connects.
    #[cfg(unix)]
    let listener = args.socket.as_deref().map(socket::Listener::bind).transpose()?;
    let client = connect::client(&args.client, connect::Opening::Use).await?;
    let context = Context::new(client.clone());
    #[cfg(unix)]
    let outcome = match listener {
        Some(listener) => listener.serve(&context).await,
        None => standard_streams(&context).await,
    };
    #[cfg(not(unix))]
    let outcome = standard_streams(&context).await;
    client.disconnect().await?;
    outcome
}

async fn standard_streams(context: &Context) -> Result<(), Failure> {
    let served = connection::serve(context, tokio::io::stdin(), tokio::io::stdout());
    tokio::select! {
        outcome = served => outcome.map_err(|error| Failure::from(error).context("reading the input")),
        () = crate::interrupt::interrupted()? => Ok(()),
    }
}
