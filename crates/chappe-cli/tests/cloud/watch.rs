use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::common::chappe;
use crate::{ALICE, Two};

/// A running `chappe watch`, ended with the value.
struct Watch {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Watch {
    fn begin(two: &Two, session: &str, options: &[&str]) -> Self {
        let arguments = two.server.arguments(session);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = chappe(&[&["watch", "--json"], &arguments[..], options].concat());
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut watch = Self { process, lines };
        watch.next("watching");
        watch
    }

    /// The next event with this name.
    fn next(&mut self, event: &str) -> Value {
        loop {
            let line = self.lines.next().unwrap_or_else(|| panic!("it ends before {event}")).unwrap();
            let line: Value = serde_json::from_str(&line).unwrap();
            if line["event"] == event {
                return line;
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

#[test]
fn events_come_as_they_happen() {
    let two = Two::new();
    let mut watch = Watch::begin(&two, "alice", &[]);
    let sent = two.one("bob", &["send", ALICE, "hello"]);
    let message = watch.next("message");
    assert_eq!((&message["text"], &message["outgoing"]), (&"hello".into(), &false.into()));
    assert_eq!(message["chat"], sent["sender"]);
    let delete = format!(r#"{{"revoke": true, "id": [{}]}}"#, sent["id"]);
    two.text("bob", &["invoke", "messages.deleteMessages", &delete]);
    assert_eq!(watch.next("deleted")["ids"], serde_json::json!([message["id"]]));
}

#[test]
#[cfg(unix)]
fn it_ends_well_by_an_interrupt_and_by_its_limit() {
    let two = Two::new();
    let mut watch = Watch::begin(&two, "alice", &[]);
    let status = Command::new("kill").args(["-INT", &watch.process.id().to_string()]).status().unwrap();
    assert!(status.success());
    assert_eq!(watch.process.wait().unwrap().code(), Some(0));
    two.one("bob", &["send", ALICE, "while you were away"]);
    let mut watch = Watch::begin(&two, "alice", &["--limit", "1"]);
    assert_eq!(watch.next("message")["text"], "while you were away");
    assert_eq!(watch.process.wait().unwrap().code(), Some(0));
}
