//! Web sites that one logs in to with Telegram. This server knows none, so the list is empty and nothing can be ended.

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn get(
    call: &Call,
    _: functions::account::GetWebAuthorizations,
) -> Answer<types::account::WebAuthorizations> {
    call.user_id()?;
    Ok(types::account::WebAuthorizations { authorizations: Vec::new(), users: Vec::new() })
}

pub(crate) async fn reset(call: &Call, _: functions::account::ResetWebAuthorization) -> Answer<bool> {
    call.user_id()?;
    Err(bad_request("HASH_INVALID"))
}

pub(crate) async fn reset_all(call: &Call, _: functions::account::ResetWebAuthorizations) -> Answer<bool> {
    call.user_id()?;
    Ok(true)
}
