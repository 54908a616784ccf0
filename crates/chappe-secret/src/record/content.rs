//! What messages say, as bytes for a history.

use chappe_crypto::file::FileKey;
use chappe_tl::{Reader, Writer};

use super::{Bytes, RecordError, Result, done, get_file, get_option, open, put_file, put_option, start};
use crate::{
    Content, Entity, EntityKind, Error, ExternalDocument, FormattedText, Media, MediaFile, RemoteFile,
    Thumbnail, Unavailable,
};

impl Content {
    /// The content as bytes, for a store. They contain keys of files: protect them.
    pub fn to_bytes(&self) -> Bytes {
        let room = match self {
            Self::Media { text, file, .. } => {
                let thumbnail = file.as_ref().and_then(|file| file.thumbnail.as_ref());
                1024 + 2 * text.text.len() + thumbnail.map_or(0, |thumbnail| thumbnail.bytes.len())
            }
            Self::Text(text) => 256 + text.text.len() + 48 * text.entities.len(),
            Self::Unsupported => 16,
        };
        let mut w = start(room);
        match self {
            Self::Unsupported => w.u32(0),
            Self::Text(text) => {
                w.u32(1);
                put_text(&mut w, text);
            }
            Self::Media { text, media, file } => {
                w.u32(2);
                put_text(&mut w, text);
                put_media(&mut w, media);
                put_option(&mut w, file.as_deref(), put_media_file);
            }
        }
        done(w)
    }

    /// The inverse of [`Content::to_bytes`].
    ///
    /// # Errors
    /// [`Error::Record`] or [`Error::RecordVersion`].
    pub fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, Error> {
        let read = || -> Result<Self> {
            let mut r = open(bytes)?;
            let content = match r.u32()? {
                0 => Self::Unsupported,
                1 => Self::Text(get_text(&mut r)?),
                2 => Self::Media {
                    text: get_text(&mut r)?,
                    media: get_media(&mut r)?,
                    file: get_option(&mut r, |r| get_media_file(r).map(Box::new))?,
                },
                _ => return Err(RecordError::Damaged),
            };
            r.finish()?;
            Ok(content)
        };
        let key = || "content of a message".to_owned();
        read().map_err(|error| match error {
            RecordError::Damaged => Error::Record { key: key() },
            RecordError::Newer(version) => Error::RecordVersion { key: key(), version },
        })
    }
}

fn put_str(w: &mut Writer, text: &str) {
    w.bytes(text.as_bytes());
}

fn put_text(w: &mut Writer, text: &FormattedText) {
    put_str(w, &text.text);
    w.count(text.entities.len());
    for Entity { offset, length, kind } in &text.entities {
        w.i32(*offset);
        w.i32(*length);
        put_kind(w, kind);
    }
}

fn get_text(r: &mut Reader<'_>) -> Result<FormattedText> {
    let text = r.string()?;
    let count = r.count(12)?;
    let mut entities = Vec::new();
    for _ in 0..count {
        entities.push(Entity { offset: r.i32()?, length: r.i32()?, kind: get_kind(r)? });
    }
    Ok(FormattedText { text, entities })
}

fn put_kind(w: &mut Writer, kind: &EntityKind) {
    w.u32(match kind {
        EntityKind::Unknown => 0,
        EntityKind::BankCard => 1,
        EntityKind::Blockquote { collapsed: false } => 2,
        EntityKind::Bold => 3,
        EntityKind::BotCommand => 4,
        EntityKind::Cashtag => 5,
        EntityKind::Code => 6,
        EntityKind::CustomEmoji { .. } => 7,
        EntityKind::Email => 8,
        EntityKind::Hashtag => 9,
        EntityKind::Italic => 10,
        EntityKind::Mention => 11,
        EntityKind::MentionName { .. } => 12,
        EntityKind::Phone => 13,
        EntityKind::Pre { .. } => 14,
        EntityKind::Spoiler => 15,
        EntityKind::Strike => 16,
        EntityKind::TextUrl { .. } => 17,
        EntityKind::Underline => 18,
        EntityKind::Url => 19,
        EntityKind::Blockquote { collapsed: true } => 20,
    });
    match kind {
        EntityKind::CustomEmoji { document_id: id } | EntityKind::MentionName { user_id: id } => w.i64(*id),
        EntityKind::Pre { language: text } | EntityKind::TextUrl { url: text } => put_str(w, text),
        _ => {}
    }
}

