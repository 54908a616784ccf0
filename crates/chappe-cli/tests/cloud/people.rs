use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::common::chappe;
use crate::{ALICE, BOB, Two};

#[test]
fn somebody_sees_who_they_are_and_whom_they_know() {
    let two = Two::new();
    let me = two.one("alice", &["me"]);
    assert_eq!((&me["first_name"], &me["bot"]), (&"Alice".into(), &false.into()));
    assert_eq!(me["phone"], ALICE.trim_start_matches('+'));
    let contact = two.one("bob", &["contacts"]);
    assert_eq!((&contact["user_id"], &contact["last_name"]), (&me["user_id"], &"Liddell".into()));
    let line = two.text("bob", &["contacts"]);
    assert!(line.contains("Alice Liddell  +9996621001"), "{line}");
    let removed = two.one("bob", &["contacts", "remove", ALICE]);
    assert_eq!((&removed["event"], &removed["user_id"]), (&"removed".into(), &me["user_id"]));
    assert!(two.json("bob", &["contacts"]).is_empty());
    let (code, said) = two.failure("bob", &["contacts", "add", "9996629999", "Nobody"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("no account with this phone number"), "{said}");
}

#[test]
fn a_websocket_is_as_good_and_asks_for_certificates_that_can_be_read() {
    let two = Two::new();
    let me = chappe(&["me", "--json", "--websocket"]).args(two.server.arguments("alice")).output().unwrap();
    assert!(me.status.success(), "{}", String::from_utf8_lossy(&me.stderr));
    let roots = two.server.folder.path("roots.pem");
    std::fs::write(&roots, "no certificate").unwrap();
    let (code, said) = two.failure("alice", &["me", "--websocket", "--tls-roots", &roots]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("--tls-roots") && said.contains("there is none"), "{said}");
    let (code, said) = two.failure("alice", &["me", "--tls-roots", &roots]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("--websocket"), "{said}");
}

#[test]
fn logins_are_listed_and_ended() {
    let two = Two::new();
    let login = ["--phone", ALICE, "--code", "22222"];
    for session in ["second", "third"] {
        two.server.run(session, &["login"], &login);
    }
    let sessions = two.json("alice", &["sessions"]);
    assert_eq!(sessions.len(), 3);
    assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
    let other = sessions.iter().find(|session| session["current"] == false).unwrap();
    let hash = other["hash"].as_str().unwrap();
    assert_eq!(two.one("alice", &["sessions", "end", hash])["event"], "ended");
    assert_eq!(two.json("alice", &["sessions"]).len(), 2);
    assert!(two.text("alice", &["sessions"]).contains("this device"));
    two.text("alice", &["sessions", "end-others"]);
    assert_eq!(two.json("alice", &["sessions"]).len(), 1);
    for session in ["second", "third"] {
        assert_eq!(two.failure(session, &["me"]).0, 5);
    }
    let (code, said) = two.failure("alice", &["sessions", "end", "0"]);
    assert_eq!(code, 2);
    assert!(said.contains("chappe logout"), "{said}");
}

#[test]
fn a_login_is_ended_and_begun_again() {
    let two = Two::new();
    assert_eq!(two.one("alice", &["logout"])["event"], "logged_out");
    for command in [&["me"][..], &["logout"], &["dialogs"], &["send", BOB, "x"], &["watch"]] {
        let (code, said) = two.failure("alice", command);
        assert_eq!(code, 5, "{command:?}: {said}");
        assert!(said.contains("chappe login"), "{command:?}: {said}");
    }
    two.server.run("alice", &["login"], &["--phone", ALICE, "--code", "22222"]);
    assert_eq!(two.one("alice", &["me"])["first_name"], "Alice");
}

#[test]
fn another_device_logs_in_by_a_qr_code() {
    let two = Two::new();
    let arguments = two.server.arguments("laptop");
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = chappe(&[&["login", "--qr", "--json"][..], &arguments].concat());
    let mut login = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(login.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let shown = next();
    assert_eq!(shown["event"], "qr");
    let accepted = two.one("alice", &["sessions", "accept", shown["url"].as_str().unwrap()]);
    assert_eq!((&accepted["event"], &accepted["current"]), (&"session".into(), &false.into()));
    assert_eq!(next()["first_name"], "Alice");
    assert!(login.wait().unwrap().success());
    assert_eq!(two.one("laptop", &["me"])["user_id"], two.one("alice", &["me"])["user_id"]);
    let (code, said) = two.failure("alice", &["sessions", "accept", "https://example.org"]);
    assert_eq!(code, 2, "{said}");
}

#[test]
fn a_wrong_code_is_told_and_not_asked_for_where_nobody_is() {
    let two = Two::new();
    let (code, said) = two.failure("second", &["login", "--phone", ALICE, "--code", "11111"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("PHONE_CODE_INVALID"), "{said}");
    let (code, said) = two.failure("second", &["login", "--phone", ALICE]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("--code"), "{said}");
}
