//! `bots.setBotCommands`, `getBotCommands` and `resetBotCommands`.
//!
//! Source: <https://core.telegram.org/api/bots/commands>

use chappe_api::{enums, functions, types};
use enums::BotCommandScope as Scope;

use crate::call::Call;
use crate::limits::{BOT_COMMANDS, COMMAND_DESCRIPTION_LEN, COMMAND_LEN};
use crate::methods::errors::{Answer, bad_request};
use crate::methods::messages::outgoing::stored;
use crate::model::bot::{self, scopes};
use crate::model::peer_id::PeerId;
use crate::model::{peer, target};

/// The name under which the commands of a scope are stored.
async fn key(call: &Call, scope: &Scope) -> Answer<String> {
    Ok(match scope {
        Scope::Default => scopes::DEFAULT.to_owned(),
        Scope::Users => scopes::USERS.to_owned(),
        Scope::Chats => scopes::CHATS.to_owned(),
        Scope::ChatAdmins => scopes::CHAT_ADMINS.to_owned(),
        Scope::Peer(scope) => scopes::peer(target::find(call, &scope.peer).await?.peer().0),
        Scope::PeerAdmins(scope) => format!("admins {}", target::find(call, &scope.peer).await?.peer().0),
        Scope::PeerUser(scope) => {
            let chat = target::find(call, &scope.peer).await?.peer().0;
            let user =
                peer::find(call, &scope.user_id).await?.ok_or_else(|| call.refuse(&["USER_ID_INVALID"]))?;
            format!("member {chat} {}", user.id)
        }
    })
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

/// Everybody who talks to the bot hears of the commands for all.
async fn tell(call: &Call, key: &str, lang_code: &str, commands: Vec<types::BotCommand>) -> Answer<()> {
    if key == scopes::DEFAULT && lang_code.is_empty() {
        let bot = PeerId::user(call.user_id()?);
        let users = call.store().partners(bot.0).await?;
        let update = types::UpdateBotCommands { peer: bot.peer(), bot_id: bot.0, commands };
        call.notice(users, update, vec![bot]);
    }
    Ok(())
}

pub(crate) async fn set(call: &Call, query: functions::bots::SetBotCommands) -> Answer<bool> {
    check_lang(&query.lang_code)?;
    check(&query.commands)?;
    let key = key(call, &query.scope).await?;
    let bytes = stored(&query.commands)?;
    call.store().set_bot_commands(call.user_id()?, (&key, &query.lang_code), Some(&bytes)).await?;
    tell(call, &key, &query.lang_code, query.commands).await?;
    Ok(true)
}

pub(crate) async fn reset(call: &Call, query: functions::bots::ResetBotCommands) -> Answer<bool> {
    check_lang(&query.lang_code)?;
    let key = key(call, &query.scope).await?;
    call.store().set_bot_commands(call.user_id()?, (&key, &query.lang_code), None).await?;
    tell(call, &key, &query.lang_code, Vec::new()).await?;
    Ok(true)
}

pub(crate) async fn get(
    call: &Call,
    query: functions::bots::GetBotCommands,
) -> Answer<Vec<types::BotCommand>> {
    let key = key(call, &query.scope).await?;
    let commands = bot::commands(call.store(), call.user_id()?, (&key, &query.lang_code)).await?;
    Ok(commands.unwrap_or_default())
}
