//! Photos, documents and other media: made from uploads, fetched in pieces, by those who may.

use std::io::Cursor;
use std::time::Duration;

use crate::common::cloud;
use crate::common::groups::{flat, hear};
use crate::common::{ALICE, BOB, Client, TestClock, builder, server};
use chappe_api::{enums, functions, types};
use chappe_crypto::hash::sha256;
use enums::{InputFileLocation, InputMedia, MessageMedia};

pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let image = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 7]));
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Uploads in parts of 64 KiB.
pub(crate) async fn upload(client: &mut Client, id: i64, bytes: &[u8]) -> enums::InputFile {
    let parts = bytes.chunks(65_536);
    let count = parts.len() as i32;
    for (part, bytes) in parts.enumerate() {
        let bytes = bytes.to_vec();
        client
            .call(functions::upload::SaveFilePart { file_id: id, file_part: part as i32, bytes })
            .await
            .unwrap();
    }
    types::InputFile { id, parts: count, name: "file".into(), md5_checksum: String::new() }.into()
}

pub(crate) fn photo(file: enums::InputFile) -> InputMedia {
    types::InputMediaUploadedPhoto {
        spoiler: true,
        live_photo: false,
        file,
        stickers: None,
        ttl_seconds: None,
        video: None,
    }
    .into()
}

pub(crate) fn document(
    file: enums::InputFile,
    thumb: Option<enums::InputFile>,
    mime_type: &str,
) -> InputMedia {
    types::InputMediaUploadedDocument {
        nosound_video: false,
        force_file: false,
        spoiler: false,
        file,
        thumb,
        mime_type: mime_type.into(),
        attributes: vec![types::DocumentAttributeFilename { file_name: "notes.txt".into() }.into()],
        stickers: None,
        video_cover: None,
        video_timestamp: None,
        ttl_seconds: None,
    }
    .into()
}

fn make(media: InputMedia) -> functions::messages::UploadMedia {
    functions::messages::UploadMedia { business_connection_id: None, peer: enums::InputPeer::PeerSelf, media }
}

fn photo_of(media: MessageMedia) -> types::Photo {
    let MessageMedia::Photo(media) = media else { panic!("{media:?}") };
    match media.photo {
        Some(enums::Photo::Photo(photo)) => *photo,
        other => panic!("{other:?}"),
    }
}

fn document_of(media: MessageMedia) -> types::Document {
    let MessageMedia::Document(media) = media else { panic!("{media:?}") };
    match media.document {
        Some(enums::Document::Document(document)) => *document,
        other => panic!("{other:?}"),
    }
}

fn at_photo(photo: &types::Photo, size: &str) -> InputFileLocation {
    types::InputPhotoFileLocation {
        id: photo.id,
        access_hash: photo.access_hash,
        file_reference: photo.file_reference.clone(),
        thumb_size: size.into(),
    }
    .into()
}

fn at_document(document: &types::Document, size: &str) -> InputFileLocation {
    types::InputDocumentFileLocation {
        id: document.id,
        access_hash: document.access_hash,
        file_reference: document.file_reference.clone(),
        thumb_size: size.into(),
    }
    .into()
}

fn get(location: InputFileLocation, offset: i64) -> functions::upload::GetFile {
    functions::upload::GetFile { precise: false, cdn_supported: false, location, offset, limit: 65_536 }
}

async fn fetch(client: &mut Client, location: InputFileLocation) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let piece = client.call(get(location.clone(), bytes.len() as i64)).await.unwrap();
        let enums::upload::File::File(piece) = piece else { panic!("{piece:?}") };
        bytes.extend_from_slice(&piece.bytes);
        if piece.bytes.len() < 65_536 {
            return bytes;
        }
    }
}

async fn refused(client: &mut Client, location: InputFileLocation) -> String {
    client.call(get(location, 0)).await.unwrap_err().text()
}

