//! `auth.dropTempAuthKeys`: a client has no use for its temporary keys any more.

use chappe_api::functions;

use crate::call::{After, Call};
use crate::methods::errors::Answer;

/// Forgets the temporary keys of the calling device but those named. The key of the call itself stays, for the answer.
pub(crate) async fn handle(call: &Call, query: functions::auth::DropTempAuthKeys) -> Answer<bool> {
    let mut kept = query.except_auth_keys;
    kept.push(call.key.id);
    let ids = call.store().drop_temp_keys(call.device, &kept).await?;
    if !ids.is_empty() {
        ids.iter().for_each(|id| call.world.keys.remove(*id));
        call.after(After::KeysChanged { ids });
    }
    Ok(true)
}
