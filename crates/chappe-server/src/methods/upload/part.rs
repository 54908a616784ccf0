//! What `upload.saveFilePart` and `upload.saveBigFilePart` have in common.

use crate::blobs::{BlobId, MAX_PART_LEN, PartError};
use crate::call::Call;
use crate::limits::FILE_PARTS;
use crate::methods::errors::{Answer, bad_request, internal};
use crate::store::{NewPart, PartPlan};

/// A part as the client sends it.
pub(super) struct Sent {
    pub(super) file_id: i64,
    pub(super) part: i32,
    pub(super) bytes: Vec<u8>,
    pub(super) is_big: bool,
    pub(super) total: Option<u64>,
    pub(super) max_size: u64,
}

/// Keeps a part. The rules are in [`crate::blobs::Parts`]; parts may come in any order, over any connection and again.
///
/// Beyond them: no bytes `FILE_PART_EMPTY`, more than 512 KiB `FILE_PART_TOO_BIG`, a number below 0 or from 8000 on
/// `FILE_PART_INVALID`, a file longer than its method takes or beyond the space of the account `FILE_PARTS_INVALID`.
pub(super) async fn save(call: &Call, sent: Sent) -> Answer<bool> {
    let user_id = call.user_id()?;
    call.show(&sent.bytes);
    let len = u64::try_from(sent.bytes.len()).unwrap_or(u64::MAX);
    if len == 0 {
        return Err(bad_request("FILE_PART_EMPTY"));
    }
    if len > MAX_PART_LEN {
        return Err(bad_request("FILE_PART_TOO_BIG"));
    }
    let part = u64::try_from(sent.part).ok().filter(|part| *part < FILE_PARTS);
    let part = part.ok_or_else(|| bad_request("FILE_PART_INVALID"))?;
    let new = NewPart {
        user_id,
        file_id: sent.file_id,
        is_big: sent.is_big,
        part,
        len,
        total: sent.total,
        max_size: sent.max_size,
    };
    let world = &call.world;
    let fresh = i64::from_le_bytes(world.rng.bytes());
    let blob_id = match call.store().begin_part(&new, fresh, world.file_space, call.unix()).await? {
        PartPlan::Write { blob_id, dead } => {
            if !dead.is_empty() {
                tracing::debug!(count = dead.len(), "unfinished uploads have made room");
                world.bury_blobs();
            }
            blob_id
        }
        // Part of what is a file by now: the client has sent it twice, and one answer came late.
        PartPlan::Stored => return Ok(true),
        PartPlan::Refused(error) => return Err(refusal(error)),
    };
    world.blobs.put_part(BlobId(blob_id), part, sent.bytes).await.map_err(|error| {
        tracing::error!(%error, "a part of a file could not be kept");
        internal()
    })?;
    call.store().finish_part(&new, blob_id, call.unix()).await?.map_err(refusal)?;
    Ok(true)
}

fn refusal(error: PartError) -> chappe_mtproto::rpc::RpcError {
    bad_request(match error {
        PartError::Invalid => "FILE_PART_INVALID",
        PartError::PartsInvalid => "FILE_PARTS_INVALID",
        PartError::SizeChanged => "FILE_PART_SIZE_CHANGED",
        PartError::SizeInvalid => "FILE_PART_SIZE_INVALID",
    })
}
