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
    let (typed, by_mail) = match query.email_verification {
        Some(enums::EmailVerification::Code(verification)) => (verification.code.clone(), true),
        // Nobody has an account at Google or Apple here.
        Some(_) => return Err(bad_request("PHONE_CODE_INVALID")),
        None => (query.phone_code.unwrap_or_default(), false),
    };
    if typed.is_empty() {
        return Err(bad_request("PHONE_CODE_EMPTY"));
    }
    let way = call.store().login_code_way(&query.phone_code_hash, &number, call.unix()).await?;
    match code::check(call, (&query.phone_code_hash, &number, 0), &typed, by_mail).await? {
        CodeCheck::Right => {}
        CodeCheck::Wrong => return Err(bad_request("PHONE_CODE_INVALID")),
        CodeCheck::Expired => return Err(bad_request("PHONE_CODE_EXPIRED")),
    }
    let Some(user) = call.store().user_by_phone(&number).await? else {
        // The code stays good for the sign-up that follows.
        return Ok(types::auth::AuthorizationSignUpRequired { terms_of_service: None }.into());
    };
    call.store().delete_login_code(&query.phone_code_hash).await?;
    let email = way.map(|way| way.email).unwrap_or_default();
    call.world.forget_code(if by_mail { &email } else { &number });
    super::enter(call, &user, &email).await
}
