//! One client process.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::spawn::spawn;
use crate::Result;

/// How long a process may take for one thing.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a history holds: numbers of the texts of this side and of the other.
pub(super) struct Texts {
    pub(super) said: Vec<u64>,
    pub(super) heard: Vec<u64>,
}

pub(super) struct Side {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    process: Child,
    lines: mpsc::Receiver<Value>,
    pub(super) chat: Value,
    /// The number of the next text.
    next: u64,
    /// Texts whose confirmation has been read, by their number.
    confirmed: Option<u64>,
    /// Numbers of texts that this process was told to send, oldest first, and has not confirmed.
    waiting: std::collections::VecDeque<u64>,
}

impl Side {
    pub(super) fn start(name: &str, program: &Path, arguments: Vec<String>) -> Result<Self> {
        let (process, lines) = spawn(program, &arguments)?;
        let mut side = Self {
            name: name.to_owned(),
            program: program.to_owned(),
            arguments,
            process,
            lines,
            chat: Value::Null,
            next: 0,
            confirmed: None,
            waiting: std::collections::VecDeque::new(),
        };
        side.wait(|line| line["event"] == "ready")?;
        Ok(side)
    }

    /// The last number that was confirmed.
    pub(super) fn confirmed(&self) -> Option<u64> {
        self.confirmed
    }

    /// Writes a command and does not wait.
    pub(super) fn tell(&mut self, command: Value) -> Result<()> {
        let input = self.process.stdin.as_mut().ok_or("no standard input")?;
        writeln!(input, "{command}")?;
        input.flush()?;
        Ok(())
    }

    /// Tells the process to send the next text.
    pub(super) fn say(&mut self) -> Result<()> {
        let number = self.next;
        self.tell(json!({"do": "text", "chat": self.chat, "text": number.to_string()}))?;
        self.waiting.push_back(number);
        self.next += 1;
        Ok(())
    }

    /// Writes a command and waits for its answer.
    pub(super) fn ask(&mut self, command: Value) -> Result<Value> {
        let verb = command["do"].clone();
        self.tell(command)?;
        self.wait(|line| line["event"] == "done" && line["do"] == verb)
    }

    /// The first line that is `wanted`. Others count for what they are.
    pub(super) fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).map_err(|_| format!("{} is silent", self.name))?;
            self.note(&line)?;
            if wanted(&line) {
                return Ok(line);
            }
        }
    }

    fn note(&mut self, line: &Value) -> Result<()> {
        if line["event"] == "done" && line["do"] == "text" {
            self.confirmed = self.waiting.pop_front().or(self.confirmed);
        }
        // Another exchange may be under way: that is the one error that is to be expected.
        let refused = line["event"] == "error" && line["do"] != "rekey";
        if refused || line["event"] == "closed" {
            return Err(format!("{}: {line}", self.name).into());
        }
        Ok(())
    }

    /// SIGKILL. What the process had said before is read.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.note(&line)?;
        }
        Ok(())
    }

    /// A new process with the same session. Its history tells which number comes next.
    pub(super) fn start_again(&mut self) -> Result<()> {
        (self.process, self.lines) = spawn(&self.program, &self.arguments)?;
        self.waiting.clear();
        self.wait(|line| line["event"] == "ready")?;
        let said = self.texts()?.said;
        self.next = said.last().map_or(0, |last| last + 1);
        match self.confirmed {
            Some(confirmed) if confirmed >= self.next => {
                Err(format!("{}: {confirmed} was confirmed and is not in its history", self.name).into())
            }
            _ => Ok(()),
        }
    }

    /// The whole history.
    pub(super) fn texts(&mut self) -> Result<Texts> {
        let history = self.ask(json!({"do": "history", "chat": self.chat}))?;
        let numbers = |name: &str| -> Result<Vec<u64>> { Ok(serde_json::from_value(history[name].clone())?) };
        Ok(Texts { said: numbers("said")?, heard: numbers("heard")? })
    }

    /// The chat is usable, and nothing is missing.
    pub(super) fn check_open(&mut self) -> Result<()> {
        let info = self.ask(json!({"do": "info", "chat": self.chat}))?;
        match info["state"] == "Ready" && info["pending"] == 0 {
            true => Ok(()),
            false => Err(format!("{}: {info}", self.name).into()),
        }
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
