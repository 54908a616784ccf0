//! Codes that one device shows and another reads, to log the first in.

use sqlx::FromRow;

use super::{Result, Store, Tx};

/// What is known of such a code.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct LoginToken {
    /// The device that shows it.
    pub(crate) auth_key_id: i64,
    pub(crate) expires_at: i64,
    /// 0 if nobody has accepted it.
    pub(crate) accepted_by: i64,
    except_ids: String,
}

impl LoginToken {
    /// Whether the device does not want this account.
    pub(crate) fn excepts(&self, user_id: i64) -> bool {
        self.except_ids.split(',').any(|id| id.parse() == Ok(user_id))
    }
}

const SELECT: &str = "SELECT auth_key_id, expires_at, accepted_by, except_ids FROM login_tokens";

impl Store {
    /// Keeps a new code of a device; the older ones are void.
    pub(crate) async fn put_login_token(
        &self,
        token: &[u8],
        device: i64,
        except_ids: &[i64],
        expires_at: i64,
    ) -> Result<()> {
        let except_ids: Vec<String> = except_ids.iter().map(i64::to_string).collect();
        let mut tx = self.begin().await?;
        forget(&mut tx, device).await?;
        sqlx::query(
            "INSERT INTO login_tokens (token, auth_key_id, expires_at, accepted_by, except_ids) VALUES ($1, $2, $3, 0, $4)",
        )
        .bind(token)
        .bind(device)
        .bind(expires_at)
        .bind(except_ids.join(","))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn login_token(&self, token: &[u8]) -> Result<Option<LoginToken>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE token = $1")))
            .bind(token)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Has an account accept a code; `false` if another was faster.
    pub(crate) async fn accept_login_token(&self, token: &[u8], user_id: i64) -> Result<bool> {
        let done =
            sqlx::query("UPDATE login_tokens SET accepted_by = $2 WHERE token = $1 AND accepted_by = 0")
                .bind(token)
                .bind(user_id)
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The code of this device that an account has accepted, and the account.
    pub(crate) async fn accepted_login(&self, device: i64, now: i64) -> Result<Option<(Vec<u8>, i64)>> {
        Ok(sqlx::query_as(
            "SELECT token, accepted_by FROM login_tokens
             WHERE auth_key_id = $1 AND accepted_by > 0 AND expires_at > $2",
        )
        .bind(device)
        .bind(now)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Uses up an accepted code, from whatever device it was shown.
    pub(crate) async fn take_login_token(&self, token: &[u8], now: i64) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar(
            "DELETE FROM login_tokens WHERE token = $1 AND accepted_by > 0 AND expires_at > $2 RETURNING accepted_by",
        )
        .bind(token)
        .bind(now)
        .fetch_optional(&self.pool)
        .await?)
    }
}

/// The codes that a device shows are void.
pub(super) async fn forget(tx: &mut Tx, device: i64) -> Result<()> {
    sqlx::query("DELETE FROM login_tokens WHERE auth_key_id = $1").bind(device).execute(&mut **tx).await?;
    Ok(())
}
