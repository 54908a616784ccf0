//! `bots.setBotCommands`, `getBotCommands` and `resetBotCommands`.
//!
//! Source: <https://core.telegram.org/api/bots/commands>

use chappe_api::{enums, functions, types};
use enums::BotCommandScope as Scope;

use crate::call::Call;
use crate::limits::{BOT_COMMANDS, COMMAND_DESCRIPTION_LEN, COMMAND_LEN};
use crate::methods::errors::{Answer, bad_request};
use crate::methods::messages::outgoing::stored;
use crate::model::bot::{self, Commands, Place, scopes};
use crate::model::eyes::Eyes;
use crate::model::peer_id::PeerId;
use crate::model::{group, peer, target};

/// The name under which the commands of a scope are stored, and the chat that it is about.
async fn key(call: &Call, scope: &Scope) -> Answer<(String, Option<PeerId>)> {
    let chat = match scope {
        Scope::Peer(scope) => &scope.peer,
        Scope::PeerAdmins(scope) => &scope.peer,
        Scope::PeerUser(scope) => &scope.peer,
        Scope::Default => return Ok((scopes::DEFAULT.to_owned(), None)),
        Scope::Users => return Ok((scopes::USERS.to_owned(), None)),
        Scope::Chats => return Ok((scopes::CHATS.to_owned(), None)),
        Scope::ChatAdmins => return Ok((scopes::CHAT_ADMINS.to_owned(), None)),
    };
    let chat = target::find(call, chat).await?.peer();
    let key = match scope {
        Scope::PeerAdmins(_) => scopes::admins(chat.0),
        Scope::PeerUser(scope) => {
            let user = peer::find(call, &scope.user_id).await?;
            scopes::member(chat.0, user.ok_or_else(|| call.refuse(&["USER_ID_INVALID"]))?.id)
        }
        _ => scopes::peer(chat.0),
    };
    Ok((key, Some(chat)))
}

/// A language of two letters, or none.
pub(super) fn check_lang(lang_code: &str) -> Answer<()> {
    let is_code =
        lang_code.is_empty() || lang_code.len() == 2 && lang_code.bytes().all(|c| c.is_ascii_lowercase());
    if is_code { Ok(()) } else { Err(bad_request("LANG_CODE_INVALID")) }
}

fn check(commands: &[types::BotCommand]) -> Answer<()> {
    let is_name = |name: &str| {
        (1..=COMMAND_LEN).contains(&name.len())
            && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
    };
    if commands.len() > BOT_COMMANDS || !commands.iter().all(|command| is_name(&command.command)) {
        return Err(bad_request("BOT_COMMAND_INVALID"));
    }
    let is_text = |text: &str| (1..=COMMAND_DESCRIPTION_LEN).contains(&text.trim().chars().count());
    if !commands.iter().all(|command| is_text(&command.description)) {
        return Err(bad_request("BOT_COMMAND_DESCRIPTION_INVALID"));
    }
    Ok(())
}

/// Everybody for whom the scope counts hears which commands there are now, in no language: who has set one asks.
async fn tell(call: &Call, scope: &Scope, chat: Option<PeerId>) -> Answer<()> {
    let (store, bot) = (call.store(), PeerId::user(call.user_id()?));
    let all = Commands::of(store, bot.0).await?;
    let (people, groups) = match (scope, chat) {
        (Scope::Default, _) => (store.partners(bot.0).await?, store.chats_of(bot.0).await?),
        (Scope::Users, _) => (store.partners(bot.0).await?, Vec::new()),
        (Scope::Chats | Scope::ChatAdmins, _) => (Vec::new(), store.chats_of(bot.0).await?),
        (_, Some(chat)) if chat.is_user() => (vec![chat.0], Vec::new()),
        (_, chat) => (Vec::new(), chat.map(|chat| chat.0).into_iter().collect()),
    };
    let people = people.into_iter().map(|user| (all.pick(Place::Private, user, ""), user));
    say(call, bot, people.collect());
    let eyes = Eyes::of(call)?;
    for peer in groups {
        let Some(standing) = group::standing(&eyes, PeerId(peer)).await? else { continue };
        if standing.is_broadcast() || !standing.is_in() {
            continue;
        }
        let members = store.members(peer).await?.into_iter().filter(|part| part.is_in());
        let told = members.map(|part| {
            let user = part.user_id;
            let place = Place::Group { peer, is_admin: standing.of(part).is_admin() };
            (all.pick(place, user, ""), user)
        });
        say(call, PeerId(peer), told.collect());
    }
    Ok(())
}

/// Tells people which commands they have in a chat: who has the same is told together.
fn say(call: &Call, chat: PeerId, told: Vec<(Vec<types::BotCommand>, i64)>) {
    let Ok(bot_id) = call.user_id() else { return };
    let mut groups: Vec<(Vec<types::BotCommand>, Vec<i64>)> = Vec::new();
    for (commands, user) in told.into_iter().filter(|(_, user)| *user != bot_id) {
        match groups.iter_mut().find(|(known, _)| *known == commands) {
            Some((_, users)) => users.push(user),
            None => groups.push((commands, vec![user])),
        }
    }
    for (commands, users) in groups {
        let update = types::UpdateBotCommands { peer: chat.peer(), bot_id, commands };
        call.notice(users, update, vec![chat, PeerId::user(bot_id)]);
    }
}

pub(crate) async fn set(call: &Call, query: functions::bots::SetBotCommands) -> Answer<bool> {
    check(&query.commands)?;
    let bytes = stored(&query.commands)?;
    change(call, &query.scope, &query.lang_code, Some(&bytes)).await
}

pub(crate) async fn reset(call: &Call, query: functions::bots::ResetBotCommands) -> Answer<bool> {
    change(call, &query.scope, &query.lang_code, None).await
}

async fn change(call: &Call, scope: &Scope, lang_code: &str, commands: Option<&[u8]>) -> Answer<bool> {
    check_lang(lang_code)?;
    let (key, chat) = key(call, scope).await?;
    call.store().set_bot_commands(call.user_id()?, (&key, lang_code), commands).await?;
    if lang_code.is_empty() {
        tell(call, scope, chat).await?;
    }
    Ok(true)
}

pub(crate) async fn get(
    call: &Call,
    query: functions::bots::GetBotCommands,
) -> Answer<Vec<types::BotCommand>> {
    let (key, _) = key(call, &query.scope).await?;
    let commands = bot::commands(call.store(), call.user_id()?, (&key, &query.lang_code)).await?;
    Ok(commands.unwrap_or_default())
}
