//! `cargo xtask docs`: the site of the reference, and whether it is as it should be.

mod links;

use std::process::Command;

use crate::process::{build, built, execute, install_npm, target};
use crate::{Result, page, workspace_root};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Use the program as the tests have built it, without optimisation: quick to build, slow to run
    #[arg(long)]
    debug: bool,
}

/// Reports what the reference lacks, builds the site into `target/docs/site`, follows its links, holds its HTML against
/// the standard, and looks at it with headless Chromium. Screenshots are left in `target/docs`.
///
/// # Errors
/// A tool is missing, or the site is not as it should be.
pub(crate) fn run(args: &Args) -> Result<()> {
    println!("== docs");
    let chappe = if args.debug {
        build(&[])?;
        built("chappe")
    } else {
        execute(crate::process::cargo().args(["build", "--package", "chappe-cli", "--release"]))?;
        target().join("release/chappe")
    };

    let shots = workspace_root().join("target/docs");
    let site = shots.join("site");
    if site.exists() {
        std::fs::remove_dir_all(&site)?;
    }
    execute(Command::new(&chappe).args(["docs", "check"]))?;
    execute(Command::new(&chappe).args(["docs", "build", "--out"]).arg(&site))?;
    links::check(&site)?;

    let browser = page::browser()?;
    let scripts = install_npm("docs")?;
    execute(Command::new("node").arg(scripts.join("validate.mjs")).arg(&site))?;
    execute(Command::new("node").arg(scripts.join("run.mjs")).arg(&site).arg(browser).arg(&shots))?;
    println!("screenshots are in {}", shots.display());
    Ok(())
}
