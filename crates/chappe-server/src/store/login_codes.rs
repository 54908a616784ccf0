//! Login codes: single use, short-lived, few tries.

use sqlx::FromRow;
use subtle::ConstantTimeEq;

use super::{CodeCheck, Flag, Result, Store};
use crate::limits::MAX_CODE_ATTEMPTS;

/// A code about to be sent.
#[derive(Clone)]
pub(crate) struct NewLoginCode {
    pub(crate) phone_code_hash: String,
    pub(crate) phone: String,
    pub(crate) code: String,
    pub(crate) expires_at: i64,
}

#[derive(FromRow)]
struct Row {
    phone: String,
    code: String,
    expires_at: i64,
    attempts: i64,
    #[sqlx(try_from = "Flag")]
    confirmed: bool,
}

impl Store {
    /// Keeps a code; older codes of the number are void.
    pub(crate) async fn put_login_code(&self, new: &NewLoginCode) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM login_codes WHERE phone = $1")
            .bind(new.phone.as_str())
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO login_codes (phone_code_hash, phone, code, expires_at, attempts, confirmed)
             VALUES ($1, $2, $3, $4, 0, FALSE)",
        )
        .bind(new.phone_code_hash.as_str())
        .bind(new.phone.as_str())
        .bind(new.code.as_str())
        .bind(new.expires_at)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Compares a code that somebody typed, counts the try, and remembers a right one for the sign-up.
    ///
    /// `also` is a second spelling that is right too (test numbers have codes of five and of six digits).
    pub(crate) async fn check_login_code(
        &self,
        hash: &str,
        phone: &str,
        typed: &str,
        also: Option<&str>,
        now: i64,
    ) -> Result<CodeCheck> {
        let mut tx = self.begin().await?;
        let Some(row) = load(&mut tx, hash).await? else { return Ok(CodeCheck::Expired) };
        if row.phone != phone || row.expires_at <= now || row.attempts >= MAX_CODE_ATTEMPTS {
            return Ok(CodeCheck::Expired);
        }
        let same = |code: &str| bool::from(code.as_bytes().ct_eq(typed.as_bytes()));
        let right = same(&row.code) | also.is_some_and(same);
        let statement = if right {
            sqlx::query("UPDATE login_codes SET confirmed = TRUE WHERE phone_code_hash = $1")
        } else {
            sqlx::query("UPDATE login_codes SET attempts = attempts + 1 WHERE phone_code_hash = $1")
        };
        statement.bind(hash).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(if right { CodeCheck::Right } else { CodeCheck::Wrong })
    }

    /// Whether the right code was given for this hash and number and may still be used.
    pub(crate) async fn login_code_confirmed(&self, hash: &str, phone: &str, now: i64) -> Result<bool> {
        let mut tx = self.begin().await?;
        let row = load(&mut tx, hash).await?;
        Ok(row.is_some_and(|row| row.phone == phone && row.expires_at > now && row.confirmed))
    }

    /// Whether a code with this hash is waiting for this number.
    pub(crate) async fn login_code_pending(&self, hash: &str, phone: &str, now: i64) -> Result<bool> {
        let mut tx = self.begin().await?;
        let row = load(&mut tx, hash).await?;
        Ok(row.is_some_and(|row| row.phone == phone && row.expires_at > now))
    }

    /// The codes that are still good, for whoever asks the server for them: number or mail address, code, end.
    pub(crate) async fn login_codes(&self, now: i64, limit: usize) -> Result<Vec<(String, String, i64)>> {
        Ok(sqlx::query_as(
            "SELECT phone, code, expires_at FROM login_codes WHERE expires_at > $1
             UNION ALL SELECT email, code, expires_at FROM password_changes WHERE expires_at > $1
             UNION ALL SELECT email, code, expires_at FROM password_recoveries WHERE expires_at > $1
             ORDER BY expires_at DESC LIMIT $2",
        )
        .bind(now)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?)
    }

    pub(crate) async fn delete_login_code(&self, hash: &str) -> Result<()> {
        sqlx::query("DELETE FROM login_codes WHERE phone_code_hash = $1")
            .bind(hash)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

async fn load(tx: &mut super::Tx, hash: &str) -> Result<Option<Row>> {
    Ok(sqlx::query_as(
        "SELECT phone, code, expires_at, attempts, confirmed FROM login_codes WHERE phone_code_hash = $1",
    )
    .bind(hash)
    .fetch_optional(&mut **tx)
    .await?)
}
