//! The caller's own account.

pub(super) mod change_authorization_settings;
pub(super) mod change_phone;
pub(super) mod content;
pub(super) mod delete_account;
pub(super) mod devices;
pub(super) mod get_authorizations;
pub(super) mod get_password;
pub(super) mod get_password_settings;
pub(super) mod get_tmp_password;
pub(super) mod login_email;
pub(super) mod notify_settings;
pub(super) mod password_email;
pub(super) mod password_reset;
pub(super) mod privacy;
pub(super) mod profile;
pub(super) mod reset_authorization;
pub(super) mod sign_in_codes;
pub(super) mod sign_up_notification;
pub(super) mod takeout;
pub(super) mod ttl;
pub(super) mod update_password_settings;
pub(super) mod update_status;
pub(super) mod web_authorizations;

use crate::call::{After, Call};
use crate::methods::errors::Answer;
use crate::model::note::{Hearers, Note};

/// By which the caller names a device of the account; 0 is the calling one.
fn hash(call: &Call, device: i64) -> i64 {
    if device == call.device { 0 } else { call.world.access.device(device) }
}

/// The device of the caller's account with this hash.
async fn device(call: &Call, wanted: i64) -> Answer<Option<i64>> {
    let devices = call.store().device_ids(call.user_id()?).await?;
    Ok(devices.into_iter().find(|device| hash(call, *device) == wanted))
}

/// Tells the devices of the account but this one and the calling one how it stands with a login.
async fn tell_others(call: &Call, about: i64) -> Answer<()> {
    let mut devices = call.store().device_ids(call.user_id()?).await?;
    devices.retain(|device| ![about, call.device].contains(device));
    let note = Note::NewAuthorization { device: about };
    call.after(After::Note { to: Hearers::Devices(devices), note });
    Ok(())
}
