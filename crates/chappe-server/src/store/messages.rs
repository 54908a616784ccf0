//! Messages: one row for each copy in a mailbox.

use sqlx::FromRow;

use super::amendments::{self, Amendment};
use super::locks::Thing;
use super::mailboxes::{Change, MailKind, NewEvent, bump, happen, log};
use super::{Flag, Result, Store, StoreError, Tx, deliveries, dialogs, heard, int32, media_timers};

/// One copy of a message. Optional bytes are TL objects of the newest layer.
#[derive(Clone, Debug, Default, FromRow, PartialEq, Eq)]
pub(crate) struct MessageRow {
    pub(crate) mailbox: i64,
    pub(crate) id: i64,
    /// The same for all copies.
    pub(crate) uid: i64,
    pub(crate) peer: i64,
    /// Who shows as the author; 0 for the channel itself.
    pub(crate) from_peer: i64,
    /// The account that wrote it.
    pub(crate) author: i64,
    #[sqlx(try_from = "Flag")]
    pub(crate) is_out: bool,
    pub(crate) date: i64,
    pub(crate) edit_date: i64,
    pub(crate) revision: i64,
    pub(crate) message: String,
    /// `Vector<MessageEntity>`
    pub(crate) entities: Option<Vec<u8>>,
    /// `MessageMedia`
    pub(crate) media: Option<Vec<u8>>,
    /// For the filters of the search, see [`kinds`].
    pub(crate) kinds: i64,
    /// `ReplyMarkup`
    pub(crate) reply_markup: Option<Vec<u8>>,
    /// `MessageAction`
    pub(crate) action: Option<Vec<u8>>,
    /// `messageFwdHeader`
    pub(crate) fwd: Option<Vec<u8>>,
    /// `messageReplyHeader`
    pub(crate) reply: Option<Vec<u8>>,
    /// The message in the same mailbox that it answers; 0 for none.
    pub(crate) reply_to: i64,
    pub(crate) reply_uid: i64,
    pub(crate) via_bot: i64,
    pub(crate) grouped_id: i64,
    pub(crate) post_author: Option<String>,
    #[sqlx(try_from = "Flag")]
    pub(crate) silent: bool,
    #[sqlx(try_from = "Flag")]
    pub(crate) noforwards: bool,
    #[sqlx(try_from = "Flag")]
    pub(crate) invert_media: bool,
    #[sqlx(try_from = "Flag")]
    pub(crate) pinned: bool,
    pub(crate) views: i64,
    pub(crate) forwards: i64,
    /// A voice or round message, or one with a timer, that whom it is for has not opened. In a supergroup it stays set: who
    /// has listened is kept apart.
    #[sqlx(try_from = "Flag")]
    pub(crate) media_unread: bool,
    /// Seconds that the medium may be seen once it was opened; 0: for ever.
    pub(crate) media_ttl: i64,
}

/// Bits of [`MessageRow::kinds`].
pub(crate) mod kinds {
    pub(crate) const PHOTO: i64 = 1;
    pub(crate) const VIDEO: i64 = 2;
    pub(crate) const DOCUMENT: i64 = 4;
    pub(crate) const GIF: i64 = 8;
    pub(crate) const VOICE: i64 = 16;
    pub(crate) const MUSIC: i64 = 32;
    pub(crate) const ROUND: i64 = 64;
    pub(crate) const URL: i64 = 128;
    pub(crate) const CONTACT: i64 = 256;
    pub(crate) const GEO: i64 = 512;
    pub(crate) const CHAT_PHOTO: i64 = 1024;
}

pub(super) const SELECT: &str = "SELECT mailbox, id, uid, peer, from_peer, author, is_out, date, edit_date, revision, message,
    entities, media, kinds, reply_markup, action, fwd, reply, reply_to, reply_uid, via_bot, grouped_id, post_author, silent,
    noforwards, invert_media, pinned, views, forwards, media_unread, media_ttl FROM messages";

/// A message about to be sent: `row` without the id, with what its author knows.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage {
    pub(crate) row: MessageRow,
    /// 0 for messages that the server writes.
    pub(crate) random_id: i64,
    pub(crate) content_hash: [u8; 32],
    /// Mailboxes that get a copy.
    pub(crate) receivers: Vec<i64>,
    /// Accounts that it mentions.
    pub(crate) mentions: Vec<i64>,
    /// What it tells of, if that is a change of the chat.
    pub(crate) amendment: Amendment,
    pub(crate) pace: Pace,
}

