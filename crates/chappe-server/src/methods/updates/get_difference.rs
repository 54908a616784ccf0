//! `updates.getDifference`
//!
//! The qts that the client passes acknowledges everything up to it. Secret messages come oldest first, in slices;
//! the qts of each answer is that of its last message. Updates without a counter come with the first slice.

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::{DIFFERENCE_BYTES, DIFFERENCE_MESSAGES};
use crate::methods::errors::Answer;
use crate::model::update::{self, Viewer};

pub(crate) async fn handle(
    call: &Call,
    query: functions::updates::GetDifference,
) -> Answer<enums::updates::Difference> {
    let user = call.user().await?;
    let viewer = Viewer { device: call.device, user_id: user.id, dc_id: call.environment.this_dc };
    let (store, access) = (call.store(), &call.world.access);

    store.acknowledge_qts(call.device, query.qts).await?;
    let limit = query.qts_limit.and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.unwrap_or(DIFFERENCE_MESSAGES).clamp(1, DIFFERENCE_MESSAGES);
    let slice = store.queued_messages(call.device, query.qts, limit, DIFFERENCE_BYTES).await?;

    let (mut other_updates, mut user_ids) = (Vec::new(), Vec::new());
    for event in store.device_events(call.device, query.date, call.date()).await? {
        if let Some((update, peer)) = update::event(store, access, viewer, event).await? {
            other_updates.push(update);
            user_ids.push(peer);
        }
    }
    for message in &slice.messages {
        let chat = store.secret_chat(message.chat_id).await?;
        user_ids.extend(chat.and_then(|chat| chat.peer_of(user.id)));
    }
    // A client that is ahead of us (it comes from another life of the server) has to learn our qts, too.
    if slice.messages.is_empty() && other_updates.is_empty() && query.qts == slice.current_qts {
        return Ok(types::updates::DifferenceEmpty { date: call.date(), seq: 0 }.into());
    }
    let last = slice.messages.last().map(|message| message.qts);
    let qts = if slice.more { last.unwrap_or(slice.current_qts) } else { slice.current_qts };
    let state = types::updates::State {
        pts: i32::try_from(user.pts).unwrap_or(i32::MAX),
        qts,
        date: call.date(),
        seq: 0,
        unread_count: 0,
    };
    let users = update::users(store, access, viewer, user_ids, call.unix()).await?;
    let new_encrypted_messages = slice.messages.into_iter();
    let new_encrypted_messages =
        new_encrypted_messages.map(|message| update::encrypted_message(message, viewer, access)).collect();
    let (new_messages, chats) = (Vec::new(), Vec::new());
    Ok(if slice.more {
        types::updates::DifferenceSlice {
            new_messages,
            new_encrypted_messages,
            other_updates,
            chats,
            users,
            intermediate_state: state,
        }
        .into()
    } else {
        types::updates::Difference {
            new_messages,
            new_encrypted_messages,
            other_updates,
            chats,
            users,
            state,
        }
        .into()
    })
}
