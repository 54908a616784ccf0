//! Entities of cloud messages.

use chappe_api::{enums, types};

use super::{Entity, EntityKind};

/// The entities as methods of the API want them. A person is named without an access hash, which is enough for those
/// that the server knows you to know.
///
/// ```
/// use chappe::{enums::MessageEntity, markup};
///
/// let text = markup::markdown("**Now** or never");
/// assert!(matches!(markup::to_api(&text.entities)[..], [MessageEntity::Bold(_)]));
/// ```
pub fn to_api(entities: &[Entity]) -> Vec<enums::MessageEntity> {
    entities.iter().map(one_to_api).collect()
}

fn one_to_api(entity: &Entity) -> enums::MessageEntity {
    use EntityKind as K;
    use enums::MessageEntity as E;
    let (offset, length) = (entity.offset, entity.length);
    match &entity.kind {
        K::BankCard => E::BankCard(types::MessageEntityBankCard { offset, length }),
        K::Blockquote { collapsed } => {
            E::Blockquote(types::MessageEntityBlockquote { collapsed: *collapsed, offset, length })
        }
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
            let user_id = types::InputUser { user_id: *user_id, access_hash: 0 }.into();
            types::InputMessageEntityMentionName { offset, length, user_id }.into()
        }
        K::Phone => E::Phone(types::MessageEntityPhone { offset, length }),
        K::Pre { language } => types::MessageEntityPre { offset, length, language: language.clone() }.into(),
        K::Spoiler => E::Spoiler(types::MessageEntitySpoiler { offset, length }),
        K::Strike => E::Strike(types::MessageEntityStrike { offset, length }),
        K::TextUrl { url } => types::MessageEntityTextUrl { offset, length, url: url.clone() }.into(),
        K::Underline => E::Underline(types::MessageEntityUnderline { offset, length }),
        K::Url => E::Url(types::MessageEntityUrl { offset, length }),
        _ => E::Unknown(types::MessageEntityUnknown { offset, length }),
    }
}

/// The entities of a message of the API. Kinds that there is no word for here are left out.
///
/// ```
/// use chappe::{enums::MessageEntity, markup, types::MessageEntityBold};
///
/// let entities = [MessageEntity::Bold(MessageEntityBold { offset: 0, length: 3 })];
/// let text = markup::FormattedText { text: "Now or never".to_owned(), entities: markup::from_api(&entities) };
/// assert_eq!(markup::to_markdown(&text), "**Now** or never");
/// ```
pub fn from_api(entities: &[enums::MessageEntity]) -> Vec<Entity> {
    entities.iter().filter_map(one_from_api).collect()
}

fn one_from_api(entity: &enums::MessageEntity) -> Option<Entity> {
    use EntityKind as K;
    use enums::MessageEntity as E;
    let (offset, length, kind) = match entity {
        E::BankCard(e) => (e.offset, e.length, K::BankCard),
        E::Blockquote(e) => (e.offset, e.length, K::Blockquote { collapsed: e.collapsed }),
        E::Bold(e) => (e.offset, e.length, K::Bold),
        E::BotCommand(e) => (e.offset, e.length, K::BotCommand),
        E::Cashtag(e) => (e.offset, e.length, K::Cashtag),
        E::Code(e) => (e.offset, e.length, K::Code),
        E::CustomEmoji(e) => (e.offset, e.length, K::CustomEmoji { document_id: e.document_id }),
        E::Email(e) => (e.offset, e.length, K::Email),
        E::Hashtag(e) => (e.offset, e.length, K::Hashtag),
        E::InputMessageEntityMentionName(e) => {
            let enums::InputUser::User(user) = &e.user_id else { return None };
            (e.offset, e.length, K::MentionName { user_id: user.user_id })
        }
        E::Italic(e) => (e.offset, e.length, K::Italic),
        E::Mention(e) => (e.offset, e.length, K::Mention),
        E::MentionName(e) => (e.offset, e.length, K::MentionName { user_id: e.user_id }),
        E::Phone(e) => (e.offset, e.length, K::Phone),
        E::Pre(e) => (e.offset, e.length, K::Pre { language: e.language.clone() }),
        E::Spoiler(e) => (e.offset, e.length, K::Spoiler),
        E::Strike(e) => (e.offset, e.length, K::Strike),
        E::TextUrl(e) => (e.offset, e.length, K::TextUrl { url: e.url.clone() }),
        E::Underline(e) => (e.offset, e.length, K::Underline),
        E::Unknown(e) => (e.offset, e.length, K::Unknown),
        E::Url(e) => (e.offset, e.length, K::Url),
        _ => return None,
    };
    Some(Entity { offset, length, kind })
}
