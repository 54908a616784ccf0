//! `cargo xtask interop`: stock clients, unmodified, against our server.
//!
//! A client of another project is one file here, a variant of [`Foreign`] and a folder of scripts in `interop/`.

mod gramjs;
mod kits;
mod matrix;
mod rpc;
mod secret;

use crate::Result;

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The client to run; all of them when left out.
    client: Option<Foreign>,
    /// Write the matrix into `docs/clients.md` instead of comparing it.
    #[arg(long)]
    write: bool,
}

/// A client of another project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Foreign {
    /// GramJS 2.26.22, from npm: a secret chat by hand.
    Gramjs,
    /// The test kit for Node.js: GramJS 2.26.22 and mtcute 0.30.3, from npm.
    KitNode,
    /// The test kit for Python: Telethon 1.45.0, from PyPI.
    KitPython,
    /// Five clients through the same scenarios.
    Matrix,
    /// Our own examples in Python and JavaScript, over `chappe rpc`.
    Rpc,
    /// telethon-secret-chat 0.2.4 on Telethon 1.45.0, from PyPI.
    TelethonSecretChat,
    /// tg-secret 0.1.3 over kurigram 2.2.26, from PyPI.
    TgSecret,
}

/// Installs the client and runs it against a fresh server.
///
/// # Errors
/// A tool is missing, or the client met something that it did not expect; its own output says what.
pub(crate) fn run(args: &Args) -> Result<()> {
    for client in <Foreign as clap::ValueEnum>::value_variants() {
        if args.client.is_none_or(|only| only == *client) {
            match client {
                Foreign::Gramjs => gramjs::run()?,
                Foreign::KitNode => kits::node()?,
                Foreign::KitPython => kits::python()?,
                Foreign::Matrix => matrix::run(args.write)?,
                Foreign::Rpc => rpc::run()?,
                Foreign::TelethonSecretChat => secret::run(&secret::TELETHON)?,
                Foreign::TgSecret => secret::run(&secret::TG_SECRET)?,
            }
        }
    }
    Ok(())
}
