//! One client as a process.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Result;
use crate::process::{Running, launch};

/// How long one command may take: the slowest client needs minutes for the file on a busy machine.
const PATIENCE: Duration = Duration::from_secs(1200);

pub(super) struct Client {
    process: Running,
    lines: mpsc::Receiver<String>,
    /// Seconds from the start of the process to its first answer from the server.
    pub(super) started: f64,
}

impl Client {
    pub(super) fn start(command: &mut Command, since: Instant) -> Result<Self> {
        let (process, lines) = launch(command.stdin(Stdio::piped()))?;
        let mut client = Self { process, lines, started: 0.0 };
        client.answer()?;
        client.started = since.elapsed().as_secs_f64();
        Ok(client)
    }

    pub(super) fn tell(&mut self, command: &Value) -> Result<()> {
        let input = self.process.stdin().ok_or("no standard input")?;
        Ok(writeln!(input, "{command}")?)
    }

    /// The next line.
    pub(super) fn answer(&mut self) -> Result<Value> {
        let line = self.lines.recv_timeout(PATIENCE).map_err(|_| "a client says nothing, or has ended")?;
        let answer: Value = serde_json::from_str(&line)?;
        match answer["failed"].as_str() {
            Some(why) => Err(format!("a client failed: {why}").into()),
            None => Ok(answer),
        }
    }

    /// The seconds in the next line.
    pub(super) fn answered(&mut self) -> Result<f64> {
        let answer = self.answer()?;
        answer["seconds"].as_f64().ok_or_else(|| format!("no seconds in {answer}").into())
    }

    /// Does something; how many seconds it took.
    pub(super) fn seconds(&mut self, command: &Value) -> Result<f64> {
        self.tell(command)?;
        self.answered()
    }

    /// Bytes of memory, by the name in `/proc`.
    pub(super) fn memory(&self, name: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let kib: f64 = line.trim_start_matches(':').trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024.0)
    }

    /// Processor time so far.
    pub(super) fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // Behind the name, which is in brackets: user and system time are the 12th and 13th from there.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks: u64 = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        // A hundred a second on every Linux.
        Ok(Duration::from_millis(ticks * 10))
    }
}
