//! The server of the matrix: `crates/chappe-server/examples/interop.rs` as a process.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::Result;
use crate::process::built;

pub(super) struct Server {
    child: Child,
    pipes: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    /// The line that every client gets.
    pub(super) facts: String,
}

impl Server {
    pub(super) fn start() -> Result<Self> {
        let mut child =
            Command::new(built("examples/interop")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().ok_or("no standard input")?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no standard output")?).lines();
        let facts = lines.next().ok_or("the server did not start")??;
        Ok(Self { child, pipes: Mutex::new((input, lines)), facts })
    }

    pub(super) fn ask(&self, command: &Value) -> Result<Value> {
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(pipes.0, "{command}")?;
        let line = pipes.1.next().ok_or("the server has ended")??;
        Ok(serde_json::from_str(&line)?)
    }

    /// From now on every packet from or to this account ends its connection.
    pub(super) fn cut(&self, user: i64) -> Result<()> {
        self.ask(&json!({ "do": "cut", "user": user })).map(drop)
    }

    /// Nothing goes wrong any more.
    pub(super) fn heal(&self) -> Result<()> {
        self.ask(&json!({ "do": "heal" })).map(drop)
    }

    pub(super) fn stats(&self) -> Result<Value> {
        self.ask(&json!({ "do": "stats" }))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
