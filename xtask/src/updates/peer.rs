//! One client process.

use std::path::PathBuf;
use std::process::Child;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use super::spawn::spawn;
use crate::Result;

/// How long a process may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a process is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Told to.
    Asked,
    /// SIGKILL.
    Killed,
}

pub(super) struct Peer {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    process: Option<Child>,
    lines: mpsc::Receiver<Value>,
    is_done: bool,
}

impl Peer {
    pub(super) fn start(name: &str, program: PathBuf, arguments: Vec<String>) -> Result<Self> {
        let lines = mpsc::channel().1;
        let name = name.to_owned();
        let mut peer = Self { name, program, arguments, process: None, lines, is_done: false };
        peer.start_again()?;
        Ok(peer)
    }

    /// A new process with the same session.
    pub(super) fn start_again(&mut self) -> Result<()> {
        let (process, lines) = spawn(&self.program, &self.arguments)?;
        self.process = Some(process);
        self.lines = lines;
        let silent = |_| format!("{} does not start: see what it wrote above", self.name);
        match self.lines.recv_timeout(PATIENCE).map_err(silent)? {
            line if line["event"] == "ready" => Ok(()),
            line => Err(format!("{}: {line}", self.name).into()),
        }
    }

    /// Returns once the process is gone.
    pub(super) fn end(&mut self, how: End) -> Result<()> {
        self.is_done();
        let Some(mut process) = self.process.take() else { return Ok(()) };
        if how == End::Killed {
            process.kill()?;
            process.wait()?;
            return Ok(());
        }
        drop(process.stdin.take());
        // Its output ends with it.
        while self.lines.recv_timeout(PATIENCE).is_ok() {}
        match process.wait()? {
            status if status.success() => Ok(()),
            status => Err(format!("{} ended with {status}", self.name).into()),
        }
    }

    /// Whether it has said that it has done all that it was to do.
    pub(super) fn is_done(&mut self) -> bool {
        self.is_done |= self.lines.try_iter().any(|line| line["event"] == "sent");
        self.is_done
    }

    /// An error if the process has ended by itself without having done everything.
    pub(super) fn check(&mut self) -> Result<()> {
        if self.is_done() {
            return Ok(());
        }
        match self.process.as_mut().map(Child::try_wait) {
            Some(Ok(Some(status))) if !self.is_done() => {
                Err(format!("{} ended with {status}", self.name).into())
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // It may have ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
