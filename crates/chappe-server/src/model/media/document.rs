//! Documents: everything with a file that is no photo.

use chappe_api::{enums, types};
use chappe_tl::{Decode, Encode};

use super::image;
use super::photo::{keep, may_pass_on, original, read_image, render, uploaded};
use crate::call::Call;
use crate::limits::{DOCUMENT_ATTRIBUTES, FILE_NAME_LEN, MIME_TYPE_LEN};
use crate::methods::errors::{Answer, bad_request, internal};
use crate::model::upload::{Whole, assemble};
use crate::store::{CloudFile, MediaKind, NewMedia};

/// A document from an upload, as nobody sees it. Using an upload twice gives the same document.
///
/// What cannot be a document is `MEDIA_INVALID`; what can go wrong with an upload is told at [`assemble`].
pub(super) async fn from_upload(
    call: &Call,
    input: &types::InputMediaUploadedDocument,
) -> Answer<types::Document> {
    let sent = uploaded(&input.file).ok_or_else(|| bad_request("MEDIA_INVALID"))?;
    let whole = assemble(call, &sent).await?;
    if whole.stored {
        return load(call, whole.blob.0).await?.ok_or_else(|| bad_request("MEDIA_INVALID"));
    }
    if input.mime_type.len() > MIME_TYPE_LEN || input.attributes.len() > DOCUMENT_ATTRIBUTES {
        return Err(bad_request("MEDIA_INVALID"));
    }
    let mut document = types::Document {
        id: whole.blob.0,
        access_hash: 0,
        file_reference: Vec::new(),
        date: call.date(),
        mime_type: mime_type(&input.mime_type),
        size: i64::try_from(whole.layout.size).unwrap_or(i64::MAX),
        thumbs: None,
        video_thumbs: None,
        dc_id: call.environment.home,
        attributes: attributes(&input.attributes),
    };
    let mut files = vec![(String::new(), original(call, whole)?)];
    if let Some((size, file)) = thumbnail(call, input, whole, &mut document).await? {
        files.push((size.r#type.clone(), file));
        document.thumbs = Some(vec![size.into()]);
    }
    let new = NewMedia {
        id: document.id,
        kind: MediaKind::Document,
        owner_id: call.user_id()?,
        object: document.to_bytes().map_err(|_| internal())?,
        files,
    };
    if call.store().store_media(&new, call.unix()).await? {
        return Ok(document);
    }
    load(call, document.id).await?.ok_or_else(|| bad_request("MEDIA_INVALID"))
}

/// The document that the caller names: as for photos.
pub(super) async fn find(call: &Call, input: &enums::InputDocument) -> Answer<Option<types::Document>> {
    let enums::InputDocument::Document(named) = input else { return Ok(None) };
    if !call.world.access.is_media(call.user_id()?, named.id, named.access_hash) {
        return Ok(None);
    }
    if !may_pass_on(call, named.id, &named.file_reference).await? {
        return Ok(None);
    }
    load(call, named.id).await
}

async fn load(call: &Call, id: i64) -> Answer<Option<types::Document>> {
    let object = call.store().use_media(id, MediaKind::Document, call.unix()).await?;
    object.map(|object| types::Document::from_bytes(&object).map_err(|_| internal())).transpose()
}

/// The preview: made from the image that the client sends for it, or from the document if that is one. An image that
/// cannot be read has none.
async fn thumbnail(
    call: &Call,
    input: &types::InputMediaUploadedDocument,
    whole: Whole,
    document: &mut types::Document,
) -> Answer<Option<(types::PhotoSize, CloudFile)>> {
    let own_image = document.mime_type.starts_with("image/");
    let source = match input.thumb.as_ref().and_then(uploaded) {
        Some(sent) => assemble(call, &sent).await?,
        None if own_image => whole,
        None => return Ok(None),
    };
    let Some(bytes) = read_image(call, source).await? else { return Ok(None) };
    let Ok(((w, h), rendered)) = render(bytes, image::THUMBNAIL).await? else { return Ok(None) };
    let measured = |attribute: &enums::DocumentAttribute| {
        matches!(attribute, enums::DocumentAttribute::ImageSize(_) | enums::DocumentAttribute::Video(_))
    };
    if own_image && source.blob == whole.blob && !document.attributes.iter().any(measured) {
        document.attributes.push(types::DocumentAttributeImageSize { w, h }.into());
    }
    match rendered.into_iter().next() {
        Some(one) => keep(call, one).await.map(Some),
        None => Ok(None),
    }
}

fn mime_type(given: &str) -> String {
    if given.is_empty() { "application/octet-stream".to_owned() } else { given.to_lowercase() }
}

/// What a client may say about its document: file names are cut, and nobody makes stickers of a set here.
fn attributes(given: &[enums::DocumentAttribute]) -> Vec<enums::DocumentAttribute> {
    let clean = |attribute: &enums::DocumentAttribute| match attribute {
        enums::DocumentAttribute::Filename(name) => {
            let mut name = name.clone();
            while name.file_name.len() > FILE_NAME_LEN {
                name.file_name.pop();
            }
            Some(enums::DocumentAttribute::Filename(name))
        }
        enums::DocumentAttribute::CustomEmoji(_) => None,
        other => Some(other.clone()),
    };
    given.iter().filter_map(clean).collect()
}
