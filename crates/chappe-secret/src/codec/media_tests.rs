//! Media of every kind and layer, both ways.

use chappe_crypto::file::FileKey;

use super::*;
use crate::{ExternalDocument, FileSource, Media, Thumbnail, Unavailable, limits};

fn key() -> FileKey {
    FileKey { key: [7; 32], iv: [9; 32] }
}

fn stored(size: i64) -> EncryptedFile {
    EncryptedFile { id: 1, access_hash: 2, size, dc_id: 4, key_fingerprint: key().fingerprint() }
}

fn uploaded(size: i64) -> UploadedFile {
    UploadedFile { source: FileSource::Big { id: 5, parts: 1 }, key: key(), size }
}

fn kinds() -> Vec<Media> {
    vec![
        Media::Animation { width: 320, height: 240, duration: 3 },
        Media::Audio { duration: 200, title: Some("t".to_owned()), performer: None },
        Media::Contact {
            phone_number: "+1".to_owned(),
            first_name: "f".to_owned(),
            last_name: "l".to_owned(),
            user_id: 12,
        },
        Media::Document,
        Media::ExternalDocument(Box::new(ExternalDocument {
            id: 1,
            access_hash: 2,
            date: 3,
            mime_type: "image/webp".to_owned(),
            size: 4,
            dc_id: 5,
            media: Media::Sticker { alt: "\u{1f600}".to_owned(), width: 512, height: 511 },
            sticker_set: Some("set".to_owned()),
            file_name: None,
            thumbnail: None,
        })),
        Media::Location { latitude: -12.5, longitude: 180.0 },
        Media::Photo { width: 1280, height: 960 },
        Media::RoundVideo { side: 240, duration: 9 },
        Media::Sticker { alt: "\u{1f600}".to_owned(), width: 512, height: 500 },
        Media::Venue {
            latitude: 1.0,
            longitude: 2.0,
            title: "t".to_owned(),
            address: "a".to_owned(),
            provider: "foursquare".to_owned(),
            venue_id: "v".to_owned(),
        },
        Media::Video { width: 640, height: 480, duration: 60 },
        Media::Voice { duration: 5, waveform: vec![1, 2, 3] },
        Media::WebPage { url: "https://example.org".to_owned() },
    ]
}

