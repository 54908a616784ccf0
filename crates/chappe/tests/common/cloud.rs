//! Files in the cloud.

use chappe::files::FileInput;
use chappe::media::Attachment;
use chappe::{Client, enums, types};

use super::soon;

/// Bytes that are different everywhere.
pub(crate) fn content(len: usize) -> Vec<u8> {
    (0..len as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

/// Sends media to oneself.
pub(crate) async fn send(client: &Client, media: enums::InputMedia) -> types::Message {
    send_to(client, "me", media).await
}

/// Sends media to somebody.
pub(crate) async fn send_to(client: &Client, whom: &str, media: enums::InputMedia) -> types::Message {
    let whom = soon(client.resolve(whom)).await.unwrap();
    let sent = soon(client.send(&whom, "words").media(media).into_future()).await.unwrap();
    match sent.raw() {
        enums::Message::Message(message) => types::Message::clone(message),
        other => panic!("{other:?}"),
    }
}

/// Sends a document of these bytes to oneself.
pub(crate) async fn document(client: &Client, bytes: Vec<u8>) -> types::Message {
    let attachment = Attachment::document(FileInput::bytes(bytes)).named("a.bin");
    let media = soon(client.upload_media(attachment)).await.unwrap();
    send(client, media).await
}
