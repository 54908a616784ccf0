//! What `messages.sendEncrypted` and `messages.sendEncryptedService` have in common.

use chappe_api::types::InputEncryptedChat;
use chappe_api::{enums, types};
use chappe_crypto::hash::sha256;

use super::chat::{self, Elsewhere};
use crate::call::{After, Call};
use crate::limits::{MIN_SECRET_DATA_LEN, SECRET_DATA_LEN};
use crate::methods::errors::{Answer, bad_request, forbidden};
use crate::store::{Delivery, NewSecretMessage};

/// A message to pass on.
pub(super) struct Outgoing<'a> {
    pub(super) peer: &'a InputEncryptedChat,
    pub(super) random_id: i64,
    pub(super) data: &'a [u8],
    pub(super) is_service: bool,
}

/// Queues the message for the device on the other side. In this order:
///
/// 1. the chat, see [`chat::of_device`]
/// 2. more than 512 KiB of data: `DATA_TOO_LONG`
/// 3. data that is no fingerprint, msg_key and one or more AES blocks: `DATA_INVALID`
/// 4. the other account is deleted: 403 `USER_DELETED`
/// 5. the other account has blocked the caller: 403 `USER_IS_BLOCKED`
///
/// The same content under the same random id is answered with its first date and not queued again.
pub(super) async fn send(
    call: &Call,
    message: Outgoing<'_>,
    elsewhere: Elsewhere,
) -> Answer<enums::messages::SentEncryptedMessage> {
    let Outgoing { peer, random_id, data, is_service } = message;
    call.show(data);
    let user_id = call.user_id()?;
    let (chat, receiver) = chat::of_device(call, peer, elsewhere).await?;
    if data.len() > SECRET_DATA_LEN {
        return Err(bad_request("DATA_TOO_LONG"));
    }
    if data.len() < MIN_SECRET_DATA_LEN || data.len() % 16 != 8 {
        return Err(bad_request("DATA_INVALID"));
    }
    let other = chat.peer_of(user_id).unwrap_or_default();
    if call.store().user(other).await?.is_none_or(|user| user.deleted) {
        return Err(forbidden("USER_DELETED"));
    }
    if call.store().has_blocked(other, user_id).await? {
        return Err(forbidden("USER_IS_BLOCKED"));
    }
    let new = NewSecretMessage {
        chat_id: chat.id,
        sender_auth: call.device,
        receiver_auth: receiver,
        random_id,
        is_service,
        data,
        content_hash: sha256(&[&[u8::from(is_service)], data]),
    };
    let date = match call.store().deliver_secret_message(&new, call.date()).await? {
        Delivery::Queued { qts, date } => {
            call.after(After::MessageQueued { device: receiver, qts });
            date
        }
        Delivery::Repeated { date } => date,
        Delivery::Declined => return Err(bad_request("ENCRYPTION_DECLINED")),
    };
    Ok(types::messages::SentEncryptedMessage { date }.into())
}
