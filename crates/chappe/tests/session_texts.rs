//! Sessions as texts and as files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

use chappe::session::{
    Batch, ForeignFormat, Key, MemorySession, Record, Session, SessionError, SqliteSession, StoredSession,
    StringSession,
};

const VECTORS: &str = include_str!("vectors/session_strings.json");

fn vectors() -> serde_json::Value {
    serde_json::from_str(VECTORS).unwrap()
}

#[test]
fn texts_of_other_libraries_are_read_and_written() {
    let vectors = vectors();
    for vector in vectors["computed"].as_array().unwrap() {
        let text = vector["string"].as_str().unwrap();
        let (stored, format) = StoredSession::import(text).unwrap();
        assert_eq!(i64::from(stored.dc_id), vector["dc_id"].as_i64().unwrap());
        assert_eq!(stored.auth_key.as_bytes(), &[0x11; 256]);
        let name = vector["format"].as_str().unwrap();
        match name {
            "telethon_ipv4" | "telethon_ipv6" => {
                assert_eq!(format, ForeignFormat::Telethon);
                assert_eq!(stored.address.host(), vector["ip"].as_str().unwrap());
                assert_eq!(u64::from(stored.address.port()), vector["port"].as_u64().unwrap());
                assert_eq!(stored.to_telethon().unwrap().as_str(), text);
            }
            "gramjs" => {
                assert_eq!(format, ForeignFormat::GramJs);
                assert_eq!(stored.address.host(), vector["host"].as_str().unwrap());
                assert_eq!(u64::from(stored.address.port()), vector["port"].as_u64().unwrap());
                assert_eq!(stored.to_gramjs().unwrap().as_str(), text);
            }
            _ => {
                let ForeignFormat::Pyrogram(extras) = format else { panic!("{name}: {format:?}") };
                assert_eq!(stored.user_id, vector["user_id"].as_i64(), "{name}");
                assert_eq!(Some(extras.test), vector["test_mode"].as_bool());
                assert_eq!(Some(stored.is_bot), vector["is_bot"].as_bool());
                assert_eq!(extras.api_id.map(u64::from), vector["api_id"].as_u64());
                if let Some(api_id) = extras.api_id {
                    assert_eq!(stored.to_pyrogram(api_id, extras.test).unwrap().as_str(), text);
                }
            }
        }
        assert!(!format!("{stored:?}").contains("1111"), "the key shows");
    }
}

#[test]
fn damaged_texts_are_refused() {
    let vectors = vectors();
    for vector in vectors["invalid"].as_array().unwrap() {
        let text = vector["string"].as_str().unwrap();
        assert!(StringSession::parse(text).is_err(), "{}", vector["why"]);
    }
    for vector in vectors["computed"].as_array().unwrap() {
        let text = vector["string"].as_str().unwrap();
        for len in 0..text.len() {
            // Pyrogram's formats are told apart by their lengths alone.
            if vector["format"].as_str().unwrap().starts_with("pyrogram") && [351, 356].contains(&len) {
                continue;
            }
            assert!(StringSession::parse(&text[..len]).is_err(), "cut at {len}");
        }
        assert!(StringSession::parse(&format!("{text}AAAA")).is_err());
    }
}

#[test]
fn our_own_texts_come_back() {
    let text = vectors()["computed"][0]["string"].as_str().unwrap().to_owned();
    let (mut stored, _) = StoredSession::import(&text).unwrap();
    stored.user_id = Some(77);
    stored.is_bot = true;
    stored.salt = -5;
    stored.time_offset_millis = Some(-1234);
    let text = stored.to_text();
    assert_eq!(StoredSession::from_text(&text).unwrap(), stored);
    assert_eq!(StringSession::parse(&text).unwrap().export().unwrap(), text);
    for len in 0..text.len() {
        assert!(StoredSession::from_text(&text[..len]).is_err(), "cut at {len}");
    }
}

/// What every session has to do. The names of the records are those of no part of the library.
async fn behaves(session: &dyn Session) {
    let (stored, _) = StoredSession::import(vectors()["computed"][0]["string"].as_str().unwrap()).unwrap();
    assert_eq!(session.load().await.unwrap(), None);
    session.save(&stored).await.unwrap();
    assert_eq!(session.load().await.unwrap(), Some(stored));
    let record = |key: u8, value: &[u8]| Record { key: Key(vec![key]), value: value.to_vec() };
    session.apply(&Batch { put: vec![record(1, b"one"), record(2, b"two")], remove: vec![] }).await.unwrap();
    session
        .apply(&Batch { put: vec![record(2, b"zwei"), record(3, b"")], remove: vec![Key(vec![1])] })
        .await
        .unwrap();
    assert_eq!(session.records().await.unwrap(), [record(2, b"zwei"), record(3, b"")]);
    session.settle().await.unwrap();
    assert_eq!(session.records().await.unwrap().len(), 2);
}

#[tokio::test]
async fn sessions_keep_what_they_are_given() {
    behaves(&MemorySession::new()).await;
    behaves(&StringSession::new()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.session");
    let session = SqliteSession::open(&path).await.unwrap();
    behaves(&session).await;
    session.close().await.unwrap();
    assert!(matches!(session.load().await, Err(SessionError::Closed)));
    let session = SqliteSession::open(&path).await.unwrap();
    assert_eq!(session.records().await.unwrap().len(), 2);
}

#[cfg(unix)]
#[tokio::test]
async fn a_session_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.session");
    std::fs::write(&path, b"").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let session = SqliteSession::open(&path).await.unwrap();
    session.apply(&Batch { put: vec![], remove: vec![Key(vec![1])] }).await.unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
    }
}

#[tokio::test]
async fn removed_values_leave_no_trace_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let session = SqliteSession::open(folder.path().join("a.session")).await.unwrap();
    let secret = b"a value that nobody may find again".repeat(10);
    let put = Record { key: Key(vec![1]), value: secret.clone() };
    session.apply(&Batch { put: vec![put], remove: vec![] }).await.unwrap();
    session.apply(&Batch { put: vec![], remove: vec![Key(vec![1])] }).await.unwrap();
    session.settle().await.unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(20).any(|window| window == &secret[..20]));
    }
}

#[tokio::test]
async fn files_that_are_no_sessions_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.session");
    std::fs::write(&path, "certainly not a database, but a text of some length".repeat(50)).unwrap();
    assert!(matches!(SqliteSession::open(&path).await, Err(SessionError::Store(_))));
    let missing = folder.path().join("no/such/folder/a.session");
    assert!(matches!(SqliteSession::open(&missing).await, Err(SessionError::File { .. })));
}
