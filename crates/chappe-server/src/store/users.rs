//! People and bots.

use sqlx::FromRow;
use subtle::ConstantTimeEq;

use super::{ChatChange, Flag, Result, Store, Tx};

/// One account.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct UserRow {
    pub(crate) id: i64,
    pub(crate) phone: Option<String>,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    #[sqlx(try_from = "Flag")]
    pub(crate) is_bot: bool,
    #[sqlx(try_from = "Flag")]
    pub(crate) deleted: bool,
    pub(crate) pts: i64,
    /// Unix seconds until which the account counts as online, or when it went offline; 0 means never seen.
    pub(crate) online_until: i64,
    /// What the owner says about themselves.
    pub(crate) about: String,
    pub(crate) username: Option<String>,
    /// The account that the server itself speaks through.
    #[sqlx(try_from = "Flag")]
    pub(crate) is_support: bool,
    /// The data centre that it is at home in; 0: every one.
    pub(crate) home: i64,
    /// The profile photo; 0: none.
    pub(crate) photo_id: i64,
    /// The one for those who may not see it; 0: none.
    pub(crate) fallback_id: i64,
    /// A bot that gets all messages of its groups.
    #[sqlx(try_from = "Flag")]
    pub(crate) hears_groups: bool,
}

/// What a bot token opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BotLogin {
    Bot(UserRow),
    WrongSecret,
}

const COLUMNS: &str =
    "SELECT id, phone, first_name, last_name, is_bot, deleted, pts, online_until, about, is_support, home, photo_id, fallback_id,
     hears_groups,     (SELECT n.username FROM usernames n WHERE n.owner_id = users.id AND n.kind = 0) AS username FROM users";

