//! Reading media of every layer.

use chappe_api::secret::{enums, types};
use chappe_crypto::file::FileKey;

use super::Unreadable;
use super::attribute::Attributes;
use crate::{EncryptedFile, ExternalDocument, Media, MediaFile, RemoteFile, Thumbnail, Unavailable, limits};

/// Media, its caption, and its file if it is of a kind that has one.
pub(super) struct Read {
    pub(super) caption: String,
    pub(super) media: Media,
    pub(super) file: Option<MediaFile>,
}

/// What all media with a file say about it.
struct Claims {
    thumb: (Vec<u8>, i32, i32),
    mime_type: String,
    size: i64,
    key: Vec<u8>,
    iv: Vec<u8>,
}

pub(super) fn from_tl(
    media: enums::DecryptedMessageMedia,
    outer: Option<EncryptedFile>,
) -> Result<Read, Unreadable> {
    use enums::DecryptedMessageMedia as M;
    let plain = |media| Ok(Read { caption: String::new(), media, file: None });
    let none = || (Vec::new(), 0, 0);
    let claims =
        |thumb, mime: &str, size: i64, key, iv| Claims { thumb, mime_type: mime.to_owned(), size, key, iv };
    match media {
        M::Empty => Err(Unreadable),
        M::Photo8(m) => {
            let thumb = (m.thumb, m.thumb_w, m.thumb_h);
            photo(m.w, m.h, claims(thumb, "image/jpeg", m.size.into(), m.key, m.iv), String::new(), outer)
        }
        M::Photo(m) => {
            let thumb = (m.thumb, m.thumb_w, m.thumb_h);
            photo(m.w, m.h, claims(thumb, "image/jpeg", m.size.into(), m.key, m.iv), m.caption, outer)
        }
        M::Video8(m) => {
            let thumb = (m.thumb, m.thumb_w, m.thumb_h);
            let claims = claims(thumb, "video/mp4", m.size.into(), m.key, m.iv);
            video((m.w, m.h, m.duration), claims, String::new(), outer)
        }
        M::Video17(m) => {
            let thumb = (m.thumb, m.thumb_w, m.thumb_h);
            let claims = claims(thumb, &m.mime_type, m.size.into(), m.key, m.iv);
            video((m.w, m.h, m.duration), claims, String::new(), outer)
        }
        M::Video(m) => {
            let thumb = (m.thumb, m.thumb_w, m.thumb_h);
            let claims = claims(thumb, &m.mime_type, m.size.into(), m.key, m.iv);
            video((m.w, m.h, m.duration), claims, m.caption, outer)
        }
        M::Audio8(m) => voice(m.duration, claims(none(), "audio/ogg", m.size.into(), m.key, m.iv), outer),
        M::Audio(m) => voice(m.duration, claims(none(), &m.mime_type, m.size.into(), m.key, m.iv), outer),
        M::Document8(m) => {
            let thumb = (m.thumb, m.thumb_w, m.thumb_h);
            let name =
                enums::DocumentAttribute::from(types::DocumentAttributeFilename { file_name: m.file_name });
            let claims = claims(thumb, &m.mime_type, m.size.into(), m.key, m.iv);
            document(vec![name], claims, String::new(), outer)
        }
        M::Document45(m) => {
            let thumb = (m.thumb, m.thumb_w, m.thumb_h);
            let claims = claims(thumb, &m.mime_type, m.size.into(), m.key, m.iv);
            document(m.attributes, claims, m.caption, outer)
        }
        M::Document(m) => {
            let thumb = (m.thumb, m.thumb_w, m.thumb_h);
            let claims = claims(thumb, &m.mime_type, m.size, m.key, m.iv);
            document(m.attributes, claims, m.caption, outer)
        }
        M::GeoPoint(m) => {
            check_place(m.lat, m.long)?;
            plain(Media::Location { latitude: m.lat, longitude: m.long })
        }
        M::Venue(m) => {
            check_place(m.lat, m.long)?;
            plain(Media::Venue {
                latitude: m.lat,
                longitude: m.long,
                title: m.title,
                address: m.address,
                provider: m.provider,
                venue_id: m.venue_id,
            })
        }
        M::Contact(m) => plain(Media::Contact {
            phone_number: m.phone_number,
            first_name: m.first_name,
            last_name: m.last_name,
            user_id: m.user_id.into(),
        }),
        M::WebPage(m) => plain(Media::WebPage { url: m.url }),
        M::ExternalDocument(m) => {
            let mut attributes = Attributes::read(m.attributes);
            let file_name = attributes.file_name.take();
            let sticker_set = attributes.sticker.as_mut().and_then(|(_, set)| set.take());
            // A picture as a document has its size, and nothing else that says so.
            let picture = attributes.size.map(|(width, height)| Media::Photo { width, height });
            let media = match attributes.media() {
                Media::Document => picture.unwrap_or(Media::Document),
                media => media,
            };
            let thumb = match m.thumb {
                enums::PhotoSize::CachedSize(size) => (size.bytes, size.w, size.h),
                enums::PhotoSize::Empty(_) | enums::PhotoSize::Size(_) => none(),
            };
            plain(Media::ExternalDocument(Box::new(ExternalDocument {
                id: m.id,
                access_hash: m.access_hash,
                date: m.date,
                mime_type: m.mime_type,
                size: m.size.max(0),
                dc_id: m.dc_id,
                thumbnail: thumbnail(thumb, &Media::Document),
                media,
                sticker_set,
                file_name,
            })))
        }
    }
}

