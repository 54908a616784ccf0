mod generation;
mod open;
mod seal;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{Mutex, MutexGuard};

use self::generation::{Companion, Generation};
use self::open::Mode;
use self::seal::Seal;
use super::{Batch, Claims, Key, Lease, Record, Scan, Session, SessionError, SessionFuture, StoredSession};

/// The names of the tables, as they go into what protects the values.
const LOGIN: &[u8] = b"login";
const RECORDS: &[u8] = b"records";

/// A session in a file: login, state of updates, secret chats and their history. One process may use it at a time.
///
/// Every write is durable when it returns. The file has mode 0600; what is removed from it is overwritten. Clones share
/// the file. Damage is noticed when a value is read.
///
/// **Passphrase.** Opened with [`SqliteSession::open_encrypted`], everything but the names of the records is encrypted
/// (XChaCha20-Poly1305 under a key that Argon2id makes of the passphrase; salt and cost are in the file). The names
/// tell how many chats and messages there are, and their ids. A program takes the passphrase from a prompt or an
/// environment variable (`CHAPPE_PASSPHRASE` by convention), never from an argument that other users can see.
///
/// **Older copies.** A companion beside the file (`NAME-generation`) knows how far the session has come. If an older
/// copy is put in the file's place, opening it gives [`SessionError::Restored`]: going on would use numbers of secret
/// chats twice. The companion is of no help if it is replaced as well, or the copy is used elsewhere; what the server
/// says is the second line then, see [`secret`](crate::secret#older-copies).
///
/// ```no_run
/// use chappe::{Client, SqliteSession};
///
/// # async fn run() -> Result<(), chappe::Error> {
/// let session = SqliteSession::open_encrypted("alice.session", "correct horse").await?;
/// let client = Client::builder(1, "hash from my.telegram.org").session(session.clone()).connect().await?;
/// client.catch_up().await?;
/// client.disconnect().await?;
/// println!("everything is in {}", session.path().display());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteSession(Arc<Inner>);

struct Inner {
    path: PathBuf,
    claims: Claims,
    open: Mutex<Option<Open>>,
    read_only: bool,
    /// Values that could not be read and were left out.
    damaged: AtomicU64,
}

struct Open {
    connection: SqliteConnection,
    seal: Seal,
    generation: Generation,
    companion: Companion,
}

