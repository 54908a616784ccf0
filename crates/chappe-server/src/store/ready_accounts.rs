//! Accounts made for tests, by the name under which the test knows them.

use sqlx::FromRow;

use super::{Result, Store};

/// One of them.
#[derive(Clone, FromRow)]
pub(crate) struct ReadyAccount {
    pub(crate) name: String,
    pub(crate) user_id: i64,
    /// The device that is logged in.
    pub(crate) auth_key_id: i64,
    /// Empty for people.
    pub(crate) bot_token: String,
}

const SELECT: &str = "SELECT name, user_id, auth_key_id, bot_token FROM ready_accounts";

impl Store {
    /// Remembers an account; a second one of the same name replaces it.
    pub(crate) async fn put_ready_account(&self, account: &ReadyAccount) -> Result<()> {
        sqlx::query(
            "INSERT INTO ready_accounts (name, user_id, auth_key_id, bot_token) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name) DO UPDATE SET user_id = excluded.user_id, auth_key_id = excluded.auth_key_id,
             bot_token = excluded.bot_token",
        )
        .bind(account.name.as_str())
        .bind(account.user_id)
        .bind(account.auth_key_id)
        .bind(account.bot_token.as_str())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(crate) async fn ready_account(&self, name: &str) -> Result<Option<ReadyAccount>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE name = $1")))
            .bind(name)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// All of them, by name.
    pub(crate) async fn ready_accounts(&self) -> Result<Vec<ReadyAccount>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} ORDER BY name")))
            .fetch_all(&self.pool)
            .await?)
    }
}
