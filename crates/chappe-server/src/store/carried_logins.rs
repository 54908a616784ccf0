//! Logins that are carried to other data centres.

use sqlx::FromRow;

use super::{Result, Store, Tx};

/// A login at a data centre that is not the account's home.
#[derive(Clone, Copy, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct CarriedLogin {
    pub(crate) user_id: i64,
    /// Where the account is at home; 0: everywhere.
    pub(crate) home: i64,
}

impl Store {
    /// Keeps what `device` may show at the data centre `home`.
    pub(crate) async fn put_exported_login(
        &self,
        token: &[u8],
        (user_id, device): (i64, i64),
        home: i32,
        expires_at: i64,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO exported_logins (token, user_id, device, home, expires_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(token)
        .bind(user_id)
        .bind(device)
        .bind(i64::from(home))
        .bind(expires_at)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Uses up what was shown at the data centre `home`, and carries the login to `key`. `false` if it is not good, or
    /// the login that it stands for has ended.
    pub(crate) async fn carry_login(
        &self,
        key: i64,
        user_id: i64,
        token: &[u8],
        home: i32,
        now: i64,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let device: Option<i64> = sqlx::query_scalar(
            "DELETE FROM exported_logins WHERE token = $1 AND user_id = $2 AND home = $3 AND expires_at > $4
             RETURNING device",
        )
        .bind(token)
        .bind(user_id)
        .bind(i64::from(home))
        .bind(now)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(device) = device else { return Ok(false) };
        let done = sqlx::query(
            "INSERT INTO carried_logins (auth_key_id, user_id, device)
             SELECT $1, a.user_id, a.auth_key_id FROM authorizations a WHERE a.auth_key_id = $2 AND a.user_id = $3
             ON CONFLICT (auth_key_id) DO UPDATE SET user_id = excluded.user_id, device = excluded.device",
        )
        .bind(key)
        .bind(device)
        .bind(user_id)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// The login that was carried to a key.
    pub(crate) async fn carried_login(&self, key: i64) -> Result<Option<CarriedLogin>> {
        Ok(sqlx::query_as(
            "SELECT c.user_id, u.home FROM carried_logins c JOIN users u ON u.id = c.user_id
             WHERE c.auth_key_id = $1",
        )
        .bind(key)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// How many data centres the world has from now on, if that is not fewer than before; else how many it had.
    pub(crate) async fn set_data_centres(&self, count: i64) -> Result<std::result::Result<(), i64>> {
        let mut tx = self.begin().await?;
        let before: i64 = sqlx::query_scalar("SELECT value FROM counters WHERE name = 'data_centres'")
            .fetch_one(&mut *tx)
            .await?;
        if before > count {
            return Ok(Err(before));
        }
        if count > 1 {
            sqlx::query("UPDATE counters SET value = $1 WHERE name = 'data_centres'")
                .bind(count)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// How many data centres the world has; 0 or 1 if it never had more than one.
    pub(crate) async fn data_centres(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("SELECT value FROM counters WHERE name = 'data_centres'")
            .fetch_one(&self.pool)
            .await?)
    }
}

/// Nobody's login is on this key any more, and what was carried from it ends, too.
pub(super) async fn forget(tx: &mut Tx, device: i64) -> Result<()> {
    for statement in [
        sqlx::query("DELETE FROM carried_logins WHERE auth_key_id = $1 OR device = $1"),
        sqlx::query("DELETE FROM exported_logins WHERE device = $1"),
    ] {
        statement.bind(device).execute(&mut **tx).await?;
    }
    Ok(())
}
