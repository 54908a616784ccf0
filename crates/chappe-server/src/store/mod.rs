//! Storage: everything that knows SQL, one file per group of tables.
//!
//! Numbers are `i64` in SQL and get their types back here. Each public function is one transaction, so handlers
//! never hold one. Statements use `$1` parameters and only SQL that both SQLite and PostgreSQL read; truth values of rows
//! are read as [`Flag`], sums are cast to BIGINT.

mod account_changes;
mod account_settings;
mod admin_log;
mod amendments;
mod auth_keys;
mod authorizations;
mod bots;
mod carried_logins;
pub(crate) mod chats;
mod codes;
mod contacts;
mod deliveries;
mod device_events;
mod dialogs;
mod flag;
mod heard;
mod history;
mod invites;
mod locks;
mod login_codes;
mod login_emails;
mod login_tokens;
mod logins;
mod mailboxes;
mod media;
mod media_timers;
mod messages;
mod notify_settings;
mod overview;
mod passwords;
mod pool;
pub(crate) mod postgres;
mod privacy;
mod profile_photos;
mod ready_accounts;
#[cfg(test)]
mod room_tests;
mod secret_chats;
mod secret_files;
mod secret_messages;
mod snapshot;
mod sqlite;
mod takeouts;
#[cfg(test)]
mod tests;
mod uploads;
mod usernames;
mod users;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use account_changes::AccountChange;
pub(crate) use admin_log::LogRow;
pub(crate) use amendments::{Amendment, ChatEdit, Entry};
pub(crate) use auth_keys::{AuthKeyRow, BindOutcome, ClientInfo};
pub(crate) use authorizations::{Authorization, Device};
pub(crate) use bots::{BotQuery, BotWords, CommandRow, QueryKind};
pub(crate) use chats::{ChatRow, MemberRow};
pub(crate) use codes::CodeCheck;
pub(crate) use contacts::ContactRow;
pub(crate) use device_events::{DeviceEvent, EventKind};
pub(crate) use dialogs::{DialogRow, Pinning};
pub(crate) use flag::Flag;
pub(crate) use history::{Before, Chats, HistoryQuery, Window};
pub(crate) use invites::{ImportRow, InviteRow, JoinRequestRow};
pub(crate) use login_codes::NewLoginCode;
pub(crate) use login_emails::EmailReset;
pub(crate) use mailboxes::{Change, MailEvent, MailKind};
pub(crate) use media::{CloudFile, MediaKind, NewMedia};
pub(crate) use messages::{ContentsRead, MessageRow, NewMessage, Pace, Sending, kinds};
pub(crate) use notify_settings::NotifyRow;
pub use overview::{GroupSummary, MessageSummary, SecretChatSummary, Totals, UserSummary};
pub(crate) use passwords::{NewPassword, PasswordRow, SrpChallengeRow};
pub(crate) use privacy::RuleRow;
pub(crate) use ready_accounts::ReadyAccount;
pub(crate) use secret_chats::{
    AcceptOutcome, ChatChange, ChatState, CreateOutcome, DiscardOutcome, NewSecretChat, SecretChat,
};
pub(crate) use secret_files::SecretFile;
pub(crate) use secret_messages::{Delivered, Delivery, NewSecretMessage, QueuedMessage};
pub(crate) use uploads::{NewPart, PartPlan};
pub(crate) use usernames::NameOwner;
pub(crate) use users::{BotLogin, UserRow};

use crate::limits;
use locks::Locks;
use logins::Logins;
use pool::{One, Pool, Tx};

/// Either database, chosen by its address when the server starts.
type Db = sqlx::Any;
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
    #[error("somebody else has changed the same since it was read")]
    Outrun,
    #[error("the invite link is spent")]
    Spent,
}

/// What was answered survives a loss of power: every commit reaches the disk before it counts. That is what a data
/// folder is for; who wants speed has memory. The price is one flush for each call that writes, about 3 ms instead of
/// 0.1 ms on an ordinary virtual disk (the test `what_a_durable_commit_costs` measures it).
const SYNCHRONOUS: sqlite::Synchronous = sqlite::Synchronous::Full;

/// The tables of both databases.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

fn int32(column: &'static str, value: i64) -> Result<i32> {
    i32::try_from(value).map_err(|_| StoreError::OutOfRange { column, value })
}