fn get_kind(r: &mut Reader<'_>) -> Result<EntityKind> {
    Ok(match r.u32()? {
        0 => EntityKind::Unknown,
        1 => EntityKind::BankCard,
        2 => EntityKind::Blockquote { collapsed: false },
        3 => EntityKind::Bold,
        4 => EntityKind::BotCommand,
        5 => EntityKind::Cashtag,
        6 => EntityKind::Code,
        7 => EntityKind::CustomEmoji { document_id: r.i64()? },
        8 => EntityKind::Email,
        9 => EntityKind::Hashtag,
        10 => EntityKind::Italic,
        11 => EntityKind::Mention,
        12 => EntityKind::MentionName { user_id: r.i64()? },
        13 => EntityKind::Phone,
        14 => EntityKind::Pre { language: r.string()? },
        15 => EntityKind::Spoiler,
        16 => EntityKind::Strike,
        17 => EntityKind::TextUrl { url: r.string()? },
        18 => EntityKind::Underline,
        19 => EntityKind::Url,
        20 => EntityKind::Blockquote { collapsed: true },
        _ => return Err(RecordError::Damaged),
    })
}

fn put_media(w: &mut Writer, media: &Media) {
    let numbers = |w: &mut Writer, kind: u32, numbers: &[i32]| {
        w.u32(kind);
        numbers.iter().for_each(|number| w.i32(*number));
    };
    match media {
        Media::Document => w.u32(0),
        Media::Animation { width, height, duration } => numbers(w, 1, &[*width, *height, *duration]),
        Media::Audio { duration, title, performer } => {
            numbers(w, 2, &[*duration]);
            put_option(w, title.as_deref(), put_str);
            put_option(w, performer.as_deref(), put_str);
        }
        Media::Contact { phone_number, first_name, last_name, user_id } => {
            w.u32(3);
            [phone_number, first_name, last_name].into_iter().for_each(|text| put_str(w, text));
            w.i64(*user_id);
        }
        Media::ExternalDocument(document) => {
            w.u32(13);
            put_external(w, document);
        }
        Media::Location { latitude, longitude } => {
            w.u32(5);
            w.f64(*latitude);
            w.f64(*longitude);
        }
        Media::Photo { width, height } => numbers(w, 6, &[*width, *height]),
        Media::RoundVideo { side, duration } => numbers(w, 7, &[*side, *duration]),
        Media::Sticker { alt, width, height } => {
            numbers(w, 8, &[*width, *height]);
            put_str(w, alt);
        }
        Media::Venue { latitude, longitude, title, address, provider, venue_id } => {
            w.u32(9);
            w.f64(*latitude);
            w.f64(*longitude);
            [title, address, provider, venue_id].into_iter().for_each(|text| put_str(w, text));
        }
        Media::Video { width, height, duration } => numbers(w, 10, &[*width, *height, *duration]),
        Media::Voice { duration, waveform } => {
            numbers(w, 11, &[*duration]);
            w.bytes(waveform);
        }
        Media::WebPage { url } => {
            w.u32(12);
            put_str(w, url);
        }
    }
}

fn get_media(r: &mut Reader<'_>) -> Result<Media> {
    let text = |r: &mut Reader<'_>| -> Result<String> { Ok(r.string()?) };
    Ok(match r.u32()? {
        0 => Media::Document,
        1 => Media::Animation { width: r.i32()?, height: r.i32()?, duration: r.i32()? },
        2 => {
            Media::Audio { duration: r.i32()?, title: get_option(r, text)?, performer: get_option(r, text)? }
        }
        3 => Media::Contact {
            phone_number: r.string()?,
            first_name: r.string()?,
            last_name: r.string()?,
            user_id: r.i64()?,
        },
        4 => Media::ExternalDocument(Box::new(get_old_sticker(r)?)),
        5 => Media::Location { latitude: r.f64()?, longitude: r.f64()? },
        6 => Media::Photo { width: r.i32()?, height: r.i32()? },
        7 => Media::RoundVideo { side: r.i32()?, duration: r.i32()? },
        8 => Media::Sticker { width: r.i32()?, height: r.i32()?, alt: r.string()? },
        9 => Media::Venue {
            latitude: r.f64()?,
            longitude: r.f64()?,
            title: r.string()?,
            address: r.string()?,
            provider: r.string()?,
            venue_id: r.string()?,
        },
        10 => Media::Video { width: r.i32()?, height: r.i32()?, duration: r.i32()? },
        11 => Media::Voice { duration: r.i32()?, waveform: r.bytes()?.to_vec() },
        12 => Media::WebPage { url: r.string()? },
        13 => Media::ExternalDocument(Box::new(r.nested(|r| Ok(get_external(r)))??)),
        _ => return Err(RecordError::Damaged),
    })
}

