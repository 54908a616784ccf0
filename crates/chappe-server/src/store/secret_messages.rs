//! The mailbox of a device: secret messages with its own counter, qts.

use std::borrow::Cow;

use sqlx::FromRow;

use super::locks::Thing;
use super::{ChatState, Flag, Result, SecretFile, Store, Tx, int32};
use crate::limits::SECRET_QUEUE;

/// A message about to be queued for the device on the other side.
#[derive(Clone, Debug)]
pub(crate) struct NewSecretMessage<'a> {
    pub(crate) chat_id: i32,
    pub(crate) sender_auth: i64,
    pub(crate) receiver_auth: i64,
    pub(crate) random_id: i64,
    pub(crate) is_service: bool,
    pub(crate) data: Cow<'a, [u8]>,
    pub(crate) content_hash: [u8; 32],
    /// The file that goes with it.
    pub(crate) file_id: Option<i64>,
}

impl NewSecretMessage<'_> {
    /// The same with its own bytes.
    pub(crate) fn into_owned(self) -> NewSecretMessage<'static> {
        NewSecretMessage { data: Cow::Owned(self.data.into_owned()), ..self }
    }
}

/// A message that was delivered before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delivered {
    pub(crate) date: i32,
    pub(crate) file_id: Option<i64>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// Queued under this qts.
    Queued { qts: i32, date: i32 },
    /// The same message was delivered before, at this date.
    Repeated(Delivered),
    /// The chat ended in the meantime.
    Declined,
    /// Too much waits for the device already.
    Full,
}

/// A queued message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueuedMessage {
    pub(crate) qts: i32,
    pub(crate) chat_id: i32,
    pub(crate) random_id: i64,
    pub(crate) date: i32,
    pub(crate) is_service: bool,
    pub(crate) data: Vec<u8>,
    pub(crate) file: Option<SecretFile>,
}

/// A piece of a mailbox, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueueSlice {
    pub(crate) messages: Vec<QueuedMessage>,
    /// The qts of the device, whatever the slice holds.
    pub(crate) current_qts: i32,
    /// More messages wait behind the last one here.
    pub(crate) more: bool,
}

#[derive(FromRow)]
struct Row {
    qts: i64,
    chat_id: i64,
    random_id: i64,
    date: i64,
    #[sqlx(try_from = "Flag")]
    is_service: bool,
    data: Vec<u8>,
    file_id: i64,
}

impl Row {
    fn with(self, file: Option<SecretFile>) -> Result<QueuedMessage> {
        Ok(QueuedMessage {
            qts: int32("secret_messages.qts", self.qts)?,
            chat_id: int32("secret_messages.chat_id", self.chat_id)?,
            random_id: self.random_id,
            date: int32("secret_messages.date", self.date)?,
            is_service: self.is_service,
            data: self.data,
            file,
        })
    }
}

impl Store {
    /// Appends a message to the receiver's mailbox, once: the same content under the same random id is answered
    /// with its first date.
    pub(crate) async fn deliver_secret_message(
        &self,
        new: &NewSecretMessage<'_>,
        now: i32,
    ) -> Result<Delivery> {
        let mut tx = self.begin_on(&[Thing::Device(new.receiver_auth)]).await?;
        if let Some(delivered) = note(&mut tx, new, now).await? {
            return Ok(Delivery::Repeated(delivered));
        }
        if is_full(&mut tx, new.receiver_auth).await? {
            return Ok(Delivery::Full);
        }
        let Some(qts) = queue(&mut tx, new, now).await? else { return Ok(Delivery::Declined) };
        tx.commit().await?;
        Ok(Delivery::Queued { qts, date: now })
    }

    /// Notes a message as delivered, and does not; how it was delivered before, if it was. For faults on purpose.
    pub(crate) async fn note_secret_message(
        &self,
        new: &NewSecretMessage<'_>,
        now: i32,
    ) -> Result<Option<Delivered>> {
        let mut tx = self.begin_on(&[Thing::Device(new.receiver_auth)]).await?;
        let before = note(&mut tx, new, now).await?;
        tx.commit().await?;
        Ok(before)
    }

    /// Appends a message to the receiver's mailbox, however often it is there; its qts, if the chat goes on. For faults
    /// on purpose.
    pub(crate) async fn queue_secret_message(
        &self,
        new: &NewSecretMessage<'_>,
        date: i32,
    ) -> Result<Option<i32>> {
        let mut tx = self.begin_on(&[Thing::Device(new.receiver_auth)]).await?;
        let qts = queue(&mut tx, new, date).await?;
        tx.commit().await?;
        Ok(qts)
    }

    /// A file of the chat that is another one. For faults on purpose.
    pub(crate) async fn other_file_of_chat(&self, chat_id: i32, file_id: Option<i64>) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT file_id FROM secret_deliveries WHERE chat_id = $1 AND file_id <> 0 AND file_id <> $2
             ORDER BY date DESC, file_id LIMIT 1",
        )
        .bind(i64::from(chat_id))
        .bind(file_id.unwrap_or(0))
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Whether this message was delivered before.
    pub(crate) async fn delivered(&self, new: &NewSecretMessage<'_>) -> Result<Option<Delivered>> {
        let mut tx = self.snapshot().await?;
        delivered(&mut tx, new).await
    }

    /// The messages behind `after_qts`, oldest first: at most `limit` of them and about `max_bytes` together, but
    /// at least one if there is one.
    pub(crate) async fn queued_messages(
        &self,
        device: i64,
        after_qts: i32,
        limit: usize,
        max_bytes: usize,
    ) -> Result<QueueSlice> {
        let mut tx = self.snapshot().await?;
        let slice = slice(&mut tx, device, after_qts, limit, max_bytes).await?;
        tx.commit().await?;
        Ok(slice)
    }

    /// Deletes the messages up to `max_qts`; returns their random ids.
    pub(crate) async fn acknowledge_qts(&self, device: i64, max_qts: i32) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar(
            "DELETE FROM secret_messages WHERE auth_key_id = $1 AND qts <= $2 RETURNING random_id",
        )
        .bind(device)
        .bind(i64::from(max_qts))
        .fetch_all(&self.pool)
        .await?)
    }
}

