//! Secret chats: who talks to whom on which device, and how far the chat has come. Never any content.

use sqlx::FromRow;

use super::device_events::{EventKind, put_event};
use super::{Flag, Result, Store, Tx, int32};
use crate::limits::REQUESTED_CHATS;

/// How far a chat has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChatState {
    Requested,
    Accepted,
    Discarded,
}

/// One secret chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SecretChat {
    pub(crate) id: i32,
    pub(crate) admin_id: i64,
    pub(crate) admin_auth: i64,
    pub(crate) participant_id: i64,
    /// The device that accepted.
    pub(crate) participant_auth: Option<i64>,
    pub(crate) date: i32,
    pub(crate) g_a: Vec<u8>,
    pub(crate) g_b: Vec<u8>,
    pub(crate) key_fingerprint: i64,
    pub(crate) state: ChatState,
    pub(crate) history_deleted: bool,
}

impl SecretChat {
    /// The account on the other side of `user_id`; none for a stranger.
    pub(crate) fn peer_of(&self, user_id: i64) -> Option<i64> {
        if user_id == self.admin_id {
            Some(self.participant_id)
        } else if user_id == self.participant_id {
            Some(self.admin_id)
        } else {
            None
        }
    }

    /// Whether the chat lives on this device.
    pub(crate) fn is_bound_to(&self, device: i64) -> bool {
        self.admin_auth == device || self.participant_auth == Some(device)
    }

    /// The device on the other side of a bound one.
    pub(crate) fn peer_device(&self, device: i64) -> Option<i64> {
        if self.admin_auth == device { self.participant_auth } else { Some(self.admin_auth) }
    }
}

/// A request about to be stored.
#[derive(Clone, Debug)]
pub(crate) struct NewSecretChat {
    pub(crate) random_id: i32,
    pub(crate) admin_id: i64,
    pub(crate) admin_auth: i64,
    pub(crate) participant_id: i64,
    pub(crate) g_a: Vec<u8>,
    /// Ids to take if the random id is not free, in this order.
    pub(crate) other_ids: Vec<i32>,
}

/// A chat that changed, and the devices that have to hear of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub(crate) struct ChatChange {
    pub(crate) chat_id: i32,
    pub(crate) devices: Vec<i64>,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub(crate) enum CreateOutcome {
    Created(SecretChat, ChatChange),
    /// The account has used the random id before, or no id was free.
    Duplicate,
    /// Too many of its requests wait.
    TooMany,
}

/// What came of an accept.
#[derive(Clone, Debug)]
pub(crate) enum AcceptOutcome {
    Accepted(SecretChat, ChatChange),
    AlreadyAccepted,
    AlreadyDeclined,
}

/// What came of a discard.
#[derive(Clone, Debug)]
pub(crate) enum DiscardOutcome {
    Discarded(ChatChange),
    NotParty,
    AlreadyAccepted,
    AlreadyDeclined,
}

#[derive(FromRow)]
struct Row {
    id: i64,
    admin_id: i64,
    admin_auth: i64,
    participant_id: i64,
    participant_auth: i64,
    date: i64,
    g_a: Vec<u8>,
    g_b: Vec<u8>,
    key_fingerprint: i64,
    state: i64,
    #[sqlx(try_from = "Flag")]
    history_deleted: bool,
}

impl TryFrom<Row> for SecretChat {
    type Error = super::StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: int32("secret_chats.id", row.id)?,
            admin_id: row.admin_id,
            admin_auth: row.admin_auth,
            participant_id: row.participant_id,
            participant_auth: (row.participant_auth != 0).then_some(row.participant_auth),
            date: int32("secret_chats.date", row.date)?,
            g_a: row.g_a,
            g_b: row.g_b,
            key_fingerprint: row.key_fingerprint,
            state: match row.state {
                0 => ChatState::Requested,
                1 => ChatState::Accepted,
                _ => ChatState::Discarded,
            },
            history_deleted: row.history_deleted,
        })
    }
}

impl Store {
    pub(crate) async fn secret_chat(&self, id: i32) -> Result<Option<SecretChat>> {
        let mut tx = self.snapshot().await?;
        let chat = load(&mut tx, id).await?;
        tx.commit().await?;
        Ok(chat)
    }

