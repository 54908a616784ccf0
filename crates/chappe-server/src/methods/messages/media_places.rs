//! Where the media of a chat lie in it, by day and by number: `messages.getSearchResultsCalendar` and
//! `getSearchResultsPositions`.

use chappe_api::{enums, functions, types};
use enums::MessagesFilter as F;

use super::{page, search};
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::{message, target};
use crate::store::HistoryQuery;

/// Days in one answer.
const DAYS: i64 = 100;
/// Positions in one answer.
const POSITIONS: i32 = 100;

fn int(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// What a filter finds in a chat; `None` if there can be none of it.
async fn wanted(call: &Call, peer: &enums::InputPeer, filter: &F) -> Answer<Option<HistoryQuery>> {
    if matches!(filter, F::Empty | F::MyMentions | F::Pinned) {
        return Err(call.refuse(&["FILTER_NOT_SUPPORTED", "PEER_ID_INVALID"]));
    }
    let mut history = page::query(call, &target::find(call, peer).await?).await?;
    Ok(search::apply(filter, call.user_id()?, &mut history).map(|()| history))
}

pub(crate) async fn calendar(
    call: &Call,
    query: functions::messages::GetSearchResultsCalendar,
) -> Answer<types::messages::SearchResultsCalendar> {
    let found = wanted(call, &query.peer, &query.filter).await?;
    let mut days = Vec::new();
    let (mut count, mut oldest, mut newer) = (0, None, 0);
    if let Some(all) = found {
        count = call.store().history(&HistoryQuery { limit: 0, ..all.clone() }).await?.count;
        let last = HistoryQuery { limit: 1, add_offset: count.saturating_sub(1), ..all.clone() };
        oldest = call.store().history(&last).await?.messages.pop();
        let before = HistoryQuery {
            max_id: i64::from(query.offset_id.max(0)),
            max_date: i64::from(query.offset_date.max(0)),
            ..all.clone()
        };
        newer = count - call.store().history(&HistoryQuery { limit: 0, ..before.clone() }).await?.count;
        days = call.store().days(&before, DAYS).await?;
    }
    let eyes = Eyes::of(call)?;
    let (mut peers, mut messages, mut periods) = (Peers::default(), Vec::new(), Vec::new());
    for (newest, day) in &days {
        messages.push(message::see(&eyes, newest, &mut peers).await?);
        periods.push(types::SearchResultsCalendarPeriod {
            date: int(day.date),
            min_msg_id: int(day.min_id),
            max_msg_id: int(day.max_id),
            count: int(day.count),
        });
    }
    let (users, chats) = peers.load(&eyes).await?;
    Ok(types::messages::SearchResultsCalendar {
        inexact: false,
        count: int(count),
        min_date: oldest.as_ref().map_or(0, |row| int(row.date)),
        min_msg_id: oldest.as_ref().map_or(0, |row| int(row.id)),
        offset_id_offset: Some(int(newer)),
        periods,
        messages,
        chats,
        users,
    })
}

/// Some of the messages, as far from each other as they have to be so that no more than `limit` are named.
pub(crate) async fn positions(
    call: &Call,
    query: functions::messages::GetSearchResultsPositions,
) -> Answer<types::messages::SearchResultsPositions> {
    let Some(all) = wanted(call, &query.peer, &query.filter).await? else {
        return Ok(types::messages::SearchResultsPositions { count: 0, positions: Vec::new() });
    };
    let before = HistoryQuery { max_id: i64::from(query.offset_id.max(0)), ..all.clone() };
    let count = call.store().history(&HistoryQuery { limit: 0, ..all }).await?.count;
    let behind = call.store().history(&HistoryQuery { limit: 0, ..before.clone() }).await?.count;
    let limit = i64::from(query.limit.clamp(1, POSITIONS));
    let step = behind.saturating_add(limit - 1) / limit;
    let places = call.store().places(&before, step.max(1), limit).await?;
    let positions = places.into_iter().map(|(id, date, place)| types::SearchResultPosition {
        msg_id: int(id),
        date: int(date),
        offset: int(count - behind + place),
    });
    Ok(types::messages::SearchResultsPositions { count: int(count), positions: positions.collect() })
}
