//! `auth.resetLoginEmail`: for who cannot read the mail of a login.

use chappe_api::{enums, functions, types};

use super::code::{self, Delivery, Recipient};
use crate::call::Call;
use crate::limits::LOGIN_EMAIL_RESET;
use crate::methods::errors::{Answer, bad_request};
use crate::model::{login_email, service_account};
use crate::store::EmailReset;

/// After a week in which nobody has used the address it is forgotten, and codes go to the number again. Until then the code
/// of the mail stays good.
pub(crate) async fn handle(
    call: &Call,
    query: functions::auth::ResetLoginEmail,
) -> Answer<enums::auth::SentCode> {
    let number = code::listed_number_here(call, &query.phone_number).await?;
    let way = call.store().login_code_way(&query.phone_code_hash, &number, call.unix()).await?;
    let way = way.ok_or_else(|| bad_request("PHONE_CODE_EXPIRED"))?;
    let missing = || bad_request("EMAIL_INSTALL_MISSING");
    if !Delivery::Mail.is(way.delivery) {
        return Err(missing());
    }
    let user = call.store().user_by_phone(&number).await?.ok_or_else(missing)?;
    match call.store().reset_login_email(user.id, LOGIN_EMAIL_RESET, call.unix()).await? {
        EmailReset::Missing => Err(missing()),
        EmailReset::Pending => Err(bad_request("TASK_ALREADY_EXISTS")),
        EmailReset::Begun(at) => {
            service_account::login_email_goes(call, user.id).await?;
            Ok(types::auth::SentCode {
                r#type: login_email::sent(&way.email, at),
                phone_code_hash: query.phone_code_hash,
                next_type: None,
                timeout: None,
            }
            .into())
        }
        EmailReset::Done => {
            let to = Recipient { number: &number, ..Recipient::default() };
            code::send(call, to, code::delivery(call, &number).await?).await
        }
    }
}
