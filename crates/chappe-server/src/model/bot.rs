//! What bots say about themselves, and how they are asked.

use std::time::Duration;

use chappe_api::{enums, types};
use chappe_tl::Decode;

use super::eyes::{Eyes, Peers};
use super::group::Standing;
use super::note::{Hearers, Note, Notice};
use super::peer_id::PeerId;
use crate::call::{After, Call};
use crate::limits::BOT_PATIENCE;
use crate::methods::errors::{Answer, bad_request};
use crate::store::{BotQuery, CommandRow, Result, Store};

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

    pub(crate) fn admins(peer: i64) -> String {
        format!("admins {peer}")
    }

    pub(crate) fn member(peer: i64, user: i64) -> String {
        format!("member {peer} {user}")
    }
}

/// Where somebody meets a bot.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Private,
    /// In a group, as an administrator or not.
    Group {
        peer: i64,
        is_admin: bool,
    },
}

impl Place {
    /// The scopes that hold here for somebody, the narrowest first.
    fn scopes(self, viewer: i64) -> Vec<String> {
        match self {
            Self::Private => vec![scopes::peer(viewer), scopes::USERS.into(), scopes::DEFAULT.into()],
            Self::Group { peer, is_admin } => {
                let admins = |scope: String| Some(scope).filter(|_| is_admin);
                let all = [
                    Some(scopes::member(peer, viewer)),
                    admins(scopes::admins(peer)),
                    Some(scopes::peer(peer)),
                    admins(scopes::CHAT_ADMINS.into()),
                    Some(scopes::CHATS.into()),
                    Some(scopes::DEFAULT.into()),
                ];
                all.into_iter().flatten().collect()
            }
        }
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

/// Everything that a bot has said about its commands.
pub(crate) struct Commands(Vec<CommandRow>);

impl Commands {
    pub(crate) async fn of(store: &Store, bot_id: i64) -> Result<Self> {
        Ok(Self(store.all_bot_commands(bot_id).await?))
    }

    /// Those for somebody: of the narrowest scope that has any, in their language if there are some in it.
    pub(crate) fn pick(&self, place: Place, viewer: i64, language: &str) -> Vec<types::BotCommand> {
        let scopes = place.scopes(viewer);
        let wanted = scopes.iter().flat_map(|scope| [(scope, language), (scope, "")]);
        let mut found = wanted.filter_map(|(scope, language)| {
            self.0.iter().find(|row| row.scope == *scope && row.lang_code == language)
        });
        found.next().and_then(|row| Vec::from_bytes(&row.commands).ok()).unwrap_or_default()
    }
}

/// What the viewer is told of a bot at a place.
pub(crate) async fn info(eyes: &Eyes<'_>, bot_id: i64, place: Place) -> Result<types::BotInfo> {
    let store = eyes.store();
    let language = store.language(eyes.viewer.device).await?;
    let commands = Commands::of(store, bot_id).await?.pick(place, eyes.user_id(), &language);
    let menu =
        if commands.is_empty() { enums::BotMenuButton::Default } else { enums::BotMenuButton::Commands };
    let words = store.bot_words(bot_id, &language).await?.description;
    let description = match words {
        None if !language.is_empty() => store.bot_words(bot_id, "").await?.description,
        words => words,
    };
    Ok(types::BotInfo {
        has_preview_medias: false,
        user_id: Some(bot_id),
        description,
        description_photo: None,
        description_document: None,
        commands: Some(commands),
        menu_button: Some(menu),
        privacy_policy_url: None,
        app_settings: None,
        verifier_settings: None,
    })
}

/// The bots in a group that the viewer is in; channels have none to talk to.
pub(crate) async fn in_group(
    eyes: &Eyes<'_>,
    standing: &Standing,
    peers: &mut Peers,
) -> Result<Vec<types::BotInfo>> {
    let mut infos = Vec::new();
    if standing.is_broadcast() || !standing.is_in() {
        return Ok(infos);
    }
    let place = Place::Group { peer: standing.chat.peer, is_admin: standing.is_admin() };
    for bot in eyes.store().bots_in(standing.chat.peer).await? {
        peers.add(PeerId::user(bot));
        infos.push(info(eyes, bot, place).await?);
    }
    Ok(infos)
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
