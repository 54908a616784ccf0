//! Which key is logged in as whom: the devices of an account.

use sqlx::FromRow;

use super::locks::Thing;
use super::{ChatChange, Flag, Pool, Result, Store, Tx, int32};

/// The login of one permanent key.
#[derive(Clone, Copy, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct Authorization {
    pub(crate) auth_key_id: i64,
    pub(crate) user_id: i64,
    #[sqlx(try_from = "Flag")]
    pub(crate) encrypted_requests_disabled: bool,
    #[sqlx(try_from = "Flag")]
    pub(crate) is_bot: bool,
}

/// A login as the account's owner sees it in the list of devices.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) auth_key_id: i64,
    /// 0 if nobody is logged in on it.
    pub(crate) user_id: i64,
    pub(crate) created_at: i64,
    #[sqlx(try_from = "Flag")]
    pub(crate) encrypted_requests_disabled: bool,
    /// Nobody has said on another device that this login was meant.
    #[sqlx(try_from = "Flag")]
    pub(crate) unconfirmed: bool,
    /// The password is still missing.
    #[sqlx(try_from = "Flag")]
    pub(crate) password_pending: bool,
    pub(crate) api_id: i64,
    pub(crate) device_model: String,
    pub(crate) system_version: String,
    pub(crate) app_version: String,
    pub(crate) lang_pack: String,
    pub(crate) ip: String,
    /// Unix seconds of the last call, to a few minutes.
    pub(crate) active_at: i64,
}

/// What a log-out changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogOut {
    pub(crate) changes: Vec<ChatChange>,
    /// It is a new login and the account has other devices.
    pub(crate) is_news: bool,
}

/// `$1` stands for the date of a login that has not happened yet.
const DEVICE: &str = "SELECT k.id AS auth_key_id, COALESCE(a.user_id, p.user_id, 0) AS user_id,
     COALESCE(a.created_at, p.at, $1) AS created_at,
     COALESCE(a.encrypted_requests_disabled, FALSE) AS encrypted_requests_disabled,
     COALESCE(a.unconfirmed, FALSE) AS unconfirmed, (a.user_id IS NULL AND p.user_id IS NOT NULL) AS password_pending,
     k.api_id, k.device_model, k.system_version, k.app_version, k.lang_pack, k.ip, k.active_at
     FROM auth_keys k LEFT JOIN authorizations a ON a.auth_key_id = k.id
     LEFT JOIN pending_logins p ON p.auth_key_id = k.id";

impl Store {
    pub(crate) async fn authorization(&self, device: i64) -> Result<Option<Authorization>> {
        // Other processes may log devices out at a shared database.
        let known = match self.pool {
            Pool::One(_) => Some(self.logins.get(device)),
            Pool::Many(_) => None,
        };
        if let Some(Ok(authorization)) = known {
            return Ok(Some(authorization));
        }
        let found: Option<Authorization> = sqlx::query_as(
            "SELECT a.auth_key_id, a.user_id, a.encrypted_requests_disabled, u.is_bot
             FROM authorizations a JOIN users u ON u.id = a.user_id WHERE a.auth_key_id = $1",
        )
        .bind(device)
        .fetch_optional(&self.pool)
        .await?;
        if let (Some(Err(changes)), Some(authorization)) = (known, found) {
            self.logins.note(authorization, changes);
        }
        Ok(found)
    }

    /// The qts of the last message queued for a device: 1 before the first, and if nobody is logged in.
    pub(crate) async fn device_qts(&self, device: i64) -> Result<i32> {
        let qts: Option<i64> = sqlx::query_scalar("SELECT qts FROM authorizations WHERE auth_key_id = $1")
            .bind(device)
            .fetch_optional(&self.pool)
            .await?;
        int32("authorizations.qts", qts.unwrap_or(1))
    }

