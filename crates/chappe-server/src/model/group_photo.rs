//! The photo of a group or channel.

use chappe_api::{enums, types};
use chappe_tl::Decode;

use super::eyes::Eyes;
use crate::store::ChatRow;

/// The photo in full, as the viewer may fetch it.
pub(crate) fn full(eyes: &Eyes<'_>, chat: &ChatRow) -> Option<types::Photo> {
    let mut photo = types::Photo::from_bytes(chat.photo.as_ref()?).ok()?;
    eyes.of_media().photo(&mut photo);
    Some(photo)
}

/// What lists show of it.
pub(crate) fn small(eyes: &Eyes<'_>, chat: &ChatRow) -> enums::ChatPhoto {
    match full(eyes, chat) {
        None => enums::ChatPhoto::Empty,
        Some(photo) => types::ChatPhoto {
            has_video: false,
            photo_id: photo.id,
            stripped_thumb: None,
            dc_id: photo.dc_id,
        }
        .into(),
    }
}

/// The id of the photo.
pub(crate) fn id(chat: &ChatRow) -> Option<i64> {
    types::Photo::from_bytes(chat.photo.as_ref()?).ok().map(|photo| photo.id)
}
