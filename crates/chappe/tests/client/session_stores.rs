//! The stores of the library keep the contract, and the contract finds stores that do not. What a file holds, and what
//! becomes of it when it is cut, changed, copied, or full.
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use chappe::session::{
    Batch, Key, KeyRange, Lease, MemorySession, Record, Scan, Session, SessionError, SessionFuture,
    StoredSession, StringSession, conformance,
};
use chappe::{Address, SqliteSession};

fn record(name: &[u8], value: &[u8]) -> Record {
    Record { key: Key(name.to_vec()), value: value.to_vec() }
}

fn put(records: Vec<Record>) -> Batch {
    Batch { put: records, ..Batch::default() }
}

fn stored() -> StoredSession {
    let key = chappe_crypto::AuthKey::from_slice(&[9; 256]).unwrap();
    StoredSession { user_id: Some(7), ..StoredSession::new(2, Address::new("127.0.0.1", 443).unwrap(), key) }
}

async fn all(session: &dyn Session) -> Result<Vec<Record>, SessionError> {
    session.scan(&Scan::all(KeyRange::ALL)).await
}

/// Whether the bytes are in a file of the folder.
fn contains(folder: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let content = std::fs::read(entry.unwrap().path()).unwrap();
        content.windows(bytes.len()).any(|window| window == bytes)
    })
}

async fn check_shared<S: Session + Clone>(new: impl Fn() -> S) -> Result<(), conformance::Failure> {
    let stores = Mutex::new(HashMap::<String, S>::new());
    conformance::check(async |name: String| -> Result<Arc<dyn Session>, SessionError> {
        Ok(Arc::new(stores.lock().unwrap().entry(name).or_insert_with(&new).clone()) as Arc<dyn Session>)
    })
    .await
}

#[tokio::test]
async fn the_stores_of_the_library_keep_the_contract() {
    check_shared(MemorySession::new).await.unwrap();
    check_shared(StringSession::new).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for passphrase in [None, Some("open sesame")] {
        conformance::check(async |name: String| -> Result<Arc<dyn Session>, SessionError> {
            let path = folder.path().join(format!("{name}-{}", passphrase.is_some()));
            Ok(match passphrase {
                None => Arc::new(SqliteSession::open(path).await?) as Arc<dyn Session>,
                // Deriving a key for every part of the contract would take most of the time.
                Some(_) if !name.contains("reopening") && !name.contains("large") => {
                    Arc::new(MemorySession::new())
                }
                Some(passphrase) => Arc::new(SqliteSession::open_encrypted(path, passphrase).await?),
            })
        })
        .await
        .unwrap();
    }
}

/// What a broken store does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Backwards,
    ForgetsOnClose,
    HalfBatches,
    KeepsRemoved,
    NoClaims,
    PutsFirst,
    ShortValues,
    SlowHalves,
    UnboundedPages,
}

#[derive(Clone)]
struct Broken {
    inner: Arc<Mutex<MemorySession>>,
    fault: Fault,
}

impl Broken {
    fn inner(&self) -> MemorySession {
        self.inner.lock().unwrap().clone()
    }
}

