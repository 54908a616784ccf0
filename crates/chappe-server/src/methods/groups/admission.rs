//! Whom somebody may bring into a chat.

use chappe_api::types;

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::privacy::{self, Subject};
use crate::store::chats::LEFT;
use crate::store::{MemberRow, UserRow};

/// Why the caller may not bring `user` into a chat in which `part` is what they had there before. `None`: they may.
///
/// * `INPUT_USER_DEACTIVATED`: the account is deleted
/// * `YOU_BLOCKED_USER`
/// * `USER_NOT_MUTUAL_CONTACT`: they have left by themselves, and do not know the caller
/// * `USER_PRIVACY_RESTRICTED`: they do not want it, or have blocked the caller
pub(crate) async fn obstacle(
    call: &Call,
    user: &UserRow,
    part: Option<&MemberRow>,
) -> Answer<Option<&'static str>> {
    let me = call.user_id()?;
    let store = call.store();
    if user.id == me {
        return Ok(None);
    }
    if user.deleted {
        return Ok(Some("INPUT_USER_DEACTIVATED"));
    }
    if store.has_blocked(me, user.id).await? {
        return Ok(Some("YOU_BLOCKED_USER"));
    }
    let knows_me = store.contact(user.id, me).await?.is_some();
    if part.is_some_and(|part| part.state == LEFT && part.banned_by == 0 && !user.is_bot) && !knows_me {
        return Ok(Some("USER_NOT_MUTUAL_CONTACT"));
    }
    let blocked = store.has_blocked(user.id, me).await?;
    if blocked || !privacy::is_allowed(store, user.id, Subject::ChatInvite, me).await? {
        return Ok(Some("USER_PRIVACY_RESTRICTED"));
    }
    Ok(None)
}

/// Somebody who could not be brought in, and has to be sent a link.
pub(crate) const fn missing(user_id: i64) -> types::MissingInvitee {
    types::MissingInvitee { premium_would_allow_invite: false, premium_required_for_pm: false, user_id }
}