/// How long somebody waits between two messages in a channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pace {
    /// Seconds; 0: not at all.
    pub(crate) pause: i64,
    /// Random ids of what is sent together, which counts once.
    pub(crate) together: Vec<i64>,
}

/// What came of reading contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContentsRead {
    /// Messages, oldest first.
    pub(crate) read: Vec<i64>,
    /// In the account's own mailbox.
    pub(crate) change: Option<Change>,
    /// Authors, each with a message of theirs in a channel that somebody has listened to for the first time.
    pub(crate) heard: Vec<(i64, i64)>,
}

/// What came of sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sending {
    Sent {
        row: Box<MessageRow>,
        change: Change,
    },
    /// The same was sent before; the row is gone if it was deleted since.
    Repeated {
        row: Option<Box<MessageRow>>,
        change: Change,
    },
    /// Something else was sent under this random id.
    Duplicate,
    /// Its author has to wait for so many seconds.
    TooSoon(i64),
}

impl Store {
    /// Writes a message into its mailbox, once for each random id of an author.
    pub(crate) async fn send_message(&self, new: &NewMessage, now: i64) -> Result<Sending> {
        let mut tx = if new.amendment.is_empty() {
            self.begin_on(&[Thing::Mailbox(new.row.mailbox)]).await?
        } else {
            self.begin().await?
        };
        if new.random_id != 0 {
            let first = sqlx::query(
                "INSERT INTO sent_messages (author, random_id, mailbox, message_id, content_hash, pts, at)
                 VALUES ($1, $2, $3, 0, $4, 0, $5) ON CONFLICT DO NOTHING",
            )
            .bind(new.row.author)
            .bind(new.random_id)
            .bind(new.row.mailbox)
            .bind(new.content_hash.as_slice())
            .bind(now)
            .execute(&mut *tx)
            .await?
            .rows_affected()
                == 1;
            if !first {
                return repeated(&mut tx, new).await;
            }
        }
        let wait = wait(&mut tx, new, now).await?;
        if wait > 0 {
            return Ok(Sending::TooSoon(wait));
        }
        amendments::apply(&mut tx, new.row.peer, &new.amendment).await?;
        let (row, change) = append(&mut tx, new.row.clone(), now).await?;
        if new.random_id != 0 {
            sqlx::query(
                "UPDATE sent_messages SET message_id = $3, pts = $4 WHERE author = $1 AND random_id = $2",
            )
            .bind(row.author)
            .bind(new.random_id)
            .bind(row.id)
            .bind(i64::from(change.pts))
            .execute(&mut *tx)
            .await?;
        }
        for member in &new.amendment.members {
            for uid in new.amendment.history.iter().filter(|_| member.is_in()) {
                deliveries::put(&mut tx, member.user_id, row.mailbox, *uid, MailKind::New).await?;
            }
        }
        for receiver in &new.receivers {
            deliveries::put(&mut tx, *receiver, row.mailbox, row.uid, MailKind::New).await?;
        }
        for user in &new.mentions {
            if row.mailbox < 0 {
                mention(&mut tx, *user, &row).await?;
            }
        }
        tx.commit().await?;
        Ok(Sending::Sent { row: Box::new(row), change })
    }

    pub(crate) async fn message(&self, mailbox: i64, id: i64) -> Result<Option<MessageRow>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE mailbox = $1 AND id = $2")))
            .bind(mailbox)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The copy of a message in a mailbox.
    pub(crate) async fn message_by_uid(&self, mailbox: i64, uid: i64) -> Result<Option<MessageRow>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE mailbox = $1 AND uid = $2")))
            .bind(mailbox)
            .bind(uid)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Changes the content of a message, as its next revision; `receivers` hear of it. [`StoreError::Outrun`] if its content
    /// has changed since it was read: what goes by itself must not come back.
    pub(crate) async fn edit_message(&self, row: &MessageRow, receivers: &[i64], now: i64) -> Result<Change> {
        let mut tx = self.begin().await?;
        let revision: Option<i64> = sqlx::query_scalar(
            "UPDATE messages SET revision = revision + 1 WHERE mailbox = $1 AND id = $2 AND revision = $3
             RETURNING revision",
        )
        .bind(row.mailbox)
        .bind(row.id)
        .bind(row.revision)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(revision) = revision else { return Err(StoreError::Outrun) };
        write_content(&mut tx, &MessageRow { revision, ..row.clone() }).await?;
        let event = NewEvent { kind: MailKind::Edited, peer: row.peer, value: row.id, ids: &[] };
        let change = happen(&mut tx, row.mailbox, event, now).await?;
        for receiver in receivers {
            deliveries::put(&mut tx, *receiver, row.mailbox, row.uid, MailKind::Edited).await?;
        }
        tx.commit().await?;
        Ok(change)
    }

