//! `account.getAuthorizations`: the devices of the account, the calling one first.

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::store::Device;

pub(crate) async fn handle(
    call: &Call,
    _: functions::account::GetAuthorizations,
) -> Answer<types::account::Authorizations> {
    let user_id = call.user_id()?;
    let mut devices = call.store().devices(user_id, call.unix()).await?;
    devices.sort_by_key(|device| device.auth_key_id != call.device);
    devices.extend(call.store().pending_devices(user_id, call.unix()).await?);
    let (_, days) = call.store().ttl_days(user_id).await?;
    Ok(types::account::Authorizations {
        authorization_ttl_days: i32::try_from(days).unwrap_or(i32::MAX),
        authorizations: devices.iter().map(|device| see(call, device)).collect(),
    })
}

/// A device as its owner sees it.
pub(in crate::methods) fn see(call: &Call, device: &Device) -> types::Authorization {
    let date = |at: i64| i32::try_from(at).unwrap_or(i32::MAX);
    let current = device.auth_key_id == call.device;
    types::Authorization {
        current,
        official_app: false,
        password_pending: device.password_pending,
        encrypted_requests_disabled: device.encrypted_requests_disabled,
        call_requests_disabled: true,
        unconfirmed: device.unconfirmed,
        hash: super::hash(call, device.auth_key_id),
        device_model: device.device_model.clone(),
        platform: device.lang_pack.clone(),
        system_version: device.system_version.clone(),
        api_id: i32::try_from(device.api_id).unwrap_or(0),
        app_name: format!("App {}", device.api_id),
        app_version: device.app_version.clone(),
        date_created: date(device.created_at),
        date_active: if current { call.date() } else { date(device.active_at.max(device.created_at)) },
        ip: device.ip.clone(),
        country: String::new(),
        region: String::new(),
    }
}
