use std::io::Write;
use std::process::Stdio;

use crate::common::chappe;
use crate::{ALICE, BOB, Two};

#[test]
fn a_text_is_sent_answered_listed_and_found() {
    let two = Two::new();
    let sent = two.one("alice", &["send", BOB, "**Lille** to Paris", "--markdown"]);
    assert_eq!((&sent["event"], &sent["text"]), (&"message".into(), &"Lille to Paris".into()));
    assert_eq!(sent["entities"][0]["kind"], "bold");
    assert_eq!((&sent["outgoing"], &sent["chat"]), (&true.into(), &two.one("bob", &["me"])["user_id"]));

    let asked = two.one("bob", &["history", ALICE]);
    assert_eq!((&asked["outgoing"], &asked["sender_name"]), (&false.into(), &"Alice Liddell".into()));
    let number = asked["id"].to_string();
    two.json("bob", &["send", ALICE, "received", "--reply", &number, "--silent"]);

    let history = two.json("alice", &["history", BOB]);
    let texts: Vec<&str> = history.iter().map(|message| message["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Lille to Paris", "received"], "the newest comes last");
    assert_eq!(history[1]["reply_to"], history[0]["id"]);
    let found = two.one("alice", &["history", BOB, "--search", "Paris"]);
    assert_eq!(found["id"], history[0]["id"]);
    let before = two.one("alice", &["history", BOB, "--before", &history[1]["id"].to_string()]);
    assert_eq!(before["id"], history[0]["id"]);
    assert_eq!(two.one("alice", &["history", BOB, "--limit", "1"])["id"], history[1]["id"]);

    let dialog = two.one("alice", &["dialogs"]);
    assert_eq!(
        (&dialog["event"], &dialog["kind"], &dialog["name"]),
        (&"dialog".into(), &"user".into(), &"Bob".into())
    );
    assert_eq!((&dialog["unread"], &dialog["last"]["text"]), (&1.into(), &"received".into()));
    let by_id = format!("id:{}", dialog["chat"].as_str().unwrap());
    assert_eq!(two.json("alice", &["history", &by_id]).len(), 2, "what was listed is known");
}

#[test]
fn a_text_for_people_has_number_time_and_name() {
    let two = Two::new();
    assert!(two.text("alice", &["send", BOB, "hello\u{1b}[2J"]).starts_with("Sent as "));
    let line = two.text("bob", &["history", ALICE]);
    assert!(line.contains("Alice Liddell: hello\u{fffd}[2J"), "{line}");
    let line = two.text("bob", &["dialogs"]);
    assert!(line.contains("Alice Liddell (1 unread): hello\u{fffd}[2J"), "{line}");
}

#[test]
fn a_text_comes_from_standard_input_and_goes_to_oneself() {
    let two = Two::new();
    let arguments = two.server.arguments("alice");
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = chappe(&[&["send", "me", "-"][..], &arguments].concat());
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(b"one\ntwo\n").unwrap();
    assert!(process.wait_with_output().unwrap().status.success());
    assert_eq!(two.one("alice", &["history", "me"])["text"], "one\ntwo");
}

#[test]
fn what_cannot_be_sent_says_why() {
    let two = Two::new();
    let cases = [
        (&["send", "nobody at all", "x"][..], 2, "names nobody"),
        (&["send", "@nobody_has_this", "x"], 3, "USERNAME_NOT_OCCUPIED"),
        (&["send", BOB, "  "], 2, "no text"),
        (&["send", BOB, "<b>x", "--html"], 2, "text:"),
        (&["history", "+9996629999"], 3, "PHONE_NOT_OCCUPIED"),
    ];
    for (command, code, words) in cases {
        let (exit, said) = two.failure("alice", command);
        assert_eq!(exit, code, "{command:?}: {said}");
        assert!(said.starts_with("error: ") && said.contains(words), "{command:?}: {said}");
    }
}
