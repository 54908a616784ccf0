//! `upload.saveFilePart`: files up to 10 MiB.

use chappe_api::functions;

use super::part::{Sent, save};
use crate::call::Call;
use crate::limits::SMALL_FILE_LEN;
use crate::methods::errors::Answer;

pub(crate) async fn handle(call: &Call, query: functions::upload::SaveFilePart) -> Answer<bool> {
    let functions::upload::SaveFilePart { file_id, file_part: part, bytes } = query;
    save(call, Sent { file_id, part, bytes, is_big: false, total: None, max_size: SMALL_FILE_LEN }).await
}
