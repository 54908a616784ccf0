//! The real binary in fresh folders.
#![allow(dead_code, reason = "every test program uses its own part of it")]
#![allow(clippy::panic, clippy::unwrap_used, reason = "these are tests")]

pub(crate) mod rpc;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// `chappe` with these arguments and nothing from the environment.
pub(crate) fn chappe(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chappe"));
    command.args(arguments).stdin(Stdio::null()).env_remove("RUST_LOG");
    for name in [
        "CHAPPE_SERVER",
        "CHAPPE_SERVER_KEY",
        "CHAPPE_SESSION",
        "CHAPPE_API_ID",
        "CHAPPE_API_HASH",
        "CHAPPE_PASSPHRASE",
        "CHAPPE_PASSPHRASE_FILE",
        "CHAPPE_TLS_ROOTS",
        "CHAPPE_WEBSOCKET",
    ] {
        command.env_remove(name);
    }
    command
}

/// What a command that ends well writes to its standard output.
pub(crate) fn output(arguments: &[&str]) -> String {
    let output = chappe(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A `PATH` on which `chappe` is the one under test.
pub(crate) fn path_with_chappe() -> std::ffi::OsString {
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_chappe")).parent().unwrap().to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&others))).unwrap()
}

/// A fresh folder, deleted at the end.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }
}

/// A running `chappe serve`, ended with the value.
pub(crate) struct Serve {
    process: Child,
    pub(crate) address: String,
    pub(crate) key: String,
    pub(crate) facts: serde_json::Value,
    pub(crate) folder: Folder,
}

impl Serve {
    /// What a client command needs to find this server.
    pub(crate) fn arguments(&self, session: &str) -> Vec<String> {
        let session = self.folder.path(session);
        ["--server", &self.address, "--server-key", &self.key, "--session", &session]
            .map(str::to_owned)
            .to_vec()
    }

    /// Runs a client command and gives what it printed.
    pub(crate) fn run(&self, session: &str, command: &[&str], options: &[&str]) -> String {
        let arguments = self.arguments(session);
        let all: Vec<&str> = command.iter().copied().chain(arguments.iter().map(String::as_str)).collect();
        let output = chappe(&all).args(options).output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn serve(options: &[&str]) -> Serve {
    let mut process =
        chappe(&["serve", "--print-json"]).args(options).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&line).unwrap();
    let folder = Folder::new();
    let key = folder.path("public.pem");
    std::fs::write(&key, facts["public_key"].as_str().unwrap()).unwrap();
    Serve { process, address: facts["address"].as_str().unwrap().to_owned(), key, facts, folder }
}
