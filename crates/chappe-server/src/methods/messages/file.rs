//! The file that goes with a secret message.

use chappe_api::enums::InputEncryptedFile;
use md5::{Digest, Md5};

use crate::blobs::{Assembled, Layout};
use crate::call::Call;
use crate::limits::{FILE_PARTS, FILE_PIECE};
use crate::methods::errors::{Answer, bad_request, internal};
use crate::model::file;
use crate::store::SecretFile;

/// What an upload is turned into a file by.
struct Uploaded<'a> {
    id: i64,
    parts: i32,
    md5: &'a str,
    key_fingerprint: i32,
    is_big: bool,
}

/// The file that the input names, stored if it was an upload until now.
///
/// * none at all, or a stored one that the caller cannot name: `FILE_EMTPY`
/// * a number of parts that cannot be, or is not that of the upload: `FILE_PARTS_INVALID`
/// * a part that is not there: `FILE_PART_X_MISSING`
/// * a checksum that was given and is wrong: `MD5_CHECKSUM_INVALID`
pub(super) async fn resolve(call: &Call, input: &InputEncryptedFile) -> Answer<SecretFile> {
    match input {
        InputEncryptedFile::Empty => Err(bad_request("FILE_EMTPY")),
        InputEncryptedFile::File(named) => {
            let found = file::find(call, named.id, named.access_hash).await?;
            found.ok_or_else(|| bad_request("FILE_EMTPY"))
        }
        InputEncryptedFile::Uploaded(sent) => {
            let (parts, md5, key_fingerprint) =
                (sent.parts, sent.md5_checksum.as_str(), sent.key_fingerprint);
            store(call, Uploaded { id: sent.id, parts, md5, key_fingerprint, is_big: false }).await
        }
        InputEncryptedFile::BigUploaded(sent) => {
            let (parts, key_fingerprint) = (sent.parts, sent.key_fingerprint);
            store(call, Uploaded { id: sent.id, parts, md5: "", key_fingerprint, is_big: true }).await
        }
    }
}

fn missing(part: u64) -> chappe_mtproto::rpc::RpcError {
    bad_request(&format!("FILE_PART_{part}_MISSING"))
}

async fn store(call: &Call, sent: Uploaded<'_>) -> Answer<SecretFile> {
    let user_id = call.user_id()?;
    let parts_invalid = || bad_request("FILE_PARTS_INVALID");
    let parts = u64::try_from(sent.parts).ok().filter(|parts| (1..=FILE_PARTS).contains(parts));
    let parts = parts.ok_or_else(parts_invalid)?;
    let Some(upload) = call.store().upload(user_id, sent.id).await? else { return Err(missing(0)) };
    if upload.stored {
        // The same upload again, because the first answer was lost or for another chat.
        let file = call.store().secret_file(upload.blob_id).await?;
        let file = file.filter(|file| file.key_fingerprint == i64::from(sent.key_fingerprint));
        return file.filter(|file| file.parts.unsigned_abs() == parts).ok_or_else(|| missing(0));
    }
    let known = upload.parts;
    let other_total = known.total != 0 && known.total != parts;
    if upload.is_big != sent.is_big || other_total || known.count > 0 && known.highest >= parts {
        return Err(parts_invalid());
    }
    if let Some(part) = call.store().missing_part(upload.blob_id, parts).await? {
        return Err(missing(part));
    }
    // One part alone is its own measure.
    let part_len = if known.part_len == 0 { known.size } else { known.part_len };
    let layout = Layout { part_len, parts, size: known.size };
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let file = SecretFile {
        id: upload.blob_id,
        owner_id: user_id,
        size: number(layout.size),
        part_len: number(layout.part_len),
        parts: number(layout.parts),
        key_fingerprint: i64::from(sent.key_fingerprint),
        created_at: call.unix(),
    };
    let failed = |error: std::io::Error| {
        tracing::error!(%error, "a file could not be stored");
        internal()
    };
    match call.world.blobs.assemble(file.blob(), layout).await.map_err(failed)? {
        Assembled::Done => {}
        Assembled::Missing(part) => return Err(missing(part)),
    }
    if !sent.md5.is_empty() {
        let is_right = md5_of(call, &file).await.map_err(failed)?.eq_ignore_ascii_case(sent.md5);
        if !is_right {
            // It was damaged on the way: all of it has to come again.
            call.store().delete_upload(upload.blob_id).await?;
            call.world.bury_blobs();
            return Err(bad_request("MD5_CHECKSUM_INVALID"));
        }
    }
    if call.store().store_upload(&file, call.unix()).await? {
        return Ok(file);
    }
    call.store().secret_file(file.id).await?.ok_or_else(|| missing(0))
}

/// In hexadecimal, read piece by piece.
async fn md5_of(call: &Call, file: &SecretFile) -> std::io::Result<String> {
    let (layout, mut offset, mut digest) = (file.layout(), 0, Md5::new());
    while offset < layout.size {
        digest.update(call.world.blobs.read(file.blob(), layout, offset, FILE_PIECE).await?);
        offset += FILE_PIECE;
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
