//! `auth.cancelCode`

use chappe_api::functions;

use super::code;
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(call: &Call, query: functions::auth::CancelCode) -> Answer<bool> {
    let number = code::normalised(&query.phone_number)?;
    if !call.store().login_code_pending(&query.phone_code_hash, &number, call.unix()).await? {
        return Err(bad_request("PHONE_CODE_EXPIRED"));
    }
    call.store().delete_login_code(&query.phone_code_hash).await?;
    call.world.forget_code(&number);
    Ok(true)
}
