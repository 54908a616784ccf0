//! Profile photos: `photos.uploadProfilePhoto`, `updateProfilePhoto`, `deletePhotos` and `getUserPhotos`.

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::PHOTOS_PER_CALL;
use crate::methods::errors::{Answer, bad_request};
use crate::model::eyes::Eyes;
use crate::model::note::Note;
use crate::model::{media, peer, profile_photo, user};

/// Everybody who knows the account hears of it; the answer to whoever did it.
async fn changed(call: &Call, photo: Option<i64>) -> Answer<types::photos::Photo> {
    let row = call.user().await?;
    let eyes = Eyes::of(call)?;
    call.tell_watchers(row.id, Note::User { user_id: row.id }).await?;
    let photo = profile_photo::load(&eyes, photo.unwrap_or(0)).await?;
    Ok(types::photos::Photo {
        photo: photo.unwrap_or_else(|| types::PhotoEmpty { id: 0 }.into()),
        users: vec![user::see(call.store(), &call.world.access, &row, eyes.viewer, call.unix()).await?],
    })
}

async fn show(call: &Call, photo_id: i64, fallback: bool) -> Answer<types::photos::Photo> {
    let me = call.user_id()?;
    if fallback {
        call.store().set_fallback_photo(me, photo_id).await?;
    } else {
        call.store().set_profile_photo(me, photo_id).await?;
    }
    changed(call, Some(photo_id)).await
}

pub(crate) async fn upload(
    call: &Call,
    query: functions::photos::UploadProfilePhoto,
) -> Answer<types::photos::Photo> {
    // Nobody owns a bot here but the bot itself.
    if query.bot.is_some() {
        return Err(bad_request("BOT_INVALID"));
    }
    // A moving photo is a still one here: the file without the video.
    let file = query.file.ok_or_else(|| bad_request("PHOTO_FILE_MISSING"))?;
    let photo = media::profile_from_upload(call, &file).await.map_err(refused)?;
    show(call, photo.id, query.fallback).await
}

/// What is wrong with a file, in the words of this method.
fn refused(error: chappe_mtproto::rpc::RpcError) -> chappe_mtproto::rpc::RpcError {
    match error.name.as_str() {
        "PHOTO_INVALID_DIMENSIONS" => bad_request("PHOTO_CROP_SIZE_SMALL"),
        "PHOTO_SAVE_FILE_INVALID" => bad_request("PHOTO_INVALID"),
        _ => error,
    }
}

pub(crate) async fn update(
    call: &Call,
    query: functions::photos::UpdateProfilePhoto,
) -> Answer<types::photos::Photo> {
    if query.bot.is_some() {
        return Err(bad_request("PHOTO_ID_INVALID"));
    }
    let row = call.user().await?;
    if matches!(query.id, enums::InputPhoto::Empty) {
        if query.fallback {
            call.store().set_fallback_photo(row.id, 0).await?;
        } else if row.photo_id != 0 {
            call.store().delete_profile_photo(row.id, row.photo_id).await?;
        }
        return changed(call, None).await;
    }
    let photo = media::find_photo(call, &query.id).await.map_err(|_| bad_request("PHOTO_ID_INVALID"))?;
    let photo = photo.ok_or_else(|| bad_request("PHOTO_ID_INVALID"))?;
    // Other photos are in other sizes.
    let known = photo.id == row.fallback_id || call.store().profile_photos(row.id).await?.contains(&photo.id);
    if !known {
        return Err(bad_request("PHOTO_ID_INVALID"));
    }
    show(call, photo.id, query.fallback).await
}

pub(crate) async fn delete(call: &Call, query: functions::photos::DeletePhotos) -> Answer<Vec<i64>> {
    let me = call.user_id()?;
    let mut gone = Vec::new();
    for named in query.id.iter().take(PHOTOS_PER_CALL) {
        let enums::InputPhoto::Photo(named) = named else { continue };
        if call.world.access.is_media(me, named.id, named.access_hash)
            && call.store().delete_profile_photo(me, named.id).await?
        {
            gone.push(named.id);
        }
    }
    if !gone.is_empty() {
        call.tell_watchers(me, Note::User { user_id: me }).await?;
    }
    Ok(gone)
}

pub(crate) async fn of_user(
    call: &Call,
    query: functions::photos::GetUserPhotos,
) -> Answer<enums::photos::Photos> {
    let row = peer::find(call, &query.user_id).await?.ok_or_else(|| bad_request("USER_ID_INVALID"))?;
    let eyes = Eyes::of(call)?;
    let ids = if profile_photo::may_see(&eyes, &row).await? {
        call.store().profile_photos(row.id).await?
    } else {
        Vec::from_iter(Some(row.fallback_id).filter(|id| *id != 0))
    };
    let older = |id: i64| ids.iter().position(|known| *known == id).map(|at| at + 1);
    let first = match query.max_id {
        0 => 0,
        id => older(id).ok_or_else(|| bad_request("MAX_ID_INVALID"))?,
    };
    let offset = usize::try_from(query.offset).unwrap_or(0);
    let limit = usize::try_from(query.limit).unwrap_or(0).min(PHOTOS_PER_CALL);
    let mut photos = Vec::new();
    for id in ids.iter().skip(first.saturating_add(offset)).take(limit) {
        photos.extend(profile_photo::load(&eyes, *id).await?);
    }
    let users = vec![user::see(call.store(), &call.world.access, &row, eyes.viewer, call.unix()).await?];
    Ok(if photos.len() == ids.len() {
        types::photos::Photos { photos, users }.into()
    } else {
        let count = i32::try_from(ids.len()).unwrap_or(i32::MAX);
        types::photos::PhotosSlice { count, photos, users }.into()
    })
}
