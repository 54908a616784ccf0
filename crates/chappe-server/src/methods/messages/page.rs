//! Lists of messages as answers.

use chappe_api::{enums, types};

use crate::call::Call;
use crate::limits::MESSAGES_PER_CALL;
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::message;
use crate::model::peer_id::PeerId;
use crate::model::target::Target;
use crate::store::{HistoryQuery, MessageRow, Window};

/// How many messages a call may get, by what it asks for.
pub(super) fn limit(asked: i32) -> i64 {
    let most = i64::try_from(MESSAGES_PER_CALL).unwrap_or(100);
    i64::from(asked).clamp(0, most)
}

/// A query for messages of this chat that the caller may see.
pub(crate) async fn query(call: &Call, target: &Target) -> Answer<HistoryQuery> {
    let me = call.user_id()?;
    let (peer, mailbox) = (target.peer().0, target.mailbox(me));
    let available_min = if mailbox < 0 { call.store().available_min(me, peer).await? } else { 0 };
    Ok(HistoryQuery { mailbox, peer, available_min, ..HistoryQuery::default() })
}

/// What clients make of a list that they have, to ask whether it is still so.
fn hash(rows: &[MessageRow]) -> i64 {
    let step = |hash: u64, value: i64| {
        let hash = hash ^ hash >> 21;
        let hash = hash ^ hash << 35;
        (hash ^ hash >> 4).wrapping_add(value.cast_unsigned())
    };
    rows.iter().fold(0_u64, |hash, row| step(step(hash, row.id), row.edit_date)).cast_signed()
}

/// The window, or that it is as the client has it.
pub(super) async fn window(
    call: &Call,
    mailbox: i64,
    window: Window,
    known: i64,
) -> Answer<enums::messages::Messages> {
    let count = i32::try_from(window.count).unwrap_or(i32::MAX);
    if known != 0 && known == hash(&window.messages) {
        return Ok(types::messages::MessagesNotModified { count }.into());
    }
    let eyes = Eyes::of(call)?;
    let mut peers = Peers::default();
    peers.add(PeerId(mailbox));
    let all = i64::try_from(window.messages.len()).unwrap_or(i64::MAX) >= window.count;
    let messages = message::see_all(&eyes, &window.messages, &mut peers).await?;
    let (users, chats) = peers.load(&eyes).await?;
    let offset_id_offset = i32::try_from(window.newer).ok();
    if mailbox < 0 {
        return of_channel(call, mailbox, (count, offset_id_offset), messages, (users, chats)).await;
    }
    let topics = Vec::new();
    Ok(if all {
        types::messages::Messages { messages, topics, chats, users }.into()
    } else {
        types::messages::MessagesSlice {
            inexact: false,
            count,
            next_rate: None,
            offset_id_offset,
            search_flood: None,
            messages,
            topics,
            chats,
            users,
        }
        .into()
    })
}

/// Exactly these messages; where there is none, an empty one.
pub(super) async fn exactly(
    call: &Call,
    mailbox: i64,
    found: Vec<(i32, Option<MessageRow>)>,
) -> Answer<enums::messages::Messages> {
    let eyes = Eyes::of(call)?;
    let (mut peers, mut messages) = (Peers::default(), Vec::with_capacity(found.len()));
    for (id, row) in found {
        messages.push(match row {
            Some(row) => message::see(&eyes, &row, &mut peers).await?,
            None => message::empty(id),
        });
    }
    if mailbox < 0 {
        peers.add(PeerId(mailbox));
        let count = i32::try_from(messages.len()).unwrap_or(i32::MAX);
        let loaded = peers.load(&eyes).await?;
        return of_channel(call, mailbox, (count, None), messages, loaded).await;
    }
    let (users, chats) = peers.load(&eyes).await?;
    Ok(types::messages::Messages { messages, topics: Vec::new(), chats, users }.into())
}

/// Messages of a supergroup or channel, with its pts; `place` is their whole number and how many are newer.
async fn of_channel(
    call: &Call,
    mailbox: i64,
    place: (i32, Option<i32>),
    messages: Vec<enums::Message>,
    (users, chats): (Vec<enums::User>, Vec<enums::Chat>),
) -> Answer<enums::messages::Messages> {
    let pts = call.store().pts(mailbox).await?;
    let (count, offset_id_offset) = place;
    Ok(types::messages::ChannelMessages {
        inexact: false,
        pts,
        count,
        offset_id_offset,
        messages,
        topics: Vec::new(),
        chats,
        users,
    }
    .into())
}
