//! Media that may be seen for some seconds once they were opened.

use chappe_api::{enums, types};
use chappe_tl::{Decode, Encode};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::store::MessageRow;

/// For how many seconds; 0: for ever.
pub(crate) fn ttl(media: &enums::MessageMedia) -> i64 {
    let seconds = match media {
        enums::MessageMedia::Photo(media) => media.ttl_seconds,
        enums::MessageMedia::Document(media) => media.ttl_seconds,
        _ => None,
    };
    seconds.map_or(0, i64::from)
}

/// What is left of one, in bytes: of which kind it was, and its timer. `None` if it has none.
pub(crate) fn emptied(media: &[u8]) -> Option<Vec<u8>> {
    let media = enums::MessageMedia::from_bytes(media).ok().filter(|media| ttl(media) != 0)?;
    let left: enums::MessageMedia = match media {
        enums::MessageMedia::Photo(media) => types::MessageMediaPhoto {
            spoiler: false,
            live_photo: media.live_photo,
            photo: None,
            ttl_seconds: media.ttl_seconds,
            video: None,
        }
        .into(),
        enums::MessageMedia::Document(media) => types::MessageMediaDocument {
            spoiler: false,
            document: None,
            alt_documents: None,
            video_cover: None,
            video_timestamp: None,
            ..*media
        }
        .into(),
        _ => return None,
    };
    left.to_bytes().ok()
}

/// The message of the caller's mailbox with this uid, if it still shows a medium that may be seen for a time.
pub(crate) async fn shown_by(call: &Call, media: i64, uid: i64) -> Answer<Option<MessageRow>> {
    let row = call.store().message_by_uid(call.user_id()?, uid).await?;
    let row = row.filter(|row| row.media.as_deref().is_some_and(|bytes| shows(bytes, media)));
    // Another process may be late to take it away.
    let due = call.store().media_timer(uid).await?;
    Ok(row.filter(|_| due.is_none_or(|due| due > call.unix())))
}

fn shows(bytes: &[u8], id: i64) -> bool {
    let photo = |photo: &enums::Photo| matches!(photo, enums::Photo::Photo(photo) if photo.id == id);
    let document = |document: &enums::Document| matches!(document, enums::Document::Document(document) if document.id == id);
    match enums::MessageMedia::from_bytes(bytes) {
        Ok(enums::MessageMedia::Photo(media)) => {
            media.photo.iter().any(photo) || media.video.iter().any(document)
        }
        Ok(enums::MessageMedia::Document(media)) => {
            let documents = media.document.iter().chain(media.alt_documents.iter().flatten());
            media.video_cover.iter().any(photo) || documents.into_iter().any(document)
        }
        _ => false,
    }
}
