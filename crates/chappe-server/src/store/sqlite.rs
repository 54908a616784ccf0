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

/// The tables to which all migrations lead, and the rows that they put there.
const TABLES: &str = include_str!("tables.sql");

/// Makes the tables of a world in memory at once: a server in memory starts in milliseconds, and the migrations alone would
/// take twenty. What the driver notes of them is there too, so that a copy in a folder goes on with the next migration.
pub(super) async fn make(connection: &mut AnyConnection) -> Result<()> {
    sqlx::raw_sql(TABLES).execute(connection).await?;
    Ok(())
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

    async fn texts(connection: &mut AnyConnection, query: String) -> Vec<String> {
        sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_all(connection).await.unwrap()
    }

    /// What is in a database, as the statements that make it.
    async fn statements(connection: &mut AnyConnection) -> Vec<String> {
        let master = |what: &str| format!("SELECT {what} FROM sqlite_master WHERE sql IS NOT NULL");
        let mut statements = texts(connection, master("sql") + " ORDER BY rowid").await;
        for table in texts(connection, master("name") + " AND type = 'table' ORDER BY rowid").await {
            let columns = texts(connection, format!("SELECT name FROM pragma_table_info('{table}')")).await;
            let values = columns.iter().map(|column| match column.as_str() {
                // What the driver notes about the moment in which it migrates.
                "installed_on" => "quote('2026-01-01 00:00:00')".to_owned(),
                "execution_time" => "quote(0)".to_owned(),
                column => format!("quote({column})"),
            });
            let values = values.collect::<Vec<_>>().join(" || ', ' || ");
            let rows =
                format!("SELECT 'INSERT INTO {table} VALUES (' || {values} || ')' FROM {table} ORDER BY 1");
            statements.extend(texts(connection, rows).await);
        }
        statements
    }

    #[tokio::test]
    async fn the_tables_of_a_world_in_memory_are_those_to_which_the_migrations_lead() {
        sqlx::any::install_default_drivers();
        let mut migrated = open(None, Synchronous::Full).await.unwrap();
        migrations(&super::super::MIGRATIONS).run_direct(None, &mut migrated, false).await.unwrap();
        let wanted = statements(&mut migrated).await;
        if std::env::var_os("CHAPPE_WRITE_TABLES").is_some() {
            let head = "-- The tables to which all migrations lead, for worlds in memory. Written by the test of their equality\n\
                        -- with CHAPPE_WRITE_TABLES=1.\nBEGIN;\n";
            let text = format!("{head}{};\nCOMMIT;\n", wanted.join(";\n"));
            std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/tables.sql"), text).unwrap();
            return;
        }
        let mut made = open(None, Synchronous::Full).await.unwrap();
        make(&mut made).await.unwrap();
        assert!(
            statements(&mut made).await == wanted,
            "there is a new migration: run this test with CHAPPE_WRITE_TABLES=1, and again without"
        );
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
