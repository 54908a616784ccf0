//! `messages.acceptEncryption`

use chappe_api::{enums, functions};

use super::chat::of_account;
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::chat;
use crate::store::{AcceptOutcome, ChatState};

pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::AcceptEncryption,
) -> Answer<enums::EncryptedChat> {
    call.show(&query.g_b);
    let user_id = call.user_id()?;
    let row = of_account(call, &query.peer).await?;
    if row.participant_id != user_id {
        return Err(bad_request("CHAT_ID_INVALID"));
    }
    match row.state {
        ChatState::Requested => {}
        ChatState::Accepted => return Err(bad_request("ENCRYPTION_ALREADY_ACCEPTED")),
        ChatState::Discarded => return Err(bad_request("ENCRYPTION_ALREADY_DECLINED")),
    }
    let g_b = call.world.dh.check_public(&query.g_b).map_err(|_| bad_request("DH_G_A_INVALID"))?;
    let outcome = call
        .store()
        .accept_secret_chat(row.id, call.device, &g_b, query.key_fingerprint, call.date())
        .await?;
    match outcome {
        AcceptOutcome::AlreadyAccepted => Err(bad_request("ENCRYPTION_ALREADY_ACCEPTED")),
        AcceptOutcome::AlreadyDeclined => Err(bad_request("ENCRYPTION_ALREADY_DECLINED")),
        AcceptOutcome::Accepted(row, change) => {
            call.after_changes([change]);
            Ok(chat::see(&row, user_id, call.device, &call.world.access)
                .unwrap_or_else(|| chat::discarded(row.id, false)))
        }
    }
}
