//! Who may see or do what.

use sqlx::FromRow;

use super::{Result, Store};

/// One rule as stored.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct RuleRow {
    pub(crate) kind: i64,
    pub(crate) ids: String,
}

#[derive(FromRow)]
struct Row {
    subject: i64,
    kind: i64,
    ids: String,
}

impl Store {
    /// The rules of an account for one subject, in order; empty if they are the usual ones.
    pub(crate) async fn privacy_rules(&self, user_id: i64, subject: i64) -> Result<Vec<RuleRow>> {
        Ok(sqlx::query_as(
            "SELECT kind, ids FROM privacy_rules WHERE user_id = $1 AND subject = $2 ORDER BY position",
        )
        .bind(user_id)
        .bind(subject)
        .fetch_all(&self.pool)
        .await?)
    }

    /// All rules of an account with their subjects, in order.
    pub(crate) async fn all_privacy_rules(&self, user_id: i64) -> Result<Vec<(i64, RuleRow)>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT subject, kind, ids FROM privacy_rules WHERE user_id = $1 ORDER BY subject, position",
        )
        .bind(user_id)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.subject, RuleRow { kind: row.kind, ids: row.ids })).collect())
    }

    pub(crate) async fn set_privacy_rules(
        &self,
        user_id: i64,
        subject: i64,
        rules: &[RuleRow],
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM privacy_rules WHERE user_id = $1 AND subject = $2")
            .bind(user_id)
            .bind(subject)
            .execute(&mut *tx)
            .await?;
        for (position, rule) in rules.iter().enumerate() {
            sqlx::query(
                "INSERT INTO privacy_rules (user_id, subject, position, kind, ids) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(user_id)
            .bind(subject)
            .bind(i64::try_from(position).unwrap_or(i64::MAX))
            .bind(rule.kind)
            .bind(rule.ids.as_str())
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
