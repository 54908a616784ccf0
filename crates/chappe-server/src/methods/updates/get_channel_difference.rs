//! `updates.getChannelDifference`
//!
//! What happened in a channel behind a pts comes oldest first, in slices. Who is too far behind gets the channel as it is
//! now, with its newest messages, and goes on from there.

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::{CHANNEL_GAP, DIFFERENCE_MESSAGES, MESSAGES_PER_CALL};
use crate::methods::errors::Answer;
use crate::methods::messages::page;
use crate::model::eyes::{Eyes, Peers};
use crate::model::target::{self, Target};
use crate::model::{dialog, mail, message};
use crate::store::{DialogRow, HistoryQuery};

/// When a client that has the channel on screen asks again, in seconds: members are told at once, others are not.
const TIMEOUT: i32 = 30;

pub(crate) async fn handle(
    call: &Call,
    query: functions::updates::GetChannelDifference,
) -> Answer<enums::updates::ChannelDifference> {
    let standing = target::channel(call, &query.channel).await?;
    if query.pts <= 0 {
        return Err(call.refuse(&["PERSISTENT_TIMESTAMP_EMPTY"]));
    }
    let mailbox = standing.chat.peer;
    let limit = usize::try_from(query.limit).unwrap_or(0).clamp(1, DIFFERENCE_MESSAGES);
    let slice = call.store().mail_events(mailbox, query.pts, limit).await?;
    let timeout = Some(TIMEOUT);
    let behind = slice.pts.saturating_sub(query.pts);
    // A client of another life of the server may be ahead of us.
    if slice.too_long || !(0..=CHANNEL_GAP).contains(&behind) {
        return too_long(call, Target::Group(Box::new(standing)), limit).await;
    }
    let (eyes, mut peers) = (Eyes::of(call)?, Peers::default());
    let (mut new_messages, mut other_updates) = (Vec::new(), Vec::new());
    for event in &slice.events {
        match mail::update(&eyes, mailbox, event, &mut peers).await? {
            Some(enums::Update::NewChannelMessage(new)) => {
                if wanted(&query.filter, event.value) {
                    new_messages.push(new.message.clone());
                }
            }
            update => other_updates.extend(update),
        }
    }
    let pts = slice.events.last().filter(|_| slice.more).map_or(slice.pts, |event| event.pts);
    if slice.events.is_empty() {
        return Ok(types::updates::ChannelDifferenceEmpty { r#final: true, pts, timeout }.into());
    }
    peers.add(standing.peer());
    let (users, chats) = peers.load(&eyes).await?;
    Ok(types::updates::ChannelDifference {
        r#final: !slice.more,
        pts,
        timeout,
        new_messages,
        other_updates,
        chats,
        users,
    }
    .into())
}

/// Whether a client has asked for this message.
fn wanted(filter: &enums::ChannelMessagesFilter, id: i32) -> bool {
    match filter {
        enums::ChannelMessagesFilter::Empty => true,
        enums::ChannelMessagesFilter::Filter(filter) => {
            let within = filter.ranges.iter().any(|range| (range.min_id..=range.max_id).contains(&id));
            within && !filter.exclude_new_messages
        }
    }
}

async fn too_long(call: &Call, target: Target, limit: usize) -> Answer<enums::updates::ChannelDifference> {
    let eyes = Eyes::of(call)?;
    let (peer, mailbox) = (target.peer().0, target.mailbox(eyes.user_id()));
    let row =
        call.store().dialog(eyes.user_id(), peer).await?.unwrap_or_else(|| DialogRow::new(peer, mailbox));
    let mut peers = Peers::default();
    let (mut dialogs, _) = dialog::see_all(&eyes, &[row], &mut peers).await?;
    let limit = i64::try_from(limit.min(MESSAGES_PER_CALL)).unwrap_or(1);
    let newest = HistoryQuery { limit, ..page::query(call, &target).await? };
    let mut rows = Vec::new();
    for row in call.store().history(&newest).await?.messages {
        if call.world.hears(&row, eyes.user_id()).await? {
            rows.push(row);
        }
    }
    let messages = message::see_all(&eyes, &rows, &mut peers).await?;
    let (users, chats) = peers.load(&eyes).await?;
    let dialog = dialogs.pop().ok_or_else(|| call.refuse(&["CHANNEL_INVALID"]))?;
    Ok(types::updates::ChannelDifferenceTooLong {
        r#final: true,
        timeout: Some(TIMEOUT),
        dialog,
        messages,
        chats,
        users,
    }
    .into())
}
