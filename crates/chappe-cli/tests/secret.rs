//! Two people in two terminals.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "these are tests")]

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use common::{Serve, chappe, serve};
use serde_json::Value;

/// `chappe secret watch --accept` of one person.
struct Watch {
    process: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(server: &Serve, session: &str) -> Self {
        let arguments = server.arguments(session);
        let mut process = chappe(&["secret", "watch", "--accept", "--json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// The next action of this name.
    fn action(&mut self, name: &str) -> Value {
        loop {
            let action = self.wait_for("action");
            if action["name"] == name {
                return action;
            }
        }
    }

    /// The next event of this kind.
    fn wait_for(&mut self, kind: &str) -> Value {
        loop {
            let line = self.lines.next().expect("the watcher goes on").unwrap();
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["event"] == kind {
                return event;
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn login(server: &Serve, session: &str, phone: &str) {
    server.run(session, &["login"], &["--phone", phone, "--code", "22222", "--name", session]);
}

fn secret(server: &Serve, session: &str, command: &[&str]) -> Value {
    let command: Vec<&str> = ["secret"].iter().chain(command).copied().collect();
    let printed = server.run(session, &command, &["--json"]);
    serde_json::from_str(printed.lines().last().unwrap_or("null")).unwrap()
}

#[test]
fn two_people_talk_through_the_command_line() {
    let server = serve(&[]);
    login(&server, "alice", "9996621001");
    login(&server, "bob", "9996621002");
    let mut bob = Watch::start(&server, "bob");

    let new = secret(&server, "alice", &["new", "9996621002"]);
    let chat = new["chat"].to_string();
    assert_eq!(bob.wait_for("ready")["key"], new["key"], "both see one key");

    let sent = secret(&server, "alice", &["send", &chat, "Nobody else reads this."]);
    let message = bob.wait_for("message");
    assert_eq!(message["text"], "Nobody else reads this.");
    assert_eq!(message["random_id"], sent["random_id"]);

    secret(&server, "alice", &["ttl", &chat, "30"]);
    assert_eq!(bob.action("SetMessageTTL")["seconds"], 30);
    secret(&server, "alice", &["delete", &chat, sent["random_id"].as_str().unwrap()]);
    bob.action("DeleteMessages");

    let changed = secret(&server, "alice", &["rekey", &chat]);
    assert_eq!(changed["event"], "key_changed");
    assert_eq!(secret(&server, "alice", &["key", &chat])["key"], new["key"], "the picture stays");

    let listed = secret(&server, "alice", &["list"]);
    assert_eq!((&listed["state"], &listed["ttl"]), (&Value::from("ready"), &Value::from(30)));
    secret(&server, "alice", &["close", &chat]);
    assert_eq!(bob.wait_for("closed")["reason"], "discarded");
}

#[test]
fn a_request_waits_until_it_is_declined() {
    let server = serve(&[]);
    login(&server, "alice", "9996621001");
    login(&server, "bob", "9996621002");
    let waiting = secret(&server, "alice", &["new", "9996621002", "--wait", "0"]);
    assert_eq!(waiting["state"], "waiting");
    let chat = waiting["chat"].to_string();

    // Bob was not there; the request waits for him.
    let requested = secret(&server, "bob", &["list"]);
    assert_eq!(requested["state"], "requested");
    secret(&server, "bob", &["decline", &chat]);
    assert_eq!(secret(&server, "alice", &["list"])["state"], "discarded");
}

#[test]
fn a_session_without_login_is_told_to_log_in() {
    let server = serve(&[]);
    let arguments = server.arguments("nobody");
    let refused = chappe(&["secret", "list"]).args(arguments).output().unwrap();
    assert_eq!(refused.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("chappe login"));
}
