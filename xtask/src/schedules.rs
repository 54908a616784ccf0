//! `cargo xtask schedules`: two engines of secret chats over a lossy server, as many random schedules as one likes.

use crate::{Result, workspace_root};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many schedules to run, on all processors
    #[arg(long, default_value_t = 100_000)]
    count: u64,
    /// The seed of the first; the others follow it. A failure names its seed
    #[arg(long, default_value_t = 0)]
    first: u64,
}

/// Runs the schedules with optimisations.
///
/// # Errors
/// One of them failed: its seed and a short schedule that fails as well are printed.
pub(crate) fn run(args: &Args) -> Result<()> {
    let build = ["test", "--quiet", "--release", "--package", "chappe-secret", "--test", "schedules"];
    let status =
        crate::process::cargo().args(build).arg("--no-run").current_dir(workspace_root()).status()?;
    if !status.success() {
        return Err(format!("the tests do not build: {status}").into());
    }
    let start = std::time::Instant::now();
    let status = crate::process::cargo()
        .args(build)
        .args(["--", "--ignored", "--exact", "a_hundred_thousand_schedules_end_in_agreement"])
        .env("CHAPPE_SCHEDULES", args.count.to_string())
        .env("CHAPPE_SEED", args.first.to_string())
        .current_dir(workspace_root())
        .status()?;
    if !status.success() {
        return Err("a schedule failed: run it again with --count 1 --first SEED".into());
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("schedules: {} from seed {}, {seconds:.0} s", args.count, args.first);
    Ok(())
}