fn put_external(w: &mut Writer, document: &ExternalDocument) {
    w.i64(document.id);
    w.i64(document.access_hash);
    [document.date, document.size, document.dc_id].into_iter().for_each(|number| w.i32(number));
    put_str(w, &document.mime_type);
    put_media(w, &document.media);
    put_option(w, document.sticker_set.as_deref(), put_str);
    put_option(w, document.file_name.as_deref(), put_str);
    put_option(w, document.thumbnail.as_ref(), put_thumbnail);
}

fn get_external(r: &mut Reader<'_>) -> Result<ExternalDocument> {
    Ok(ExternalDocument {
        id: r.i64()?,
        access_hash: r.i64()?,
        date: r.i32()?,
        size: r.i32()?,
        dc_id: r.i32()?,
        mime_type: r.string()?,
        media: get_media(r)?,
        sticker_set: get_option(r, |r| Ok(r.string()?))?,
        file_name: get_option(r, |r| Ok(r.string()?))?,
        thumbnail: get_option(r, get_thumbnail)?,
    })
}

/// As it was stored when it could be nothing but a sticker.
fn get_old_sticker(r: &mut Reader<'_>) -> Result<ExternalDocument> {
    let (id, access_hash) = (r.i64()?, r.i64()?);
    let (date, size, dc_id, width, height) = (r.i32()?, r.i32()?, r.i32()?, r.i32()?, r.i32()?);
    let mime_type = r.string()?;
    let media = Media::Sticker { alt: r.string()?, width, height };
    let sticker_set = get_option(r, |r| Ok(r.string()?))?;
    let (file_name, thumbnail) = (None, None);
    Ok(ExternalDocument {
        id,
        access_hash,
        date,
        mime_type,
        size,
        dc_id,
        media,
        sticker_set,
        file_name,
        thumbnail,
    })
}

fn put_thumbnail(w: &mut Writer, thumbnail: &Thumbnail) {
    w.i32(thumbnail.width);
    w.i32(thumbnail.height);
    w.bytes(&thumbnail.bytes);
}

fn get_thumbnail(r: &mut Reader<'_>) -> Result<Thumbnail> {
    Ok(Thumbnail { width: r.i32()?, height: r.i32()?, bytes: r.bytes()?.to_vec() })
}

fn put_media_file(w: &mut Writer, file: &MediaFile) {
    put_option(w, file.name.as_deref(), put_str);
    put_str(w, &file.mime_type);
    w.i64(file.size);
    put_option(w, file.thumbnail.as_ref(), put_thumbnail);
    match &file.remote {
        Ok(RemoteFile { file, key, size }) => {
            w.u32(0);
            put_file(w, Some(file));
            w.raw(&key.key);
            w.raw(&key.iv);
            w.i64(*size);
        }
        Err(reason) => w.u32(match reason {
            Unavailable::Fingerprint => 1,
            Unavailable::Key => 2,
            Unavailable::Missing => 3,
            Unavailable::Pending => 4,
            Unavailable::Size => 5,
            Unavailable::Unopened => 6,
        }),
    }
}

