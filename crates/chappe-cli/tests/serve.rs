//! `chappe serve`: settings from everywhere, worlds, the control interface, the log.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use common::{Folder, chappe};
use serde_json::Value;

/// A server that runs, and whoever reads its log: a log that nobody reads would stop it.
struct Serving {
    process: Child,
    log: JoinHandle<String>,
}

/// Starts it; what it printed when it was ready.
fn start(command: &mut Command) -> (Serving, Value) {
    ready(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

fn ready(mut process: Child) -> (Serving, Value) {
    let mut errors = process.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut log = String::new();
        errors.read_to_string(&mut log).unwrap();
        log
    });
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    match serde_json::from_str(&line) {
        Ok(facts) => (Serving { process, log }, facts),
        Err(_) => panic!("{line:?} {}", log.join().unwrap()),
    }
}

/// Asks it to end; what it wrote to its log.
fn end(Serving { mut process, log }: Serving) -> String {
    Command::new("kill").arg(process.id().to_string()).status().unwrap();
    let status = process.wait().unwrap();
    let log = log.join().unwrap();
    assert!(status.success(), "{log}");
    log
}

fn failure(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn post(facts: &Value, path: &str) -> String {
    let host = facts["control"]["url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let token = facts["control"]["token"].as_str().unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_flag_goes_before_the_environment_before_the_file_before_the_world() {
    let folder = Folder::new();
    std::fs::write(folder.path("serve.toml"), "dc = 3\ntest-key = true\nprint-json = true\n").unwrap();
    std::fs::write(folder.path("world.toml"), "[server]\ndc_id = 4\n[[accounts]]\nname = \"alice\"\n")
        .unwrap();
    let world = ["serve", "--print-json", "--test-key", "--world", &folder.path("world.toml")];
    let config = ["--config", &folder.path("serve.toml")];
    let (server, facts) = start(&mut chappe(&world));
    end(server);
    assert_eq!((&facts["dc_id"], &facts["accounts"][0]["name"]), (&4.into(), &"alice".into()));
    let (server, facts) = start(chappe(&world).args(config));
    end(server);
    assert_eq!(facts["dc_id"], 3);
    let (server, facts) = start(chappe(&world).args(config).env("CHAPPE_DC", "5"));
    end(server);
    assert_eq!(facts["dc_id"], 5);
    let (server, facts) = start(chappe(&["serve"]).args(config).env("CHAPPE_DC", "5").args(["--dc", "6"]));
    end(server);
    assert_eq!(facts["dc_id"], 6);
}

#[test]
fn the_command_of_the_readme_starts_the_world_of_the_documentation() {
    let readme = include_str!("../../../README.md");
    let command = "chappe serve --world docs/examples/world.toml --control 127.0.0.1:0 --print-json";
    assert!(readme.contains(command), "the README has another command");
    let arguments: Vec<&str> = command.split(' ').skip(1).collect();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let (server, facts) = start(chappe(&arguments).arg("--test-key").current_dir(root));
    assert_eq!(facts["accounts"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&facts["groups"][0]["name"], &facts["groups"][0]["kind"]),
        (&"tea".into(), &"supergroup".into())
    );
    assert!(facts["groups"][0]["chat_id"].as_i64().is_some_and(|id| id > 0));
    let page = facts["control"]["page"].as_str().unwrap();
    assert!(page.starts_with(facts["control"]["url"].as_str().unwrap()), "{page}");
    end(server);
}

#[test]
fn limits_on_calls_and_codes_come_from_flags() {
    let folder = Folder::new();
    let key = folder.path("public.pem");
    let limits = ["--flood-limit", "contacts.=1/3600", "--codes-per-number", "1/3600", "--home", "4915=2"];
    let (server, facts) =
        start(chappe(&["serve", "--print-json", "--test-key", "--public-key", &key]).args(limits));
    let session = folder.path("alice.session");
    let address = facts["address"].as_str().unwrap().to_owned();
    let client = |arguments: &[&str]| {
        let mut command = chappe(arguments);
        command.args(["--server", &address, "--server-key", &key, "--session", &session]);
        command
    };
    let login = ["login", "--phone", "9996621001", "--code", "22222", "--name", "Alice"];
    assert!(client(&login).output().unwrap().status.success());
    let contacts = ["invoke", "contacts.getContacts", r#"{"hash": "0"}"#];
    assert!(client(&contacts).output().unwrap().status.success());
    let (_, refused) = failure(&mut client(&contacts));
    assert!(refused.contains("FLOOD_WAIT_"), "{refused}");
    let (_, refused) = failure(
        chappe(&login)
            .args(["--server", &address, "--server-key", &key])
            .args(["--session", &folder.path("other.session")]),
    );
    assert!(refused.contains("PHONE_NUMBER_FLOOD"), "{refused}");
    end(server);
}

#[test]
fn a_world_may_come_from_standard_input() {
    let mut command = chappe(&["serve", "--print-json", "--test-key", "--world", "-"]);
    let mut process =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(b"[[accounts]]\nname = \"zoe\"\n").unwrap();
    let (server, facts) = ready(process);
    assert_eq!(facts["accounts"][0]["name"], "zoe");
    end(server);
}

#[test]
fn settings_that_cannot_be_are_named_with_their_place() {
    let folder = Folder::new();
    let path = folder.path("file.toml");
    for (option, text, part) in [
        ("--config", "listen = \"127.0.0.1:0\"\nlissen = 1\n", "file.toml:2:1: unknown field `lissen`"),
        ("--config", "strict = 1\n", "file.toml:1:10: invalid type"),
        ("--config", "dc = 0\n", "a number from 1 to 1000"),
        ("--world", "[[accounts]]\nname = 1\n", "file.toml:2:8: invalid type"),
        ("--snapshot", "nonsense", "file.toml: this is no snapshot"),
    ] {
        std::fs::write(&path, text).unwrap();
        let (code, error) = failure(&mut chappe(&["serve", option, &path]));
        assert!(code == Some(2) && error.contains(part), "{option} {code:?} {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let (code, error) = failure(&mut chappe(&["serve", "--world", &folder.path("none")]));
    assert!(code == Some(2) && error.contains("none: it cannot be read"), "{error}");
    let (_, error) = failure(&mut chappe(&["serve", "--test-key", "--control", "0.0.0.0:0"]));
    assert!(error.contains("other machines"), "{error}");
}

#[test]
fn a_stop_over_the_control_interface_and_a_signal_both_end_it_well() {
    let options = ["serve", "--print-json", "--test-key", "--control", "127.0.0.1:0"];
    let (mut serving, facts) = start(&mut chappe(&options));
    assert!(post(&facts, "/v1/stop").starts_with("HTTP/1.1 202"));
    assert!(serving.process.wait().unwrap().success());
    let (server, facts) = start(chappe(&options).args(["--control-token", "a token of mine"]));
    assert_eq!(facts["control"]["token"], "a token of mine");
    end(server);
}

#[test]
fn the_log_is_lines_of_json_with_codes_only_where_they_are_wanted() {
    let options = ["serve", "--print-json", "--test-key", "--log-format", "json", "-vv"];
    for (more, shown) in [
        (&[][..], true),
        (&["--log-codes=false"], false),
        (&["--control", "127.0.0.1:0"], false),
        (&["--control", "127.0.0.1:0", "--log-codes"], true),
    ] {
        let (server, facts) = start(chappe(&options).args(more));
        let folder = Folder::new();
        let key = folder.path("public.pem");
        std::fs::write(&key, facts["public_key"].as_str().unwrap()).unwrap();
        let session = folder.path("session");
        let address = facts["address"].as_str().unwrap();
        let client = ["--server", address, "--server-key", &key, "--session", &session];
        let login =
            chappe(&["login", "--phone", "4915112345678", "--code", "1"]).args(client).output().unwrap();
        assert!(!login.status.success(), "the code is wrong");
        let log = end(server);
        for line in log.lines() {
            let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
            assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
        }
        assert_eq!(log.contains("login code for"), shown, "{more:?}");
        assert!(log.contains("auth.signIn"), "the calls are in the log");
        if let Some(token) = facts["control"]["token"].as_str() {
            assert!(!log.contains(token), "no token in the log");
        }
    }
}
