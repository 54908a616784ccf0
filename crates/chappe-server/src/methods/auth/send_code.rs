//! `auth.sendCode`

use chappe_api::{enums, functions};

use super::code;
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(call: &Call, query: functions::auth::SendCode) -> Answer<enums::auth::SentCode> {
    if query.api_id <= 0 || query.api_hash.is_empty() {
        return Err(bad_request("API_ID_INVALID"));
    }
    let number = code::normalised(&query.phone_number)?;
    code::send(call, &number).await
}
