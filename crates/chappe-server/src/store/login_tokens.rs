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
    /// Keeps a new code of a device; the older ones are void. `false`, and nothing has changed, if an account has accepted
    /// one of them: that one counts.
    pub(crate) async fn put_login_token(
        &self,
        token: &[u8],
        device: i64,
        except_ids: &[i64],
        (now, expires_at): (i64, i64),
    ) -> Result<bool> {
        let except_ids: Vec<String> = except_ids.iter().map(i64::to_string).collect();
        let mut tx = self.begin().await?;
        sqlx::query(
            "DELETE FROM login_tokens WHERE auth_key_id = $1 AND (accepted_by = 0 OR expires_at <= $2)",
        )
        .bind(device)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        let accepted: Option<i64> =
            sqlx::query_scalar("SELECT accepted_by FROM login_tokens WHERE auth_key_id = $1")
                .bind(device)
                .fetch_optional(&mut *tx)
                .await?;
        if accepted.is_some() {
            return Ok(false);
        }
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
        Ok(true)
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

#[cfg(test)]
mod tests {
    use super::super::{AuthKeyRow, Place};
    use super::*;

    #[tokio::test]
    async fn a_code_that_was_accepted_is_not_replaced_while_it_is_good() {
        let store = Store::open(&Place::Memory).await.unwrap();
        let key = AuthKeyRow {
            id: 7,
            key_bytes: vec![1; 256],
            is_temp: false,
            expires_at: 0,
            bound_to: 0,
            created_at: 1,
            dc_id: 2,
            first_salt: 3,
            layer: 0,
            home: 0,
        };
        store.insert_auth_key(&key).await.unwrap();
        assert!(store.put_login_token(b"first", 7, &[], (100, 130)).await.unwrap());
        assert!(store.put_login_token(b"second", 7, &[], (101, 131)).await.unwrap());
        // The owner of the account is late with the first one, and accepts the second.
        assert!(!store.accept_login_token(b"first", 1).await.unwrap());
        assert!(store.accept_login_token(b"second", 1).await.unwrap());
        assert!(!store.put_login_token(b"third", 7, &[], (102, 132)).await.unwrap());
        assert_eq!(store.accepted_login(7, 102).await.unwrap(), Some((b"second".to_vec(), 1)));
        assert!(store.put_login_token(b"fourth", 7, &[], (131, 161)).await.unwrap());
        assert_eq!(store.accepted_login(7, 131).await.unwrap(), None);
    }
}
