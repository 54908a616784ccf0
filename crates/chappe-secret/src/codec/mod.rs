//! Between the engine's own types and the layers of the secret-chat schema. Nothing else touches the schema.
//!
//! Writing uses the newest constructors that the peer's layer has; reading takes every constructor of every layer,
//! whatever layer the wrapper names, and some that clients copy from the cloud.

mod action;
mod attribute;
mod entity;
mod media;
mod media_out;

use chappe_api::secret::{enums, types};
use chappe_tl::{Constructor, Decode, Encode, Reader};
pub(crate) use entity::{clamp as clamp_entities, fit as fit_entities};

use crate::{
    Action, Content, EncryptedFile, Entity, Error, FormattedText, OutgoingMedia, OutgoingText, RandomId,
    SecretLayer, UploadedFile,
};

/// Authentic, but not of any layer known here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// The inside of a wrapper.
#[derive(Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "moved once")]
pub(crate) enum Decoded {
    Content(Message),
    Service { random_id: RandomId, action: Action },
}

/// A content message.
#[derive(Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) random_id: RandomId,
    pub(crate) ttl: i32,
    pub(crate) silent: bool,
    pub(crate) reply_to: Option<RandomId>,
    pub(crate) grouped_id: Option<i64>,
    pub(crate) via_bot_name: Option<String>,
    pub(crate) content: Content,
}

/// Reads a message of any layer that came with this file. Anything unknown in it, or left over after it, makes it
/// unreadable.
pub(crate) fn decode(body: &[u8], file: Option<EncryptedFile>) -> Result<Decoded, Unreadable> {
    use enums::DecryptedMessage as M;
    let simple = |random_id, ttl, message, media| {
        Ok(Decoded::Content(Message {
            random_id: RandomId(random_id),
            ttl,
            silent: false,
            reply_to: None,
            grouped_id: None,
            via_bot_name: None,
            content: content(message, Some(media), Vec::new(), file)?,
        }))
    };
    let service = |random_id, action| {
        Ok(Decoded::Service { random_id: RandomId(random_id), action: action::from_tl(action) })
    };
    match M::from_bytes(body).map_err(|_| Unreadable)? {
        M::Message8(m) => simple(m.random_id, 0, m.message, m.media),
        M::Message17(m) => simple(m.random_id, m.ttl, m.message, m.media),
        M::Message45(m) => Ok(Decoded::Content(Message {
            random_id: RandomId(m.random_id),
            ttl: m.ttl,
            silent: false,
            reply_to: m.reply_to_random_id.map(RandomId),
            grouped_id: None,
            via_bot_name: m.via_bot_name,
            content: content(m.message, m.media, m.entities.unwrap_or_default(), file)?,
        })),
        M::Message(m) => Ok(Decoded::Content(Message {
            random_id: RandomId(m.random_id),
            ttl: m.ttl,
            silent: m.silent,
            reply_to: m.reply_to_random_id.map(RandomId),
            grouped_id: m.grouped_id,
            via_bot_name: m.via_bot_name,
            content: content(m.message, m.media, m.entities.unwrap_or_default(), file)?,
        })),
        M::Service8(m) => service(m.random_id, m.action),
        M::Service(m) => service(m.random_id, m.action),
    }
}

/// The id of a message that is otherwise unreadable; `None` if not even its kind is known.
pub(crate) fn random_id(body: &[u8]) -> Option<RandomId> {
    let mut reader = Reader::new(body);
    match reader.u32().ok()? {
        // Flags stand before the id.
        types::DecryptedMessage::CONSTRUCTOR_ID | types::DecryptedMessage45::CONSTRUCTOR_ID => {
            reader.u32().ok()?;
        }
        types::DecryptedMessage8::CONSTRUCTOR_ID
        | types::DecryptedMessage17::CONSTRUCTOR_ID
        | types::DecryptedMessageService::CONSTRUCTOR_ID
        | types::DecryptedMessageService8::CONSTRUCTOR_ID => {}
        _ => return None,
    }
    reader.i64().ok().map(RandomId)
}

fn content(
    message: String,
    media: Option<enums::DecryptedMessageMedia>,
    entities: Vec<enums::MessageEntity>,
    file: Option<EncryptedFile>,
) -> Result<Content, Unreadable> {
    let formatted = |text: String| {
        let entities = entity::clamp(&text, entities.into_iter().map(entity::from_tl).collect());
        FormattedText { text, entities }
    };
    match media {
        None | Some(enums::DecryptedMessageMedia::Empty) => Ok(Content::Text(formatted(message))),
        Some(media) => {
            let media::Read { caption, media, file } = media::from_tl(media, file)?;
            // Clients put the caption into the media and leave the message empty; the entities are about what is there.
            let text = match (message.is_empty(), caption.is_empty()) {
                (true, _) => caption,
                (false, true) => message,
                (false, false) => format!("{message}\n\n{caption}"),
            };
            Ok(Content::Media { text: formatted(text), media, file: file.map(Box::new) })
        }
    }
}

/// Writes a service message.
pub(crate) fn encode_service(random_id: RandomId, action: &Action) -> Result<Vec<u8>, Error> {
    let message = types::DecryptedMessageService { random_id: random_id.0, action: action::to_tl(action) };
    enums::DecryptedMessage::Service(Box::new(message)).to_bytes().map_err(|_| Error::TooLong)
}

fn entities(entities: &[Entity]) -> Option<Vec<enums::MessageEntity>> {
    (!entities.is_empty()).then(|| entities.iter().map(entity::to_tl).collect())
}

/// Writes a text whose formatting was [fitted](fit_entities) to its reader.
pub(crate) fn encode_text(random_id: RandomId, text: &OutgoingText, ttl: i32) -> Result<Vec<u8>, Error> {
    let message = types::DecryptedMessage {
        no_webpage: text.no_webpage,
        silent: text.silent,
        random_id: random_id.0,
        ttl,
        message: text.text.clone(),
        media: None,
        entities: entities(&text.entities),
        via_bot_name: text.via_bot_name.clone(),
        reply_to_random_id: text.reply_to.map(|id| id.0),
        grouped_id: None,
    };
    enums::DecryptedMessage::Message(Box::new(message)).to_bytes().map_err(|_| Error::TooLong)
}

/// Writes media for a peer of the given layer, to which the formatting was [fitted](fit_entities).
pub(crate) fn encode_media(
    random_id: RandomId,
    outgoing: &OutgoingMedia,
    file: Option<&UploadedFile>,
    ttl: i32,
    layer: SecretLayer,
) -> Result<Vec<u8>, Error> {
    let (media, has_caption) = media_out::to_tl(outgoing, file, layer)?;
    let message = types::DecryptedMessage {
        no_webpage: false,
        silent: outgoing.silent,
        random_id: random_id.0,
        ttl,
        message: if has_caption { String::new() } else { outgoing.text.clone() },
        media: Some(media),
        entities: entities(&outgoing.entities),
        via_bot_name: outgoing.via_bot_name.clone(),
        reply_to_random_id: outgoing.reply_to.map(|id| id.0),
        grouped_id: outgoing.grouped_id,
    };
    enums::DecryptedMessage::Message(Box::new(message)).to_bytes().map_err(|_| Error::TooLong)
}

#[cfg(test)]
mod media_tests;
#[cfg(test)]
mod tests;