/// Whether there is such a place on the earth.
pub(super) fn is_place(latitude: f64, longitude: f64) -> bool {
    (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude)
}

fn check_place(latitude: f64, longitude: f64) -> Result<(), Unreadable> {
    is_place(latitude, longitude).then_some(()).ok_or(Unreadable)
}

fn photo(
    w: i32,
    h: i32,
    claims: Claims,
    caption: String,
    outer: Option<EncryptedFile>,
) -> Result<Read, Unreadable> {
    let media = Media::Photo { width: w.max(0), height: h.max(0) };
    let file = Some(file(claims, None, &media, outer));
    Ok(Read { caption, media, file })
}

fn video(
    (w, h, duration): (i32, i32, i32),
    claims: Claims,
    caption: String,
    outer: Option<EncryptedFile>,
) -> Result<Read, Unreadable> {
    let media = Media::Video { width: w.max(0), height: h.max(0), duration: duration.max(0) };
    let file = Some(file(claims, None, &media, outer));
    Ok(Read { caption, media, file })
}

fn voice(duration: i32, claims: Claims, outer: Option<EncryptedFile>) -> Result<Read, Unreadable> {
    let media = Media::Voice { duration: duration.max(0), waveform: Vec::new() };
    let file = Some(file(claims, None, &media, outer));
    Ok(Read { caption: String::new(), media, file })
}

fn document(
    attributes: Vec<enums::DocumentAttribute>,
    mut claims: Claims,
    caption: String,
    outer: Option<EncryptedFile>,
) -> Result<Read, Unreadable> {
    let mut attributes = Attributes::read(attributes);
    let name = attributes.file_name.take();
    let mut media = attributes.media();
    if claims.mime_type.eq_ignore_ascii_case("application/x-tgsticker") {
        // Crafted animations have broken clients from within secret chats: nobody shall render them unasked.
        claims.mime_type = "application/octet-stream".to_owned();
        media = Media::Document;
    }
    let file = Some(file(claims, name, &media, outer));
    Ok(Read { caption, media, file })
}

fn file(claims: Claims, name: Option<String>, media: &Media, outer: Option<EncryptedFile>) -> MediaFile {
    let Claims { thumb, mime_type, size, key, iv } = claims;
    let remote = remote(size, &zeroize::Zeroizing::new(key), &zeroize::Zeroizing::new(iv), outer);
    MediaFile { name, mime_type, size: size.max(0), thumbnail: thumbnail(thumb, media), remote }
}

/// What can be verified about a file before it is fetched.
fn remote(size: i64, key: &[u8], iv: &[u8], outer: Option<EncryptedFile>) -> Result<RemoteFile, Unavailable> {
    let file = outer.ok_or(Unavailable::Missing)?;
    let (Ok(key), Ok(iv)) = (key.try_into(), iv.try_into()) else { return Err(Unavailable::Key) };
    let key = FileKey { key, iv };
    if key.fingerprint() != file.key_fingerprint {
        return Err(Unavailable::Fingerprint);
    }
    let padding = file.size.checked_sub(size);
    if size < 0 || file.size % 16 != 0 || !padding.is_some_and(|padding| (0..16).contains(&padding)) {
        return Err(Unavailable::Size);
    }
    Ok(RemoteFile { file, key, size })
}

/// The thumbnail, unless it is out of bounds.
fn thumbnail((bytes, width, height): (Vec<u8>, i32, i32), media: &Media) -> Option<Thumbnail> {
    let thumbnail = Thumbnail { bytes, width, height };
    fits(&thumbnail, media).then_some(thumbnail)
}

/// Whether a thumbnail is within the bounds for such media.
pub(super) fn fits(thumbnail: &Thumbnail, media: &Media) -> bool {
    let (max_len, max_side) = match media {
        Media::Photo { .. } | Media::Video { .. } => (limits::MAX_THUMB_LEN, limits::MAX_THUMB_SIDE),
        _ => (limits::MAX_DOCUMENT_THUMB_LEN, limits::MAX_DOCUMENT_THUMB_SIDE),
    };
    !thumbnail.bytes.is_empty()
        && thumbnail.bytes.len() <= max_len
        && (1..=max_side).contains(&thumbnail.width)
        && (1..=max_side).contains(&thumbnail.height)
}
