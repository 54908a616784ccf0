//! `cargo xtask interop`: stock clients, unmodified, against our server.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::{Result, workspace_root};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The client to run; all of them when left out.
    client: Option<Foreign>,
}

/// A client of another project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Foreign {
    /// GramJS 2.26.22, from npm.
    Gramjs,
}

/// How long any one step of a client may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Installs the client and runs it against a fresh server.
///
/// # Errors
/// A tool is missing, or the client met something that it did not expect; its own output says what.
pub(crate) fn run(args: &Args) -> Result<()> {
    match args.client.unwrap_or(Foreign::Gramjs) {
        Foreign::Gramjs => gramjs(),
    }
}

/// A process that is ended when its owner is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn gramjs() -> Result<()> {
    println!("== gramjs");
    execute(Command::new("cargo").args(["build", "--package", "chappe-cli"]))?;
    execute(Command::new("cargo").args(["build", "--package", "chappe", "--example", "secret_peer"]))?;
    let folder = install("gramjs")?;

    let (mut server, server_output) = start("chappe", &["serve", "--listen", "127.0.0.1:0", "--print-json"])?;
    let ready = next_line(&server_output, &mut server)?;
    let facts: serde_json::Value = serde_json::from_str(&ready)?;
    let key = folder.join("server-key.pem");
    let field = |name: &str| facts[name].as_str().ok_or_else(|| format!("no {name} in {ready}"));
    std::fs::write(&key, field("public_key")?)?;
    let peer_phone = "9996621111";
    let key = key.display().to_string();
    let peer_arguments = ["--server", field("address")?, "--server-key", &key, "--phone", peer_phone];
    let (mut peer, peer_output) = start("examples/secret_peer", &peer_arguments)?;
    expect(&peer_output, &mut peer, r#""event":"ready""#)?;

    let mut client = Command::new("node");
    execute(client.arg(folder.join("run.js")).arg(&ready).arg(peer_phone))?;
    // What GramJS sent, decrypted by our client.
    expect(&peer_output, &mut peer, r#""ttl_seconds":77"#)?;
    println!("gramjs: our client decrypted what GramJS sent");
    Ok(())
}

/// Copies the scripts of a client next to what npm installs for them.
fn install(client: &str) -> Result<PathBuf> {
    let source = workspace_root().join("interop").join(client);
    let folder = workspace_root().join("target/interop").join(client);
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(source)? {
        let path = entry?.path();
        if let Some(name) = path.file_name() {
            std::fs::copy(&path, folder.join(name))?;
        }
    }
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
    let status = npm.current_dir(&folder).status().map_err(|error| {
        format!("npm cannot be started ({error}): install Node.js 20 or newer together with npm")
    })?;
    if status.success() { Ok(folder) } else { Err(format!("npm install ended with {status}").into()) }
}

fn execute(command: &mut Command) -> Result<()> {
    let status = command
        .current_dir(workspace_root())
        .status()
        .map_err(|error| format!("{command:?} cannot be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

/// Starts a program of ours; its lines arrive in the channel.
fn start(program: &str, arguments: &[&str]) -> Result<(Running, mpsc::Receiver<String>)> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace_root().join("target"), PathBuf::from);
    let mut command = Command::new(target.join("debug").join(program));
    let mut child = command
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program} cannot be started: {error}"))?;
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

fn next_line(lines: &mpsc::Receiver<String>, process: &mut Running) -> Result<String> {
    lines.recv_timeout(PATIENCE).map_err(|_| match process.0.try_wait() {
        Ok(Some(status)) => format!("the process ended with {status}").into(),
        _ => format!("no output for {} s", PATIENCE.as_secs()).into(),
    })
}

fn expect(lines: &mpsc::Receiver<String>, process: &mut Running, text: &str) -> Result<()> {
    loop {
        let line = next_line(lines, process).map_err(|error| format!("waiting for {text}: {error}"))?;
        if line.contains(text) {
            return Ok(());
        }
    }
}
