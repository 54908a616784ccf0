//! The programs of `docs/examples`, in both roles.
//!
//! They are left out where Python or Node is missing, unless `CHAPPE_EXAMPLES` is set, as by `cargo xtask interop rpc`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "these are tests")]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use common::{Serve, path_with_chappe, serve};

const EXAMPLES: [(&str, &str, &str); 2] = [("python3", "rpc.py", "Python"), ("node", "rpc.mjs", "Node")];

fn start(server: &Serve, (program, file, _): (&str, &str, &str), arguments: &[&str]) -> Child {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples");
    Command::new(program)
        .arg(format!("{folder}/{file}"))
        .args(arguments)
        .env("PATH", path_with_chappe())
        .env("CHAPPE_SERVER", &server.address)
        .env("CHAPPE_SERVER_KEY", &server.key)
        .env("CHAPPE_SESSION", server.folder.path(arguments[2]))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Alice asks and Bob, a program in another language, answers.
fn talk(asks: (&str, &str, &str), answers: (&str, &str, &str)) {
    let server = serve(&[]);
    let mut bob = start(&server, answers, &["9996621002", "22222", "Bob"]);
    let mut shown = BufReader::new(bob.stdout.take().unwrap());
    let mut line = String::new();
    shown.read_line(&mut line).unwrap();
    assert_eq!(line, "logged in as 9996621002\n");
    let mut alice = start(&server, asks, &["9996621001", "22222", "Alice", "9996621002"]);
    let mut heard = String::new();
    alice.stdout.take().unwrap().read_to_string(&mut heard).unwrap();
    assert_eq!(heard, format!("logged in as 9996621001\nBob has heard: Alice greets from {}\n", asks.2));
    assert!(alice.wait().unwrap().success());
    assert!(bob.wait().unwrap().success());
}

#[test]
fn programs_in_two_languages_hold_a_secret_chat() {
    let missing = |program: &str| Command::new(program).arg("--version").output().is_err();
    if let Some((program, ..)) = EXAMPLES.iter().find(|(program, ..)| missing(program)) {
        assert!(std::env::var_os("CHAPPE_EXAMPLES").is_none(), "{program} is missing: install it");
        return eprintln!("{program} is missing: the examples are left out");
    }
    let [python, node] = EXAMPLES;
    talk(python, node);
    talk(node, python);
}

/// They are short, and need nothing beyond the language.
#[test]
fn the_examples_are_short() {
    for (text, import) in [
        (include_str!("../../../docs/examples/rpc.py"), "import json, subprocess, sys"),
        (include_str!("../../../docs/examples/rpc.mjs"), "from \"node:"),
    ] {
        assert!(text.lines().count() <= 30 && text.lines().all(|line| line.len() <= 125));
        assert!(text.lines().filter(|line| line.starts_with("import")).all(|line| line.contains(import)));
    }
}
