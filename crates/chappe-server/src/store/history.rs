//! Reading messages: windows of a chat, search.

use sqlx::FromRow;

use super::messages::{MessageRow, SELECT};
use super::{Result, Store};

/// In which chats is searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Chats {
    #[default]
    All,
    WithPeople,
    Groups,
    Broadcasts,
}

/// Where a page of a search everywhere ended: behind this message. A date of 0 begins.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Before {
    pub(crate) date: i64,
    pub(crate) id: i64,
    /// Messages of one date and id are in the order of their mailboxes.
    pub(crate) mailbox: i64,
}

/// Which messages of a chat, and the window among them.
#[derive(Clone, Debug, Default)]
pub(crate) struct HistoryQuery {
    pub(crate) mailbox: i64,
    /// 0: all chats of the mailbox.
    pub(crate) peer: i64,
    /// Messages up to this one are not shown to the viewer.
    pub(crate) available_min: i64,
    pub(crate) min_id: i64,
    /// 0: no bound.
    pub(crate) max_id: i64,
    /// Unix seconds, both exclusive; 0: no bound.
    pub(crate) min_date: i64,
    pub(crate) max_date: i64,
    /// In lower case; empty: any.
    pub(crate) text: String,
    /// In a search everywhere.
    pub(crate) chats: Chats,
    /// 0: anybody.
    pub(crate) from_peer: i64,
    /// Bits; 0: any.
    pub(crate) kinds: i64,
    pub(crate) pinned: bool,
    /// Mentions of this account only; 0: any. Only unread ones if negative.
    pub(crate) mentions_of: i64,
    /// The window begins behind this message; 0: at the newest.
    pub(crate) offset_id: i64,
    /// Or behind the messages of this time and later.
    pub(crate) offset_date: i64,
    /// Newer ones are wanted as well if negative.
    pub(crate) add_offset: i64,
    pub(crate) limit: i64,
}

/// A window, newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    pub(crate) messages: Vec<MessageRow>,
    /// Of all that fit, whatever the window.
    pub(crate) count: i64,
    /// How many are newer than the first one here.
    pub(crate) newer: i64,
}

const FILTER: &str =
    "mailbox = $1 AND peer = $2 AND id > $3 AND ($4 = 0 OR id < $4) AND ($5 = 0 OR date > $5)
    AND ($6 = 0 OR date < $6) AND ($7 = '' OR folded LIKE $7 ESCAPE '!') AND ($8 = 0 OR from_peer = $8)
    AND ($9 = 0 OR (kinds & $9) <> 0) AND ($10 = FALSE OR pinned = TRUE)
    AND ($11 = 0 OR EXISTS (SELECT 1 FROM mentions n WHERE n.user_id = $11 AND n.mailbox = messages.mailbox
        AND n.message_id = messages.id AND ($12 = FALSE OR n.unread = TRUE)))";

/// `text` anywhere, for LIKE with `!` as the escape.
fn pattern(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut pattern = String::from("%");
    for char in text.chars() {
        if matches!(char, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(char);
    }
    pattern.push('%');
    pattern
}

/// The messages of one day that a query fits.
#[derive(Clone, Copy, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct Day {
    /// Its beginning, in Unix seconds.
    pub(crate) date: i64,
    pub(crate) min_id: i64,
    pub(crate) max_id: i64,
    pub(crate) count: i64,
}

macro_rules! filtered {
    ($statement:expr, $query:ident, $text:ident) => {
        $statement
            .bind($query.mailbox)
            .bind($query.peer)
            .bind($query.min_id.max($query.available_min))
            .bind($query.max_id)
            .bind($query.min_date)
            .bind($query.max_date)
            .bind($text.as_str())
            .bind($query.from_peer)
            .bind($query.kinds)
            .bind($query.pinned)
            .bind($query.mentions_of.abs())
            .bind($query.mentions_of < 0)
    };
}

impl Store {
    /// The days on which there is something that fits, the latest first, each with its newest message.
    pub(crate) async fn days(&self, query: &HistoryQuery, limit: i64) -> Result<Vec<(MessageRow, Day)>> {
        let mut tx = self.snapshot().await?;
        let text = pattern(&query.text);
        let days = format!(
            "SELECT date / 86400 * 86400 AS date, MIN(id) AS min_id, MAX(id) AS max_id, COUNT(*) AS count FROM messages
             WHERE {FILTER} GROUP BY date / 86400 ORDER BY date / 86400 DESC LIMIT $13"
        );
        let days: Vec<Day> = filtered!(sqlx::query_as(sqlx::AssertSqlSafe(days)), query, text)
            .bind(limit)
            .fetch_all(&mut *tx)
            .await?;
        let mut found = Vec::with_capacity(days.len());
        for day in days {
            let newest = format!("{SELECT} WHERE mailbox = $1 AND id = $2");
            let newest: MessageRow = sqlx::query_as(sqlx::AssertSqlSafe(newest))
                .bind(query.mailbox)
                .bind(day.max_id)
                .fetch_one(&mut *tx)
                .await?;
            found.push((newest, day));
        }
        tx.commit().await?;
        Ok(found)
    }

