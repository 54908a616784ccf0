//! An upload whose parts are all there becomes one blob.

use md5::{Digest, Md5};

use crate::blobs::{Assembled, BlobId, Layout};
use crate::call::Call;
use crate::limits::{FILE_PARTS, FILE_PIECE};
use crate::methods::errors::{Answer, bad_request, internal};

/// An upload as the client names it.
pub(crate) struct Uploaded<'a> {
    pub(crate) id: i64,
    pub(crate) parts: i32,
    /// In hexadecimal; empty if the client does not say.
    pub(crate) md5: &'a str,
    pub(crate) is_big: bool,
}

/// What it has become.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whole {
    pub(crate) blob: BlobId,
    pub(crate) layout: Layout,
    /// It was turned into a file before: the first answer was lost, or it is used again.
    pub(crate) stored: bool,
}

/// Puts the parts together. Doing it twice is no error.
///
/// * a number of parts that cannot be, or is not that of the upload: `FILE_PARTS_INVALID`
/// * a part that is not there: `FILE_PART_X_MISSING`
/// * a checksum that was given and is wrong: `MD5_CHECKSUM_INVALID`
pub(crate) async fn assemble(call: &Call, sent: &Uploaded<'_>) -> Answer<Whole> {
    let user_id = call.user_id()?;
    let parts_invalid = || bad_request("FILE_PARTS_INVALID");
    let parts = u64::try_from(sent.parts).ok().filter(|parts| (1..=FILE_PARTS).contains(parts));
    let parts = parts.ok_or_else(parts_invalid)?;
    let Some(upload) = call.store().upload(user_id, sent.id).await? else { return Err(missing(0)) };
    let known = upload.parts;
    // One part alone is its own measure.
    let part_len = if known.part_len == 0 { known.size } else { known.part_len };
    let layout = Layout { part_len, parts, size: known.size };
    let whole = Whole { blob: BlobId(upload.blob_id), layout, stored: upload.stored };
    if upload.stored {
        return if known.count == parts { Ok(whole) } else { Err(missing(0)) };
    }
    let other_total = known.total != 0 && known.total != parts;
    if upload.is_big != sent.is_big || other_total || known.count > 0 && known.highest >= parts {
        return Err(parts_invalid());
    }
    if let Some(part) = call.store().missing_part(upload.blob_id, parts).await? {
        return Err(missing(part));
    }
    match call.world.blobs.assemble(whole.blob, layout).await.map_err(failed)? {
        Assembled::Done => {}
        Assembled::Missing(part) => return Err(missing(part)),
    }
    if !sent.md5.is_empty() {
        let is_right = md5_of(call, whole).await.map_err(failed)?.eq_ignore_ascii_case(sent.md5);
        if !is_right {
            // It was damaged on the way: all of it has to come again.
            call.store().delete_upload(upload.blob_id).await?;
            call.world.bury_blobs();
            return Err(bad_request("MD5_CHECKSUM_INVALID"));
        }
    }
    Ok(whole)
}

/// The error for an upload of which this part is not there.
pub(crate) fn missing(part: u64) -> chappe_mtproto::rpc::RpcError {
    bad_request(&format!("FILE_PART_{part}_MISSING"))
}

/// The error for a storage that does not work.
pub(crate) fn failed(error: std::io::Error) -> chappe_mtproto::rpc::RpcError {
    tracing::error!(%error, "a file could not be stored or read");
    internal()
}

/// In hexadecimal, read piece by piece.
async fn md5_of(call: &Call, whole: Whole) -> std::io::Result<String> {
    let (mut offset, mut digest) = (0, Md5::new());
    while offset < whole.layout.size {
        digest.update(call.world.blobs.read(whole.blob, whole.layout, offset, FILE_PIECE).await?);
        offset += FILE_PIECE;
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
