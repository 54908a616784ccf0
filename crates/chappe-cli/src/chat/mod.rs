//! `chappe chat`: everything on a screen.
//!
//! | module | what it is |
//! |---|---|
//! | `model` | what is known, and what follows from keys and events; no I/O |
//! | `view` | the screen, from what is known |
//! | `driver` | keys, the client, the clock |

mod driver;
mod model;
mod view;

use std::io::IsTerminal;

use crate::cli::ChatScreenArgs;
use crate::connect;
use crate::failure::{Failure, Kind};

/// Shows the chats until the person has had enough.
pub(crate) async fn run(args: ChatScreenArgs) -> Result<(), Failure> {
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return Err(Failure::usage("this is for a terminal; `chappe rpc` is for programs"));
    }
    if let Some(folder) = args.downloads.as_ref().filter(|folder| !folder.is_dir()) {
        return Err(Failure::usage(format!("--downloads {}: there is no such folder", folder.display())));
    }
    let downloads = args.downloads.clone().unwrap_or_else(|| ".".into());
    let shown =
        connect::with_authorized(&args.client, async |client| driver::run(client, downloads).await).await;
    match shown {
        // That is one way to end it.
        Err(failure) if failure.kind() == Kind::Interrupted => Ok(()),
        outcome => outcome,
    }
}