impl Session for Broken {
    fn claim(&self) -> SessionFuture<'_, Lease> {
        Box::pin(async {
            match self.fault {
                Fault::NoClaims => MemorySession::new().claim().await,
                _ => self.inner().claim().await,
            }
        })
    }

    fn load(&self) -> SessionFuture<'_, Option<StoredSession>> {
        Box::pin(async { self.inner().load().await })
    }

    fn save<'a>(&'a self, stored: &'a StoredSession) -> SessionFuture<'a, ()> {
        Box::pin(async { self.inner().save(stored).await })
    }

    fn scan<'a>(&'a self, scan: &'a Scan) -> SessionFuture<'a, Vec<Record>> {
        Box::pin(async {
            let mut scan = scan.clone();
            match self.fault {
                Fault::Backwards => scan.backwards = false,
                Fault::UnboundedPages => scan.range.to = None,
                _ => {}
            }
            self.inner().scan(&scan).await
        })
    }

    fn apply<'a>(&'a self, batch: &'a Batch) -> SessionFuture<'a, ()> {
        Box::pin(async {
            let mut batch = batch.clone();
            let inner = self.inner();
            match self.fault {
                Fault::HalfBatches => batch.put.truncate(1),
                Fault::KeepsRemoved => batch.remove_ranges.clear(),
                Fault::PutsFirst => {
                    inner.apply(&put(std::mem::take(&mut batch.put))).await?;
                }
                Fault::ShortValues => batch.put.iter_mut().for_each(|record| record.value.truncate(1 << 20)),
                Fault::SlowHalves => {
                    let rest = batch.put.split_off(batch.put.len().min(1));
                    inner.apply(&batch).await?;
                    tokio::task::yield_now().await;
                    batch = put(rest);
                }
                _ => {}
            }
            inner.apply(&batch).await
        })
    }

    fn close(&self) -> SessionFuture<'_, ()> {
        Box::pin(async {
            if self.fault == Fault::ForgetsOnClose {
                *self.inner.lock().unwrap() = MemorySession::new();
            }
            Ok(())
        })
    }
}

#[tokio::test]
async fn broken_stores_are_found() {
    use Fault::*;
    for (fault, check) in [
        (Backwards, "records_come_in_the_order_of_their_keys"),
        (ForgetsOnClose, "what_was_written_is_there_after_reopening"),
        (HalfBatches, "a_batch_removes_before_it_puts"),
        (KeepsRemoved, "removed_ranges_are_gone_and_nothing_else"),
        (NoClaims, "one_client_at_a_time"),
        (PutsFirst, "a_batch_removes_before_it_puts"),
        (ShortValues, "large_values_come_back"),
        (SlowHalves, "a_batch_given_up_is_carried_out_or_not"),
        (UnboundedPages, "records_come_in_the_order_of_their_keys"),
    ] {
        let new = || Broken { inner: Arc::default(), fault };
        let failure = check_shared(new).await.expect_err(&format!("{fault:?} is not found"));
        assert_eq!(failure.check, check, "{fault:?}: {failure}");
    }
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
    session.apply(&put(vec![record(b"1", b"x")])).await.unwrap();
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
    session.apply(&put(vec![record(b"1", &secret)])).await.unwrap();
    session.apply(&Batch { remove: vec![Key(b"1".to_vec())], ..Batch::default() }).await.unwrap();
    session.settle().await.unwrap();
    assert!(!contains(folder.path(), &secret[..20]));
}

#[tokio::test]
async fn a_closed_session_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let session = SqliteSession::open(folder.path().join("a.session")).await.unwrap();
    session.close().await.unwrap();
    assert!(matches!(session.load().await, Err(SessionError::Closed)));
    assert!(matches!(session.apply(&put(vec![record(b"1", b"")])).await, Err(SessionError::Closed)));
}

