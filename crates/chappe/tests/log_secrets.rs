//! Nothing secret is written anywhere that people look at: a whole acquaintance of two clients and a server, with every
//! log line of the process kept, is searched for the bytes of the keys, in all the forms in which bytes are printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod common;

use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use chappe::files::FileInput;
use chappe::session::{KeyRange, MemorySession, Scan, Session};
use chappe::{SignIn, SqliteSession};
use chappe_crypto::{AuthKey, KeyFingerprint};
use common::secret::{action, chat, message, text};
use common::{builder, person_with, phone, server, set_password, soon};

const PASSPHRASE: &str = "zq8431-Xylophon-Kupfer-5520";
const PASSWORD: &str = "vk7720-Quarz-Nebel-Ofen-3319";
const WORDS: &str = "wj9916 Mondschein Tulpe 4407";

/// Everything that is logged or printed.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// What an application may print of a value.
    fn print(&self, value: &impl Debug) {
        writeln!(self.clone(), "{value:?}\n{value:#?}").unwrap();
    }

    fn print_error(&self, error: &(impl Debug + Display)) {
        writeln!(self.clone(), "{error}").unwrap();
        self.print(error);
    }
}

/// The forms in which a few bytes may be written.
fn forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = |separator: &str| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(separator);
    let hexes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        bytes.to_vec(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        hexes.join(" ").into_bytes(),
        hexes.join(":").into_bytes(),
        list(", ").into_bytes(),
        list(",").into_bytes(),
        list(",\n    ").into_bytes(),
        bytes.escape_ascii().to_string().into_bytes(),
    ];
    // Base64 looks different at each of three places; the first and last characters depend on the neighbours.
    for skip in 0..3 {
        let piece = &bytes[skip..skip + (bytes.len() - skip) / 3 * 3];
        forms.extend([STANDARD.encode(piece).into_bytes(), URL_SAFE.encode(piece).into_bytes()]);
    }
    forms
}

/// Which of the secrets are written in the log, twelve bytes in a row or more, and where.
fn found(log: &[u8], secrets: &[(&str, &[u8])]) -> Vec<String> {
    // The log is long and the forms are many: they are looked up by how they begin.
    let mut sought: HashMap<[u8; 8], Vec<(&str, Vec<u8>)>> = HashMap::new();
    for (name, secret) in secrets {
        let (pieces, rest) = secret.as_chunks::<12>();
        let rest = (rest.len() > 7).then_some(rest);
        for form in pieces.iter().map(|piece| &piece[..]).chain(rest).flat_map(forms) {
            let begin = *form.first_chunk().expect("a form that is too short to be told from chance");
            sought.entry(begin).or_default().push((name, form));
        }
    }
    let mut found = Vec::new();
    for (at, begin) in log.windows(8).enumerate() {
        let begin: &[u8; 8] = begin.try_into().unwrap();
        for (name, _) in
            sought.get(begin).into_iter().flatten().filter(|(_, form)| log[at..].starts_with(form))
        {
            let around = &log[at.saturating_sub(200)..(at + 100).min(log.len())];
            found.push(format!("{name}: {}", String::from_utf8_lossy(around)));
        }
    }
    found
}

fn contains(log: &[u8], words: &str) -> bool {
    log.windows(words.len()).any(|window| window == words.as_bytes())
}

/// The key of this name, out of the records of a session.
async fn stored_key(session: &MemorySession, name: KeyFingerprint) -> AuthKey {
    let everything = Scan::first(KeyRange::prefix(&[]), 10_000);
    let records = session.scan(&everything).await.unwrap();
    let mut windows = records.iter().flat_map(|record| record.value.windows(256));
    let key =
        windows.find_map(|window| AuthKey::from_slice(window).ok().filter(|key| key.fingerprint() == name));
    key.expect("the key is in no record")
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let secret: Vec<u8> = (0..32_u8).map(|at| at.wrapping_mul(37) ^ 0xa5).collect();
    let found = |log: &[u8]| found(log, &[("it", &secret)]).len();
    for written in [
        format!("{secret:?}"),
        format!("{secret:#?}"),
        secret.escape_ascii().to_string(),
        secret.iter().map(|byte| format!("{byte:02X}")).collect(),
        STANDARD.encode(&secret),
        STANDARD.encode([&[1][..], &secret].concat()),
        URL_SAFE.encode([&[1, 2][..], &secret].concat()),
    ] {
        assert!(found(written.as_bytes()) > 0, "{written}");
    }
    assert!(found(&[&[9; 5][..], &secret].concat()) > 0);
    assert_eq!(found(&[0; 1000]), 0);
}

