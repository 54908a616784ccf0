//! Whatever a user gets wrong ends in one clear line on standard error and a code that is not zero.

#![allow(clippy::unwrap_used, reason = "these are tests")]

mod common;

use common::{Folder, chappe, serve};

/// Runs `chappe` and gives its exit code and the one line it printed.
fn failure(arguments: &[&str]) -> (i32, String) {
    let output = chappe(arguments).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{arguments:?} should fail");
    assert!(error.starts_with("error: "), "{error}");
    assert!(!error.contains("panicked"), "{error}");
    (output.status.code().unwrap(), error)
}

fn one_line(arguments: &[&str]) -> (i32, String) {
    let (code, error) = failure(arguments);
    assert_eq!(error.lines().count(), 1, "{error}");
    (code, error)
}

#[test]
fn arguments_that_are_no_json() {
    let (code, error) = one_line(&["invoke", "help.getConfig", "{nonsense", "--encode"]);
    assert_eq!(code, 2);
    assert!(error.contains("not JSON"), "{error}");
}

#[test]
fn an_unknown_method_names_the_nearest() {
    let (code, error) = one_line(&["invoke", "help.getConfik", "--encode"]);
    assert_eq!(code, 2);
    assert!(error.contains("help.getConfig"), "{error}");
}

#[test]
fn an_unknown_field_names_the_nearest() {
    let (code, error) = one_line(&["invoke", "messages.receivedQueue", r#"{"max_qt": 1}"#, "--encode"]);
    assert_eq!(code, 2);
    assert!(error.contains("max_qts"), "{error}");
}

#[test]
fn an_unknown_command() {
    let (code, error) = failure(&["dance"]);
    assert_eq!(code, 2);
    assert!(error.contains("dance"), "{error}");
}

#[test]
fn a_server_without_its_key() {
    let (code, error) = failure(&["invoke", "help.getConfig", "--server", "127.0.0.1:1"]);
    assert_eq!(code, 2);
    assert!(error.contains("--server-key"), "{error}");
}

#[test]
fn a_key_file_that_is_missing() {
    let folder = Folder::new();
    let (code, error) = one_line(&[
        "invoke",
        "help.getConfig",
        "--server",
        "127.0.0.1:1",
        "--server-key",
        &folder.path("none.pem"),
        "--session",
        &folder.path("session"),
    ]);
    assert_eq!(code, 2);
    assert!(error.contains("none.pem"), "{error}");
}

#[test]
fn a_key_file_with_something_else_in_it() {
    let folder = Folder::new();
    std::fs::write(folder.path("key.pem"), "not a key").unwrap();
    let key = folder.path("key.pem");
    let (_, error) = one_line(&["serve", "--key", &key]);
    assert!(error.contains("key.pem"), "{error}");
    let session = folder.path("session");
    let (code, error) = one_line(&[
        "login",
        "--server",
        "127.0.0.1:1",
        "--server-key",
        &key,
        "--session",
        &session,
        "--phone",
        "1",
    ]);
    assert_eq!(code, 2);
    assert!(error.contains("key.pem"), "{error}");
}

#[test]
fn a_port_that_is_taken() {
    let server = serve(&[]);
    let (code, error) = one_line(&["serve", "--listen", &server.address]);
    assert_eq!(code, 1);
    assert!(error.contains(&server.address), "{error}");
}

#[test]
fn a_data_folder_that_cannot_be_used() {
    let folder = Folder::new();
    std::fs::write(folder.path("file"), "in the way").unwrap();
    let (code, error) = one_line(&["serve", "--data", &folder.path("file")]);
    assert_eq!(code, 1);
    assert!(error.contains("file"), "{error}");
}

#[test]
fn a_server_that_does_not_answer() {
    let server = serve(&[]);
    let (code, error) = one_line(&[
        "invoke",
        "help.getConfig",
        "--server",
        "127.0.0.1:1",
        "--server-key",
        &server.key,
        "--session",
        &server.folder.path("session"),
    ]);
    assert_eq!(code, 4);
    assert!(error.contains("127.0.0.1:1"), "{error}");
}

#[test]
fn a_code_that_is_wrong() {
    let server = serve(&[]);
    let mut arguments = server.arguments("session");
    arguments.extend(["--phone", "9996621234", "--code", "11111", "--name", "Alice"].map(str::to_owned));
    let arguments: Vec<&str> = ["login"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
    let (code, error) = one_line(&arguments);
    assert_eq!(code, 3);
    assert!(error.contains("PHONE_CODE_INVALID"), "{error}");
}

#[test]
fn a_session_file_that_is_none() {
    let server = serve(&[]);
    server.run("alice", &["login"], &["--phone", "9996621001", "--code", "22222", "--name", "Alice"]);
    let session = std::fs::read(server.folder.path("alice")).unwrap();
    for (name, bytes) in
        [("letter", &b"Dear Bob, this is no session."[..]), ("cut", &session[..session.len() / 2])]
    {
        std::fs::write(server.folder.path(name), bytes).unwrap();
        let arguments = server.arguments(name);
        let all: Vec<&str> =
            ["secret", "list"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
        let (code, error) = one_line(&all);
        assert_eq!(code, 7, "{error}");
        assert!(error.contains(name), "{error}");
        assert_eq!(std::fs::read(server.folder.path(name)).unwrap(), bytes, "it is left alone");
    }
}

#[test]
fn words_of_the_reference_that_are_wrong_are_named_with_file_and_line() {
    for (file, text, line, about) in [
        ("methods/help.toml", "[getConfig]\nsummary = 'a'\nsummary = 'b'\n", 3, "duplicate key"),
        ("methods/help.toml", "[getConfig]\nsummary = 'a'\n\n[getConfik]\nsummary = 'b'\n", 4, "`getConfig`"),
        ("methods/help.toml", "[getConfig]\nsumary = 'a'\n", 2, "sumary"),
        ("methods/help.toml", "[getConfig.params]\nhash = 'a'\n", 2, "hash"),
        ("methods/help.toml", "[getConfig]\nsummary = 'See [it](type:Confik).'\n", 2, "Config"),
        ("types/a.toml", "[Config]\nsummary = 'a'\n\n[InputPeeer]\nsummary = 'b'\n", 4, "InputPeer"),
        ("errors.toml", "[\"CHAT_ID_INVALIDD\"]\ncause = 'a'\n", 1, "CHAT_ID_INVALID"),
        ("guides/a.md", "# A\n\nSee [that](method:help.getConfik).\n", 3, "help.getConfig"),
        ("guides/a.md", "No title\n", 1, "# Title"),
    ] {
        let folder = Folder::new();
        let path = folder.path(file);
        std::fs::create_dir_all(std::path::Path::new(&path).parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        let words = folder.path("");
        let (code, error) = one_line(&["docs", "show", "ping", "--prose", &words]);
        assert_eq!(code, 2);
        assert!(error.contains(&format!("{file}:{line}: ")) && error.contains(about), "{text}\n{error}");
    }
}

#[test]
fn a_page_that_there_is_not_and_folders_that_cannot_be_read() {
    let (code, error) = one_line(&["docs", "show", "messages.sendEncryptedServise"]);
    assert_eq!(code, 2);
    assert!(error.contains("messages.sendEncryptedService"), "{error}");
    let folder = Folder::new();
    let (code, error) = one_line(&["docs", "show", "ping", "--prose", &folder.path("none")]);
    assert_eq!(code, 2);
    assert!(error.contains("--prose") && error.contains("none"), "{error}");
    let (code, error) = one_line(&["docs", "show", "ping", "--descriptions", &folder.path("none")]);
    assert_eq!(code, 2);
    assert!(error.contains("--descriptions") && error.contains("none"), "{error}");
    std::fs::write(folder.path("site"), "in the way").unwrap();
    let words = Folder::new();
    let (_, error) = one_line(&["docs", "build", "--out", &folder.path("site"), "--prose", &words.path("")]);
    assert!(error.contains("site"), "{error}");
}
