//! Exports of an account's data: who has begun one.

use super::{Result, Store};

impl Store {
    /// Begins an export under this id; one before has ended.
    pub(crate) async fn begin_takeout(&self, user_id: i64, id: i64, now: i64) -> Result<()> {
        sqlx::query(
            "INSERT INTO takeouts (user_id, id, at) VALUES ($1, $2, $3)
             ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, at = excluded.at",
        )
        .bind(user_id)
        .bind(id)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The id of the export that an account has begun after `after`.
    pub(crate) async fn takeout(&self, user_id: i64, after: i64) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar("SELECT id FROM takeouts WHERE user_id = $1 AND at > $2")
            .bind(user_id)
            .bind(after)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Ends it; whether there was one with this id.
    pub(crate) async fn end_takeout(&self, user_id: i64, id: i64) -> Result<bool> {
        let done = sqlx::query("DELETE FROM takeouts WHERE user_id = $1 AND id = $2")
            .bind(user_id)
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