#[tokio::test]
async fn no_key_password_or_message_is_logged_or_printed() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    tracing::trace!("the log is on");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alice.session");
    let server = server().await;
    let session = SqliteSession::open_encrypted(&path, PASSPHRASE).await.unwrap();
    let (alice, _) = person_with(&server, session, 101, "Alice").await;
    let bobs = MemorySession::new();
    let (bob, user) = person_with(&server, bobs.clone(), 102, "Bob").await;

    // A password: set, given wrongly, given rightly.
    set_password(&alice, PASSWORD, "a hint").await;
    let other = builder(&server, MemorySession::new()).connect().await.unwrap();
    let token = other.request_login_code(&phone(101)).await.unwrap();
    log.print(&token);
    log.print_error(&other.sign_in(&token, "11111").await.unwrap_err());
    let SignIn::PasswordRequired { .. } = other.sign_in(&token, "22222").await.unwrap() else { panic!() };
    log.print_error(&other.check_password("another password, 1").await.unwrap_err());
    other.check_password(PASSWORD).await.unwrap();

    // A chat: texts, a file, an answer, a timer, a new key.
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let mut to_alice = alice.secret_events();
    let first = stored_key(&bobs, theirs.info().await.unwrap().key_fingerprint.unwrap()).await;
    soon(ours.send_text(WORDS)).await.unwrap();
    assert_eq!(text(&mut events).await, WORDS);
    let content: Vec<u8> = (0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let sent = soon(ours.send_file(FileInput::bytes(content.clone()).named("a.bin"))).await.unwrap();
    let file = sent.file.clone().unwrap();
    log.print(&sent);
    let inbound = message(&mut events).await;
    log.print(&inbound.media_file());
    assert!(soon(theirs.download(&inbound).unwrap().to_vec()).await.unwrap() == content);
    soon(theirs.send_text("an answer")).await.unwrap();
    assert_eq!(text(&mut to_alice).await, "an answer");
    soon(ours.set_ttl(Duration::from_secs(30))).await.unwrap();
    soon(ours.rekey()).await.unwrap();
    log.print(&action(&mut events, "RequestKey").await);
    log.print(&action(&mut events, "CommitKey").await);
    soon(ours.send_text("under the new key")).await.unwrap();
    text(&mut events).await;
    let second = stored_key(&bobs, theirs.info().await.unwrap().key_fingerprint.unwrap()).await;
    assert!(first != second);

    // What an application prints, and the errors that it meets.
    for client in [&alice, &bob] {
        log.print(client);
        let stored = client.stored_session().await.unwrap();
        log.print(&stored);
        log.print(&client.secret_chats());
    }
    log.print(&ours);
    log.print(&ours.info().await.unwrap());
    log.print(&bobs);
    log.print(&theirs.seal(chappe::secret::Action::Noop).await.unwrap());
    soon(theirs.close()).await.unwrap();
    soon(async { while ours.send_text("too late").await.is_ok() {} }).await;
    log.print_error(&ours.send_text("too late").await.unwrap_err());
    let keys =
        [alice.stored_session().await.unwrap(), bob.stored_session().await.unwrap()].map(|s| s.auth_key);
    let string = bob.stored_session().await.unwrap().to_text();
    alice.disconnect().await.unwrap();
    bob.disconnect().await.unwrap();
    log.print_error(&SqliteSession::open(&path).await.unwrap_err());
    log.print_error(&SqliteSession::open_encrypted(&path, "another passphrase, 1").await.unwrap_err());
    log.print_error(&chappe::StringSession::parse(&string[..string.len() - 3]).unwrap_err());
    log.print_error(&chappe::StoredSession::import(&string).unwrap_err());
    let reopened = SqliteSession::open_encrypted(&path, PASSPHRASE).await.unwrap();
    log.print(&reopened);

    let log = log.0.lock().unwrap().clone();
    assert!(log.len() > 2_000 && contains(&log, "the log is on"), "{} bytes of log", log.len());
    let secrets = [
        ("the key of Alice's login", &keys[0].as_bytes()[..]),
        ("the key of Bob's login", &keys[1].as_bytes()[..]),
        ("the first key of the chat", &first.as_bytes()[..]),
        ("the second key of the chat", &second.as_bytes()[..]),
        ("the key of the file", &file.key.key[..]),
        ("the iv of the file", &file.key.iv[..]),
        ("the passphrase", PASSPHRASE.as_bytes()),
        ("the password", PASSWORD.as_bytes()),
        ("a message", WORDS.as_bytes()),
        ("the content of the file", &content[..240]),
        ("the text of a session", &string.as_bytes()[8..]),
    ];
    assert_eq!(found(&log, &secrets), Vec::<String>::new());
    // The server of tests tells its codes; a client does not repeat what was typed.
    for line in log.split(|byte| *byte == b'\n') {
        // As a word of its own: other numbers may contain the digits.
        let mut words = line.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'.');
        let code = words.any(|word| word == b"22222" || word == b"11111");
        assert!(!code || contains(line, "code for"), "{}", String::from_utf8_lossy(line));
    }
}
