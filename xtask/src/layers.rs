//! `cargo xtask layers`: the changes between the API layers, held against the rules of `chappe-layers`.

use std::process::Command;

use crate::{Result, workspace_root};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Prints what changed in each layer and what no rule covers.
///
/// # Errors
/// A change has neither a rule nor a fallback.
pub(crate) fn run(_: &Args) -> Result<()> {
    let mut report = Command::new("cargo");
    report.args(["run", "--quiet", "--package", "chappe-layers", "--example", "changes"]);
    let status = report.current_dir(workspace_root()).status()?;
    let advice = "add a line to crates/chappe-layers/src/rules.txt for each change above";
    if status.success() { Ok(()) } else { Err(advice.into()) }
}
