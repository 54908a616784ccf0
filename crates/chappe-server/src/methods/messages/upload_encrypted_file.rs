//! `messages.uploadEncryptedFile`: stores a file without sending it; `inputEncryptedFile` sends it later.

use chappe_api::{enums, functions};

use super::chat::{Elsewhere, of_device};
use super::file;
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model;

pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::UploadEncryptedFile,
) -> Answer<enums::EncryptedFile> {
    let found = of_device(call, &query.peer, Elsewhere::ChatIdInvalid).await;
    found.map_err(|error| match error.code {
        400 => bad_request("CHAT_ID_INVALID"),
        _ => error,
    })?;
    let file = file::resolve(call, &query.file).await?;
    Ok(model::file::see(&file, call.user_id()?, call.environment.this_dc, &call.world.access))
}