    /// Puts something else in the place of a message, which from then on is no copy of what it was. `receivers` lose theirs.
    pub(crate) async fn replace_message(
        &self,
        row: &MessageRow,
        uid: i64,
        receivers: &[i64],
        now: i64,
    ) -> Result<Change> {
        let mut tx = self.begin().await?;
        for receiver in receivers {
            deliveries::put(&mut tx, *receiver, row.mailbox, row.uid, MailKind::Deleted).await?;
        }
        forget_mention(&mut tx, row.mailbox, row.id).await?;
        let written = sqlx::query(
            "UPDATE messages SET uid = $3, revision = 0, fwd = NULL, reply = NULL, reply_to = 0, reply_uid = 0,
                pinned = FALSE, media_unread = FALSE, media_ttl = 0 WHERE mailbox = $1 AND id = $2",
        )
        .bind(row.mailbox)
        .bind(row.id)
        .bind(uid)
        .execute(&mut *tx)
        .await?;
        if written.rows_affected() == 0 {
            return Err(StoreError::Outrun);
        }
        write_content(&mut tx, row).await?;
        let event = NewEvent { kind: MailKind::Edited, peer: row.peer, value: row.id, ids: &[] };
        let change = happen(&mut tx, row.mailbox, event, now).await?;
        tx.commit().await?;
        Ok(change)
    }

    /// Deletes messages of one mailbox; `receivers` of each lose their copies. `None` if there was none of them.
    pub(crate) async fn delete_messages(
        &self,
        mailbox: i64,
        doomed: &[(i64, Vec<i64>)],
        now: i64,
    ) -> Result<Option<Change>> {
        let mut tx = self.begin().await?;
        let (mut gone, mut chat) = (Vec::new(), 0);
        for (id, receivers) in doomed {
            let deleted: Option<(i64, i64)> =
                sqlx::query_as("DELETE FROM messages WHERE mailbox = $1 AND id = $2 RETURNING uid, peer")
                    .bind(mailbox)
                    .bind(id)
                    .fetch_optional(&mut *tx)
                    .await?;
            let Some((uid, peer)) = deleted else { continue };
            (chat, _) = (peer, gone.push(*id));
            forget_mention(&mut tx, mailbox, *id).await?;
            for receiver in receivers {
                deliveries::put(&mut tx, *receiver, mailbox, uid, MailKind::Deleted).await?;
            }
        }
        if gone.is_empty() {
            return Ok(None);
        }
        let event = NewEvent { kind: MailKind::Deleted, peer: chat, value: 0, ids: &gone };
        let change = happen(&mut tx, mailbox, event, now).await?;
        tx.commit().await?;
        Ok(Some(change))
    }

    /// Pins or unpins messages of one chat; `receivers` hear of it. `None` if nothing changed.
    pub(crate) async fn pin_messages(
        &self,
        mailbox: i64,
        ids: &[i64],
        pinned: bool,
        receivers: &[i64],
        now: i64,
    ) -> Result<Option<Change>> {
        let mut tx = self.begin().await?;
        let kind = if pinned { MailKind::Pinned } else { MailKind::Unpinned };
        let (mut changed, mut chat) = (Vec::new(), 0);
        for id in ids {
            let row: Option<(i64, i64)> = sqlx::query_as(
                "UPDATE messages SET pinned = $3 WHERE mailbox = $1 AND id = $2 AND pinned <> $3 RETURNING uid, peer",
            )
            .bind(mailbox)
            .bind(id)
            .bind(pinned)
            .fetch_optional(&mut *tx)
            .await?;
            let Some((uid, peer)) = row else { continue };
            (chat, _) = (peer, changed.push(*id));
            for receiver in receivers {
                deliveries::put(&mut tx, *receiver, mailbox, uid, kind).await?;
            }
        }
        if changed.is_empty() {
            return Ok(None);
        }
        let event = NewEvent { kind, peer: chat, value: 0, ids: &changed };
        let change = happen(&mut tx, mailbox, event, now).await?;
        tx.commit().await?;
        Ok(Some(change))
    }

