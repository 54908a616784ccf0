//! `channels.editAdmin`

use chappe_api::{enums, functions};

use super::admin_log::{self, kind};
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::methods::groups::{admission, entering, tell};
use crate::model::peer;
use crate::model::rights::{admin, admin_bits};
use crate::model::target;
use crate::store::{AccountChange, Amendment, MemberRow};

/// Longest title of an administrator, in characters.
const RANK_LEN: usize = 16;

/// Makes somebody an administrator, changes what one may do, or ends it with no rights at all. Nobody gives what they do not
/// have, or changes what somebody else has given.
pub(crate) async fn edit(call: &Call, query: functions::channels::EditAdmin) -> Answer<enums::Updates> {
    let me = call.user_id()?;
    let standing = target::channel(call, &query.channel).await?;
    let own = standing.admin();
    if own & admin::ADD_ADMINS == 0 {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let user = peer::find(call, &query.user_id).await?;
    let user = user.ok_or_else(|| call.refuse(&["USER_ID_INVALID"]))?;
    let rank = query.rank.unwrap_or_default().trim().to_owned();
    if rank.chars().count() > RANK_LEN {
        return Err(call.refuse(&["ADMIN_RANK_INVALID"]));
    }
    let part = call.store().member(standing.chat.peer, user.id).await?;
    let (bits, is_self) = (admin_bits(&query.admin_rights), user.id == me);
    if user.id == standing.chat.creator && !(is_self && standing.is_creator()) {
        return Err(call.refuse(&["USER_CREATOR"]));
    }
    let before = part.as_ref().map_or(0, |part| part.admin_rights);
    let promoted_by = part.as_ref().map_or(0, |part| part.promoted_by);
    if !standing.is_creator() {
        if before != 0 && promoted_by != me || is_self {
            return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
        }
        if bits & !own != 0 {
            return Err(call.refuse(&["RIGHT_FORBIDDEN"]));
        }
    }
    let is_in = part.as_ref().is_some_and(MemberRow::is_in);
    if !is_in && bits != 0 {
        if part.clone().is_some_and(|part| standing.of(part).is_removed()) {
            return Err(call.refuse(&["USER_KICKED"]));
        }
        if own & admin::INVITE == 0 {
            return Err(call.refuse(&["CHAT_ADMIN_INVITE_REQUIRED"]));
        }
        entering::check_room(call, user.id).await?;
        if let Some(obstacle) = admission::obstacle(call, &user, part.as_ref()).await? {
            return Err(call.refuse(&[obstacle, "USER_PRIVACY_RESTRICTED"]));
        }
    }
    let member = match part {
        Some(part) if is_in => part,
        part if bits != 0 => entering::part(&standing, part, (user.id, me), call.unix()),
        _ => return tell::answer(call, standing.peer(), AccountChange::Channel, &[]).await,
    };
    let peer = standing.peer();
    let before = member.clone();
    let member = match bits {
        // Who is no administrator may be restricted, and stays so.
        0 if user.id != standing.chat.creator => {
            MemberRow { admin_rights: 0, promoted_by: 0, rank: String::new(), ..member }
        }
        // What a creator may do is not stored, only the title, and whether to stay unnamed.
        _ => {
            let promoted_by = if bits == 0 { 0 } else { me };
            MemberRow { admin_rights: bits, promoted_by, rank, banned_rights: 0, banned_until: 0, ..member }
        }
    };
    if member == before {
        return tell::answer(call, peer, AccountChange::Channel, &[]).await;
    }
    let which = if bits == 0 { kind::DEMOTE } else { kind::PROMOTE };
    call.store().amend(peer.0, &Amendment::members(vec![member.clone()])).await?;
    admin_log::note_part(call, &standing, which, &before, &member).await?;
    call.account_changed(user.id, AccountChange::Channel, peer).await?;
    tell::answer(call, peer, AccountChange::Channel, &[]).await
}
