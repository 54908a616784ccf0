//! `messages.createChat`

use chappe_api::{functions, types};

use super::{admission, tell};
use crate::call::Call;
use crate::limits::{GROUP_MEMBERS, TITLE_LEN, USERS_PER_CALL};
use crate::methods::errors::{Answer, bad_request};
use crate::methods::messages::outgoing;
use crate::model::peer;
use crate::model::peer_id::PeerId;
use crate::store::chats::BASIC;
use crate::store::{AccountChange, Amendment, ChatRow, MemberRow};

/// A title as it is kept: `CHAT_TITLE_EMPTY` if nothing is left of it.
pub(crate) fn check_title(call: &Call, title: &str) -> Answer<String> {
    let title: String = title.trim().chars().take(TITLE_LEN).collect();
    if title.is_empty() { Err(call.refuse(&["CHAT_TITLE_EMPTY"])) } else { Ok(title) }
}

/// Those who do not want to be in it are told to the caller; the group is made without them.
pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::CreateChat,
) -> Answer<types::messages::InvitedUsers> {
    let me = call.user_id()?;
    if query.ttl_period.is_some_and(|period| period != 0) {
        return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
    }
    let title = check_title(call, &query.title)?;
    let too_much = || call.refuse(&["USERS_TOO_MUCH", "CHAT_MEMBER_ADD_FAILED"]);
    if query.users.len() > USERS_PER_CALL {
        return Err(too_much());
    }
    let (mut invited, mut missing_invitees) = (Vec::new(), Vec::new());
    for input in &query.users {
        let user = peer::find(call, input).await?;
        let user = user.ok_or_else(|| call.refuse(&["USER_ID_INVALID", "CHAT_MEMBER_ADD_FAILED"]))?;
        if user.id == me || invited.contains(&user.id) {
            continue;
        }
        match admission::obstacle(call, &user, None).await? {
            None => invited.push(user.id),
            Some("INPUT_USER_DEACTIVATED") => return Err(call.refuse(&["INPUT_USER_DEACTIVATED"])),
            Some(_) => missing_invitees.push(admission::missing(user.id)),
        }
    }
    if invited.is_empty() && missing_invitees.is_empty() {
        return Err(call.refuse(&["USERS_TOO_FEW"]));
    }
    if i64::try_from(invited.len()).is_ok_and(|count| count >= GROUP_MEMBERS) {
        return Err(too_much());
    }
    let now = call.unix();
    let users: Vec<i64> = std::iter::once(me).chain(invited).collect();
    let members: Vec<MemberRow> = users.iter().map(|user| MemberRow::joined(0, *user, me, now)).collect();
    let row = ChatRow { kind: BASIC, title: title.clone(), creator: me, date: now, ..ChatRow::default() };
    let chat = call.store().create_chat(row, |id| PeerId::chat(id).0, &members).await?;
    let peer = PeerId(chat.peer);
    let target = outgoing::group_target(call, peer).await?;
    let action = types::MessageActionChatCreate { title, users }.into();
    let sent = outgoing::service(call, &target, action, Amendment::default()).await?;
    tell::members(call, peer, AccountChange::Members).await?;
    let updates = tell::answer(call, peer, AccountChange::Members, &[sent.change]).await?;
    Ok(types::messages::InvitedUsers { updates, missing_invitees })
}
