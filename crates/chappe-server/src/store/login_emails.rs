//! Mail addresses for logins: set, changed, given up.

use sqlx::FromRow;

use super::{CodeCheck, Result, Store, Tx, codes};
use crate::limits::CODE_LIFETIME;

/// Where the codes of an account go.
#[derive(Clone, FromRow, PartialEq, Eq)]
pub(crate) struct LoginEmail {
    pub(crate) email: String,
    /// When it is to be forgotten, in Unix seconds; 0: nobody has asked for that.
    pub(crate) reset_at: i64,
}

/// What came of asking that an address is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EmailReset {
    /// It is, now.
    Done,
    /// It will be at this time, in Unix seconds.
    Begun(i64),
    /// Somebody has asked before.
    Pending,
    /// There is none.
    Missing,
}

fn end(now: i64) -> i64 {
    now.saturating_add(i64::try_from(CODE_LIFETIME.as_secs()).unwrap_or(i64::MAX))
}

impl Store {
    /// The address for logins of an account. One whose time is over is none.
    pub(crate) async fn login_email(&self, user_id: i64, now: i64) -> Result<Option<LoginEmail>> {
        Ok(sqlx::query_as(
            "SELECT email, reset_at FROM login_emails WHERE user_id = $1 AND (reset_at = 0 OR reset_at > $2)",
        )
        .bind(user_id)
        .bind(now)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Sets it; nobody waits any more for the one before to go. `None` takes it away.
    pub(crate) async fn set_login_email(&self, user_id: i64, email: Option<&str>) -> Result<()> {
        let mut tx = self.begin().await?;
        match email {
            Some(email) => set(&mut tx, user_id, email).await?,
            None => forget(&mut tx, user_id).await?,
        }
        tx.commit().await?;
        Ok(())
    }

    /// Has the address of an account forgotten: at once if that was asked for long enough ago, else after `wait` seconds.
    pub(crate) async fn reset_login_email(&self, user_id: i64, wait: i64, now: i64) -> Result<EmailReset> {
        let mut tx = self.begin().await?;
        let reset_at: Option<i64> =
            sqlx::query_scalar("SELECT reset_at FROM login_emails WHERE user_id = $1")
                .bind(user_id)
                .fetch_optional(&mut *tx)
                .await?;
        let outcome = match reset_at {
            None => return Ok(EmailReset::Missing),
            Some(0) => EmailReset::Begun(now.saturating_add(wait)),
            Some(at) if at > now => return Ok(EmailReset::Pending),
            Some(_) => EmailReset::Done,
        };
        if let EmailReset::Begun(at) = outcome {
            sqlx::query("UPDATE login_emails SET reset_at = $2 WHERE user_id = $1")
                .bind(user_id)
                .bind(at)
                .execute(&mut *tx)
                .await?;
        } else {
            forget(&mut tx, user_id).await?;
        }
        tx.commit().await?;
        Ok(outcome)
    }

    /// Keeps an address that an account wants to change to, until it is confirmed. Who asks again for the same has no fresh
    /// tries.
    pub(crate) async fn put_login_email_change(
        &self,
        user_id: i64,
        email: &str,
        code: &str,
        now: i64,
    ) -> Result<i64> {
        sqlx::query(
            "INSERT INTO login_email_changes (user_id, email, code, expires_at, attempts) VALUES ($1, $2, $3, $4, 0)
             ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, code = excluded.code,
             expires_at = excluded.expires_at, attempts = CASE WHEN login_email_changes.email = excluded.email
                AND login_email_changes.expires_at > $5 THEN login_email_changes.attempts ELSE 0 END",
        )
        .bind(user_id)
        .bind(email)
        .bind(code)
        .bind(end(now))
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(end(now))
    }

    /// The same for a login that wants an address.
    pub(crate) async fn put_login_email_setup(
        &self,
        hash: &str,
        email: &str,
        code: &str,
        now: i64,
    ) -> Result<i64> {
        sqlx::query(
            "INSERT INTO login_email_setups (phone_code_hash, email, code, expires_at, attempts) VALUES ($1, $2, $3, $4, 0)
             ON CONFLICT (phone_code_hash) DO UPDATE SET email = excluded.email, code = excluded.code,
             expires_at = excluded.expires_at, attempts = CASE WHEN login_email_setups.email = excluded.email
                AND login_email_setups.expires_at > $5 THEN login_email_setups.attempts ELSE 0 END",
        )
        .bind(hash)
        .bind(email)
        .bind(code)
        .bind(end(now))
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(end(now))
    }

    /// Makes the waiting address that of the account if the code is right. Codes on their way to the one before are void.
    pub(crate) async fn confirm_login_email(
        &self,
        user_id: i64,
        typed: &str,
        now: i64,
    ) -> Result<std::result::Result<String, CodeCheck>> {
        let mut tx = self.begin().await?;
        let check = codes::check(&mut tx, "login_email_changes", user_id, typed, now).await?;
        if check != CodeCheck::Right {
            tx.commit().await?;
            return Ok(Err(check));
        }
        let email: String =
            sqlx::query_scalar("DELETE FROM login_email_changes WHERE user_id = $1 RETURNING email")
                .bind(user_id)
                .fetch_one(&mut *tx)
                .await?;
        sqlx::query(
            "DELETE FROM login_codes WHERE email <> '' AND phone IN (SELECT phone FROM users WHERE id = $1)",
        )
        .bind(user_id)
        .execute(&mut *tx)
        .await?;
        set(&mut tx, user_id, &email).await?;
        tx.commit().await?;
        Ok(Ok(email))
    }

    /// The address that a login was to be given, if the code is right.
    pub(crate) async fn confirm_login_email_setup(
        &self,
        hash: &str,
        typed: &str,
        now: i64,
    ) -> Result<std::result::Result<String, CodeCheck>> {
        let mut tx = self.begin().await?;
        let place = ("login_email_setups", "phone_code_hash");
        let check = codes::check_by(&mut tx, place, hash, typed, now).await?;
        if check != CodeCheck::Right {
            tx.commit().await?;
            return Ok(Err(check));
        }
        let email =
            sqlx::query_scalar("DELETE FROM login_email_setups WHERE phone_code_hash = $1 RETURNING email")
                .bind(hash)
                .fetch_one(&mut *tx)
                .await?;
        tx.commit().await?;
        Ok(Ok(email))
    }
}

async fn set(tx: &mut Tx, user_id: i64, email: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO login_emails (user_id, email, reset_at) VALUES ($1, $2, 0)
         ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, reset_at = 0",
    )
    .bind(user_id)
    .bind(email)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The address, and one that waits.
pub(super) async fn forget(tx: &mut Tx, user_id: i64) -> Result<()> {
    for statement in [
        sqlx::query("DELETE FROM login_emails WHERE user_id = $1"),
        sqlx::query("DELETE FROM login_email_changes WHERE user_id = $1"),
    ] {
        statement.bind(user_id).execute(&mut **tx).await?;
    }
    Ok(())
}
