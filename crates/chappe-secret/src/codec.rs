//! Between the engine's own types and the layers of the secret-chat schema. Nothing else touches the schema.

use chappe_api::secret::{enums, types};
use chappe_tl::{Decode, Encode};

use crate::{
    Action, Activity, Content, Entity, EntityKind, Error, FormattedText, OutgoingText, RandomId, SecretLayer,
};

/// Authentic, but not of any layer known here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// The inside of a wrapper.
#[derive(Debug, PartialEq)]
pub(crate) enum Decoded {
    Content {
        random_id: RandomId,
        ttl: i32,
        silent: bool,
        reply_to: Option<RandomId>,
        grouped_id: Option<i64>,
        via_bot_name: Option<String>,
        content: Content,
    },
    Service {
        random_id: RandomId,
        action: Action,
    },
}

/// Reads a message of any layer. Anything unknown in it, or left over after it, makes it unreadable.
pub(crate) fn decode(body: &[u8]) -> Result<Decoded, Unreadable> {
    use enums::DecryptedMessage as M;
    let simple = |random_id, ttl, message, media| Decoded::Content {
        random_id: RandomId(random_id),
        ttl,
        silent: false,
        reply_to: None,
        grouped_id: None,
        via_bot_name: None,
        content: content(message, Some(media), Vec::new()),
    };
    let service =
        |random_id, action| Decoded::Service { random_id: RandomId(random_id), action: from_tl(action) };
    Ok(match M::from_bytes(body).map_err(|_| Unreadable)? {
        M::Message8(m) => simple(m.random_id, 0, m.message, m.media),
        M::Message17(m) => simple(m.random_id, m.ttl, m.message, m.media),
        M::Message45(m) => Decoded::Content {
            random_id: RandomId(m.random_id),
            ttl: m.ttl,
            silent: false,
            reply_to: m.reply_to_random_id.map(RandomId),
            grouped_id: None,
            via_bot_name: m.via_bot_name,
            content: content(m.message, m.media, m.entities.unwrap_or_default()),
        },
        M::Message(m) => Decoded::Content {
            random_id: RandomId(m.random_id),
            ttl: m.ttl,
            silent: m.silent,
            reply_to: m.reply_to_random_id.map(RandomId),
            grouped_id: m.grouped_id,
            via_bot_name: m.via_bot_name,
            content: content(m.message, m.media, m.entities.unwrap_or_default()),
        },
        M::Service8(m) => service(m.random_id, m.action),
        M::Service(m) => service(m.random_id, m.action),
    })
}

/// Writes a service message.
pub(crate) fn encode_service(random_id: RandomId, action: &Action) -> Result<Vec<u8>, Error> {
    let message = types::DecryptedMessageService { random_id: random_id.0, action: to_tl(action) };
    enums::DecryptedMessage::Service(Box::new(message)).to_bytes().map_err(|_| Error::TooLong)
}

/// Writes a text for a peer of the given layer.
pub(crate) fn encode_text(
    random_id: RandomId,
    text: &OutgoingText,
    ttl: i32,
    layer: SecretLayer,
) -> Result<Vec<u8>, Error> {
    let known = |entity: &&Entity| entity.kind.layer().is_some_and(|least| least <= layer);
    let entities: Vec<_> = text.entities.iter().filter(known).map(entity_to_tl).collect();
    let message = types::DecryptedMessage {
        no_webpage: text.no_webpage,
        silent: text.silent,
        random_id: random_id.0,
        ttl,
        message: text.text.clone(),
        media: None,
        entities: (!entities.is_empty()).then_some(entities),
        via_bot_name: text.via_bot_name.clone(),
        reply_to_random_id: text.reply_to.map(|id| id.0),
        grouped_id: None,
    };
    enums::DecryptedMessage::Message(Box::new(message)).to_bytes().map_err(|_| Error::TooLong)
}

fn content(
    text: String,
    media: Option<enums::DecryptedMessageMedia>,
    entities: Vec<enums::MessageEntity>,
) -> Content {
    let entities = || clamp(&text, entities.into_iter().map(entity_from_tl).collect());
    match media {
        None | Some(enums::DecryptedMessageMedia::Empty) => {
            let entities = entities();
            Content::Text(FormattedText { text, entities })
        }
        // The entities of a message with a caption in its media refer to the caption: leave them as they are.
        Some(media) if text.is_empty() => {
            Content::Media { text: FormattedText::default(), media: Box::new(media) }
        }
        Some(media) => {
            let entities = entities();
            Content::Media { text: FormattedText { text, entities }, media: Box::new(media) }
        }
    }
}