impl SqliteSession {
    /// Opens the file, or makes it, without a passphrase.
    ///
    /// ```no_run
    /// use chappe::SqliteSession;
    ///
    /// # async fn run() -> Result<(), chappe::Error> {
    /// let session = SqliteSession::open("alice.session").await?; // made by the first run
    /// let client = chappe::Client::builder(1, "hash from my.telegram.org").session(session).connect().await?;
    /// println!("{}", client.is_authorized().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SessionError::InUse`] if another process has it open; [`SessionError::File`] if it cannot be made or read;
    /// [`SessionError::Foreign`] if it is no session; [`SessionError::Damaged`]; [`SessionError::Version`] if a newer
    /// version wrote it; [`SessionError::PassphraseNeeded`]; [`SessionError::Restored`] if it is an older copy.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, SessionError> {
        Self::open_as(path.as_ref(), None, Mode::Use).await
    }

    /// Opens the file, or makes it, with a passphrase. A file that is not encrypted yet is from now on.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), chappe::session::SessionError> {
    /// let passphrase = std::env::var("CHAPPE_PASSPHRASE").unwrap_or_default();
    /// let session = chappe::SqliteSession::open_encrypted("alice.session", &passphrase).await?;
    /// # drop(session);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Passphrase`] if it is the wrong one, or empty; otherwise as for [`SqliteSession::open`].
    pub async fn open_encrypted(path: impl AsRef<Path>, passphrase: &str) -> Result<Self, SessionError> {
        Self::open_as(path.as_ref(), Some(passphrase), Mode::Use).await
    }

    /// Opens an older copy of a session all the same. Its secret chats are closed with the next login, without a
    /// message and for both sides; their history and the login itself stay.
    ///
    /// ```no_run
    /// use chappe::{SqliteSession, session::SessionError};
    ///
    /// # async fn run() -> Result<(), chappe::session::SessionError> {
    /// let session = match SqliteSession::open("alice.session").await {
    ///     Err(SessionError::Restored { .. }) => {
    ///         println!("this comes from a backup: its secret chats are over");
    ///         SqliteSession::open_restored("alice.session", None).await?
    ///     }
    ///     other => other?,
    /// };
    /// # drop(session);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SqliteSession::open_encrypted`].
    pub async fn open_restored(
        path: impl AsRef<Path>,
        passphrase: Option<&str>,
    ) -> Result<Self, SessionError> {
        Self::open_as(path.as_ref(), passphrase, Mode::Restored).await
    }

    /// Opens a session to read it: an older copy, or a damaged one. Values that cannot be read are left out and
    /// counted. See [`Archive::export`](crate::history::Archive::export).
    ///
    /// ```no_run
    /// use chappe::{SqliteSession, history::Archive};
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let session = SqliteSession::open_read_only("backup/alice.session", None).await?;
    /// for chat in Archive::new(session.clone()).chats().await? {
    ///     println!("chat {chat} has a history");
    /// }
    /// println!("{} values are damaged", session.damaged_count());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SqliteSession::open_encrypted`], but never [`SessionError::Restored`].
    pub async fn open_read_only(
        path: impl AsRef<Path>,
        passphrase: Option<&str>,
    ) -> Result<Self, SessionError> {
        Self::open_as(path.as_ref(), passphrase, Mode::Read).await
    }

    /// The file.
    ///
    /// ```no_run
    /// use chappe::SqliteSession;
    ///
    /// # async fn run() -> Result<(), chappe::session::SessionError> {
    /// let session = SqliteSession::open("alice.session").await?;
    /// println!("the login is in {}", session.path().display());
    /// # Ok(())
    /// # }
    /// ```
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Whether the values in the file are encrypted. `false` once the session is closed.
    ///
    /// ```no_run
    /// use chappe::SqliteSession;
    ///
    /// # async fn run() -> Result<(), chappe::session::SessionError> {
    /// let session = SqliteSession::open("alice.session").await?;
    /// if !session.is_encrypted().await {
    ///     println!("whoever copies {} is Alice", session.path().display());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn is_encrypted(&self) -> bool {
        self.lock().await.as_ref().is_some_and(|open| open.seal.is_encrypted())
    }

    /// How many values a session that was opened to be read has left out because they are damaged.
    ///
    /// ```no_run
    /// use chappe::{SqliteSession, history::Archive};
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let session = SqliteSession::open_read_only("damaged.session", None).await?;
    /// Archive::new(session.clone()).export(&mut std::io::stdout()).await?;
    /// eprintln!("{} values could not be read", session.damaged_count());
    /// # Ok(())
    /// # }
    /// ```
    pub fn damaged_count(&self) -> u64 {
        self.0.damaged.load(Ordering::Relaxed)
    }

    /// Encrypts the session with another passphrase, or not any more. Every value is written anew, in one step: a
    /// crash leaves the old state or the new one. Copies made before stay open to the old passphrase.
    ///
    /// ```no_run
    /// use chappe::SqliteSession;
    ///
    /// # async fn run() -> Result<(), chappe::session::SessionError> {
    /// let session = SqliteSession::open("alice.session").await?;
    /// session.set_passphrase(Some("correct horse")).await?;
    /// assert!(session.is_encrypted().await);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Passphrase`] for an empty one, and as for every write.
    pub async fn set_passphrase(&self, passphrase: Option<&str>) -> Result<(), SessionError> {
        let seal = match passphrase {
            None => Seal::Plain,
            Some(passphrase) => self.derive(passphrase, None).await?,
        };
        let mut guard = self.lock().await;
        let open = self.writable(&mut guard)?;
        self.reseal(open, seal).await?;
        self.checkpoint(open).await
    }

    /// Bounds the file, in bytes: a write that needs more gives [`SessionError::Full`], as on a full disk. The file does
    /// not get smaller, and some pages of the log come on top. `None`: no bound.
    ///
    /// ```no_run
    /// use chappe::SqliteSession;
    ///
    /// # async fn run() -> Result<(), chappe::session::SessionError> {
    /// let session = SqliteSession::open("alice.session").await?;
    /// session.set_max_len(Some(64 << 20)).await?; // no more than 64 MiB of history
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Closed`], [`SessionError::ReadOnly`], [`SessionError::Store`].
    pub async fn set_max_len(&self, len: Option<u64>) -> Result<(), SessionError> {
        // What SQLite itself allows at most.
        const MOST: u64 = 4_294_967_294;
        let mut guard = self.lock().await;
        let open = self.writable(&mut guard)?;
        let page: i64 = sqlx::query_scalar("PRAGMA page_size")
            .fetch_one(&mut open.connection)
            .await
            .map_err(|error| self.error(error))?;
        let page = u64::try_from(page).unwrap_or(4096).max(512);
        let pages = len.map_or(MOST, |len| (len / page).clamp(1, MOST));
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")))
            .execute(&mut open.connection)
            .await
            .map_err(|error| self.error(error))?;
        Ok(())
    }

    async fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.0.open.lock().await
    }

    fn writable<'a>(&self, guard: &'a mut Option<Open>) -> Result<&'a mut Open, SessionError> {
        match self.0.read_only {
            true => Err(SessionError::ReadOnly { path: self.name() }),
            false => guard.as_mut().ok_or(SessionError::Closed),
        }
    }

    fn name(&self) -> String {
        self.0.path.display().to_string()
    }

    fn error(&self, error: sqlx::Error) -> SessionError {
        open::store_error(&self.0.path, error)
    }

    async fn write(&self, open: &mut Open, batch: &Batch) -> Result<(), SessionError> {
        let put = batch
            .put
            .iter()
            .map(|Record { key, value }| open.seal.seal(RECORDS, &key.0, value))
            .collect::<Result<Vec<_>, _>>()?;
        let count = open.generation.count + 1;
        let step = async {
            let mut step = open.connection.begin().await?;
            for range in batch.remove_ranges.iter().filter(|range| !range.is_empty()) {
                match &range.to {
                    Some(to) => {
                        sqlx::query("DELETE FROM records WHERE key >= ? AND key < ?")
                            .bind(&range.from.0)
                            .bind(&to.0)
                            .execute(&mut *step)
                            .await?
                    }
                    None => {
                        sqlx::query("DELETE FROM records WHERE key >= ?")
                            .bind(&range.from.0)
                            .execute(&mut *step)
                            .await?
                    }
                };
            }
            for key in &batch.remove {
                sqlx::query("DELETE FROM records WHERE key = ?").bind(&key.0).execute(&mut *step).await?;
            }
            for (record, value) in batch.put.iter().zip(&put) {
                sqlx::query(
                    "INSERT INTO records VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                )
                .bind(&record.key.0)
                .bind(value)
                .execute(&mut *step)
                .await?;
            }
            open::put_count(&mut step, count).await?;
            step.commit().await
        };
        step.await.map_err(|error| self.error(error))?;
        self.counted(open, count);
        Ok(())
    }

    /// The write is durable: the companion may know.
    fn counted(&self, open: &mut Open, count: u64) {
        open.generation.count = count;
        open.companion.write(open.generation);
    }

    async fn checkpoint(&self, open: &mut Open) -> Result<(), SessionError> {
        sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut open.connection)
            .await
            .map_err(|error| self.error(error))?;
        open.companion.sync();
        Ok(())
    }
}

impl Session for SqliteSession {
    fn claim(&self) -> SessionFuture<'_, Lease> {
        Box::pin(async {
            if self.0.read_only {
                return Err(SessionError::ReadOnly { path: self.name() });
            }
            self.0.claims.claim(&self.name()).await
        })
    }

    fn load(&self) -> SessionFuture<'_, Option<StoredSession>> {
        Box::pin(async {
            let mut guard = self.lock().await;
            let open = guard.as_mut().ok_or(SessionError::Closed)?;
            let row: Option<Vec<u8>> = sqlx::query_scalar("SELECT stored FROM login")
                .fetch_optional(&mut open.connection)
                .await
                .map_err(|error| self.error(error))?;
            let Some(sealed) = row else { return Ok(None) };
            let bytes = open
                .seal
                .open(LOGIN, &[], &sealed)
                .ok_or(SessionError::Damaged { reason: "the login was changed outside of this library" })?;
            StoredSession::from_bytes(&bytes).map(Some)
        })
    }

    fn save<'a>(&'a self, stored: &'a StoredSession) -> SessionFuture<'a, ()> {
        Box::pin(async {
            let mut guard = self.lock().await;
            let open = self.writable(&mut guard)?;
            let sealed = open.seal.seal(LOGIN, &[], &stored.to_bytes())?;
            let count = open.generation.count + 1;
            let step = async {
                let mut step = open.connection.begin().await?;
                sqlx::query(
                    "INSERT INTO login VALUES (1, ?) ON CONFLICT DO UPDATE SET stored = excluded.stored",
                )
                .bind(sealed)
                .execute(&mut *step)
                .await?;
                open::put_count(&mut step, count).await?;
                step.commit().await
            };
            step.await.map_err(|error| self.error(error))?;
            self.counted(open, count);
            Ok(())
        })
    }

    fn scan<'a>(&'a self, scan: &'a Scan) -> SessionFuture<'a, Vec<Record>> {
        Box::pin(async {
            if scan.range.is_empty() {
                return Ok(Vec::new());
            }
            let mut guard = self.lock().await;
            let open = guard.as_mut().ok_or(SessionError::Closed)?;
            let statement = match (scan.backwards, scan.range.to.is_some()) {
                (false, false) => "SELECT key, value FROM records WHERE key >= ?1 ORDER BY key LIMIT ?3",
                (false, true) => {
                    "SELECT key, value FROM records WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3"
                }
                (true, false) => "SELECT key, value FROM records WHERE key >= ?1 ORDER BY key DESC LIMIT ?3",
                (true, true) => {
                    "SELECT key, value FROM records WHERE key >= ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3"
                }
            };
            let rows = sqlx::query(statement)
                .bind(&scan.range.from.0)
                .bind(scan.range.to.as_ref().map(|to| to.0.as_slice()))
                .bind(i64::try_from(scan.limit).unwrap_or(i64::MAX))
                .fetch_all(&mut open.connection)
                .await
                .map_err(|error| self.error(error))?;
            let mut records = Vec::with_capacity(rows.len());
            for row in &rows {
                let (key, sealed) = open::columns(row).map_err(|error| self.error(error))?;
                match open.seal.open(RECORDS, key, sealed) {
                    Some(mut value) => {
                        records.push(Record { key: Key(key.to_vec()), value: std::mem::take(&mut *value) });
                    }
                    None if self.0.read_only => drop(self.0.damaged.fetch_add(1, Ordering::Relaxed)),
                    None => {
                        let reason = "a record was changed outside of this library";
                        return Err(SessionError::Damaged { reason });
                    }
                }
            }
            Ok(records)
        })
    }

    fn apply<'a>(&'a self, batch: &'a Batch) -> SessionFuture<'a, ()> {
        Box::pin(async {
            if batch.is_empty() {
                return Ok(());
            }
            let mut guard = self.lock().await;
            let open = self.writable(&mut guard)?;
            self.write(open, batch).await
        })
    }

    /// Old pages live on in the log until it is written back and cut.
    fn settle(&self) -> SessionFuture<'_, ()> {
        Box::pin(async {
            let mut guard = self.lock().await;
            let open = self.writable(&mut guard)?;
            self.checkpoint(open).await
        })
    }

    fn close(&self) -> SessionFuture<'_, ()> {
        Box::pin(async {
            let Some(open) = self.lock().await.take() else { return Ok(()) };
            open.companion.sync();
            open.connection.close().await.map_err(|error| self.error(error))
        })
    }
}

impl fmt::Debug for SqliteSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteSession").field("path", &self.0.path).finish_non_exhaustive()
    }
}
