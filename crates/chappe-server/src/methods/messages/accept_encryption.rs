//! `messages.acceptEncryption`

use chappe_api::{enums, functions};

use super::chat::of_account;
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::chat;
use crate::store::{AcceptOutcome, ChatState, SecretChat};

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
    let see = |row: &SecretChat| {
        chat::see(row, user_id, call.device, &call.world.access)
            .unwrap_or_else(|| chat::discarded(row.id, false))
    };
    match row.state {
        ChatState::Requested => {}
        ChatState::Accepted if is_repeated(&row, call, &query) => return Ok(see(&row)),
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
            Ok(see(&row))
        }
    }
}

/// Whether the device that accepted says the same again: its first answer was lost.
fn is_repeated(row: &SecretChat, call: &Call, query: &functions::messages::AcceptEncryption) -> bool {
    let g_b = call.world.dh.check_public(&query.g_b).ok();
    row.participant_auth == Some(call.device)
        && row.key_fingerprint == query.key_fingerprint
        && g_b.is_some_and(|g_b| g_b[..] == row.g_b[..])
}
