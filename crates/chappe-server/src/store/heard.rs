//! Who has listened to what in supergroups.
//!
//! A voice or round message counts as listened to once it is as old as `help.getConfig` says
//! (`channels_read_media_period`), so nothing older is kept.

use super::{Result, Store, Tx};
use crate::limits::READ_MEDIA_PERIOD;

impl Store {
    /// Whether somebody has still to listen to a message of a supergroup: `user_id`, or anybody if that is its author.
    pub(crate) async fn is_unheard(
        &self,
        (mailbox, id): (i64, i64),
        user_id: i64,
        author: i64,
        date: i64,
        now: i64,
    ) -> Result<bool> {
        if date <= now.saturating_sub(READ_MEDIA_PERIOD) {
            return Ok(false);
        }
        let heard: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM heard_messages WHERE mailbox = $1 AND message_id = $2 AND (user_id = $3 OR $3 = $4)",
        )
        .bind(mailbox)
        .bind(id)
        .bind(user_id)
        .bind(author)
        .fetch_one(&self.pool)
        .await?;
        Ok(heard == 0)
    }
}

/// Notes that an account (`who.0`) has listened to messages of a supergroup (`who.1`), and which it had not before. Returns
/// those that nobody had, each with its author.
pub(super) async fn listen(
    tx: &mut Tx,
    who: (i64, i64),
    ids: &[i32],
    read: &mut Vec<i64>,
    now: i64,
) -> Result<Vec<(i64, i64)>> {
    let mut first = Vec::new();
    for id in ids.iter().copied().map(i64::from) {
        let is_new = sqlx::query(
            "INSERT INTO heard_messages (mailbox, message_id, user_id, at)
             SELECT mailbox, id, $3, $4 FROM messages WHERE mailbox = $1 AND id = $2 AND media_unread = TRUE
             AND author <> $3 AND date > $5 ON CONFLICT DO NOTHING",
        )
        .bind(who.1)
        .bind(id)
        .bind(who.0)
        .bind(now)
        .bind(now.saturating_sub(READ_MEDIA_PERIOD))
        .execute(&mut **tx)
        .await?
        .rows_affected()
            == 1;
        if !is_new {
            continue;
        }
        read.push(id);
        let author: Option<i64> = sqlx::query_scalar(
            "SELECT author FROM messages WHERE mailbox = $1 AND id = $2
             AND 1 = (SELECT COUNT(*) FROM heard_messages WHERE mailbox = $1 AND message_id = $2)",
        )
        .bind(who.1)
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
        first.extend(author.map(|author| (author, id)));
    }
    Ok(first)
}
