//! Members of groups and channels.

use chappe_api::{enums, types};

use super::eyes::{Eyes, Peers};
use super::group::Standing;
use super::peer_id::PeerId;
use super::rights::{admin_rights, banned_rights};
use crate::store::{MemberRow, Result};

fn int(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn rank(member: &MemberRow) -> Option<String> {
    (!member.rank.is_empty()).then(|| member.rank.clone())
}

/// The members of a basic group, or that they are none of the viewer's business.
pub(crate) async fn basic(
    eyes: &Eyes<'_>,
    standing: &Standing,
    peers: &mut Peers,
) -> Result<enums::ChatParticipants> {
    let chat = &standing.chat;
    let chat_id = PeerId(chat.peer).bare();
    if !standing.is_in() {
        return Ok(types::ChatParticipantsForbidden { chat_id, self_participant: None }.into());
    }
    let mut participants = Vec::new();
    for member in eyes.store().members(chat.peer).await?.iter().filter(|member| member.is_in()) {
        peers.add(PeerId::user(member.user_id));
        let (user_id, inviter_id, date) = (member.user_id, member.inviter, int(member.date));
        participants.push(if user_id == chat.creator {
            types::ChatParticipantCreator { user_id, rank: rank(member) }.into()
        } else if member.admin_rights != 0 {
            types::ChatParticipantAdmin { user_id, inviter_id, date, rank: rank(member) }.into()
        } else {
            types::ChatParticipant { user_id, inviter_id, date, rank: rank(member) }.into()
        });
    }
    Ok(types::ChatParticipants { chat_id, participants, version: int(chat.version) }.into())
}

/// Somebody's part in a channel as the viewer sees it.
pub(crate) fn channel(viewer: &Standing, member: &MemberRow) -> Option<enums::ChannelParticipant> {
    let theirs = viewer.of(member.clone());
    let (user_id, date) = (member.user_id, int(member.date));
    let peer = PeerId::user(user_id).peer();
    if theirs.bans() != 0 {
        return Some(
            types::ChannelParticipantBanned {
                left: !member.is_in(),
                peer,
                kicked_by: member.banned_by,
                date,
                banned_rights: banned_rights(member.banned_rights, member.banned_until)?,
                rank: None,
            }
            .into(),
        );
    }
    if !member.is_in() {
        return Some(types::ChannelParticipantLeft { peer }.into());
    }
    let is_self = user_id == viewer.user_id;
    Some(if theirs.is_creator() {
        let admin_rights = admin_rights(theirs.admin())?;
        types::ChannelParticipantCreator { user_id, admin_rights, rank: rank(member) }.into()
    } else if member.admin_rights != 0 {
        types::ChannelParticipantAdmin {
            can_edit: viewer.is_creator() || member.promoted_by == viewer.user_id,
            is_self,
            user_id,
            inviter_id: is_self.then_some(member.inviter),
            promoted_by: member.promoted_by,
            date,
            admin_rights: admin_rights(member.admin_rights)?,
            rank: rank(member),
        }
        .into()
    } else if is_self {
        types::ChannelParticipantSelf {
            via_request: false,
            user_id,
            inviter_id: member.inviter,
            date,
            subscription_until_date: None,
            rank: rank(member),
        }
        .into()
    } else {
        types::ChannelParticipant { user_id, date, subscription_until_date: None, rank: rank(member) }.into()
    })
}
