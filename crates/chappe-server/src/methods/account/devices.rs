//! Devices that want to be woken from outside: `account.registerDevice`, `unregisterDevice` and `updateDeviceLocked`. There is
//! no service here that wakes them; clients that are not connected fetch the difference later.

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

/// Numbers of the services, from APNS to the newest one.
const TOKEN_TYPES: std::ops::RangeInclusive<i32> = 1..=14;

pub(crate) async fn register(call: &Call, query: functions::account::RegisterDevice) -> Answer<bool> {
    call.user_id()?;
    if query.token.is_empty() {
        return Err(bad_request("TOKEN_EMPTY"));
    }
    if TOKEN_TYPES.contains(&query.token_type) { Ok(true) } else { Err(bad_request("TOKEN_TYPE_INVALID")) }
}

pub(crate) async fn unregister(call: &Call, query: functions::account::UnregisterDevice) -> Answer<bool> {
    call.user_id()?;
    if query.token.is_empty() { Err(bad_request("TOKEN_INVALID")) } else { Ok(true) }
}

/// How long a device is locked would change what its wakes say.
pub(crate) async fn locked(call: &Call, _: functions::account::UpdateDeviceLocked) -> Answer<bool> {
    call.user_id()?;
    Ok(true)
}
