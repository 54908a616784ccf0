//! Storage: everything that knows SQL, one file per group of tables.
//!
//! Numbers are `i64` in SQL and get their types back here. Each public function is one transaction, so handlers
//! never hold one. Statements use `$1` parameters and a subset of SQL that PostgreSQL reads as well.

mod auth_keys;
mod authorizations;
mod codes;
mod contacts;
mod device_events;
mod login_codes;
mod media;
mod passwords;
mod secret_chats;
mod secret_files;
mod secret_messages;
#[cfg(test)]
mod tests;
mod uploads;
mod users;

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePoolOptions, SqliteSynchronous,
};

pub(crate) use auth_keys::{AuthKeyRow, BindOutcome, ClientInfo};
pub(crate) use authorizations::{Authorization, Device};
pub(crate) use codes::CodeCheck;
pub(crate) use contacts::ContactRow;
pub(crate) use device_events::{DeviceEvent, EventKind};
pub(crate) use login_codes::NewLoginCode;
pub(crate) use media::{CloudFile, MediaKind, NewMedia};
pub(crate) use passwords::{NewPassword, PasswordRow, SrpChallengeRow};
pub(crate) use secret_chats::{
    AcceptOutcome, ChatChange, ChatState, DiscardOutcome, NewSecretChat, SecretChat,
};
pub(crate) use secret_files::SecretFile;
pub(crate) use secret_messages::{Delivered, Delivery, NewSecretMessage, QueuedMessage};
pub(crate) use uploads::{NewPart, PartPlan};
pub(crate) use users::{BotLogin, UserRow};

use crate::limits;

type Db = sqlx::Sqlite;
type Tx = sqlx::Transaction<'static, Db>;
pub(crate) type Result<T> = std::result::Result<T, StoreError>;

/// Why the storage could not do its work. Never shown to a client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("database migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("the column {column} holds {value}, which is out of its range")]
    OutOfRange { column: &'static str, value: i64 },
}

/// What was answered survives a loss of power: every commit reaches the disk before it counts. That is what a data
/// folder is for; who wants speed has memory. The price is one flush for each call that writes, about 3 ms instead of
/// 0.1 ms on an ordinary virtual disk (the test `what_a_durable_commit_costs` measures it).
const SYNCHRONOUS: SqliteSynchronous = SqliteSynchronous::Full;

fn int32(column: &'static str, value: i64) -> Result<i32> {
    i32::try_from(value).map_err(|_| StoreError::OutOfRange { column, value })
}

/// The database of one server.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pool: sqlx::Pool<Db>,
}

impl Store {
    /// Opens the file (made if missing), or a database in memory, and brings it to the newest schema.
    pub(crate) async fn open(file: Option<&Path>) -> Result<Self> {
        Self::open_with(file, SYNCHRONOUS).await
    }

    async fn open_with(file: Option<&Path>, synchronous: SqliteSynchronous) -> Result<Self> {
        let options = match file {
            None => SqliteConnectOptions::from_str("sqlite::memory:")?,
            // A second server on the same file would hand out the same qts twice: the exclusive lock refuses it.
            Some(path) => SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .locking_mode(SqliteLockingMode::Exclusive)
                .synchronous(synchronous)
                .busy_timeout(Duration::from_millis(300)),
        };
        // One connection: SQLite has one writer anyway, and a database in memory lives as long as its connection.
        let pool = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        sqlx::migrate!("./migrations").run(&pool).await?;
        Ok(Self { pool })
    }

    async fn begin(&self) -> Result<Tx> {
        Ok(self.pool.begin().await?)
    }

    /// Closes the file.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// A secret of this server by name; `fresh` is kept if there is none yet.
    pub(crate) async fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32]> {
        let mut tx = self.begin().await?;
        sqlx::query("INSERT INTO server_secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(fresh.as_slice())
            .execute(&mut *tx)
            .await?;
        let value: Vec<u8> = sqlx::query_scalar("SELECT value FROM server_secrets WHERE name = $1")
            .bind(name)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(value.try_into().unwrap_or(fresh))
    }

    /// Forgets what is older than its time: queued messages, delivery records, codes, expired keys and files.
    pub(crate) async fn purge(&self, now: i64) -> Result<()> {
        let before = |age: Duration| now.saturating_sub(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
        let old = before(limits::QUEUE_RETENTION);
        let mut tx = self.begin().await?;
        for statement in [
            sqlx::query("DELETE FROM secret_messages WHERE date < $1"),
            sqlx::query("DELETE FROM secret_deliveries WHERE date < $1"),
            sqlx::query("DELETE FROM device_events WHERE at < $1"),
        ] {
            statement.bind(old).execute(&mut *tx).await?;
        }
        for statement in [
            sqlx::query("DELETE FROM login_codes WHERE expires_at < $1"),
            sqlx::query("DELETE FROM auth_keys WHERE expires_at > 0 AND expires_at < $1"),
        ] {
            statement.bind(now).execute(&mut *tx).await?;
        }
        passwords::expire(&mut tx, now, now.saturating_sub(limits::PENDING_LOGIN)).await?;
        uploads::expire(&mut tx, before(limits::UPLOAD_RETENTION)).await?;
        secret_files::expire(&mut tx, before(limits::FILE_RETENTION)).await?;
        tx.commit().await?;
        Ok(())
    }
}
