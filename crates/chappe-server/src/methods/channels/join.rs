//! `channels.joinChannel`, `leaveChannel` and `inviteToChannel`

use chappe_api::{enums, functions, types};
use enums::ChannelAdminLogEventAction as Action;

use super::admin_log::{self, kind};
use crate::call::Call;
use crate::limits::{CHANNELS_PER_ACCOUNT, USERS_PER_CALL};
use crate::methods::errors::Answer;
use crate::methods::groups::{admission, entering, tell};
use crate::methods::messages::outgoing;
use crate::model::group::Standing;
use crate::model::rights::{admin, banned};
use crate::model::target::{self, Target};
use crate::model::{peer, post};
use crate::store::chats::LEFT;
use crate::store::{AccountChange, Amendment, MemberRow};

/// Whoever finds a public channel may come in, unless it wants to be asked.
pub(crate) async fn join(
    call: &Call,
    query: functions::channels::JoinChannel,
) -> Answer<enums::messages::ChatInviteJoinResult> {
    let me = call.user_id()?;
    let standing = target::channel(call, &query.channel).await?;
    let peer = standing.peer();
    if standing.is_in() {
        let updates = tell::answer(call, peer, AccountChange::Channel, &[]).await?;
        return Ok(types::messages::ChatInviteJoinResultOk { updates }.into());
    }
    if standing.chat.join_request {
        entering::ask(call, &standing, "").await?;
        return Err(call.refuse(&["INVITE_REQUEST_SENT"]));
    }
    let action = types::MessageActionChatAddUser { users: vec![me] }.into();
    let change = entering::enter(call, standing, (me, me), None, action).await?;
    admin_log::note_own(call, peer, kind::JOIN, Action::ParticipantJoin, "").await?;
    let changes: Vec<_> = change.into_iter().collect();
    let updates = tell::answer(call, peer, AccountChange::Channel, &changes).await?;
    Ok(types::messages::ChatInviteJoinResultOk { updates }.into())
}

pub(crate) async fn leave(call: &Call, query: functions::channels::LeaveChannel) -> Answer<enums::Updates> {
    let me = call.user_id()?;
    let standing = target::channel(call, &query.channel).await?;
    if standing.is_creator() {
        return Err(call.refuse(&["USER_CREATOR"]));
    }
    let part = standing.member.clone().filter(MemberRow::is_in);
    let part = part.ok_or_else(|| call.refuse(&["USER_NOT_PARTICIPANT"]))?;
    let gone = MemberRow { state: LEFT, admin_rights: 0, rank: String::new(), ..part };
    let peer = standing.peer();
    remove(call, standing, gone).await?;
    admin_log::note_own(call, peer, kind::LEAVE, Action::ParticipantLeave, "").await?;
    call.account_changed(me, AccountChange::Channel, peer).await?;
    tell::answer(call, peer, AccountChange::Channel, &[]).await
}

/// Writes that somebody is in a channel no more; a supergroup says so.
pub(super) async fn remove(
    call: &Call,
    standing: Standing,
    gone: MemberRow,
) -> Answer<Option<outgoing::Sent>> {
    let amendment = Amendment::members(vec![gone.clone()]);
    if standing.is_broadcast() {
        call.store().amend(standing.chat.peer, &amendment).await?;
        return Ok(None);
    }
    let action = types::MessageActionChatDeleteUser { user_id: gone.user_id }.into();
    let target = Target::Group(Box::new(standing));
    Ok(Some(outgoing::service(call, &target, action, amendment).await?))
}

pub(crate) async fn invite(
    call: &Call,
    query: functions::channels::InviteToChannel,
) -> Answer<types::messages::InvitedUsers> {
    let me = call.user_id()?;
    let standing = target::channel(call, &query.channel).await?;
    if !standing.may(admin::INVITE, banned::INVITE) {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    if query.users.len() > USERS_PER_CALL {
        return Err(call.refuse(&["USERS_TOO_MUCH"]));
    }
    let (mut members, mut missing_invitees): (Vec<MemberRow>, _) = (Vec::new(), Vec::new());
    for input in &query.users {
        let user = peer::find(call, input).await?.ok_or_else(|| call.refuse(&["USER_ID_INVALID"]))?;
        let part = call.store().member(standing.chat.peer, user.id).await?;
        let known = part.as_ref().is_some_and(MemberRow::is_in) || user.id == me;
        if known || members.iter().any(|member| member.user_id == user.id) {
            continue;
        }
        if user.is_bot && standing.is_broadcast() {
            return Err(call.refuse(&["USER_BOT"]));
        }
        if part.clone().is_some_and(|part| standing.of(part).is_removed()) {
            return Err(call.refuse(&["USER_KICKED"]));
        }
        if call.store().channel_count(user.id).await? >= CHANNELS_PER_ACCOUNT {
            missing_invitees.push(admission::missing(user.id));
            continue;
        }
        match admission::obstacle(call, &user, part.as_ref()).await? {
            None => members.push(entering::part(&standing, part, (user.id, me), call.unix())),
            Some("INPUT_USER_DEACTIVATED") => return Err(call.refuse(&["INPUT_USER_DEACTIVATED"])),
            Some(_) => missing_invitees.push(admission::missing(user.id)),
        }
    }
    let users: Vec<i64> = members.iter().map(|member| member.user_id).collect();
    if users.is_empty() {
        let updates = post::updates(call, Vec::new(), &[], Default::default()).await?;
        return Ok(types::messages::InvitedUsers { updates, missing_invitees });
    }
    let invited: Vec<_> = members.iter().map(|member| admin_log::part_of(&standing, member)).collect();
    let (peer, amendment) = (standing.peer(), Amendment::members(members));
    let mut changes = Vec::new();
    if standing.is_broadcast() {
        call.store().amend(peer.0, &amendment).await?;
    } else {
        let action = types::MessageActionChatAddUser { users: users.clone() }.into();
        let target = Target::Group(Box::new(standing));
        changes.push(outgoing::service(call, &target, action, amendment).await?.change);
    }
    for participant in invited {
        let event = types::ChannelAdminLogEventActionParticipantInvite { participant };
        admin_log::note_own(call, peer, kind::INVITE, event, "").await?;
    }
    for user in users {
        call.account_changed(user, AccountChange::Channel, peer).await?;
    }
    let updates = tell::answer(call, peer, AccountChange::Channel, &changes).await?;
    Ok(types::messages::InvitedUsers { updates, missing_invitees })
}
