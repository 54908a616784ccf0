//! From what a client sends to what a message holds.

use chappe_api::{enums, types};

use super::{document, photo};
use crate::call::Call;
use crate::limits::{MAX_MEDIA_TTL, TTL_VIEW_ONCE};
use crate::methods::errors::{Answer, bad_request};
use crate::model::privacy::{self, Subject};

/// The medium that the input means, as nobody sees it.
///
/// None at all, or one that the caller cannot name, is `MEDIA_EMPTY`; what this server does not have (polls, games,
/// invoices, stories, paid media, to-do lists) `METHOD_NOT_IMPLEMENTED`; what it would have to fetch from elsewhere
/// `WEBPAGE_CURL_FAILED`.
pub(crate) async fn resolve(call: &Call, input: &enums::InputMedia) -> Answer<enums::MessageMedia> {
    use enums::InputMedia as I;
    let empty = || bad_request("MEDIA_EMPTY");
    Ok(match input {
        I::UploadedPhoto(media) => {
            let photo = photo::from_upload(call, &media.file).await?;
            of_photo(photo, media.spoiler, media.ttl_seconds)?
        }
        I::Photo(media) => {
            let photo = photo::find(call, &media.id).await?.ok_or_else(empty)?;
            of_photo(photo, media.spoiler, media.ttl_seconds)?
        }
        I::UploadedDocument(media) => {
            let document = document::from_upload(call, media).await?;
            of_document(document, media.spoiler, media.ttl_seconds)?
        }
        I::Document(media) => {
            let document = document::find(call, &media.id).await?.ok_or_else(empty)?;
            of_document(document, media.spoiler, media.ttl_seconds)?
        }
        I::GeoPoint(media) => types::MessageMediaGeo { geo: place(&media.geo_point)? }.into(),
        I::GeoLive(media) => types::MessageMediaGeoLive {
            geo: place(&media.geo_point)?,
            heading: media.heading,
            period: media.period.unwrap_or(0),
            proximity_notification_radius: media.proximity_notification_radius,
        }
        .into(),
        I::Venue(media) => types::MessageMediaVenue {
            geo: place(&media.geo_point)?,
            title: media.title.clone(),
            address: media.address.clone(),
            provider: media.provider.clone(),
            venue_id: media.venue_id.clone(),
            venue_type: media.venue_type.clone(),
        }
        .into(),
        I::Contact(media) => contact(call, media).await?,
        I::Dice(media) => dice(call, &media.emoticon)?,
        I::PhotoExternal(_) | I::DocumentExternal(_) => return Err(bad_request("WEBPAGE_CURL_FAILED")),
        I::Empty => return Err(empty()),
        _ => return Err(bad_request("METHOD_NOT_IMPLEMENTED")),
    })
}

/// Seconds that a medium may be seen once it was opened.
fn ttl(seconds: Option<i32>) -> Answer<Option<i32>> {
    match seconds {
        None | Some(0) => Ok(None),
        Some(seconds @ 1..=MAX_MEDIA_TTL | seconds @ TTL_VIEW_ONCE) => Ok(Some(seconds)),
        Some(_) => Err(bad_request("TTL_MEDIA_INVALID")),
    }
}

fn of_photo(photo: types::Photo, spoiler: bool, seconds: Option<i32>) -> Answer<enums::MessageMedia> {
    let media = types::MessageMediaPhoto {
        spoiler,
        live_photo: false,
        photo: Some(photo.into()),
        ttl_seconds: ttl(seconds)?,
        video: None,
    };
    Ok(media.into())
}

fn of_document(
    document: types::Document,
    spoiler: bool,
    seconds: Option<i32>,
) -> Answer<enums::MessageMedia> {
    use enums::DocumentAttribute as A;
    let has = |which: fn(&A) -> bool| document.attributes.iter().any(which);
    let media = types::MessageMediaDocument {
        nopremium: false,
        spoiler,
        video: has(|attribute| matches!(attribute, A::Video(_))),
        round: has(|attribute| matches!(attribute, A::Video(video) if video.round_message)),
        voice: has(|attribute| matches!(attribute, A::Audio(audio) if audio.voice)),
        document: Some(document.into()),
        alt_documents: None,
        video_cover: None,
        video_timestamp: None,
        ttl_seconds: ttl(seconds)?,
    };
    Ok(media.into())
}

fn place(point: &enums::InputGeoPoint) -> Answer<enums::GeoPoint> {
    let enums::InputGeoPoint::Point(point) = point else { return Err(bad_request("MEDIA_EMPTY")) };
    let is_place = point.lat.abs() <= 90.0 && point.long.abs() <= 180.0;
    if !is_place {
        return Err(bad_request("MEDIA_INVALID"));
    }
    let accuracy_radius = point.accuracy_radius;
    Ok(types::GeoPoint { long: point.long, lat: point.lat, access_hash: 0, accuracy_radius }.into())
}

/// A contact names the account behind the number only if the sender could find it.
async fn contact(call: &Call, media: &types::InputMediaContact) -> Answer<enums::MessageMedia> {
    let user = match crate::model::phone::normalise(&media.phone_number) {
        Some(number) => found(call, &number).await?,
        None => None,
    };
    let contact = types::MessageMediaContact {
        phone_number: media.phone_number.clone(),
        first_name: media.first_name.clone(),
        last_name: media.last_name.clone(),
        vcard: media.vcard.clone(),
        user_id: user.unwrap_or(0),
    };
    Ok(contact.into())
}

/// The account with a number, for who may find it by that or has it in the contacts.
async fn found(call: &Call, number: &str) -> Answer<Option<i64>> {
    let (store, me) = (call.store(), call.user_id()?);
    let Some(user) = store.user_by_phone(number).await?.filter(|user| !user.deleted && !user.is_support)
    else {
        return Ok(None);
    };
    let known = store.contact(me, user.id).await?.is_some_and(|contact| contact.phone == number);
    let may_find = known || privacy::is_allowed(store, user.id, Subject::AddedByPhone, me).await?;
    Ok(may_find.then_some(user.id))
}

/// How many values each die has.
const DICE: [(&str, u64); 6] = [("🎲", 6), ("🎯", 6), ("🎳", 6), ("🏀", 5), ("⚽", 5), ("🎰", 64)];

fn dice(call: &Call, emoticon: &str) -> Answer<enums::MessageMedia> {
    // Some clients write the character with a variation selector behind it.
    let plain = emoticon.trim_end_matches('\u{fe0f}');
    let die = DICE.iter().find(|(known, _)| *known == plain);
    let (known, sides) = die.ok_or_else(|| bad_request("EMOTICON_INVALID"))?;
    let drawn = u64::from_le_bytes(call.world.rng.bytes()) % sides;
    let value = i32::try_from(drawn).unwrap_or(0) + 1;
    Ok(types::MessageMediaDice { value, emoticon: (*known).to_owned(), game_outcome: None }.into())
}
