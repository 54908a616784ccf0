//! Which chat a call means, and whether the caller may use it.

use chappe_api::types::InputEncryptedChat;

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::store::{ChatState, SecretChat};

/// The chat that the caller's account has a part in, named with its access hash; else `CHAT_ID_INVALID`.
pub(super) async fn of_account(call: &Call, peer: &InputEncryptedChat) -> Answer<SecretChat> {
    let user_id = call.user_id()?;
    let invalid = || bad_request("CHAT_ID_INVALID");
    if peer.access_hash != call.world.access.secret_chat(user_id, peer.chat_id) {
        return Err(invalid());
    }
    let chat = call.store().secret_chat(peer.chat_id).await?.ok_or_else(invalid)?;
    chat.peer_of(user_id).map(|_| chat).ok_or_else(invalid)
}

/// What a call says to a device that the chat does not live on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elsewhere {
    /// `CHAT_ID_INVALID`: most methods.
    ChatIdInvalid,
    /// `ENCRYPTION_ID_INVALID`: sendEncryptedService.
    EncryptionIdInvalid,
}

/// An accepted chat of the calling device, and the device on the other side.
///
/// * unknown chat, wrong access hash, no part in it: `CHAT_ID_INVALID`
/// * a chat of the caller's account that lives on another of its devices: see [`Elsewhere`]
/// * discarded: `ENCRYPTION_DECLINED`
/// * not accepted yet: `CHAT_ID_INVALID`
pub(super) async fn of_device(
    call: &Call,
    peer: &InputEncryptedChat,
    elsewhere: Elsewhere,
) -> Answer<(SecretChat, i64)> {
    let chat = of_account(call, peer).await?;
    // Before anybody has accepted, all devices of the participant are alike.
    let undecided = chat.participant_auth.is_none() && call.user_id()? == chat.participant_id;
    if !chat.is_bound_to(call.device) && !undecided {
        return Err(bad_request(match elsewhere {
            Elsewhere::ChatIdInvalid => "CHAT_ID_INVALID",
            Elsewhere::EncryptionIdInvalid => "ENCRYPTION_ID_INVALID",
        }));
    }
    match (chat.state, chat.peer_device(call.device)) {
        (ChatState::Discarded, _) => Err(bad_request("ENCRYPTION_DECLINED")),
        (ChatState::Accepted, Some(device)) => Ok((chat, device)),
        _ => Err(bad_request("CHAT_ID_INVALID")),
    }
}
