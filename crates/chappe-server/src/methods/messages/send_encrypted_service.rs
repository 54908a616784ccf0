//! `messages.sendEncryptedService`
//!
//! Beyond what [`send`] says: `ENCRYPTION_ID_INVALID` for a chat of the caller's account that lives
//! on another of its devices. No key of that chat exists on the calling one.

use chappe_api::{enums, functions};

use super::chat::Elsewhere;
use super::send::{Outgoing, send};
use crate::call::Call;
use crate::methods::errors::Answer;

pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::SendEncryptedService,
) -> Answer<enums::messages::SentEncryptedMessage> {
    let message =
        Outgoing { peer: &query.peer, random_id: query.random_id, data: &query.data, is_service: true };
    send(call, message, Elsewhere::EncryptionIdInvalid).await
}
