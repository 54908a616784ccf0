//! Opening the file: what it is, whose it is, and which key it needs.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use rand::TryRng;
use rand::rngs::SysRng;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteLockingMode, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{Connection, Row};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::generation::{Companion, Generation};
use super::seal::{Refusal, Seal};
use super::{Inner, LOGIN, Open, RECORDS, SqliteSession};
use crate::account::keys;
use crate::limits;
use crate::session::{Batch, Claims, Record, SessionError};

/// The version of the tables. Version 1 had values without protection and no `meta`.
const VERSION: i64 = 2;
/// "Chpp": tells our files from other databases.
const APPLICATION: i64 = 0x4368_7070;

/// What every database of SQLite begins with, and how short none is.
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";
const MIN_LEN: u64 = 512;

const FIRST_TABLES: &str = "
CREATE TABLE login (one INTEGER PRIMARY KEY CHECK (one = 1), stored BLOB NOT NULL) STRICT;
CREATE TABLE records (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
";
const META: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA application_id = 1130918000;
PRAGMA user_version = 2;
";

/// What a session is opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    Restored,
    Use,
}

impl SqliteSession {
    pub(super) async fn open_as(
        path: &Path,
        passphrase: Option<&str>,
        mode: Mode,
    ) -> Result<Self, SessionError> {
        let passphrase = passphrase.map(|text| Zeroizing::new(text.to_owned()));
        if passphrase.as_ref().is_some_and(|text| text.is_empty()) {
            return Err(SessionError::Passphrase { path: path.display().to_string() });
        }
        let session = Self(Arc::new(Inner {
            path: path.to_path_buf(),
            claims: Claims::default(),
            open: Mutex::new(None),
            read_only: mode == Mode::Read,
            damaged: AtomicU64::new(0),
        }));
        let mut connection = session.connect(mode).await?;
        let version = session.check_format(&mut connection, mode).await?;
        let header = match version {
            VERSION => session.meta(&mut connection, "seal").await?,
            _ => None,
        };
        let seal = match (&header, &passphrase) {
            (None, _) => Seal::Plain,
            (Some(_), None) => return Err(SessionError::PassphraseNeeded { path: session.name() }),
            (Some(header), Some(passphrase)) => session.derive(passphrase, Some(header.clone())).await?,
        };
        let generation = match version {
            VERSION => {
                let damaged = SessionError::Damaged { reason: "its numbering is missing" };
                let id = session.meta(&mut connection, "id").await?.and_then(|id| id.try_into().ok());
                let count =
                    session.meta(&mut connection, "count").await?.and_then(|count| count.try_into().ok());
                let (Some(id), Some(count)) = (id, count) else { return Err(damaged) };
                Generation { id, count: u64::from_le_bytes(count) }
            }
            _ => Generation { id: [0; 16], count: 0 },
        };
        let mut open = Open { connection, seal, generation, companion: Companion::of(path) };
        if mode != Mode::Read {
            session.take_up(&mut open, mode).await?;
            if let (Some(passphrase), false) = (&passphrase, open.seal.is_encrypted()) {
                let seal = session.derive(passphrase, None).await?;
                session.reseal(&mut open, seal).await?;
                session.checkpoint(&mut open).await?;
            }
        }
        *session.lock().await = Some(open);
        Ok(session)
    }

