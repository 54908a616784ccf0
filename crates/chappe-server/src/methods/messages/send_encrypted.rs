//! `messages.sendEncrypted`

use chappe_api::{enums, functions};

use super::chat::Elsewhere;
use super::send::{Outgoing, send};
use crate::call::Call;
use crate::methods::errors::Answer;

pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::SendEncrypted,
) -> Answer<enums::messages::SentEncryptedMessage> {
    let message =
        Outgoing { peer: &query.peer, random_id: query.random_id, data: &query.data, is_service: false };
    send(call, message, Elsewhere::ChatIdInvalid).await
}