/// Cuts entities to the text and sorts them; what is empty or outside goes.
fn clamp(text: &str, mut entities: Vec<Entity>) -> Vec<Entity> {
    let len = i32::try_from(text.encode_utf16().count()).unwrap_or(i32::MAX);
    entities.retain_mut(|entity| {
        let end = entity.offset.saturating_add(entity.length).min(len);
        entity.offset = entity.offset.max(0);
        entity.length = end.saturating_sub(entity.offset);
        entity.length > 0
    });
    entities.sort_by_key(|entity| (entity.offset, std::cmp::Reverse(entity.length)));
    entities
}

fn entity_from_tl(entity: enums::MessageEntity) -> Entity {
    use EntityKind as K;
    use enums::MessageEntity as E;
    let (offset, length, kind) = match entity {
        E::BankCard(e) => (e.offset, e.length, K::BankCard),
        E::Blockquote(e) => (e.offset, e.length, K::Blockquote),
        E::Blockquote144(e) => (e.offset, e.length, K::Blockquote),
        E::Bold(e) => (e.offset, e.length, K::Bold),
        E::BotCommand(e) => (e.offset, e.length, K::BotCommand),
        E::Cashtag(e) => (e.offset, e.length, K::Cashtag),
        E::Code(e) => (e.offset, e.length, K::Code),
        E::CustomEmoji(e) => (e.offset, e.length, K::CustomEmoji { document_id: e.document_id }),
        E::Email(e) => (e.offset, e.length, K::Email),
        E::Hashtag(e) => (e.offset, e.length, K::Hashtag),
        E::Italic(e) => (e.offset, e.length, K::Italic),
        E::Mention(e) => (e.offset, e.length, K::Mention),
        E::MentionName(e) => (e.offset, e.length, K::MentionName { user_id: e.user_id }),
        E::MentionName45(e) => (e.offset, e.length, K::MentionName { user_id: e.user_id.into() }),
        E::Phone(e) => (e.offset, e.length, K::Phone),
        E::Pre(e) => (e.offset, e.length, K::Pre { language: e.language }),
        E::Spoiler(e) => (e.offset, e.length, K::Spoiler),
        E::Strike(e) => (e.offset, e.length, K::Strike),
        E::TextUrl(e) => (e.offset, e.length, K::TextUrl { url: e.url }),
        E::Underline(e) => (e.offset, e.length, K::Underline),
        E::Unknown(e) => (e.offset, e.length, K::Unknown),
        E::Url(e) => (e.offset, e.length, K::Url),
    };
    Entity { offset, length, kind }
}

fn entity_to_tl(entity: &Entity) -> enums::MessageEntity {
    use EntityKind as K;
    use enums::MessageEntity as E;
    let (offset, length) = (entity.offset, entity.length);
    match &entity.kind {
        K::BankCard => E::BankCard(types::MessageEntityBankCard { offset, length }),
        K::Blockquote => E::Blockquote(types::MessageEntityBlockquote { offset, length }),
        K::Bold => E::Bold(types::MessageEntityBold { offset, length }),
        K::BotCommand => E::BotCommand(types::MessageEntityBotCommand { offset, length }),
        K::Cashtag => E::Cashtag(types::MessageEntityCashtag { offset, length }),
        K::Code => E::Code(types::MessageEntityCode { offset, length }),
        K::CustomEmoji { document_id } => {
            E::CustomEmoji(types::MessageEntityCustomEmoji { offset, length, document_id: *document_id })
        }
        K::Email => E::Email(types::MessageEntityEmail { offset, length }),
        K::Hashtag => E::Hashtag(types::MessageEntityHashtag { offset, length }),
        K::Italic => E::Italic(types::MessageEntityItalic { offset, length }),
        K::Mention => E::Mention(types::MessageEntityMention { offset, length }),
        K::MentionName { user_id } => {
            E::MentionName(types::MessageEntityMentionName { offset, length, user_id: *user_id })
        }
        K::Phone => E::Phone(types::MessageEntityPhone { offset, length }),
        K::Pre { language } => E::Pre(types::MessageEntityPre { offset, length, language: language.clone() }),
        K::Spoiler => E::Spoiler(types::MessageEntitySpoiler { offset, length }),
        K::Strike => E::Strike(types::MessageEntityStrike { offset, length }),
        K::TextUrl { url } => E::TextUrl(types::MessageEntityTextUrl { offset, length, url: url.clone() }),
        K::Underline => E::Underline(types::MessageEntityUnderline { offset, length }),
        K::Unknown => E::Unknown(types::MessageEntityUnknown { offset, length }),
        K::Url => E::Url(types::MessageEntityUrl { offset, length }),
    }
}

