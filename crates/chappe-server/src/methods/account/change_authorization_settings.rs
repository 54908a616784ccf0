//! `account.changeAuthorizationSettings`: whether a device takes secret chats, and whether its login was meant.

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(
    call: &Call,
    query: functions::account::ChangeAuthorizationSettings,
) -> Answer<bool> {
    let device = super::device(call, query.hash).await?.ok_or_else(|| bad_request("HASH_INVALID"))?;
    if let Some(disabled) = query.encrypted_requests_disabled {
        call.store().set_encrypted_requests_disabled(device, disabled).await?;
    }
    if query.confirmed && call.store().confirm_authorization(device).await? {
        super::tell_others(call, device).await?;
    }
    Ok(true)
}
