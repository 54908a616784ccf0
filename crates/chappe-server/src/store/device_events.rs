//! Updates without a counter that a device may have missed.

use sqlx::FromRow;

use super::locks::Thing;
use super::{Result, Store, Tx, int32};

/// What happened to a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    ChatChanged,
    MessagesRead,
}

impl EventKind {
    const fn number(self) -> i64 {
        match self {
            Self::ChatChanged => 1,
            Self::MessagesRead => 2,
        }
    }
}

/// One such update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeviceEvent {
    pub(crate) chat_id: i32,
    pub(crate) kind: EventKind,
    pub(crate) max_date: i32,
    pub(crate) at: i32,
}

#[derive(FromRow)]
struct Row {
    chat_id: i64,
    kind: i64,
    max_date: i64,
    at: i64,
}

impl Store {
    /// Keeps a read mark for a device; a later mark of the same chat replaces it.
    pub(crate) async fn put_read_mark(
        &self,
        device: i64,
        chat_id: i32,
        max_date: i32,
        at: i32,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO device_events (auth_key_id, chat_id, kind, max_date, at, offered_at) VALUES ($1, $2, $3, $4, $5, 0)
             ON CONFLICT (auth_key_id, chat_id, kind)
             DO UPDATE SET max_date = excluded.max_date, at = excluded.at, offered_at = 0
             WHERE excluded.max_date >= device_events.max_date",
        )
        .bind(device)
        .bind(i64::from(chat_id))
        .bind(EventKind::MessagesRead.number())
        .bind(i64::from(max_date))
        .bind(i64::from(at))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What a device may have missed, oldest first.
    ///
    /// An update is forgotten once it was in an answer and the device then asks with the date of that answer or a
    /// later one: so an answer that got lost loses nothing.
    pub(crate) async fn device_events(
        &self,
        device: i64,
        client_date: i32,
        now: i32,
    ) -> Result<Vec<DeviceEvent>> {
        let mut tx = self.begin_on(&[Thing::Device(device)]).await?;
        sqlx::query(
            "DELETE FROM device_events WHERE auth_key_id = $1 AND offered_at > 0 AND offered_at <= $2",
        )
        .bind(device)
        .bind(i64::from(client_date))
        .execute(&mut *tx)
        .await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT chat_id, kind, max_date, at FROM device_events WHERE auth_key_id = $1 ORDER BY at, kind, chat_id",
        )
        .bind(device)
        .fetch_all(&mut *tx)
        .await?;
        sqlx::query("UPDATE device_events SET offered_at = $2 WHERE auth_key_id = $1")
            .bind(device)
            .bind(i64::from(now))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        rows.into_iter()
            .map(|row| {
                Ok(DeviceEvent {
                    chat_id: int32("device_events.chat_id", row.chat_id)?,
                    kind: if row.kind == 1 { EventKind::ChatChanged } else { EventKind::MessagesRead },
                    max_date: int32("device_events.max_date", row.max_date)?,
                    at: int32("device_events.at", row.at)?,
                })
            })
            .collect()
    }
}

pub(super) async fn put_event(
    tx: &mut Tx,
    device: i64,
    chat_id: i32,
    kind: EventKind,
    at: i32,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO device_events (auth_key_id, chat_id, kind, max_date, at, offered_at) VALUES ($1, $2, $3, 0, $4, 0)
         ON CONFLICT (auth_key_id, chat_id, kind) DO UPDATE SET at = excluded.at, offered_at = 0",
    )
    .bind(device)
    .bind(i64::from(chat_id))
    .bind(kind.number())
    .bind(i64::from(at))
    .execute(&mut **tx)
    .await?;
    Ok(())
}
