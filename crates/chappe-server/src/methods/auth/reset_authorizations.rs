//! `auth.resetAuthorizations`: logs all other devices of the account out. Their secret chats end.

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::Answer;

pub(crate) async fn handle(call: &Call, _: functions::auth::ResetAuthorizations) -> Answer<bool> {
    let user_id = call.user_id()?;
    let pending = call.store().pending_devices(user_id, call.unix()).await?;
    let pending = pending.into_iter().map(|device| device.auth_key_id);
    for device in call.store().device_ids(user_id).await?.into_iter().chain(pending) {
        if device != call.device {
            call.revoke(device).await?;
        }
    }
    Ok(true)
}
