//! `messages.getMessageReadParticipants`

use chappe_api::{functions, types};

use crate::call::Call;
use crate::limits::{READ_MARK_AGE, READ_MARK_MEMBERS};
use crate::methods::errors::Answer;
use crate::model::target;

/// Who has read a message of the caller's in a small group, and when; of old messages nobody knows any more.
pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::GetMessageReadParticipants,
) -> Answer<Vec<types::ReadParticipantDate>> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    let standing = target.standing().filter(|standing| !standing.is_broadcast() && standing.is_in());
    let standing = standing.ok_or_else(|| call.refuse(&["PEER_ID_INVALID"]))?;
    if standing.chat.members > READ_MARK_MEMBERS {
        return Err(call.refuse(&["CHAT_TOO_BIG"]));
    }
    let row = call.store().message(target.mailbox(me), i64::from(query.msg_id)).await?;
    let row = row.filter(|row| row.peer == target.peer().0 && row.author == me);
    let row = row.ok_or_else(|| call.refuse(&["MSG_ID_INVALID"]))?;
    if call.unix().saturating_sub(row.date) > READ_MARK_AGE {
        return Err(call.refuse(&["MSG_TOO_OLD"]));
    }
    let readers = call.store().readers_of(&row).await?;
    Ok(readers
        .into_iter()
        .map(|(user_id, at)| types::ReadParticipantDate {
            user_id,
            date: i32::try_from(at).unwrap_or(i32::MAX),
        })
        .collect())
}