fn get_media_file(r: &mut Reader<'_>) -> Result<MediaFile> {
    Ok(MediaFile {
        name: get_option(r, |r| Ok(r.string()?))?,
        mime_type: r.string()?,
        size: r.i64()?,
        thumbnail: get_option(r, get_thumbnail)?,
        remote: match r.u32()? {
            0 => {
                let file = get_file(r)?.ok_or(RecordError::Damaged)?;
                Ok(RemoteFile { file, key: FileKey { key: r.array()?, iv: r.array()? }, size: r.i64()? })
            }
            1 => Err(Unavailable::Fingerprint),
            2 => Err(Unavailable::Key),
            3 => Err(Unavailable::Missing),
            4 => Err(Unavailable::Pending),
            5 => Err(Unavailable::Size),
            6 => Err(Unavailable::Unopened),
            _ => return Err(RecordError::Damaged),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EncryptedFile;

    fn all() -> Vec<Content> {
        let text = FormattedText {
            text: "naïve 🙂 text".to_owned(),
            entities: vec![
                Entity { offset: 0, length: 5, kind: EntityKind::Pre { language: "rust".to_owned() } },
                Entity { offset: 6, length: 2, kind: EntityKind::CustomEmoji { document_id: -7 } },
                Entity { offset: 0, length: 1, kind: EntityKind::TextUrl { url: "https://x".to_owned() } },
                Entity { offset: 0, length: 1, kind: EntityKind::MentionName { user_id: i64::MAX } },
                Entity { offset: 0, length: 1, kind: EntityKind::Url },
            ],
        };
        let file = EncryptedFile { id: 1, access_hash: -2, size: 48, dc_id: 2, key_fingerprint: -3 };
        let remote = RemoteFile { file, key: FileKey { key: [4; 32], iv: [5; 32] }, size: 40 };
        let media_file = |remote| MediaFile {
            name: Some("a.jpg".to_owned()),
            mime_type: "image/jpeg".to_owned(),
            size: 40,
            thumbnail: Some(Thumbnail { bytes: vec![1; 300], width: 90, height: 60 }),
            remote,
        };
        let external = ExternalDocument {
            id: 1,
            access_hash: 2,
            date: 3,
            mime_type: "image/webp".to_owned(),
            size: 4,
            dc_id: 5,
            media: Media::Sticker { alt: "🙂".to_owned(), width: 6, height: 7 },
            sticker_set: Some("set".to_owned()),
            file_name: Some("a.webp".to_owned()),
            thumbnail: Some(Thumbnail { bytes: vec![1; 9], width: 2, height: 3 }),
        };
        let s = |text: &str| text.to_owned();
        let media = vec![
            Media::Animation { width: 1, height: 2, duration: 3 },
            Media::Audio { duration: 1, title: Some(s("t")), performer: None },
            Media::Contact { phone_number: s("1"), first_name: s("2"), last_name: s("3"), user_id: 4 },
            Media::Document,
            Media::ExternalDocument(Box::new(external)),
            Media::Location { latitude: 1.5, longitude: -2.5 },
            Media::Photo { width: 1, height: 2 },
            Media::RoundVideo { side: 1, duration: 2 },
            Media::Sticker { alt: s("a"), width: 1, height: 2 },
            Media::Venue {
                latitude: 1.0,
                longitude: 2.0,
                title: s("1"),
                address: s("2"),
                provider: s("3"),
                venue_id: s("4"),
            },
            Media::Video { width: 1, height: 2, duration: 3 },
            Media::Voice { duration: 1, waveform: vec![1, 2, 3] },
            Media::WebPage { url: s("https://x") },
        ];
        let reasons = [
            Unavailable::Fingerprint,
            Unavailable::Key,
            Unavailable::Missing,
            Unavailable::Pending,
            Unavailable::Size,
            Unavailable::Unopened,
        ];
        let files = [Ok(remote)].into_iter().chain(reasons.map(Err)).map(|remote| Content::Media {
            text: FormattedText::default(),
            media: Media::Photo { width: 1, height: 1 },
            file: Some(Box::new(media_file(remote))),
        });
        let mut all = vec![Content::Unsupported, Content::Text(text.clone())];
        all.extend(media.into_iter().map(|media| Content::Media { text: text.clone(), media, file: None }));
        all.extend(files);
        all
    }

    #[test]
    fn a_sticker_stored_before_other_documents_were_known_is_read() {
        let mut w = start(256);
        w.u32(2);
        put_text(&mut w, &FormattedText::default());
        w.u32(4);
        [1, 2].into_iter().for_each(|number| w.i64(number));
        [3, 4, 5, 6, 7].into_iter().for_each(|number| w.i32(number));
        put_str(&mut w, "image/webp");
        put_str(&mut w, "a");
        put_option(&mut w, Some("set"), put_str);
        put_option(&mut w, None, put_media_file);
        let Ok(Content::Media { media: Media::ExternalDocument(document), .. }) =
            Content::from_bytes(&done(w))
        else {
            panic!("not read")
        };
        assert!(document.media == Media::Sticker { alt: "a".to_owned(), width: 6, height: 7 });
        assert_eq!((document.sticker_set.as_deref(), document.file_name), (Some("set"), None));
    }

    #[test]
    fn every_content_comes_back_and_no_part_of_it_is_taken_for_the_whole() {
        for content in all() {
            let bytes = content.to_bytes();
            assert_eq!(Content::from_bytes(&bytes).unwrap(), content);
            for len in 0..bytes.len() {
                assert!(Content::from_bytes(&bytes[..len]).is_err(), "{content:?} cut at {len}");
            }
        }
    }

    #[test]
    fn damaged_contents_do_not_panic() {
        for content in all() {
            let bytes = content.to_bytes();
            for at in 0..bytes.len() {
                let mut bytes = bytes.to_vec();
                bytes[at] ^= 0xff;
                drop(Content::from_bytes(&bytes));
            }
        }
    }
}
