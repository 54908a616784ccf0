use crate::{ALICE, BOB, Two};

#[test]
fn files_go_up_and_come_down_the_same() {
    let two = Two::new();
    let (long, short) = (two.server.folder.path("long.bin"), two.server.folder.path("note.txt"));
    let bytes: Vec<u8> = (0..1_500_000_u32).map(|at| (at % 251) as u8).collect();
    std::fs::write(&long, &bytes).unwrap();
    std::fs::write(&short, "signals").unwrap();
    let sent = two.json("alice", &["upload", BOB, &long, &short, "--caption", "both"]);
    let facts: Vec<_> =
        sent.iter().map(|sent| (&sent["media"]["name"], &sent["media"]["size"], &sent["text"])).collect();
    assert_eq!(facts[0], (&"long.bin".into(), &"1500000".into(), &"both".into()));
    assert_eq!(facts[1], (&"note.txt".into(), &"7".into(), &"".into()));
    assert_eq!(sent[1]["media"]["mime_type"], "text/plain");

    let history = two.json("bob", &["history", ALICE]);
    let number = |at: usize| history[at]["id"].to_string();
    let folder = two.server.folder.path("");
    let first = two.one("bob", &["download", ALICE, &number(0), &folder]);
    assert_eq!((&first["event"], &first["size"]), (&"downloaded".into(), &"1500000".into()));
    let path = first["path"].as_str().unwrap();
    assert!(path.ends_with("long-2.bin"), "what is there is kept: {path}");
    assert_eq!(std::fs::read(path).unwrap(), bytes);
    let (code, said) = two.failure("bob", &["download", ALICE, &number(1), &short]);
    assert_eq!(code, 2, "{said}");
    std::fs::write(&short, "other").unwrap();
    two.text("bob", &["download", ALICE, &number(1), &short, "--force"]);
    assert_eq!(std::fs::read(&short).unwrap(), b"signals");
}

#[test]
fn what_is_no_file_is_refused_before_anything_is_sent() {
    let two = Two::new();
    let there = two.server.folder.path("there");
    std::fs::write(&there, "x").unwrap();
    let missing = two.server.folder.path("missing");
    let (code, said) = two.failure("alice", &["upload", BOB, &there, &missing]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("missing"), "{said}");
    assert!(two.json("alice", &["history", BOB]).is_empty());
    let sent = two.one("alice", &["send", BOB, "no file"]);
    let (code, said) = two.failure("alice", &["download", BOB, &sent["id"].to_string()]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("no file"), "{said}");
    let (code, said) = two.failure("alice", &["download", BOB, "4711"]);
    assert_eq!(code, 2, "{said}");
    assert_eq!(two.failure("alice", &["upload", BOB, "-", "-"]).0, 2);
}
