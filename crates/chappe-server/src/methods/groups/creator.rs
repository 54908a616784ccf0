//! `messages.editChatCreator`: a group or channel gets another owner.

use chappe_api::{enums, functions};

use super::edit::group_of;
use super::tell;
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::rights::admin;
use crate::model::{password, peer};
use crate::store::{AccountChange, Amendment, ChatEdit, MemberRow};

/// Only who has a password can give a chat away, and shows it: what is given away does not come back. The old owner stays,
/// with all the rights that an administrator can have.
pub(crate) async fn edit(call: &Call, query: functions::messages::EditChatCreator) -> Answer<enums::Updates> {
    let me = call.user_id()?;
    let standing = group_of(call, &query.peer).await?;
    if !standing.is_creator() {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let unfit = || call.refuse(&["CHAT_MEMBER_ADD_FAILED"]);
    let user = peer::find(call, &query.user_id).await?.ok_or_else(unfit)?;
    if user.deleted {
        return Err(call.refuse(&["INPUT_USER_DEACTIVATED"]));
    }
    let peer = standing.chat.peer;
    let new = call.store().member(peer, user.id).await?;
    let new = new.filter(|part| part.is_in() && !user.is_bot && user.id != me).ok_or_else(unfit)?;
    if call.store().password(me).await?.is_none() {
        return Err(call.refuse(&["PASSWORD_MISSING"]));
    }
    password::verify(call, me, &query.password).await?;
    let old = call.store().member(peer, me).await?.ok_or_else(unfit)?;
    let rights = if standing.is_basic() { admin::BASIC } else { admin::ALL };
    let members = vec![
        MemberRow { admin_rights: rights, promoted_by: user.id, ..old },
        MemberRow { admin_rights: 0, promoted_by: 0, banned_rights: 0, banned_until: 0, banned_by: 0, ..new },
    ];
    let edits = vec![ChatEdit::Creator(user.id)];
    call.store().amend(peer, &Amendment { edits, members, ..Amendment::default() }).await?;
    let (peer, is_basic) = (standing.peer(), standing.is_basic());
    tell::members(call, peer, tell::itself(peer)).await?;
    if is_basic {
        tell::members(call, peer, AccountChange::Members).await?;
    }
    tell::answer(call, peer, tell::itself(peer), &[]).await
}
