//! `messages.getMessageReadParticipants` and `messages.getOutboxReadDate`

use chappe_api::{functions, types};

use crate::call::Call;
use crate::limits::{READ_MARK_AGE, READ_MARK_MEMBERS};
use crate::methods::errors::Answer;
use crate::model::target::{self, Target};
use crate::model::user;

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

/// When somebody has read a message that the caller wrote to them. Who hides that learns it of nobody.
pub(crate) async fn outbox(
    call: &Call,
    query: functions::messages::GetOutboxReadDate,
) -> Answer<types::OutboxReadDate> {
    let me = call.user_id()?;
    let Target::User(other) = target::find(call, &query.peer).await? else {
        return Err(call.refuse(&["PEER_ID_INVALID"]));
    };
    let row = call.store().message(me, i64::from(query.msg_id)).await?;
    let row = row.filter(|row| row.peer == other.id && row.author == me && other.id != me);
    let row = row.ok_or_else(|| call.refuse(&["MESSAGE_ID_INVALID"]))?;
    if call.unix().saturating_sub(row.date) > READ_MARK_AGE {
        return Err(call.refuse(&["MESSAGE_TOO_OLD"]));
    }
    if user::hides_read_dates(call.store(), me, other.id).await? {
        return Err(call.refuse(&["YOUR_PRIVACY_RESTRICTED"]));
    }
    if user::hides_read_dates(call.store(), other.id, me).await? {
        return Err(call.refuse(&["USER_PRIVACY_RESTRICTED"]));
    }
    let at = call.store().read_at(&row).await?.and_then(|at| i32::try_from(at).ok());
    Ok(types::OutboxReadDate { date: at.ok_or_else(|| call.refuse(&["MESSAGE_NOT_READ_YET"]))? })
}
