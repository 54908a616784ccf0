//! Buttons: `messages.getBotCallbackAnswer` asks the bot, `messages.setBotCallbackAnswer` answers.
//!
//! Source: <https://core.telegram.org/api/bots/buttons>

use chappe_api::{enums, functions, types};
use chappe_tl::Decode;

use super::edit_inline;
use crate::call::Call;
use crate::limits::CALLBACK_MESSAGE_LEN;
use crate::methods::errors::{Answer, bad_request};
use crate::methods::messages::outgoing::{self, stored};
use crate::model::bot;
use crate::model::peer_id::PeerId;
use crate::model::target;
use crate::store::{BotQuery, MessageRow, QueryKind};

/// Whether a button of the message has this data.
fn has_button(row: &MessageRow, data: &[u8]) -> bool {
    let markup = row.reply_markup.as_ref().and_then(|bytes| enums::ReplyMarkup::from_bytes(bytes).ok());
    let Some(enums::ReplyMarkup::InlineMarkup(markup)) = markup else { return false };
    markup.rows.iter().flat_map(|row| &row.buttons).any(|button| {
        matches!(&button.r#type, enums::InlineButtonType::Callback(callback) if callback.data == data)
    })
}

pub(crate) async fn ask(
    call: &Call,
    query: functions::messages::GetBotCallbackAnswer,
) -> Answer<types::messages::BotCallbackAnswer> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    let invalid = || call.refuse(&["MESSAGE_ID_INVALID"]);
    let row = outgoing::named(call, target.mailbox(me), &[query.msg_id]).await?.into_iter().flatten().next();
    let row = row.filter(|row| row.peer == target.peer().0).ok_or_else(invalid)?;
    let data = query.data.filter(|data| has_button(&row, data));
    let data = data.ok_or_else(|| bad_request("DATA_INVALID"))?;
    let bot_id = if row.via_bot == 0 { row.author } else { row.via_bot };
    call.store().user(bot_id).await?.filter(|bot| bot.is_bot && !bot.deleted).ok_or_else(invalid)?;
    let asked = BotQuery {
        id: bot::query_id(call),
        kind: QueryKind::Button as i64,
        bot_id,
        user_id: me,
        query: String::new(),
        position: String::new(),
        asked_at: call.unix(),
        answer: None,
        is_private: true,
    };
    let (query_id, chat_instance) = (asked.id, call.world.access.chat_instance(bot_id, row.peer));
    let mut peers = vec![PeerId::user(me)];
    let update: enums::Update = if row.via_bot != 0 {
        types::UpdateInlineBotCallbackQuery {
            query_id,
            user_id: me,
            msg_id: edit_inline::name(call, bot_id, &row),
            chat_instance,
            data: Some(data),
            game_short_name: None,
        }
        .into()
    } else {
        // The bot has a copy of its own, unless all share one.
        let id = match row.mailbox < 0 {
            true => row.id,
            false => call.store().message_by_uid(bot_id, row.uid).await?.ok_or_else(invalid)?.id,
        };
        let peer = if target.peer().is_user() { PeerId::user(me) } else { target.peer() };
        peers.push(peer);
        types::UpdateBotCallbackQuery {
            query_id,
            user_id: me,
            peer: peer.peer(),
            msg_id: i32::try_from(id).unwrap_or(i32::MAX),
            chat_instance,
            data: Some(data),
            game_short_name: None,
        }
        .into()
    };
    let answered = bot::ask(call, &asked, update, peers).await?;
    let answer = answered.answer.and_then(|bytes| Decode::from_bytes(&bytes).ok());
    answer.ok_or_else(|| bad_request("BOT_RESPONSE_TIMEOUT"))
}

pub(crate) async fn answer(call: &Call, query: functions::messages::SetBotCallbackAnswer) -> Answer<bool> {
    if query.message.as_ref().is_some_and(|text| text.chars().count() > CALLBACK_MESSAGE_LEN) {
        return Err(bad_request("MESSAGE_TOO_LONG"));
    }
    if query.url.as_ref().is_some_and(|url| !super::results::is_url(url)) {
        return Err(bad_request("URL_INVALID"));
    }
    let answer = types::messages::BotCallbackAnswer {
        alert: query.alert,
        has_url: query.url.is_some(),
        native_ui: true,
        message: query.message,
        url: query.url,
        cache_time: query.cache_time.max(0),
    };
    let which = (query.query_id, QueryKind::Button, call.user_id()?);
    if !call.store().answer_bot_query(which, &stored(&answer)?, 0, true, call.unix()).await? {
        return Err(bad_request("QUERY_ID_INVALID"));
    }
    call.world.bot_answers.notify_waiters();
    Ok(true)
}
