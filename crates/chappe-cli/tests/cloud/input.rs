use crate::common::{Folder, chappe};

/// A command without a server: exit code, and what it says.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let folder = Folder::new();
    let session = folder.path("s.session");
    let output = chappe(&[arguments, &["--session", &session]].concat()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn wrong_command_lines_end_with_a_line_that_says_why() {
    for arguments in [
        &["send"][..],
        &["send", "@bob"],
        &["send", "@bob", "x", "--markdown", "--html"],
        &["history"],
        &["history", "@bob", "--limit", "many"],
        &["download", "@bob", "one"],
        &["upload", "@bob"],
        &["sessions", "end"],
        &["contacts", "add", "9996621001"],
        &["dialogs", "extra"],
    ] {
        let (code, said) = run(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
        assert!(said.starts_with("error: ") && said.contains("--help"), "{arguments:?}: {said}");
    }
}

#[test]
fn the_screen_wants_a_terminal() {
    let (code, said) = run(&["chat"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("terminal"), "{said}");
}

#[test]
fn telegram_itself_wants_credentials_of_ones_own() {
    for command in [&["me"][..], &["send", "me", "x"], &["login", "--phone", "1"]] {
        let (code, said) = run(command);
        assert_eq!(code, Some(2), "{command:?}: {said}");
        assert!(said.contains("--api-id") && said.contains("my.telegram.org"), "{command:?}: {said}");
    }
}
