//! Formatting: clamped to the text, sorted, properly nested.

use std::collections::VecDeque;

use chappe_api::secret::{enums, types};

use crate::{Entity, EntityKind, SecretLayer, limits};

/// Cuts entities to the text, sorts and nests them; what is empty or outside goes, and so does what is too much.
pub(crate) fn clamp(text: &str, mut entities: Vec<Entity>) -> Vec<Entity> {
    if entities.is_empty() {
        return entities;
    }
    let len = i32::try_from(text.encode_utf16().count()).unwrap_or(i32::MAX);
    entities.retain_mut(|entity| {
        let end = entity.offset.saturating_add(entity.length).min(len);
        entity.offset = entity.offset.max(0);
        entity.length = end.saturating_sub(entity.offset);
        entity.length > 0
    });
    entities.truncate(limits::MAX_ENTITIES);
    entities.sort_by_key(order);
    nest(entities)
}

/// Formatting as a peer of some layer gets it.
pub(crate) struct Fitted {
    /// What it gets, cut to the text.
    pub(crate) entities: Vec<Entity>,
    /// What was asked for and does not reach it as it was asked for.
    pub(crate) left_out: Vec<Entity>,
}

/// Takes out what clients of this layer cannot read, what is outside of the text, and what is too much.
pub(crate) fn fit(text: &str, asked: &[Entity], layer: SecretLayer) -> Fitted {
    let len = i32::try_from(text.encode_utf16().count()).unwrap_or(i32::MAX);
    let (mut entities, mut left_out) = (Vec::with_capacity(asked.len()), Vec::new());
    for entity in asked {
        let known = entity.kind.layer().is_some_and(|least| least <= layer);
        let end = entity.offset.saturating_add(entity.length).min(len);
        if !known || end <= entity.offset.max(0) || entities.len() >= limits::MAX_ENTITIES {
            left_out.push(entity.clone());
            continue;
        }
        let mut entity = entity.clone();
        if let EntityKind::Blockquote { collapsed } = &mut entity.kind
            && *collapsed
        {
            // No layer of secret chats has the collapsed one, though clients send it: all read the other.
            left_out.push(entity.clone());
            entity.kind = EntityKind::Blockquote { collapsed: false };
        }
        entities.push(entity);
    }
    Fitted { entities: clamp(text, entities), left_out }
}

fn order(entity: &Entity) -> (i32, std::cmp::Reverse<i32>) {
    (entity.offset, std::cmp::Reverse(entity.length))
}

/// Splits sorted entities where they cross the end of one that began before them.
fn nest(entities: Vec<Entity>) -> Vec<Entity> {
    let mut left: VecDeque<Entity> = entities.into();
    let (mut nested, mut ends) = (Vec::with_capacity(left.len()), Vec::<i32>::new());
    while let Some(mut entity) = left.pop_front() {
        while ends.last().is_some_and(|end| *end <= entity.offset) {
            ends.pop();
        }
        let end = entity.offset.saturating_add(entity.length);
        let inner = ends.last().map_or(end, |outer| end.min(*outer));
        if inner < end {
            entity.length = inner.saturating_sub(entity.offset);
            if nested.len() + left.len() < 2 * limits::MAX_ENTITIES {
                let rest =
                    Entity { offset: inner, length: end.saturating_sub(inner), kind: entity.kind.clone() };
                let at = left.partition_point(|other| order(other) <= order(&rest));
                left.insert(at, rest);
            }
        }
        ends.push(inner);
        nested.push(entity);
    }
    nested
}

pub(super) fn from_tl(entity: enums::MessageEntity) -> Entity {
    use EntityKind as K;
    use enums::MessageEntity as E;
    let (offset, length, kind) = match entity {
        E::BankCard(e) => (e.offset, e.length, K::BankCard),
        E::Blockquote(e) => (e.offset, e.length, K::Blockquote { collapsed: false }),
        E::Blockquote144(e) => (e.offset, e.length, K::Blockquote { collapsed: e.collapsed }),
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

pub(super) fn to_tl(entity: &Entity) -> enums::MessageEntity {
    use EntityKind as K;
    use enums::MessageEntity as E;
    let (offset, length) = (entity.offset, entity.length);
    match &entity.kind {
        K::BankCard => E::BankCard(types::MessageEntityBankCard { offset, length }),
        K::Blockquote { .. } => E::Blockquote(types::MessageEntityBlockquote { offset, length }),
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
        K::Pre { language } => {
            E::Pre(Box::new(types::MessageEntityPre { offset, length, language: language.clone() }))
        }
        K::Spoiler => E::Spoiler(types::MessageEntitySpoiler { offset, length }),
        K::Strike => E::Strike(types::MessageEntityStrike { offset, length }),
        K::TextUrl { url } => {
            E::TextUrl(Box::new(types::MessageEntityTextUrl { offset, length, url: url.clone() }))
        }
        K::Underline => E::Underline(types::MessageEntityUnderline { offset, length }),
        K::Unknown => E::Unknown(types::MessageEntityUnknown { offset, length }),
        K::Url => E::Url(types::MessageEntityUrl { offset, length }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(offset: i32, length: i32) -> Entity {
        Entity { offset, length, kind: EntityKind::Bold }
    }

    #[test]
    fn entities_are_cut_to_the_text() {
        let cut = clamp(
            "a\u{1f600}b",
            vec![entity(3, 9), entity(-1, 3), entity(4, 1), entity(i32::MAX, i32::MAX), entity(0, 4)],
        );
        assert_eq!(cut, [entity(0, 4), entity(0, 2), entity(3, 1)]);
    }

    #[test]
    fn entities_that_cross_are_split_where_the_first_ends() {
        let nested = clamp("0123456789", vec![entity(0, 5), entity(3, 5), entity(4, 6)]);
        assert_eq!(nested, [entity(0, 5), entity(3, 2), entity(4, 1), entity(5, 5), entity(5, 3)]);
    }

    #[test]
    fn what_does_not_reach_the_peer_is_named() {
        let of = |kind| Entity { offset: 0, length: 3, kind };
        let (open, collapsed) =
            (EntityKind::Blockquote { collapsed: false }, EntityKind::Blockquote { collapsed: true });
        let asked = [
            of(EntityKind::Bold),
            of(EntityKind::Spoiler),
            of(EntityKind::Phone),
            of(collapsed.clone()),
            entity(3, 5),
            entity(5, i32::MAX),
            Entity { offset: -4, length: 4, kind: EntityKind::Bold },
            entity(2, 9),
        ];
        let fitted = fit("abc", &asked, SecretLayer(143));
        assert_eq!(fitted.entities, [of(EntityKind::Bold), of(open), entity(2, 1)]);
        let left = [1, 2, 3, 4, 5, 6].map(|place: usize| asked[place].clone());
        assert_eq!(fitted.left_out, left);
        let fitted = fit("abc", &asked[..2], SecretLayer::CURRENT);
        assert_eq!((fitted.entities, fitted.left_out), (asked[..2].to_vec(), vec![]));

        let many = vec![entity(0, 1); limits::MAX_ENTITIES + 2];
        let fitted = fit("abc", &many, SecretLayer::CURRENT);
        assert_eq!((fitted.entities.len(), fitted.left_out.len()), (limits::MAX_ENTITIES, 2));
    }

    #[test]
    fn any_number_of_crossing_entities_ends_quickly() {
        let text = "x".repeat(20_000);
        let many: Vec<_> = (0..20_000).map(|at| entity(at, 10_000)).collect();
        assert!(clamp(&text, many).len() <= 2 * limits::MAX_ENTITIES);
    }
}
