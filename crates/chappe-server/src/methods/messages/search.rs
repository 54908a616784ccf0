//! `messages.search`, `searchGlobal`, `getSearchCounters` and the list of unread mentions

use chappe_api::{enums, functions, types};
use enums::MessagesFilter as F;

use super::page;
use crate::call::Call;
use crate::limits::SEARCH_COUNTERS;
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::{message, target};
use crate::store::{Before, Chats, HistoryQuery, kinds};

/// Makes a query look for what a filter names. `None` for what this server has none of.
pub(super) fn apply(filter: &F, me: i64, query: &mut HistoryQuery) -> Option<()> {
    query.kinds = match filter {
        F::Empty => 0,
        F::Photos => kinds::PHOTO,
        F::Video => kinds::VIDEO,
        F::PhotoVideo => kinds::PHOTO | kinds::VIDEO,
        F::Document => kinds::DOCUMENT,
        F::Url => kinds::URL,
        F::Gif => kinds::GIF,
        F::Voice => kinds::VOICE,
        F::Music => kinds::MUSIC,
        F::ChatPhotos => kinds::CHAT_PHOTO,
        F::RoundVideo => kinds::ROUND,
        F::RoundVoice => kinds::ROUND | kinds::VOICE,
        F::Geo => kinds::GEO,
        F::Contacts => kinds::CONTACT,
        F::Pinned => {
            query.pinned = true;
            0
        }
        F::MyMentions => {
            query.mentions_of = me;
            0
        }
        _ => return None,
    };
    Some(())
}

pub(crate) async fn in_chat(
    call: &Call,
    query: functions::messages::Search,
) -> Answer<enums::messages::Messages> {
    let me = call.user_id()?;
    let chat = match &query.peer {
        // All private chats and basic groups; channels have numbers of their own.
        enums::InputPeer::Empty => HistoryQuery { mailbox: me, ..HistoryQuery::default() },
        peer => page::query(call, &target::find(call, peer).await?).await?,
    };
    let mut history = HistoryQuery {
        text: query.q.trim().to_lowercase(),
        min_date: i64::from(query.min_date.max(0)),
        max_date: i64::from(query.max_date.max(0)),
        offset_id: i64::from(query.offset_id.max(0)),
        add_offset: i64::from(query.add_offset),
        limit: page::limit(query.limit),
        max_id: i64::from(query.max_id.max(0)),
        min_id: i64::from(query.min_id.max(0)),
        ..chat
    };
    if let Some(from) = &query.from_id {
        history.from_peer = target::find(call, from).await?.peer().0;
    }
    let found = match apply(&query.filter, me, &mut history) {
        Some(()) => call.store().history(&history).await?,
        None => Default::default(),
    };
    page::window(call, history.mailbox, found, query.hash).await
}

/// In which chats is searched; `None` if no chat is of all the kinds that are asked for. The archive is always empty.
fn chats(query: &functions::messages::SearchGlobal) -> Option<Chats> {
    match (query.users_only, query.groups_only, query.broadcasts_only, query.folder_id.unwrap_or(0)) {
        (false, false, false, 0) => Some(Chats::All),
        (true, false, false, 0) => Some(Chats::WithPeople),
        (false, true, false, 0) => Some(Chats::Groups),
        (false, false, true, 0) => Some(Chats::Broadcasts),
        _ => None,
    }
}

/// Behind which message a page begins. Who does not name the chat of that message gets no other of the same second and
/// number.
async fn before(call: &Call, query: &functions::messages::SearchGlobal) -> Answer<Before> {
    let mailbox = match &query.offset_peer {
        enums::InputPeer::Empty => i64::MIN,
        peer => target::find(call, peer).await?.mailbox(call.user_id()?),
    };
    Ok(Before { date: i64::from(query.offset_rate.max(0)), id: i64::from(query.offset_id.max(0)), mailbox })
}

pub(crate) async fn everywhere(
    call: &Call,
    query: functions::messages::SearchGlobal,
) -> Answer<enums::messages::Messages> {
    let me = call.user_id()?;
    let chats = chats(&query);
    let mut history = HistoryQuery {
        text: query.q.trim().to_lowercase(),
        chats: chats.unwrap_or_default(),
        min_date: i64::from(query.min_date.max(0)),
        max_date: i64::from(query.max_date.max(0)),
        limit: page::limit(query.limit),
        ..HistoryQuery::default()
    };
    let possible = apply(&query.filter, me, &mut history).is_some();
    let narrow = history.kinds != 0 || history.pinned || history.mentions_of != 0;
    if history.text.is_empty() && !narrow && possible {
        return Err(call.refuse(&["SEARCH_QUERY_EMPTY"]));
    }
    let before = before(call, &query).await?;
    let (count, rows) = match possible && chats.is_some() {
        true => call.store().search_everywhere(me, &history, before).await?,
        false => (0, Vec::new()),
    };
    let eyes = Eyes::of(call)?;
    let mut peers = Peers::default();
    let messages = message::see_all(&eyes, &rows, &mut peers).await?;
    let (users, chats) = peers.load(&eyes).await?;
    let topics = Vec::new();
    let next_rate = rows.last().and_then(|row| i32::try_from(row.date).ok());
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    if before.date == 0 && i32::try_from(rows.len()).is_ok_and(|len| len >= count) {
        return Ok(types::messages::Messages { messages, topics, chats, users }.into());
    }
    Ok(types::messages::MessagesSlice {
        inexact: false,
        count,
        next_rate,
        offset_id_offset: None,
        search_flood: None,
        messages,
        topics,
        chats,
        users,
    }
    .into())
}

pub(crate) async fn counters(
    call: &Call,
    query: functions::messages::GetSearchCounters,
) -> Answer<Vec<types::messages::SearchCounter>> {
    let target = target::find(call, &query.peer).await?;
    let mut counters = Vec::new();
    for filter in query.filters.into_iter().take(SEARCH_COUNTERS) {
        let mut history = page::query(call, &target).await?;
        let count = match apply(&filter, call.user_id()?, &mut history) {
            Some(()) => call.store().history(&history).await?.count,
            None => 0,
        };
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        counters.push(types::messages::SearchCounter { inexact: false, filter, count });
    }
    Ok(counters)
}

pub(crate) async fn unread_mentions(
    call: &Call,
    query: functions::messages::GetUnreadMentions,
) -> Answer<enums::messages::Messages> {
    let target = target::find(call, &query.peer).await?;
    let history = HistoryQuery {
        mentions_of: -call.user_id()?,
        offset_id: i64::from(query.offset_id.max(0)),
        add_offset: i64::from(query.add_offset),
        limit: page::limit(query.limit),
        max_id: i64::from(query.max_id.max(0)),
        min_id: i64::from(query.min_id.max(0)),
        ..page::query(call, &target).await?
    };
    let found = call.store().history(&history).await?;
    page::window(call, history.mailbox, found, 0).await
}
