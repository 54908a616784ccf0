//! Whether one hears of contacts that sign up: `account.getContactSignUpNotification` and
//! `account.setContactSignUpNotification`.

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::Answer;

pub(crate) async fn get(call: &Call, _: functions::account::GetContactSignUpNotification) -> Answer<bool> {
    Ok(call.store().silent_sign_ups(call.user_id()?).await?)
}

pub(crate) async fn set(
    call: &Call,
    query: functions::account::SetContactSignUpNotification,
) -> Answer<bool> {
    call.store().set_silent_sign_ups(call.user_id()?, query.silent).await?;
    Ok(true)
}
