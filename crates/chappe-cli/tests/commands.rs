//! Each command as a user runs it.

#![allow(clippy::unwrap_used, reason = "these are tests")]

mod common;

use common::{Folder, chappe, output, serve};

/// The call of the project's beginning, as JSON and as the bytes it must become.
const FIRST_CALL: &str = r#"{"peer": {"_": "inputEncryptedChat", "chat_id": 43, "access_hash": "-4156887774564"},
    "random_id": -4156887774564, "data": "YXJiaXRyYXJ5IGRhdGEgaGVyZQ=="}"#;
const FIRST_BYTES: &str =
    "a439d432e1b541f12b0000009c4a2e2638fcffff9c4a2e2638fcffff1361726269747261727920646174612068657265";

#[test]
fn the_demo_shows_every_action_and_ends_well() {
    let text = output(&["demo", "--json"]);
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let keys = lines.iter().find(|line| line["event"] == "keys").unwrap();
    assert_eq!(keys["alice"], keys["bob"]);
    let steps: Vec<&str> = lines.iter().filter_map(|line| line["sent"].as_str()).collect();
    let actions = [
        "SetMessageTTL",
        "ReadMessages",
        "DeleteMessages",
        "ScreenshotMessages",
        "FlushHistory",
        "Resend",
        "NotifyLayer",
        "Typing",
        "RequestKey",
        "AcceptKey",
        "AbortKey",
        "CommitKey",
        "Noop",
    ];
    for action in actions {
        assert!(steps.iter().any(|step| step.starts_with(action)), "{action} is missing: {steps:?}");
    }
    assert!(steps.iter().any(|step| step.starts_with("text")));
    let end = lines.last().unwrap();
    assert_eq!(end["event"], "end");
    assert_eq!(end["steps"], steps.len());
    for step in lines
        .iter()
        .filter(|line| line["event"] == "step" && !line["sent"].as_str().unwrap().starts_with("text"))
    {
        assert_eq!(step["server"]["method"], "messages.sendEncryptedService");
    }
}

#[test]
fn the_demo_draws_both_pictures() {
    let text = output(&["demo"]);
    assert!(text.contains("The pictures are equal"));
    assert!(text.contains("What the server could see"));
}

#[test]
fn the_first_call_becomes_its_48_bytes() {
    assert_eq!(
        output(&["invoke", "messages.sendEncryptedService", FIRST_CALL, "--encode"]).trim(),
        FIRST_BYTES
    );
}