/// Notes a message as delivered; how it was delivered before, if it was.
async fn note(tx: &mut Tx, new: &NewSecretMessage<'_>, now: i32) -> Result<Option<Delivered>> {
    let first = sqlx::query(
        "INSERT INTO secret_deliveries (chat_id, sender_auth, random_id, content_hash, date, file_id)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(i64::from(new.chat_id))
    .bind(new.sender_auth)
    .bind(new.random_id)
    .bind(new.content_hash.as_slice())
    .bind(i64::from(now))
    .bind(new.file_id.unwrap_or(0))
    .execute(&mut **tx)
    .await?
    .rows_affected()
        == 1;
    if !first {
        return delivered(tx, new).await;
    }
    if let Some(file_id) = new.file_id {
        super::secret_files::touch(tx, file_id, now).await?;
    }
    Ok(None)
}

/// Appends a message to the receiver's mailbox; its qts. `None` if the chat has ended.
async fn queue(tx: &mut Tx, new: &NewSecretMessage<'_>, date: i32) -> Result<Option<i32>> {
    // A discard that came between the caller's checks and this transaction has emptied the mailbox already.
    let chat = super::secret_chats::load(tx, new.chat_id).await?;
    if chat.is_none_or(|chat| chat.state != ChatState::Accepted) {
        return Ok(None);
    }
    let qts: Option<i64> =
        sqlx::query_scalar("UPDATE authorizations SET qts = qts + 1 WHERE auth_key_id = $1 RETURNING qts")
            .bind(new.receiver_auth)
            .fetch_optional(&mut **tx)
            .await?;
    let Some(qts) = qts else { return Ok(None) };
    sqlx::query(
        "INSERT INTO secret_messages (auth_key_id, qts, chat_id, random_id, date, is_service, data, file_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(new.receiver_auth)
    .bind(qts)
    .bind(i64::from(new.chat_id))
    .bind(new.random_id)
    .bind(i64::from(date))
    .bind(new.is_service)
    .bind(&*new.data)
    .bind(new.file_id.unwrap_or(0))
    .execute(&mut **tx)
    .await?;
    Ok(Some(int32("authorizations.qts", qts)?))
}

/// Whether so much waits for a device that nothing can be added: what was not acknowledged has numbers in one row.
async fn is_full(tx: &mut Tx, device: i64) -> Result<bool> {
    let ends: (Option<i64>, Option<i64>) =
        sqlx::query_as("SELECT MIN(qts), MAX(qts) FROM secret_messages WHERE auth_key_id = $1")
            .bind(device)
            .fetch_one(&mut **tx)
            .await?;
    Ok(matches!(ends, (Some(first), Some(last)) if last - first >= SECRET_QUEUE - 1))
}

async fn delivered(tx: &mut Tx, new: &NewSecretMessage<'_>) -> Result<Option<Delivered>> {
    let row: Option<(i64, i64)> = sqlx::query_as(
        "SELECT date, file_id FROM secret_deliveries
         WHERE chat_id = $1 AND sender_auth = $2 AND random_id = $3 AND content_hash = $4",
    )
    .bind(i64::from(new.chat_id))
    .bind(new.sender_auth)
    .bind(new.random_id)
    .bind(new.content_hash.as_slice())
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|(date, file_id)| {
        let date = int32("secret_deliveries.date", date)?;
        Ok(Delivered { date, file_id: (file_id != 0).then_some(file_id) })
    })
    .transpose()
}

async fn slice(
    tx: &mut Tx,
    device: i64,
    after_qts: i32,
    limit: usize,
    max_bytes: usize,
) -> Result<QueueSlice> {
    let current: Option<i64> = sqlx::query_scalar("SELECT qts FROM authorizations WHERE auth_key_id = $1")
        .bind(device)
        .fetch_optional(&mut **tx)
        .await?;
    let fetch = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let lengths: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT qts, LENGTH(data) FROM secret_messages WHERE auth_key_id = $1 AND qts > $2 ORDER BY qts LIMIT $3",
    )
    .bind(device)
    .bind(i64::from(after_qts))
    .bind(fetch)
    .fetch_all(&mut **tx)
    .await?;
    let (mut last, mut bytes, mut count) = (i64::from(after_qts), 0_usize, 0_usize);
    for (qts, len) in lengths.iter().take(limit) {
        bytes = bytes.saturating_add(usize::try_from(*len).unwrap_or(usize::MAX));
        if count > 0 && bytes > max_bytes {
            break;
        }
        (last, count) = (*qts, count + 1);
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT qts, chat_id, random_id, date, is_service, data, file_id FROM secret_messages
         WHERE auth_key_id = $1 AND qts > $2 AND qts <= $3 ORDER BY qts",
    )
    .bind(device)
    .bind(i64::from(after_qts))
    .bind(last)
    .fetch_all(&mut **tx)
    .await?;
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        let file = match row.file_id {
            0 => None,
            id => super::secret_files::load(tx, id).await?,
        };
        messages.push(row.with(file)?);
    }
    Ok(QueueSlice {
        messages,
        current_qts: int32("authorizations.qts", current.unwrap_or(1))?,
        more: lengths.len() > count,
    })
}
