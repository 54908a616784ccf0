//! `cargo xtask bench`: Chappe beside its peers, one table after the other.

mod clients;
mod large_file;

use std::collections::BTreeSet;

use crate::{Result, workspace_root};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run only the bench of this name: a file of `bench/src/bin` without its ending.
    name: Option<String>,
    #[command(subcommand)]
    whole: Option<Whole>,
}

/// Benches that are more than one program.
#[derive(Debug, clap::Subcommand)]
enum Whole {
    /// Chappe beside other client libraries against one server; writes docs/benchmarks.md
    Clients(clients::Args),
    /// The memory of a client that sends and fetches a file as large as files may be
    LargeFile(large_file::Args),
}

/// Builds the workspace in `bench/` with optimisations and runs its programs one after the other.
///
/// # Errors
/// There is no bench of that name, or one does not build or ends with an error.
pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.whole {
        Some(Whole::Clients(args)) => return clients::run(args),
        Some(Whole::LargeFile(args)) => return large_file::run(args),
        None => {}
    }
    let folder = workspace_root().join("bench");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder.join("src/bin"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs")
            && let Some(name) = path.file_stem().and_then(|name| name.to_str())
        {
            names.insert(name.to_owned());
        }
    }
    // A question of its own: `cargo xtask timing`.
    names.remove("timing");
    if let Some(name) = &args.name {
        if !names.contains(name) {
            let known = names.into_iter().collect::<Vec<_>>().join(", ");
            return Err(format!("no bench is called {name}; there are {known}").into());
        }
        names = BTreeSet::from([name.clone()]);
    }
    for name in names {
        println!("== {name}");
        let status = crate::process::cargo()
            .args(["run", "--quiet", "--release", "--bin", &name])
            .current_dir(&folder)
            .status()?;
        if !status.success() {
            return Err(format!("bench {name} ended with {status}").into());
        }
    }
    Ok(())
}
