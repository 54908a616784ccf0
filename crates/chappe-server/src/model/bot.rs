//! What bots say about themselves, and how they are asked.

use std::time::Duration;

use chappe_api::{enums, types};
use chappe_tl::Decode;

use super::note::{Hearers, Note, Notice};
use super::peer_id::PeerId;
use crate::call::{After, Call};
use crate::limits::BOT_PATIENCE;
use crate::methods::errors::{Answer, bad_request};
use crate::store::{BotQuery, Result, Store, UserRow};

/// How often another process is asked for an answer; this one says when there is one.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Names of scopes as they are stored.
pub(crate) mod scopes {
    pub(crate) const DEFAULT: &str = "default";
    pub(crate) const USERS: &str = "users";
    pub(crate) const CHATS: &str = "chats";
    pub(crate) const CHAT_ADMINS: &str = "chat admins";

    pub(crate) fn peer(peer: i64) -> String {
        format!("peer {peer}")
    }
}

/// The commands of a scope.
pub(crate) async fn commands(
    store: &Store,
    bot_id: i64,
    scope: (&str, &str),
) -> Result<Option<Vec<types::BotCommand>>> {
    let stored = store.bot_commands(bot_id, scope).await?;
    Ok(stored.and_then(|bytes| Vec::from_bytes(&bytes).ok()))
}

/// What a profile says about a bot: the commands are those for a private chat with the viewer.
pub(crate) async fn info(store: &Store, bot: &UserRow, viewer: i64) -> Result<types::BotInfo> {
    let mut found = None;
    for scope in [&*scopes::peer(viewer), scopes::USERS, scopes::DEFAULT] {
        found = commands(store, bot.id, (scope, "")).await?;
        if found.is_some() {
            break;
        }
    }
    let menu = match &found {
        Some(commands) if !commands.is_empty() => enums::BotMenuButton::Commands,
        _ => enums::BotMenuButton::Default,
    };
    Ok(types::BotInfo {
        has_preview_medias: false,
        user_id: Some(bot.id),
        description: store.bot_words(bot.id, "").await?.description,
        description_photo: None,
        description_document: None,
        commands: Some(found.unwrap_or_default()),
        menu_button: Some(menu),
        privacy_policy_url: None,
        app_settings: None,
        verifier_settings: None,
    })
}

/// Asks a bot and waits for its answer: `BOT_RESPONSE_TIMEOUT` if none comes in time.
pub(crate) async fn ask(
    call: &Call,
    query: &BotQuery,
    update: impl Into<enums::Update>,
    peers: Vec<PeerId>,
) -> Answer<BotQuery> {
    let world = &call.world;
    call.store().put_bot_query(query).await?;
    // At once: the answer of this call waits for it.
    let note = Note::Notice(std::sync::Arc::new(Notice { update: update.into(), peers }));
    world.tell(vec![After::Note { to: Hearers::Accounts(vec![query.bot_id]), note }]);
    let deadline = world.clock.now().monotonic.saturating_add(BOT_PATIENCE);
    loop {
        let answered = world.bot_answers.notified();
        tokio::pin!(answered);
        answered.as_mut().enable();
        let now = call.store().bot_query(query.id).await?;
        if let Some(query) = now.filter(|query| query.answer.is_some()) {
            return Ok(query);
        }
        if world.clock.now().monotonic >= deadline || *world.shutdown.borrow() {
            return Err(bad_request("BOT_RESPONSE_TIMEOUT"));
        }
        tokio::select! {
            () = answered => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// A number for a question.
pub(crate) fn query_id(call: &Call) -> i64 {
    i64::from_le_bytes(call.world.rng.bytes()) & i64::MAX | 1
}