#[tokio::test]
async fn a_photo_is_made_in_its_sizes_and_each_can_be_fetched() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let file = upload(&mut alice, 7, &png(900, 450)).await;
    let made = alice.call(make(photo(file.clone()))).await.unwrap();
    assert!(matches!(&made, MessageMedia::Photo(media) if media.spoiler));
    let made = photo_of(made);
    let sizes: Vec<(String, i32, i32, i32)> = made
        .sizes
        .iter()
        .map(|size| match size {
            enums::PhotoSize::Size(size) => (size.r#type.clone(), size.w, size.h, size.size),
            other => panic!("{other:?}"),
        })
        .collect();
    let outline: Vec<_> = sizes.iter().map(|(name, w, h, _)| (name.as_str(), *w, *h)).collect();
    assert_eq!(outline, [("s", 100, 50), ("m", 320, 160), ("x", 800, 400), ("y", 900, 450)]);
    for (name, w, h, len) in &sizes {
        let bytes = fetch(&mut alice, at_photo(&made, name)).await;
        assert_eq!(bytes.len(), *len as usize);
        let image = image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg).unwrap();
        assert_eq!((image.width() as i32, image.height() as i32), (*w, *h));
    }
    assert_eq!(refused(&mut alice, at_photo(&made, "q")).await, "FILE_ID_INVALID");
    // The same upload again, and the photo by its name, are the same photo.
    let again = photo_of(alice.call(make(photo(file))).await.unwrap());
    assert_eq!((again.id, &again.sizes), (made.id, &made.sizes));
    let named = types::InputPhoto {
        id: made.id,
        access_hash: made.access_hash,
        file_reference: made.file_reference.clone(),
    };
    let by_name = types::InputMediaPhoto {
        spoiler: false,
        live_photo: false,
        id: named.into(),
        ttl_seconds: Some(10),
        video: None,
    };
    let by_name = alice.call(make(by_name.into())).await.unwrap();
    assert!(matches!(&by_name, MessageMedia::Photo(media) if media.ttl_seconds == Some(10)));
    assert_eq!(photo_of(by_name).id, made.id);
}

#[tokio::test]
async fn a_document_keeps_its_bytes_and_has_hashes_for_them() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    let file = upload(&mut alice, 1, &bytes).await;
    let preview = upload(&mut alice, 2, &png(400, 400)).await;
    let made = document_of(alice.call(make(document(file, Some(preview), "Text/Plain"))).await.unwrap());
    assert_eq!((made.size, made.mime_type.as_str()), (300_000, "text/plain"));
    assert_eq!(fetch(&mut alice, at_document(&made, "")).await, bytes);
    let thumbs = made.thumbs.clone().unwrap();
    assert!(matches!(&thumbs[..], [enums::PhotoSize::Size(size)] if size.r#type == "m" && size.w == 320));
    let preview = fetch(&mut alice, at_document(&made, "m")).await;
    image::load_from_memory_with_format(&preview, image::ImageFormat::Jpeg).unwrap();

    let location = at_document(&made, "");
    let query = functions::upload::GetFileHashes { location: location.clone(), offset: 140_000 };
    let hashes = alice.call(query).await.unwrap();
    let ranges: Vec<_> = hashes.iter().map(|hash| (hash.offset, hash.limit)).collect();
    assert_eq!(ranges, [(131_072, 131_072), (262_144, 37_856)]);
    for hash in hashes {
        let piece = &bytes[hash.offset as usize..][..hash.limit as usize];
        assert_eq!(hash.hash, sha256(&[piece]));
    }
    let beyond = functions::upload::GetFileHashes { location, offset: 300_000 };
    assert_eq!(alice.call(beyond).await.unwrap().len(), 1, "the piece that the offset is in");
}

#[tokio::test]
async fn an_image_sent_as_a_file_keeps_its_bytes_and_gets_a_preview() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let bytes = png(640, 320);
    let file = upload(&mut alice, 1, &bytes).await;
    let made = document_of(alice.call(make(document(file, None, "image/png"))).await.unwrap());
    assert_eq!(fetch(&mut alice, at_document(&made, "")).await, bytes);
    assert!(made.attributes.contains(&types::DocumentAttributeImageSize { w: 640, h: 320 }.into()));
    assert_eq!(made.thumbs.unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_fetches_with_the_access_hash_of_another_or_an_old_reference() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone() as _).spawn().await.unwrap();
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let mut bob = Client::new(&server).await;
    bob.log_in(BOB, "Bob").await;
    let file = upload(&mut alice, 1, b"for Alice").await;
    let made = document_of(alice.call(make(document(file, None, "text/plain"))).await.unwrap());
    let location = at_document(&made, "");
    assert_eq!(fetch(&mut alice, location.clone()).await, b"for Alice");
    assert_eq!(refused(&mut bob, location.clone()).await, "FILE_ID_INVALID");

    let mut empty = made.clone();
    empty.file_reference.clear();
    assert_eq!(refused(&mut alice, at_document(&empty, "")).await, "FILE_REFERENCE_EMPTY");
    let mut forged = made.clone();
    forged.file_reference[12] ^= 1;
    assert_eq!(refused(&mut alice, at_document(&forged, "")).await, "FILE_REFERENCE_INVALID");

    clock.advance(Duration::from_secs(26 * 3600));
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    assert_eq!(refused(&mut alice, location).await, "FILE_REFERENCE_EXPIRED");
    let named = types::InputDocument {
        id: made.id,
        access_hash: made.access_hash,
        file_reference: made.file_reference.clone(),
    };
    let by_name = types::InputMediaDocument {
        spoiler: false,
        id: named.into(),
        video_cover: None,
        video_timestamp: None,
        ttl_seconds: None,
        query: None,
    };
    assert_eq!(
        alice.call(make(by_name.into())).await.unwrap_err().text(),
        "FILE_REFERENCE_EXPIRED",
        "the same where a message is made"
    );
}

