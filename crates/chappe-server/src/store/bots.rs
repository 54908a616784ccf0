//! What bots say about themselves, and what they are asked.

use sqlx::FromRow;

use super::{Flag, MessageRow, Result, Store};
use crate::limits::{BOT_QUERY_LIFETIME, LAST_BOT_MESSAGES};

/// What is asked: by a button, or inline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QueryKind {
    Button = 1,
    Inline = 2,
}

/// A question to a bot, with its answer once there is one.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct BotQuery {
    pub(crate) id: i64,
    pub(crate) kind: i64,
    pub(crate) bot_id: i64,
    pub(crate) user_id: i64,
    pub(crate) query: String,
    /// Where the results begin.
    pub(crate) position: String,
    pub(crate) asked_at: i64,
    pub(crate) answer: Option<Vec<u8>>,
    #[sqlx(try_from = "Flag")]
    pub(crate) is_private: bool,
}

/// What a bot says about itself in one language.
#[derive(Clone, Debug, Default, FromRow, PartialEq, Eq)]
pub(crate) struct BotWords {
    pub(crate) name: Option<String>,
    pub(crate) about: Option<String>,
    pub(crate) description: Option<String>,
}

/// Bots in a group, but for administrators and those that get everything.
const SHY_BOTS: &str =
    "SELECT u.id FROM chat_members m JOIN users u ON u.id = m.user_id JOIN chats c ON c.peer = m.peer
     WHERE m.peer = $1 AND m.state = 0 AND m.admin_rights = 0 AND c.kind <> 2 AND u.is_bot = TRUE
     AND u.hears_groups = FALSE AND u.id <> c.creator";

/// The commands of a bot in one scope and language.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct CommandRow {
    pub(crate) scope: String,
    pub(crate) lang_code: String,
    /// `Vector<BotCommand>`
    pub(crate) commands: Vec<u8>,
}

const SELECT: &str =
    "SELECT id, kind, bot_id, user_id, query, position, asked_at, answer, is_private FROM bot_queries";

