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
    ask(facts, "POST", path, "")
}

fn ask(facts: &Value, method: &str, path: &str, body: &str) -> String {
    let host = facts["control"]["url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let token = facts["control"]["token"].as_str().unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
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

/// The 256 bytes of the auth key in a session text of Telethon: version, data centre, address and port come before it.
fn auth_key(telethon: &str) -> Vec<u8> {
    use base64::Engine as _;
    let bytes = base64::prelude::BASE64_URL_SAFE.decode(&telethon[1..]).unwrap();
    bytes[bytes.len() - 256..].to_vec()
}

#[test]
fn no_log_holds_a_secret_however_much_it_says() {
    let folder = Folder::new();
    let (password, wrong) = ("planted password", "planted mistake");
    let (text, whispered, bot_secret) = ("planted in public", "planted in secret", "planted-bot-secret");
    let world = format!(
        "[[accounts]]\nname = \"alice\"\npassword = \"{password}\"\n[[accounts]]\nname = \"bob\"\n\
         [[accounts]]\nname = \"helper\"\nbot = true\nbot_token = \"7000000007:{bot_secret}\"\n\
         [[messages]]\nfrom = \"alice\"\nto = \"bob\"\ntext = \"{text}\"\n"
    );
    std::fs::write(folder.path("world.toml"), world).unwrap();
    for (name, words) in [("password", password), ("wrong", wrong), ("text", whispered)] {
        std::fs::write(folder.path(name), words).unwrap();
    }
    let (server, facts) = start(
        chappe(&["serve", "--print-json", "--test-key", "--log-format", "json", "-vvv"])
            .args(["--world", &folder.path("world.toml"), "--data", &folder.path("data")])
            .args(["--control", "127.0.0.1:0", "--control-token", "planted-token"]),
    );
    let key = folder.path("public.pem");
    std::fs::write(&key, facts["public_key"].as_str().unwrap()).unwrap();
    let mut logs = Vec::new();
    let mut client = |session: &str, arguments: &[&str], good: bool| {
        let session = folder.path(session);
        let server = ["--server", facts["address"].as_str().unwrap(), "--server-key", &key, "-vvv"];
        let ended = chappe(arguments).args(server).args(["--session", &session]).output().unwrap();
        let log = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.success(), good, "{arguments:?} {log}");
        logs.push(log);
        String::from_utf8(ended.stdout).unwrap()
    };
    let account = |index: usize| &facts["accounts"][index];
    let phone = |index: usize| account(index)["phone"].as_str().unwrap().to_owned();
    let code = |index: usize| account(index)["code"].as_str().unwrap().to_owned();
    let (alice, bob) = (phone(0), phone(1));
    for (file, good) in [("wrong", false), ("password", true)] {
        let file = folder.path(file);
        let login = ["login", "--phone", &alice, "--code", &code(0), "--password-file", &file];
        client("alice", &login, good);
    }
    client("bob", &["login", "--phone", &bob, "--code", &code(1)], true);
    client("helper", &["login", "--bot-token", &format!("7000000007:{bot_secret}")], true);
    client("stranger", &["login", "--phone", "4915112345678", "--code", "1"], false);
    client("alice", &["send", &format!("+{bob}"), text], true);
    let accepting = chappe(&["secret", "watch", "--accept", "--json"])
        .args(["--server", facts["address"].as_str().unwrap(), "--server-key", &key])
        .args(["--session", &folder.path("bob")])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    client("alice", &["secret", "new", &bob], true);
    client("alice", &["secret", "send", &format!("+{bob}"), whispered], true);
    client("alice", &["secret", "history", &format!("+{bob}")], true);
    let mut accepting = accepting;
    accepting.kill().unwrap();
    accepting.wait().unwrap();
    let kept = ask(&facts, "POST", "/v1/snapshots", "");
    assert!(kept.starts_with("HTTP/1.1 201"), "{kept}");
    let call = r#"{"method": "messages.sendMessage", "params": {"peer": {"_": "inputPeerSelf"},
        "message": "planted note", "random_id": "1"}}"#;
    assert!(ask(&facts, "POST", "/v1/accounts/alice/call", call).starts_with("HTTP/1.1 200"));
    let page = facts["control"]["page"].as_str().unwrap().split_once("/?key=").unwrap().1;
    assert!(ask(&facts, "GET", &format!("/?key={page}"), "").starts_with("HTTP/1.1 303"));

    let mut secrets: Vec<String> =
        [password, wrong, text, whispered, bot_secret, "planted-token", "planted note", page]
            .map(str::to_owned)
            .to_vec();
    for account in facts["accounts"].as_array().unwrap() {
        secrets.extend(
            account["sessions"].as_object().unwrap().values().filter_map(Value::as_str).map(str::to_owned),
        );
        let key = auth_key(account["sessions"]["telethon"].as_str().unwrap());
        secrets.push(key[..12].iter().map(|byte| format!("{byte:02x}")).collect());
        secrets.push(key[..12].iter().map(|byte| format!("{byte:02X}")).collect());
        secrets.push(format!("{:?}", &key[..12]).trim_matches(['[', ']']).to_owned());
    }
    logs.push(end(server));
    assert!(logs.iter().all(|log| log.contains("DEBUG")), "each says all it can");
    for secret in &secrets {
        for log in &logs {
            let line = log.lines().find(|line| line.contains(secret.as_str()));
            assert_eq!(line, None, "{secret}");
        }
    }
}