    async fn connect(&self, mode: Mode) -> Result<SqliteConnection, SessionError> {
        let path: &PathBuf = &self.0.path;
        let refused = |error| store_error(path, error);
        self.check_head()?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(limits::SESSION_LOCK_TIMEOUT)
            .pragma("temp_store", "MEMORY");
        if mode == Mode::Read {
            return SqliteConnection::connect_with(&options.read_only(true)).await.map_err(refused);
        }
        prepare_file(path)
            .map_err(|source| SessionError::File { path: path.display().to_string(), source })?;
        let options = options
            // Exclusive mode before WAL: the index of the log then lives in our memory and the lock is held until
            // the connection closes.
            .locking_mode(SqliteLockingMode::Exclusive)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "ON");
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(refused)?;
        // The lock is taken with the first write.
        sqlx::raw_sql("BEGIN IMMEDIATE; COMMIT;").execute(&mut connection).await.map_err(refused)?;
        Ok(connection)
    }

    /// SQLite takes a file of a few bytes for an empty one, and would write over it.
    fn check_head(&self) -> Result<(), SessionError> {
        let unreadable = |source| SessionError::File { path: self.name(), source };
        let mut file = match File::open(&self.0.path) {
            Ok(file) => file,
            // It is made, or refused, further on.
            Err(_) => return Ok(()),
        };
        let len = file.metadata().map_err(unreadable)?.len();
        let mut magic = Vec::new();
        file.by_ref().take(SQLITE_MAGIC.len() as u64).read_to_end(&mut magic).map_err(unreadable)?;
        match len {
            0 => Ok(()),
            _ if !SQLITE_MAGIC.starts_with(&magic) => Err(SessionError::Foreign { path: self.name() }),
            1..MIN_LEN => Err(SessionError::Damaged { reason: "the file was cut" }),
            _ => Ok(()),
        }
    }

    /// The version of the tables; 0 for an empty file.
    async fn check_format(&self, connection: &mut SqliteConnection, mode: Mode) -> Result<i64, SessionError> {
        let foreign = || SessionError::Foreign { path: self.name() };
        let mut number = async |statement: &'static str| -> Result<i64, SessionError> {
            sqlx::query_scalar(statement)
                .fetch_one(&mut *connection)
                .await
                .map_err(|error| store_error(&self.0.path, error))
        };
        let version = number("PRAGMA user_version").await?;
        let application = number("PRAGMA application_id").await?;
        let tables = number("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").await?;
        let ours = number(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('login', 'records', 'meta')",
        )
        .await?;
        match (version, application, tables) {
            (0, 0, 0) if mode != Mode::Read => Ok(0),
            (1, 0, 2) if ours == 2 => Ok(1),
            (VERSION, APPLICATION, 3) if ours == 3 => Ok(VERSION),
            (VERSION, APPLICATION, _) => Err(SessionError::Damaged { reason: "its tables are not ours" }),
            (version, APPLICATION, _) if version > VERSION => Err(SessionError::Version { version }),
            _ => Err(foreign()),
        }
    }

    /// Makes the tables, or brings them up to date; compares with the companion; counts.
    async fn take_up(&self, open: &mut Open, mode: Mode) -> Result<(), SessionError> {
        if open.generation.id == [0; 16] {
            self.make_tables(open).await?;
        } else if let Some(known) = open.companion.read()
            && known.id == open.generation.id
            && known.count > open.generation.count
        {
            if mode != Mode::Restored {
                return Err(SessionError::Restored { path: self.name() });
            }
            // From here on it is the newest again, whatever else there is.
            open.generation.count = known.count;
        }
        let put = match mode {
            Mode::Restored => vec![Record { key: keys::restored(), value: vec![keys::RESTORED_CLOSE] }],
            _ => Vec::new(),
        };
        self.write(open, &Batch { put, ..Batch::default() }).await
    }

    async fn make_tables(&self, open: &mut Open) -> Result<(), SessionError> {
        let mut id = [0; 16];
        SysRng
            .try_fill_bytes(&mut id)
            .map_err(|_| SessionError::Store("the system gives no randomness".into()))?;
        let step = async {
            let mut step = open.connection.begin().await?;
            let old: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *step).await?;
            if old == 0 {
                sqlx::raw_sql(FIRST_TABLES).execute(&mut *step).await?;
            }
            sqlx::raw_sql(META).execute(&mut *step).await?;
            put_meta(&mut step, "id", &id).await?;
            put_count(&mut step, 0).await?;
            let plain = |_: &[u8], _: &[u8], value: &[u8]| Some(Zeroizing::new(value.to_vec()));
            let written = rewrite(&mut step, plain, &Seal::Plain).await?;
            if written.is_ok() {
                step.commit().await?;
            }
            Ok(written)
        };
        step.await.map_err(|error| self.error(error))??;
        open.generation = Generation { id, count: 0 };
        Ok(())
    }

    /// The key of a passphrase: the one that the header describes, or a new one.
    pub(super) async fn derive(
        &self,
        passphrase: &str,
        header: Option<Vec<u8>>,
    ) -> Result<Seal, SessionError> {
        if passphrase.is_empty() {
            return Err(SessionError::Passphrase { path: self.name() });
        }
        let passphrase = Zeroizing::new(passphrase.to_owned());
        let derived = crate::rt::spawn_blocking(move || match header {
            Some(header) => Seal::unlock(&passphrase, &header),
            None => Seal::create(&passphrase),
        });
        match derived.await {
            Ok(Ok(seal)) => Ok(seal),
            Ok(Err(Refusal::Wrong)) => Err(SessionError::Passphrase { path: self.name() }),
            Ok(Err(Refusal::Damaged)) => {
                Err(SessionError::Damaged { reason: "what its passphrase goes with is damaged" })
            }
            Ok(Err(Refusal::System)) => Err(SessionError::Store("the system gives no randomness".into())),
            Err(error) => Err(SessionError::Store(Box::new(error))),
        }
    }

    /// Writes every value anew, in one step.
    pub(super) async fn reseal(&self, open: &mut Open, new: Seal) -> Result<(), SessionError> {
        let count = open.generation.count + 1;
        let step = async {
            let mut step = open.connection.begin().await?;
            let old = |table: &[u8], key: &[u8], value: &[u8]| open.seal.open(table, key, value);
            let written = rewrite(&mut step, old, &new).await?;
            if written.is_err() {
                return Ok(written);
            }
            match new.header() {
                Some(header) => put_meta(&mut step, "seal", header).await?,
                None => {
                    sqlx::query("DELETE FROM meta WHERE name = 'seal'").execute(&mut *step).await?;
                }
            }
            put_count(&mut step, count).await?;
            step.commit().await?;
            Ok(written)
        };
        step.await.map_err(|error| self.error(error))??;
        open.seal = new;
        self.counted(open, count);
        Ok(())
    }

    async fn meta(
        &self,
        connection: &mut SqliteConnection,
        name: &'static str,
    ) -> Result<Option<Vec<u8>>, SessionError> {
        sqlx::query_scalar("SELECT value FROM meta WHERE name = ?")
            .bind(name)
            .fetch_optional(connection)
            .await
            .map_err(|error| self.error(error))
    }
}

