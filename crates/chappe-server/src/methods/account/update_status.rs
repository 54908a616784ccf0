//! `account.updateStatus`

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::Answer;

/// How long an account counts as online after it said so, in seconds.
const ONLINE: i64 = 300;

pub(crate) async fn handle(call: &Call, query: functions::account::UpdateStatus) -> Answer<bool> {
    let until = if query.offline { call.unix() } else { call.unix().saturating_add(ONLINE) };
    call.store().set_online_until(call.user_id()?, until).await?;
    Ok(true)
}