#[tokio::test]
async fn what_is_no_photo_is_refused_and_the_upload_stays() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let file = upload(&mut alice, 1, b"this is not an image").await;
    let error = alice.call(make(photo(file.clone()))).await.unwrap_err();
    assert_eq!(error.text(), "IMAGE_PROCESS_FAILED");
    alice.call(make(document(file, None, "text/plain"))).await.unwrap();
    let narrow = upload(&mut alice, 2, &png(500, 10)).await;
    let error = alice.call(make(photo(narrow))).await.unwrap_err();
    assert_eq!(error.text(), "PHOTO_INVALID_DIMENSIONS");
}

#[tokio::test]
async fn places_contacts_and_dice() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let bob = Client::new(&server).await.log_in(BOB, "Bob").await;
    let point =
        |lat| enums::InputGeoPoint::from(types::InputGeoPoint { lat, long: 2.5, accuracy_radius: None });
    let place = |lat| make(types::InputMediaGeoPoint { geo_point: point(lat) }.into());
    let made = alice.call(place(48.5)).await.unwrap();
    let MessageMedia::Geo(geo) = made else { panic!("{made:?}") };
    assert!(matches!(&geo.geo, enums::GeoPoint::Point(point) if (point.lat, point.long) == (48.5, 2.5)));
    for nowhere in [91.0, f64::NAN, f64::INFINITY] {
        assert_eq!(alice.call(place(nowhere)).await.unwrap_err().text(), "MEDIA_INVALID");
    }
    let contact = |phone: &str| {
        make(
            types::InputMediaContact {
                phone_number: phone.into(),
                first_name: "Bob".into(),
                last_name: String::new(),
                vcard: String::new(),
            }
            .into(),
        )
    };
    let made = alice.call(contact(BOB)).await.unwrap();
    let MessageMedia::Contact(made) = made else { panic!("{made:?}") };
    assert_eq!(made.user_id, bob.id);
    let made = alice.call(contact("15550000")).await.unwrap();
    assert!(matches!(made, MessageMedia::Contact(made) if made.user_id == 0));

    let dice = |emoticon: &str| make(types::InputMediaDice { emoticon: emoticon.into() }.into());
    for _ in 0..20 {
        let made = alice.call(dice("🎲")).await.unwrap();
        assert!(matches!(made, MessageMedia::Dice(made) if (1..=6).contains(&made.value)));
    }
    assert_eq!(alice.call(dice("🐈")).await.unwrap_err().text(), "EMOTICON_INVALID");
}

