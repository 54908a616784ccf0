//! `contacts.block`

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::peer;
use crate::model::peer_id::PeerId;
use crate::store::AccountChange;

pub(crate) async fn handle(call: &Call, query: functions::contacts::Block) -> Answer<bool> {
    let owner = call.user_id()?;
    let row = peer::find_peer(call, &query.id).await?.ok_or_else(|| bad_request("PEER_ID_INVALID"))?;
    if row.id == owner {
        return Err(bad_request("CONTACT_ID_INVALID"));
    }
    if row.deleted {
        return Err(bad_request("INPUT_USER_DEACTIVATED"));
    }
    call.store().block(owner, row.id, call.unix()).await?;
    call.account_changed(owner, AccountChange::Blocked, PeerId::user(row.id)).await?;
    Ok(true)
}
