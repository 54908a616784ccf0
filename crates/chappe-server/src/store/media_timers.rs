//! Media that go once they were opened.

use super::mailboxes::{Change, MailKind, NewEvent, happen};
use super::messages::{MessageRow, SELECT, kinds};
use super::{Result, Store, Tx};
use crate::limits::TTL_VIEW_ONCE;

impl Store {
    /// When the next medium goes, in Unix seconds.
    pub(crate) async fn next_media_timer(&self) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar("SELECT MIN(due) FROM media_timers").fetch_one(&self.pool).await?)
    }

    /// When the medium of a message goes, if somebody has opened it.
    pub(crate) async fn media_timer(&self, uid: i64) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar("SELECT due FROM media_timers WHERE uid = $1")
            .bind(uid)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Takes the media that are due out of all copies of their messages, which count as edited. `emptied` makes of a
    /// `MessageMedia` what is left of it.
    pub(crate) async fn expire_media(
        &self,
        emptied: fn(&[u8]) -> Option<Vec<u8>>,
        now: i64,
    ) -> Result<Vec<Change>> {
        let due: Vec<i64> =
            sqlx::query_scalar("SELECT uid FROM media_timers WHERE due <= $1 ORDER BY due, uid")
                .bind(now)
                .fetch_all(&self.pool)
                .await?;
        let mut changes = Vec::new();
        for uid in due {
            let mut tx = self.begin().await?;
            let claimed =
                sqlx::query("DELETE FROM media_timers WHERE uid = $1").bind(uid).execute(&mut *tx).await?;
            // Another process may have been faster.
            if claimed.rows_affected() == 0 {
                continue;
            }
            let copies: Vec<MessageRow> =
                sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE uid = $1 ORDER BY mailbox")))
                    .bind(uid)
                    .fetch_all(&mut *tx)
                    .await?;
            for row in copies {
                let Some(media) = row.media.as_deref().and_then(emptied) else { continue };
                sqlx::query(
                    "UPDATE messages SET media = $3, kinds = $4, revision = revision + 1 WHERE mailbox = $1 AND id = $2",
                )
                .bind(row.mailbox)
                .bind(row.id)
                .bind(media)
                .bind(row.kinds & kinds::URL)
                .execute(&mut *tx)
                .await?;
                let event = NewEvent { kind: MailKind::Edited, peer: row.peer, value: row.id, ids: &[] };
                changes.push(happen(&mut tx, row.mailbox, event, now).await?);
            }
            tx.commit().await?;
        }
        Ok(changes)
    }
}

/// Somebody has opened a medium that may be seen for so many seconds from now on; 0: for ever.
pub(super) async fn start(tx: &mut Tx, uid: i64, ttl: i64, now: i64) -> Result<()> {
    if ttl == 0 {
        return Ok(());
    }
    let wait = if ttl == i64::from(TTL_VIEW_ONCE) { 0 } else { ttl };
    sqlx::query("INSERT INTO media_timers (uid, due) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(uid)
        .bind(now.saturating_add(wait))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
