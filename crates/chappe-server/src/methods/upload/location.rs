//! The bytes that an `InputFileLocation` names for the caller.
//!
//! | location | what it wants |
//! |---|---|
//! | encrypted file | its access hash |
//! | photo, document | its access hash and a file reference that is good; a size that there is; with a timer, that its message still shows it |
//! | photo of a peer | that the caller may see the peer |

use chappe_api::enums::storage::FileType;
use chappe_api::enums::{InputFileLocation as L, InputPeer};
use chappe_mtproto::rpc::RpcError;

use crate::blobs::{BlobId, Layout};
use crate::call::Call;
use crate::centres::is_elsewhere;
use crate::methods::errors::{Answer, bad_request};
use crate::model::eyes::Eyes;
use crate::model::{file, group_photo, media, peer, profile_photo, target};
use crate::store::CloudFile;

/// Bytes that the caller may have.
pub(super) struct Found {
    pub(super) blob: BlobId,
    pub(super) layout: Layout,
    /// Unix seconds.
    pub(super) created_at: i64,
    pub(super) file_type: FileType,
    /// A document as it was sent, which the CDN may have.
    pub(super) is_document: bool,
    /// The data centre that has them; 0: every one.
    pub(super) home: i64,
}

/// Finds them.
///
/// Without the right access hash there is no such file: `FILE_ID_INVALID`. A file reference that is not good is
/// `FILE_REFERENCE_EMPTY`, `_EXPIRED` or `_INVALID`, a location of a kind that is not served `LOCATION_INVALID`.
///
/// Another data centre may have them: `FILE_MIGRATE_X`.
pub(super) async fn find(call: &Call, location: &L) -> Answer<Found> {
    let found = look_up(call, location).await?;
    let here = call.environment.home;
    match i32::try_from(found.home) {
        Ok(home) if is_elsewhere(home, here) => Err(RpcError::new(303, &format!("FILE_MIGRATE_{home}"))),
        _ => Ok(found),
    }
}

async fn look_up(call: &Call, location: &L) -> Answer<Found> {
    match location {
        L::EncryptedFileLocation(named) => {
            let found = file::find(call, named.id, named.access_hash).await?;
            let found = found.ok_or_else(no_file)?;
            Ok(Found {
                blob: found.blob(),
                layout: found.layout(),
                created_at: found.created_at,
                file_type: FileType::Unknown,
                is_document: false,
                home: found.home,
            })
        }
        L::PhotoFileLocation(named) => {
            may_fetch(call, named.id, named.access_hash, &named.file_reference).await?;
            of_size(call, named.id, &named.thumb_size).await
        }
        L::DocumentFileLocation(named) => {
            let stays = may_fetch(call, named.id, named.access_hash, &named.file_reference).await?;
            let found = of_size(call, named.id, &named.thumb_size).await?;
            // The CDN would go on to give what is gone here.
            Ok(Found { is_document: named.thumb_size.is_empty() && stays, ..found })
        }
        L::PeerPhotoFileLocation(named) => {
            may_see(call, &named.peer, named.photo_id).await?;
            of_size(call, named.photo_id, if named.big { "c" } else { "a" }).await
        }
        _ => Err(bad_request("LOCATION_INVALID")),
    }
}

/// Whether the photo is that of a peer whom the caller may see.
async fn may_see(call: &Call, input: &InputPeer, photo_id: i64) -> Answer<()> {
    if let InputPeer::Chat(_) | InputPeer::Channel(_) = input {
        let target = target::find(call, input).await?;
        let standing = target.standing().filter(|standing| standing.may_read());
        let shown = standing.and_then(|standing| group_photo::id(&standing.chat));
        return if shown == Some(photo_id) { Ok(()) } else { Err(no_file()) };
    }
    let user = peer::find_peer(call, input).await?.ok_or_else(|| bad_request("PEER_ID_INVALID"))?;
    if profile_photo::shows(&Eyes::of(call)?, &user, photo_id).await? { Ok(()) } else { Err(no_file()) }
}

fn no_file() -> RpcError {
    bad_request("FILE_ID_INVALID")
}

/// Says whether the medium stays: one with a timer goes.
async fn may_fetch(call: &Call, media: i64, access_hash: i64, file_reference: &[u8]) -> Answer<bool> {
    let access = &call.world.access;
    if !access.is_media(call.user_id()?, media, access_hash) {
        return Err(no_file());
    }
    let held = media::check_reference(access, media, file_reference, call.unix());
    if let Some(name) = held.error() {
        return Err(bad_request(name));
    }
    let media::Held::OfMessage(uid) = held else { return Ok(true) };
    match media::shown_by(call, media, uid).await? {
        Some(_) => Ok(false),
        None => Err(bad_request("FILE_REFERENCE_EXPIRED")),
    }
}

/// A size that was made here is a JPEG file; of what came from outside nobody knows what it is.
async fn of_size(call: &Call, media: i64, size_type: &str) -> Answer<Found> {
    let found: CloudFile = call.store().media_file(media, size_type).await?.ok_or_else(no_file)?;
    let file_type = if size_type.is_empty() { FileType::Unknown } else { FileType::Jpeg };
    Ok(Found {
        blob: found.blob(),
        layout: found.layout(),
        created_at: found.created_at,
        file_type,
        is_document: false,
        home: found.home,
    })
}
