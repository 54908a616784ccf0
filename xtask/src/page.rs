//! `cargo xtask page`: the page on the control port, in headless Chromium.

use std::path::PathBuf;
use std::process::Command;

use crate::process::{build, built, execute, install_debian, install_npm};
use crate::{Result, workspace_root};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Names under which Chromium is installed.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Opens the page while people talk on a server, checks what it shows, and leaves screenshots in `target/page`.
///
/// # Errors
/// A tool is missing, or the page is not as it should be.
pub(crate) fn run(_: &Args) -> Result<()> {
    println!("== page");
    let browser = browser()?;
    build(&[])?;
    let folder = install_npm("page")?;
    let shots = workspace_root().join("target/page");
    std::fs::create_dir_all(&shots)?;
    let kit = workspace_root().join("testkits/node/index.js");
    let script = folder.join("run.mjs");
    execute(Command::new("node").arg(script).arg(built("chappe")).arg(browser).arg(kit).arg(&shots))?;
    println!("screenshots are in {}", shots.display());
    Ok(())
}

/// Chromium, installed if need be.
pub(crate) fn browser() -> Result<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    // If it could not be installed, what is missing is said below.
    let _ = install_debian("chromium");
    installed()
        .ok_or_else(|| "there is no Chromium: install it, on Debian with `apt-get install chromium`".into())
}

fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}