impl Store {
    pub(crate) async fn put_bot_query(&self, query: &BotQuery) -> Result<()> {
        sqlx::query(
            "INSERT INTO bot_queries (id, kind, bot_id, user_id, query, position, asked_at, cache_until, is_private)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, FALSE)",
        )
        .bind(query.id)
        .bind(query.kind)
        .bind(query.bot_id)
        .bind(query.user_id)
        .bind(query.query.as_str())
        .bind(query.position.as_str())
        .bind(query.asked_at)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(crate) async fn bot_query(&self, id: i64) -> Result<Option<BotQuery>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE id = $1")))
            .bind(id)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Answers a question that this bot was asked a moment ago; `false` if it was not, or has answered.
    pub(crate) async fn answer_bot_query(
        &self,
        (id, kind, bot_id): (i64, QueryKind, i64),
        answer: &[u8],
        cache_until: i64,
        is_private: bool,
        now: i64,
    ) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE bot_queries SET answer = $4, cache_until = $5, is_private = $6
             WHERE id = $1 AND kind = $2 AND bot_id = $3 AND answer IS NULL AND asked_at > $7",
        )
        .bind(id)
        .bind(kind as i64)
        .bind(bot_id)
        .bind(answer)
        .bind(cache_until)
        .bind(is_private)
        .bind(now.saturating_sub(BOT_QUERY_LIFETIME))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// An inline question that was answered before and whose answer is still good for this account.
    pub(crate) async fn cached_bot_query(&self, like: &BotQuery, now: i64) -> Result<Option<BotQuery>> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{SELECT} WHERE bot_id = $1 AND query = $2 AND position = $3 AND kind = $4 AND cache_until > $5
             AND (is_private = FALSE OR user_id = $6) ORDER BY asked_at DESC LIMIT 1"
        )))
        .bind(like.bot_id)
        .bind(like.query.as_str())
        .bind(like.position.as_str())
        .bind(QueryKind::Inline as i64)
        .bind(now)
        .bind(like.user_id)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Sets the commands of a bot in a scope; `None` takes them back.
    pub(crate) async fn set_bot_commands(
        &self,
        bot_id: i64,
        (scope, lang_code): (&str, &str),
        commands: Option<&[u8]>,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM bot_commands WHERE bot_id = $1 AND scope = $2 AND lang_code = $3")
            .bind(bot_id)
            .bind(scope)
            .bind(lang_code)
            .execute(&mut *tx)
            .await?;
        if let Some(commands) = commands {
            sqlx::query(
                "INSERT INTO bot_commands (bot_id, scope, lang_code, commands) VALUES ($1, $2, $3, $4)",
            )
            .bind(bot_id)
            .bind(scope)
            .bind(lang_code)
            .bind(commands)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn bot_commands(
        &self,
        bot_id: i64,
        (scope, lang_code): (&str, &str),
    ) -> Result<Option<Vec<u8>>> {
        Ok(sqlx::query_scalar(
            "SELECT commands FROM bot_commands WHERE bot_id = $1 AND scope = $2 AND lang_code = $3",
        )
        .bind(bot_id)
        .bind(scope)
        .bind(lang_code)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// The commands of a bot in all scopes and languages.
    pub(crate) async fn all_bot_commands(&self, bot_id: i64) -> Result<Vec<CommandRow>> {
        Ok(sqlx::query_as("SELECT scope, lang_code, commands FROM bot_commands WHERE bot_id = $1")
            .bind(bot_id)
            .fetch_all(&self.pool)
            .await?)
    }

    /// The bots among the members of a group.
    pub(crate) async fn bots_in(&self, peer: i64) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT u.id FROM chat_members m JOIN users u ON u.id = m.user_id
             WHERE m.peer = $1 AND m.state = 0 AND u.is_bot = TRUE AND u.deleted = FALSE ORDER BY u.id",
        )
        .bind(peer)
        .fetch_all(&self.pool)
        .await?)
    }

    /// Whether a bot gets all messages of its groups.
    pub(crate) async fn set_hears_groups(&self, bot_id: i64, all: bool) -> Result<()> {
        sqlx::query("UPDATE users SET hears_groups = $2 WHERE id = $1 AND is_bot = TRUE")
            .bind(bot_id)
            .bind(all)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The bots of a group that get only what is for them.
    pub(crate) async fn shy_bots(&self, peer: i64) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(format!("{SHY_BOTS} ORDER BY u.id")))
            .bind(peer)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Whether this is one of them.
    pub(crate) async fn is_shy_bot(&self, peer: i64, user_id: i64) -> Result<bool> {
        let found: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("{SHY_BOTS} AND u.id = $2")))
            .bind(peer)
            .bind(user_id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(found.is_some())
    }

    /// The bot that spoke last in a group before this message, if one did in a while.
    pub(crate) async fn last_bot(&self, before: &MessageRow) -> Result<Option<i64>> {
        // A message that is about to be sent has no number yet.
        let end = if before.id == 0 { i64::MAX } else { before.id };
        Ok(sqlx::query_scalar(
            "SELECT m.author FROM (SELECT id, author, action FROM messages WHERE mailbox = $1 AND peer = $2 AND id < $3
                ORDER BY id DESC LIMIT $4) m JOIN users u ON u.id = m.author AND u.is_bot = TRUE
             WHERE m.action IS NULL ORDER BY m.id DESC LIMIT 1",
        )
        .bind(before.mailbox)
        .bind(before.peer)
        .bind(end)
        .bind(LAST_BOT_MESSAGES)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Sets what a bot says about itself; what is `None` stays.
    pub(crate) async fn set_bot_words(&self, bot_id: i64, lang_code: &str, words: &BotWords) -> Result<()> {
        sqlx::query(
            "INSERT INTO bot_info (bot_id, lang_code, name, about, description) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (bot_id, lang_code) DO UPDATE SET name = COALESCE(excluded.name, bot_info.name),
             about = COALESCE(excluded.about, bot_info.about),
             description = COALESCE(excluded.description, bot_info.description)",
        )
        .bind(bot_id)
        .bind(lang_code)
        .bind(words.name.as_deref())
        .bind(words.about.as_deref())
        .bind(words.description.as_deref())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(crate) async fn bot_words(&self, bot_id: i64, lang_code: &str) -> Result<BotWords> {
        let words: Option<BotWords> = sqlx::query_as(
            "SELECT name, about, description FROM bot_info WHERE bot_id = $1 AND lang_code = $2",
        )
        .bind(bot_id)
        .bind(lang_code)
        .fetch_optional(&self.pool)
        .await?;
        Ok(words.unwrap_or_default())
    }

    /// The accounts that have a chat with this one.
    pub(crate) async fn partners(&self, user_id: i64) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar("SELECT user_id FROM dialogs WHERE peer = $1 AND user_id <> $1")
            .bind(user_id)
            .fetch_all(&self.pool)
            .await?)
    }
}
