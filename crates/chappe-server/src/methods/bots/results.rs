//! Results of inline questions: checked, stored as nobody sees them, and shown to somebody.

use chappe_api::{enums, types};
use enums::{BotInlineMessage as Message, BotInlineResult as Result, InputBotInlineMessage as In};

use crate::call::Call;
use crate::limits::RESULT_ID_LEN;
use crate::methods::errors::{Answer, bad_request};
use crate::methods::messages::{outgoing, reply_markup};
use crate::model::eyes::Eyes;
use crate::model::media;

/// Whether clients can open it.
pub(super) fn is_url(url: &str) -> bool {
    ["http://", "https://", "tg://", "ton://"]
        .iter()
        .any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

pub(super) fn id(result: &Result) -> &str {
    match result {
        Result::Result(result) => &result.id,
        Result::MediaResult(result) => &result.id,
    }
}

pub(super) fn message(result: &Result) -> &Message {
    match result {
        Result::Result(result) => &result.send_message,
        Result::MediaResult(result) => &result.send_message,
    }
}

fn web(document: Option<Box<types::InputWebDocument>>) -> Answer<Option<enums::WebDocument>> {
    let Some(document) = document else { return Ok(None) };
    let types::InputWebDocument { url, size, mime_type, attributes } = *document;
    if !is_url(&url) {
        return Err(bad_request("WEBDOCUMENT_URL_INVALID"));
    }
    Ok(Some(types::WebDocumentNoProxy { url, size, mime_type, attributes }.into()))
}

/// A result as it is kept.
pub(super) async fn make(call: &Call, input: &enums::InputBotInlineResult) -> Answer<Result> {
    use enums::InputBotInlineResult as I;
    let made: Result = match input.clone() {
        I::Result(input) => {
            let send_message = message_of(call, &input.send_message, false).await?;
            if input.r#type == "article" && input.title.as_deref().is_none_or(|title| title.trim().is_empty())
            {
                return Err(bad_request("ARTICLE_TITLE_EMPTY"));
            }
            if input.url.as_ref().is_some_and(|url| url.is_empty()) {
                return Err(bad_request("URL_INVALID"));
            }
            types::BotInlineResult {
                id: input.id,
                r#type: input.r#type,
                title: input.title,
                description: input.description,
                url: input.url,
                thumb: web(input.thumb)?,
                content: web(input.content)?,
                send_message,
            }
            .into()
        }
        I::Photo(input) => {
            let found =
                media::find_photo(call, &input.photo).await.map_err(|_| bad_request("PHOTO_INVALID"))?;
            types::BotInlineMediaResult {
                id: input.id,
                r#type: input.r#type,
                photo: Some(found.ok_or_else(|| bad_request("PHOTO_INVALID"))?.into()),
                document: None,
                title: None,
                description: None,
                send_message: message_of(call, &input.send_message, true).await?,
            }
            .into()
        }
        I::Document(input) => {
            let named = types::InputMediaDocument {
                spoiler: false,
                id: input.document,
                video_cover: None,
                video_timestamp: None,
                ttl_seconds: None,
                query: None,
            };
            let found = media::resolve(call, &named.into()).await;
            let document = match found.map_err(|_| bad_request("DOCUMENT_INVALID"))? {
                enums::MessageMedia::Document(media) => media.document,
                _ => None,
            };
            types::BotInlineMediaResult {
                id: input.id,
                r#type: input.r#type,
                photo: None,
                document: Some(document.ok_or_else(|| bad_request("DOCUMENT_INVALID"))?),
                title: input.title,
                description: input.description,
                send_message: message_of(call, &input.send_message, true).await?,
            }
            .into()
        }
        I::Game(_) => return Err(bad_request("RESULT_TYPE_INVALID")),
    };
    if !(1..=RESULT_ID_LEN).contains(&id(&made).len()) {
        return Err(bad_request("RESULT_ID_INVALID"));
    }
    Ok(made)
}

async fn markup(call: &Call, markup: Option<enums::ReplyMarkup>) -> Answer<Option<enums::ReplyMarkup>> {
    match reply_markup::check(call, markup).await? {
        Some(markup @ enums::ReplyMarkup::InlineMarkup(_)) => Ok(Some(markup)),
        None => Ok(None),
        // Only buttons under the message go with it wherever it is sent.
        Some(_) => Err(bad_request("REPLY_MARKUP_INVALID")),
    }
}

async fn message_of(call: &Call, input: &In, has_media: bool) -> Answer<Message> {
    Ok(match input.clone() {
        In::MediaAuto(input) => {
            if !has_media {
                return Err(bad_request("SEND_MESSAGE_MEDIA_INVALID"));
            }
            let (message, entities) =
                outgoing::check_text(call, &input.message, input.entities, true).await?;
            types::BotInlineMessageMediaAuto {
                invert_media: input.invert_media,
                message,
                entities,
                reply_markup: markup(call, input.reply_markup).await?,
            }
            .into()
        }
        In::Text(input) => {
            let (message, entities) =
                outgoing::check_text(call, &input.message, input.entities, false).await?;
            types::BotInlineMessageText {
                no_webpage: input.no_webpage,
                invert_media: input.invert_media,
                message,
                entities,
                reply_markup: markup(call, input.reply_markup).await?,
            }
            .into()
        }
        In::MediaContact(input) => types::BotInlineMessageMediaContact {
            phone_number: input.phone_number,
            first_name: input.first_name,
            last_name: input.last_name,
            vcard: input.vcard,
            reply_markup: markup(call, input.reply_markup).await?,
        }
        .into(),
        In::MediaGeo(input) => {
            let place = types::InputMediaGeoPoint { geo_point: input.geo_point };
            let enums::MessageMedia::Geo(media) =
                media::resolve(call, &place.into()).await.map_err(|_| invalid())?
            else {
                return Err(invalid());
            };
            types::BotInlineMessageMediaGeo {
                geo: media.geo,
                heading: None,
                period: None,
                proximity_notification_radius: None,
                reply_markup: markup(call, input.reply_markup).await?,
            }
            .into()
        }
        _ => return Err(bad_request("SEND_MESSAGE_TYPE_INVALID")),
    })
}

fn invalid() -> chappe_mtproto::rpc::RpcError {
    bad_request("SEND_MESSAGE_MEDIA_INVALID")
}

/// Results as somebody may fetch what they show.
pub(super) fn see(results: &mut [Result], eyes: &Eyes<'_>) {
    let viewer = eyes.of_media();
    for result in results {
        let Result::MediaResult(result) = result else { continue };
        if let Some(enums::Photo::Photo(photo)) = &mut result.photo {
            viewer.photo(photo);
        }
        if let Some(enums::Document::Document(document)) = &mut result.document {
            viewer.document(document);
        }
    }
}
