//! The photo of a group or channel.

use chappe_api::{enums, types};
use chappe_tl::Decode;

use super::eyes::Eyes;
use super::media;
use crate::store::ChatRow;

/// The photo in full, as the viewer may fetch it.
pub(crate) fn full(eyes: &Eyes<'_>, chat: &ChatRow) -> Option<types::Photo> {
    let mut photo = types::Photo::from_bytes(chat.photo.as_ref()?).ok()?;
    let (id, dc_id) = (eyes.viewer.user_id, eyes.viewer.dc_id);
    media::Viewer { id, dc_id, access: &eyes.world.access, now: eyes.now }.photo(&mut photo);
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
