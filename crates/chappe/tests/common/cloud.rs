//! Files in the cloud.

use chappe::files::FileInput;
use chappe::media::Attachment;
use chappe::{Client, enums, functions, types};

use super::soon;

/// Bytes that are different everywhere.
pub(crate) fn content(len: usize) -> Vec<u8> {
    (0..len as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

/// Sends media to oneself.
pub(crate) async fn send(client: &Client, media: enums::InputMedia) -> types::Message {
    let request = functions::messages::SendMedia {
        silent: false,
        background: false,
        clear_draft: false,
        noforwards: false,
        update_stickersets_order: false,
        invert_media: false,
        allow_paid_floodskip: false,
        peer: enums::InputPeer::PeerSelf,
        reply_to: None,
        media,
        message: "words".to_owned(),
        random_id: rand::random(),
        reply_markup: None,
        entities: None,
        schedule_date: None,
        schedule_repeat_period: None,
        send_as: None,
        quick_reply_shortcut: None,
        effect: None,
        allow_paid_stars: None,
        suggested_post: None,
    };
    let updates = match soon(client.invoke(request)).await.unwrap() {
        enums::Updates::Updates(updates) => updates.updates,
        other => panic!("{other:?}"),
    };
    let message = updates.into_iter().find_map(|update| match update {
        enums::Update::NewMessage(new) => Some(new.message),
        _ => None,
    });
    match message {
        Some(enums::Message::Message(message)) => *message,
        other => panic!("{other:?}"),
    }
}

/// Sends a document of these bytes to oneself.
pub(crate) async fn document(client: &Client, bytes: Vec<u8>) -> types::Message {
    let attachment = Attachment::document(FileInput::bytes(bytes)).named("a.bin");
    let media = soon(client.upload_media(attachment)).await.unwrap();
    send(client, media).await
}
