//! Programs that the task starts: ours in the background, tools in the foreground.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::{Result, workspace_root};

/// How long any one step of a client may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process that is ended when its owner is dropped.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// SIGKILL; returns once the process is gone.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// What it reads, if that is a pipe.
    pub(crate) fn stdin(&mut self) -> Option<&mut std::process::ChildStdin> {
        self.0.stdin.as_mut()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Cargo as it is started at a terminal. What the cargo that runs this task has set about its package makes build scripts
/// that ask for such things, as that of `ring` does, run again, and everything behind them be compiled anew.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    for (name, _) in std::env::vars_os() {
        let about_us =
            |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start));
        if name.to_str().is_some_and(about_us) {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Builds our programs and these examples, with the features that `cargo test --workspace` has: what that built is taken as
/// it is. A package by itself would have most of what it depends on compiled anew.
pub(crate) fn build(examples: &[&str]) -> Result<()> {
    let mut cargo = cargo();
    cargo.args(["build", "--quiet", "--workspace", "--bin", "chappe", "--bin", "chappe-examples"]);
    // There has to be one, or the features of the tests are not on.
    let examples = if examples.is_empty() { &["raw_call"] } else { examples };
    for example in examples {
        cargo.args(["--example", example]);
    }
    execute(&mut cargo)
}

/// Copies the scripts of a folder in `interop` next to what npm installs for them.
pub(crate) fn install_npm(client: &str) -> Result<PathBuf> {
    let source = workspace_root().join("interop").join(client);
    let folder = workspace_root().join("target/interop").join(client);
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(source)? {
        let path = entry?.path();
        if let Some(name) = path.file_name().filter(|_| path.is_file()) {
            std::fs::copy(&path, folder.join(name))?;
        }
    }
    npm_install(&folder)?;
    Ok(folder)
}

/// Installs what the `package.json` of a folder names.
pub(crate) fn npm_install(folder: &Path) -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
    let status = npm.current_dir(folder).status().map_err(|error| {
        format!("npm cannot be started ({error}): install Node.js 20 or newer together with npm")
    })?;
    if status.success() { Ok(()) } else { Err(format!("npm install ended with {status}").into()) }
}

/// A virtual environment of this name with the packages. Returns its Python.
pub(crate) fn install_pip(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = workspace_root().join("target/interop").join(name);
    let python = folder.join("bin/python");
    if !python.exists() {
        let made = execute(Command::new("python3").args(["-m", "venv"]).arg(folder));
        made.map_err(|error| format!("{error}: install Python 3.11 or newer with venv"))?;
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    execute(Command::new(&python).args(pip).args(packages))?;
    Ok(python)
}

/// Installs one of Debian's packages, if this is Debian and we may.
pub(crate) fn install_debian(package: &str) -> Result<()> {
    if is_root() && Path::new("/usr/bin/apt-get").exists() {
        execute(Command::new("apt-get").args(["update", "--quiet=2"]))?;
        let install = ["install", "--yes", "--quiet=2", package];
        execute(Command::new("apt-get").args(install).stdout(Stdio::null()))?;
    }
    Ok(())
}

pub(crate) fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Copies a folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Runs a tool to its end, at the root of the workspace unless it has another place.
pub(crate) fn execute(command: &mut Command) -> Result<()> {
    if command.get_current_dir().is_none() {
        command.current_dir(workspace_root());
    }
    let status = command.status().map_err(|error| format!("{command:?} cannot be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

/// The path of a program of ours.
pub(crate) fn built(program: &str) -> PathBuf {
    target().join("debug").join(program)
}

/// Where Cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace_root().join("target"), PathBuf::from)
}

/// Starts a program of ours; its lines arrive in the channel.
pub(crate) fn start(program: &str, arguments: &[&str]) -> Result<(Running, mpsc::Receiver<String>)> {
    launch(Command::new(built(program)).args(arguments))
}

/// The same for any command.
pub(crate) fn launch(command: &mut Command) -> Result<(Running, mpsc::Receiver<String>)> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{command:?} cannot be started: {error}"))?;
    let output: ChildStdout = child.stdout.take().ok_or("no standard output")?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(std::io::Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    Ok((Running(child), receiver))
}

pub(crate) fn next_line(lines: &mpsc::Receiver<String>, process: &mut Running) -> Result<String> {
    lines.recv_timeout(PATIENCE).map_err(|_| match process.0.try_wait() {
        Ok(Some(status)) => format!("the process ended with {status}").into(),
        _ => format!("no output for {} s", PATIENCE.as_secs()).into(),
    })
}

pub(crate) fn expect(lines: &mpsc::Receiver<String>, process: &mut Running, text: &str) -> Result<()> {
    loop {
        let line = next_line(lines, process).map_err(|error| format!("waiting for {text}: {error}"))?;
        if line.contains(text) {
            return Ok(());
        }
    }
}
