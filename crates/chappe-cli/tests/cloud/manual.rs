use crate::common::{Folder, chappe, output};

const COMMANDS: [&str; 12] = [
    "chat", "contacts", "dialogs", "download", "history", "logout", "man", "me", "send", "sessions",
    "upload", "watch",
];

#[test]
fn every_command_has_help_with_examples() {
    for command in COMMANDS {
        let help = output(&[command, "--help"]);
        assert!(
            help.contains("Examples:") && help.contains(&format!("  chappe {command}")),
            "{command}: {help}"
        );
    }
}

#[test]
fn every_command_has_its_manual_page() {
    assert!(output(&["man"]).contains(".TH chappe 1"));
    let folder = Folder::new();
    output(&["man", &folder.path("")]);
    for command in COMMANDS.iter().copied().chain(["secret-send-file", "contacts-add", "serve"]) {
        let page = std::fs::read_to_string(folder.path(&format!("chappe-{command}.1"))).unwrap();
        assert!(page.contains(".SH OPTIONS") && page.contains("Examples:"), "{command}: {page}");
    }
    let refused = chappe(&["man", &folder.path("missing")]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}
