//! The mail address of a password: `account.confirmPasswordEmail`, `account.resendPasswordEmail` and
//! `account.cancelPasswordEmail`.

use chappe_api::functions;

use crate::call::Call;
use crate::limits::CODE_LIFETIME;
use crate::methods::errors::{Answer, bad_request};
use crate::model::password;
use crate::store::CodeCheck;

pub(crate) async fn confirm(call: &Call, query: functions::account::ConfirmPasswordEmail) -> Answer<bool> {
    let (user_id, version) = (call.user_id()?, password::version(call));
    match call.store().confirm_password_change(user_id, query.code.trim(), version, call.unix()).await? {
        Ok(address) => {
            call.world.forget_code(&address);
            Ok(true)
        }
        Err(CodeCheck::Expired) => Err(bad_request("EMAIL_HASH_EXPIRED")),
        Err(_) => Err(bad_request("CODE_INVALID")),
    }
}

pub(crate) async fn resend(call: &Call, _: functions::account::ResendPasswordEmail) -> Answer<bool> {
    let code = password::code(call);
    let address = call.store().renew_password_change(call.user_id()?, &code, call.unix()).await?;
    let address = address.ok_or_else(|| bad_request("EMAIL_HASH_EXPIRED"))?;
    let lifetime = i64::try_from(CODE_LIFETIME.as_secs()).unwrap_or(0);
    password::mail(call, &address, &code, call.unix().saturating_add(lifetime));
    Ok(true)
}

pub(crate) async fn cancel(call: &Call, _: functions::account::CancelPasswordEmail) -> Answer<bool> {
    let address = call.store().cancel_password_change(call.user_id()?).await?;
    let address = address.ok_or_else(|| bad_request("EMAIL_HASH_EXPIRED"))?;
    call.world.forget_code(&address);
    Ok(true)
}
