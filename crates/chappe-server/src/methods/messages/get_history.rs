//! `messages.getHistory`

use chappe_api::{enums, functions};

use super::page;
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::target;
use crate::store::HistoryQuery;

pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::GetHistory,
) -> Answer<enums::messages::Messages> {
    let target = target::find(call, &query.peer).await?;
    let history = HistoryQuery {
        offset_id: i64::from(query.offset_id.max(0)),
        offset_date: i64::from(query.offset_date.max(0)),
        add_offset: i64::from(query.add_offset),
        limit: page::limit(query.limit),
        max_id: i64::from(query.max_id.max(0)),
        min_id: i64::from(query.min_id.max(0)),
        ..page::query(call, &target).await?
    };
    let window = call.store().history(&history).await?;
    page::window(call, history.mailbox, window, query.hash).await
}
