//! `auth.sendCode`

use chappe_api::{enums, functions};

use super::code::{self, Delivery};
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(call: &Call, query: functions::auth::SendCode) -> Answer<enums::auth::SentCode> {
    if query.api_id <= 0 || query.api_hash.is_empty() {
        return Err(bad_request("API_ID_INVALID"));
    }
    let number = code::number_here(call, &query.phone_number).await?;
    code::send(call, &number, 0, delivery(call, &number).await?).await
}

/// Whoever has another device gets the code there.
async fn delivery(call: &Call, number: &str) -> Answer<Delivery> {
    let Some(user) = call.store().user_by_phone(number).await? else { return Ok(Delivery::Sms) };
    let devices = call.store().devices(user.id, call.unix()).await?;
    let elsewhere = devices.iter().any(|device| device.auth_key_id != call.device);
    Ok(if elsewhere { Delivery::App } else { Delivery::Sms })
}
