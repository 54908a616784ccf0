//! `auth.sendCode`

use chappe_api::{enums, functions};

use super::code::{self, Delivery, Recipient};
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

/// Where an account has a mail address for logins, the code goes there; a server that wants one of everybody waits for it
/// else, see [`ServerBuilder::require_login_email`](crate::ServerBuilder::require_login_email).
pub(crate) async fn handle(call: &Call, query: functions::auth::SendCode) -> Answer<enums::auth::SentCode> {
    if query.api_id <= 0 || query.api_hash.is_empty() {
        return Err(bad_request("API_ID_INVALID"));
    }
    let number = code::number_here(call, &query.phone_number).await?;
    let to = Recipient { number: &number, ..Recipient::default() };
    let known = match call.store().user_by_phone(&number).await? {
        Some(user) => call.store().login_email(user.id, call.unix()).await?,
        None => None,
    };
    if let Some(known) = known {
        let to = Recipient { email: &known.email, reset_at: known.reset_at, ..to };
        return code::send(call, to, Delivery::Mail).await;
    }
    if call.world.require_login_email {
        return code::send(call, to, Delivery::Setup).await;
    }
    code::send(call, to, code::delivery(call, &number).await?).await
}
