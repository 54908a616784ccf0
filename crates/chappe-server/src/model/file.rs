//! An encrypted file in the eyes of somebody.

use chappe_api::{enums, types};
use subtle::ConstantTimeEq;

use super::access::AccessHashes;
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::store::SecretFile;

/// `file` as the account `viewer` names it. It is fetched from the data centre that has it: if that is the only one,
/// from the one that the viewer takes us for, having no login at any other.
pub(crate) fn see(file: &SecretFile, viewer: i64, dc_id: i32, access: &AccessHashes) -> enums::EncryptedFile {
    types::EncryptedFile {
        id: file.id,
        access_hash: access.secret_file(viewer, file.id),
        size: file.size,
        dc_id: i32::try_from(file.home).ok().filter(|home| *home != 0).unwrap_or(dc_id),
        key_fingerprint: i32::try_from(file.key_fingerprint).unwrap_or(0),
    }
    .into()
}

/// The file that the caller names. The access hash is the permission: only who sent a file or got it has one of its own.
pub(crate) async fn find(call: &Call, id: i64, access_hash: i64) -> Answer<Option<SecretFile>> {
    let own = call.world.access.secret_file(call.user_id()?, id);
    if !bool::from(own.ct_eq(&access_hash)) {
        return Ok(None);
    }
    Ok(call.store().secret_file(id).await?)
}
