//! `contacts.unblock`

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::peer;
use crate::model::peer_id::PeerId;
use crate::store::AccountChange;

pub(crate) async fn handle(call: &Call, query: functions::contacts::Unblock) -> Answer<bool> {
    let owner = call.user_id()?;
    let row = peer::find_peer(call, &query.id).await?.ok_or_else(|| bad_request("PEER_ID_INVALID"))?;
    call.store().unblock(owner, row.id).await?;
    call.account_changed(owner, AccountChange::Blocked, PeerId::user(row.id)).await?;
    Ok(true)
}
