//! `messages.addChatUser`, `deleteChatUser` and `editChatAdmin`

use chappe_api::{enums, functions, types};

use super::{admission, tell};
use crate::call::Call;
use crate::limits::{DELETED_AT_ONCE, FORWARDED_HISTORY, GROUP_MEMBERS};
use crate::methods::errors::Answer;
use crate::methods::messages::{deleting, outgoing};
use crate::model::group::Standing;
use crate::model::peer;
use crate::model::rights::{admin, banned};
use crate::model::target::{self, Target};
use crate::store::chats::{LEFT, REMOVED};
use crate::store::{AccountChange, Amendment, HistoryQuery, MemberRow, UserRow};

async fn named(call: &Call, input: &enums::InputUser) -> Answer<UserRow> {
    peer::find(call, input).await?.ok_or_else(|| call.refuse(&["USER_ID_INVALID"]))
}

pub(crate) async fn add(
    call: &Call,
    query: functions::messages::AddChatUser,
) -> Answer<types::messages::InvitedUsers> {
    let me = call.user_id()?;
    let standing = target::basic(call, query.chat_id).await?;
    let user = named(call, &query.user_id).await?;
    let part = call.store().member(standing.chat.peer, user.id).await?;
    // Who has left by themselves may come back; who was removed may not.
    let returns = user.id == me && part.as_ref().is_some_and(|part| part.state == LEFT);
    let usable = !standing.chat.deleted && standing.chat.migrated_to == 0;
    if !usable || !standing.is_in() && !returns {
        return Err(call.refuse(&["CHAT_ID_INVALID", "PEER_ID_INVALID"]));
    }
    if part.as_ref().is_some_and(MemberRow::is_in) {
        return Err(call.refuse(&["USER_ALREADY_PARTICIPANT"]));
    }
    if !returns && !standing.may(admin::INVITE, banned::INVITE) {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    if standing.chat.members >= GROUP_MEMBERS {
        return Err(call.refuse(&["USERS_TOO_MUCH"]));
    }
    match admission::obstacle(call, &user, part.as_ref()).await? {
        None => {}
        Some("USER_PRIVACY_RESTRICTED") => {
            let nothing = crate::model::post::updates(call, Vec::new(), &[], Default::default()).await?;
            let missing_invitees = vec![admission::missing(user.id)];
            return Ok(types::messages::InvitedUsers { updates: nothing, missing_invitees });
        }
        Some(obstacle) => return Err(call.refuse(&[obstacle])),
    }
    let limit = i64::from(query.fwd_limit).clamp(0, FORWARDED_HISTORY);
    let wanted = HistoryQuery { mailbox: me, peer: standing.chat.peer, limit, ..HistoryQuery::default() };
    let recent = call.store().history(&wanted).await?.messages;
    let revision = part.map_or(0, |part| part.revision);
    let joined = MemberRow::joined(standing.chat.peer, user.id, me, call.unix());
    let amendment = Amendment {
        members: vec![MemberRow { revision, ..joined }],
        history: recent.iter().map(|row| row.uid).collect(),
        ..Amendment::default()
    };
    let peer = standing.peer();
    let action = types::MessageActionChatAddUser { users: vec![user.id] }.into();
    let sent = outgoing::service(call, &Target::Group(Box::new(standing)), action, amendment).await?;
    tell::members(call, peer, AccountChange::Members).await?;
    let updates = tell::answer(call, peer, AccountChange::Members, &[sent.change]).await?;
    Ok(types::messages::InvitedUsers { updates, missing_invitees: Vec::new() })
}

/// Whether the caller may remove somebody: administrators may, but not each other; who has brought somebody in may, too.
fn may_remove(standing: &Standing, part: &MemberRow) -> bool {
    let is_ordinary = part.admin_rights == 0 && part.user_id != standing.chat.creator;
    let brought = part.inviter == standing.user_id;
    standing.is_creator() || is_ordinary && (brought || standing.admin() & admin::BAN != 0)
}

pub(crate) async fn delete(
    call: &Call,
    query: functions::messages::DeleteChatUser,
) -> Answer<enums::Updates> {
    let me = call.user_id()?;
    let standing = target::basic(call, query.chat_id).await?;
    let user = named(call, &query.user_id).await?;
    if !standing.is_in() {
        return Err(call.refuse(&["USER_NOT_PARTICIPANT"]));
    }
    let part = call.store().member(standing.chat.peer, user.id).await?.filter(MemberRow::is_in);
    let part = part.ok_or_else(|| call.refuse(&["USER_NOT_PARTICIPANT"]))?;
    if user.id != me && !may_remove(&standing, &part) {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let (peer, is_removed) = (standing.peer(), user.id != me);
    let state = if is_removed { REMOVED } else { LEFT };
    let banned_by = if is_removed { me } else { 0 };
    let gone = MemberRow { state, admin_rights: 0, rank: String::new(), banned_by, ..part };
    let mut changes = Vec::new();
    if query.revoke_history {
        let wanted = HistoryQuery {
            mailbox: me,
            peer: peer.0,
            from_peer: user.id,
            limit: DELETED_AT_ONCE,
            ..HistoryQuery::default()
        };
        loop {
            let rows = call.store().history(&wanted).await?.messages;
            let Some(change) = deleting::everywhere(call, me, &rows).await? else { break };
            changes.push(change);
        }
    }
    let action = types::MessageActionChatDeleteUser { user_id: user.id }.into();
    let target = Target::Group(Box::new(standing));
    let sent = outgoing::service(call, &target, action, Amendment::members(vec![gone])).await?;
    changes.push(sent.change);
    tell::members(call, peer, AccountChange::Members).await?;
    call.account_changed(user.id, AccountChange::Members, peer).await?;
    tell::answer(call, peer, AccountChange::Members, &changes).await
}

/// Only the creator makes administrators of a basic group.
pub(crate) async fn edit_admin(call: &Call, query: functions::messages::EditChatAdmin) -> Answer<bool> {
    let standing = target::live_basic(call, query.chat_id).await?;
    if !standing.is_creator() {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED", "CHAT_ID_INVALID"]));
    }
    let user = named(call, &query.user_id).await?;
    let part = call.store().member(standing.chat.peer, user.id).await?.filter(MemberRow::is_in);
    let part = part.ok_or_else(|| call.refuse(&["USER_NOT_PARTICIPANT"]))?;
    let admin_rights = if query.is_admin { admin::BASIC } else { 0 };
    if user.id == standing.user_id || part.admin_rights == admin_rights {
        return Ok(true);
    }
    let promoted_by = standing.user_id;
    let members = vec![MemberRow { admin_rights, promoted_by, ..part }];
    call.store().amend(standing.chat.peer, &Amendment::members(members)).await?;
    tell::members(call, standing.peer(), AccountChange::Members).await?;
    // It shows in the chat object as well.
    call.account_changed(user.id, AccountChange::Chat, standing.peer()).await?;
    Ok(true)
}