    /// Every so manieth message that fits, the newest first: its number, its date, and how many are newer.
    pub(crate) async fn places(
        &self,
        query: &HistoryQuery,
        step: i64,
        limit: i64,
    ) -> Result<Vec<(i64, i64, i64)>> {
        let text = pattern(&query.text);
        let places = format!(
            "SELECT id, date, place FROM (SELECT id, date, ROW_NUMBER() OVER (ORDER BY id DESC) - 1 AS place FROM messages
             WHERE {FILTER}) AS placed WHERE place % $13 = 0 ORDER BY place LIMIT $14"
        );
        let statement = sqlx::query_as(sqlx::AssertSqlSafe(places));
        Ok(filtered!(statement, query, text).bind(step).bind(limit).fetch_all(&self.pool).await?)
    }

    /// The window of a chat that a query asks for.
    pub(crate) async fn history(&self, query: &HistoryQuery) -> Result<Window> {
        let mut tx = self.snapshot().await?;
        let text = pattern(&query.text);
        // Said so that the index of a chat is used where there is one.
        let filter = match query.peer {
            0 => FILTER.replacen("peer = $2", "peer <> $2", 1),
            _ => FILTER.to_owned(),
        };
        let count = format!("SELECT COUNT(*) FROM messages WHERE {filter}");
        let count: i64 = filtered!(sqlx::query_scalar(sqlx::AssertSqlSafe(count)), query, text)
            .fetch_one(&mut *tx)
            .await?;
        let newer = format!(
            "SELECT COUNT(*) FROM messages WHERE {filter} AND (($13 > 0 AND id >= $13) OR ($13 = 0 AND $14 > 0 AND date >= $14))"
        );
        let anchor: i64 = filtered!(sqlx::query_scalar(sqlx::AssertSqlSafe(newer)), query, text)
            .bind(query.offset_id)
            .bind(query.offset_date)
            .fetch_one(&mut *tx)
            .await?;
        let start = anchor.saturating_add(query.add_offset);
        let limit = query.limit.saturating_add(start.min(0)).max(0);
        let start = start.max(0);
        let rows = format!("{SELECT} WHERE {filter} ORDER BY id DESC LIMIT $13 OFFSET $14");
        let messages = filtered!(sqlx::query_as(sqlx::AssertSqlSafe(rows)), query, text)
            .bind(limit)
            .bind(start)
            .fetch_all(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Window { messages, count, newer: start.min(count) })
    }

    /// The newest messages in all chats of an account that fit, behind `before`.
    pub(crate) async fn search_everywhere(
        &self,
        user_id: i64,
        query: &HistoryQuery,
        before: Before,
    ) -> Result<(i64, Vec<MessageRow>)> {
        const CHATS: &str = "(mailbox = $1 OR mailbox IN (SELECT peer FROM chat_members WHERE user_id = $1 AND state = 0))
            AND NOT EXISTS (SELECT 1 FROM dialogs d WHERE d.user_id = $1 AND d.peer = messages.peer AND d.available_min >= id)
            AND action IS NULL AND ($2 = '' OR folded LIKE $2 ESCAPE '!') AND ($3 = 0 OR date > $3) AND ($4 = 0 OR date < $4)
            AND ($5 = 0 OR (kinds & $5) <> 0) AND ($6 = FALSE OR pinned = TRUE)
            AND ($7 = FALSE OR EXISTS (SELECT 1 FROM mentions n WHERE n.user_id = $1 AND n.mailbox = messages.mailbox
                AND n.message_id = messages.id))
            AND ($8 = 0 OR ($8 = 1 AND peer > 0) OR ($8 > 1 AND peer < 0 AND ($8 = 3) = EXISTS (SELECT 1 FROM chats c
                WHERE c.peer = messages.peer AND c.kind = 2)))";
        let mut tx = self.snapshot().await?;
        let text = pattern(&query.text);
        macro_rules! filtered {
            ($query:expr) => {
                $query
                    .bind(user_id)
                    .bind(text.as_str())
                    .bind(query.min_date)
                    .bind(query.max_date)
                    .bind(query.kinds)
                    .bind(query.pinned)
                    .bind(query.mentions_of != 0)
                    .bind(query.chats as i64)
            };
        }
        let count = format!("SELECT COUNT(*) FROM messages WHERE {CHATS}");
        let count = filtered!(sqlx::query_scalar(sqlx::AssertSqlSafe(count))).fetch_one(&mut *tx).await?;
        let rows = format!(
            "{SELECT} WHERE {CHATS} AND ($9 = 0 OR date < $9 OR (date = $9 AND (id < $10 OR (id = $10 AND mailbox < $11))))
             ORDER BY date DESC, id DESC, mailbox DESC LIMIT $12"
        );
        let rows = filtered!(sqlx::query_as(sqlx::AssertSqlSafe(rows)))
            .bind(before.date)
            .bind(before.id)
            .bind(before.mailbox)
            .bind(query.limit)
            .fetch_all(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok((count, rows))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_search_takes_wildcards_by_the_letter() {
        assert_eq!(super::pattern(""), "");
        assert_eq!(super::pattern("50%_!"), "%50!%!_!!%");
    }
}