impl Store {
    pub(crate) async fn user(&self, id: i64) -> Result<Option<UserRow>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
            .bind(id)
            .fetch_optional(&self.pool)
            .await?)
    }

    pub(crate) async fn user_by_phone(&self, phone: &str) -> Result<Option<UserRow>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE phone = $1")))
            .bind(phone)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Makes an account for a number, or returns the one that has it.
    pub(crate) async fn create_user(
        &self,
        phone: &str,
        (first_name, last_name): (&str, &str),
        home: i32,
        now: i64,
    ) -> Result<UserRow> {
        let mut tx = self.begin().await?;
        let user = loop {
            let existing = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE phone = $1")))
                .bind(phone)
                .fetch_optional(&mut *tx)
                .await?;
            if let Some(user) = existing {
                break user;
            }
            let id: i64 = sqlx::query_scalar(
                "UPDATE counters SET value = value + 1 WHERE name = 'user_id' RETURNING value",
            )
            .fetch_one(&mut *tx)
            .await?;
            // A bot token may have taken the id: then the next one is tried.
            insert(&mut tx, id, Some(phone), (first_name, last_name), None, (home, now)).await?;
        };
        tx.commit().await?;
        Ok(user)
    }

    /// The bot with this id, made at its first use; the hash of the token's secret decides afterwards.
    pub(crate) async fn log_in_bot(
        &self,
        id: i64,
        token_hash: &[u8],
        home: i32,
        now: i64,
    ) -> Result<BotLogin> {
        let mut tx = self.begin().await?;
        let name = format!("Bot {id}");
        insert(&mut tx, id, None, (&name, ""), Some(token_hash), (home, now)).await?;
        sqlx::query(
            "INSERT INTO usernames (username_lower, username, kind, owner_id) SELECT $2, $2, 0, $1
             WHERE NOT EXISTS (SELECT 1 FROM usernames n WHERE n.owner_id = $1 AND n.kind = 0)
             ON CONFLICT DO NOTHING",
        )
        .bind(id)
        .bind(crate::model::username::of_bot(id))
        .execute(&mut *tx)
        .await?;
        let known: Option<Vec<u8>> = sqlx::query_scalar(
            "SELECT token_hash FROM users WHERE id = $1 AND is_bot = TRUE AND deleted = FALSE",
        )
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?
        .flatten();
        let user: UserRow = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
            .bind(id)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        let right = known.is_some_and(|hash| bool::from(hash.ct_eq(token_hash)));
        Ok(if right { BotLogin::Bot(user) } else { BotLogin::WrongSecret })
    }

    pub(crate) async fn set_online_until(&self, user_id: i64, until: i64) -> Result<()> {
        sqlx::query("UPDATE users SET online_until = $2 WHERE id = $1")
            .bind(user_id)
            .bind(until)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    pub(crate) async fn set_profile(
        &self,
        user_id: i64,
        (first_name, last_name): (&str, &str),
        about: &str,
    ) -> Result<()> {
        sqlx::query("UPDATE users SET first_name = $2, last_name = $3, about = $4 WHERE id = $1")
            .bind(user_id)
            .bind(first_name)
            .bind(last_name)
            .bind(about)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Gives an account another number; `false` if somebody has it.
    pub(crate) async fn change_phone(&self, user_id: i64, phone: &str) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE users SET phone = $2 WHERE id = $1 AND deleted = FALSE
             AND NOT EXISTS (SELECT 1 FROM users other WHERE other.phone = $2)",
        )
        .bind(user_id)
        .bind(phone)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Deletes an account: its name, number, contacts and devices go, its id stays as a deleted user.
    ///
    /// Accepted secret chats stay as they are, so that the other side learns why from its next message; requests
    /// that nobody can answer any more are discarded.
    pub(crate) async fn delete_user(&self, user_id: i64, now: i64) -> Result<(Vec<i64>, Vec<ChatChange>)> {
        let mut tx = self.begin().await?;
        let changes = super::secret_chats::discard_requests_of(&mut tx, user_id, now).await?;
        let devices: Vec<i64> =
            sqlx::query_scalar("DELETE FROM authorizations WHERE user_id = $1 RETURNING auth_key_id")
                .bind(user_id)
                .fetch_all(&mut *tx)
                .await?;
        for device in &devices {
            super::authorizations::clear_mailbox(&mut tx, *device).await?;
        }
        super::passwords::remove(&mut tx, user_id).await?;
        super::login_emails::forget(&mut tx, user_id).await?;
        super::usernames::forget(&mut tx, super::NameOwner::User(user_id)).await?;
        for statement in [
            sqlx::query("DELETE FROM privacy_rules WHERE user_id = $1"),
            sqlx::query("DELETE FROM notify_settings WHERE user_id = $1"),
            sqlx::query("DELETE FROM account_settings WHERE user_id = $1"),
            sqlx::query("DELETE FROM pending_logins WHERE user_id = $1"),
            sqlx::query("DELETE FROM takeouts WHERE user_id = $1"),
            sqlx::query("DELETE FROM auto_downloads WHERE user_id = $1"),
            sqlx::query("DELETE FROM carried_logins WHERE user_id = $1"),
            sqlx::query("DELETE FROM profile_photos WHERE user_id = $1"),
            sqlx::query("DELETE FROM join_requests WHERE user_id = $1"),
            sqlx::query(
                "UPDATE users SET deleted = TRUE, phone = NULL, token_hash = NULL, first_name = '', last_name = '',
                 about = '', online_until = 0, photo_id = 0, fallback_id = 0 WHERE id = $1",
            ),
            sqlx::query("DELETE FROM contacts WHERE owner_id = $1 OR contact_id = $1"),
            sqlx::query("DELETE FROM blocked WHERE owner_id = $1 OR blocked_id = $1"),
        ] {
            statement.bind(user_id).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        self.logins.changed();
        Ok((devices, changes))
    }
}

async fn insert(
    tx: &mut Tx,
    id: i64,
    phone: Option<&str>,
    (first_name, last_name): (&str, &str),
    token_hash: Option<&[u8]>,
    (home, now): (i32, i64),
) -> Result<()> {
    sqlx::query(
        "INSERT INTO users (id, phone, first_name, last_name, is_bot, token_hash, deleted, pts, online_until, created_at, home)
         VALUES ($1, $2, $3, $4, $5, $6, FALSE, 1, 0, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(phone)
    .bind(first_name)
    .bind(last_name)
    .bind(token_hash.is_some())
    .bind(token_hash)
    .bind(now)
    .bind(i64::from(home))
    .execute(&mut **tx)
    .await?;
    Ok(())
}