#[test]
fn a_person_logs_in_and_calls_methods_by_hand() {
    let server = serve(&[]);
    let login = server.run(
        "alice",
        &["login"],
        &["--phone", "9996621234", "--code", "22222", "--name", "Alice", "--json"],
    );
    let login: serde_json::Value = serde_json::from_str(&login).unwrap();
    assert_eq!(login["first_name"], "Alice");

    let me = server.run("alice", &["invoke", "users.getUsers", r#"{"id": [{"_": "inputUserSelf"}]}"#], &[]);
    let me: serde_json::Value = serde_json::from_str(&me).unwrap();
    assert_eq!(me[0]["_"], "user");
    assert_eq!(me[0]["id"], login["user_id"]);

    let arguments = server.arguments("alice");
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let refused =
        chappe(&["invoke", "messages.sendEncryptedService", FIRST_CALL]).args(arguments).output().unwrap();
    assert_eq!(refused.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("CHAT_ID_INVALID"));
}

#[test]
fn a_bot_logs_in_by_its_token() {
    let server = serve(&[]);
    let login = server.run("bot", &["login"], &["--bot-token", "4242:secret", "--json"]);
    let login: serde_json::Value = serde_json::from_str(&login).unwrap();
    assert_eq!(login["bot"], true);
}

#[test]
fn a_server_keeps_its_key_and_data() {
    let folder = Folder::new();
    let (key, data) = (folder.path("server.pem"), folder.path("data"));
    let options = ["--key", &key, "--data", &data];
    let first = serve(&options);
    first.run("alice", &["login"], &["--phone", "9996621234", "--code", "22222", "--name", "Alice"]);
    let fingerprint = first.facts["fingerprint"].clone();
    let session = std::fs::read(first.folder.path("alice")).unwrap();
    drop(first);

    let second = serve(&options);
    assert_eq!(second.facts["fingerprint"], fingerprint);
    std::fs::write(second.folder.path("alice"), session).unwrap();
    let me = second.run("alice", &["invoke", "users.getUsers", r#"{"id": [{"_": "inputUserSelf"}]}"#], &[]);
    assert!(me.contains("Alice"), "the auth key of the session is still known: {me}");
}

#[test]
fn the_ready_line_has_its_fixed_fields() {
    let server = serve(&[]);
    assert_eq!(server.facts["dc_id"], 2);
    let fingerprint = server.facts["fingerprint"].as_str().unwrap();
    assert!(fingerprint.len() == 16 && fingerprint.chars().all(|digit| digit.is_ascii_hexdigit()));
    assert!(server.facts["public_key"].as_str().unwrap().starts_with("-----BEGIN RSA PUBLIC KEY-----"));
    assert!(server.facts["address"].as_str().unwrap().starts_with("127.0.0.1:"));
}

#[test]
fn every_command_has_help_with_examples() {
    for command in ["completions", "demo", "secret", "invoke", "login", "rpc", "serve"] {
        let help = output(&[command, "--help"]);
        assert!(help.contains("Examples:"), "{command}: {help}");
        assert!(help.contains(&format!("chappe {command}")), "{command}: {help}");
    }
}

#[test]
fn every_command_about_secret_chats_has_help_with_examples() {
    let help = output(&["secret", "--help"]);
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    // A description that goes on in the next line is further to the right.
    let lines = commands.lines().filter(|line| !line.starts_with("   "));
    let names: Vec<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 12, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        let help = output(&["secret", name, "--help"]);
        assert!(help.contains(&format!("  chappe secret {name}")), "{name}: {help}");
        assert!(help.contains("--session"), "{name}: {help}");
    }
}

#[test]
fn the_exit_codes_are_in_the_help() {
    let help = output(&["--help"]);
    for code in [0, 1, 2, 3, 4, 5, 6, 7, 8, 130] {
        assert!(help.contains(&format!("\n  {code:<3}  ")), "{code}: {help}");
    }
}

#[test]
fn nothing_is_coloured_in_a_file() {
    for arguments in [&["--help"][..], &["demo"], &["secret", "--help"]] {
        assert!(!output(arguments).contains('\u{1b}'), "{arguments:?}");
    }
}

#[test]
fn every_shell_has_its_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(output(&["completions", shell]).contains("print-json"), "{shell}");
    }
}

#[test]
fn several_data_centres_are_listed_and_found() {
    let server = serve(&["--data-centres", "3"]);
    let listed: Vec<(i64, &str)> = server.facts["data_centres"]
        .as_array()
        .unwrap()
        .iter()
        .map(|centre| (centre["id"].as_i64().unwrap(), centre["address"].as_str().unwrap()))
        .collect();
    assert_eq!(listed.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(listed[1].1, server.address, "the second is the one to go to first");
    let third = format!("3={}", listed[2].1);
    // Carol is at home in the third.
    let login = ["--phone", "9996631001", "--code", "33333", "--name", "Carol", "--data-centre", &third];
    server.run("carol", &["login"], &login);
    let config = server.run("carol", &["invoke", "help.getConfig"], &["--data-centre", &third]);
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config["this_dc"], 3);
    assert_eq!(config["dc_options"].as_array().unwrap().len(), 3);
    let mut arguments = server.arguments("carol");
    arguments.splice(0..0, ["invoke".into(), "help.getConfig".into()]);
    arguments.extend(["--data-centre".into(), "three=127.0.0.1:1".into()]);
    let arguments: Vec<&str> = arguments.iter().map(|argument| argument as &str).collect();
    let refused = chappe(&arguments).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("N=HOST:PORT"));
}
