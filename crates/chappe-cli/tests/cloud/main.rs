//! The commands about the cloud, as people run them.

#![allow(clippy::panic, clippy::unwrap_used, reason = "these are tests")]

#[path = "../common/mod.rs"]
mod common;

mod files;
mod input;
mod manual;
mod messages;
mod people;
mod watch;

use common::{Serve, chappe, serve};
use serde_json::Value;

/// A server on which two people are logged in and know each other.
struct Two {
    server: Serve,
}

const ALICE: &str = "+9996621001";
const BOB: &str = "+9996621002";

impl Two {
    fn new() -> Self {
        let two = Self { server: serve(&["--test-key"]) };
        for (session, phone, name) in [("alice", ALICE, "Alice"), ("bob", BOB, "Bob")] {
            two.server.run(session, &["login"], &["--phone", phone, "--code", "22222", "--name", name]);
        }
        two.json("alice", &["contacts", "add", BOB, "Bob"]);
        two.json("bob", &["contacts", "add", ALICE, "Alice", "Liddell"]);
        two
    }

    /// The lines of JSON that a command prints.
    fn json(&self, session: &str, command: &[&str]) -> Vec<Value> {
        let printed = self.server.run(session, command, &["--json"]);
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The one line of JSON that a command prints.
    fn one(&self, session: &str, command: &[&str]) -> Value {
        let mut lines = self.json(session, command);
        assert_eq!(lines.len(), 1, "{command:?}: {lines:?}");
        lines.remove(0)
    }

    /// What a command prints for people.
    fn text(&self, session: &str, command: &[&str]) -> String {
        self.server.run(session, command, &[])
    }

    /// The exit code of a command that fails, and what it says.
    fn failure(&self, session: &str, command: &[&str]) -> (i32, String) {
        let arguments = self.server.arguments(session);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = chappe(&[command, &arguments].concat()).output().unwrap();
        assert!(output.stdout.is_empty(), "{command:?}: {}", String::from_utf8_lossy(&output.stdout));
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }
}
