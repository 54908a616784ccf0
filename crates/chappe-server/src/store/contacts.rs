//! Contact lists and blocked people.

use sqlx::FromRow;

use super::{Result, Store};

/// One entry of somebody's contact list.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct ContactRow {
    pub(crate) contact_id: i64,
    pub(crate) phone: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
}

impl Store {
    pub(crate) async fn put_contact(&self, owner: i64, contact: &ContactRow) -> Result<()> {
        sqlx::query(
            "INSERT INTO contacts (owner_id, contact_id, phone, first_name, last_name) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (owner_id, contact_id)
             DO UPDATE SET phone = excluded.phone, first_name = excluded.first_name, last_name = excluded.last_name",
        )
        .bind(owner)
        .bind(contact.contact_id)
        .bind(contact.phone.as_str())
        .bind(contact.first_name.as_str())
        .bind(contact.last_name.as_str())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(crate) async fn contacts(&self, owner: i64) -> Result<Vec<ContactRow>> {
        Ok(sqlx::query_as(
            "SELECT contact_id, phone, first_name, last_name FROM contacts WHERE owner_id = $1 ORDER BY contact_id",
        )
        .bind(owner)
        .fetch_all(&self.pool)
        .await?)
    }

    pub(crate) async fn contact(&self, owner: i64, contact: i64) -> Result<Option<ContactRow>> {
        Ok(sqlx::query_as(
            "SELECT contact_id, phone, first_name, last_name FROM contacts WHERE owner_id = $1 AND contact_id = $2",
        )
        .bind(owner)
        .bind(contact)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Takes somebody off a list; whether they were on it.
    pub(crate) async fn delete_contact(&self, owner: i64, contact: i64) -> Result<bool> {
        let done = sqlx::query("DELETE FROM contacts WHERE owner_id = $1 AND contact_id = $2")
            .bind(owner)
            .bind(contact)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whom an account has blocked and when, the latest first.
    pub(crate) async fn blocked_list(&self, owner: i64) -> Result<Vec<(i64, i64)>> {
        Ok(sqlx::query_as(
            "SELECT blocked_id, at FROM blocked WHERE owner_id = $1 ORDER BY at DESC, blocked_id",
        )
        .bind(owner)
        .fetch_all(&self.pool)
        .await?)
    }

    pub(crate) async fn block(&self, owner: i64, blocked: i64, now: i64) -> Result<()> {
        sqlx::query(
            "INSERT INTO blocked (owner_id, blocked_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(owner)
        .bind(blocked)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(crate) async fn unblock(&self, owner: i64, blocked: i64) -> Result<()> {
        sqlx::query("DELETE FROM blocked WHERE owner_id = $1 AND blocked_id = $2")
            .bind(owner)
            .bind(blocked)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whether `owner` has blocked `other`.
    pub(crate) async fn has_blocked(&self, owner: i64, other: i64) -> Result<bool> {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT at FROM blocked WHERE owner_id = $1 AND blocked_id = $2")
                .bind(owner)
                .bind(other)
                .fetch_optional(&self.pool)
                .await?;
        Ok(found.is_some())
    }
}
