//! The photos of people and bots, and who may see them.
//!
//! Whoever may not see the photo of an account sees the other one that it has for them, if it has one.

use chappe_api::{enums, types};
use chappe_tl::Decode;

use super::eyes::Eyes;
use super::privacy::{self, Subject};
use crate::store::{MediaKind, Result, UserRow};

/// The number of the photo that somebody sees who may see the real one, or may not; 0: none.
fn shown(row: &UserRow, may_see: bool) -> i64 {
    if may_see { row.photo_id } else { row.fallback_id }
}

/// What lists show; `dc_id` is the data centre that the viewer takes us for.
pub(crate) fn small(row: &UserRow, may_see: bool, dc_id: i32) -> Option<enums::UserProfilePhoto> {
    let photo_id = Some(shown(row, may_see)).filter(|id| *id != 0)?;
    // Photos are uploaded at home.
    let dc_id = i32::try_from(row.home).ok().filter(|home| *home != 0).unwrap_or(dc_id);
    Some(
        types::UserProfilePhoto { has_video: false, personal: false, photo_id, stripped_thumb: None, dc_id }
            .into(),
    )
}

/// Whether the viewer may see the real photo.
pub(crate) async fn may_see(eyes: &Eyes<'_>, row: &UserRow) -> Result<bool> {
    let viewer = eyes.user_id();
    if viewer == row.id {
        return Ok(true);
    }
    let blocked = eyes.store().has_blocked(row.id, viewer).await?;
    Ok(!blocked && privacy::is_allowed(eyes.store(), row.id, Subject::ProfilePhoto, viewer).await?)
}

/// A photo as the viewer may fetch it.
pub(crate) async fn load(eyes: &Eyes<'_>, id: i64) -> Result<Option<enums::Photo>> {
    if id == 0 {
        return Ok(None);
    }
    let object = eyes.store().media(id, MediaKind::Photo).await?;
    Ok(object.and_then(|object| types::Photo::from_bytes(&object).ok()).map(|mut photo| {
        eyes.of_media().photo(&mut photo);
        photo.into()
    }))
}

/// What a profile shows: the photo, and the one for those who may not see it.
pub(crate) async fn full(
    eyes: &Eyes<'_>,
    row: &UserRow,
) -> Result<(Option<enums::Photo>, Option<enums::Photo>)> {
    let may_see = may_see(eyes, row).await?;
    let photo = if may_see { load(eyes, row.photo_id).await? } else { None };
    let other = if !may_see || eyes.user_id() == row.id { load(eyes, row.fallback_id).await? } else { None };
    Ok((photo, other))
}

/// Whether this is a photo of the account that the viewer may see.
pub(crate) async fn shows(eyes: &Eyes<'_>, row: &UserRow, photo_id: i64) -> Result<bool> {
    if photo_id == 0 || photo_id == row.fallback_id {
        return Ok(photo_id != 0);
    }
    Ok(may_see(eyes, row).await?
        && (photo_id == row.photo_id || eyes.store().profile_photos(row.id).await?.contains(&photo_id)))
}
