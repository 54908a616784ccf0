//! Basic groups, supergroups and channels, and who is in them.

use sqlx::FromRow;

use super::amendments::{check_room, put_member};
use super::{Flag, NameOwner, Result, Store};

/// [`ChatRow::kind`]
pub(crate) const BASIC: i64 = 0;
pub(crate) const SUPERGROUP: i64 = 1;
pub(crate) const BROADCAST: i64 = 2;

/// [`MemberRow::state`]
pub(crate) const MEMBER: i64 = 0;
pub(crate) const LEFT: i64 = 1;
pub(crate) const REMOVED: i64 = 2;

/// One group or channel.
#[derive(Clone, Debug, Default, FromRow, PartialEq, Eq)]
pub(crate) struct ChatRow {
    pub(crate) peer: i64,
    pub(crate) kind: i64,
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) creator: i64,
    pub(crate) date: i64,
    pub(crate) version: i64,
    pub(crate) banned_rights: i64,
    #[sqlx(try_from = "Flag")]
    pub(crate) deleted: bool,
    pub(crate) migrated_to: i64,
    pub(crate) migrated_from: i64,
    pub(crate) migrated_max: i64,
    #[sqlx(try_from = "Flag")]
    pub(crate) signatures: bool,
    #[sqlx(try_from = "Flag")]
    pub(crate) noforwards: bool,
    #[sqlx(try_from = "Flag")]
    pub(crate) hidden_history: bool,
    #[sqlx(try_from = "Flag")]
    pub(crate) join_request: bool,
    pub(crate) slowmode: i64,
    pub(crate) photo: Option<Vec<u8>>,
    pub(crate) members: i64,
    pub(crate) username: Option<String>,
}

/// Somebody's part in a chat.
#[derive(Clone, Debug, Default, FromRow, PartialEq, Eq)]
pub(crate) struct MemberRow {
    pub(crate) peer: i64,
    pub(crate) user_id: i64,
    pub(crate) state: i64,
    pub(crate) inviter: i64,
    pub(crate) date: i64,
    pub(crate) admin_rights: i64,
    pub(crate) promoted_by: i64,
    pub(crate) rank: String,
    pub(crate) banned_rights: i64,
    pub(crate) banned_until: i64,
    pub(crate) banned_by: i64,
    /// Counts the changes; 0 of who never had a part. Only what was read last may be changed.
    pub(crate) revision: i64,
}

impl MemberRow {
    /// Somebody who has just come in.
    pub(crate) fn joined(peer: i64, user_id: i64, inviter: i64, date: i64) -> Self {
        Self { peer, user_id, inviter, date, ..Self::default() }
    }

    pub(crate) const fn is_in(&self) -> bool {
        self.state == MEMBER
    }
}

/// How many members of a channel there are of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemberCounts {
    pub(crate) admins: i64,
    pub(crate) kicked: i64,
    pub(crate) restricted: i64,
    pub(crate) online: i64,
}

/// The first name in use counts: `username` is what the owner of the channel set.
const SELECT: &str = "SELECT c.peer, c.kind, c.title, c.about, c.creator, c.date, c.version, c.banned_rights, c.deleted,
    c.migrated_to, c.migrated_from, c.migrated_max, c.signatures, c.noforwards, c.hidden_history, c.join_request, c.slowmode,
    c.photo, (SELECT COUNT(*) FROM chat_members m WHERE m.peer = c.peer AND m.state = 0) AS members,
    (SELECT MIN(u.username) FROM usernames u WHERE u.kind = 1 AND u.owner_id = -1000000000000 - c.peer) AS username FROM chats c";

const MEMBERS: &str = "SELECT peer, user_id, state, inviter, date, admin_rights, promoted_by, rank, banned_rights, banned_until,
    banned_by, revision FROM chat_members";

