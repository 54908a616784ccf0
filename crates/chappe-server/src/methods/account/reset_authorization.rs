//! `account.resetAuthorization`: logs another device of the account out. Its secret chats end.

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(call: &Call, query: functions::account::ResetAuthorization) -> Answer<bool> {
    let device = match super::device(call, query.hash).await? {
        Some(device) => Some(device),
        // One that still owes the password.
        None => call
            .store()
            .pending_devices(call.user_id()?, call.unix())
            .await?
            .into_iter()
            .map(|device| device.auth_key_id)
            .find(|device| super::hash(call, *device) == query.hash),
    };
    // Oneself is logged out by auth.logOut.
    let device = device.filter(|device| *device != call.device).ok_or_else(|| bad_request("HASH_INVALID"))?;
    call.revoke(device).await?;
    Ok(true)
}
