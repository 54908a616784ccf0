//! Media in cloud messages: what is uploaded is what others see, in every kind.

use std::time::Duration;

use crate::common::cloud::{content, send, send_to};
use crate::common::{person, phone, server, soon};
use base64::Engine;
use chappe::files::{CloudFile, FileInput};
use chappe::media::Attachment;
use chappe::{Client, ErrorKind, PeerId, enums, types};

/// A grey picture of 64 by 64 pixels, a PNG.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAAcklEQVR42mNgYOHgERCRkFFQ0dAxMLGwcXDx8AkIiYhJSMnIKSip\
qGlo6eiZMGXGnAVLVqzZsGXHngNHTpy5cOXGnQdPXrz58OXHH4ZRA0YNGDVg1IBRA0YNGDVg1IBRA0YNGDVg1IBRA0YNGDVguBsAAHs24GqR2oMfAAAA\
AElFTkSuQmCC";

pub(crate) fn picture() -> FileInput {
    FileInput::bytes(base64::engine::general_purpose::STANDARD.decode(PICTURE).unwrap()).named("grey.png")
}

fn document_of(message: &types::Message) -> (&types::MessageMediaDocument, &types::Document) {
    let Some(enums::MessageMedia::Document(media)) = &message.media else { panic!("{message:?}") };
    let Some(enums::Document::Document(document)) = &media.document else { panic!("{media:?}") };
    (media, document)
}

async fn sent(client: &Client, attachment: Attachment) -> types::Message {
    let media = soon(client.upload_media(attachment)).await.unwrap();
    send(client, media).await
}

#[tokio::test]
async fn every_kind_of_document_says_what_it_is() {
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let bytes = || FileInput::bytes(content(5000));
    let time = Duration::from_millis(2500);

    let message = sent(&alice, Attachment::document(bytes()).named("notes.txt").spoiler()).await;
    let (media, document) = document_of(&message);
    assert!(media.spoiler && !media.video && !media.voice);
    assert_eq!((document.mime_type.as_str(), document.size), ("text/plain", 5000));
    assert_eq!(CloudFile::of_message(&message).unwrap().name(), Some("notes.txt"));
    assert_eq!(message.message, "words", "the words beside it are those of the message");

    let message = sent(&alice, Attachment::video(bytes(), 640, 480, time).named("film.mp4")).await;
    let (media, document) = document_of(&message);
    assert!(media.video && !media.round);
    let video = document.attributes.iter().find_map(|attribute| match attribute {
        enums::DocumentAttribute::Video(video) => Some(video),
        _ => None,
    });
    let video = video.unwrap();
    assert_eq!((video.w, video.h, video.duration, video.supports_streaming), (640, 480, 2.5, true));

    let message = sent(&alice, Attachment::round_video(bytes(), 240, time)).await;
    assert!(document_of(&message).0.round);

    let message = sent(&alice, Attachment::voice(bytes(), time, &[1, 31, 7])).await;
    let (media, document) = document_of(&message);
    assert!(media.voice);
    assert_eq!(document.mime_type, "audio/ogg");

    // What goes by itself is for one other person.
    person(&server, 102, "Bob").await;
    let to_bob = async |attachment| {
        let media = soon(alice.upload_media(attachment)).await.unwrap();
        send_to(&alice, &phone(102), media).await
    };
    let song = Attachment::audio(bytes(), time, Some("Title".into()), None).named("song.mp3").ttl(time);
    let message = to_bob(song).await;
    let (media, document) = document_of(&message);
    assert_eq!((media.ttl_seconds, document.mime_type.as_str()), (Some(2), "audio/mpeg"));

    let message = to_bob(Attachment::animation(bytes(), 10, 10, time).view_once()).await;
    let (media, document) = document_of(&message);
    assert_eq!(media.ttl_seconds, Some(i32::MAX));
    assert!(document.attributes.contains(&enums::DocumentAttribute::Animated));
}

#[tokio::test]
async fn a_photo_comes_in_sizes_and_a_thumbnail_with_its_document() {
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let message = sent(&alice, Attachment::photo(picture()).spoiler()).await;
    let Some(enums::MessageMedia::Photo(media)) = &message.media else { panic!("{message:?}") };
    assert!(media.spoiler);
    let file = CloudFile::of_message(&message).unwrap();
    let fetched = soon(alice.download(&message).to_vec()).await.unwrap();
    assert_eq!(Some(fetched.len() as u64), file.size());
    assert!(chappe::files::jpeg_size(&fetched).is_some());

    let film = Attachment::video(content(3000), 64, 64, Duration::from_secs(1)).thumbnail(picture());
    let message = sent(&alice, film).await;
    let thumbnail = CloudFile::thumbnail_of(document_of(&message).1).unwrap();
    let fetched = soon(alice.download(thumbnail).to_vec()).await.unwrap();
    assert!(chappe::files::jpeg_size(&fetched).is_some());
}

#[tokio::test]
async fn media_are_stored_once_and_sent_twice() {
    let server = server().await;
    let (alice, user) = person(&server, 101, "Alice").await;
    let notes = Attachment::document(content(100)).named("notes.txt");
    let media = soon(alice.store_media(PeerId::User(user.id), notes)).await.unwrap();
    let first = send(&alice, media.clone()).await;
    let second = send(&alice, media).await;
    assert_eq!(document_of(&first).1.id, document_of(&second).1.id);
    assert!(soon(alice.download(&second).to_vec()).await.unwrap() == content(100));
}

#[tokio::test]
async fn media_go_with_a_message_and_come_out_of_it() {
    let server = server().await;
    let (alice, user) = person(&server, 101, "Alice").await;
    let notes = Attachment::document(content(4000)).named("notes.txt");
    let media = soon(alice.upload_media(notes)).await.unwrap();
    let own_chat = PeerId::User(user.id);
    let sent = soon(async { alice.send(own_chat, "**See**").markdown().media(media).await }).await.unwrap();
    assert_eq!(sent.text(), "See");
    server.advance(Duration::from_secs(26 * 3600)).await.unwrap();
    assert!(
        soon(alice.download(&sent).to_vec()).await.unwrap() == content(4000),
        "its reference was renewed"
    );
}

#[tokio::test]
async fn what_has_no_file_and_what_is_too_long_for_a_photo_is_refused() {
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let place: enums::InputGeoPoint =
        types::InputGeoPoint { lat: 1.0, long: 2.0, accuracy_radius: None }.into();
    let message = send(&alice, types::InputMediaGeoPoint { geo_point: place }.into()).await;
    let error = soon(alice.download(&message).to_vec()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    let long = Attachment::photo(FileInput::bytes(vec![0; (10 << 20) + 1]));
    assert!(soon(alice.upload_media(long)).await.is_err());
}
