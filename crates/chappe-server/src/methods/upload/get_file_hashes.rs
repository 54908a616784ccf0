//! `upload.getFileHashes`: SHA-256 of each piece of a file, some at a time.

use chappe_api::{functions, types};
use chappe_crypto::hash::sha256;

use super::location;
use crate::blobs::{BlobId, Layout};
use crate::call::Call;
use crate::limits::{HASHED_PIECE, HASHES_PER_CALL};
use crate::methods::errors::{Answer, bad_request};
use crate::model::upload::failed;

pub(crate) async fn handle(
    call: &Call,
    query: functions::upload::GetFileHashes,
) -> Answer<Vec<types::FileHash>> {
    let invalid = || bad_request("LOCATION_INVALID");
    let found = location::find(call, &query.location).await;
    let found = found.map_err(|error| if error.code == 303 { error } else { invalid() })?;
    let offset = u64::try_from(query.offset).map_err(|_| invalid())?;
    hashes(call, found.blob, found.layout, offset).await
}

/// The hashes from that of the piece around `offset` on.
pub(super) async fn hashes(
    call: &Call,
    blob: BlobId,
    layout: Layout,
    offset: u64,
) -> Answer<Vec<types::FileHash>> {
    let first = offset / HASHED_PIECE * HASHED_PIECE;
    let mut hashes = Vec::new();
    for piece in 0..HASHES_PER_CALL {
        let Some(offset) = first.checked_add(piece * HASHED_PIECE).filter(|at| *at < layout.size) else {
            break;
        };
        let read = call.world.blobs.read(blob, layout, offset, HASHED_PIECE);
        let bytes = read.await.map_err(failed)?;
        hashes.push(types::FileHash {
            offset: i64::try_from(offset).unwrap_or(i64::MAX),
            limit: i32::try_from(bytes.len()).unwrap_or(i32::MAX),
            hash: sha256(&[&bytes]).to_vec(),
        });
    }
    Ok(hashes)
}