    /// Views and forwards of a post; `None` if there is none.
    pub(crate) async fn views(&self, mailbox: i64, id: i64) -> Result<Option<(i64, i64)>> {
        Ok(sqlx::query_as("SELECT views, forwards FROM messages WHERE mailbox = $1 AND id = $2")
            .bind(mailbox)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Counts that an account has seen posts of a channel, each once; its author counts from the beginning. Returns which
    /// have been seen more often now, with their views.
    pub(crate) async fn count_views(
        &self,
        mailbox: i64,
        ids: &[i64],
        user_id: i64,
        now: i64,
    ) -> Result<Vec<(i64, i64)>> {
        let mut tx = self.begin_on(&[Thing::Mailbox(mailbox)]).await?;
        let mut counted = Vec::new();
        for id in ids {
            let is_first = sqlx::query(
                "INSERT INTO post_views (mailbox, message_id, user_id, at)
                 SELECT mailbox, id, $3, $4 FROM messages WHERE mailbox = $1 AND id = $2 AND author <> $3
                 ON CONFLICT DO NOTHING",
            )
            .bind(mailbox)
            .bind(id)
            .bind(user_id)
            .bind(now)
            .execute(&mut *tx)
            .await?
            .rows_affected()
                == 1;
            if !is_first {
                continue;
            }
            let views: i64 = sqlx::query_scalar(
                "UPDATE messages SET views = views + 1 WHERE mailbox = $1 AND id = $2 RETURNING views",
            )
            .bind(mailbox)
            .bind(id)
            .fetch_one(&mut *tx)
            .await?;
            counted.push((*id, views));
        }
        tx.commit().await?;
        Ok(counted)
    }

    /// When an account last wrote in a channel; 0 if it never did.
    pub(crate) async fn last_sent(&self, mailbox: i64, author: i64) -> Result<i64> {
        let last: Option<i64> = sqlx::query_scalar(
            "SELECT MAX(date) FROM messages WHERE mailbox = $1 AND author = $2 AND action IS NULL",
        )
        .bind(mailbox)
        .bind(author)
        .fetch_one(&self.pool)
        .await?;
        Ok(last.unwrap_or(0))
    }

    /// Whether an account has sent something under this random id.
    pub(crate) async fn was_sent(&self, author: i64, random_id: i64) -> Result<bool> {
        let sent: Option<i64> =
            sqlx::query_scalar("SELECT at FROM sent_messages WHERE author = $1 AND random_id = $2")
                .bind(author)
                .bind(random_id)
                .fetch_optional(&self.pool)
                .await?;
        Ok(sent.is_some())
    }

    /// The newest message of a chat in a mailbox; 0 if there is none.
    pub(crate) async fn top_message(&self, mailbox: i64, peer: i64) -> Result<i64> {
        let top: Option<i64> =
            sqlx::query_scalar("SELECT MAX(id) FROM messages WHERE mailbox = $1 AND peer = $2")
                .bind(mailbox)
                .bind(peer)
                .fetch_one(&self.pool)
                .await?;
        Ok(top.unwrap_or(0))
    }

    pub(crate) async fn count_forward(&self, mailbox: i64, id: i64) -> Result<()> {
        sqlx::query("UPDATE messages SET forwards = forwards + 1 WHERE mailbox = $1 AND id = $2")
            .bind(mailbox)
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whether a message mentions an account, and whether that is still to be read.
    pub(crate) async fn mention(&self, user_id: i64, mailbox: i64, id: i64) -> Result<Option<bool>> {
        let unread: Option<Flag> = sqlx::query_scalar(
            "SELECT unread FROM mentions WHERE user_id = $1 AND mailbox = $2 AND message_id = $3",
        )
        .bind(user_id)
        .bind(mailbox)
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(unread.map(bool::from))
    }

    /// Marks mentions as read: those in `ids`, or all of a chat. Returns which. Ids may also be those of voice messages that
    /// the account has listened to: in its own mailbox their authors hear of it, those in a channel are returned apart.
    pub(crate) async fn read_mentions(
        &self,
        user_id: i64,
        mailbox: i64,
        which: std::result::Result<i64, &[i32]>,
        now: i64,
    ) -> Result<ContentsRead> {
        let mut tx = self.begin().await?;
        let mut heard = Vec::new();
        let mut read: Vec<i64> = match which {
            Ok(peer) => {
                sqlx::query_scalar(
                    "UPDATE mentions SET unread = FALSE WHERE user_id = $1 AND mailbox = $2 AND peer = $3 AND unread = TRUE
                     RETURNING message_id",
                )
                .bind(user_id)
                .bind(mailbox)
                .bind(peer)
                .fetch_all(&mut *tx)
                .await?
            }
            Err(ids) => {
                let mut read = Vec::new();
                for id in ids {
                    let one: Option<i64> = sqlx::query_scalar(
                        "UPDATE mentions SET unread = FALSE WHERE user_id = $1 AND mailbox = $2 AND message_id = $3
                         AND unread = TRUE RETURNING message_id",
                    )
                    .bind(user_id)
                    .bind(mailbox)
                    .bind(i64::from(*id))
                    .fetch_optional(&mut *tx)
                    .await?;
                    read.extend(one);
                }
                if mailbox == user_id {
                    listen(&mut tx, mailbox, ids, &mut read, now).await?;
                } else {
                    heard = heard::listen(&mut tx, (user_id, mailbox), ids, &mut read, now).await?;
                }
                read
            }
        };
        read.sort_unstable();
        read.dedup();
        let mut change = None;
        if mailbox == user_id && !read.is_empty() {
            let event = NewEvent { kind: MailKind::ContentsRead, peer: 0, value: 0, ids: &read };
            change = Some(happen(&mut tx, mailbox, event, now).await?);
        }
        tx.commit().await?;
        Ok(ContentsRead { read, change, heard })
    }
}

/// How many seconds an author has to wait yet. What was sent together with the message does not count.
async fn wait(tx: &mut Tx, new: &NewMessage, now: i64) -> Result<i64> {
    if new.pace.pause == 0 {
        return Ok(0);
    }
    let sent: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT m.date, COALESCE(s.random_id, 0) FROM messages m LEFT JOIN sent_messages s
             ON s.author = m.author AND s.mailbox = m.mailbox AND s.message_id = m.id
         WHERE m.mailbox = $1 AND m.author = $2 AND m.action IS NULL AND m.date > $3",
    )
    .bind(new.row.mailbox)
    .bind(new.row.author)
    .bind(now.saturating_sub(new.pace.pause))
    .fetch_all(&mut **tx)
    .await?;
    let others = sent.into_iter().filter(|(_, random_id)| !new.pace.together.contains(random_id));
    let last = others.map(|(date, _)| date).max();
    Ok(last.map_or(0, |last| last.saturating_add(new.pace.pause).saturating_sub(now)))
}

async fn repeated(tx: &mut Tx, new: &NewMessage) -> Result<Sending> {
    let (mailbox, id, hash, pts): (i64, i64, Vec<u8>, i64) = sqlx::query_as(
        "SELECT mailbox, message_id, content_hash, pts FROM sent_messages WHERE author = $1 AND random_id = $2",
    )
    .bind(new.row.author)
    .bind(new.random_id)
    .fetch_one(&mut **tx)
    .await?;
    if hash != new.content_hash || mailbox != new.row.mailbox {
        return Ok(Sending::Duplicate);
    }
    let row = sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE mailbox = $1 AND id = $2")))
        .bind(mailbox)
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(Sending::Repeated {
        row: row.map(Box::new),
        change: Change { mailbox, pts: int32("sent_messages.pts", pts)?, pts_count: 1 },
    })
}

/// Appends a copy to a mailbox: the row with its id, an event, a place in the list of chats.
pub(super) async fn append(tx: &mut Tx, mut row: MessageRow, now: i64) -> Result<(MessageRow, Change)> {
    let (pts, id) = bump(tx, row.mailbox, 1, 1).await?;
    row.id = id;
    insert(tx, &row).await?;
    let event = NewEvent { kind: MailKind::New, peer: row.peer, value: id, ids: &[] };
    let change = log(tx, (row.mailbox, pts, 1), event, now).await?;
    if row.mailbox > 0 {
        dialogs::ensure(tx, row.mailbox, row.peer, row.mailbox).await?;
    }
    Ok((row, change))
}

pub(super) async fn mention(tx: &mut Tx, user_id: i64, row: &MessageRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO mentions (user_id, mailbox, message_id, peer, unread) VALUES ($1, $2, $3, $4, TRUE) ON CONFLICT DO NOTHING",
    )
    .bind(user_id)
    .bind(row.mailbox)
    .bind(row.id)
    .bind(row.peer)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Marks voice messages as listened to, and media with a timer as opened, and has their authors hear of it.
async fn listen(tx: &mut Tx, mailbox: i64, ids: &[i32], read: &mut Vec<i64>, now: i64) -> Result<()> {
    for id in ids {
        let heard: Option<(i64, i64, i64)> = sqlx::query_as(
            "UPDATE messages SET media_unread = FALSE WHERE mailbox = $1 AND id = $2 AND media_unread = TRUE
             AND is_out = FALSE RETURNING uid, author, media_ttl",
        )
        .bind(mailbox)
        .bind(i64::from(*id))
        .fetch_optional(&mut **tx)
        .await?;
        let Some((uid, author, ttl)) = heard else { continue };
        read.push(i64::from(*id));
        media_timers::start(tx, uid, ttl, now).await?;
        deliveries::put(tx, author, mailbox, uid, MailKind::ContentsRead).await?;
    }
    Ok(())
}

pub(super) async fn forget_mention(tx: &mut Tx, mailbox: i64, id: i64) -> Result<()> {
    sqlx::query("DELETE FROM mentions WHERE mailbox = $1 AND message_id = $2")
        .bind(mailbox)
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn insert(tx: &mut Tx, row: &MessageRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO messages (mailbox, id, uid, peer, from_peer, author, is_out, date, edit_date, revision, message, folded,
            entities, media, kinds, reply_markup, action, fwd, reply, reply_to, reply_uid, via_bot, grouped_id, post_author,
            silent, noforwards, invert_media, pinned, views, forwards, media_unread, media_ttl)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
            $24, $25, $26, $27, $28, $29, $30, $31, $32)",
    )
    .bind(row.mailbox)
    .bind(row.id)
    .bind(row.uid)
    .bind(row.peer)
    .bind(row.from_peer)
    .bind(row.author)
    .bind(row.is_out)
    .bind(row.date)
    .bind(row.edit_date)
    .bind(row.revision)
    .bind(&*row.message)
    .bind(row.message.to_lowercase())
    .bind(row.entities.as_deref())
    .bind(row.media.as_deref())
    .bind(row.kinds)
    .bind(row.reply_markup.as_deref())
    .bind(row.action.as_deref())
    .bind(row.fwd.as_deref())
    .bind(row.reply.as_deref())
    .bind(row.reply_to)
    .bind(row.reply_uid)
    .bind(row.via_bot)
    .bind(row.grouped_id)
    .bind(row.post_author.as_deref())
    .bind(row.silent)
    .bind(row.noforwards)
    .bind(row.invert_media)
    .bind(row.pinned)
    .bind(row.views)
    .bind(row.forwards)
    .bind(row.media_unread)
    .bind(row.media_ttl)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes what an edit may change.
pub(super) async fn write_content(tx: &mut Tx, row: &MessageRow) -> Result<()> {
    sqlx::query(
        "UPDATE messages SET message = $3, folded = $4, entities = $5, media = $6, kinds = $7, reply_markup = $8,
            edit_date = $9, revision = $10, invert_media = $11, action = $12, from_peer = $13
         WHERE mailbox = $1 AND id = $2",
    )
    .bind(row.mailbox)
    .bind(row.id)
    .bind(&*row.message)
    .bind(row.message.to_lowercase())
    .bind(row.entities.as_deref())
    .bind(row.media.as_deref())
    .bind(row.kinds)
    .bind(row.reply_markup.as_deref())
    .bind(row.edit_date)
    .bind(row.revision)
    .bind(row.invert_media)
    .bind(row.action.as_deref())
    .bind(row.from_peer)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
