//! `cargo xtask ci`: what CI checks besides the tests.

use std::path::Path;
use std::process::Command;

use crate::process::execute;
use crate::{Result, doc_examples, workspace_root};

/// The crates that know no socket, file, clock or system randomness.
const CORES: [&str; 7] = [
    "chappe-tl",
    "chappe-api",
    "chappe-crypto",
    "chappe-mtproto",
    "chappe-secret",
    "chappe-updates",
    "chappe-layers",
];

/// What must not stand in the dependency tree of a core.
const DRIVERS: [&str; 6] = ["tokio", "mio", "socket2", "getrandom", "sqlx", "async-std"];

/// Calls that bring in a clock, randomness, sockets or files; no core may contain them outside tests.
const ENVIRONMENT: [&str; 8] = [
    "Instant::now",
    "SystemTime::now",
    "getrandom",
    "thread_rng",
    "OsRng",
    "std::net::Tcp",
    "std::fs::",
    "std::thread::spawn",
];

/// What the client may not call by itself: its module `rt` does, and has an equivalent for the browser.
const RUNTIME: [&str; 6] =
    ["tokio::fs", "tokio::net", "tokio::spawn", "tokio::task", "tokio::time", "std::thread"];

/// Words that must not stand in the tree: it speaks of the project alone.
const FOREIGN_PATHS: [&str; 3] = ["/home/", "/root/", "/tmp/"];

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run only the checks whose name contains this.
    only: Option<String>,
}

type Check = (&'static str, fn() -> Result<()>);

const CHECKS: [Check; 12] = [
    ("format", || cargo(&["fmt", "--all", "--check"])),
    ("generated code", || cargo(&["xtask", "generate", "--check"])),
    ("clippy", || cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])),
    ("the old envelope", || {
        let tests = ["--package", "chappe-secret", "--features", "mtproto1", "--lib", "--test", "mtproto1"];
        cargo(&[&["test", "--quiet"][..], &tests].concat())
    }),
    ("docs", docs),
    ("the client shows how it is used", client_shows_how_it_is_used),
    ("cores know no driver", cores_know_no_driver),
    ("cores know no environment", cores_know_no_environment),
    ("client knows its runtime by one module", client_knows_its_runtime_by_one_module),
    ("cores and client build for wasm", cores_and_client_build_for_wasm),
    ("no foreign paths", no_foreign_paths),
    ("dependencies", dependencies),
];

/// Runs the checks in order and stops at the first that fails.
///
/// # Errors
/// A check failed; its own output says why.
pub(crate) fn run(args: &Args) -> Result<()> {
    for (name, check) in CHECKS {
        if args.only.as_ref().is_none_or(|only| name.contains(only.as_str())) {
            println!("== {name}");
            check().map_err(|error| format!("{name}: {error}"))?;
        }
    }
    println!("all checks passed");
    Ok(())
}

fn cargo(args: &[&str]) -> Result<()> {
    execute(crate::process::cargo().args(args))
}

fn docs() -> Result<()> {
    execute(
        crate::process::cargo()
            .args(["doc", "--workspace", "--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    )
}

fn client_shows_how_it_is_used() -> Result<()> {
    let mut missing = Vec::new();
    for_each_file(&workspace_root().join("crates/chappe/src"), &mut |path, text| {
        let path = path.strip_prefix(workspace_root()).unwrap_or(path).display();
        missing
            .extend(doc_examples::missing(text).iter().map(|(line, item)| format!("{path}:{line}: {item}")));
        Ok(())
    })?;
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("there is no example in the docs of\n{}", missing.join("\n")).into()),
    }
}

fn cores_know_no_driver() -> Result<()> {
    for core in CORES {
        let output = crate::process::cargo()
            .args(["tree", "--package", core, "--edges", "normal", "--prefix", "none", "--format", "{p}"])
            .current_dir(workspace_root())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let tree = String::from_utf8_lossy(&output.stdout);
        if let Some(driver) =
            tree.lines().find(|line| line.split(' ').next().is_some_and(|name| DRIVERS.contains(&name)))
        {
            return Err(format!("{core} depends on {driver}").into());
        }
    }
    Ok(())
}

fn cores_know_no_environment() -> Result<()> {
    for core in CORES {
        let sources = workspace_root().join("crates").join(core).join("src");
        for_each_file(&sources, &mut |path, text| {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in lines {
                if let Some(call) = ENVIRONMENT.iter().find(|call| line.contains(**call)) {
                    return Err(
                        format!("{}: {call} in a core: take it as an argument", path.display()).into()
                    );
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn client_knows_its_runtime_by_one_module() -> Result<()> {
    let sources = workspace_root().join("crates/chappe/src");
    let own = sources.join("rt");
    for_each_file(&sources, &mut |path, text| {
        // What exists natively alone may use what exists there.
        if path.starts_with(&own) || path.starts_with(sources.join("session/sqlite")) {
            return Ok(());
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in lines {
            let clock =
                line.contains("std::time") && ["Instant", "SystemTime"].iter().any(|c| line.contains(c));
            let call = RUNTIME.iter().find(|call| line.contains(**call)).or(clock.then_some(&"a clock"));
            if let Some(call) = call {
                return Err(
                    format!("{}: {call} in the client: take it from crate::rt", path.display()).into()
                );
            }
        }
        Ok(())
    })
}

fn cores_and_client_build_for_wasm() -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    execute(Command::new("rustup").args(["target", "add", TARGET]))?;
    let packages = CORES.iter().chain(&["chappe", "chappe-web"]).flat_map(|package| ["--package", package]);
    let lints = ["--", "--deny", "warnings"];
    execute(crate::process::cargo().args(["clippy", "--target", TARGET]).args(packages).args(lints))
}

fn no_foreign_paths() -> Result<()> {
    let output = Command::new("git").args(["ls-files"]).current_dir(workspace_root()).output()?;
    for name in String::from_utf8_lossy(&output.stdout).lines().filter(|name| *name != "xtask/src/ci.rs") {
        let Ok(text) = std::fs::read_to_string(workspace_root().join(name)) else { continue };
        if let Some(path) = FOREIGN_PATHS.iter().find(|path| text.contains(**path)) {
            return Err(format!("{name} names a path of one machine: {path}").into());
        }
    }
    Ok(())
}

/// `cargo deny`, where it is installed: building it costs more than everything else here together.
fn dependencies() -> Result<()> {
    let installed = crate::process::cargo().args(["deny", "--version"]).output()?.status.success();
    if installed {
        cargo(&["deny", "check", "bans", "licenses", "sources"])
    } else {
        println!("skipped: cargo-deny is not installed (cargo install --locked cargo-deny)");
        Ok(())
    }
}

fn for_each_file(folder: &Path, visit: &mut impl FnMut(&Path, &str) -> Result<()>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            for_each_file(&path, visit)?;
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_name().is_none_or(|name| name != "tests.rs")
        {
            visit(&path, &std::fs::read_to_string(&path)?)?;
        }
    }
    Ok(())
}