    /// All devices of an account, the one logged in first first.
    pub(crate) async fn devices(&self, user_id: i64, now: i64) -> Result<Vec<Device>> {
        let which = "WHERE a.user_id = $2 ORDER BY a.created_at, k.id";
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{DEVICE} {which}")))
            .bind(now)
            .bind(user_id)
            .fetch_all(&self.pool)
            .await?)
    }

    /// The same, by id only.
    pub(crate) async fn device_ids(&self, user_id: i64) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar("SELECT auth_key_id FROM authorizations WHERE user_id = $1")
            .bind(user_id)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Devices that may log in to an account once they show its password.
    pub(crate) async fn pending_devices(&self, user_id: i64, now: i64) -> Result<Vec<Device>> {
        let which = "WHERE p.user_id = $2 AND a.user_id IS NULL ORDER BY p.at, k.id";
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{DEVICE} {which}")))
            .bind(now)
            .bind(user_id)
            .fetch_all(&self.pool)
            .await?)
    }

    /// What is known of a device, whether somebody is logged in on it or not.
    pub(crate) async fn device_of_key(&self, key_id: i64, now: i64) -> Result<Option<Device>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{DEVICE} WHERE k.id = $2")))
            .bind(now)
            .bind(key_id)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The devices of an account and of everybody who has it in the contacts: who hears of its changes.
    pub(crate) async fn watchers(&self, user_id: i64) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT auth_key_id FROM authorizations WHERE user_id = $1
             UNION SELECT a.auth_key_id FROM contacts c JOIN authorizations a ON a.user_id = c.owner_id
             WHERE c.contact_id = $1 AND NOT EXISTS
             (SELECT 1 FROM blocked b WHERE b.owner_id = $1 AND b.blocked_id = c.owner_id)",
        )
        .bind(user_id)
        .fetch_all(&self.pool)
        .await?)
    }

    /// Notes that a login was meant; `false` if that was known.
    pub(crate) async fn confirm_authorization(&self, device: i64) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE authorizations SET unconfirmed = FALSE WHERE auth_key_id = $1 AND unconfirmed = TRUE",
        )
        .bind(device)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes that a device was used.
    pub(crate) async fn touch_device(&self, device: i64, ip: &str, now: i64) -> Result<()> {
        let mut tx = self.begin_on(&[Thing::Device(device)]).await?;
        sqlx::query("UPDATE auth_keys SET active_at = $2, ip = $3 WHERE id = $1")
            .bind(device)
            .bind(now)
            .bind(ip)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "UPDATE users SET active_at = $2 WHERE id = (SELECT user_id FROM authorizations WHERE auth_key_id = $1)",
        )
        .bind(device)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether another device has logged this one out, and nobody has logged in on it since.
    pub(crate) async fn is_revoked(&self, device: i64) -> Result<bool> {
        let revoked: Option<Flag> = sqlx::query_scalar("SELECT revoked FROM auth_keys WHERE id = $1")
            .bind(device)
            .fetch_optional(&self.pool)
            .await?;
        Ok(revoked.is_some_and(|revoked| revoked.0))
    }

    /// Logs a device out because another one says so, or takes back what it has shown of a login.
    pub(crate) async fn revoke(&self, device: i64, now: i64) -> Result<LogOut> {
        let mut tx = self.begin().await?;
        let out = log_out(&mut tx, device, now).await?;
        sqlx::query("UPDATE auth_keys SET revoked = TRUE WHERE id = $1")
            .bind(device)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        self.logins.changed();
        Ok(out)
    }

    /// The devices of an account that take requests for secret chats.
    pub(crate) async fn devices_for_requests(&self, user_id: i64) -> Result<Vec<i64>> {
        let mut tx = self.snapshot().await?;
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
        self.logins.changed();
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
        let others: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM authorizations WHERE user_id = $1 AND auth_key_id <> $2",
        )
        .bind(user_id)
        .bind(device)
        .fetch_one(&mut *tx)
        .await?;
        // It may have been somebody from another data centre.
        sqlx::query("DELETE FROM carried_logins WHERE auth_key_id = $1")
            .bind(device)
            .execute(&mut *tx)
            .await?;
        let new = sqlx::query(
            "INSERT INTO authorizations (auth_key_id, user_id, created_at, qts, encrypted_requests_disabled, unconfirmed)
             VALUES ($1, $2, $3, 1, FALSE, $4) ON CONFLICT DO NOTHING",
        )
        .bind(device)
        .bind(user_id)
        .bind(now)
        .bind(others > 0)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        out.is_news = new == 1 && others > 0;
        sqlx::query("UPDATE auth_keys SET revoked = FALSE, active_at = $2 WHERE id = $1")
            .bind(device)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE users SET active_at = $2 WHERE id = $1")
            .bind(user_id)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        super::passwords::settle_device(&mut tx, device).await?;
        tx.commit().await?;
        self.logins.changed();
        Ok(out)
    }

    /// Logs a device out: its mailbox is emptied and its secret chats end.
    pub(crate) async fn log_out(&self, device: i64, now: i64) -> Result<LogOut> {
        let mut tx = self.begin().await?;
        let out = log_out(&mut tx, device, now).await?;
        tx.commit().await?;
        self.logins.changed();
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
    super::login_tokens::forget(tx, device).await?;
    super::carried_logins::forget(tx, device).await?;
    Ok(LogOut { changes, is_news: false })
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
