//! Names by which people, bots and channels are found.

use super::{Result, Store, Tx};

/// Who has a username.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameOwner {
    User(i64),
    Channel(i64),
}

impl NameOwner {
    const fn columns(self) -> (i64, i64) {
        match self {
            Self::User(id) => (0, id),
            Self::Channel(id) => (1, id),
        }
    }

    const fn new(kind: i64, id: i64) -> Self {
        if kind == 0 { Self::User(id) } else { Self::Channel(id) }
    }
}

impl Store {
    pub(crate) async fn name_owner(&self, username: &str) -> Result<Option<NameOwner>> {
        let row: Option<(i64, i64)> =
            sqlx::query_as("SELECT kind, owner_id FROM usernames WHERE username_lower = $1")
                .bind(username.to_lowercase())
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(|(kind, id)| NameOwner::new(kind, id)))
    }

    /// The owners of usernames that begin so, in the order of the names.
    pub(crate) async fn name_owners(&self, prefix: &str, limit: i64) -> Result<Vec<NameOwner>> {
        let prefix = prefix.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT kind, owner_id FROM usernames WHERE username_lower LIKE $1 ESCAPE '\\' ORDER BY username_lower LIMIT $2",
        )
        .bind(format!("{prefix}%"))
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(kind, id)| NameOwner::new(kind, id)).collect())
    }

    /// Gives an owner this name in place of the one it has; an empty one takes it away. `false` if another has it.
    pub(crate) async fn set_username(&self, owner: NameOwner, username: &str) -> Result<bool> {
        let mut tx = self.begin().await?;
        let (kind, id) = owner.columns();
        let before: Option<(i64, i64)> =
            sqlx::query_as("SELECT kind, owner_id FROM usernames WHERE username_lower = $1")
                .bind(username.to_lowercase())
                .fetch_optional(&mut *tx)
                .await?;
        if before.is_some_and(|before| before != (kind, id)) {
            return Ok(false);
        }
        forget(&mut tx, owner).await?;
        if !username.is_empty() {
            sqlx::query(
                "INSERT INTO usernames (username_lower, username, kind, owner_id) VALUES ($1, $2, $3, $4)",
            )
            .bind(username.to_lowercase())
            .bind(username)
            .bind(kind)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// An owner has no name any more.
pub(super) async fn forget(tx: &mut Tx, owner: NameOwner) -> Result<()> {
    let (kind, id) = owner.columns();
    sqlx::query("DELETE FROM usernames WHERE kind = $1 AND owner_id = $2")
        .bind(kind)
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
