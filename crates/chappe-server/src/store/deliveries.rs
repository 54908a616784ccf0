//! What one mailbox hears from another.
//!
//! A delivery is written in the transaction that changes the source, and done in one of its own that changes the target:
//! it copies what the source says then. So it may be done late, twice, and beside others, and comes to the same.

use sqlx::FromRow;

use super::locks::Thing;
use super::mailboxes::{Change, MailKind, NewEvent, happen};
use super::messages::{self, MessageRow, SELECT, append, mention, write_content};
use super::{Result, Store, Tx};

/// One delivery to do.
#[derive(Clone, Copy, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) mailbox: i64,
    pub(crate) source: i64,
    pub(crate) uid: i64,
    pub(crate) kind: i64,
}

impl Delivery {
    pub(crate) fn is(&self, kind: MailKind) -> bool {
        self.kind == kind.number()
    }
}

impl Store {
    /// What the changes of a mailbox still have to bring to others; of all mailboxes for `None`.
    pub(crate) async fn deliveries(&self, source: Option<i64>) -> Result<Vec<Delivery>> {
        // In the order in which things happened at the source.
        macro_rules! select {
            ($which:literal) => {
                sqlx::query_as(concat!(
                    "SELECT d.mailbox, d.source, d.uid, d.kind FROM deliveries d
                     LEFT JOIN messages m ON m.mailbox = d.source AND m.uid = d.uid ",
                    $which,
                    " ORDER BY d.kind, d.source, m.id, d.mailbox"
                ))
            };
        }
        Ok(match source {
            Some(source) => select!("WHERE d.source = $1").bind(source).fetch_all(&self.pool).await?,
            None => select!("").fetch_all(&self.pool).await?,
        })
    }

    /// Does one delivery. `mentioned` says whether the target is mentioned in the message.
    pub(crate) async fn deliver(
        &self,
        delivery: Delivery,
        mentioned: bool,
        now: i64,
    ) -> Result<Option<Change>> {
        let mut tx = self.begin_on(&[Thing::Mailbox(delivery.mailbox)]).await?;
        let claimed = sqlx::query("DELETE FROM deliveries WHERE mailbox = $1 AND uid = $2 AND kind = $3")
            .bind(delivery.mailbox)
            .bind(delivery.uid)
            .bind(delivery.kind)
            .execute(&mut *tx)
            .await?
            .rows_affected()
            == 1;
        if !claimed {
            return Ok(None);
        }
        let change = match MailKind::from_number(delivery.kind) {
            kind @ (MailKind::New | MailKind::Edited) => {
                copy(&mut tx, delivery, kind, mentioned, now).await?
            }
            kind => apply(&mut tx, delivery, kind, now).await?,
        };
        tx.commit().await?;
        Ok(change)
    }
}

pub(super) async fn put(tx: &mut Tx, mailbox: i64, source: i64, uid: i64, kind: MailKind) -> Result<()> {
    if mailbox == source {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO deliveries (mailbox, source, uid, kind) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(mailbox)
    .bind(source)
    .bind(uid)
    .bind(kind.number())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn by_uid(tx: &mut Tx, mailbox: i64, uid: i64) -> Result<Option<MessageRow>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE mailbox = $1 AND uid = $2")))
        .bind(mailbox)
        .bind(uid)
        .fetch_optional(&mut **tx)
        .await?)
}

/// Brings the copy in the target to what the source has: new or edited.
async fn copy(
    tx: &mut Tx,
    delivery: Delivery,
    kind: MailKind,
    mentioned: bool,
    now: i64,
) -> Result<Option<Change>> {
    let Some(source) = by_uid(tx, delivery.source, delivery.uid).await? else { return Ok(None) };
    if let Some(mut own) = by_uid(tx, delivery.mailbox, delivery.uid).await? {
        if own.revision >= source.revision {
            return Ok(None);
        }
        let (mailbox, id, peer) = (own.mailbox, own.id, own.peer);
        let from_peer = own.from_peer;
        own = MessageRow { mailbox, id, from_peer, ..source };
        write_content(tx, &own).await?;
        let event = NewEvent { kind: MailKind::Edited, peer, value: id, ids: &[] };
        return Ok(Some(happen(tx, mailbox, event, now).await?));
    }
    // An edit does not bring back what the owner has deleted.
    if kind == MailKind::Edited {
        return Ok(None);
    }
    let reply_to = match source.reply_uid {
        0 => 0,
        uid => by_uid(tx, delivery.mailbox, uid).await?.map_or(0, |row| row.id),
    };
    // In private chats each side sees the other; groups are the same for all. Who comes back to one may get own messages.
    let peer = if source.peer > 0 { source.author } else { source.peer };
    let is_out = source.author == delivery.mailbox;
    let row = MessageRow { mailbox: delivery.mailbox, peer, is_out, reply_to, ..source };
    let (row, change) = append(tx, row, now).await?;
    if mentioned {
        mention(tx, delivery.mailbox, &row).await?;
    }
    Ok(Some(change))
}

async fn apply(tx: &mut Tx, delivery: Delivery, kind: MailKind, now: i64) -> Result<Option<Change>> {
    let Some(own) = by_uid(tx, delivery.mailbox, delivery.uid).await? else { return Ok(None) };
    let MessageRow { mailbox, id, peer, .. } = own;
    let changed = match kind {
        MailKind::Deleted => {
            messages::forget_mention(tx, mailbox, id).await?;
            sqlx::query("DELETE FROM messages WHERE mailbox = $1 AND id = $2").bind(mailbox).bind(id)
        }
        MailKind::ReadOutbox => sqlx::query(
            "UPDATE dialogs SET read_outbox = $2 WHERE user_id = $1 AND peer = $3 AND read_outbox < $2",
        )
        .bind(mailbox)
        .bind(id)
        .bind(peer),
        MailKind::ContentsRead => sqlx::query(
            "UPDATE messages SET media_unread = FALSE WHERE mailbox = $1 AND id = $2 AND media_unread = TRUE",
        )
        .bind(mailbox)
        .bind(id),
        _ => sqlx::query("UPDATE messages SET pinned = $3 WHERE mailbox = $1 AND id = $2 AND pinned <> $3")
            .bind(mailbox)
            .bind(id)
            .bind(kind == MailKind::Pinned),
    };
    if changed.execute(&mut **tx).await?.rows_affected() == 0 {
        return Ok(None);
    }
    let ids = [id];
    let (value, ids) = if kind == MailKind::ReadOutbox { (id, &[][..]) } else { (0, &ids[..]) };
    Ok(Some(happen(tx, mailbox, NewEvent { kind, peer, value, ids }, now).await?))
}