#[tokio::test]
async fn what_nothing_shows_any_more_is_freed_after_a_day() {
    let day = Duration::from_secs(25 * 3600);
    let later = async |server: &chappe_server::Server, by, clients: [&mut Client; 2]| {
        server.advance(by).await.unwrap();
        // Connections that say nothing for so long are ended.
        for client in clients {
            client.reconnect(server.address()).await;
        }
    };
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let mut bob = Client::new(&server).await;
    bob.log_in(BOB, "Bob").await;
    let to_bob = crate::common::cloud::peer(&alice.find(BOB).await);
    let to_alice = crate::common::cloud::peer(&bob.find(ALICE).await);
    let bytes = async || server.totals().await.unwrap().file_bytes;
    // One that is shown to both, one that is only a profile photo, one that was uploaded and never sent.
    let shown = upload(&mut alice, 1, &png(40, 40)).await;
    alice.call(crate::common::cloud::send_media(&to_bob, photo(shown), 1)).await.unwrap();
    let with_shown = bytes().await;
    assert!(with_shown > 0);
    let mine = upload(&mut alice, 2, &png(200, 200)).await;
    let set = functions::photos::UploadProfilePhoto {
        fallback: false,
        bot: None,
        file: Some(mine),
        video: None,
        video_start_ts: None,
        video_emoji_markup: None,
    };
    alice.call(set).await.unwrap();
    let with_mine = bytes().await;
    let unsent = upload(&mut alice, 3, &vec![7; 5000]).await;
    let unsent = document_of(alice.call(make(document(unsent, None, "text/plain"))).await.unwrap());
    assert_eq!(bytes().await, with_mine + 5000);
    later(&server, Duration::from_secs(3600), [&mut alice, &mut bob]).await;
    assert_eq!(bytes().await, with_mine + 5000, "it may still be sent");
    later(&server, day, [&mut alice, &mut bob]).await;
    assert_eq!(bytes().await, with_mine, "what was never sent is gone");
    let gone = types::InputDocumentFileLocation {
        id: unsent.id,
        access_hash: unsent.access_hash,
        file_reference: unsent.file_reference,
        thumb_size: String::new(),
    };
    alice.error(get(gone.into(), 0)).await;

    // As long as one of them has the message, its photo stays, day after day.
    let id = crate::common::cloud::message(&crate::common::cloud::history(&mut alice, &to_bob).await[0]).id;
    let delete = |revoke, id| functions::messages::DeleteMessages { revoke, id: vec![id] };
    alice.call(delete(false, id)).await.unwrap();
    later(&server, day, [&mut alice, &mut bob]).await;
    later(&server, day, [&mut alice, &mut bob]).await;
    assert_eq!(bytes().await, with_mine);
    let seen = crate::common::cloud::history(&mut bob, &to_alice).await;
    let seen = crate::common::cloud::message(&seen[0]).clone();
    let seen_photo = photo_of(seen.media.unwrap());
    let enums::PhotoSize::Size(size) = &seen_photo.sizes[0] else { panic!("{seen_photo:?}") };
    let location = types::InputPhotoFileLocation {
        id: seen_photo.id,
        access_hash: seen_photo.access_hash,
        file_reference: seen_photo.file_reference,
        thumb_size: size.r#type.clone(),
    };
    bob.call(get(location.into(), 0)).await.expect("the photo of a message that is there");
    bob.call(delete(true, seen.id)).await.unwrap();
    later(&server, day, [&mut alice, &mut bob]).await;
    later(&server, day, [&mut alice, &mut bob]).await;
    assert_eq!(bytes().await, with_mine - with_shown, "nobody has it any more");
    alice.call(functions::account::DeleteAccount { reason: String::new(), password: None }).await.unwrap();
    later(&server, day, [&mut alice, &mut bob]).await;
    later(&server, day, [&mut alice, &mut bob]).await;
    assert_eq!(bytes().await, 0, "profile photos go with their account");
}

#[tokio::test]
async fn a_voice_message_is_unread_until_it_is_listened_to() {
    let server = server().await;
    let mut alice = cloud::device(&server, ALICE).await;
    let mut bob = cloud::device(&server, BOB).await;
    let (to_bob, to_alice) = (cloud::peer(&alice.find(BOB).await), cloud::peer(&bob.find(ALICE).await));
    let file = upload(&mut alice, 1, b"OggS").await;
    let InputMedia::UploadedDocument(mut voice) = document(file, None, "audio/ogg") else { panic!() };
    let audio = types::DocumentAttributeAudio {
        voice: true,
        duration: 3,
        title: None,
        performer: None,
        waveform: None,
    };
    voice.attributes = vec![audio.into()];
    alice.call(cloud::send_media(&to_bob, InputMedia::UploadedDocument(voice), 1)).await.unwrap();
    let unread = |message: &enums::Message| cloud::message(message).media_unread;
    let own = cloud::history(&mut alice, &to_bob).await;
    let seen = cloud::history(&mut bob, &to_alice).await;
    assert!(unread(&own[0]) && unread(&seen[0]));
    let mut tablet = cloud::device(&server, BOB).await;
    for client in [&mut alice, &mut bob, &mut tablet] {
        hear(client).await;
    }
    let (own, seen) = (cloud::message(&own[0]).id, cloud::message(&seen[0]).id);
    // Its author cannot listen for the other side.
    let listen = |id| functions::messages::ReadMessageContents { id: vec![id] };
    assert_eq!(alice.call(listen(own)).await.unwrap().pts_count, 0);
    assert_eq!(bob.call(listen(seen)).await.unwrap().pts_count, 1);
    for (client, id) in [(&mut alice, own), (&mut tablet, seen)] {
        let told = flat(hear(client).await);
        assert!(
            matches!(&told[..], [enums::Update::ReadMessagesContents(read)] if read.messages == [id]),
            "{told:?}"
        );
    }
    assert!(!unread(&cloud::history(&mut alice, &to_bob).await[0]));
    assert!(!unread(&cloud::history(&mut bob, &to_alice).await[0]));
    assert_eq!(bob.call(listen(seen)).await.unwrap().pts_count, 0, "once");
    // So is a photo with a timer, and no other one.
    for (n, timer) in [(2, None), (3, Some(5))] {
        let InputMedia::UploadedPhoto(mut shown) = photo(upload(&mut alice, n, &png(20, 20)).await) else {
            panic!()
        };
        shown.ttl_seconds = timer;
        alice.call(cloud::send_media(&to_bob, InputMedia::UploadedPhoto(shown), n)).await.unwrap();
        assert_eq!(unread(&cloud::history(&mut bob, &to_alice).await[0]), timer.is_some());
    }
}
