//! `messages.setEncryptedTyping`

use chappe_api::functions;

use super::chat::{Elsewhere, of_device};
use crate::call::{After, Call};
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(call: &Call, query: functions::messages::SetEncryptedTyping) -> Answer<bool> {
    // A chat that ended is as good as none here: this method has one error.
    let found = of_device(call, &query.peer, Elsewhere::ChatIdInvalid).await;
    let (chat, device) = found.map_err(|error| match error.code {
        400 => bad_request("CHAT_ID_INVALID"),
        _ => error,
    })?;
    // There is no update that says "stopped": the sign fades by itself.
    if query.typing {
        call.after(After::Typing { device, chat_id: chat.id });
    }
    Ok(true)
}
