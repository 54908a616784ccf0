//! Which key is logged in as whom: the devices of an account.

use sqlx::FromRow;

use super::{ChatChange, Flag, Result, Store, Tx};

/// The login of one permanent key.
#[derive(Clone, Copy, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct Authorization {
    pub(crate) auth_key_id: i64,
    pub(crate) user_id: i64,
    /// Of the last message queued for this device; 1 before the first.
    pub(crate) qts: i64,
    #[sqlx(try_from = "Flag")]
    pub(crate) encrypted_requests_disabled: bool,
}

/// A login as the account's owner sees it in the list of devices.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) auth_key_id: i64,
    pub(crate) created_at: i64,
    #[sqlx(try_from = "Flag")]
    pub(crate) encrypted_requests_disabled: bool,
    pub(crate) api_id: i64,
    pub(crate) device_model: String,
    pub(crate) app_version: String,
}

/// What a log-out changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogOut {
    pub(crate) changes: Vec<ChatChange>,
}

const SELECT: &str = "SELECT auth_key_id, user_id, qts, encrypted_requests_disabled FROM authorizations";

impl Store {
    pub(crate) async fn authorization(&self, device: i64) -> Result<Option<Authorization>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE auth_key_id = $1")))
            .bind(device)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// All devices of an account, the one logged in first first.
    pub(crate) async fn devices(&self, user_id: i64) -> Result<Vec<Device>> {
        Ok(sqlx::query_as(
            "SELECT a.auth_key_id, a.created_at, a.encrypted_requests_disabled, k.api_id, k.device_model, k.app_version
             FROM authorizations a JOIN auth_keys k ON k.id = a.auth_key_id WHERE a.user_id = $1
             ORDER BY a.created_at, a.auth_key_id",
        )
        .bind(user_id)
        .fetch_all(&self.pool)
        .await?)
    }

    /// The devices of an account that take requests for secret chats.
    pub(crate) async fn devices_for_requests(&self, user_id: i64) -> Result<Vec<i64>> {
        let mut tx = self.begin().await?;
        let devices = request_devices(&mut tx, user_id).await?;
        tx.commit().await?;
        Ok(devices)
    }

    pub(crate) async fn set_encrypted_requests_disabled(&self, device: i64, disabled: bool) -> Result<()> {
        sqlx::query("UPDATE authorizations SET encrypted_requests_disabled = $2 WHERE auth_key_id = $1")
            .bind(device)
            .bind(disabled)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Logs a device in. Another account that was logged in on it is logged out first.
    pub(crate) async fn log_in(&self, device: i64, user_id: i64, now: i64) -> Result<LogOut> {
        let mut tx = self.begin().await?;
        let before: Option<i64> =
            sqlx::query_scalar("SELECT user_id FROM authorizations WHERE auth_key_id = $1")
                .bind(device)
                .fetch_optional(&mut *tx)
                .await?;
        let mut out = LogOut::default();
        if before.is_some_and(|before| before != user_id) {
            out = log_out(&mut tx, device, now).await?;
        }
        sqlx::query(
            "INSERT INTO authorizations (auth_key_id, user_id, created_at, qts, encrypted_requests_disabled)
             VALUES ($1, $2, $3, 1, FALSE) ON CONFLICT DO NOTHING",
        )
        .bind(device)
        .bind(user_id)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        super::passwords::settle_device(&mut tx, device).await?;
        tx.commit().await?;
        Ok(out)
    }

    /// Logs a device out: its mailbox is emptied and its secret chats end.
    pub(crate) async fn log_out(&self, device: i64, now: i64) -> Result<LogOut> {
        let mut tx = self.begin().await?;
        let out = log_out(&mut tx, device, now).await?;
        tx.commit().await?;
        Ok(out)
    }
}

pub(super) async fn request_devices(tx: &mut Tx, user_id: i64) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar(
        "SELECT auth_key_id FROM authorizations WHERE user_id = $1 AND encrypted_requests_disabled = FALSE
         ORDER BY created_at, auth_key_id",
    )
    .bind(user_id)
    .fetch_all(&mut **tx)
    .await?)
}

async fn log_out(tx: &mut Tx, device: i64, now: i64) -> Result<LogOut> {
    let changes = super::secret_chats::discard_chats_of(tx, device, now).await?;
    sqlx::query("DELETE FROM authorizations WHERE auth_key_id = $1").bind(device).execute(&mut **tx).await?;
    clear_mailbox(tx, device).await?;
    super::passwords::settle_device(tx, device).await?;
    Ok(LogOut { changes })
}

pub(super) async fn clear_mailbox(tx: &mut Tx, device: i64) -> Result<()> {
    for statement in [
        sqlx::query("DELETE FROM secret_messages WHERE auth_key_id = $1"),
        sqlx::query("DELETE FROM device_events WHERE auth_key_id = $1"),
    ] {
        statement.bind(device).execute(&mut **tx).await?;
    }
    Ok(())
}
