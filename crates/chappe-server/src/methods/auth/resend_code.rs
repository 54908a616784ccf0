//! `auth.resendCode`: the code again, by the next way.

use chappe_api::{enums, functions};

use super::code::{self, Delivery, Recipient};
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(call: &Call, query: functions::auth::ResendCode) -> Answer<enums::auth::SentCode> {
    let number = code::number_here(call, &query.phone_number).await?;
    if query.phone_code_hash.is_empty() {
        return Err(bad_request("PHONE_CODE_HASH_EMPTY"));
    }
    let way = call.store().login_code_way(&query.phone_code_hash, &number, call.unix()).await?;
    let way = way.ok_or_else(|| bad_request("PHONE_CODE_EXPIRED"))?;
    let next = Delivery::next(way.delivery);
    let next = next.ok_or_else(|| chappe_mtproto::rpc::RpcError::new(406, "SEND_CODE_UNAVAILABLE"))?;
    let to = Recipient { number: &number, owner: way.owner, email: &way.email, reset_at: 0 };
    code::send(call, to, next).await
}
