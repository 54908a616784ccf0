//! Settings of an account that the server itself goes by.

use super::{Flag, Result, Store};

/// Days without a sign of life after which an account is deleted, unless its owner says otherwise.
pub(crate) const ACCOUNT_TTL_DAYS: i64 = 548;
/// Days without a call after which a device is logged out, unless its owner says otherwise.
pub(crate) const AUTHORIZATION_TTL_DAYS: i64 = 183;

impl Store {
    /// The days that an account and its devices are kept unused.
    pub(crate) async fn ttl_days(&self, user_id: i64) -> Result<(i64, i64)> {
        let days: Option<(i64, i64)> = sqlx::query_as(
            "SELECT account_ttl_days, authorization_ttl_days FROM account_settings WHERE user_id = $1",
        )
        .bind(user_id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(days.unwrap_or((ACCOUNT_TTL_DAYS, AUTHORIZATION_TTL_DAYS)))
    }

    pub(crate) async fn set_account_ttl(&self, user_id: i64, days: i64) -> Result<()> {
        sqlx::query(
            "INSERT INTO account_settings (user_id, account_ttl_days, authorization_ttl_days) VALUES ($1, $2, $3)
             ON CONFLICT (user_id) DO UPDATE SET account_ttl_days = excluded.account_ttl_days",
        )
        .bind(user_id)
        .bind(days)
        .bind(AUTHORIZATION_TTL_DAYS)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(crate) async fn set_authorization_ttl(&self, user_id: i64, days: i64) -> Result<()> {
        sqlx::query(
            "INSERT INTO account_settings (user_id, account_ttl_days, authorization_ttl_days) VALUES ($1, $2, $3)
             ON CONFLICT (user_id) DO UPDATE SET authorization_ttl_days = excluded.authorization_ttl_days",
        )
        .bind(user_id)
        .bind(ACCOUNT_TTL_DAYS)
        .bind(days)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What an account has changed of what its clients fetch by themselves, by preset.
    pub(crate) async fn auto_downloads(&self, user_id: i64) -> Result<Vec<(i64, Vec<u8>)>> {
        Ok(sqlx::query_as("SELECT preset, settings FROM auto_downloads WHERE user_id = $1")
            .bind(user_id)
            .fetch_all(&self.pool)
            .await?)
    }

    pub(crate) async fn set_auto_download(&self, user_id: i64, preset: i64, settings: &[u8]) -> Result<()> {
        sqlx::query(
            "INSERT INTO auto_downloads (user_id, preset, settings) VALUES ($1, $2, $3)
             ON CONFLICT (user_id, preset) DO UPDATE SET settings = excluded.settings",
        )
        .bind(user_id)
        .bind(preset)
        .bind(settings)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Whether an account wants no word of contacts that sign up.
    pub(crate) async fn silent_sign_ups(&self, user_id: i64) -> Result<bool> {
        let silent: Option<Flag> =
            sqlx::query_scalar("SELECT silent_sign_ups FROM account_settings WHERE user_id = $1")
                .bind(user_id)
                .fetch_optional(&self.pool)
                .await?;
        Ok(silent.is_some_and(|silent| silent.0))
    }

    pub(crate) async fn set_silent_sign_ups(&self, user_id: i64, silent: bool) -> Result<()> {
        sqlx::query(
            "INSERT INTO account_settings (user_id, account_ttl_days, authorization_ttl_days, silent_sign_ups)
             VALUES ($1, $2, $3, $4) ON CONFLICT (user_id) DO UPDATE SET silent_sign_ups = excluded.silent_sign_ups",
        )
        .bind(user_id)
        .bind(ACCOUNT_TTL_DAYS)
        .bind(AUTHORIZATION_TTL_DAYS)
        .bind(silent)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Archive strangers, keep archived chats unmuted, keep archived folders, hide read marks.
    pub(crate) async fn global_privacy(&self, user_id: i64) -> Result<[bool; 4]> {
        let row: Option<(Flag, Flag, Flag, Flag)> = sqlx::query_as(
            "SELECT archive_strangers, keep_archived_unmuted, keep_archived_folders, hide_read_marks FROM account_settings
             WHERE user_id = $1",
        )
        .bind(user_id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map_or([false; 4], |(a, b, c, d)| [a.0, b.0, c.0, d.0]))
    }

    pub(crate) async fn set_global_privacy(&self, user_id: i64, flags: [bool; 4]) -> Result<()> {
        sqlx::query(
            "INSERT INTO account_settings (user_id, account_ttl_days, authorization_ttl_days, archive_strangers,
             keep_archived_unmuted, keep_archived_folders, hide_read_marks) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (user_id) DO UPDATE SET archive_strangers = excluded.archive_strangers,
             keep_archived_unmuted = excluded.keep_archived_unmuted,
             keep_archived_folders = excluded.keep_archived_folders, hide_read_marks = excluded.hide_read_marks",
        )
        .bind(user_id)
        .bind(ACCOUNT_TTL_DAYS)
        .bind(AUTHORIZATION_TTL_DAYS)
        .bind(flags[0])
        .bind(flags[1])
        .bind(flags[2])
        .bind(flags[3])
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Accounts and devices that have not been used for as long as their owners allow.
    pub(crate) async fn unused(&self, now: i64) -> Result<(Vec<i64>, Vec<i64>)> {
        let accounts = sqlx::query_scalar(
            "SELECT u.id FROM users u LEFT JOIN account_settings s ON s.user_id = u.id
             WHERE u.deleted = FALSE AND u.is_bot = FALSE AND u.active_at > 0
             AND u.active_at + COALESCE(s.account_ttl_days, $2) * 86400 < $1",
        )
        .bind(now)
        .bind(ACCOUNT_TTL_DAYS)
        .fetch_all(&self.pool)
        .await?;
        let devices = sqlx::query_scalar(
            "SELECT a.auth_key_id FROM authorizations a JOIN users u ON u.id = a.user_id
             JOIN auth_keys k ON k.id = a.auth_key_id LEFT JOIN account_settings s ON s.user_id = a.user_id
             WHERE u.is_bot = FALSE AND k.active_at > 0
             AND k.active_at + COALESCE(s.authorization_ttl_days, $2) * 86400 < $1",
        )
        .bind(now)
        .bind(AUTHORIZATION_TTL_DAYS)
        .fetch_all(&self.pool)
        .await?;
        Ok((accounts, devices))
    }
}
