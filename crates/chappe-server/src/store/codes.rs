//! Codes that were sent to somebody: short-lived, few tries.

use subtle::ConstantTimeEq;

use super::{Db, Result, Tx};
use crate::limits::MAX_CODE_ATTEMPTS;

/// What came of a code that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeCheck {
    Right,
    Wrong,
    /// There is none, or it is another one's, too old, or was tried too often.
    Expired,
}

/// Judges the code that `table` holds for an account and counts a wrong one.
pub(super) async fn check(
    tx: &mut Tx,
    table: &'static str,
    user_id: i64,
    typed: &str,
    now: i64,
) -> Result<CodeCheck> {
    check_by(tx, (table, "user_id"), user_id, typed, now).await
}

/// The same where another column says whose code it is.
pub(super) async fn check_by<'k, K>(
    tx: &mut Tx,
    (table, column): (&'static str, &'static str),
    key: K,
    typed: &str,
    now: i64,
) -> Result<CodeCheck>
where
    K: sqlx::Encode<'k, Db> + sqlx::Type<Db> + Copy + Send + 'k,
{
    let row: Option<(String, i64, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT code, expires_at, attempts FROM {table} WHERE {column} = $1"
    )))
    .bind(key)
    .fetch_optional(&mut **tx)
    .await?;
    let Some((code, expires_at, attempts)) = row else { return Ok(CodeCheck::Expired) };
    if expires_at <= now || attempts >= MAX_CODE_ATTEMPTS {
        return Ok(CodeCheck::Expired);
    }
    if bool::from(code.as_bytes().ct_eq(typed.as_bytes())) {
        return Ok(CodeCheck::Right);
    }
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE {table} SET attempts = attempts + 1 WHERE {column} = $1"
    )))
    .bind(key)
    .execute(&mut **tx)
    .await?;
    Ok(CodeCheck::Wrong)
}
