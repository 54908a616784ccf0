//! Exports of an account's data: `account.initTakeoutSession` and `account.finishTakeoutSession`. What wants an export is
//! called by way of `invokeWithTakeout`.
//!
//! Source: <https://core.telegram.org/api/takeout>

use chappe_api::{functions, types};

use crate::call::Call;
use crate::limits::TAKEOUT_LIFETIME;
use crate::methods::errors::Answer;

/// Begins an export; one that was under way has ended. Nobody has to wait for it here.
pub(crate) async fn begin(
    call: &Call,
    _: functions::account::InitTakeoutSession,
) -> Answer<types::account::Takeout> {
    // Above zero, as clients take it for a number that they print.
    let id = i64::from_le_bytes(call.world.rng.bytes()) & i64::MAX | 1;
    call.store().begin_takeout(call.user_id()?, id, call.unix()).await?;
    Ok(types::account::Takeout { id })
}

/// Ends the export that the call belongs to, however it went.
pub(crate) async fn finish(call: &Call, _: functions::account::FinishTakeoutSession) -> Answer<bool> {
    let id = call.takeout.ok_or_else(|| call.refuse(&["TAKEOUT_REQUIRED"]))?;
    if call.store().end_takeout(call.user_id()?, id).await? {
        Ok(true)
    } else {
        Err(call.refuse(&["TAKEOUT_INVALID", "TAKEOUT_REQUIRED"]))
    }
}

/// Refuses a call that belongs to no export: `TAKEOUT_REQUIRED`, or `TAKEOUT_INVALID` for one that has ended.
pub(crate) async fn check(call: &Call) -> Answer<()> {
    let id = call.takeout.ok_or_else(|| call.refuse(&["TAKEOUT_REQUIRED"]))?;
    let after = call.unix().saturating_sub(TAKEOUT_LIFETIME);
    let known = call.store().takeout(call.user_id()?, after).await?;
    if known == Some(id) { Ok(()) } else { Err(call.refuse(&["TAKEOUT_INVALID", "TAKEOUT_REQUIRED"])) }
}
