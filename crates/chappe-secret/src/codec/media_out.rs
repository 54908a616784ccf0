//! Writing media in the newest form that the peer's layer has.

use chappe_api::secret::{enums, types};

use super::{attribute, media};
use crate::{Error, Media, OutgoingMedia, SecretLayer, UploadedFile, limits};

fn refuse<T>(reason: &'static str) -> Result<T, Error> {
    Err(Error::InvalidMedia { reason })
}

/// The media, and whether the caption is in it.
pub(super) fn to_tl(
    outgoing: &OutgoingMedia,
    file: Option<&UploadedFile>,
    layer: SecretLayer,
) -> Result<(enums::DecryptedMessageMedia, bool), Error> {
    use enums::DecryptedMessageMedia as M;
    let in_album = matches!(
        outgoing.media,
        Media::Photo { .. } | Media::Video { .. } | Media::Audio { .. } | Media::Document
    );
    if outgoing.grouped_id.is_some() && !in_album {
        return refuse("only photos, videos, audio files and documents can be in an album");
    }
    match (&outgoing.media, file) {
        (media, Some(file)) if media.has_file() => {
            check_file(outgoing, file)?;
            with_file(outgoing, file, layer).map(|media| (media, true))
        }
        (media, None) if media.has_file() => refuse("this kind needs a file that was uploaded before"),
        (_, Some(_)) => refuse("this kind has no file"),
        (Media::Location { latitude, longitude }, None) => {
            if !media::is_place(*latitude, *longitude) {
                return refuse("there is no such place");
            }
            let place = types::DecryptedMessageMediaGeoPoint { lat: *latitude, long: *longitude };
            Ok((M::GeoPoint(Box::new(place)), false))
        }
        (Media::Venue { latitude, longitude, title, address, provider, venue_id }, None) => {
            if !media::is_place(*latitude, *longitude) {
                return refuse("there is no such place");
            }
            let venue = types::DecryptedMessageMediaVenue {
                lat: *latitude,
                long: *longitude,
                title: title.clone(),
                address: address.clone(),
                provider: provider.clone(),
                venue_id: venue_id.clone(),
            };
            Ok((M::Venue(Box::new(venue)), false))
        }
        (Media::Contact { phone_number, first_name, last_name, user_id }, None) => {
            let contact = types::DecryptedMessageMediaContact {
                phone_number: phone_number.clone(),
                first_name: first_name.clone(),
                last_name: last_name.clone(),
                user_id: i32::try_from(*user_id).unwrap_or(0),
            };
            Ok((M::Contact(Box::new(contact)), false))
        }
        (Media::WebPage { url }, None) => {
            let page = types::DecryptedMessageMediaWebPage { url: url.clone() };
            Ok((M::WebPage(Box::new(page)), false))
        }
        (Media::ExternalDocument(document), None) => Ok((external(document)?, false)),
        (_, None) => refuse("this kind cannot be sent"),
    }
}

fn check_file(outgoing: &OutgoingMedia, file: &UploadedFile) -> Result<(), Error> {
    if file.size <= 0 {
        return refuse("the server takes no empty files");
    }
    if let crate::FileSource::Stored(stored) = &file.source
        && stored.key_fingerprint != file.key.fingerprint()
    {
        return refuse("the stored file is encrypted with another key");
    }
    match &outgoing.thumbnail {
        Some(thumbnail) if !media::fits(thumbnail, &outgoing.media) => {
            refuse("the thumbnail is too large: make it at most 90 by 90 pixels and 6000 bytes")
        }
        _ => Ok(()),
    }
}

fn with_file(
    outgoing: &OutgoingMedia,
    file: &UploadedFile,
    layer: SecretLayer,
) -> Result<enums::DecryptedMessageMedia, Error> {
    use enums::DecryptedMessageMedia as M;
    let (thumb, thumb_w, thumb_h) =
        outgoing.thumbnail.as_ref().map_or((Vec::new(), 0, 0), |t| (t.bytes.clone(), t.width, t.height));
    let (key, iv) = (file.key.key.to_vec(), file.key.iv.to_vec());
    let caption = outgoing.text.clone();
    // Before 64-bit sizes, files had at most 2000 MiB.
    let short_size = || match i32::try_from(file.size) {
        Ok(size) if file.size <= limits::MAX_SHORT_FILE_SIZE => Ok(size),
        _ => Err(Error::FileTooLarge { size: file.size, max: limits::MAX_SHORT_FILE_SIZE }),
    };
    if let Media::Photo { width, height } = &outgoing.media {
        return Ok(M::Photo(Box::new(types::DecryptedMessageMediaPhoto {
            thumb,
            thumb_w,
            thumb_h,
            w: *width,
            h: *height,
            size: short_size()?,
            key,
            iv,
            caption,
        })));
    }
    let attributes = attribute::write(&outgoing.media, outgoing.file_name.as_deref());
    let mime_type = outgoing.mime_type.clone();
    if layer < SecretLayer::LARGE_FILES {
        let size = short_size()?;
        return Ok(M::Document45(Box::new(types::DecryptedMessageMediaDocument45 {
            thumb,
            thumb_w,
            thumb_h,
            mime_type,
            size,
            key,
            iv,
            attributes,
            caption,
        })));
    }
    if file.size > limits::MAX_FILE_SIZE {
        return Err(Error::FileTooLarge { size: file.size, max: limits::MAX_FILE_SIZE });
    }
    Ok(M::Document(Box::new(types::DecryptedMessageMediaDocument {
        thumb,
        thumb_w,
        thumb_h,
        mime_type,
        size: file.size,
        key,
        iv,
        attributes,
        caption,
    })))
}

fn external(document: &crate::ExternalDocument) -> Result<enums::DecryptedMessageMedia, Error> {
    if !document.media.has_file() {
        return refuse("a document in the cloud is a file");
    }
    let mut attributes = match &document.media {
        Media::Photo { width, height } => {
            vec![types::DocumentAttributeImageSize { w: *width, h: *height }.into()]
        }
        _ => Vec::new(),
    };
    attributes.extend(attribute::write(&document.media, document.file_name.as_deref()));
    if let Some(name) = &document.sticker_set {
        for attribute in &mut attributes {
            if let enums::DocumentAttribute::Sticker(sticker) = attribute {
                sticker.stickerset = types::InputStickerSetShortName { short_name: name.clone() }.into();
            }
        }
    }
    let kind = || "s".to_owned();
    let thumb = match &document.thumbnail {
        Some(thumbnail) if media::fits(thumbnail, &Media::Document) => types::PhotoCachedSize {
            r#type: kind(),
            location: types::FileLocationUnavailable { volume_id: 0, local_id: 0, secret: 0 }.into(),
            w: thumbnail.width,
            h: thumbnail.height,
            bytes: thumbnail.bytes.clone(),
        }
        .into(),
        Some(_) => return refuse("the thumbnail is too large"),
        None => types::PhotoSizeEmpty { r#type: kind() }.into(),
    };
    Ok(enums::DecryptedMessageMedia::ExternalDocument(Box::new(
        types::DecryptedMessageMediaExternalDocument {
            id: document.id,
            access_hash: document.access_hash,
            date: document.date,
            mime_type: document.mime_type.clone(),
            size: document.size,
            thumb,
            dc_id: document.dc_id,
            attributes,
        },
    )))
}
