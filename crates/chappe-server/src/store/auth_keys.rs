//! Authorization keys and what their clients said about themselves.

use std::fmt;

use sqlx::FromRow;
use zeroize::Zeroize;

use super::locks::Thing;
use super::{Flag, Result, Store, Tx};

/// One authorization key.
#[derive(Clone, FromRow)]
pub(crate) struct AuthKeyRow {
    pub(crate) id: i64,
    pub(crate) key_bytes: Vec<u8>,
    #[sqlx(try_from = "Flag")]
    pub(crate) is_temp: bool,
    /// Unix seconds; 0 means never.
    pub(crate) expires_at: i64,
    /// The permanent key; 0 if not bound.
    pub(crate) bound_to: i64,
    pub(crate) created_at: i64,
    pub(crate) dc_id: i64,
    pub(crate) first_salt: i64,
    pub(crate) layer: i64,
    /// The data centre of ours that made it; 0: it is known at every one.
    pub(crate) home: i64,
}

impl Drop for AuthKeyRow {
    fn drop(&mut self) {
        self.key_bytes.zeroize();
    }
}

impl fmt::Debug for AuthKeyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthKeyRow")
            .field("id", &self.id)
            .field("is_temp", &self.is_temp)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What initConnection and invokeWithLayer said last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClientInfo {
    pub(crate) layer: i32,
    pub(crate) api_id: i32,
    pub(crate) device_model: String,
    pub(crate) system_version: String,
    pub(crate) app_version: String,
    pub(crate) lang_pack: String,
    /// Two letters, or none.
    pub(crate) lang_code: String,
}

/// What came of a bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BindOutcome {
    Bound,
    BoundToAnother,
    UnknownKey,
}

impl Store {
    /// Keeps a new key; `false` if its id is taken.
    pub(crate) async fn insert_auth_key(&self, row: &AuthKeyRow) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO auth_keys (id, key_bytes, is_temp, expires_at, bound_to, created_at, dc_id, first_salt,
             layer, api_id, device_model, app_version, home)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '', '', $10) ON CONFLICT DO NOTHING",
        )
        .bind(row.id)
        .bind(row.key_bytes.as_slice())
        .bind(row.is_temp)
        .bind(row.expires_at)
        .bind(row.bound_to)
        .bind(row.created_at)
        .bind(row.dc_id)
        .bind(row.first_salt)
        .bind(row.layer)
        .bind(row.home)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    pub(crate) async fn auth_key(&self, id: i64) -> Result<Option<AuthKeyRow>> {
        Ok(sqlx::query_as(
            "SELECT id, key_bytes, is_temp, expires_at, bound_to, created_at, dc_id, first_salt, layer, home
             FROM auth_keys WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Binds a temporary key to a permanent one. Binding again to the same key is no error.
    pub(crate) async fn bind_temp_key(&self, temp: i64, perm: i64) -> Result<BindOutcome> {
        let mut tx = self.begin_on(&[Thing::Device(temp)]).await?;
        let changed = sqlx::query(
            "UPDATE auth_keys SET bound_to = $2 WHERE id = $1 AND is_temp = TRUE AND (bound_to = 0 OR bound_to = $2)",
        )
        .bind(temp)
        .bind(perm)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        let outcome = if changed == 1 {
            BindOutcome::Bound
        } else {
            let known: Option<i64> = sqlx::query_scalar("SELECT id FROM auth_keys WHERE id = $1")
                .bind(temp)
                .fetch_optional(&mut *tx)
                .await?;
            if known.is_some() { BindOutcome::BoundToAnother } else { BindOutcome::UnknownKey }
        };
        tx.commit().await?;
        Ok(outcome)
    }

    pub(crate) async fn set_client_info(&self, key_id: i64, info: &ClientInfo) -> Result<()> {
        sqlx::query(
            "UPDATE auth_keys SET layer = $2, api_id = $3, device_model = $4, app_version = $5, system_version = $6,
             lang_pack = $7, lang_code = $8 WHERE id = $1",
        )
        .bind(key_id)
        .bind(i64::from(info.layer))
        .bind(i64::from(info.api_id))
        .bind(info.device_model.as_str())
        .bind(info.app_version.as_str())
        .bind(info.system_version.as_str())
        .bind(info.lang_pack.as_str())
        .bind(info.lang_code.as_str())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The language that a device is set to, two letters; empty if it has not said.
    pub(crate) async fn language(&self, device: i64) -> Result<String> {
        let language: Option<String> = sqlx::query_scalar("SELECT lang_code FROM auth_keys WHERE id = $1")
            .bind(device)
            .fetch_optional(&self.pool)
            .await?;
        Ok(language.unwrap_or_default())
    }

    /// Forgets the temporary keys bound to a permanent one, but those kept; returns the ids that are gone.
    pub(crate) async fn drop_temp_keys(&self, perm: i64, kept: &[i64]) -> Result<Vec<i64>> {
        let mut tx = self.begin_on(&[Thing::Device(perm)]).await?;
        let bound: Vec<i64> =
            sqlx::query_scalar("SELECT id FROM auth_keys WHERE bound_to = $1 AND is_temp = TRUE ORDER BY id")
                .bind(perm)
                .fetch_all(&mut *tx)
                .await?;
        let gone: Vec<i64> = bound.into_iter().filter(|id| !kept.contains(id)).collect();
        for id in &gone {
            sqlx::query("DELETE FROM auth_keys WHERE id = $1").bind(id).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(gone)
    }

    /// Forgets a key and the temporary keys bound to it; returns the ids that are gone.
    pub(crate) async fn delete_auth_key(&self, id: i64) -> Result<Vec<i64>> {
        let deleted = sqlx::query_scalar("DELETE FROM auth_keys WHERE id = $1 OR bound_to = $1 RETURNING id")
            .bind(id)
            .fetch_all(&self.pool)
            .await?;
        self.logins.changed();
        Ok(deleted)
    }
}

/// Forgets permanent keys that were made and last used before `before` and on which nobody is logged in or about to be, with
/// the temporary keys bound to them. Returns all of them.
pub(super) async fn expire(tx: &mut Tx, before: i64) -> Result<Vec<i64>> {
    const UNUSED: &str =
        "SELECT k.id FROM auth_keys k WHERE k.is_temp = FALSE AND k.created_at < $1 AND k.active_at < $1
         AND NOT EXISTS (SELECT 1 FROM authorizations a WHERE a.auth_key_id = k.id)
         AND NOT EXISTS (SELECT 1 FROM carried_logins c WHERE c.auth_key_id = k.id)
         AND NOT EXISTS (SELECT 1 FROM pending_logins p WHERE p.auth_key_id = k.id)
         AND NOT EXISTS (SELECT 1 FROM auth_keys t WHERE t.bound_to = k.id AND t.active_at >= $1)";
    let statement =
        format!("DELETE FROM auth_keys WHERE id IN ({UNUSED}) OR bound_to IN ({UNUSED}) RETURNING id");
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).bind(before).fetch_all(&mut **tx).await?)
}
