//! `channels.getLeftChannels` and `getInactiveChannels`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::MESSAGES_PER_CALL;
use crate::methods::account::takeout;
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::group;
use crate::model::peer_id::PeerId;

/// Within an export, the channels and supergroups that the caller has left, a page at a time. Those that are gone, and those
/// from which the caller was removed, are none of them.
pub(crate) async fn left(
    call: &Call,
    query: functions::channels::GetLeftChannels,
) -> Answer<enums::messages::Chats> {
    takeout::check(call).await?;
    let eyes = Eyes::of(call)?;
    let peers = call.store().left_channels(call.user_id()?).await?;
    let skipped = usize::try_from(query.offset).unwrap_or(0);
    let mut chats = Vec::new();
    for peer in peers.iter().skip(skipped).take(MESSAGES_PER_CALL) {
        if let Some(standing) = group::standing(&eyes, PeerId(*peer)).await? {
            chats.push(group::see(&eyes, &standing));
        }
    }
    if chats.len() == peers.len() {
        return Ok(types::messages::Chats { chats }.into());
    }
    let count = i32::try_from(peers.len()).unwrap_or(i32::MAX);
    Ok(types::messages::ChatsSlice { count, chats }.into())
}

/// The channels and supergroups in which nothing has happened for longest, of which somebody may leave some who is in too
/// many.
pub(crate) async fn inactive(
    call: &Call,
    _: functions::channels::GetInactiveChannels,
) -> Answer<types::messages::InactiveChats> {
    let eyes = Eyes::of(call)?;
    let mut rows = call.store().dialogs(call.user_id()?).await?;
    rows.retain(|row| row.mailbox < 0);
    rows.sort_by_key(|row| (row.top_date, row.peer));
    rows.truncate(MESSAGES_PER_CALL);
    let (mut dates, mut chats) = (Vec::new(), Vec::new());
    for row in rows {
        let Some(standing) = group::standing(&eyes, PeerId(row.peer)).await? else { continue };
        dates.push(i32::try_from(row.top_date).unwrap_or(i32::MAX));
        chats.push(group::see(&eyes, &standing));
    }
    let (users, _) = Peers::default().load(&eyes).await?;
    Ok(types::messages::InactiveChats { dates, chats, users })
}
