//! The caller's own account.

pub(super) mod change_authorization_settings;
pub(super) mod delete_account;
pub(super) mod get_authorizations;
pub(super) mod get_password;
pub(super) mod get_password_settings;
pub(super) mod get_tmp_password;
pub(super) mod password_email;
pub(super) mod password_reset;
pub(super) mod reset_authorization;
pub(super) mod update_password_settings;
pub(super) mod update_status;

use crate::call::Call;
use crate::methods::errors::Answer;

/// By which the caller names a device of the account; 0 is the calling one.
fn hash(call: &Call, device: i64) -> i64 {
    if device == call.device { 0 } else { call.world.access.device(device) }
}

/// The device of the caller's account with this hash.
async fn device(call: &Call, wanted: i64) -> Answer<Option<i64>> {
    let devices = call.store().devices(call.user_id()?).await?;
    Ok(devices.into_iter().map(|device| device.auth_key_id).find(|device| hash(call, *device) == wanted))
}
