//! Getting rid of a forgotten password while logged in: `account.resetPassword` and `account.declinePasswordReset`.
//!
//! The reset takes a week, in which every device of the account may decline it.

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::{PASSWORD_RESET, PASSWORD_RESET_AGAIN};
use crate::methods::errors::{Answer, bad_request};
use crate::model::password;

pub(crate) async fn reset(
    call: &Call,
    _: functions::account::ResetPassword,
) -> Answer<enums::account::ResetPasswordResult> {
    let (user_id, now) = (call.user_id()?, call.unix());
    let row = call.store().password(user_id).await?.ok_or_else(|| bad_request("PASSWORD_EMPTY"))?;
    if row.reset_at != 0 && row.reset_at <= now {
        call.store().remove_password(user_id).await?;
        return Ok(enums::account::ResetPasswordResult::Ok);
    }
    if row.reset_at != 0 {
        return Ok(password::waits(row.reset_at));
    }
    let again = row.declined_at.saturating_add(PASSWORD_RESET_AGAIN);
    if row.declined_at != 0 && again > now {
        let retry_date = i32::try_from(again).unwrap_or(i32::MAX);
        return Ok(types::account::ResetPasswordFailedWait { retry_date }.into());
    }
    let until = now.saturating_add(PASSWORD_RESET);
    call.store().set_password_reset(user_id, until, now).await?;
    Ok(password::waits(until))
}

pub(crate) async fn decline(call: &Call, _: functions::account::DeclinePasswordReset) -> Answer<bool> {
    let user_id = call.user_id()?;
    let row = call.store().password(user_id).await?;
    if row.is_none_or(|row| row.reset_at == 0) {
        return Err(bad_request("RESET_REQUEST_MISSING"));
    }
    call.store().set_password_reset(user_id, 0, call.unix()).await?;
    Ok(true)
}
