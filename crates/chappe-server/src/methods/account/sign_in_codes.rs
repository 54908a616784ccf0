//! `account.invalidateSignInCodes`: login codes that somebody has told to others by mistake.

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::Answer;

/// Login codes in one call: no account has as many on their way.
const CODES: usize = 100;

pub(crate) async fn invalidate(
    call: &Call,
    query: functions::account::InvalidateSignInCodes,
) -> Answer<bool> {
    let codes: Vec<&str> = query.codes.iter().take(CODES).map(String::as_str).collect();
    call.store().delete_login_codes(call.user_id()?, &codes).await?;
    call.world.codes_changed().await?;
    Ok(true)
}
