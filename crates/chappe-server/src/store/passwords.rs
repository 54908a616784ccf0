//! Passwords of two-step verification, and what is under way with them.

use std::fmt;

use sqlx::FromRow;
use zeroize::Zeroize;

use super::{Flag, Result, Store, Tx};
use crate::limits::{CODE_LIFETIME, MAX_PASSWORD_TRIES, PASSWORD_TRIES_PERIOD, SRP_CHALLENGES_PER_KEY};

/// What is kept of a password.
#[derive(Clone, FromRow)]
pub(crate) struct PasswordRow {
    pub(crate) version: i64,
    pub(crate) salt1: Vec<u8>,
    pub(crate) salt2: Vec<u8>,
    pub(crate) verifier: Vec<u8>,
    pub(crate) hint: String,
    /// Empty if there is none.
    pub(crate) email: String,
    pub(crate) reset_at: i64,
    pub(crate) declined_at: i64,
    pub(crate) delete_at: i64,
}

impl Drop for PasswordRow {
    fn drop(&mut self) {
        self.verifier.zeroize();
    }
}

impl fmt::Debug for PasswordRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordRow").field("version", &self.version).finish_non_exhaustive()
    }
}

/// A password that shall hold.
#[derive(Clone)]
pub(crate) struct NewPassword {
    pub(crate) version: i64,
    pub(crate) salt1: Vec<u8>,
    pub(crate) salt2: Vec<u8>,
    pub(crate) verifier: Vec<u8>,
    pub(crate) hint: String,
}

impl Drop for NewPassword {
    fn drop(&mut self) {
        self.verifier.zeroize();
    }
}

/// A challenge between getPassword and the call that answers it.
#[derive(FromRow)]
pub(crate) struct SrpChallengeRow {
    pub(crate) id: i64,
    pub(crate) auth_key_id: i64,
    pub(crate) user_id: i64,
    pub(crate) version: i64,
    pub(crate) secret: Vec<u8>,
}

impl Drop for SrpChallengeRow {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// A change that waits for a code from a mail.
#[derive(FromRow)]
pub(super) struct ChangeRow {
    email: String,
    #[sqlx(try_from = "Flag")]
    with_password: bool,
    salt1: Vec<u8>,
    salt2: Vec<u8>,
    verifier: Vec<u8>,
    hint: String,
}

const COLUMNS: &str =
    "SELECT version, salt1, salt2, verifier, hint, email, reset_at, declined_at, delete_at FROM passwords
     WHERE user_id = $1";

fn lifetime() -> i64 {
    i64::try_from(CODE_LIFETIME.as_secs()).unwrap_or(i64::MAX)
}

impl Store {
    pub(crate) async fn password(&self, user_id: i64) -> Result<Option<PasswordRow>> {
        Ok(sqlx::query_as(COLUMNS).bind(user_id).fetch_optional(&self.pool).await?)
    }

