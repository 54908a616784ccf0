//! Mailboxes: the counter that messages and changes share, and the log of what happened.

use sqlx::FromRow;

use super::{Result, Store, Tx, int32};

/// What happened in a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailKind {
    New,
    Edited,
    Deleted,
    /// The owner has read.
    ReadInbox,
    /// Somebody else has read what the owner wrote.
    ReadOutbox,
    Pinned,
    Unpinned,
    ContentsRead,
}

impl MailKind {
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::New => 1,
            Self::Edited => 2,
            Self::Deleted => 3,
            Self::ReadInbox => 4,
            Self::ReadOutbox => 5,
            Self::Pinned => 6,
            Self::Unpinned => 7,
            Self::ContentsRead => 8,
        }
    }

    pub(super) const fn from_number(number: i64) -> Self {
        match number {
            1 => Self::New,
            2 => Self::Edited,
            3 => Self::Deleted,
            4 => Self::ReadInbox,
            5 => Self::ReadOutbox,
            6 => Self::Pinned,
            7 => Self::Unpinned,
            _ => Self::ContentsRead,
        }
    }
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MailEvent {
    pub(crate) pts: i32,
    pub(crate) pts_count: i32,
    pub(crate) kind: MailKind,
    pub(crate) peer: i64,
    pub(crate) value: i32,
    pub(crate) ids: Vec<i32>,
}

/// What a call did to a mailbox: the counters after it, and how much they rose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub(crate) struct Change {
    pub(crate) mailbox: i64,
    pub(crate) pts: i32,
    pub(crate) pts_count: i32,
}

/// A piece of the log, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MailSlice {
    pub(crate) events: Vec<MailEvent>,
    /// Of the mailbox now.
    pub(crate) pts: i32,
    /// More events wait behind the last one here.
    pub(crate) more: bool,
    /// What is behind the asked pts is not all here any more.
    pub(crate) too_long: bool,
}

#[derive(FromRow)]
struct Row {
    pts: i64,
    pts_count: i64,
    kind: i64,
    peer: i64,
    value: i64,
    ids: String,
}

impl Store {
    /// The pts of a mailbox; 1 before the first event.
    pub(crate) async fn pts(&self, mailbox: i64) -> Result<i32> {
        let pts: Option<i64> = sqlx::query_scalar("SELECT pts FROM mailboxes WHERE mailbox = $1")
            .bind(mailbox)
            .fetch_optional(&self.pool)
            .await?;
        int32("mailboxes.pts", pts.unwrap_or(1))
    }

    /// At most `limit` events behind `after`.
    pub(crate) async fn mail_events(&self, mailbox: i64, after: i32, limit: usize) -> Result<MailSlice> {
        let mut tx = self.snapshot().await?;
        let pts: Option<i64> = sqlx::query_scalar("SELECT pts FROM mailboxes WHERE mailbox = $1")
            .bind(mailbox)
            .fetch_optional(&mut *tx)
            .await?;
        let pts = int32("mailboxes.pts", pts.unwrap_or(1))?;
        let fetch = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT pts, pts_count, kind, peer, value, ids FROM mailbox_events WHERE mailbox = $1 AND pts > $2
             ORDER BY pts LIMIT $3",
        )
        .bind(mailbox)
        .bind(i64::from(after))
        .bind(fetch)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        let start = rows.first().map_or(i64::from(pts), |row| row.pts.saturating_sub(row.pts_count));
        let too_long = i64::from(after) < start;
        let more = rows.len() > limit;
        let events = rows.into_iter().take(limit).map(Row::event).collect::<Result<_>>()?;
        Ok(MailSlice { events, pts, more, too_long })
    }

    /// Who wrote the messages of a mailbox behind `after` up to `max_id`, each with the last one.
    pub(crate) async fn authors_between(
        &self,
        mailbox: i64,
        after: i64,
        max_id: i64,
    ) -> Result<Vec<(i64, i64)>> {
        Ok(sqlx::query_as(
            "SELECT author, MAX(id) FROM messages WHERE mailbox = $1 AND id > $2 AND id <= $3 GROUP BY author ORDER BY author",
        )
        .bind(mailbox)
        .bind(after)
        .bind(max_id)
        .fetch_all(&self.pool)
        .await?)
    }

    /// The channels among an account's chats in which something happened at `date` or later.
    pub(crate) async fn channels_changed(&self, user_id: i64, date: i32) -> Result<Vec<(i64, i32)>> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT b.mailbox, b.pts FROM chat_members m JOIN mailboxes b ON b.mailbox = m.peer
             WHERE m.user_id = $1 AND m.state = 0
             AND EXISTS (SELECT 1 FROM mailbox_events e WHERE e.mailbox = b.mailbox AND e.at >= $2)
             ORDER BY b.mailbox DESC",
        )
        .bind(user_id)
        .bind(i64::from(date))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|(mailbox, pts)| Ok((mailbox, int32("mailboxes.pts", pts)?))).collect()
    }
}

impl Row {
    fn event(self) -> Result<MailEvent> {
        Ok(MailEvent {
            pts: int32("mailbox_events.pts", self.pts)?,
            pts_count: int32("mailbox_events.pts_count", self.pts_count)?,
            kind: MailKind::from_number(self.kind),
            peer: self.peer,
            value: int32("mailbox_events.value", self.value)?,
            ids: self.ids.split(',').filter_map(|id| id.parse().ok()).collect(),
        })
    }
}

/// Raises the counters of a mailbox: the pts by `events`, the message id by `messages`. Returns both.
///
/// Whoever comes second waits here until the first is done, so a mailbox has one writer at a time.
pub(super) async fn bump(tx: &mut Tx, mailbox: i64, events: i64, messages: i64) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(
        "INSERT INTO mailboxes (mailbox, pts, last_id) VALUES ($1, 1 + $2, $3) ON CONFLICT (mailbox)
         DO UPDATE SET pts = mailboxes.pts + $2, last_id = mailboxes.last_id + $3 RETURNING pts, last_id",
    )
    .bind(mailbox)
    .bind(events)
    .bind(messages)
    .fetch_one(&mut **tx)
    .await?)
}

/// An entry of the log to be.
pub(super) struct NewEvent<'a> {
    pub(super) kind: MailKind,
    pub(super) peer: i64,
    pub(super) value: i64,
    pub(super) ids: &'a [i64],
}

/// Writes an event under a pts that [`bump`] gave.
pub(super) async fn log(
    tx: &mut Tx,
    change: (i64, i64, i64),
    event: NewEvent<'_>,
    now: i64,
) -> Result<Change> {
    let (mailbox, pts, pts_count) = change;
    let ids: Vec<String> = event.ids.iter().map(ToString::to_string).collect();
    sqlx::query(
        "INSERT INTO mailbox_events (mailbox, pts, pts_count, kind, peer, value, ids, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(mailbox)
    .bind(pts)
    .bind(pts_count)
    .bind(event.kind.number())
    .bind(event.peer)
    .bind(event.value)
    .bind(ids.join(","))
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(Change { mailbox, pts: int32("pts", pts)?, pts_count: int32("pts_count", pts_count)? })
}

/// [`bump`] and [`log`] for an event without a new message.
pub(super) async fn happen(tx: &mut Tx, mailbox: i64, event: NewEvent<'_>, now: i64) -> Result<Change> {
    let count = i64::try_from(event.ids.len()).unwrap_or(i64::MAX).max(1);
    let (pts, _) = bump(tx, mailbox, count, 0).await?;
    log(tx, (mailbox, pts, count), event, now).await
}