    /// Stores a request and tells the participant's devices.
    pub(crate) async fn create_secret_chat(&self, new: &NewSecretChat, now: i32) -> Result<CreateOutcome> {
        let mut tx = self.begin().await?;
        let used: Option<i64> =
            sqlx::query_scalar("SELECT id FROM secret_chats WHERE admin_id = $1 AND random_id = $2")
                .bind(new.admin_id)
                .bind(i64::from(new.random_id))
                .fetch_optional(&mut *tx)
                .await?;
        if used.is_some() {
            return Ok(CreateOutcome::Duplicate);
        }
        let open: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM secret_chats WHERE admin_id = $1 AND state = 0")
                .bind(new.admin_id)
                .fetch_one(&mut *tx)
                .await?;
        if open >= REQUESTED_CHATS {
            return Ok(CreateOutcome::TooMany);
        }
        let mut chosen = None;
        for id in std::iter::once(new.random_id).chain(new.other_ids.iter().copied()).filter(|id| *id > 0) {
            let done = sqlx::query(
                "INSERT INTO secret_chats (id, random_id, admin_id, admin_auth, participant_id, participant_auth, date,
                 g_a, g_b, key_fingerprint, state, history_deleted)
                 VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, 0, 0, FALSE) ON CONFLICT DO NOTHING",
            )
            .bind(i64::from(id))
            .bind(i64::from(new.random_id))
            .bind(new.admin_id)
            .bind(new.admin_auth)
            .bind(new.participant_id)
            .bind(i64::from(now))
            .bind(new.g_a.as_slice())
            .bind(&[][..])
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() == 1 {
                chosen = Some(id);
                break;
            }
        }
        let Some(id) = chosen else { return Ok(CreateOutcome::Duplicate) };
        let devices = super::authorizations::request_devices(&mut tx, new.participant_id).await?;
        for device in &devices {
            put_event(&mut tx, *device, id, EventKind::ChatChanged, now).await?;
        }
        let chat = load(&mut tx, id).await?;
        tx.commit().await?;
        Ok(chat.map_or(CreateOutcome::Duplicate, |chat| {
            CreateOutcome::Created(chat, ChatChange { chat_id: id, devices })
        }))
    }

    /// Binds a requested chat to the first device that accepts: a compare-and-set, so one of several wins.
    pub(crate) async fn accept_secret_chat(
        &self,
        id: i32,
        device: i64,
        g_b: &[u8],
        key_fingerprint: i64,
        now: i32,
    ) -> Result<AcceptOutcome> {
        let mut tx = self.begin().await?;
        let won = sqlx::query(
            "UPDATE secret_chats SET state = 1, participant_auth = $2, g_b = $3, key_fingerprint = $4
             WHERE id = $1 AND state = 0",
        )
        .bind(i64::from(id))
        .bind(device)
        .bind(g_b)
        .bind(key_fingerprint)
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        let Some(chat) = load(&mut tx, id).await? else { return Ok(AcceptOutcome::AlreadyDeclined) };
        if !won {
            return Ok(match chat.state {
                ChatState::Discarded => AcceptOutcome::AlreadyDeclined,
                _ => AcceptOutcome::AlreadyAccepted,
            });
        }
        forget_event(&mut tx, device, id).await?;
        let mut devices = informed_devices(&mut tx, id).await?;
        devices.retain(|other| *other != device);
        devices.insert(0, chat.admin_auth);
        for other in &devices {
            put_event(&mut tx, *other, id, EventKind::ChatChanged, now).await?;
        }
        tx.commit().await?;
        Ok(AcceptOutcome::Accepted(chat, ChatChange { chat_id: id, devices }))
    }

    /// Ends a chat for good. Messages of it that wait in a mailbox are dropped.
    pub(crate) async fn discard_secret_chat(
        &self,
        id: i32,
        device: i64,
        user_id: i64,
        delete_history: bool,
        now: i32,
    ) -> Result<DiscardOutcome> {
        let mut tx = self.begin().await?;
        let Some(chat) = load(&mut tx, id).await? else { return Ok(DiscardOutcome::NotParty) };
        let is_party = chat.admin_auth == device || chat.participant_id == user_id;
        let outcome = match chat.state {
            _ if !is_party => DiscardOutcome::NotParty,
            ChatState::Discarded => DiscardOutcome::AlreadyDeclined,
            ChatState::Accepted if !chat.is_bound_to(device) => DiscardOutcome::AlreadyAccepted,
            ChatState::Requested | ChatState::Accepted => {
                DiscardOutcome::Discarded(discard(&mut tx, &chat, Some(device), delete_history, now).await?)
            }
        };
        tx.commit().await?;
        Ok(outcome)
    }
}

