//! `messages.discardEncryption`

use chappe_api::functions;

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::store::DiscardOutcome;

pub(crate) async fn handle(call: &Call, query: functions::messages::DiscardEncryption) -> Answer<bool> {
    if query.chat_id == 0 {
        return Err(bad_request("CHAT_ID_EMPTY"));
    }
    let user_id = call.user_id()?;
    let outcome = call
        .store()
        .discard_secret_chat(query.chat_id, call.device, user_id, query.delete_history, call.date())
        .await?;
    match outcome {
        DiscardOutcome::NotParty => Err(bad_request("ENCRYPTION_ID_INVALID")),
        DiscardOutcome::AlreadyAccepted => Err(bad_request("ENCRYPTION_ALREADY_ACCEPTED")),
        DiscardOutcome::AlreadyDeclined => Err(bad_request("ENCRYPTION_ALREADY_DECLINED")),
        DiscardOutcome::Discarded(change) => {
            call.after_changes([change]);
            Ok(true)
        }
    }
}