    /// Sets or changes a password; `email` replaces the recovery address. Whatever was under way is void.
    pub(crate) async fn set_password(
        &self,
        user_id: i64,
        new: &NewPassword,
        email: Option<&str>,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        set(&mut tx, user_id, new, email).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn set_recovery_email(&self, user_id: i64, email: &str) -> Result<()> {
        let mut tx = self.begin().await?;
        clear(&mut tx, user_id).await?;
        sqlx::query("UPDATE passwords SET email = $2 WHERE user_id = $1")
            .bind(user_id)
            .bind(email)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn remove_password(&self, user_id: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        remove(&mut tx, user_id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Counts a try before it is judged. Returns the seconds to wait if there were too many wrong ones.
    pub(crate) async fn take_password_try(&self, user_id: i64, now: i64) -> Result<Option<i64>> {
        let mut tx = self.begin().await?;
        let row: Option<(i64, i64)> =
            sqlx::query_as("SELECT wrong_tries, wrong_since FROM passwords WHERE user_id = $1")
                .bind(user_id)
                .fetch_optional(&mut *tx)
                .await?;
        let Some((tries, since)) = row else { return Ok(None) };
        let end = since.saturating_add(PASSWORD_TRIES_PERIOD);
        let (tries, since) = if end <= now { (0, now) } else { (tries, since) };
        if tries >= MAX_PASSWORD_TRIES {
            return Ok(Some(end.saturating_sub(now).max(1)));
        }
        sqlx::query("UPDATE passwords SET wrong_tries = $2, wrong_since = $3 WHERE user_id = $1")
            .bind(user_id)
            .bind(tries + 1)
            .bind(since)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(None)
    }

    /// The password was right: wrong tries are forgotten, and so are the ways around it that others began.
    pub(crate) async fn password_was_right(&self, user_id: i64) -> Result<()> {
        sqlx::query("UPDATE passwords SET wrong_tries = 0, reset_at = 0, delete_at = 0 WHERE user_id = $1")
            .bind(user_id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Keeps a challenge; the oldest ones of the device make room.
    pub(crate) async fn put_srp_challenge(&self, row: &SrpChallengeRow, now: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO srp_challenges (id, auth_key_id, user_id, version, secret, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(row.id)
        .bind(row.auth_key_id)
        .bind(row.user_id)
        .bind(row.version)
        .bind(row.secret.as_slice())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "DELETE FROM srp_challenges WHERE auth_key_id = $1 AND id NOT IN
             (SELECT id FROM srp_challenges WHERE auth_key_id = $1 ORDER BY created_at DESC, id LIMIT $2)
             AND id <> $3",
        )
        .bind(row.auth_key_id)
        .bind(SRP_CHALLENGES_PER_KEY)
        .bind(row.id)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The challenge with this id, if it was made for this device and account. It is good once.
    pub(crate) async fn take_srp_challenge(
        &self,
        id: i64,
        device: i64,
        user_id: i64,
    ) -> Result<Option<SrpChallengeRow>> {
        Ok(sqlx::query_as(
            "DELETE FROM srp_challenges WHERE id = $1 AND auth_key_id = $2 AND user_id = $3
             RETURNING id, auth_key_id, user_id, version, secret",
        )
        .bind(id)
        .bind(device)
        .bind(user_id)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Keeps a change until its address is confirmed; an older one is void.
    pub(crate) async fn put_password_change(
        &self,
        user_id: i64,
        email: &str,
        code: &str,
        new: Option<&NewPassword>,
        now: i64,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO password_changes (user_id, email, code, expires_at, attempts, with_password, salt1, salt2, verifier, hint)
             VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9)
             ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, code = excluded.code,
             expires_at = excluded.expires_at, attempts = 0, with_password = excluded.with_password,
             salt1 = excluded.salt1, salt2 = excluded.salt2, verifier = excluded.verifier, hint = excluded.hint",
        )
        .bind(user_id)
        .bind(email)
        .bind(code)
        .bind(now.saturating_add(lifetime()))
        .bind(new.is_some())
        .bind(new.map_or(&[][..], |new| new.salt1.as_slice()))
        .bind(new.map_or(&[][..], |new| new.salt2.as_slice()))
        .bind(new.map_or(&[][..], |new| new.verifier.as_slice()))
        .bind(new.map_or("", |new| new.hint.as_str()))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The address that waits to be confirmed.
    pub(crate) async fn unconfirmed_email(&self, user_id: i64, now: i64) -> Result<Option<String>> {
        Ok(sqlx::query_scalar("SELECT email FROM password_changes WHERE user_id = $1 AND expires_at > $2")
            .bind(user_id)
            .bind(now)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Gives the waiting change a new code and new time; its address, if there is one.
    pub(crate) async fn renew_password_change(
        &self,
        user_id: i64,
        code: &str,
        now: i64,
    ) -> Result<Option<String>> {
        // The tries are not renewed: who guesses could ask for codes without end.
        Ok(sqlx::query_scalar(
            "UPDATE password_changes SET code = $2, expires_at = $3 WHERE user_id = $1 AND expires_at > $4 RETURNING email",
        )
        .bind(user_id)
        .bind(code)
        .bind(now.saturating_add(lifetime()))
        .bind(now)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Forgets the waiting change; its address, if there was one.
    pub(crate) async fn cancel_password_change(&self, user_id: i64) -> Result<Option<String>> {
        Ok(sqlx::query_scalar("DELETE FROM password_changes WHERE user_id = $1 RETURNING email")
            .bind(user_id)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Makes the waiting change hold if the code is right. Returns the address.
    pub(crate) async fn confirm_password_change(
        &self,
        user_id: i64,
        typed: &str,
        version: i64,
        now: i64,
    ) -> Result<std::result::Result<String, super::CodeCheck>> {
        let mut tx = self.begin().await?;
        let check = super::codes::check(&mut tx, "password_changes", user_id, typed, now).await?;
        if check != super::CodeCheck::Right {
            tx.commit().await?;
            return Ok(Err(check));
        }
        let mut change: ChangeRow = sqlx::query_as(
            "SELECT email, with_password, salt1, salt2, verifier, hint FROM password_changes WHERE user_id = $1",
        )
        .bind(user_id)
        .fetch_one(&mut *tx)
        .await?;
        if change.with_password {
            let new = NewPassword {
                version,
                salt1: std::mem::take(&mut change.salt1),
                salt2: std::mem::take(&mut change.salt2),
                verifier: std::mem::take(&mut change.verifier),
                hint: std::mem::take(&mut change.hint),
            };
            set(&mut tx, user_id, &new, Some(&change.email)).await?;
        } else {
            sqlx::query("UPDATE passwords SET email = $2 WHERE user_id = $1")
                .bind(user_id)
                .bind(change.email.as_str())
                .execute(&mut *tx)
                .await?;
            clear(&mut tx, user_id).await?;
        }
        tx.commit().await?;
        Ok(Ok(change.email))
    }

    /// Keeps a recovery code. One that is still good stays, tries and all; returns the code that holds, or the seconds
    /// until another may be asked for.
    pub(crate) async fn put_password_recovery(
        &self,
        user_id: i64,
        email: &str,
        code: &str,
        now: i64,
    ) -> Result<std::result::Result<(String, i64), i64>> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "DELETE FROM password_recoveries WHERE user_id = $1 AND (expires_at <= $2 OR email <> $3)",
        )
        .bind(user_id)
        .bind(now)
        .bind(email)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO password_recoveries (user_id, email, code, expires_at, attempts) VALUES ($1, $2, $3, $4, 0)
             ON CONFLICT DO NOTHING",
        )
        .bind(user_id)
        .bind(email)
        .bind(code)
        .bind(now.saturating_add(lifetime()))
        .execute(&mut *tx)
        .await?;
        let (code, expires_at, attempts): (String, i64, i64) =
            sqlx::query_as("SELECT code, expires_at, attempts FROM password_recoveries WHERE user_id = $1")
                .bind(user_id)
                .fetch_one(&mut *tx)
                .await?;
        tx.commit().await?;
        Ok(if attempts >= crate::limits::MAX_CODE_ATTEMPTS {
            Err(expires_at.saturating_sub(now).max(1))
        } else {
            Ok((code, expires_at))
        })
    }

    /// Judges a recovery code and counts a wrong one. A right one stays good.
    pub(crate) async fn check_password_recovery(
        &self,
        user_id: i64,
        typed: &str,
        now: i64,
    ) -> Result<super::CodeCheck> {
        let mut tx = self.begin().await?;
        let check = super::codes::check(&mut tx, "password_recoveries", user_id, typed, now).await?;
        tx.commit().await?;
        Ok(check)
    }

    /// Notes that the account wants its password reset at `at`; 0 takes it back at `now`.
    pub(crate) async fn set_password_reset(&self, user_id: i64, at: i64, now: i64) -> Result<()> {
        let statement = if at == 0 {
            sqlx::query("UPDATE passwords SET reset_at = 0, declined_at = $2 WHERE user_id = $1")
                .bind(user_id)
                .bind(now)
        } else {
            sqlx::query("UPDATE passwords SET reset_at = $2 WHERE user_id = $1").bind(user_id).bind(at)
        };
        statement.execute(&self.pool).await?;
        Ok(())
    }

    /// Notes that somebody wants the account deleted at `at` without its password.
    pub(crate) async fn set_deletion(&self, user_id: i64, at: i64) -> Result<()> {
        sqlx::query("UPDATE passwords SET delete_at = $2 WHERE user_id = $1")
            .bind(user_id)
            .bind(at)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Notes that a device has shown everything but the password of this account, and the mail address that is set with
    /// the login, or an empty one.
    pub(crate) async fn put_pending_login(
        &self,
        device: i64,
        user_id: i64,
        email: &str,
        now: i64,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO pending_logins (auth_key_id, user_id, at, email) VALUES ($1, $2, $3, $4)
             ON CONFLICT (auth_key_id) DO UPDATE SET user_id = excluded.user_id, at = excluded.at, email = excluded.email",
        )
        .bind(device)
        .bind(user_id)
        .bind(now)
        .bind(email)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The account whose password a device still has to show; `after` is when it must have begun.
    pub(crate) async fn pending_login(&self, device: i64, after: i64) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar("SELECT user_id FROM pending_logins WHERE auth_key_id = $1 AND at > $2")
            .bind(device)
            .bind(after)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The mail address that is set with this device's login to the account.
    pub(crate) async fn pending_email(&self, device: i64, user_id: i64) -> Result<Option<String>> {
        Ok(sqlx::query_scalar(
            "SELECT email FROM pending_logins WHERE auth_key_id = $1 AND user_id = $2 AND email <> ''",
        )
        .bind(device)
        .bind(user_id)
        .fetch_optional(&self.pool)
        .await?)
    }
}

async fn set(tx: &mut Tx, user_id: i64, new: &NewPassword, email: Option<&str>) -> Result<()> {
    let before: Option<String> = sqlx::query_scalar("SELECT email FROM passwords WHERE user_id = $1")
        .bind(user_id)
        .fetch_optional(&mut **tx)
        .await?;
    remove(tx, user_id).await?;
    sqlx::query(
        "INSERT INTO passwords (user_id, version, salt1, salt2, verifier, hint, email, wrong_tries, wrong_since, reset_at,
         declined_at, delete_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0)",
    )
    .bind(user_id)
    .bind(new.version)
    .bind(new.salt1.as_slice())
    .bind(new.salt2.as_slice())
    .bind(new.verifier.as_slice())
    .bind(new.hint.as_str())
    .bind(email.or(before.as_deref()).unwrap_or_default())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Changes and recoveries under way are void.
async fn clear(tx: &mut Tx, user_id: i64) -> Result<()> {
    for statement in [
        sqlx::query("DELETE FROM password_changes WHERE user_id = $1"),
        sqlx::query("DELETE FROM password_recoveries WHERE user_id = $1"),
    ] {
        statement.bind(user_id).execute(&mut **tx).await?;
    }
    Ok(())
}

/// The password and everything about it.
pub(super) async fn remove(tx: &mut Tx, user_id: i64) -> Result<()> {
    clear(tx, user_id).await?;
    sqlx::query("DELETE FROM passwords WHERE user_id = $1").bind(user_id).execute(&mut **tx).await?;
    Ok(())
}

/// A device is logged in or out: it owes no password any more.
pub(super) async fn settle_device(tx: &mut Tx, device: i64) -> Result<()> {
    for statement in [
        sqlx::query("DELETE FROM pending_logins WHERE auth_key_id = $1"),
        sqlx::query("DELETE FROM srp_challenges WHERE auth_key_id = $1"),
    ] {
        statement.bind(device).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Forgets what is too old to be of use.
pub(super) async fn expire(tx: &mut Tx, now: i64, pending_before: i64) -> Result<()> {
    for (statement, at) in [
        (sqlx::query("DELETE FROM password_changes WHERE expires_at < $1"), now),
        (sqlx::query("DELETE FROM password_recoveries WHERE expires_at < $1"), now),
        (sqlx::query("DELETE FROM srp_challenges WHERE created_at < $1"), pending_before),
        (sqlx::query("DELETE FROM pending_logins WHERE at < $1"), pending_before),
    ] {
        statement.bind(at).execute(&mut **tx).await?;
    }
    Ok(())
}
