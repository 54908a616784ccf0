//! How much there is of everything, for whoever watches a server.

use sqlx::FromRow;

use super::{Flag, Result, Store};

/// How many rows there are of what.
#[derive(Clone, Copy, Debug, Default, FromRow, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Accounts that were not deleted.
    pub users: i64,
    /// Devices that are logged in.
    pub devices: i64,
    /// Authorization keys.
    pub auth_keys: i64,
    /// Basic groups, supergroups and channels that were not deleted.
    pub groups: i64,
    /// Cloud messages, each counted once.
    pub messages: i64,
    /// Secret chats that were not ended.
    pub secret_chats: i64,
    /// Messages of secret chats that wait in mailboxes.
    pub secret_messages: i64,
    /// Bytes of files and uploads.
    pub file_bytes: i64,
}

/// One account.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserSummary {
    /// Its id.
    pub id: i64,
    /// Telephone number, digits only.
    pub phone: Option<String>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Whether it is a bot.
    #[sqlx(try_from = "Flag")]
    pub is_bot: bool,
    /// Unix seconds until which it counts as online, or when it went offline; 0 means never seen.
    pub online_until: i64,
    /// Devices that are logged in.
    pub devices: i64,
}

/// A basic group, supergroup or channel.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupSummary {
    /// A basic group as -id, a channel or supergroup as -1000000000000 - id.
    pub peer: i64,
    /// 0 basic group, 1 supergroup, 2 channel.
    pub kind: i64,
    /// Its title.
    pub title: String,
    /// Who made it.
    pub creator: i64,
    /// Unix seconds.
    pub date: i64,
    /// Accounts that are in it.
    pub members: i64,
}

/// A cloud message.
#[derive(Clone, FromRow, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageSummary {
    /// Its number in the mailbox of its author, or in its channel.
    pub id: i64,
    /// The account that wrote it.
    pub author: i64,
    /// The chat: an account, a basic group as -id, a channel or supergroup as -1000000000000 - id.
    pub peer: i64,
    /// Unix seconds.
    pub date: i64,
    /// Its text, cut after 200 characters. Private.
    pub text: String,
    /// Whether a file, a place or the like comes with it.
    #[sqlx(try_from = "Flag")]
    pub has_media: bool,
    /// Whether it says that something happened in the chat.
    #[sqlx(try_from = "Flag")]
    pub is_service: bool,
}

impl std::fmt::Debug for MessageSummary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageSummary")
            .field("id", &self.id)
            .field("author", &self.author)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// What the server sees of a secret chat.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretChatSummary {
    /// Its number.
    pub id: i64,
    /// Who asked for it.
    pub admin_id: i64,
    /// Who was asked.
    pub participant_id: i64,
    /// Unix seconds.
    pub date: i64,
    /// 0 asked for, 1 accepted, 2 ended.
    pub state: i64,
    /// Messages that wait to be fetched.
    pub waiting: i64,
    /// Bytes of them.
    pub waiting_bytes: i64,
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

impl Store {
    pub(crate) async fn totals(&self) -> Result<Totals> {
        Ok(sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM users WHERE deleted = FALSE) AS users,
             (SELECT COUNT(*) FROM authorizations) AS devices,
             (SELECT COUNT(*) FROM auth_keys) AS auth_keys,
             (SELECT COUNT(*) FROM chats WHERE deleted = FALSE) AS groups,
             (SELECT COUNT(*) FROM messages WHERE mailbox = author OR mailbox < 0) AS messages,
             (SELECT COUNT(*) FROM secret_chats WHERE state < 2) AS secret_chats,
             (SELECT COUNT(*) FROM secret_messages) AS secret_messages,
             (SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM secret_files)
             + (SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM cloud_files)
             + (SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM uploads WHERE stored = FALSE) AS file_bytes",
        )
        .fetch_one(&self.pool)
        .await?)
    }

    pub(crate) async fn user_summaries(&self, rows: usize) -> Result<Vec<UserSummary>> {
        Ok(sqlx::query_as(
            "SELECT u.id, u.phone, u.first_name, u.last_name, u.is_bot, u.online_until,
             (SELECT COUNT(*) FROM authorizations a WHERE a.user_id = u.id) AS devices
             FROM users u WHERE u.deleted = FALSE ORDER BY u.created_at DESC, u.id DESC LIMIT $1",
        )
        .bind(limit(rows))
        .fetch_all(&self.pool)
        .await?)
    }

    pub(crate) async fn group_summaries(&self, rows: usize) -> Result<Vec<GroupSummary>> {
        Ok(sqlx::query_as(
            "SELECT c.peer, c.kind, c.title, c.creator, c.date,
             (SELECT COUNT(*) FROM chat_members m WHERE m.peer = c.peer AND m.state = 0) AS members
             FROM chats c WHERE c.deleted = FALSE ORDER BY c.date DESC, c.peer LIMIT $1",
        )
        .bind(limit(rows))
        .fetch_all(&self.pool)
        .await?)
    }

    pub(crate) async fn message_summaries(&self, rows: usize) -> Result<Vec<MessageSummary>> {
        Ok(sqlx::query_as(
            "SELECT id, author, peer, date, SUBSTR(message, 1, 200) AS text, media IS NOT NULL AS has_media,
             action IS NOT NULL AS is_service
             FROM messages WHERE mailbox = author OR mailbox < 0 ORDER BY date DESC, id DESC LIMIT $1",
        )
        .bind(limit(rows))
        .fetch_all(&self.pool)
        .await?)
    }

    pub(crate) async fn secret_chat_summaries(&self, rows: usize) -> Result<Vec<SecretChatSummary>> {
        Ok(sqlx::query_as(
            "SELECT c.id, c.admin_id, c.participant_id, c.date, c.state,
             (SELECT COUNT(*) FROM secret_messages m WHERE m.chat_id = c.id) AS waiting,
             (SELECT CAST(COALESCE(SUM(LENGTH(m.data)), 0) AS BIGINT) FROM secret_messages m WHERE m.chat_id = c.id)
             AS waiting_bytes
             FROM secret_chats c ORDER BY c.date DESC, c.id DESC LIMIT $1",
        )
        .bind(limit(rows))
        .fetch_all(&self.pool)
        .await?)
    }
}
