//! `upload.saveBigFilePart`: files above 10 MiB (shorter ones are taken, too).

use chappe_api::functions;

use super::part::{Sent, save};
use crate::blobs::MAX_PART_LEN;
use crate::call::Call;
use crate::limits::FILE_PARTS;
use crate::methods::errors::{Answer, bad_request};

/// The number of parts of somebody who does not know it yet.
const UNKNOWN: i32 = -1;

pub(crate) async fn handle(call: &Call, query: functions::upload::SaveBigFilePart) -> Answer<bool> {
    let functions::upload::SaveBigFilePart { file_id, file_part: part, file_total_parts, bytes } = query;
    let total = match file_total_parts {
        UNKNOWN => None,
        total => match u64::try_from(total) {
            Ok(total) if (1..=FILE_PARTS).contains(&total) => Some(total),
            _ => return Err(bad_request("FILE_PARTS_INVALID")),
        },
    };
    save(call, Sent { file_id, part, bytes, is_big: true, total, max_size: FILE_PARTS * MAX_PART_LEN }).await
}
