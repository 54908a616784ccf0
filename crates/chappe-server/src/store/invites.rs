//! Invite links, who came by them, and who asks to come.

use sqlx::FromRow;

use super::{Entry, Flag, Result, Store, StoreError, Tx};

/// One link.
#[derive(Clone, Debug, Default, FromRow, PartialEq, Eq)]
pub(crate) struct InviteRow {
    pub(crate) hash: String,
    pub(crate) peer: i64,
    /// The administrator whose link it is.
    pub(crate) admin: i64,
    /// Unix seconds.
    pub(crate) date: i64,
    /// Unix seconds; 0: never.
    pub(crate) expire_date: i64,
    /// 0: none.
    pub(crate) usage_limit: i64,
    pub(crate) uses: i64,
    /// The one that the administrator has without asking for a special one.
    #[sqlx(try_from = "Flag")]
    pub(crate) permanent: bool,
    #[sqlx(try_from = "Flag")]
    pub(crate) revoked: bool,
    /// Who comes by it asks first.
    #[sqlx(try_from = "Flag")]
    pub(crate) request_needed: bool,
    pub(crate) title: String,
    /// Who asks by it now.
    pub(crate) requested: i64,
}

impl InviteRow {
    /// Whether nobody can come by it any more.
    pub(crate) fn is_spent(&self, now: i64) -> bool {
        let expired = self.expire_date != 0 && self.expire_date <= now;
        self.revoked || expired || self.usage_limit != 0 && self.uses >= self.usage_limit
    }
}

/// Somebody who asks to come in.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct JoinRequestRow {
    pub(crate) peer: i64,
    pub(crate) user_id: i64,
    /// Of the link; empty for a public chat.
    pub(crate) hash: String,
    pub(crate) date: i64,
}

/// Somebody who came by a link.
#[derive(Clone, Copy, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct ImportRow {
    pub(crate) user_id: i64,
    pub(crate) date: i64,
    /// 0: nobody had to.
    pub(crate) approved_by: i64,
}

const SELECT: &str = "SELECT i.hash, i.peer, i.admin, i.date, i.expire_date, i.usage_limit, i.uses, i.permanent, i.revoked,
    i.request_needed, i.title, (SELECT COUNT(*) FROM join_requests r WHERE r.hash = i.hash) AS requested FROM chat_invites i";

