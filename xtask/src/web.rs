//! `cargo xtask web`: the client in a web page, in headless Chromium.

use std::process::Command;

use crate::page::browser;
use crate::process::{build, built, execute, install_npm, target};
use crate::{Result, workspace_root};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Build it small, as it is to be served, and not quickly
    #[arg(long)]
    release: bool,
}

/// Builds `chappe-web` and the page for it into `target/www`, opens the page in Chromium, and has it talk with
/// `chappe` over `chappe serve`.
///
/// # Errors
/// A tool is missing, or the page does not do what it should.
pub(crate) fn run(args: &Args) -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    println!("== web");
    let browser = browser()?;
    execute(Command::new("rustup").args(["target", "add", TARGET]))?;
    let profile = if args.release { "web" } else { "dev" };
    let module = ["build", "--package", "chappe-web", "--target", TARGET, "--profile", profile];
    execute(crate::process::cargo().args(module))?;
    let folder = if args.release { "web" } else { "debug" };
    let wasm = target().join(TARGET).join(folder).join("chappe_web.wasm");
    let www = target().join("www");
    std::fs::create_dir_all(&www)?;
    let bind = ["build", "--workspace", "--features", "xtask/web", "--example", "bind"];
    execute(crate::process::cargo().args(bind))?;
    execute(Command::new(built("examples/bind")).arg(wasm).arg(&www))?;
    for entry in std::fs::read_dir(workspace_root().join("crates/chappe-web/page"))? {
        let entry = entry?;
        std::fs::copy(entry.path(), www.join(entry.file_name()))?;
    }
    let size = std::fs::metadata(www.join("chappe_web_bg.wasm"))?.len();
    println!("the module and its page are in {}: {} KiB of WebAssembly", www.display(), size >> 10);

    build(&["secret_peer"])?;
    let scripts = install_npm("web")?;
    let kit = workspace_root().join("testkits/node/index.js");
    let run = scripts.join("run.mjs");
    let programs = [built("chappe"), built("examples/secret_peer"), browser, kit, www];
    execute(Command::new("node").arg(run).args(programs))
}
