//! Files by way of the CDN data centre: see [`crate::cdn`].

use chappe_api::{enums, functions, types};
use chappe_crypto::AesCtr;
use chappe_mtproto::rpc::RpcError;

use super::get_file::range;
use super::get_file_hashes::hashes;
use super::location::Found;
use crate::call::Call;
use crate::cdn::{self, CDN_ID, FileToken};
use crate::limits::{CDN_TOKEN_LIFETIME, FILE_PIECE};
use crate::methods::errors::{Answer, bad_request};
use crate::model::upload::failed;

/// Sends the caller of `upload.getFile` to the CDN.
pub(super) async fn redirect(call: &Call, found: &Found, offset: u64) -> Answer<enums::upload::File> {
    let access = &call.world.access;
    let expires = call.unix().saturating_add(CDN_TOKEN_LIFETIME);
    let token = FileToken { blob: found.blob, layout: found.layout, expires };
    let (key, iv) = access.cdn_key(found.blob.0);
    let redirect = types::upload::FileCdnRedirect {
        dc_id: CDN_ID,
        file_token: token.to_bytes(access),
        encryption_key: key.to_vec(),
        encryption_iv: iv.to_vec(),
        file_hashes: hashes(call, found.blob, found.layout, offset).await?,
    };
    Ok(redirect.into())
}

/// `upload.getCdnFile`, which only the CDN answers.
pub(crate) async fn get_file(
    call: &Call,
    query: functions::upload::GetCdnFile,
) -> Answer<enums::upload::CdnFile> {
    let Some(cdn) = call.world.cdn.as_ref().filter(|_| call.environment.at_cdn) else {
        return Err(RpcError::new(404, "METHOD_INVALID"));
    };
    let FileToken { blob, layout, .. } = named(call, &query.file_token)?;
    let (offset, limit) = range(false, query.offset, query.limit).map_err(bad_request)?;
    let chunk = cdn::chunk_of(offset);
    if !cdn.holds(blob, chunk) {
        let request_token = cdn::request_token(&call.world.access, blob, chunk);
        return Ok(types::upload::CdnFileReuploadNeeded { request_token }.into());
    }
    let read = call.world.blobs.read(blob, layout, offset, limit).await;
    let mut bytes = read.map_err(|error| match error.kind() {
        // The file is gone since.
        std::io::ErrorKind::NotFound => bad_request("FILE_TOKEN_INVALID"),
        _ => failed(error),
    })?;
    let (key, iv) = call.world.access.cdn_key(blob.0);
    AesCtr::new(&key, &counter(iv, offset)).apply(&mut bytes);
    if let Some(first) = bytes.first_mut().filter(|_| cdn.lies()) {
        *first ^= 1;
    }
    Ok(types::upload::CdnFile { bytes }.into())
}

/// `upload.reuploadCdnFile`: gives the CDN what it has said to be missing.
pub(crate) async fn reupload(
    call: &Call,
    query: functions::upload::ReuploadCdnFile,
) -> Answer<Vec<types::FileHash>> {
    let FileToken { blob, layout, .. } = named(call, &query.file_token)?;
    let chunk = cdn::requested_chunk(&call.world.access, &query.request_token, blob);
    let chunk = chunk.ok_or_else(|| bad_request("REQUEST_TOKEN_INVALID"))?;
    let Some(cdn) = &call.world.cdn else { return Err(bad_request("FILE_TOKEN_INVALID")) };
    let hashes = hashes(call, blob, layout, chunk.saturating_mul(FILE_PIECE)).await?;
    cdn.give(blob, chunk);
    Ok(hashes)
}

/// `upload.getCdnFileHashes`
pub(crate) async fn get_hashes(
    call: &Call,
    query: functions::upload::GetCdnFileHashes,
) -> Answer<Vec<types::FileHash>> {
    let FileToken { blob, layout, .. } = named(call, &query.file_token)?;
    // The method has no error for it: there is nothing in front of the file.
    let Ok(offset) = u64::try_from(query.offset) else { return Ok(Vec::new()) };
    hashes(call, blob, layout, offset).await
}

fn named(call: &Call, token: &[u8]) -> Answer<FileToken> {
    FileToken::read(&call.world.access, token, call.unix()).ok_or_else(|| bad_request("FILE_TOKEN_INVALID"))
}

/// The counter of the block at this offset: the last four bytes of the initialisation vector count blocks.
fn counter(mut iv: [u8; 16], offset: u64) -> [u8; 16] {
    let block = u32::try_from(offset / 16).unwrap_or(u32::MAX);
    if let Some(last) = iv.last_chunk_mut() {
        *last = block.to_be_bytes();
    }
    iv
}