/// Where a world is kept.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// SQLite, gone with the process.
    Memory,
    /// SQLite in this file, for one process.
    File(PathBuf),
    /// PostgreSQL, or what speaks its protocol, for any number of processes.
    Postgres(postgres::Address),
}

/// The database of one server.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pool: Pool,
    locks: Locks,
    logins: Logins,
}

impl Store {
    /// Opens the database (made if it is a file that is missing) and brings it to the newest schema.
    pub(crate) async fn open(place: &Place) -> Result<Self> {
        sqlx::any::install_default_drivers();
        match place {
            Place::Memory => Self::sqlite(None, SYNCHRONOUS).await,
            Place::File(path) => Self::sqlite(Some(path), SYNCHRONOUS).await,
            Place::Postgres(address) => {
                let pool = postgres::open(address).await?;
                MIGRATIONS.run(&pool).await?;
                let locks = Locks::shared(&pool).await?;
                Ok(Self { pool: Pool::Many(pool), locks, logins: Logins::default() })
            }
        }
    }

    async fn sqlite(file: Option<&Path>, synchronous: sqlite::Synchronous) -> Result<Self> {
        let mut connection = sqlite::open(file, synchronous).await?;
        match file {
            // `run` with a borrowed connection makes a future that cannot go to another thread.
            Some(_) => {
                sqlite::migrations(&MIGRATIONS).run_direct(None, &mut connection, false).await?;
            }
            None => sqlite::make(&mut connection).await?,
        }
        let pool = Pool::One(One::new(connection));
        Ok(Self { pool, locks: Locks::None, logins: Logins::default() })
    }

    /// Closes the database.
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

    /// Forgets what is older than its time: queued messages, delivery records, codes, expired keys and files, and
    /// permanent keys that nobody uses. Returns the last.
    pub(crate) async fn purge(&self, now: i64) -> Result<Vec<i64>> {
        let before = |age: Duration| now.saturating_sub(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
        let old = before(limits::QUEUE_RETENTION);
        let mut tx = self.begin().await?;
        for statement in [
            sqlx::query("DELETE FROM secret_messages WHERE date < $1"),
            sqlx::query("DELETE FROM secret_deliveries WHERE date < $1"),
            sqlx::query("DELETE FROM device_events WHERE at < $1"),
            sqlx::query("DELETE FROM mailbox_events WHERE at < $1"),
            sqlx::query("DELETE FROM sent_messages WHERE at < $1"),
            sqlx::query("DELETE FROM account_changes WHERE at < $1"),
            sqlx::query("DELETE FROM chat_reads WHERE at < $1"),
            sqlx::query("DELETE FROM post_views WHERE at < $1"),
            sqlx::query("DELETE FROM heard_messages WHERE at < $1"),
        ] {
            statement.bind(old).execute(&mut *tx).await?;
        }
        for statement in [
            sqlx::query("DELETE FROM login_codes WHERE expires_at < $1"),
            sqlx::query("DELETE FROM login_email_changes WHERE expires_at < $1"),
            sqlx::query("DELETE FROM login_email_setups WHERE expires_at < $1"),
            sqlx::query("DELETE FROM login_tokens WHERE expires_at < $1"),
            sqlx::query("DELETE FROM exported_logins WHERE expires_at < $1"),
            sqlx::query("DELETE FROM auth_keys WHERE expires_at > 0 AND expires_at < $1"),
        ] {
            statement.bind(now).execute(&mut *tx).await?;
        }
        sqlx::query("DELETE FROM wrong_codes WHERE since < $1")
            .bind(now.saturating_sub(limits::WRONG_CODES_PERIOD))
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM takeouts WHERE at < $1")
            .bind(now.saturating_sub(limits::TAKEOUT_LIFETIME))
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM admin_log WHERE date < $1")
            .bind(before(limits::ADMIN_LOG_RETENTION))
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM bot_queries WHERE asked_at < $1 AND cache_until < $2")
            .bind(now.saturating_sub(limits::INLINE_RESULT_LIFETIME))
            .bind(now)
            .execute(&mut *tx)
            .await?;
        passwords::expire(&mut tx, now, now.saturating_sub(limits::PENDING_LOGIN)).await?;
        uploads::expire(&mut tx, before(limits::UPLOAD_RETENTION)).await?;
        secret_files::expire(&mut tx, before(limits::FILE_RETENTION)).await?;
        let keys = auth_keys::expire(&mut tx, before(limits::KEY_RETENTION)).await?;
        tx.commit().await?;
        Ok(keys)
    }
}
