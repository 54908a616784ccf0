//! `account.changeAuthorizationSettings`: only what concerns secret chats, on any device of the account.

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
    Ok(true)
}
