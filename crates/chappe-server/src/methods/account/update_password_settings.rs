//! `account.updatePasswordSettings`: sets, changes or removes the password, its hint and the address for recovery.
//!
//! With an address that is not confirmed yet nothing of the change holds until `account.confirmPasswordEmail`.

use chappe_api::functions;

use crate::call::Call;
use crate::limits::CODE_LIFETIME;
use crate::methods::errors::{Answer, bad_request};
use crate::model::email;
use crate::model::password::{self, Wish};
use crate::store::NewPassword;

pub(crate) async fn handle(call: &Call, query: functions::account::UpdatePasswordSettings) -> Answer<bool> {
    let user_id = call.user_id()?;
    let settings = &query.new_settings;
    if settings.new_algo.is_none() && settings.email.is_none() && settings.new_secure_settings.is_none() {
        return Err(bad_request("NEW_SETTINGS_EMPTY"));
    }
    let wish = password::wish(call, user_id, settings)?;
    let address = match settings.email.as_deref() {
        None => None,
        Some("") => Some(String::new()),
        Some(address) => Some(email::normalise(address).ok_or_else(|| bad_request("EMAIL_INVALID"))?),
    };
    password::verify(call, user_id, &query.password).await?;
    let before = call.store().password(user_id).await?;
    // The address in force needs no second confirmation.
    let is_new = |address: &String| {
        !address.is_empty() && before.as_ref().is_none_or(|before| before.email != *address)
    };
    match (wish, address) {
        (Wish::Remove, _) => call.store().remove_password(user_id).await?,
        (Wish::Keep, _) if before.is_none() => return Err(bad_request("NEW_SETTINGS_INVALID")),
        (Wish::Set(new), Some(address)) if is_new(&address) => {
            return wait(call, user_id, &address, Some(&new)).await;
        }
        (Wish::Keep, Some(address)) if is_new(&address) => return wait(call, user_id, &address, None).await,
        (Wish::Set(new), address) => call.store().set_password(user_id, &new, address.as_deref()).await?,
        (Wish::Keep, Some(address)) => call.store().set_recovery_email(user_id, &address).await?,
        (Wish::Keep, None) => {}
    }
    Ok(true)
}

async fn wait(call: &Call, user_id: i64, address: &str, new: Option<&NewPassword>) -> Answer<bool> {
    let code = password::code(call);
    call.store().put_password_change(user_id, address, &code, new, call.unix()).await?;
    let lifetime = i64::try_from(CODE_LIFETIME.as_secs()).unwrap_or(0);
    password::mail(call, address, &code, call.unix().saturating_add(lifetime));
    Err(password::unconfirmed())
}
