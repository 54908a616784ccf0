//! Login codes: single use, short-lived, few tries.

use sqlx::FromRow;
use subtle::ConstantTimeEq;

use super::{CodeCheck, Flag, Result, Store};
use crate::limits::{MAX_CODE_ATTEMPTS, MAX_WRONG_CODES, WRONG_CODES_PERIOD};

/// A code about to be sent.
#[derive(Clone)]
pub(crate) struct NewLoginCode {
    pub(crate) phone_code_hash: String,
    pub(crate) phone: String,
    pub(crate) code: String,
    pub(crate) expires_at: i64,
    /// 0 a short message, 1 in the app, 2 a call, 3 a mail, 4 not at all before there is a mail address.
    pub(crate) delivery: i64,
    /// The mail address that the account has once this login has succeeded; empty: as before. A mail goes there.
    pub(crate) email: String,
    /// The account that wants to change to the number; 0 for a login.
    pub(crate) owner: i64,
}

#[derive(FromRow)]
struct Row {
    phone: String,
    code: String,
    expires_at: i64,
    attempts: i64,
    #[sqlx(try_from = "Flag")]
    confirmed: bool,
    delivery: i64,
    owner_id: i64,
    email: String,
}

/// How a waiting code was sent, for whom, and the mail address that the login brings.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CodeWay {
    pub(crate) delivery: i64,
    pub(crate) owner: i64,
    pub(crate) email: String,
}

/// [`NewLoginCode::delivery`]
const MAIL: i64 = 3;
const SETUP: i64 = 4;

