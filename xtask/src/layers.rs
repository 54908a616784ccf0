//! `cargo xtask layers`: the changes between the API layers, held against the rules of `chappe-layers`.

use crate::{Result, workspace_root};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Have grammers-tl-types of two old layers read what is made for them (compiles both, some minutes)
    #[arg(long)]
    oracle: bool,
}

/// Prints what changed in each layer and what no rule covers.
///
/// # Errors
/// A change has neither a rule nor a fallback; an old reader does not read what was made for it.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.oracle {
        let folder = workspace_root().join("interop/layers");
        let status = crate::process::cargo().args(["run", "--quiet"]).current_dir(folder).status()?;
        return if status.success() {
            Ok(())
        } else {
            Err("grammers reads something else: see above".into())
        };
    }
    let mut report = crate::process::cargo();
    report.args(["run", "--quiet", "--package", "chappe-layers", "--example", "changes"]);
    let status = report.current_dir(workspace_root()).status()?;
    let advice = "add a line to crates/chappe-layers/src/rules.txt for each change above";
    if status.success() { Ok(()) } else { Err(advice.into()) }
}