fn read(bytes: &[u8], file: Option<EncryptedFile>) -> Message {
    match decode(bytes, file) {
        Ok(Decoded::Content(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_comes_back_at_every_layer() {
    for layer in [73, 101, 143, 144] {
        for media in kinds() {
            let file = media.has_file().then(|| uploaded(100));
            let outgoing = OutgoingMedia {
                text: "caption".to_owned(),
                entities: vec![Entity { offset: 0, length: 3, kind: crate::EntityKind::Bold }],
                file_name: Some("../a\u{202e}.bin".to_owned()),
                thumbnail: media.has_file().then(|| Thumbnail { bytes: vec![1; 600], width: 90, height: 80 }),
                silent: true,
                reply_to: Some(RandomId(8)),
                grouped_id: matches!(media, Media::Photo { .. }).then_some(77),
                ..OutgoingMedia::new(media.clone())
            };
            let bytes = encode_media(RandomId(3), &outgoing, file.as_ref(), 60, SecretLayer(layer)).unwrap();
            let message = read(&bytes, media.has_file().then(|| stored(112)));
            assert_eq!(
                (message.random_id, message.ttl, message.silent, message.reply_to, message.grouped_id),
                (RandomId(3), 60, true, Some(RandomId(8)), outgoing.grouped_id)
            );
            let Content::Media { text, media: back, file } = message.content else { panic!() };
            assert!(back == media, "{media:?} at {layer}");
            assert_eq!((text.text.as_str(), text.entities.len()), ("caption", 1), "{media:?}");
            assert_eq!(file.is_some(), media.has_file());
            let Some(file) = file else { continue };
            assert_eq!(
                file.remote.as_ref().map(|remote| (remote.size, remote.key == key())),
                Ok((100, true))
            );
            assert_eq!(file.thumbnail, outgoing.thumbnail);
            assert_eq!((file.mime_type.as_str(), file.size), (outgoing.mime_type.as_str(), 100));
            let named = !matches!(media, Media::Photo { .. });
            assert_eq!(file.name.as_deref(), named.then_some("a.bin"));
        }
    }
}

#[test]
fn a_document_in_the_cloud_goes_on_as_it_came() {
    let thumbnail = Some(Thumbnail { bytes: vec![1; 600], width: 90, height: 80 });
    for media in kinds().into_iter().filter(Media::has_file) {
        let sticker_set = matches!(media, Media::Sticker { .. }).then(|| "set".to_owned());
        let document = ExternalDocument {
            id: 1,
            access_hash: 2,
            date: 3,
            mime_type: "x/y".to_owned(),
            size: 4,
            dc_id: 5,
            media,
            sticker_set,
            file_name: Some("a.bin".to_owned()),
            thumbnail: thumbnail.clone(),
        };
        let sent = Media::ExternalDocument(Box::new(document));
        let outgoing = OutgoingMedia::new(sent.clone());
        let bytes = encode_media(RandomId(3), &outgoing, None, 0, SecretLayer(144)).unwrap();
        let Content::Media { media: back, file: None, .. } = read(&bytes, None).content else { panic!() };
        assert!(back == sent);
    }
    // What is no file, and what is too large for a thumbnail, is not written.
    let with = |media, bytes| {
        let thumbnail = Some(Thumbnail { bytes, width: 90, height: 80 });
        let Some(Media::ExternalDocument(document)) =
            kinds().into_iter().find(|m| m.name() == "ExternalDocument")
        else {
            panic!()
        };
        let document = ExternalDocument { media, thumbnail, ..*document };
        let outgoing = OutgoingMedia::new(Media::ExternalDocument(Box::new(document)));
        encode_media(RandomId(3), &outgoing, None, 0, SecretLayer(144))
    };
    assert!(with(Media::Document, vec![1; 600]).is_ok());
    assert!(with(Media::WebPage { url: "x".to_owned() }, vec![1; 600]).is_err());
    assert!(with(Media::Document, vec![1; limits::MAX_DOCUMENT_THUMB_LEN + 1]).is_err());
}

#[test]
fn attributes_that_clients_copy_from_the_cloud_are_read() {
    use enums::DocumentAttribute as A;
    let film = |attribute| vec![A::HasStickers, A::Animated, attribute];
    let preload_prefix_size = Some(1);
    for attributes in [
        film(A::Video160(Box::new(types::DocumentAttributeVideo160 {
            round_message: false,
            supports_streaming: true,
            nosound: true,
            duration: 2.6,
            w: 4,
            h: -5,
            preload_prefix_size,
        }))),
        film(A::Video185(Box::new(types::DocumentAttributeVideo185 {
            round_message: false,
            supports_streaming: true,
            nosound: true,
            duration: 2.6,
            w: 4,
            h: -5,
            preload_prefix_size,
            video_start_ts: Some(0.5),
        }))),
        film(A::Video187(Box::new(types::DocumentAttributeVideo187 {
            round_message: false,
            supports_streaming: true,
            nosound: true,
            duration: 2.6,
            w: 4,
            h: -5,
            preload_prefix_size,
            video_start_ts: Some(0.5),
            video_codec: Some("av1".to_owned()),
        }))),
    ] {
        let media = super::attribute::Attributes::read(attributes).media();
        assert_eq!(media, Media::Animation { width: 4, height: 0, duration: 3 });
    }
    let endless = A::Video160(Box::new(types::DocumentAttributeVideo160 {
        round_message: false,
        supports_streaming: false,
        nosound: false,
        duration: f64::NAN,
        w: 0,
        h: 0,
        preload_prefix_size: None,
    }));
    assert_eq!(super::attribute::Attributes::read(vec![endless]).media().duration(), 0);
}

#[test]
fn large_files_need_a_new_peer() {
    let outgoing = OutgoingMedia::new(Media::Document);
    let large = uploaded(limits::MAX_SHORT_FILE_SIZE + 1);
    for layer in [73, 142] {
        let result = encode_media(RandomId(1), &outgoing, Some(&large), 0, SecretLayer(layer));
        assert!(matches!(result, Err(Error::FileTooLarge { .. })));
    }
    let bytes = encode_media(RandomId(1), &outgoing, Some(&large), 0, SecretLayer(143)).unwrap();
    let Content::Media { file: Some(file), .. } = read(&bytes, Some(stored(large.size + 15))).content else {
        panic!()
    };
    assert_eq!(file.remote.map(|remote| remote.size), Ok(large.size));
    let huge = uploaded(limits::MAX_FILE_SIZE + 1);
    assert!(encode_media(RandomId(1), &outgoing, Some(&huge), 0, SecretLayer(144)).is_err());
}

#[test]
fn what_does_not_go_together_is_refused() {
    let refused = |outgoing: OutgoingMedia, file: Option<UploadedFile>| {
        let result = encode_media(RandomId(1), &outgoing, file.as_ref(), 0, SecretLayer(144));
        assert!(matches!(result, Err(Error::InvalidMedia { .. })), "{outgoing:?} {result:?}");
    };
    let place = |latitude, longitude| OutgoingMedia::new(Media::Location { latitude, longitude });
    refused(OutgoingMedia::new(Media::Document), None);
    refused(OutgoingMedia::new(Media::Document), Some(uploaded(0)));
    refused(place(1.0, 1.0), Some(uploaded(1)));
    refused(place(f64::NAN, 1.0), None);
    refused(place(90.1, 1.0), None);
    refused(place(1.0, f64::INFINITY), None);
    refused(OutgoingMedia { grouped_id: Some(1), ..place(1.0, 1.0) }, None);
    let thumbnail = Some(Thumbnail { bytes: vec![0; limits::MAX_THUMB_LEN + 1], width: 90, height: 90 });
    let photo = OutgoingMedia { thumbnail, ..OutgoingMedia::new(Media::Photo { width: 1, height: 1 }) };
    refused(photo, Some(uploaded(1)));
    let foreign = EncryptedFile { key_fingerprint: 1, ..stored(16) };
    let foreign = UploadedFile { source: FileSource::Stored(foreign), ..uploaded(16) };
    refused(OutgoingMedia::new(Media::Document), Some(foreign));
}

#[test]
fn a_file_is_available_only_if_all_that_can_be_verified_is_right() {
    let bytes = encode_media(
        RandomId(1),
        &OutgoingMedia::new(Media::Document),
        Some(&uploaded(100)),
        0,
        SecretLayer(144),
    )
    .unwrap();
    let remote = |outer| {
        let Content::Media { file: Some(file), .. } = read(&bytes, outer).content else { panic!() };
        file.remote.map(drop)
    };
    assert_eq!(remote(Some(stored(112))), Ok(()));
    assert_eq!(remote(None), Err(Unavailable::Missing));
    for size in [96, 99, 100, 101, 113, 128, 0, -16, i64::MIN, i64::MAX] {
        assert_eq!(remote(Some(stored(size))), Err(Unavailable::Size), "{size}");
    }
    // Less than nothing, in a file of nothing: the padding between them would fit.
    let mut below = bytes.clone();
    let at = below.windows(8).rposition(|window| window == 100_i64.to_le_bytes()).unwrap();
    below[at..at + 8].copy_from_slice(&(-1_i64).to_le_bytes());
    let Content::Media { file: Some(file), .. } = read(&below, Some(stored(0))).content else { panic!() };
    assert_eq!(file.remote.map(drop), Err(Unavailable::Size));
    let swapped = EncryptedFile { key_fingerprint: 1, ..stored(112) };
    assert_eq!(remote(Some(swapped)), Err(Unavailable::Fingerprint));
    for (key, iv) in [(31, 32), (33, 32), (32, 0), (32, 33)] {
        let media = raw_document(vec![1; key], vec![1; iv], Vec::new(), "x/y", Vec::new());
        let Content::Media { file: Some(file), .. } = read(&media, Some(stored(16))).content else {
            panic!()
        };
        assert_eq!(file.remote, Err(Unavailable::Key), "{key} {iv}");
    }
}

fn message(media: enums::DecryptedMessageMedia, text: &str) -> Vec<u8> {
    let message = types::DecryptedMessage {
        no_webpage: false,
        silent: false,
        random_id: 1,
        ttl: 0,
        message: text.to_owned(),
        media: Some(media),
        entities: None,
        via_bot_name: None,
        reply_to_random_id: None,
        grouped_id: None,
    };
    enums::DecryptedMessage::Message(Box::new(message)).to_bytes().unwrap()
}

fn raw_document(
    key: Vec<u8>,
    iv: Vec<u8>,
    attributes: Vec<enums::DocumentAttribute>,
    mime: &str,
    thumb: Vec<u8>,
) -> Vec<u8> {
    let document = types::DecryptedMessageMediaDocument {
        thumb,
        thumb_w: 90,
        thumb_h: 90,
        mime_type: mime.to_owned(),
        size: 16,
        key,
        iv,
        attributes,
        caption: "caption".to_owned(),
    };
    message(enums::DecryptedMessageMedia::Document(Box::new(document)), "")
}

fn kind_of(bytes: &[u8]) -> Media {
    match read(bytes, None).content {
        Content::Media { media, .. } => media,
        other => panic!("{other:?}"),
    }
}

#[test]
fn media_of_the_old_layers_are_read() {
    use enums::DecryptedMessageMedia as M;
    let (thumb, size, key, iv) = (Vec::new(), 16, vec![7; 32], vec![9; 32]);
    let photo = types::DecryptedMessageMediaPhoto8 {
        thumb: thumb.clone(),
        thumb_w: 0,
        thumb_h: 0,
        w: 10,
        h: -1,
        size,
        key: key.clone(),
        iv: iv.clone(),
    };
    let video = types::DecryptedMessageMediaVideo17 {
        thumb: thumb.clone(),
        thumb_w: 0,
        thumb_h: 0,
        duration: 3,
        mime_type: "video/mp4".to_owned(),
        w: 10,
        h: 20,
        size,
        key: key.clone(),
        iv: iv.clone(),
    };
    let video8 = types::DecryptedMessageMediaVideo8 {
        thumb: thumb.clone(),
        thumb_w: 0,
        thumb_h: 0,
        duration: 3,
        w: 10,
        h: 20,
        size,
        key: key.clone(),
        iv: iv.clone(),
    };
    let audio = types::DecryptedMessageMediaAudio8 { duration: 4, size, key: key.clone(), iv: iv.clone() };
    let audio17 = types::DecryptedMessageMediaAudio {
        duration: 4,
        mime_type: "audio/ogg".to_owned(),
        size,
        key: key.clone(),
        iv: iv.clone(),
    };
    let document = types::DecryptedMessageMediaDocument8 {
        thumb,
        thumb_w: 0,
        thumb_h: 0,
        file_name: "/x/y.pdf".to_owned(),
        mime_type: "application/pdf".to_owned(),
        size,
        key,
        iv,
    };
    for (media, kind) in [
        (M::Photo8(Box::new(photo)), Media::Photo { width: 10, height: 0 }),
        (M::Video8(Box::new(video8)), Media::Video { width: 10, height: 20, duration: 3 }),
        (M::Video17(Box::new(video)), Media::Video { width: 10, height: 20, duration: 3 }),
        (M::Audio8(Box::new(audio)), Media::Voice { duration: 4, waveform: Vec::new() }),
        (M::Audio(Box::new(audio17)), Media::Voice { duration: 4, waveform: Vec::new() }),
        (M::Document8(Box::new(document)), Media::Document),
    ] {
        let bytes = message(media, "");
        let Content::Media { media, file: Some(file), .. } = read(&bytes, Some(stored(16))).content else {
            panic!()
        };
        assert!(media == kind, "{media:?}");
        assert!(file.remote.is_ok());
        assert_eq!(file.name.as_deref(), (kind == Media::Document).then_some("y.pdf"));
    }
}

#[test]
fn attributes_of_every_age_and_of_the_cloud_are_read() {
    use enums::DocumentAttribute as A;
    let document =
        |attributes| kind_of(&raw_document(vec![1; 32], vec![1; 32], attributes, "x/y", Vec::new()));
    assert!(document(vec![A::Sticker23]) == Media::Sticker { alt: String::new(), width: 0, height: 0 });
    let cloud = types::DocumentAttributeSticker144 {
        mask: true,
        alt: "a".to_owned(),
        stickerset: enums::InputStickerSet::Id(types::InputStickerSetId { id: 1, access_hash: 2 }),
        mask_coords: None,
    };
    let size = A::ImageSize(types::DocumentAttributeImageSize { w: 5, h: 6 });
    assert!(
        document(vec![size, A::Sticker144(Box::new(cloud))])
            == Media::Sticker { alt: "a".to_owned(), width: 5, height: 6 }
    );
    let video = A::Video23(Box::new(types::DocumentAttributeVideo23 { duration: 1, w: 2, h: 3 }));
    assert!(document(vec![video]) == Media::Video { width: 2, height: 3, duration: 1 });
    let audio = A::Audio23(types::DocumentAttributeAudio23 { duration: 1 });
    assert!(document(vec![audio]) == Media::Audio { duration: 1, title: None, performer: None });
    let audio = A::Audio45(Box::new(types::DocumentAttributeAudio45 {
        duration: 1,
        title: "t".to_owned(),
        performer: String::new(),
    }));
    assert!(
        document(vec![audio]) == Media::Audio { duration: 1, title: Some("t".to_owned()), performer: None }
    );
    // Of two names the last counts.
    let name = |name: &str| A::from(types::DocumentAttributeFilename { file_name: name.to_owned() });
    let bytes = raw_document(vec![1; 32], vec![1; 32], vec![name("a"), name("b")], "x/y", Vec::new());
    let Content::Media { file: Some(file), .. } = read(&bytes, None).content else { panic!() };
    assert_eq!(file.name.as_deref(), Some("b"));
    let long = A::Audio(Box::new(types::DocumentAttributeAudio {
        voice: true,
        duration: -4,
        title: None,
        performer: None,
        waveform: Some(vec![0; limits::MAX_WAVEFORM_LEN + 1]),
    }));
    assert!(document(vec![long]) == Media::Voice { duration: 0, waveform: Vec::new() });
}

#[test]
fn entities_copied_from_the_cloud_are_read() {
    use enums::MessageEntity as E;
    let entities = vec![
        E::Blockquote144(types::MessageEntityBlockquote144 { collapsed: true, offset: 0, length: 4 }),
        E::MentionName(types::MessageEntityMentionName { offset: 0, length: 3, user_id: 1 << 40 }),
        E::MentionName45(types::MessageEntityMentionName45 { offset: 0, length: 2, user_id: 5 }),
        E::Phone(types::MessageEntityPhone { offset: 0, length: 1 }),
    ];
    let message = types::DecryptedMessage {
        no_webpage: true,
        silent: false,
        random_id: 1,
        ttl: 0,
        message: "text".to_owned(),
        media: Some(enums::DecryptedMessageMedia::Empty),
        entities: Some(entities),
        via_bot_name: None,
        reply_to_random_id: None,
        grouped_id: None,
    };
    let Content::Text(text) = read(&message.to_bytes().unwrap(), None).content else { panic!() };
    let kinds: Vec<_> = text.entities.into_iter().map(|entity| entity.kind).collect();
    use crate::EntityKind as K;
    assert_eq!(
        kinds,
        [
            K::Blockquote { collapsed: true },
            K::MentionName { user_id: 1 << 40 },
            K::MentionName { user_id: 5 },
            K::Phone
        ]
    );
}

#[test]
fn animated_stickers_are_never_given_out_as_such() {
    let sticker = enums::DocumentAttribute::Sticker23;
    let bytes = raw_document(vec![1; 32], vec![1; 32], vec![sticker], "Application/X-TgSticker", Vec::new());
    let Content::Media { media: Media::Document, file: Some(file), .. } = read(&bytes, None).content else {
        panic!()
    };
    assert_eq!(file.mime_type, "application/octet-stream");
}

#[test]
fn thumbnails_beyond_the_bounds_are_dropped() {
    for (len, kept) in [(0, false), (1, true), (20_000, true), (20_001, false)] {
        let bytes = raw_document(vec![1; 32], vec![1; 32], Vec::new(), "x/y", vec![1; len]);
        let Content::Media { file: Some(file), .. } = read(&bytes, None).content else { panic!() };
        assert_eq!(file.thumbnail.is_some(), kept, "{len}");
    }
    for (len, (thumb_w, thumb_h), kept) in [
        (6000, (100, 100), true),
        (6001, (100, 90), false),
        (10, (101, 90), false),
        (10, (0, 90), false),
        (10, (-1, 90), false),
        (10, (90, 101), false),
        (10, (90, 0), false),
    ] {
        let photo = types::DecryptedMessageMediaPhoto {
            thumb: vec![1; len],
            thumb_w,
            thumb_h,
            w: 1,
            h: 1,
            size: 1,
            key: vec![],
            iv: vec![],
            caption: String::new(),
        };
        let bytes = message(enums::DecryptedMessageMedia::Photo(Box::new(photo)), "");
        let Content::Media { file: Some(file), .. } = read(&bytes, None).content else { panic!() };
        assert_eq!(file.thumbnail.is_some(), kept, "{len} {thumb_w} {thumb_h}");
    }
}

#[test]
fn text_and_caption_are_joined() {
    let document = raw_document(vec![1; 32], vec![1; 32], Vec::new(), "x/y", Vec::new());
    let Content::Media { text, .. } = read(&document, None).content else { panic!() };
    assert_eq!(text.text, "caption");
    let both = types::DecryptedMessageMediaPhoto {
        thumb: vec![],
        thumb_w: 0,
        thumb_h: 0,
        w: 1,
        h: 1,
        size: 1,
        key: vec![],
        iv: vec![],
        caption: "below".to_owned(),
    };
    let bytes = message(enums::DecryptedMessageMedia::Photo(Box::new(both)), "above");
    let Content::Media { text, .. } = read(&bytes, None).content else { panic!() };
    assert_eq!(text.text, "above\n\nbelow");
}

#[test]
fn places_that_do_not_exist_are_unreadable() {
    for (lat, long) in [(91.0, 0.0), (0.0, -180.5), (f64::NAN, 0.0), (0.0, f64::NEG_INFINITY)] {
        let place = types::DecryptedMessageMediaGeoPoint { lat, long };
        let bytes = message(place.into(), "");
        assert_eq!(decode(&bytes, None), Err(Unreadable));
    }
}

#[test]
fn broken_utf8_is_replaced_and_loses_nothing_else() {
    let mut bytes = message(enums::DecryptedMessageMedia::Empty, "abcd");
    let at = bytes.windows(4).position(|window| window == b"abcd").unwrap();
    bytes[at + 1] = 0xff;
    let Content::Text(text) = read(&bytes, None).content else { panic!() };
    assert_eq!(text.text, "a\u{fffd}cd");
}

#[test]
fn a_user_id_that_does_not_fit_is_not_sent() {
    let contact = Media::Contact {
        phone_number: "1".to_owned(),
        first_name: String::new(),
        last_name: String::new(),
        user_id: 1 << 40,
    };
    let bytes = encode_media(RandomId(1), &OutgoingMedia::new(contact), None, 0, SecretLayer(144)).unwrap();
    assert!(matches!(kind_of(&bytes), Media::Contact { user_id: 0, .. }));
}
