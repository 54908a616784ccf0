//! `account.resetAuthorization`: logs another device of the account out. Its secret chats end.

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(call: &Call, query: functions::account::ResetAuthorization) -> Answer<bool> {
    let device = super::device(call, query.hash).await?;
    // Oneself is logged out by auth.logOut.
    let device = device.filter(|device| *device != call.device).ok_or_else(|| bad_request("HASH_INVALID"))?;
    call.log_out(device).await?;
    Ok(true)
}
