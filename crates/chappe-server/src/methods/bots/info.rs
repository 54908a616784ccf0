//! `bots.setBotInfo` and `bots.getBotInfo`.

use chappe_api::{functions, types};

use super::commands::check_lang;
use crate::call::Call;
use crate::limits::{BOT_ABOUT_LEN, BOT_DESCRIPTION_LEN, NAME_LEN};
use crate::methods::errors::{Answer, bad_request};
use crate::model::note::Note;
use crate::store::{BotWords, UserRow};

/// The bot that is meant: itself for a bot. People own no bots here.
async fn meant(call: &Call, named: Option<&chappe_api::enums::InputUser>) -> Answer<UserRow> {
    let me = call.user().await?;
    match named {
        None if me.is_bot => Ok(me),
        None => Err(bad_request("BOT_INVALID")),
        Some(input) => {
            let bot = super::named(call, input).await?;
            if bot.id == me.id { Ok(bot) } else { Err(bad_request("USER_BOT_INVALID")) }
        }
    }
}

pub(crate) async fn set(call: &Call, query: functions::bots::SetBotInfo) -> Answer<bool> {
    let bot = meant(call, query.bot.as_ref()).await?;
    let too_long =
        |text: &Option<String>, len: usize| text.as_ref().is_some_and(|text| text.chars().count() > len);
    let unnamed =
        query.lang_code.is_empty() && query.name.as_ref().is_some_and(|name| name.trim().is_empty());
    if check_lang(&query.lang_code).is_err()
        || unnamed
        || too_long(&query.name, NAME_LEN)
        || too_long(&query.about, BOT_ABOUT_LEN)
        || too_long(&query.description, BOT_DESCRIPTION_LEN)
    {
        return Err(bad_request("BOT_INVALID"));
    }
    let words = BotWords { name: query.name, about: query.about, description: query.description };
    call.store().set_bot_words(bot.id, &query.lang_code, &words).await?;
    // What everybody sees who speaks no other language.
    if query.lang_code.is_empty() && (words.name.is_some() || words.about.is_some()) {
        let name = words.name.as_deref().map_or(&*bot.first_name, str::trim);
        let about = words.about.as_deref().unwrap_or(&bot.about);
        call.store().set_profile(bot.id, (name, &bot.last_name), about).await?;
        call.tell_watchers(bot.id, Note::User { user_id: bot.id }).await?;
    }
    Ok(true)
}

pub(crate) async fn get(call: &Call, query: functions::bots::GetBotInfo) -> Answer<types::bots::BotInfo> {
    let bot = meant(call, query.bot.as_ref()).await?;
    check_lang(&query.lang_code)?;
    let words = call.store().bot_words(bot.id, &query.lang_code).await?;
    let usual = |text: Option<String>, usual: String| match query.lang_code.is_empty() {
        true => text.unwrap_or(usual),
        false => text.unwrap_or_default(),
    };
    Ok(types::bots::BotInfo {
        name: usual(words.name, bot.first_name),
        about: usual(words.about, bot.about),
        description: words.description.unwrap_or_default(),
    })
}
