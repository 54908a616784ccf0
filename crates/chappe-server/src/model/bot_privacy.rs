//! Which messages of a group a bot gets: unless it was told to hear all of them, or is an administrator, those that are
//! for it.
//!
//! Source: <https://core.telegram.org/bots/features#privacy-mode>

use super::peer_id::PeerId;
use crate::limits::REPLY_CHAIN;
use crate::store::{MessageRow, Result};
use crate::world::World;

/// To whom a message is written that begins with a command.
enum Command<'a> {
    None,
    /// `/start`
    Anyone,
    /// `/start@name`
    One(&'a str),
}

impl<'a> Command<'a> {
    fn of(text: &'a str) -> Self {
        let word = text.split_whitespace().next().unwrap_or_default();
        let Some(word) = word.strip_prefix('/').filter(|rest| !rest.is_empty()) else { return Self::None };
        word.split_once('@').map_or(Self::Anyone, |(_, name)| Self::One(name))
    }
}

impl World {
    /// The bots among `receivers` that do not get a message of a basic group.
    pub(crate) async fn unhearing(&self, row: &MessageRow, receivers: &[i64]) -> Result<Vec<i64>> {
        let mut deaf = Vec::new();
        if !PeerId(row.peer).is_chat() {
            return Ok(deaf);
        }
        for bot in self.store.shy_bots(row.peer).await? {
            if receivers.contains(&bot) && !self.is_for_bot(row, bot).await? {
                deaf.push(bot);
            }
        }
        Ok(deaf)
    }

    /// Whether somebody gets a message of a supergroup: all do but bots that it is not for.
    pub(crate) async fn hears(&self, row: &MessageRow, user: i64) -> Result<bool> {
        Ok(!self.store.is_shy_bot(row.peer, user).await? || self.is_for_bot(row, user).await?)
    }

    /// Whether a message is for a bot: told by the server, its own, a command to it, one that names it, or an answer to any
    /// of these.
    async fn is_for_bot(&self, row: &MessageRow, bot: i64) -> Result<bool> {
        if row.action.is_some() {
            return Ok(true);
        }
        let mut row = row.clone();
        for _ in 0..REPLY_CHAIN {
            if self.is_to_bot(&row, bot).await? {
                return Ok(true);
            }
            match self.store.message(row.mailbox, row.reply_to).await? {
                Some(answered) if row.reply_to != 0 => row = answered,
                _ => break,
            }
        }
        Ok(false)
    }

    async fn is_to_bot(&self, row: &MessageRow, bot: i64) -> Result<bool> {
        if row.author == bot || row.via_bot == bot || self.mentioned_in(row).await?.contains(&bot) {
            return Ok(true);
        }
        Ok(match Command::of(&row.message) {
            Command::None => false,
            Command::One(name) => self.store.user(bot).await?.is_some_and(|user| {
                user.username.is_some_and(|username| username.eq_ignore_ascii_case(name))
            }),
            // For the one that spoke last; for all of them where none has.
            Command::Anyone => self.store.last_bot(row).await?.is_none_or(|last| last == bot),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn commands_say_to_whom_they_are() {
        assert!(matches!(Command::of("/start now"), Command::Anyone));
        assert!(matches!(Command::of("/start@cat_bot x@y"), Command::One("cat_bot")));
        for text in ["", "/", "start", " hello /start"] {
            assert!(matches!(Command::of(text), Command::None), "{text}");
        }
    }
}
