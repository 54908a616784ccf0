//! `messages.readEncryptedHistory`

use chappe_api::functions;

use super::chat::{Elsewhere, of_device};
use crate::call::{After, Call};
use crate::methods::errors::{Answer, bad_request};

pub(crate) async fn handle(call: &Call, query: functions::messages::ReadEncryptedHistory) -> Answer<bool> {
    let found = of_device(call, &query.peer, Elsewhere::ChatIdInvalid).await;
    let (chat, device) = found.map_err(|error| match error.code {
        400 => bad_request("CHAT_ID_INVALID"),
        _ => error,
    })?;
    let (max_date, date) = (query.max_date, call.date());
    if max_date > date {
        return Err(bad_request("MAX_DATE_INVALID"));
    }
    call.store().put_read_mark(device, chat.id, max_date, date).await?;
    call.after(After::Read { device, chat_id: chat.id, max_date, date });
    Ok(true)
}
