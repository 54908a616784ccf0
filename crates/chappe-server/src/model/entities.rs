//! Formatting of texts: what the sender marks, and what stands for itself.

use chappe_api::{enums, types};
use enums::MessageEntity as E;

use super::peer;
use crate::call::Call;
use crate::limits::ENTITIES;
use crate::methods::errors::Answer;

/// [`check`], and adds what the text itself marks: mentions, hashtags, commands of bots, addresses of pages.
pub(crate) async fn complete(call: &Call, text: &str, entities: Option<Vec<E>>) -> Answer<Option<Vec<E>>> {
    let mut complete = check(call, text, entities).await?;
    for found in detect(text) {
        let (start, length) = span(&found);
        let taken =
            complete.iter().map(span).any(|(other, len)| start < other + len && other < start + length);
        if !taken {
            complete.push(found);
        }
    }
    complete.sort_by_key(|entity| (span(entity).0, -span(entity).1));
    Ok((!complete.is_empty()).then_some(complete))
}

/// Checks the entities of a text, and resolves people that are mentioned by input object.
pub(crate) async fn check(call: &Call, text: &str, entities: Option<Vec<E>>) -> Answer<Vec<E>> {
    let len = text.encode_utf16().count();
    let mut checked = Vec::new();
    for entity in entities.into_iter().flatten().take(ENTITIES) {
        let (offset, length) = span(&entity);
        let end = offset.checked_add(length).filter(|end| offset >= 0 && length > 0 && *end >= 0);
        if end.and_then(|end| usize::try_from(end).ok()).is_none_or(|end| end > len) {
            return Err(call.refuse(&["ENTITY_BOUNDS_INVALID"]));
        }
        checked.push(match entity {
            E::InputMessageEntityMentionName(mention) => {
                let Some(user) = peer::find(call, &mention.user_id).await? else {
                    return Err(call.refuse(&["ENTITY_MENTION_USER_INVALID", "ENTITY_BOUNDS_INVALID"]));
                };
                types::MessageEntityMentionName { offset, length, user_id: user.id }.into()
            }
            // Clients may not mention by number: it would show whom they have no access hash for.
            E::MentionName(_) => continue,
            entity => entity,
        });
    }
    Ok(checked)
}

/// Offset and length in UTF-16 units.
pub(crate) fn span(entity: &E) -> (i32, i32) {
    macro_rules! spans {
        ($($variant:ident),*) => {
            match entity { $(E::$variant(entity) => (entity.offset, entity.length),)* }
        };
    }
    spans!(
        Unknown,
        Mention,
        Hashtag,
        BotCommand,
        Url,
        Email,
        Bold,
        Italic,
        Code,
        Pre,
        TextUrl,
        MentionName,
        InputMessageEntityMentionName,
        Phone,
        Cashtag,
        Underline,
        Strike,
        BankCard,
        Spoiler,
        CustomEmoji,
        Blockquote,
        FormattedDate,
        DiffInsert,
        DiffReplace,
        DiffDelete,
        TonAddress
    )
}

/// The names in a text that begin with `@`, without it.
pub(crate) fn mentioned_names(text: &str) -> Vec<String> {
    words(text).filter_map(|(_, word)| Some(name(word.strip_prefix('@')?)?.to_owned())).collect()
}

fn name(word: &str) -> Option<&str> {
    let end = word.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(word.len());
    word.get(..end).filter(|name| name.len() >= 3)
}

/// Words with their offsets in UTF-16 units.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().map(move |word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        (text.get(..start).map_or(0, |before| before.encode_utf16().count()), word)
    })
}

fn detect(text: &str) -> Vec<E> {
    let mut found = Vec::new();
    for (offset, word) in words(text) {
        let offset = i32::try_from(offset).unwrap_or(i32::MAX);
        let int = |text: &str| i32::try_from(text.encode_utf16().count()).unwrap_or(0);
        if let Some(rest) = word.strip_prefix('@').and_then(name) {
            found.push(types::MessageEntityMention { offset, length: int(rest) + 1 }.into());
        } else if let Some(rest) = word.strip_prefix('#') {
            let end = rest.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(rest.len());
            let tag = rest.get(..end).unwrap_or("");
            if tag.chars().any(char::is_alphabetic) {
                found.push(types::MessageEntityHashtag { offset, length: int(tag) + 1 }.into());
            }
        } else if let Some(rest) = word.strip_prefix('/') {
            let end = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_' && char != '@');
            let command = rest.get(..end.unwrap_or(rest.len())).unwrap_or("");
            if command.starts_with(|char: char| char.is_ascii_alphanumeric()) && end.is_none() {
                found.push(types::MessageEntityBotCommand { offset, length: int(command) + 1 }.into());
            }
        } else if word.starts_with("http://") || word.starts_with("https://") {
            let url = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'']);
            if url.split_once("://").is_some_and(|(_, host)| !host.is_empty()) {
                found.push(types::MessageEntityUrl { offset, length: int(url) }.into());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_itself_is_found() {
        let spans: Vec<(i32, i32)> =
            detect("😀 hi @alice, /start #tag1 https://a.b/c. #1 / @x").iter().map(span).collect();
        assert_eq!(spans, [(6, 6), (14, 6), (21, 5), (27, 13)]);
        assert_eq!(mentioned_names("@alice, and @bob!"), ["alice", "bob"]);
    }
}
