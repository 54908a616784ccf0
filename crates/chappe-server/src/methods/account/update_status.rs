//! `account.updateStatus`: whoever has the account in the contacts hears of it, as far as they may.

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::note::Note;

/// How long an account counts as online after it said so, in seconds.
const ONLINE: i64 = 300;

pub(crate) async fn handle(call: &Call, query: functions::account::UpdateStatus) -> Answer<bool> {
    let user_id = call.user_id()?;
    let until = if query.offline { call.unix() } else { call.unix().saturating_add(ONLINE) };
    call.store().set_online_until(user_id, until).await?;
    call.tell_watchers(user_id, Note::UserStatus { user_id }).await?;
    Ok(true)
}
