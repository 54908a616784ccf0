//! How long what is not used is kept: `account.getAccountTTL`, `account.setAccountTTL` and
//! `account.setAuthorizationTTL`.

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};

/// Days that may be asked for, as in the clients' menus and a little beyond.
const DAYS: std::ops::RangeInclusive<i32> = 1..=730;

pub(crate) async fn get(call: &Call, _: functions::account::GetAccountTtl) -> Answer<types::AccountDaysTtl> {
    let (days, _) = call.store().ttl_days(call.user_id()?).await?;
    Ok(types::AccountDaysTtl { days: i32::try_from(days).unwrap_or(i32::MAX) })
}

pub(crate) async fn set(call: &Call, query: functions::account::SetAccountTtl) -> Answer<bool> {
    let days = query.ttl.days;
    if !DAYS.contains(&days) {
        return Err(bad_request("TTL_DAYS_INVALID"));
    }
    call.store().set_account_ttl(call.user_id()?, i64::from(days)).await?;
    Ok(true)
}

pub(crate) async fn set_authorization(
    call: &Call,
    query: functions::account::SetAuthorizationTtl,
) -> Answer<bool> {
    if !DAYS.contains(&query.authorization_ttl_days) {
        return Err(bad_request("TTL_DAYS_INVALID"));
    }
    call.store().set_authorization_ttl(call.user_id()?, i64::from(query.authorization_ttl_days)).await?;
    Ok(true)
}
