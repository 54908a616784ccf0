//! One stock client as a process: commands go in, answers and events come out, one JSON object a line.
//!
//! `interop/clients/lines.py` describes the conversation.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Result;

/// How long a client may take for one command.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a cell of the matrix is not a plain yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The library has no way to do it, and why.
    Cannot(String),
    /// It went wrong.
    Failed(String),
}

pub(super) type Outcome<T = Value> = std::result::Result<T, Trouble>;

pub(super) fn failed<T>(why: impl Into<String>) -> Outcome<T> {
    Err(Trouble::Failed(why.into()))
}

/// A running client.
pub(super) struct Client {
    pub(super) name: &'static str,
    child: Child,
    input: Mutex<(ChildStdin, u64)>,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Heard {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    answers: HashMap<u64, Value>,
    events: Vec<Value>,
    /// How things were done that are worth a note.
    notes: Vec<String>,
    ended: bool,
}

impl Heard {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `found` finds something.
    fn wait<T>(&self, patience: Duration, mut found: impl FnMut(&mut State) -> Option<T>) -> Outcome<T> {
        let deadline = Instant::now() + patience;
        let mut state = self.lock();
        loop {
            if let Some(found) = found(&mut state) {
                return Ok(found);
            }
            if state.ended {
                return failed("the client's process has ended");
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return failed(format!("nothing within {} s", patience.as_secs()));
            }
            state = self.news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn take_line(&self, line: &str) {
        let Ok(value) = serde_json::from_str::<Value>(line) else {
            eprintln!("not a line of ours: {line}");
            return;
        };
        let mut state = self.lock();
        match value["id"].as_u64() {
            Some(id) => drop(state.answers.insert(id, value)),
            None => state.events.push(value),
        }
        self.news.notify_all();
    }
}

impl Client {
    /// Starts the process; `command` gets the server's facts as its last argument.
    pub(super) fn start(name: &'static str, mut command: Command, facts: &str) -> Result<Self> {
        let mut child = command
            .arg(facts)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name} cannot be started: {error}"))?;
        let input = child.stdin.take().ok_or("no standard input")?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let heard = Arc::new(Heard::default());
        let listener = Arc::clone(&heard);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(std::io::Result::ok) {
                listener.take_line(&line);
            }
            listener.lock().ended = true;
            listener.news.notify_all();
        });
        Ok(Self { name, child, input: Mutex::new((input, 0)), heard })
    }

    /// Does something as the account that the client calls `account`.
    pub(super) fn run(&self, account: &str, verb: &str, mut fields: Value) -> Outcome {
        let id = {
            let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
            input.1 += 1;
            let id = input.1;
            fields["id"] = json!(id);
            fields["as"] = json!(account);
            fields["do"] = json!(verb);
            writeln!(input.0, "{fields}").map_err(|error| Trouble::Failed(format!("{verb}: {error}")))?;
            id
        };
        let answer = self.heard.wait(PATIENCE, |state| state.answers.remove(&id));
        let answer = answer.map_err(|trouble| about(verb, trouble))?;
        if let Some(why) = answer["failed"].as_str() {
            return failed(format!("{verb}: {why}"));
        }
        if let Some(why) = answer["cannot"].as_str() {
            return Err(Trouble::Cannot(why.to_owned()));
        }
        if let Some(how) = answer["ok"]["how"].as_str() {
            self.heard.lock().notes.push(how.to_owned());
        }
        Ok(answer["ok"].clone())
    }

    /// Does something as its main account.
    pub(super) fn user(&self, verb: &str, fields: Value) -> Outcome {
        self.run("user", verb, fields)
    }

    /// Takes the first event of this account that fits; others stay for others.
    pub(super) fn event(
        &self,
        account: &str,
        what: &str,
        patience: Duration,
        fits: impl Fn(&Value) -> bool,
    ) -> Outcome {
        let found = self.heard.wait(patience, |state| {
            let at = state.events.iter().position(|event| event["as"] == account && fits(event))?;
            Some(state.events.remove(at))
        });
        found.map_err(|trouble| about(what, trouble))
    }

    /// How many events of this account there are that fit.
    pub(super) fn count_events(&self, account: &str, fits: impl Fn(&Value) -> bool) -> usize {
        self.heard.lock().events.iter().filter(|event| event["as"] == account && fits(event)).count()
    }

    /// What is worth a note since the last time.
    pub(super) fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().notes)
    }
}

fn about(what: &str, trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Failed(why) => Trouble::Failed(format!("{what}: {why}")),
        cannot @ Trouble::Cannot(_) => cannot,
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
