//! `auth.resendCode`

use chappe_api::{enums, functions};

use super::code;
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(call: &Call, query: functions::auth::ResendCode) -> Answer<enums::auth::SentCode> {
    let number = code::normalised(&query.phone_number)?;
    if query.phone_code_hash.is_empty() {
        return Err(bad_request("PHONE_CODE_HASH_EMPTY"));
    }
    if !call.store().login_code_pending(&query.phone_code_hash, &number, call.unix()).await? {
        return Err(bad_request("PHONE_CODE_EXPIRED"));
    }
    code::send(call, &number).await
}
