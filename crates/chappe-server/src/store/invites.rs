//! Invite links, who came by them, and who asks to come.

use sqlx::FromRow;

use super::{Entry, Flag, Result, Store, StoreError, Tx};
use crate::limits::INVITES_PER_ADMIN;

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
        let mut tx = self.snapshot().await?;
        permanent(&mut tx, peer, admin).await
    }

    /// Keeps a new link; `None` if its administrator has as many as there may be. A permanent one takes the place of the one
    /// before if it is to `replace` it; if not, the one before is the answer.
    pub(crate) async fn new_invite(&self, row: &InviteRow, replace: bool) -> Result<Option<InviteRow>> {
        let mut tx = self.begin().await?;
        if row.permanent {
            let known = permanent(&mut tx, row.peer, row.admin).await?;
            if known.is_some() && !replace {
                return Ok(known);
            }
            revoke_permanent(&mut tx, row).await?;
        }
        let good: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM chat_invites WHERE peer = $1 AND admin = $2 AND revoked = FALSE",
        )
        .bind(row.peer)
        .bind(row.admin)
        .fetch_one(&mut *tx)
        .await?;
        if good >= INVITES_PER_ADMIN {
            return Ok(None);
        }
        insert(&mut tx, row).await?;
        tx.commit().await?;
        Ok(Some(row.clone()))
    }

    /// Writes what has changed of a link that is good: [`StoreError::Outrun`] if it is not any more.
    pub(crate) async fn edit_invite(&self, row: &InviteRow) -> Result<()> {
        let done = sqlx::query(
            "UPDATE chat_invites SET expire_date = $2, usage_limit = $3, request_needed = $4, title = $5
             WHERE hash = $1 AND revoked = FALSE",
        )
        .bind(row.hash.as_str())
        .bind(row.expire_date)
        .bind(row.usage_limit)
        .bind(row.request_needed)
        .bind(row.title.as_str())
        .execute(&self.pool)
        .await?;
        if done.rows_affected() == 0 { Err(StoreError::Outrun) } else { Ok(()) }
    }

    /// Makes a link good for nothing: [`StoreError::Outrun`] if it is gone. `new` takes the place of a permanent one that was
    /// good; says whether it did. Of those that are revoked an administrator keeps the newest.
    pub(crate) async fn revoke_invite(&self, row: &InviteRow, new: &InviteRow) -> Result<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("UPDATE chat_invites SET revoked = TRUE WHERE hash = $1 AND revoked = FALSE")
            .bind(row.hash.as_str())
            .execute(&mut *tx)
            .await?;
        let was_good = done.rows_affected() == 1;
        if !was_good && invite(&mut tx, &row.hash).await?.is_none() {
            return Err(StoreError::Outrun);
        }
        let replaced = was_good && row.permanent;
        if replaced {
            insert(&mut tx, new).await?;
        }
        forget_revoked(&mut tx, row.peer, row.admin).await?;
        tx.commit().await?;
        Ok(replaced)
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

async fn invite(tx: &mut Tx, hash: &str) -> Result<Option<InviteRow>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE i.hash = $1")))
        .bind(hash)
        .fetch_optional(&mut **tx)
        .await?)
}

/// The permanent link of an administrator.
async fn permanent(tx: &mut Tx, peer: i64, admin: i64) -> Result<Option<InviteRow>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{SELECT} WHERE i.peer = $1 AND i.admin = $2 AND i.permanent = TRUE AND i.revoked = FALSE"
    )))
    .bind(peer)
    .bind(admin)
    .fetch_optional(&mut **tx)
    .await?)
}

/// Another one takes its place.
async fn revoke_permanent(tx: &mut Tx, new: &InviteRow) -> Result<()> {
    sqlx::query("UPDATE chat_invites SET revoked = TRUE WHERE peer = $1 AND admin = $2 AND permanent = TRUE")
        .bind(new.peer)
        .bind(new.admin)
        .execute(&mut **tx)
        .await?;
    forget_revoked(tx, new.peer, new.admin).await
}

/// Forgets the oldest of the revoked links of an administrator beyond as many as may be good.
async fn forget_revoked(tx: &mut Tx, peer: i64, admin: i64) -> Result<()> {
    sqlx::query(
        "DELETE FROM chat_invites WHERE peer = $1 AND admin = $2 AND revoked = TRUE AND hash NOT IN
         (SELECT hash FROM chat_invites WHERE peer = $1 AND admin = $2 AND revoked = TRUE
          ORDER BY date DESC, hash LIMIT $3)",
    )
    .bind(peer)
    .bind(admin)
    .bind(INVITES_PER_ADMIN)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert(tx: &mut Tx, row: &InviteRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO chat_invites (hash, peer, admin, date, expire_date, usage_limit, uses, permanent, revoked,
            request_needed, title) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, FALSE, $8, $9)",
    )
    .bind(row.hash.as_str())
    .bind(row.peer)
    .bind(row.admin)
    .bind(row.date)
    .bind(row.expire_date)
    .bind(row.usage_limit)
    .bind(row.permanent)
    .bind(row.request_needed)
    .bind(row.title.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
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
