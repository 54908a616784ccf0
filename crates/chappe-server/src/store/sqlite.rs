//! SQLite: one file or memory, one process.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use sqlx::any::AnyConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, Connection, SqlSafeStr};

use super::Result;

/// How long to wait for a lock that another process holds.
const BUSY: Duration = Duration::from_millis(300);

/// What a commit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Synchronous {
    /// The disk.
    Full,
    /// The system's memory: fast, but a loss of power takes the last commits.
    #[cfg_attr(not(test), allow(dead_code, reason = "for comparison in a measurement"))]
    Normal,
}

pub(super) async fn open(file: Option<&Path>, synchronous: Synchronous) -> Result<AnyConnection> {
    let url = file.map_or_else(|| "sqlite::memory:".to_owned(), url);
    let options: AnyConnectOptions = url.parse()?;
    let mut connection = AnyConnection::connect_with(&options).await?;
    if file.is_some() {
        // A second server on the same file would hand out the same qts twice: the exclusive lock refuses it.
        let pragmas = format!(
            "PRAGMA busy_timeout = {}; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
             PRAGMA synchronous = {};",
            BUSY.as_millis(),
            if synchronous == Synchronous::Full { "FULL" } else { "NORMAL" },
        );
        // Of numbers and names only.
        sqlx::raw_sql(sqlx::AssertSqlSafe(pragmas)).execute(&mut connection).await?;
    }
    Ok(connection)
}

/// The tables as SQLite has them: a column declared as a boolean is one that the driver cannot read, see
/// [`Flag`](super::Flag).
pub(super) fn migrations(shared: &Migrator) -> Migrator {
    let migrations = shared.migrations.iter().cloned().map(|mut migration| {
        let sql = migration.sql.as_str().replace(" BOOLEAN", " BIGINT");
        migration.sql = sqlx::AssertSqlSafe(sql).into_sql_str();
        migration
    });
    Migrator { migrations: migrations.collect(), ..Migrator::DEFAULT }
}

/// The file as the driver wants it named.
fn url(path: &Path) -> String {
    let mut url = String::from("sqlite://");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => url.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => url.push(char::from(byte)),
            byte => drop(write!(url, "%{byte:02X}")),
        }
    }
    url.push_str("?mode=rwc");
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_mean_nothing_to_the_driver() {
        assert_eq!(url(Path::new("/a b/c?d#e%.db")), "sqlite:///a%20b/c%3Fd%23e%25.db?mode=rwc");
    }

    #[tokio::test]
    async fn a_file_with_an_odd_name_is_opened_under_that_name() {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a b?c#d%20.db");
        let connection = open(Some(&path), Synchronous::Full).await.unwrap();
        connection.close().await.unwrap();
        assert!(path.exists());
    }
}
