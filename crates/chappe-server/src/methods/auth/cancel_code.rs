//! `auth.cancelCode`

use chappe_api::functions;

use super::code::{self, Delivery};
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(call: &Call, query: functions::auth::CancelCode) -> Answer<bool> {
    let number = code::normalised(&query.phone_number)?;
    let way = call.store().login_code_way(&query.phone_code_hash, &number, call.unix()).await?;
    let way = way.ok_or_else(|| bad_request("PHONE_CODE_EXPIRED"))?;
    call.store().delete_login_code(&query.phone_code_hash).await?;
    call.world.forget_code(if Delivery::Mail.is(way.delivery) { &way.email } else { &number });
    Ok(true)
}
