//! Two people in two terminals.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "these are tests")]

mod common;

use std::io::{BufRead, BufReader, Write};
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

    let reply = ["send", &chat, "<b>Bold</b>", "--html", "--reply", sent["random_id"].as_str().unwrap()];
    secret(&server, "alice", &reply);
    let message = bob.wait_for("message");
    assert_eq!((&message["text"], &message["reply_to"]), (&"Bold".into(), &sent["random_id"]));
    assert_eq!(message["entities"][0]["kind"], "bold");
    secret(&server, "alice", &["send", &chat, "**Bold**", "--markdown", "--silent", "--ttl", "60"]);
    let message = bob.wait_for("message");
    assert_eq!(
        (&message["text"], &message["ttl"], &message["silent"]),
        (&"Bold".into(), &60.into(), &true.into())
    );
    let (code, error) = failure(&server, "alice", &["send", &chat, "<b>Bold", "--html"]);
    assert!(code == 2 && error.contains("text: "), "{code}: {error}");

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

/// Alice and Bob in a chat, with Bob's events.
fn pair(server: &Serve) -> (Watch, String) {
    login(server, "alice", "9996621001");
    login(server, "bob", "9996621002");
    let bob = Watch::start(server, "bob");
    let chat = secret(server, "alice", &["new", "9996621002"])["chat"].to_string();
    (bob, chat)
}

#[test]
fn a_chat_is_read_without_naming_its_messages() {
    let server = serve(&[]);
    let (bob, chat) = pair(&server);
    drop(bob);
    secret(&server, "bob", &["send", &chat, "Have you seen this?"]);
    assert_eq!(secret(&server, "alice", &["read", &chat])["event"], "read");
    let seen = |session| secret(&server, session, &["history", &chat]);
    assert_eq!(
        (&seen("alice")["text"], &seen("alice")["state"]),
        (&"Have you seen this?".into(), &"read".into())
    );
    assert_eq!(seen("bob")["state"], "read", "Bob is told");
}

/// What a failing command says, and its exit code.
fn failure(server: &Serve, session: &str, command: &[&str]) -> (i32, String) {
    let output = chappe(&["secret"]).args(command).args(server.arguments(session)).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("error: ") && error.lines().count() == 1, "{error}");
    (output.status.code().unwrap(), error)
}

