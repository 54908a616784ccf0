//! `auth.signIn`

use chappe_api::{enums, functions, types};

use super::code;
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::store::CodeCheck;

pub(crate) async fn handle(
    call: &Call,
    query: functions::auth::SignIn,
) -> Answer<enums::auth::Authorization> {
    let number = code::number_here(call, &query.phone_number).await?;
    let typed = query.phone_code.unwrap_or_default();
    if typed.is_empty() {
        return Err(bad_request("PHONE_CODE_EMPTY"));
    }
    match code::check(call, &query.phone_code_hash, &number, 0, &typed).await? {
        CodeCheck::Right => {}
        CodeCheck::Wrong => return Err(bad_request("PHONE_CODE_INVALID")),
        CodeCheck::Expired => return Err(bad_request("PHONE_CODE_EXPIRED")),
    }
    let Some(user) = call.store().user_by_phone(&number).await? else {
        // The code stays good for the sign-up that follows.
        return Ok(types::auth::AuthorizationSignUpRequired { terms_of_service: None }.into());
    };
    call.store().delete_login_code(&query.phone_code_hash).await?;
    call.world.forget_code(&number);
    super::enter(call, &user).await
}
