//! A whole database as bytes, and back.

use std::io;
use std::path::Path;

use super::pool::Pool;
use super::{Result, Store, StoreError};

fn failed(error: io::Error) -> StoreError {
    StoreError::Sql(sqlx::Error::Io(error))
}

/// A file for a statement. A database in memory attaches others in memory, too, unless the address says otherwise.
fn address(path: &Path) -> String {
    let path = path.display().to_string();
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23").replace('\'', "''");
    format!("file:{path}?mode=rwc")
}

impl Store {
    /// Everything that is committed, as the contents of an SQLite file. Only SQLite can do that.
    pub(crate) async fn serialize(&self) -> Result<Vec<u8>> {
        let Pool::One(_) = &self.pool else {
            let reason = "snapshots are made of worlds in memory or in a folder, not in PostgreSQL";
            return Err(failed(io::Error::new(io::ErrorKind::Unsupported, reason)));
        };
        let folder = tempfile::tempdir().map_err(failed)?;
        let file = folder.path().join("world");
        let statement = format!("VACUUM INTO '{}'", address(&file));
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&self.pool).await?;
        tokio::fs::read(&file).await.map_err(failed)
    }

    /// Replaces everything in this database, which is in memory, by those contents.
    pub(crate) async fn load(&self, bytes: &[u8]) -> Result<()> {
        let folder = tempfile::tempdir().map_err(failed)?;
        let file = folder.path().join("world");
        tokio::fs::write(&file, bytes).await.map_err(failed)?;
        let Pool::One(one) = &self.pool else { return Err(failed(io::ErrorKind::Unsupported.into())) };
        let mut connection = one.hold().await?;
        let attach = format!("ATTACH DATABASE '{}' AS kept", address(&file));
        sqlx::query(sqlx::AssertSqlSafe(attach)).execute(&mut *connection).await?;
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT name FROM kept.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'
             AND name NOT LIKE '_sqlx%'",
        )
        .fetch_all(&mut *connection)
        .await?;
        for table in tables {
            let table = table.replace('"', "\"\"");
            for statement in [
                format!("DELETE FROM main.\"{table}\""),
                format!("INSERT INTO main.\"{table}\" SELECT * FROM kept.\"{table}\""),
            ] {
                sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *connection).await?;
            }
        }
        sqlx::query("DETACH DATABASE kept").execute(&mut *connection).await?;
        self.logins.changed();
        Ok(())
    }
}
