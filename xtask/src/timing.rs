//! `cargo xtask timing`: whether times tell what they must not, see `bench/src/bin/timing.rs`.

use crate::{Result, workspace_root};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Samples of each pair of inputs; slow operations take fewer
    #[arg(long, default_value_t = 200_000)]
    samples: u64,
    /// End with an error if |t| is above this anywhere, or if the row that leaks on purpose does not show
    #[arg(long)]
    alarm: Option<f64>,
}

/// Builds the measurement with optimisations and runs it.
///
/// # Errors
/// It does not build, or a time is above the alarm.
pub(crate) fn run(args: &Args) -> Result<()> {
    let status = crate::process::cargo()
        .args(["run", "--quiet", "--release", "--bin", "timing", "--"])
        .arg(args.samples.to_string())
        .args(args.alarm.map(|alarm| alarm.to_string()))
        .current_dir(workspace_root().join("bench"))
        .status()?;
    if status.success() { Ok(()) } else { Err("a time tells what it must not".into()) }
}
