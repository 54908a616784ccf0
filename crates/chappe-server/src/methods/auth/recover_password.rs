//! A forgotten password and the mail address that helps: `auth.requestPasswordRecovery`, `auth.checkRecoveryPassword`
//! and `auth.recoverPassword`.

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request, flood_wait};
use crate::model::password::{self, Wish};
use crate::store::CodeCheck;

pub(crate) async fn request(
    call: &Call,
    _: functions::auth::RequestPasswordRecovery,
) -> Answer<types::auth::PasswordRecovery> {
    let user_id = call.claimant().await?;
    let row = call.store().password(user_id).await?.ok_or_else(|| bad_request("PASSWORD_EMPTY"))?;
    if row.email.is_empty() {
        return Err(bad_request("PASSWORD_RECOVERY_NA"));
    }
    let fresh = password::code(call);
    match call.store().put_password_recovery(user_id, &row.email, &fresh, call.unix()).await? {
        Ok((code, expires_at)) => password::mail(call, &row.email, &code, expires_at),
        Err(seconds) => return Err(flood_wait(seconds)),
    }
    Ok(password::recovery(&row.email))
}

async fn check(call: &Call, user_id: i64, code: &str) -> Answer<()> {
    if code.trim().is_empty() {
        return Err(bad_request("CODE_EMPTY"));
    }
    match call.store().check_password_recovery(user_id, code.trim(), call.unix()).await? {
        CodeCheck::Right => Ok(()),
        CodeCheck::Wrong => Err(bad_request("CODE_INVALID")),
        CodeCheck::Expired => Err(bad_request("PASSWORD_RECOVERY_EXPIRED")),
    }
}

pub(crate) async fn check_code(call: &Call, query: functions::auth::CheckRecoveryPassword) -> Answer<bool> {
    check(call, call.claimant().await?, &query.code).await?;
    Ok(true)
}

pub(crate) async fn recover(
    call: &Call,
    query: functions::auth::RecoverPassword,
) -> Answer<enums::auth::Authorization> {
    let user_id = call.claimant().await?;
    let wish = match &query.new_settings {
        None => Wish::Remove,
        Some(settings) => password::wish(call, user_id, settings)?,
    };
    check(call, user_id, &query.code).await?;
    if let Some(row) = call.store().password(user_id).await? {
        call.world.forget_code(&row.email);
    }
    match wish {
        Wish::Set(new) => call.store().set_password(user_id, &new, None).await?,
        // The old one is forgotten: it cannot stay.
        Wish::Keep | Wish::Remove => call.store().remove_password(user_id).await?,
    }
    super::log_in(call, user_id).await
}
