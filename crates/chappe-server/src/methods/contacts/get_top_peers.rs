//! `contacts.getTopPeers`: this server does not rate whom one talks to, so there are none.

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::target;

pub(crate) async fn handle(
    call: &Call,
    query: functions::contacts::GetTopPeers,
) -> Answer<enums::contacts::TopPeers> {
    call.user_id()?;
    let kinds = [
        query.correspondents,
        query.bots_pm,
        query.bots_inline,
        query.phone_calls,
        query.forward_users,
        query.forward_chats,
        query.groups,
        query.channels,
        query.bots_app,
        query.bots_guestchat,
    ];
    if !kinds.contains(&true) {
        return Err(bad_request("TYPES_EMPTY"));
    }
    let (categories, chats, users) = (Vec::new(), Vec::new(), Vec::new());
    Ok(types::contacts::TopPeers { categories, chats, users }.into())
}

/// `contacts.toggleTopPeers`: nothing is rated either way.
pub(crate) async fn toggle(call: &Call, _: functions::contacts::ToggleTopPeers) -> Answer<bool> {
    call.user_id()?;
    Ok(true)
}

/// `contacts.resetTopPeerRating`
pub(crate) async fn reset(call: &Call, query: functions::contacts::ResetTopPeerRating) -> Answer<bool> {
    target::find(call, &query.peer).await?;
    Ok(true)
}