/// Opens every value with `old` and seals it with `new`. The inner error is about a value.
async fn rewrite(
    connection: &mut SqliteConnection,
    old: impl Fn(&[u8], &[u8], &[u8]) -> Option<Zeroizing<Vec<u8>>>,
    new: &Seal,
) -> Result<Result<(), SessionError>, sqlx::Error> {
    let damaged = || Err(SessionError::Damaged { reason: "a value was changed outside of this library" });
    let login: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT stored FROM login").fetch_optional(&mut *connection).await?;
    if let Some(sealed) = login {
        let Some(value) = old(LOGIN, &[], &sealed) else { return Ok(damaged()) };
        match new.seal(LOGIN, &[], &value) {
            Ok(sealed) => {
                sqlx::query("UPDATE login SET stored = ?").bind(sealed).execute(&mut *connection).await?;
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    let mut after: Option<Vec<u8>> = None;
    loop {
        let rows =
            sqlx::query("SELECT key, value FROM records WHERE ?1 IS NULL OR key > ?1 ORDER BY key LIMIT ?2")
                .bind(&after)
                .bind(i64::try_from(limits::SCAN_CHUNK).unwrap_or(i64::MAX))
                .fetch_all(&mut *connection)
                .await?;
        for row in &rows {
            let (key, sealed) = columns(row)?;
            let Some(value) = old(RECORDS, key, sealed) else { return Ok(damaged()) };
            let sealed = match new.seal(RECORDS, key, &value) {
                Ok(sealed) => sealed,
                Err(error) => return Ok(Err(error)),
            };
            sqlx::query("UPDATE records SET value = ? WHERE key = ?")
                .bind(sealed)
                .bind(key)
                .execute(&mut *connection)
                .await?;
        }
        match rows.last() {
            Some(row) => after = Some(columns(row)?.0.to_vec()),
            None => return Ok(Ok(())),
        }
    }
}

/// Key and value of a row.
pub(super) fn columns(row: &SqliteRow) -> Result<(&[u8], &[u8]), sqlx::Error> {
    Ok((row.try_get(0)?, row.try_get(1)?))
}

async fn put_meta(connection: &mut SqliteConnection, name: &str, value: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")
        .bind(name)
        .bind(value)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn put_count(connection: &mut SqliteConnection, count: u64) -> Result<(), sqlx::Error> {
    put_meta(connection, "count", &count.to_le_bytes()).await
}

/// Makes sure the file exists and belongs to its owner alone.
fn prepare_file(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
    }
    drop(file);
    Ok(())
}

pub(super) fn store_error(path: &Path, error: sqlx::Error) -> SessionError {
    let name = || path.display().to_string();
    // The primary code of SQLite is in the lowest byte.
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    match code.map(|code| code & 0xff) {
        // SQLITE_BUSY, SQLITE_LOCKED
        Some(5 | 6) => SessionError::InUse { path: name() },
        // SQLITE_READONLY
        Some(8) => SessionError::ReadOnly { path: name() },
        // SQLITE_CORRUPT
        Some(11) => SessionError::Damaged { reason: "the file was cut or overwritten" },
        // SQLITE_FULL
        Some(13) => SessionError::Full { path: name() },
        // SQLITE_NOTADB
        Some(26) => SessionError::Foreign { path: name() },
        _ => SessionError::Store(Box::new(error)),
    }
}
