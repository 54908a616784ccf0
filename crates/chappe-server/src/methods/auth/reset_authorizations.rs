//! `auth.resetAuthorizations`: logs all other devices of the account out. Their secret chats end.

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::Answer;

pub(crate) async fn handle(call: &Call, _: functions::auth::ResetAuthorizations) -> Answer<bool> {
    for device in call.store().devices(call.user_id()?).await? {
        if device.auth_key_id != call.device {
            call.log_out(device.auth_key_id).await?;
        }
    }
    Ok(true)
}
