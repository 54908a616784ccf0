//! Inline questions: `messages.getInlineBotResults` asks the bot, `messages.setInlineBotResults` answers.
//!
//! What a bot answers with a cache time is given to others who ask the same.
//!
//! Source: <https://core.telegram.org/api/bots/inline>

use chappe_api::{enums, functions, types};
use chappe_tl::Decode;

use super::{named, results};
use crate::call::Call;
use crate::limits::{INLINE_QUERY_LEN, INLINE_RESULTS, NEXT_OFFSET_LEN};
use crate::methods::errors::{Answer, bad_request, internal};
use crate::methods::messages::outgoing::stored;
use crate::model::bot;
use crate::model::eyes::{Eyes, Peers};
use crate::model::peer_id::PeerId;
use crate::model::target::{self, Target};
use crate::store::{BotQuery, QueryKind};

pub(crate) async fn ask(
    call: &Call,
    query: functions::messages::GetInlineBotResults,
) -> Answer<types::messages::BotResults> {
    use enums::InlineQueryPeerType as Type;
    let me = call.user_id()?;
    let bot = named(call, &query.bot).await?;
    let peer_type = match &query.peer {
        enums::InputPeer::Empty => None,
        input => Some(match target::find(call, input).await? {
            Target::User(user) if user.id == bot.id => Type::SameBotPm,
            Target::User(user) if user.is_bot => Type::BotPm,
            Target::User(_) => Type::Pm,
            Target::Group(standing) if standing.is_basic() => Type::Chat,
            Target::Group(standing) if standing.is_broadcast() => Type::Broadcast,
            Target::Group(_) => Type::Megagroup,
        }),
    };
    let asked = BotQuery {
        id: bot::query_id(call),
        kind: QueryKind::Inline as i64,
        bot_id: bot.id,
        user_id: me,
        query: query.query.chars().take(INLINE_QUERY_LEN).collect(),
        position: query.offset,
        asked_at: call.unix(),
        answer: None,
        is_private: false,
    };
    let answered = match call.store().cached_bot_query(&asked, call.unix()).await? {
        Some(known) => known,
        None => {
            let update = types::UpdateBotInlineQuery {
                query_id: asked.id,
                user_id: me,
                query: asked.query.clone(),
                geo: None,
                peer_type,
                offset: asked.position.clone(),
            };
            bot::ask(call, &asked, update, vec![PeerId::user(me)]).await?
        }
    };
    let eyes = Eyes::of(call)?;
    let mut answer = read(&answered)?;
    answer.query_id = answered.id;
    results::see(&mut answer.results, &eyes);
    let mut peers = Peers::default();
    peers.add(PeerId::user(bot.id));
    (answer.users, _) = peers.load(&eyes).await?;
    Ok(answer)
}

/// What a bot has answered, as nobody sees it.
pub(super) fn read(answered: &BotQuery) -> Answer<types::messages::BotResults> {
    let bytes = answered.answer.as_ref().ok_or_else(internal)?;
    types::messages::BotResults::from_bytes(bytes).map_err(|_| internal())
}

pub(crate) async fn answer(call: &Call, query: functions::messages::SetInlineBotResults) -> Answer<bool> {
    if query.results.len() > INLINE_RESULTS {
        return Err(bad_request("RESULTS_TOO_MUCH"));
    }
    if query.next_offset.as_ref().is_some_and(|offset| offset.len() > NEXT_OFFSET_LEN) {
        return Err(bad_request("NEXT_OFFSET_INVALID"));
    }
    if let Some(switch) = &query.switch_pm {
        if switch.text.is_empty() {
            return Err(bad_request("SWITCH_PM_TEXT_EMPTY"));
        }
        if switch.start_param.is_empty() {
            return Err(bad_request("START_PARAM_EMPTY"));
        }
    }
    let mut made: Vec<enums::BotInlineResult> = Vec::with_capacity(query.results.len());
    let mut ids = Vec::new();
    for input in &query.results {
        let result = results::make(call, input).await?;
        let id = results::id(&result).to_owned();
        if ids.contains(&id) {
            return Err(bad_request("RESULT_ID_DUPLICATE"));
        }
        ids.push(id);
        made.push(result);
    }
    let cache_time = query.cache_time.max(0);
    let answer = types::messages::BotResults {
        gallery: query.gallery,
        query_id: query.query_id,
        next_offset: query.next_offset.filter(|offset| !offset.is_empty()),
        switch_pm: query.switch_pm,
        switch_webview: query.switch_webview,
        results: made,
        cache_time,
        users: Vec::new(),
    };
    let which = (query.query_id, QueryKind::Inline, call.user_id()?);
    let until = if cache_time == 0 { 0 } else { call.unix().saturating_add(i64::from(cache_time)) };
    if !call.store().answer_bot_query(which, &stored(&answer)?, until, query.private, call.unix()).await? {
        return Err(bad_request("QUERY_ID_INVALID"));
    }
    call.world.bot_answers.notify_waiters();
    Ok(true)
}