impl Store {
    /// Makes a group or channel with its first members; returns its peer. `row.peer` says how ids become peers.
    pub(crate) async fn create_chat(
        &self,
        mut row: ChatRow,
        peer_of: fn(i64) -> i64,
        members: &[MemberRow],
    ) -> Result<ChatRow> {
        let mut tx = self.begin().await?;
        let counter = if row.kind == BASIC { "chat_id" } else { "channel_id" };
        let id: i64 =
            sqlx::query_scalar("UPDATE counters SET value = value + 1 WHERE name = $1 RETURNING value")
                .bind(counter)
                .fetch_one(&mut *tx)
                .await?;
        row.peer = peer_of(id);
        sqlx::query(
            "INSERT INTO chats (peer, kind, title, about, creator, date, version, banned_rights, deleted, migrated_to,
                migrated_from, migrated_max, signatures, noforwards, hidden_history, join_request, slowmode)
             VALUES ($1, $2, $3, $4, $5, $6, 1, $7, FALSE, 0, $8, $9, FALSE, FALSE, FALSE, FALSE, 0)",
        )
        .bind(row.peer)
        .bind(row.kind)
        .bind(row.title.as_str())
        .bind(row.about.as_str())
        .bind(row.creator)
        .bind(row.date)
        .bind(row.banned_rights)
        .bind(row.migrated_from)
        .bind(row.migrated_max)
        .execute(&mut *tx)
        .await?;
        for member in members {
            let member = MemberRow { peer: row.peer, ..member.clone() };
            put_member(&mut tx, &member).await?;
            // What a group becomes has room for all of it.
            if row.migrated_from == 0 {
                check_room(&mut tx, &member).await?;
            }
        }
        if row.migrated_from != 0 {
            sqlx::query("UPDATE chats SET migrated_to = $2, version = version + 1 WHERE peer = $1")
                .bind(row.migrated_from)
                .bind(row.peer)
                .execute(&mut *tx)
                .await?;
            // Whoever has a link to the group, or has asked, comes into what it has become.
            for statement in [
                "UPDATE chat_invites SET peer = $2 WHERE peer = $1",
                "UPDATE join_requests SET peer = $2 WHERE peer = $1",
            ] {
                sqlx::query(statement).bind(row.migrated_from).bind(row.peer).execute(&mut *tx).await?;
            }
        }
        let row = sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE c.peer = $1")))
            .bind(row.peer)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(row)
    }

    pub(crate) async fn chat(&self, peer: i64) -> Result<Option<ChatRow>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE c.peer = $1")))
            .bind(peer)
            .fetch_optional(&self.pool)
            .await?)
    }

    pub(crate) async fn member(&self, peer: i64, user_id: i64) -> Result<Option<MemberRow>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{MEMBERS} WHERE peer = $1 AND user_id = $2")))
            .bind(peer)
            .bind(user_id)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Everybody who has or had a part in a chat, the latest first.
    pub(crate) async fn members(&self, peer: i64) -> Result<Vec<MemberRow>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{MEMBERS} WHERE peer = $1 ORDER BY date DESC, user_id"
        )))
        .bind(peer)
        .fetch_all(&self.pool)
        .await?)
    }

    /// The accounts in a chat.
    pub(crate) async fn member_ids(&self, peer: i64) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT user_id FROM chat_members WHERE peer = $1 AND state = 0 ORDER BY user_id",
        )
        .bind(peer)
        .fetch_all(&self.pool)
        .await?)
    }

    /// How many there are of each kind in a channel.
    pub(crate) async fn member_counts(&self, peer: i64, now: i64) -> Result<MemberCounts> {
        let count = async |which: &'static str| -> Result<i64> {
            Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
                "SELECT COUNT(*) FROM chat_members m JOIN chats c ON c.peer = m.peer WHERE m.peer = $1 AND {which}"
            )))
            .bind(peer)
            .fetch_one(&self.pool)
            .await?)
        };
        Ok(MemberCounts {
            admins: count("m.state = 0 AND (m.admin_rights <> 0 OR m.user_id = c.creator)").await?,
            kicked: count("m.state = 2 AND m.banned_rights <> 0").await?,
            restricted: count("m.state <> 2 AND m.banned_rights <> 0").await?,
            online: self.onlines(peer, now).await?,
        })
    }

    /// Deletes a channel with all that was said in it; its members are in it no more, and are returned.
    pub(crate) async fn delete_channel(&self, peer: i64, id: i64) -> Result<Vec<i64>> {
        let mut tx = self.begin().await?;
        let members: Vec<i64> =
            sqlx::query_scalar("SELECT user_id FROM chat_members WHERE peer = $1 AND state = 0")
                .bind(peer)
                .fetch_all(&mut *tx)
                .await?;
        super::usernames::forget(&mut tx, NameOwner::Channel(id)).await?;
        for statement in [
            "UPDATE chats SET deleted = TRUE, photo = NULL, about = '', version = version + 1 WHERE peer = $1",
            "UPDATE chat_members SET state = 1, admin_rights = 0, revision = revision + 1 WHERE peer = $1 AND state = 0",
            "DELETE FROM messages WHERE mailbox = $1",
            "DELETE FROM mailbox_events WHERE mailbox = $1",
            "DELETE FROM mentions WHERE mailbox = $1",
            "DELETE FROM dialogs WHERE mailbox = $1",
            "DELETE FROM chat_reads WHERE peer = $1",
            "DELETE FROM invite_imports WHERE hash IN (SELECT hash FROM chat_invites WHERE peer = $1)",
            "DELETE FROM chat_invites WHERE peer = $1",
            "DELETE FROM join_requests WHERE peer = $1",
            "DELETE FROM admin_log WHERE peer = $1",
            "DELETE FROM post_views WHERE mailbox = $1",
            "DELETE FROM heard_messages WHERE mailbox = $1",
        ] {
            sqlx::query(statement).bind(peer).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(members)
    }

    /// How many supergroups and channels an account is in.
    pub(crate) async fn channel_count(&self, user_id: i64) -> Result<i64> {
        Ok(sqlx::query_scalar(
            "SELECT COUNT(*) FROM chat_members WHERE user_id = $1 AND state = 0 AND peer < -1000000000000",
        )
        .bind(user_id)
        .fetch_one(&self.pool)
        .await?)
    }

    /// How many of those in a chat are online.
    pub(crate) async fn onlines(&self, peer: i64, now: i64) -> Result<i64> {
        Ok(sqlx::query_scalar(
            "SELECT COUNT(*) FROM chat_members m JOIN users u ON u.id = m.user_id AND u.online_until > $2
             WHERE m.peer = $1 AND m.state = 0",
        )
        .bind(peer)
        .bind(now)
        .fetch_one(&self.pool)
        .await?)
    }

    /// The chats that an account is in.
    pub(crate) async fn chats_of(&self, user_id: i64) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar("SELECT peer FROM chat_members WHERE user_id = $1 AND state = 0 ORDER BY peer")
            .bind(user_id)
            .fetch_all(&self.pool)
            .await?)
    }

    /// The channels and supergroups that an account has left by itself, the one it was in last first.
    pub(crate) async fn left_channels(&self, user_id: i64) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT m.peer FROM chat_members m JOIN chats c ON c.peer = m.peer AND c.deleted = FALSE AND c.kind <> 0
             WHERE m.user_id = $1 AND m.state = 1 ORDER BY m.date DESC, m.peer",
        )
        .bind(user_id)
        .fetch_all(&self.pool)
        .await?)
    }

    /// The chats that two accounts are both in and can still use, the newest first.
    pub(crate) async fn common_chats(&self, one: i64, other: i64) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT m.peer FROM chat_members m JOIN chat_members o ON o.peer = m.peer AND o.user_id = $2 AND o.state = 0
             JOIN chats c ON c.peer = m.peer AND c.deleted = FALSE AND c.migrated_to = 0 AND c.kind <> 2
             WHERE m.user_id = $1 AND m.state = 0 ORDER BY c.date DESC, m.peer",
        )
        .bind(one)
        .bind(other)
        .fetch_all(&self.pool)
        .await?)
    }
}

/// Whether a peer is a channel or supergroup.
pub(super) const fn is_channel(peer: i64) -> bool {
    peer < -1_000_000_000_000
}
