//! `messages.getMessages` and `channels.getMessages`

use chappe_api::{enums, functions};

use super::page;
use crate::call::Call;
use crate::limits::MESSAGES_PER_CALL;
use crate::methods::errors::Answer;
use crate::model::peer_id::PeerId;
use crate::model::target;
use crate::store::{HistoryQuery, MessageRow};

pub(crate) async fn own(
    call: &Call,
    query: functions::messages::GetMessages,
) -> Answer<enums::messages::Messages> {
    let mailbox = call.user_id()?;
    let found = find(call, mailbox, &query.id, 0).await?;
    page::exactly(call, mailbox, found).await
}

pub(crate) async fn of_channel(
    call: &Call,
    query: functions::channels::GetMessages,
) -> Answer<enums::messages::Messages> {
    let standing = target::channel(call, &query.channel).await?;
    if query.id.is_empty() {
        return Err(call.refuse(&["MESSAGE_IDS_EMPTY"]));
    }
    let mailbox = standing.chat.peer;
    let available_min = call.store().available_min(call.user_id()?, mailbox).await?;
    let found = find(call, mailbox, &query.id, available_min).await?;
    page::exactly(call, mailbox, found).await
}

async fn find(
    call: &Call,
    mailbox: i64,
    inputs: &[enums::InputMessage],
    available_min: i64,
) -> Answer<Vec<(i32, Option<MessageRow>)>> {
    let mut found = Vec::new();
    for input in inputs.iter().take(MESSAGES_PER_CALL) {
        let message = async |id: i32| call.store().message(mailbox, i64::from(id)).await;
        let (id, row) = match input {
            enums::InputMessage::Id(input) => (input.id, message(input.id).await?),
            enums::InputMessage::ReplyTo(input) => {
                let answered = message(input.id).await?.map_or(0, |row| row.reply_to);
                let id = i32::try_from(answered).unwrap_or(0);
                (id, message(id).await?)
            }
            enums::InputMessage::CallbackQuery(input) => (input.id, message(input.id).await?),
            enums::InputMessage::Pinned => {
                let query = HistoryQuery {
                    mailbox,
                    peer: mailbox,
                    pinned: true,
                    limit: 1,
                    ..HistoryQuery::default()
                };
                let pinned = match PeerId(mailbox).is_channel() {
                    true => call.store().history(&query).await?.messages.pop(),
                    false => None,
                };
                (0, pinned)
            }
        };
        found.push((id, row.filter(|row| row.id > available_min)));
    }
    Ok(found)
}
