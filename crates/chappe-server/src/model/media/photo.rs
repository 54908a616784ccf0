//! Photos.

use chappe_api::{enums, types};
use chappe_mtproto::rpc::RpcError;
use chappe_tl::{Decode, Encode};

use super::image::{self, Failure, Rendered, Size};
use super::{reference, timer};
use crate::blobs::{Assembled, BlobId, Layout};
use crate::call::Call;
use crate::limits::PHOTO_LEN;
use crate::methods::errors::{Answer, bad_request, internal};
use crate::model::upload::{Uploaded, Whole, assemble, failed};
use crate::store::{CloudFile, MediaKind, NewMedia};

/// The upload that an `InputFile` names. A file of a story is none.
pub(super) fn uploaded(file: &enums::InputFile) -> Option<Uploaded<'_>> {
    match file {
        enums::InputFile::File(file) => {
            Some(Uploaded { id: file.id, parts: file.parts, md5: &file.md5_checksum, is_big: false })
        }
        enums::InputFile::Big(file) => {
            Some(Uploaded { id: file.id, parts: file.parts, md5: "", is_big: true })
        }
        enums::InputFile::StoryDocument(_) => None,
    }
}

/// A photo for messages from an upload, as nobody sees it. Using an upload twice gives the same photo.
///
/// What is no image is `IMAGE_PROCESS_FAILED`, one that is too long or too narrow `PHOTO_INVALID_DIMENSIONS`, one of more
/// than 10 MiB `PHOTO_SAVE_FILE_INVALID`; what can go wrong with an upload is told at [`assemble`].
pub(super) async fn from_upload(call: &Call, file: &enums::InputFile) -> Answer<types::Photo> {
    make(call, file, image::PHOTO).await
}

/// The same for profiles and groups: in squares.
pub(crate) async fn profile_from_upload(call: &Call, file: &enums::InputFile) -> Answer<types::Photo> {
    make(call, file, image::PROFILE).await
}

async fn make(call: &Call, file: &enums::InputFile, sizes: &'static [Size]) -> Answer<types::Photo> {
    let sent = uploaded(file).ok_or_else(|| bad_request("PHOTO_SAVE_FILE_INVALID"))?;
    let whole = assemble(call, &sent).await?;
    if whole.stored {
        return load(call, whole.blob.0).await?.ok_or_else(|| bad_request("PHOTO_SAVE_FILE_INVALID"));
    }
    let bytes = read_image(call, whole).await?;
    let bytes = bytes.ok_or_else(|| bad_request("PHOTO_SAVE_FILE_INVALID"))?;
    let (_, rendered) = render(bytes, sizes).await?.map_err(refusal)?;
    let mut photo = types::Photo {
        has_stickers: false,
        id: whole.blob.0,
        access_hash: 0,
        file_reference: Vec::new(),
        date: call.date(),
        sizes: Vec::with_capacity(rendered.len()),
        video_sizes: None,
        dc_id: call.environment.home,
    };
    let mut files = vec![(String::new(), original(call, whole)?)];
    for one in rendered {
        let (size, file) = keep(call, one).await?;
        files.push((size.r#type.clone(), file));
        photo.sizes.push(size.into());
    }
    let new = NewMedia {
        id: photo.id,
        kind: MediaKind::Photo,
        owner_id: call.user_id()?,
        object: photo.to_bytes().map_err(|_| internal())?,
        files,
    };
    if call.store().store_media(&new, call.unix()).await? {
        return Ok(photo);
    }
    load(call, photo.id).await?.ok_or_else(|| bad_request("PHOTO_SAVE_FILE_INVALID"))
}

/// The photo that the caller names.
///
/// `None` if there is none, or not under this access hash; the file reference is checked, too.
pub(crate) async fn find(call: &Call, input: &enums::InputPhoto) -> Answer<Option<types::Photo>> {
    let enums::InputPhoto::Photo(named) = input else { return Ok(None) };
    if !call.world.access.is_media(call.user_id()?, named.id, named.access_hash) {
        return Ok(None);
    }
    if !may_pass_on(call, named.id, &named.file_reference).await? {
        return Ok(None);
    }
    load(call, named.id).await
}

/// Whether the caller may show a medium to somebody. What was sent to them for a time is theirs to look at and no more.
///
/// Refuses a file reference that is not good. For a forged one no method lists an error: it counts as expired, which
/// makes clients fetch a new one.
pub(super) async fn may_pass_on(call: &Call, media: i64, file_reference: &[u8]) -> Answer<bool> {
    let expired = || bad_request("FILE_REFERENCE_EXPIRED");
    match reference::check(&call.world.access, media, file_reference, call.unix()) {
        reference::Held::Good => Ok(true),
        reference::Held::OfMessage(uid) => {
            Ok(timer::shown_by(call, media, uid).await?.ok_or_else(expired)?.is_out)
        }
        reference::Held::Empty => Err(bad_request("FILE_REFERENCE_EMPTY")),
        reference::Held::Expired | reference::Held::Invalid => Err(expired()),
    }
}

async fn load(call: &Call, id: i64) -> Answer<Option<types::Photo>> {
    let object = call.store().use_media(id, MediaKind::Photo, call.unix()).await?;
    object.map(|object| types::Photo::from_bytes(&object).map_err(|_| internal())).transpose()
}

/// The file of an upload as it came.
pub(super) fn original(call: &Call, whole: Whole) -> Answer<CloudFile> {
    Ok(CloudFile::new(whole.blob, whole.layout, call.user_id()?, call.unix(), call.environment.home))
}

/// The bytes of an upload that may be an image; `None` if it is too long for one.
pub(super) async fn read_image(call: &Call, whole: Whole) -> Answer<Option<Vec<u8>>> {
    if whole.layout.size > PHOTO_LEN {
        return Ok(None);
    }
    call.world.blobs.read(whole.blob, whole.layout, 0, whole.layout.size).await.map_err(failed).map(Some)
}

type Renderings = Result<((i32, i32), Vec<Rendered>), Failure>;

/// See [`image::render`]; on a thread where it may take its time.
pub(super) async fn render(bytes: Vec<u8>, sizes: &'static [Size]) -> Answer<Renderings> {
    tokio::task::spawn_blocking(move || image::render(&bytes, sizes)).await.map_err(|error| {
        tracing::error!(%error, "an image could not be worked on");
        internal()
    })
}

pub(super) fn refusal(failure: Failure) -> RpcError {
    bad_request(match failure {
        Failure::Unreadable => "IMAGE_PROCESS_FAILED",
        Failure::Dimensions => "PHOTO_INVALID_DIMENSIONS",
    })
}

/// Keeps one size.
pub(super) async fn keep(call: &Call, rendered: Rendered) -> Answer<(types::PhotoSize, CloudFile)> {
    let blob = BlobId(i64::from_le_bytes(call.world.rng.bytes()));
    let size = u64::try_from(rendered.bytes.len()).unwrap_or(u64::MAX);
    let layout = Layout { part_len: size, parts: 1, size };
    let described = types::PhotoSize {
        r#type: rendered.name.to_owned(),
        w: rendered.width,
        h: rendered.height,
        size: i32::try_from(size).unwrap_or(i32::MAX),
    };
    let blobs = &call.world.blobs;
    blobs.put_part(blob, 0, rendered.bytes).await.map_err(failed)?;
    match blobs.assemble(blob, layout).await.map_err(failed)? {
        Assembled::Done => {
            Ok((described, CloudFile::new(blob, layout, call.user_id()?, call.unix(), call.environment.home)))
        }
        Assembled::Missing(_) => Err(internal()),
    }
}