#[tokio::test]
async fn files_that_are_no_sessions_are_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.session");
    let text = "certainly not a database, but a text of some length".repeat(50);
    std::fs::write(&path, &text).unwrap();
    let error = SqliteSession::open(&path).await.unwrap_err();
    assert!(matches!(error, SessionError::Foreign { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    let missing = folder.path().join("no/such/folder/a.session");
    assert!(matches!(SqliteSession::open(&missing).await, Err(SessionError::File { .. })));
    // Somebody else's database.
    let path = folder.path().join("other.db");
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut other = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::raw_sql("CREATE TABLE login (x); CREATE TABLE bread (y)").execute(&mut other).await.unwrap();
    sqlx::Connection::close(other).await.unwrap();
    assert!(matches!(SqliteSession::open(&path).await, Err(SessionError::Foreign { .. })));
}

/// Everything in a folder, for putting it back.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[tokio::test]
async fn a_passphrase_hides_everything_and_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.session");
    let secret = b"what the file must not show".repeat(3);
    // A plain file is encrypted with the first opening that has a passphrase.
    let session = SqliteSession::open(&path).await.unwrap();
    session.save(&stored()).await.unwrap();
    session.apply(&put((0..600_u16).map(|n| record(&n.to_be_bytes(), &secret)).collect())).await.unwrap();
    session.close().await.unwrap();
    assert!(contains(folder.path(), &secret[..27]) && contains(folder.path(), &[9; 64]));
    let session = SqliteSession::open_encrypted(&path, "first").await.unwrap();
    assert!(session.is_encrypted().await);
    assert!(!contains(folder.path(), &secret[..27]) && !contains(folder.path(), &[9; 64]));
    assert_eq!(session.load().await.unwrap(), Some(stored()));
    session.close().await.unwrap();

    let error = SqliteSession::open_encrypted(&path, "wrong").await.unwrap_err();
    assert!(matches!(error, SessionError::Passphrase { .. }), "{error}");
    assert!(matches!(SqliteSession::open_encrypted(&path, "").await, Err(SessionError::Passphrase { .. })));
    let error = SqliteSession::open(&path).await.unwrap_err();
    assert!(matches!(error, SessionError::PassphraseNeeded { .. }), "{error}");

    let session = SqliteSession::open_encrypted(&path, "first").await.unwrap();
    session.set_passphrase(Some("second")).await.unwrap();
    session.apply(&put(vec![record(b"later", &secret)])).await.unwrap();
    session.close().await.unwrap();
    assert!(SqliteSession::open_encrypted(&path, "first").await.is_err());
    let session = SqliteSession::open_encrypted(&path, "second").await.unwrap();
    assert_eq!(all(&session).await.unwrap().len(), 601);
    assert!(!contains(folder.path(), &secret[..27]));
    session.set_passphrase(None).await.unwrap();
    session.close().await.unwrap();
    let session = SqliteSession::open(&path).await.unwrap();
    assert!(all(&session).await.unwrap().iter().all(|record| record.value == secret));
}

#[tokio::test]
async fn a_file_of_the_first_version_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.session");
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut old = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::raw_sql(
        "CREATE TABLE login (one INTEGER PRIMARY KEY CHECK (one = 1), stored BLOB NOT NULL) STRICT;
         CREATE TABLE records (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
         PRAGMA user_version = 1; INSERT INTO records VALUES (x'01', x'0203'), (x'04', x'');",
    )
    .execute(&mut old)
    .await
    .unwrap();
    sqlx::query("INSERT INTO login VALUES (1, ?)")
        .bind(stored().to_bytes().to_vec())
        .execute(&mut old)
        .await
        .unwrap();
    sqlx::Connection::close(old).await.unwrap();
    for _ in 0..2 {
        let session = SqliteSession::open(&path).await.unwrap();
        assert_eq!(session.load().await.unwrap(), Some(stored()));
        assert_eq!(all(&session).await.unwrap(), [record(&[1], &[2, 3]), record(&[4], b"")]);
        session.close().await.unwrap();
    }
}

#[tokio::test]
async fn every_changed_byte_is_noticed_or_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.session");
    let session = SqliteSession::open(&path).await.unwrap();
    session.save(&stored()).await.unwrap();
    let records: Vec<Record> = (0..20_u8).map(|n| record(&[n, 1], &[n; 200])).collect();
    session.apply(&put(records.clone())).await.unwrap();
    session.close().await.unwrap();
    let whole = std::fs::read(&path).unwrap();
    let other = folder.path().join("b.session");
    let (mut noticed, mut harmless) = (0, 0);
    // A step that is prime to the sizes of pages and records.
    for at in (0..whole.len()).step_by(211) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&other, &bytes).unwrap();
        let read = async {
            let session = SqliteSession::open(&other).await?;
            let found = (session.load().await, all(&session).await);
            session.close().await?;
            Ok::<_, SessionError>((found.0?, found.1?))
        };
        match read.await {
            Err(_) => noticed += 1,
            Ok((login, found)) => {
                // Free pages, or names of records: what is returned is what was written.
                assert_eq!(login.unwrap_or_else(stored), stored());
                assert!(found.iter().all(|record| records.contains(record)), "byte {at}");
                harmless += 1;
            }
        }
        for suffix in ["", "-wal", "-shm", "-generation"] {
            drop(std::fs::remove_file(folder.path().join(format!("b.session{suffix}"))));
        }
    }
    assert!(noticed > harmless / 4, "{noticed} noticed, {harmless} harmless");
}

