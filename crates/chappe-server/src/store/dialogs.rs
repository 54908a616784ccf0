//! The chats in somebody's list: what was read, pinned, drafted.

use sqlx::FromRow;

use super::locks::Thing;
use super::mailboxes::{Change, MailKind, NewEvent, happen};
use super::messages::MessageRow;
use super::{Flag, Result, Store, Tx, deliveries, int32};
use crate::limits::PINNED_DIALOGS;

/// A chat in a list, with what its messages say.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct DialogRow {
    pub(crate) peer: i64,
    pub(crate) mailbox: i64,
    pub(crate) read_inbox: i64,
    pub(crate) read_outbox: i64,
    pub(crate) available_min: i64,
    pub(crate) pinned: i64,
    #[sqlx(try_from = "Flag")]
    pub(crate) unread_mark: bool,
    pub(crate) draft: Option<Vec<u8>>,
    #[sqlx(try_from = "Flag")]
    pub(crate) settings_hidden: bool,
    /// Of the newest message; 0 if there is none.
    pub(crate) top: i64,
    pub(crate) top_date: i64,
    pub(crate) unread: i64,
    pub(crate) unread_mentions: i64,
}

/// What came of pinning a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pinning {
    Done,
    /// It is not in the list.
    NotListed,
    TooMany,
}

/// In a channel others have read what any other member has read since they came in.
const SELECT: &str = "SELECT d.peer, d.mailbox, d.read_inbox, d.available_min, d.pinned, d.unread_mark, d.draft, d.settings_hidden,
    CASE WHEN d.mailbox = d.user_id THEN d.read_outbox ELSE COALESCE((SELECT MAX(o.read_mark) FROM dialogs o
        WHERE o.peer = d.peer AND o.user_id <> d.user_id), 0) END AS read_outbox,
    COALESCE(t.id, 0) AS top, COALESCE(t.date, 0) AS top_date,
    (SELECT COUNT(*) FROM messages u WHERE u.mailbox = d.mailbox AND u.peer = d.peer AND u.id > d.read_inbox
        AND u.id > d.available_min AND u.author <> d.user_id) AS unread,
    (SELECT COUNT(*) FROM mentions n WHERE n.user_id = d.user_id AND n.peer = d.peer AND n.unread = TRUE) AS unread_mentions
    FROM dialogs d LEFT JOIN messages t ON t.mailbox = d.mailbox AND t.id =
        (SELECT MAX(m.id) FROM messages m WHERE m.mailbox = d.mailbox AND m.peer = d.peer AND m.id > d.available_min)";

impl DialogRow {
    /// Of a chat in which nothing was said or done yet.
    pub(crate) const fn new(peer: i64, mailbox: i64) -> Self {
        Self {
            peer,
            mailbox,
            read_inbox: 0,
            read_outbox: 0,
            available_min: 0,
            pinned: 0,
            unread_mark: false,
            draft: None,
            settings_hidden: false,
            top: 0,
            top_date: 0,
            unread: 0,
            unread_mentions: 0,
        }
    }
}

