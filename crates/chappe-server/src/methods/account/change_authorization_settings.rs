//! `account.changeAuthorizationSettings`: only for the device that calls (hash 0), and only what concerns secret chats.

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(
    call: &Call,
    query: functions::account::ChangeAuthorizationSettings,
) -> Answer<bool> {
    if query.hash != 0 {
        return Err(bad_request("HASH_INVALID"));
    }
    if let Some(disabled) = query.encrypted_requests_disabled {
        call.store().set_encrypted_requests_disabled(call.device, disabled).await?;
    }
    Ok(true)
}