impl Store {
    pub(crate) async fn invite(&self, hash: &str) -> Result<Option<InviteRow>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE i.hash = $1")))
            .bind(hash)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The links of a chat, the newest first.
    pub(crate) async fn invites(&self, peer: i64) -> Result<Vec<InviteRow>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE i.peer = $1 ORDER BY i.date DESC, i.hash"
        )))
        .bind(peer)
        .fetch_all(&self.pool)
        .await?)
    }

    /// The permanent link of an administrator.
    pub(crate) async fn permanent_invite(&self, peer: i64, admin: i64) -> Result<Option<InviteRow>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE i.peer = $1 AND i.admin = $2 AND i.permanent = TRUE AND i.revoked = FALSE"
        )))
        .bind(peer)
        .bind(admin)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Keeps a new link, or what changed of one. A new permanent one takes the place of the one before.
    pub(crate) async fn put_invite(&self, row: &InviteRow) -> Result<()> {
        let mut tx = self.begin().await?;
        if row.permanent && !row.revoked {
            sqlx::query(
                "UPDATE chat_invites SET revoked = TRUE WHERE peer = $1 AND admin = $2 AND permanent = TRUE AND hash <> $3",
            )
            .bind(row.peer)
            .bind(row.admin)
            .bind(row.hash.as_str())
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query(
            "INSERT INTO chat_invites (hash, peer, admin, date, expire_date, usage_limit, uses, permanent, revoked,
                request_needed, title) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10)
             ON CONFLICT (hash) DO UPDATE SET expire_date = excluded.expire_date, usage_limit = excluded.usage_limit,
                revoked = excluded.revoked, request_needed = excluded.request_needed, title = excluded.title",
        )
        .bind(row.hash.as_str())
        .bind(row.peer)
        .bind(row.admin)
        .bind(row.date)
        .bind(row.expire_date)
        .bind(row.usage_limit)
        .bind(row.permanent)
        .bind(row.revoked)
        .bind(row.request_needed)
        .bind(row.title.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets a revoked link; `false` if there is none.
    pub(crate) async fn delete_invite(&self, peer: i64, hash: &str) -> Result<bool> {
        let gone = sqlx::query("DELETE FROM chat_invites WHERE peer = $1 AND hash = $2 AND revoked = TRUE")
            .bind(peer)
            .bind(hash)
            .execute(&self.pool)
            .await?;
        Ok(gone.rows_affected() > 0)
    }

    /// Forgets all revoked links of an administrator.
    pub(crate) async fn delete_revoked_invites(&self, peer: i64, admin: i64) -> Result<()> {
        sqlx::query("DELETE FROM chat_invites WHERE peer = $1 AND admin = $2 AND revoked = TRUE")
            .bind(peer)
            .bind(admin)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Who came by a link, or by any of a chat, the latest first.
    pub(crate) async fn importers(&self, peer: i64, hash: &str) -> Result<Vec<ImportRow>> {
        Ok(sqlx::query_as(
            "SELECT m.user_id, m.date, m.approved_by FROM invite_imports m JOIN chat_invites i ON i.hash = m.hash
             WHERE i.peer = $1 AND ($2 = '' OR m.hash = $2) ORDER BY m.date DESC, m.user_id",
        )
        .bind(peer)
        .bind(hash)
        .fetch_all(&self.pool)
        .await?)
    }

    /// Asks to come into a chat; `false` if that was done before.
    pub(crate) async fn request_join(&self, request: &JoinRequestRow) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO join_requests (peer, user_id, hash, date) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(request.peer)
        .bind(request.user_id)
        .bind(request.hash.as_str())
        .bind(request.date)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Who asks to come into a chat, the latest first.
    pub(crate) async fn join_requests(&self, peer: i64) -> Result<Vec<JoinRequestRow>> {
        Ok(sqlx::query_as(
            "SELECT peer, user_id, hash, date FROM join_requests WHERE peer = $1 ORDER BY date DESC, user_id",
        )
        .bind(peer)
        .fetch_all(&self.pool)
        .await?)
    }

    /// What somebody asks, if they do.
    pub(crate) async fn join_request(&self, peer: i64, user_id: i64) -> Result<Option<JoinRequestRow>> {
        Ok(sqlx::query_as(
            "SELECT peer, user_id, hash, date FROM join_requests WHERE peer = $1 AND user_id = $2",
        )
        .bind(peer)
        .bind(user_id)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Somebody asks no more; returns the request if there was one.
    pub(crate) async fn take_join_request(&self, peer: i64, user_id: i64) -> Result<Option<JoinRequestRow>> {
        Ok(sqlx::query_as(
            "DELETE FROM join_requests WHERE peer = $1 AND user_id = $2 RETURNING peer, user_id, hash, date",
        )
        .bind(peer)
        .bind(user_id)
        .fetch_optional(&self.pool)
        .await?)
    }
}

/// Counts somebody who comes by a link: [`StoreError::Spent`] if it is by now. Whom somebody lets in may come even so.
pub(super) async fn enter(tx: &mut Tx, entry: &Entry) -> Result<()> {
    let good = sqlx::query(
        "UPDATE chat_invites SET uses = uses + 1 WHERE hash = $1 AND ($2 <> 0 OR (revoked = FALSE
         AND (expire_date = 0 OR expire_date > $3) AND (usage_limit = 0 OR uses < usage_limit)))",
    )
    .bind(entry.hash.as_str())
    .bind(entry.approved_by)
    .bind(entry.at)
    .execute(&mut **tx)
    .await?;
    if good.rows_affected() == 0 {
        return if entry.approved_by == 0 { Err(StoreError::Spent) } else { Ok(()) };
    }
    sqlx::query(
        "INSERT INTO invite_imports (hash, user_id, date, approved_by) VALUES ($1, $2, $3, $4)
         ON CONFLICT (hash, user_id) DO UPDATE SET date = excluded.date, approved_by = excluded.approved_by",
    )
    .bind(entry.hash.as_str())
    .bind(entry.user_id)
    .bind(entry.at)
    .bind(entry.approved_by)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
