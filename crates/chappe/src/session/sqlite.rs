use std::fmt;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous,
};
use sqlx::{Connection, Row};
use tokio::sync::{Mutex, MutexGuard};
use zeroize::Zeroizing;

use super::{Batch, Key, Record, Session, SessionError, SessionFuture, StoredSession};
use crate::limits::SESSION_LOCK_TIMEOUT;

/// The version of the tables.
const VERSION: i64 = 1;

const TABLES: &str = "
CREATE TABLE login (one INTEGER PRIMARY KEY CHECK (one = 1), stored BLOB NOT NULL) STRICT;
CREATE TABLE records (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
";

/// A session in a file: login, state of updates, secret chats. One process may use it at a time.
///
/// Every write is durable when it returns. The file has mode 0600; what is removed from it is overwritten. Clones share
/// the file.
#[derive(Clone)]
pub struct SqliteSession(Arc<Inner>);

struct Inner {
    path: PathBuf,
    connection: Mutex<Option<SqliteConnection>>,
}

impl SqliteSession {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// [`SessionError::InUse`] if another process has it open; [`SessionError::File`] if it cannot be made or read;
    /// [`SessionError::Store`] if it is no session; [`SessionError::Version`] if a newer version wrote it.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, SessionError> {
        let path = path.as_ref().to_path_buf();
        prepare_file(&path)
            .map_err(|source| SessionError::File { path: path.display().to_string(), source })?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .busy_timeout(SESSION_LOCK_TIMEOUT)
            // Exclusive mode before WAL: the index of the log then lives in our memory and the lock is held until
            // the connection closes.
            .locking_mode(SqliteLockingMode::Exclusive)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY");
        let refused = |error| store_error(&path, error);
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(refused)?;
        // The lock is taken with the first write.
        sqlx::raw_sql("BEGIN IMMEDIATE; COMMIT;").execute(&mut connection).await.map_err(refused)?;
        let version: i64 =
            sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection).await.map_err(refused)?;
        match version {
            0 => {
                let mut step = connection.begin().await.map_err(refused)?;
                sqlx::raw_sql(TABLES).execute(&mut *step).await.map_err(refused)?;
                step.commit().await.map_err(refused)?;
            }
            VERSION => {}
            version => return Err(SessionError::Version { version }),
        }
        Ok(Self(Arc::new(Inner { path, connection: Mutex::new(Some(connection)) })))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    async fn connection(&self) -> MutexGuard<'_, Option<SqliteConnection>> {
        self.0.connection.lock().await
    }

    fn error(&self, error: sqlx::Error) -> SessionError {
        store_error(&self.0.path, error)
    }
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

fn store_error(path: &Path, error: sqlx::Error) -> SessionError {
    // SQLITE_BUSY (5) and SQLITE_LOCKED (6), with their extended forms.
    let busy = error
        .as_database_error()
        .and_then(|error| error.code())
        .and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| matches!(code & 0xff, 5 | 6));
    match busy {
        true => SessionError::InUse { path: path.display().to_string() },
        false => SessionError::Store(Box::new(error)),
    }
}

impl Session for SqliteSession {
    fn load(&self) -> SessionFuture<'_, Option<StoredSession>> {
        Box::pin(async {
            let mut guard = self.connection().await;
            let connection = guard.as_mut().ok_or(SessionError::Closed)?;
            let row: Option<Vec<u8>> = sqlx::query_scalar("SELECT stored FROM login")
                .fetch_optional(connection)
                .await
                .map_err(|error| self.error(error))?;
            row.map(|bytes| StoredSession::from_bytes(&Zeroizing::new(bytes))).transpose()
        })
    }

    fn save<'a>(&'a self, stored: &'a StoredSession) -> SessionFuture<'a, ()> {
        Box::pin(async {
            let mut guard = self.connection().await;
            let connection = guard.as_mut().ok_or(SessionError::Closed)?;
            let bytes = stored.to_bytes();
            sqlx::query("INSERT INTO login VALUES (1, ?) ON CONFLICT DO UPDATE SET stored = excluded.stored")
                .bind(&**bytes)
                .execute(connection)
                .await
                .map_err(|error| self.error(error))?;
            Ok(())
        })
    }

    fn records(&self) -> SessionFuture<'_, Vec<Record>> {
        Box::pin(async {
            let mut guard = self.connection().await;
            let connection = guard.as_mut().ok_or(SessionError::Closed)?;
            let rows = sqlx::query("SELECT key, value FROM records ORDER BY key")
                .fetch_all(connection)
                .await
                .map_err(|error| self.error(error))?;
            rows.iter()
                .map(|row| Ok(Record { key: Key(row.try_get(0)?), value: row.try_get(1)? }))
                .collect::<Result<_, sqlx::Error>>()
                .map_err(|error| self.error(error))
        })
    }

    fn apply<'a>(&'a self, batch: &'a Batch) -> SessionFuture<'a, ()> {
        Box::pin(async {
            if batch.is_empty() {
                return Ok(());
            }
            let mut guard = self.connection().await;
            let connection = guard.as_mut().ok_or(SessionError::Closed)?;
            let step = async {
                let mut step = connection.begin().await?;
                for record in &batch.put {
                    sqlx::query(
                        "INSERT INTO records VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                    )
                    .bind(&record.key.0)
                    .bind(&record.value)
                    .execute(&mut *step)
                    .await?;
                }
                for key in &batch.remove {
                    sqlx::query("DELETE FROM records WHERE key = ?").bind(&key.0).execute(&mut *step).await?;
                }
                step.commit().await
            };
            step.await.map_err(|error| self.error(error))
        })
    }

    /// Old pages live on in the log until it is written back and cut.
    fn settle(&self) -> SessionFuture<'_, ()> {
        Box::pin(async {
            let mut guard = self.connection().await;
            let connection = guard.as_mut().ok_or(SessionError::Closed)?;
            sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                .execute(connection)
                .await
                .map_err(|error| self.error(error))?;
            Ok(())
        })
    }

    fn close(&self) -> SessionFuture<'_, ()> {
        Box::pin(async {
            let Some(connection) = self.connection().await.take() else { return Ok(()) };
            connection.close().await.map_err(|error| self.error(error))
        })
    }
}

impl fmt::Debug for SqliteSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteSession").field("path", &self.0.path).finish_non_exhaustive()
    }
}
