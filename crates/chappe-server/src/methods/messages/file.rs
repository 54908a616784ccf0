//! The file that goes with a secret message.

use chappe_api::enums::InputEncryptedFile;

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::file;
use crate::model::upload::{Uploaded, assemble, missing};
use crate::store::SecretFile;

/// The file that the input names, stored if it was an upload until now.
///
/// None at all, or a stored one that the caller cannot name, is `FILE_EMTPY`; what else can go wrong is told at
/// [`assemble`].
pub(super) async fn resolve(call: &Call, input: &InputEncryptedFile) -> Answer<SecretFile> {
    match input {
        InputEncryptedFile::Empty => Err(bad_request("FILE_EMTPY")),
        InputEncryptedFile::File(named) => {
            let found = file::find(call, named.id, named.access_hash).await?;
            found.ok_or_else(|| bad_request("FILE_EMTPY"))
        }
        InputEncryptedFile::Uploaded(sent) => {
            let uploaded =
                Uploaded { id: sent.id, parts: sent.parts, md5: &sent.md5_checksum, is_big: false };
            store(call, uploaded, sent.key_fingerprint).await
        }
        InputEncryptedFile::BigUploaded(sent) => {
            let uploaded = Uploaded { id: sent.id, parts: sent.parts, md5: "", is_big: true };
            store(call, uploaded, sent.key_fingerprint).await
        }
    }
}

async fn store(call: &Call, sent: Uploaded<'_>, key_fingerprint: i32) -> Answer<SecretFile> {
    let whole = assemble(call, &sent).await?;
    if !whole.stored {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let file = SecretFile {
            id: whole.blob.0,
            owner_id: call.user_id()?,
            size: number(whole.layout.size),
            part_len: number(whole.layout.part_len),
            parts: number(whole.layout.parts),
            key_fingerprint: i64::from(key_fingerprint),
            created_at: call.unix(),
            home: i64::from(call.environment.home),
        };
        if call.store().store_upload(&file, call.unix()).await? {
            return Ok(file);
        }
    }
    // The same upload again, because the first answer was lost or for another chat.
    let file = call.store().secret_file(whole.blob.0).await?;
    file.filter(|file| file.key_fingerprint == i64::from(key_fingerprint)).ok_or_else(|| missing(0))
}
