//! `contacts.setBlocked`: another list of blocked people in the place of the one there is.

use std::collections::BTreeSet;

use chappe_api::functions;

use crate::call::Call;
use crate::limits::IMPORTED_CONTACTS;
use crate::methods::errors::{Answer, bad_request};
use crate::model::peer;
use crate::model::peer_id::PeerId;
use crate::store::AccountChange;

/// Who cannot be blocked is passed over.
pub(crate) async fn handle(call: &Call, query: functions::contacts::SetBlocked) -> Answer<bool> {
    if query.my_stories_from {
        return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
    }
    let (owner, store) = (call.user_id()?, call.store());
    let mut wanted = BTreeSet::new();
    for input in query.id.iter().take(IMPORTED_CONTACTS) {
        let found = peer::find_peer(call, input).await?;
        wanted.extend(found.filter(|row| row.id != owner && !row.deleted).map(|row| row.id));
    }
    let before: BTreeSet<i64> = store.blocked_list(owner).await?.into_iter().map(|(id, _)| id).collect();
    for id in wanted.symmetric_difference(&before) {
        match wanted.contains(id) {
            true => store.block(owner, *id, call.unix()).await?,
            false => store.unblock(owner, *id).await?,
        }
        call.account_changed(owner, AccountChange::Blocked, PeerId::user(*id)).await?;
    }
    Ok(true)
}