#[tokio::test]
async fn a_cut_file_is_refused_and_what_is_left_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.session");
    let session = SqliteSession::open(&path).await.unwrap();
    session.apply(&put((0..200_u8).map(|n| record(&[n], &[n; 500])).collect())).await.unwrap();
    session.close().await.unwrap();
    let whole = std::fs::read(&path).unwrap();
    for len in [1, 99, 4096, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..len]).unwrap();
        let error = match SqliteSession::open(&path).await {
            Err(error) => error,
            Ok(session) => {
                let error = all(&session).await.unwrap_err();
                session.close().await.unwrap();
                error
            }
        };
        assert!(
            matches!(error, SessionError::Damaged { .. } | SessionError::Foreign { .. }),
            "{len}: {error:?}"
        );
    }
    // A value that was changed costs the reader of an archive that value alone.
    let mut bytes = whole.clone();
    let at = bytes.windows(100).position(|window| window == [77; 100]).unwrap();
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let session = SqliteSession::open_read_only(&path, None).await.unwrap();
    assert_eq!(all(&session).await.unwrap().len(), 199);
    assert_eq!(session.damaged_count(), 1);
    let error = session.apply(&put(vec![record(b"x", b"")])).await.unwrap_err();
    assert!(matches!(error, SessionError::ReadOnly { .. }), "{error}");
    assert!(matches!(session.claim().await, Err(SessionError::ReadOnly { .. })));
}

#[tokio::test]
async fn an_older_copy_in_the_place_of_the_newer_is_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("a.session"), folder.path().join("backup"));
    let restore = || assert!(std::fs::copy(backup.join("a.session"), &path).unwrap() > 0);
    let session = SqliteSession::open(&path).await.unwrap();
    session.apply(&put(vec![record(b"1", b"old")])).await.unwrap();
    session.close().await.unwrap();
    copy(folder.path(), &backup);
    // The copy of an idle session is as good as the session.
    restore();
    SqliteSession::open(&path).await.unwrap().close().await.unwrap();
    // One use later, without a single write of ours, it is not.
    restore();
    let error = SqliteSession::open(&path).await.unwrap_err();
    assert!(matches!(error, SessionError::Restored { .. }), "{error}");
    assert!(error.to_string().contains("Export its history"));
    let archive = SqliteSession::open_read_only(&path, None).await.unwrap();
    assert_eq!(all(&archive).await.unwrap().len(), 1);
    archive.close().await.unwrap();
    // Somebody who takes it up all the same has the newest from then on.
    let session = SqliteSession::open_restored(&path, None).await.unwrap();
    session.close().await.unwrap();
    SqliteSession::open(&path).await.unwrap().close().await.unwrap();
    // A copy made while the session was in use.
    let session = SqliteSession::open(&path).await.unwrap();
    session.apply(&put(vec![record(b"1", b"newer")])).await.unwrap();
    session.settle().await.unwrap();
    copy(folder.path(), &backup);
    session.apply(&put(vec![record(b"1", b"newest")])).await.unwrap();
    session.close().await.unwrap();
    restore();
    assert!(matches!(SqliteSession::open(&path).await, Err(SessionError::Restored { .. })));
    // A new session in its place is a new session.
    std::fs::remove_file(&path).unwrap();
    SqliteSession::open(&path).await.unwrap();
}
