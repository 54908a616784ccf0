//! How loud things are, for each account.

use sqlx::FromRow;

use super::{Result, Store};

/// One setting; -1 is "not set".
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct NotifyRow {
    pub(crate) show_previews: i64,
    pub(crate) silent: i64,
    pub(crate) mute_until: i64,
    pub(crate) sound: i64,
    pub(crate) sound_title: String,
    pub(crate) sound_data: String,
    pub(crate) sound_id: i64,
}

/// A setting, and what it is for.
#[derive(FromRow)]
struct Named {
    scope: i64,
    peer_id: i64,
    #[sqlx(flatten)]
    row: NotifyRow,
}

impl Default for NotifyRow {
    fn default() -> Self {
        let (sound_title, sound_data) = (String::new(), String::new());
        Self {
            show_previews: -1,
            silent: -1,
            mute_until: -1,
            sound: -1,
            sound_title,
            sound_data,
            sound_id: 0,
        }
    }
}

impl Store {
    pub(crate) async fn notify_settings(&self, user_id: i64, scope: i64, peer_id: i64) -> Result<NotifyRow> {
        let row: Option<NotifyRow> = sqlx::query_as(
            "SELECT show_previews, silent, mute_until, sound, sound_title, sound_data, sound_id FROM notify_settings
             WHERE user_id = $1 AND scope = $2 AND peer_id = $3",
        )
        .bind(user_id)
        .bind(scope)
        .bind(peer_id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.unwrap_or_default())
    }

    /// All settings of an account, with what they are for.
    pub(crate) async fn all_notify_settings(&self, user_id: i64) -> Result<Vec<((i64, i64), NotifyRow)>> {
        let rows: Vec<Named> = sqlx::query_as(
            "SELECT scope, peer_id, show_previews, silent, mute_until, sound, sound_title, sound_data, sound_id
             FROM notify_settings WHERE user_id = $1 ORDER BY scope, peer_id",
        )
        .bind(user_id)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|named| ((named.scope, named.peer_id), named.row)).collect())
    }

    /// Keeps a setting; `false` if the account has `limit` of them already.
    pub(crate) async fn set_notify_settings(
        &self,
        user_id: i64,
        (scope, peer_id): (i64, i64),
        row: &NotifyRow,
        limit: i64,
    ) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO notify_settings (user_id, scope, peer_id, show_previews, silent, mute_until, sound, sound_title,
             sound_data, sound_id) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
             WHERE (SELECT COUNT(*) FROM notify_settings WHERE user_id = $1) < $11
             ON CONFLICT (user_id, scope, peer_id) DO UPDATE SET show_previews = excluded.show_previews,
             silent = excluded.silent, mute_until = excluded.mute_until, sound = excluded.sound,
             sound_title = excluded.sound_title, sound_data = excluded.sound_data, sound_id = excluded.sound_id",
        )
        .bind(user_id)
        .bind(scope)
        .bind(peer_id)
        .bind(row.show_previews)
        .bind(row.silent)
        .bind(row.mute_until)
        .bind(row.sound)
        .bind(row.sound_title.as_str())
        .bind(row.sound_data.as_str())
        .bind(row.sound_id)
        .bind(limit)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    pub(crate) async fn reset_notify_settings(&self, user_id: i64) -> Result<()> {
        sqlx::query("DELETE FROM notify_settings WHERE user_id = $1")
            .bind(user_id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
