//! The log of what was done in supergroups and channels.

use sqlx::FromRow;

use super::{Result, Store};

/// One entry. `action` is a TL `ChannelAdminLogEventAction` of the newest layer.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct LogRow {
    pub(crate) id: i64,
    pub(crate) peer: i64,
    pub(crate) user_id: i64,
    /// Unix seconds.
    pub(crate) date: i64,
    /// One bit of `channelAdminLogEventsFilter`.
    pub(crate) kind: i64,
    pub(crate) action: Vec<u8>,
    /// In lower case, for the search.
    pub(crate) folded: String,
}

impl Store {
    /// Keeps an entry, under the next id.
    pub(crate) async fn log(&self, row: &LogRow) -> Result<()> {
        let mut tx = self.begin().await?;
        let id: i64 = sqlx::query_scalar(
            "UPDATE counters SET value = value + 1 WHERE name = 'admin_log' RETURNING value",
        )
        .fetch_one(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO admin_log (id, peer, user_id, date, kind, action, folded) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(row.peer)
        .bind(row.user_id)
        .bind(row.date)
        .bind(row.kind)
        .bind(row.action.as_slice())
        .bind(row.folded.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Entries of a channel between two ids, both exclusive, the newest first. `kinds`: bits, 0 for all; `max_id`: 0 for
    /// no bound.
    pub(crate) async fn admin_log(
        &self,
        peer: i64,
        (min_id, max_id): (i64, i64),
        kinds: i64,
    ) -> Result<Vec<LogRow>> {
        Ok(sqlx::query_as(
            "SELECT id, peer, user_id, date, kind, action, folded FROM admin_log WHERE peer = $1 AND id > $2
             AND ($3 = 0 OR id < $3) AND ($4 = 0 OR (kind & $4) <> 0) ORDER BY id DESC",
        )
        .bind(peer)
        .bind(min_id)
        .bind(max_id)
        .bind(kinds)
        .fetch_all(&self.pool)
        .await?)
    }
}
