//! `messages.sendEncryptedFile`
//!
//! As [`send`](super::send), with the errors of [`file`](mod@super::file) after those of the message. A repeated call is
//! answered before anybody looks at its file, which may be stored, expired or uploaded anew by then.

use chappe_api::{enums, functions, types};

use super::chat::Elsewhere;
use super::file;
use super::send::{Outgoing, Sent};
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model;

pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::SendEncryptedFile,
) -> Answer<enums::messages::SentEncryptedMessage> {
    let message =
        Outgoing { peer: &query.peer, random_id: query.random_id, data: &query.data, is_service: false };
    let checked = message.check(call, Elsewhere::ChatIdInvalid).await?;
    let Sent { date, file_id } = match checked.repeated(call).await? {
        Some(sent) => sent,
        None => {
            let file = file::resolve(call, &query.file).await?;
            checked.deliver(call, Some(file.id)).await?
        }
    };
    let stored = match file_id {
        Some(id) => call.store().secret_file(id).await?,
        None => None,
    };
    let file = stored.map_or(enums::EncryptedFile::Empty, |file| {
        let viewer = call.user_id().unwrap_or_default();
        model::file::see(&file, viewer, call.environment.this_dc, &call.world.access)
    });
    Ok(types::messages::SentEncryptedFile { date, file }.into())
}