impl Store {
    /// Keeps a code; older codes of the number are void.
    pub(crate) async fn put_login_code(&self, new: &NewLoginCode) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM login_codes WHERE phone = $1")
            .bind(new.phone.as_str())
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO login_codes (phone_code_hash, phone, code, expires_at, attempts, confirmed, delivery, owner_id, email)
             VALUES ($1, $2, $3, $4, 0, FALSE, $5, $6, $7)",
        )
        .bind(new.phone_code_hash.as_str())
        .bind(new.phone.as_str())
        .bind(new.code.as_str())
        .bind(new.expires_at)
        .bind(new.delivery)
        .bind(new.owner)
        .bind(new.email.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Compares a code that somebody typed, counts the try, and remembers a right one for the sign-up.
    ///
    /// `also` is a second spelling that is right too (test numbers have codes of five and of six digits). What came `by_mail`
    /// is said to have come by mail, and nothing else is.
    pub(crate) async fn check_login_code(
        &self,
        (hash, phone, owner): (&str, &str, i64),
        (typed, also, by_mail): (&str, Option<&str>, bool),
        now: i64,
    ) -> Result<CodeCheck> {
        let mut tx = self.begin().await?;
        let Some(row) = load(&mut tx, hash).await? else { return Ok(CodeCheck::Expired) };
        if row.phone != phone
            || row.owner_id != owner
            || row.expires_at <= now
            || row.attempts >= MAX_CODE_ATTEMPTS
        {
            return Ok(CodeCheck::Expired);
        }
        let same = |code: &str| bool::from(code.as_bytes().ct_eq(typed.as_bytes()));
        let is_kind = row.delivery != SETUP && by_mail == (row.delivery == MAIL);
        let right = is_kind && same(&row.code) | also.filter(|_| !by_mail).is_some_and(same);
        let statement = if right {
            sqlx::query("UPDATE login_codes SET confirmed = TRUE WHERE phone_code_hash = $1")
        } else {
            sqlx::query("UPDATE login_codes SET attempts = attempts + 1 WHERE phone_code_hash = $1")
        };
        statement.bind(hash).execute(&mut *tx).await?;
        if !right {
            count_wrong(&mut tx, phone, now).await?;
        }
        tx.commit().await?;
        Ok(if right { CodeCheck::Right } else { CodeCheck::Wrong })
    }

    /// Whether so many wrong codes were given for a number that there should be no more for a while.
    pub(crate) async fn too_many_wrong_codes(&self, phone: &str, now: i64) -> Result<bool> {
        let count: Option<i64> =
            sqlx::query_scalar("SELECT count FROM wrong_codes WHERE phone = $1 AND since > $2")
                .bind(phone)
                .bind(now.saturating_sub(WRONG_CODES_PERIOD))
                .fetch_optional(&self.pool)
                .await?;
        Ok(count.is_some_and(|count| count >= MAX_WRONG_CODES))
    }

    /// How a waiting code was sent.
    pub(crate) async fn login_code_way(&self, hash: &str, phone: &str, now: i64) -> Result<Option<CodeWay>> {
        let mut tx = self.begin().await?;
        let row = load(&mut tx, hash).await?.filter(|row| row.phone == phone && row.expires_at > now);
        Ok(row.map(|row| CodeWay { delivery: row.delivery, owner: row.owner_id, email: row.email }))
    }

    /// Whether the right code was given for this hash and number and may still be used.
    pub(crate) async fn login_code_confirmed(&self, hash: &str, phone: &str, now: i64) -> Result<bool> {
        let mut tx = self.begin().await?;
        let row = load(&mut tx, hash).await?;
        Ok(row.is_some_and(|row| {
            row.phone == phone && row.owner_id == 0 && row.expires_at > now && row.confirmed
        }))
    }

    /// The codes that are still good, for whoever asks the server for them: number or mail address, code, end.
    pub(crate) async fn login_codes(&self, now: i64, limit: usize) -> Result<Vec<(String, String, i64)>> {
        Ok(sqlx::query_as(
            "SELECT CASE WHEN delivery = 3 THEN email ELSE phone END, code, expires_at FROM login_codes
                WHERE expires_at > $1 AND delivery <> 4
             UNION ALL SELECT email, code, expires_at FROM login_email_changes WHERE expires_at > $1
             UNION ALL SELECT email, code, expires_at FROM login_email_setups WHERE expires_at > $1
             UNION ALL SELECT email, code, expires_at FROM password_changes WHERE expires_at > $1
             UNION ALL SELECT email, code, expires_at FROM password_recoveries WHERE expires_at > $1
             ORDER BY expires_at DESC LIMIT $2",
        )
        .bind(now)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?)
    }

    /// Makes codes for logins to an account good for nothing.
    pub(crate) async fn delete_login_codes(&self, user_id: i64, codes: &[&str]) -> Result<()> {
        let mut tx = self.begin().await?;
        for code in codes {
            sqlx::query(
                "DELETE FROM login_codes WHERE code = $2 AND owner_id = 0
                 AND phone IN (SELECT phone FROM users WHERE id = $1)",
            )
            .bind(user_id)
            .bind(*code)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn delete_login_code(&self, hash: &str) -> Result<()> {
        sqlx::query("DELETE FROM login_codes WHERE phone_code_hash = $1")
            .bind(hash)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

async fn count_wrong(tx: &mut super::Tx, phone: &str, now: i64) -> Result<()> {
    sqlx::query("DELETE FROM wrong_codes WHERE phone = $1 AND since <= $2")
        .bind(phone)
        .bind(now.saturating_sub(WRONG_CODES_PERIOD))
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "INSERT INTO wrong_codes (phone, count, since) VALUES ($1, 1, $2)
         ON CONFLICT (phone) DO UPDATE SET count = wrong_codes.count + 1",
    )
    .bind(phone)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn load(tx: &mut super::Tx, hash: &str) -> Result<Option<Row>> {
    Ok(sqlx::query_as(
        "SELECT phone, code, expires_at, attempts, confirmed, delivery, owner_id, email FROM login_codes WHERE phone_code_hash = $1",
    )
    .bind(hash)
    .fetch_optional(&mut **tx)
    .await?)
}