impl Store {
    /// All chats of an account that have something to show.
    pub(crate) async fn dialogs(&self, user_id: i64) -> Result<Vec<DialogRow>> {
        // A channel that was left stays no longer in the list.
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE d.user_id = $1 AND (d.mailbox = $1 OR EXISTS (SELECT 1 FROM chat_members c
                WHERE c.peer = d.peer AND c.user_id = $1 AND c.state = 0))
             AND (t.id IS NOT NULL OR d.mailbox <> $1 OR d.draft IS NOT NULL OR d.pinned > 0)"
        )))
        .bind(user_id)
        .fetch_all(&self.pool)
        .await?)
    }

    pub(crate) async fn dialog(&self, user_id: i64, peer: i64) -> Result<Option<DialogRow>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE d.user_id = $1 AND d.peer = $2")))
            .bind(user_id)
            .bind(peer)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Up to which message the history of a chat is hidden from an account.
    pub(crate) async fn available_min(&self, user_id: i64, peer: i64) -> Result<i64> {
        let min: Option<i64> =
            sqlx::query_scalar("SELECT available_min FROM dialogs WHERE user_id = $1 AND peer = $2")
                .bind(user_id)
                .bind(peer)
                .fetch_optional(&self.pool)
                .await?;
        Ok(min.unwrap_or(0))
    }

    /// Messages that an account has not read, in all its chats.
    pub(crate) async fn unread_total(&self, user_id: i64) -> Result<i32> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM messages m JOIN dialogs d ON d.user_id = $1 AND d.peer = m.peer
             WHERE m.mailbox = $1 AND m.is_out = FALSE AND m.id > d.read_inbox",
        )
        .bind(user_id)
        .fetch_one(&self.pool)
        .await?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// Reads a chat up to `max_id`; 0 stands for all of it. `None` if nothing was unread.
    pub(crate) async fn read_history(
        &self,
        user_id: i64,
        peer: i64,
        mailbox: i64,
        max_id: i32,
        now: i64,
    ) -> Result<Option<(i32, Option<Change>)>> {
        let mut tx = self.begin_on(&[Thing::Mailbox(user_id)]).await?;
        ensure(&mut tx, user_id, peer, mailbox).await?;
        let top: Option<i64> =
            sqlx::query_scalar("SELECT MAX(id) FROM messages WHERE mailbox = $1 AND peer = $2")
                .bind(mailbox)
                .bind(peer)
                .fetch_one(&mut *tx)
                .await?;
        let top = top.unwrap_or(0);
        let max_id = if max_id <= 0 { top } else { top.min(i64::from(max_id)) };
        let before: i64 =
            sqlx::query_scalar("SELECT read_inbox FROM dialogs WHERE user_id = $1 AND peer = $2")
                .bind(user_id)
                .bind(peer)
                .fetch_one(&mut *tx)
                .await?;
        sqlx::query("UPDATE dialogs SET unread_mark = FALSE WHERE user_id = $1 AND peer = $2")
            .bind(user_id)
            .bind(peer)
            .execute(&mut *tx)
            .await?;
        if max_id <= before {
            tx.commit().await?;
            return Ok(None);
        }
        sqlx::query("UPDATE dialogs SET read_inbox = $3, read_mark = $3 WHERE user_id = $1 AND peer = $2")
            .bind(user_id)
            .bind(peer)
            .bind(max_id)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO chat_reads (user_id, peer, max_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(user_id)
        .bind(peer)
        .bind(max_id)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        let mut change = None;
        if mailbox == user_id {
            let event = NewEvent { kind: MailKind::ReadInbox, peer, value: max_id, ids: &[] };
            change = Some(happen(&mut tx, mailbox, event, now).await?);
            // Each author hears of the last message of theirs that was read.
            let read: Vec<(i64, i64)> = sqlx::query_as(
                "SELECT m.author, m.uid FROM messages m WHERE m.mailbox = $1 AND m.peer = $2 AND m.id > $3 AND m.id <= $4
                 AND m.is_out = FALSE AND m.id = (SELECT MAX(l.id) FROM messages l WHERE l.mailbox = $1 AND l.peer = $2
                    AND l.id > $3 AND l.id <= $4 AND l.author = m.author) ORDER BY m.author",
            )
            .bind(mailbox)
            .bind(peer)
            .bind(before)
            .bind(max_id)
            .fetch_all(&mut *tx)
            .await?;
            for (author, uid) in read {
                deliveries::put(&mut tx, author, mailbox, uid, MailKind::ReadOutbox).await?;
            }
        }
        tx.commit().await?;
        Ok(Some((int32("dialogs.read_inbox", max_id)?, change)))
    }

    /// Who in a chat has read a message, and when: the oldest first.
    pub(crate) async fn readers_of(&self, row: &MessageRow) -> Result<Vec<(i64, i64)>> {
        Ok(sqlx::query_as(
            "SELECT r.user_id, MIN(r.at) AS read_at FROM chat_reads r
             JOIN chat_members c ON c.peer = r.peer AND c.user_id = r.user_id AND c.state = 0
             JOIN messages m ON m.uid = $2 AND (m.mailbox = r.user_id OR m.mailbox = r.peer)
             WHERE r.peer = $1 AND r.max_id >= m.id AND r.user_id <> $3 GROUP BY r.user_id ORDER BY read_at, r.user_id",
        )
        .bind(row.peer)
        .bind(row.uid)
        .bind(row.author)
        .fetch_all(&self.pool)
        .await?)
    }

    /// When a message to somebody was read by them, if it was.
    pub(crate) async fn read_at(&self, row: &MessageRow) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT MIN(r.at) FROM chat_reads r JOIN messages m ON m.mailbox = r.user_id AND m.uid = $3
             WHERE r.user_id = $1 AND r.peer = $2 AND r.max_id >= m.id",
        )
        .bind(row.peer)
        .bind(row.author)
        .bind(row.uid)
        .fetch_one(&self.pool)
        .await?)
    }

    pub(crate) async fn set_unread_mark(
        &self,
        user_id: i64,
        peer: i64,
        mailbox: i64,
        mark: bool,
    ) -> Result<()> {
        let mut tx = self.begin_on(&[Thing::Mailbox(user_id)]).await?;
        ensure(&mut tx, user_id, peer, mailbox).await?;
        sqlx::query("UPDATE dialogs SET unread_mark = $3 WHERE user_id = $1 AND peer = $2")
            .bind(user_id)
            .bind(peer)
            .bind(mark)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps a draft, or forgets it; whether that changed something.
    pub(crate) async fn set_draft(
        &self,
        user_id: i64,
        peer: i64,
        mailbox: i64,
        draft: Option<&[u8]>,
    ) -> Result<bool> {
        let mut tx = self.begin_on(&[Thing::Mailbox(user_id)]).await?;
        if draft.is_some() {
            ensure(&mut tx, user_id, peer, mailbox).await?;
        }
        let changed = sqlx::query(
            "UPDATE dialogs SET draft = $3 WHERE user_id = $1 AND peer = $2 AND (draft IS NOT NULL OR $4 = TRUE)",
        )
        .bind(user_id)
        .bind(peer)
        .bind(draft)
        .bind(draft.is_some())
        .execute(&mut *tx)
        .await?
        .rows_affected()
            > 0;
        tx.commit().await?;
        Ok(changed)
    }

    pub(crate) async fn hide_settings(&self, user_id: i64, peer: i64, mailbox: i64) -> Result<()> {
        let mut tx = self.begin_on(&[Thing::Mailbox(user_id)]).await?;
        ensure(&mut tx, user_id, peer, mailbox).await?;
        sqlx::query("UPDATE dialogs SET settings_hidden = TRUE WHERE user_id = $1 AND peer = $2")
            .bind(user_id)
            .bind(peer)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Pins a chat on top of the others, or takes it from there.
    pub(crate) async fn pin_dialog(
        &self,
        user_id: i64,
        (peer, mailbox): (i64, i64),
        pinned: bool,
    ) -> Result<Pinning> {
        let mut tx = self.begin_on(&[Thing::Mailbox(user_id)]).await?;
        let mut order = pinned_now(&mut tx, user_id).await?;
        order.retain(|(known, _)| *known != peer);
        if pinned {
            let is_listed: Option<i64> =
                sqlx::query_scalar("SELECT peer FROM dialogs WHERE user_id = $1 AND peer = $2")
                    .bind(user_id)
                    .bind(peer)
                    .fetch_optional(&mut *tx)
                    .await?;
            if is_listed.is_none() {
                return Ok(Pinning::NotListed);
            }
            if order.len() >= PINNED_DIALOGS {
                return Ok(Pinning::TooMany);
            }
            order.insert(0, (peer, mailbox));
        }
        set_pinned(&mut tx, user_id, &order).await?;
        tx.commit().await?;
        Ok(Pinning::Done)
    }

    /// Puts the pinned chats into this order, the first on top. Other pinned ones stay below as far as there is room, unless
    /// these are to be all.
    pub(crate) async fn order_pinned_dialogs(
        &self,
        user_id: i64,
        peers: &[(i64, i64)],
        all: bool,
    ) -> Result<()> {
        let mut tx = self.begin_on(&[Thing::Mailbox(user_id)]).await?;
        let others = if all { Vec::new() } else { pinned_now(&mut tx, user_id).await? };
        let mut order: Vec<(i64, i64)> = Vec::new();
        for dialog in peers.iter().copied().chain(others) {
            if order.len() < PINNED_DIALOGS && !order.contains(&dialog) {
                order.push(dialog);
            }
        }
        set_pinned(&mut tx, user_id, &order).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Hides the messages of a channel up to `max_id` from one account.
    pub(crate) async fn hide_history(&self, user_id: i64, channel: i64, max_id: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        ensure(&mut tx, user_id, channel, channel).await?;
        sqlx::query(
            "UPDATE dialogs SET available_min = $3 WHERE user_id = $1 AND peer = $2 AND available_min < $3",
        )
        .bind(user_id)
        .bind(channel)
        .bind(max_id)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The pinned chats that show in a list, with their mailboxes, the first on top.
async fn pinned_now(tx: &mut Tx, user_id: i64) -> Result<Vec<(i64, i64)>> {
    Ok(sqlx::query_as(
        "SELECT d.peer, d.mailbox FROM dialogs d WHERE d.user_id = $1 AND d.pinned > 0 AND (d.mailbox = $1
            OR EXISTS (SELECT 1 FROM chat_members c WHERE c.peer = d.peer AND c.user_id = $1 AND c.state = 0))
         ORDER BY d.pinned DESC",
    )
    .bind(user_id)
    .fetch_all(&mut **tx)
    .await?)
}

/// Pins exactly these chats.
async fn set_pinned(tx: &mut Tx, user_id: i64, order: &[(i64, i64)]) -> Result<()> {
    sqlx::query("UPDATE dialogs SET pinned = 0 WHERE user_id = $1 AND pinned <> 0")
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    for (place, (peer, mailbox)) in order.iter().rev().enumerate() {
        ensure(tx, user_id, *peer, *mailbox).await?;
        sqlx::query("UPDATE dialogs SET pinned = $3 WHERE user_id = $1 AND peer = $2")
            .bind(user_id)
            .bind(peer)
            .bind(i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Makes the row of a chat in a list if it is missing.
pub(super) async fn ensure(tx: &mut Tx, user_id: i64, peer: i64, mailbox: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO dialogs (user_id, peer, mailbox, read_inbox, read_outbox, available_min, pinned, unread_mark, settings_hidden)
         VALUES ($1, $2, $3, 0, 0, 0, 0, FALSE, FALSE) ON CONFLICT DO NOTHING",
    )
    .bind(user_id)
    .bind(peer)
    .bind(mailbox)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
