//! `account.getAuthorizations`: the devices of the account, the calling one first.

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::store::Device;

pub(crate) async fn handle(
    call: &Call,
    _: functions::account::GetAuthorizations,
) -> Answer<types::account::Authorizations> {
    let mut devices = call.store().devices(call.user_id()?).await?;
    devices.sort_by_key(|device| device.auth_key_id != call.device);
    let authorizations = devices.iter().map(|device| see(call, device)).collect();
    Ok(types::account::Authorizations { authorization_ttl_days: 180, authorizations })
}

fn see(call: &Call, device: &Device) -> types::Authorization {
    let date = |at: i64| i32::try_from(at).unwrap_or(i32::MAX);
    let current = device.auth_key_id == call.device;
    types::Authorization {
        current,
        official_app: false,
        password_pending: false,
        encrypted_requests_disabled: device.encrypted_requests_disabled,
        call_requests_disabled: true,
        unconfirmed: false,
        hash: super::hash(call, device.auth_key_id),
        device_model: device.device_model.clone(),
        platform: String::new(),
        system_version: String::new(),
        api_id: i32::try_from(device.api_id).unwrap_or(0),
        app_name: String::new(),
        app_version: device.app_version.clone(),
        date_created: date(device.created_at),
        date_active: if current { call.date() } else { date(device.created_at) },
        ip: String::new(),
        country: String::new(),
        region: String::new(),
    }
}
