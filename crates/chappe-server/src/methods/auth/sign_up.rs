//! `auth.signUp`

use chappe_api::{enums, functions};

use super::code;
use crate::call::Call;
use crate::limits::NAME_LEN;
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(
    call: &Call,
    query: functions::auth::SignUp,
) -> Answer<enums::auth::Authorization> {
    let number = code::number_here(call, &query.phone_number).await?;
    let (first, last) = (query.first_name.trim(), query.last_name.trim());
    if first.is_empty() || first.chars().count() > NAME_LEN {
        return Err(bad_request("FIRSTNAME_INVALID"));
    }
    if last.chars().count() > NAME_LEN {
        return Err(bad_request("LASTNAME_INVALID"));
    }
    let way = call.store().login_code_way(&query.phone_code_hash, &number, call.unix()).await?;
    let email = way.ok_or_else(|| bad_request("PHONE_CODE_EXPIRED"))?.email;
    if !call.store().login_code_confirmed(&query.phone_code_hash, &number, call.unix()).await? {
        return Err(bad_request("PHONE_CODE_INVALID"));
    }
    if call.store().user_by_phone(&number).await?.is_some() {
        return Err(bad_request("PHONE_NUMBER_OCCUPIED"));
    }
    let user = call.store().create_user(&number, (first, last), call.environment.home, call.unix()).await?;
    call.store().delete_login_code(&query.phone_code_hash).await?;
    call.world.forget_code(&number);
    if !email.is_empty() {
        call.world.forget_code(&email);
        call.store().set_login_email(user.id, Some(&email)).await?;
    }
    super::log_in(call, user.id).await
}