pub(super) async fn load(tx: &mut Tx, id: i32) -> Result<Option<SecretChat>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, admin_id, admin_auth, participant_id, participant_auth, date, g_a, g_b, key_fingerprint, state,
         history_deleted FROM secret_chats WHERE id = $1",
    )
    .bind(i64::from(id))
    .fetch_optional(&mut **tx)
    .await?;
    row.map(SecretChat::try_from).transpose()
}

/// The participant's devices that take requests: those that may show the chat as requested.
async fn informed_devices(tx: &mut Tx, id: i32) -> Result<Vec<i64>> {
    let Some(chat) = load(tx, id).await? else { return Ok(Vec::new()) };
    super::authorizations::request_devices(tx, chat.participant_id).await
}

async fn forget_event(tx: &mut Tx, device: i64, chat_id: i32) -> Result<()> {
    sqlx::query("DELETE FROM device_events WHERE auth_key_id = $1 AND chat_id = $2")
        .bind(device)
        .bind(i64::from(chat_id))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn discard(
    tx: &mut Tx,
    chat: &SecretChat,
    by: Option<i64>,
    delete_history: bool,
    now: i32,
) -> Result<ChatChange> {
    let chat_id = i64::from(chat.id);
    sqlx::query("UPDATE secret_chats SET state = 2, history_deleted = $2 WHERE id = $1")
        .bind(chat_id)
        .bind(delete_history)
        .execute(&mut **tx)
        .await?;
    let mut devices = match chat.participant_auth {
        Some(device) => vec![device],
        None => super::authorizations::request_devices(tx, chat.participant_id).await?,
    };
    devices.insert(0, chat.admin_auth);
    devices.retain(|device| Some(*device) != by);
    for statement in [
        sqlx::query("DELETE FROM secret_messages WHERE chat_id = $1"),
        sqlx::query("DELETE FROM device_events WHERE chat_id = $1"),
    ] {
        statement.bind(chat_id).execute(&mut **tx).await?;
    }
    for device in &devices {
        put_event(tx, *device, chat.id, EventKind::ChatChanged, now).await?;
    }
    Ok(ChatChange { chat_id: chat.id, devices })
}

async fn discard_all(tx: &mut Tx, ids: Vec<i64>, by: Option<i64>, now: i64) -> Result<Vec<ChatChange>> {
    let now = i32::try_from(now).unwrap_or(i32::MAX);
    let mut changes = Vec::new();
    for id in ids {
        let Some(chat) = load(tx, int32("secret_chats.id", id)?).await? else { continue };
        changes.push(discard(tx, &chat, by, false, now).await?);
    }
    Ok(changes)
}

/// Ends the chats that live on a device, for its log-out.
pub(super) async fn discard_chats_of(tx: &mut Tx, device: i64, now: i64) -> Result<Vec<ChatChange>> {
    let ids = sqlx::query_scalar(
        "SELECT id FROM secret_chats WHERE (admin_auth = $1 OR participant_auth = $1) AND state <> 2 ORDER BY id",
    )
    .bind(device)
    .fetch_all(&mut **tx)
    .await?;
    discard_all(tx, ids, Some(device), now).await
}

/// Ends the requests from and to an account, for its deletion.
pub(super) async fn discard_requests_of(tx: &mut Tx, user_id: i64, now: i64) -> Result<Vec<ChatChange>> {
    let ids = sqlx::query_scalar(
        "SELECT id FROM secret_chats WHERE (admin_id = $1 OR participant_id = $1) AND state = 0 ORDER BY id",
    )
    .bind(user_id)
    .fetch_all(&mut **tx)
    .await?;
    discard_all(tx, ids, None, now).await
}