fn to_tl(action: &Action) -> enums::DecryptedMessageAction {
    use enums::DecryptedMessageAction as A;
    match action.clone() {
        Action::AbortKey { exchange_id } => {
            A::AbortKey(types::DecryptedMessageActionAbortKey { exchange_id })
        }
        Action::AcceptKey { exchange_id, g_b, key_fingerprint } => {
            A::AcceptKey(Box::new(types::DecryptedMessageActionAcceptKey {
                exchange_id,
                g_b,
                key_fingerprint,
            }))
        }
        Action::CommitKey { exchange_id, key_fingerprint } => {
            A::CommitKey(types::DecryptedMessageActionCommitKey { exchange_id, key_fingerprint })
        }
        Action::DeleteMessages { random_ids } => {
            A::DeleteMessages(types::DecryptedMessageActionDeleteMessages { random_ids })
        }
        Action::FlushHistory => A::FlushHistory,
        Action::Noop => A::Noop,
        Action::NotifyLayer { layer } => A::NotifyLayer(types::DecryptedMessageActionNotifyLayer { layer }),
        Action::ReadMessages { random_ids } => {
            A::ReadMessages(types::DecryptedMessageActionReadMessages { random_ids })
        }
        Action::RequestKey { exchange_id, g_a } => {
            A::RequestKey(Box::new(types::DecryptedMessageActionRequestKey { exchange_id, g_a }))
        }
        Action::Resend { start_seq_no, end_seq_no } => {
            A::Resend(types::DecryptedMessageActionResend { start_seq_no, end_seq_no })
        }
        Action::ScreenshotMessages { random_ids } => {
            A::ScreenshotMessages(types::DecryptedMessageActionScreenshotMessages { random_ids })
        }
        Action::SetMessageTtl { seconds } => {
            A::SetMessageTtl(types::DecryptedMessageActionSetMessageTtl { ttl_seconds: seconds })
        }
        Action::Typing { activity } => {
            A::Typing(types::DecryptedMessageActionTyping { action: activity_to_tl(activity) })
        }
    }
}

fn from_tl(action: enums::DecryptedMessageAction) -> Action {
    use enums::DecryptedMessageAction as A;
    match action {
        A::AbortKey(a) => Action::AbortKey { exchange_id: a.exchange_id },
        A::AcceptKey(a) => {
            Action::AcceptKey { exchange_id: a.exchange_id, g_b: a.g_b, key_fingerprint: a.key_fingerprint }
        }
        A::CommitKey(a) => {
            Action::CommitKey { exchange_id: a.exchange_id, key_fingerprint: a.key_fingerprint }
        }
        A::DeleteMessages(a) => Action::DeleteMessages { random_ids: a.random_ids },
        A::FlushHistory => Action::FlushHistory,
        A::Noop => Action::Noop,
        A::NotifyLayer(a) => Action::NotifyLayer { layer: a.layer },
        A::ReadMessages(a) => Action::ReadMessages { random_ids: a.random_ids },
        A::RequestKey(a) => Action::RequestKey { exchange_id: a.exchange_id, g_a: a.g_a },
        A::Resend(a) => Action::Resend { start_seq_no: a.start_seq_no, end_seq_no: a.end_seq_no },
        A::ScreenshotMessages(a) => Action::ScreenshotMessages { random_ids: a.random_ids },
        A::SetMessageTtl(a) => Action::SetMessageTtl { seconds: a.ttl_seconds },
        A::Typing(a) => Action::Typing { activity: activity_from_tl(&a.action) },
    }
}

fn activity_to_tl(activity: Activity) -> enums::SendMessageAction {
    use enums::SendMessageAction as S;
    match activity {
        Activity::Cancel => S::CancelAction,
        Activity::ChooseContact => S::ChooseContactAction,
        Activity::GeoLocation => S::GeoLocationAction,
        Activity::RecordAudio => S::RecordAudioAction,
        Activity::RecordRound => S::RecordRoundAction,
        Activity::RecordVideo => S::RecordVideoAction,
        Activity::Typing => S::TypingAction,
        Activity::UploadAudio => S::UploadAudioAction,
        Activity::UploadDocument => S::UploadDocumentAction,
        Activity::UploadPhoto => S::UploadPhotoAction,
        Activity::UploadRound => S::UploadRoundAction,
        Activity::UploadVideo => S::UploadVideoAction,
    }
}

fn activity_from_tl(action: &enums::SendMessageAction) -> Activity {
    use enums::SendMessageAction as S;
    match action {
        S::CancelAction => Activity::Cancel,
        S::ChooseContactAction => Activity::ChooseContact,
        S::GeoLocationAction => Activity::GeoLocation,
        S::RecordAudioAction => Activity::RecordAudio,
        S::RecordRoundAction => Activity::RecordRound,
        S::RecordVideoAction => Activity::RecordVideo,
        S::TypingAction => Activity::Typing,
        S::UploadAudioAction => Activity::UploadAudio,
        S::UploadDocumentAction => Activity::UploadDocument,
        S::UploadPhotoAction => Activity::UploadPhoto,
        S::UploadRoundAction => Activity::UploadRound,
        S::UploadVideoAction => Activity::UploadVideo,
    }
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