#[test]
fn files_and_albums_are_sent() {
    let server = serve(&[]);
    let (mut bob, chat) = pair(&server);
    let file = |name: &str, bytes: &[u8]| {
        let path = server.folder.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    // A JPEG of 3 by 2 pixels, as far as its head goes.
    let jpeg = [&[0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 2, 0, 3, 1, 0, 0x11, 0][..], &[0; 50]].concat();
    let (notes, photo) = (file("notes.txt", b"Dear Bob, see below."), file("beach.jpg", &jpeg));

    let options = ["--caption", "See this?", "--ttl", "3600", "--silent"];
    let sent = secret(&server, "alice", &[&["send-file", "+9996621002", &photo], &options[..]].concat());
    let message = bob.wait_for("message");
    assert_eq!(message["random_id"], sent["random_id"]);
    assert_eq!((&message["text"], &message["ttl"]), (&Value::from("See this?"), &Value::from(3600)));
    assert_eq!(message["media"], serde_json::json!({ "kind": "photo", "width": 3, "height": 2 }));
    assert_eq!(message["file"]["size"], "65");

    secret(
        &server,
        "alice",
        &["send-file", &chat, &notes, &photo, "--kind", "document", "--caption", "both"],
    );
    let (first, second) = (bob.wait_for("message"), bob.wait_for("message"));
    assert_eq!((&first["text"], &second["text"]), (&Value::from("both"), &Value::from("")));
    assert!(first["grouped_id"].is_string() && first["grouped_id"] == second["grouped_id"]);
    assert_eq!((&first["file"]["name"], &second["media"]["kind"]), (&"notes.txt".into(), &"document".into()));

    let voice = ["send-file", &chat, &notes, "--kind", "voice", "--duration", "4", "--name", "hello.ogg"];
    secret(&server, "alice", &voice);
    let message = bob.wait_for("message");
    assert_eq!(message["media"], serde_json::json!({ "kind": "voice", "duration": 4 }));

    let (code, error) = failure(&server, "alice", &["send-file", &chat, "nothing.txt"]);
    assert!(code == 2 && error.contains("nothing.txt"), "{code}: {error}");
    let (code, error) = failure(&server, "alice", &["send-file", &chat, &server.folder.path("")]);
    assert!(code == 2 && error.contains("not a file"), "{code}: {error}");
    let (code, error) = failure(&server, "alice", &["send-file", &chat, &photo, "--thumbnail", &notes]);
    assert!(code == 2 && error.contains("no JPEG"), "{code}: {error}");
}

#[test]
fn a_pipe_is_sent_as_a_file() {
    let server = serve(&[]);
    let (mut bob, chat) = pair(&server);
    let letter: String = (0..200_000).map(|number| format!("{number}\n")).collect();
    let mut sender = chappe(&["secret", "send-file", &chat, "-", "--name", "numbers.txt", "--json"])
        .args(server.arguments("alice"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    sender.stdin.take().unwrap().write_all(letter.as_bytes()).unwrap();
    let output = sender.wait_with_output().unwrap();
    assert!(output.status.success());
    let sent: Value = serde_json::from_slice(&output.stdout).unwrap();
    let message = bob.wait_for("message");
    assert_eq!(message["random_id"], sent["random_id"]);
    assert_eq!(
        (&message["file"]["name"], &message["file"]["mime_type"]),
        (&"numbers.txt".into(), &"text/plain".into())
    );
    drop(bob);
    let path = server.folder.path("copy.txt");
    secret(&server, "bob", &["download", &chat, sent["random_id"].as_str().unwrap(), &path]);
    assert!(std::fs::read_to_string(&path).unwrap() == letter);
    // There is one standard input, and here it is empty.
    let (code, error) = failure(&server, "alice", &["send-file", &chat, "-", "-"]);
    assert!(code == 2 && error.contains("once"), "{code}: {error}");
    let (_, error) = failure(&server, "alice", &["send-file", &chat, "-"]);
    assert!(error.contains("empty"), "{error}");
}

#[test]
fn what_was_said_is_kept_and_files_are_fetched() {
    let server = serve(&[]);
    let (mut bob, chat) = pair(&server);
    let letter = server.folder.path("letter.txt");
    std::fs::write(&letter, "Dear Bob, see below.".repeat(5000)).unwrap();
    for number in 0..5 {
        secret(&server, "alice", &["send", &chat, &format!("text {number}")]);
    }
    let sent = secret(&server, "alice", &["send-file", &chat, &letter, "--caption", "The letter"]);
    let name = sent["random_id"].as_str().unwrap();
    while bob.wait_for("message")["random_id"] != name {}
    drop(bob);

    let history = |session: &str, options: &[&str]| -> Vec<Value> {
        let command = [&["secret", "history", &chat][..], options].concat();
        let printed = server.run(session, &command, &["--json"]);
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    for session in ["alice", "bob"] {
        let texts = history(session, &["--search", "TEXT"]);
        let shown: Vec<&str> = texts.iter().map(|entry| entry["text"].as_str().unwrap()).collect();
        assert_eq!(shown, ["text 0", "text 1", "text 2", "text 3", "text 4"], "{session}");
        assert_eq!(texts[0]["outgoing"], session == "alice");
        let newest = history(session, &["--limit", "2"]);
        assert_eq!((newest.len(), &newest[1]["random_id"]), (2, &sent["random_id"]));
        let before = history(session, &["--limit", "1", "--before", newest[0]["cursor"].as_str().unwrap()]);
        assert_eq!(before[0]["text"], "text 3");
    }
    let shown = server.run("bob", &["secret", "history", &chat, "--limit", "1000"], &[]);
    assert!(shown.contains("they: text 4"));
    // Dates for people, and what nobody said is said by nobody.
    let first = shown.lines().next().unwrap();
    let words: Vec<&str> = first.split_whitespace().collect();
    assert!(words[1].starts_with("20") && words[1].len() == "2026-12-01".len(), "{first}");
    assert!(first.contains("the chat is ready") && !first.contains("they"), "{first}");

    // Both sides can fetch the file.
    for session in ["alice", "bob"] {
        let path = server.folder.path(&format!("{session}.txt"));
        let fetched = secret(&server, session, &["download", &chat, name, &path]);
        assert_eq!((&fetched["path"], &fetched["size"]), (&path.clone().into(), &"100000".into()));
        assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&letter).unwrap());
        let (code, error) = failure(&server, session, &["download", &chat, name, &path]);
        assert!(code == 2 && error.contains("there already"), "{code}: {error}");
        secret(&server, session, &["download", &chat, name, &path, "--force"]);
    }
    let folder = server.folder.path("");
    let own_name = secret(&server, "bob", &["download", &chat, name, &folder]);
    assert!(own_name["path"].as_str().unwrap().ends_with("letter-2.txt"), "{own_name}");
    let (code, error) = failure(&server, "bob", &["download", &chat, "4711"]);
    assert!(code == 2 && error.contains("4711"), "{code}: {error}");
    let text = history("bob", &["--search", "text 0"])[0]["random_id"].as_str().unwrap().to_owned();
    let (code, error) = failure(&server, "bob", &["download", &chat, &text]);
    assert!(code == 2 && error.contains("no file"), "{code}: {error}");
}

#[test]
fn a_session_is_opened_by_its_passphrase_alone() {
    let server = serve(&[]);
    let right = server.folder.path("right.txt");
    let wrong = server.folder.path("wrong.txt");
    std::fs::write(&right, "correct horse battery staple\nnot this line").unwrap();
    std::fs::write(&wrong, "battery horse").unwrap();
    let options =
        ["--phone", "9996621001", "--code", "22222", "--name", "Alice", "--passphrase-file", right.as_str()];
    server.run("alice", &["login"], &options);
    server.run("alice", &["secret", "list"], &["--passphrase-file", &right]);
    let with = |variable: &str| {
        let mut command = chappe(&["secret", "list"]);
        command.args(server.arguments("alice")).env("CHAPPE_PASSPHRASE", variable).output().unwrap()
    };
    assert!(with("correct horse battery staple").status.success());
    let refused = with("battery horse");
    assert_eq!(refused.status.code(), Some(7));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not the passphrase"));
    let (code, error) = failure(&server, "alice", &["list", "--passphrase-file", &wrong]);
    assert!(code == 7 && error.contains("not the passphrase"), "{code}: {error}");
    let (code, error) = failure(&server, "alice", &["list"]);
    assert!(code == 7 && error.contains("CHAPPE_PASSPHRASE"), "{code}: {error}");
    let (code, error) = failure(&server, "alice", &["list", "--passphrase-file", "nothing.txt"]);
    assert!(code == 2 && error.contains("nothing.txt"), "{code}: {error}");
}

#[test]
fn a_chat_that_cannot_take_a_command_says_so() {
    let server = serve(&[]);
    let (mut bob, chat) = pair(&server);
    let (code, error) = failure(&server, "alice", &["send", "77", "hello"]);
    assert!(code == 6 && error.contains("no secret chat 77"), "{code}: {error}");
    let (code, error) = failure(&server, "alice", &["send", "+9996621001", "hello"]);
    assert!(code == 6 && error.contains("+9996621001"), "{code}: {error}");
    let (code, error) = failure(&server, "alice", &["send", "@nobody_has_this", "hello"]);
    assert!(code == 3 && error.contains("@nobody_has_this"), "{code}: {error}");
    let (code, error) = failure(&server, "alice", &["new", "Bob"]);
    assert!(code == 2 && error.contains("phone number"), "{code}: {error}");
    let (code, error) = failure(&server, "alice", &["decline", &chat]);
    assert!(code == 6 && error.contains("Ready"), "{code}: {error}");
    secret(&server, "alice", &["close", &chat, "--delete-history"]);
    assert_eq!(bob.wait_for("closed")["history_deleted"], true);
    let (code, error) = failure(&server, "alice", &["send", &chat, "too late"]);
    assert!(code == 6 && error.contains("Discarded"), "{code}: {error}");
    let (code, error) = failure(&server, "alice", &["new", "9996629999"]);
    assert!(code == 3 && error.contains("PHONE_NOT_OCCUPIED"), "{code}: {error}");
    // Bob's session is in use by his watcher.
    let (code, error) = failure(&server, "bob", &["list"]);
    assert!(code == 7 && error.contains("in use"), "{code}: {error}");
}

#[test]
fn the_key_is_written_as_a_picture_and_noted_as_compared() {
    let server = serve(&[]);
    let (_bob, chat) = pair(&server);
    let png = server.folder.path("key.png");
    secret(&server, "alice", &["key", &chat, "--png", &png]);
    let bytes = std::fs::read(&png).unwrap();
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 200);
    assert_eq!(secret(&server, "alice", &["verify", &chat])["verified"], true);
    assert_eq!(secret(&server, "alice", &["list"])["verified"], true);
    assert_eq!(secret(&server, "alice", &["verify", &chat, "--undo"])["verified"], false);
    let (code, error) =
        failure(&server, "alice", &["key", &chat, "--png", &server.folder.path("no/key.png")]);
    assert!(code == 2 && error.contains("key.png"), "{code}: {error}");
}

#[test]
fn what_is_not_a_text_is_told_and_sent() {
    let server = serve(&[]);
    let (mut bob, chat) = pair(&server);
    secret(&server, "alice", &["send-location", &chat, "48.8867", "-2.3431"]);
    let place = serde_json::json!({ "kind": "location", "latitude": 48.8867, "longitude": -2.3431 });
    assert_eq!(bob.wait_for("message")["media"], place);
    secret(&server, "alice", &["send-location", &chat, "48.9", "2.3", "--title", "Montmartre"]);
    assert_eq!(bob.wait_for("message")["media"]["title"], "Montmartre");
    let (code, error) = failure(&server, "alice", &["send-location", &chat, "91", "0"]);
    assert!(code == 6 && error.contains("no such place"), "{code}: {error}");
    let sent = secret(&server, "alice", &["send-contact", &chat, "9996621003", "Claude", "Chappe"]);
    assert_eq!(bob.wait_for("message")["media"]["last_name"], "Chappe");
    assert_eq!(secret(&server, "alice", &["typing", &chat])["event"], "typing");
    assert_eq!(bob.wait_for("typing")["chat"].to_string(), chat);
    secret(&server, "alice", &["screenshot", &chat, sent["random_id"].as_str().unwrap()]);
    assert_eq!(bob.action("ScreenshotMessages")["random_ids"][0], sent["random_id"]);
    secret(&server, "alice", &["flush", &chat]);
    bob.action("FlushHistory");
    assert_eq!(server.run("alice", &["secret", "history", &chat], &["--json"]), "");
    let (code, error) = failure(&server, "alice", &["forget", &chat]);
    assert!(code == 6, "{code}: {error}");
    secret(&server, "alice", &["close", &chat]);
    assert_eq!(secret(&server, "alice", &["forget", &chat])["event"], "forgotten");
    assert_eq!(server.run("alice", &["secret", "list"], &[]), "");
}

#[test]
fn a_message_is_opened_once() {
    let server = serve(&[]);
    let (mut bob, chat) = pair(&server);
    let picture = server.folder.path("picture.jpg");
    std::fs::write(&picture, "not really").unwrap();
    let options = ["--kind", "photo", "--width", "3", "--height", "2", "--view-once"];
    let sent = secret(&server, "alice", &[&["send-file", &chat, &picture], &options[..]].concat());
    let name = sent["random_id"].as_str().unwrap();
    assert_eq!(bob.wait_for("message")["opens"], true);
    drop(bob);
    let opened = secret(&server, "bob", &["open", &chat, name]);
    assert_eq!((&opened["media"]["kind"], &opened["random_id"]), (&"photo".into(), &sent["random_id"]));
    assert_eq!(opened["file"]["unavailable"], Value::Null);
    let (code, error) = failure(&server, "bob", &["open", &chat, name]);
    assert!(code == 2 && error.contains(name), "{code}: {error}");
}

#[test]
fn an_older_copy_is_refused_exported_and_closed() {
    let server = serve(&[]);
    let (mut bob, chat) = pair(&server);
    secret(&server, "alice", &["send", &chat, "before the copy"]);
    let (path, copy) = (server.folder.path("alice"), server.folder.path("copy"));
    std::fs::copy(&path, &copy).unwrap();
    secret(&server, "alice", &["send", &chat, "after it"]);
    while bob.wait_for("message")["text"] != "after it" {}
    // A session that is no older copy stays as it is.
    assert_eq!(secret(&server, "alice", &["close-restored"])["state"], "ready");
    let lines = server.run("alice", &["secret", "export"], &[]);
    assert_eq!(lines.lines().count(), 3, "{lines}");
    std::fs::copy(&copy, &path).unwrap();
    let (code, error) = failure(&server, "alice", &["send", &chat, "a number twice"]);
    assert!(code == 7 && error.contains("close-restored"), "{code}: {error}");
    let lines = server.run("alice", &["secret", "export"], &[]);
    assert!(lines.contains("before the copy") && !lines.contains("after it"), "{lines}");
    assert_eq!(secret(&server, "alice", &["close-restored"])["state"], "discarded");
    bob.wait_for("closed");
    assert_ne!(secret(&server, "alice", &["new", "9996621002"])["chat"].to_string(), chat);
}

#[cfg(unix)]
#[test]
fn an_interrupted_command_says_so_and_an_interrupted_watcher_ends_well() {
    let server = serve(&[]);
    let (mut bob, _) = pair(&server);
    let interrupt = |process: &mut Child| {
        let pid = process.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        process.wait().unwrap().code()
    };
    bob.wait_for("ready");
    assert_eq!(interrupt(&mut bob.process), Some(0));
    // Nobody accepts any more.
    let arguments = server.arguments("alice");
    let mut waiting = chappe(&["secret", "new", "9996621002", "-v"])
        .args(arguments)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(interrupt(&mut waiting), Some(130));
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

    // The next one is accepted by hand.
    let chat = secret(&server, "alice", &["new", "9996621002", "--wait", "0"])["chat"].to_string();
    let accepted = secret(&server, "bob", &["accept", &chat]);
    assert_eq!(accepted["event"], "key");
    assert_eq!(secret(&server, "alice", &["key", &chat])["key"], accepted["key"]);
}

/// `script` runs a command in a terminal of its own and copies what is on the screen.
#[cfg(target_os = "linux")]
#[test]
fn a_transfer_shows_in_a_terminal_how_far_it_is() {
    let server = serve(&[]);
    let (_bob, chat) = pair(&server);
    let path = server.folder.path("long.bin");
    std::fs::write(&path, vec![7; 6 << 20]).unwrap();
    let command = [&[env!("CARGO_BIN_EXE_chappe"), "secret", "send-file", &chat, &path][..]]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .chain(server.arguments("alice"))
        .map(|word| format!("'{word}'"))
        .collect::<Vec<_>>()
        .join(" ");
    let screen = |command: &str| {
        let arguments = ["--quiet", "--return", "--command", command, "/dev/null"];
        let output =
            std::process::Command::new("script").args(arguments).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let shown = screen(&command);
    assert!(shown.contains("long.bin [") && shown.contains("/6.00 MiB"), "{shown}");
    assert!(shown.contains("Sent as "), "{shown}");
    assert!(!screen(&format!("{command} --json")).contains("long.bin ["), "programs see none");
}

#[test]
fn a_session_without_login_is_told_to_log_in() {
    let server = serve(&[]);
    let arguments = server.arguments("nobody");
    let refused = chappe(&["secret", "list"]).args(arguments).output().unwrap();
    assert_eq!(refused.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("chappe login"));
}
