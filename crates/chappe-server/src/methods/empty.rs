//! Questions that clients ask when they start and that have an empty answer here: there are no stickers, reactions,
//! themes, ringtones, bots in menus and so on, and clients settle when they hear so.

use std::collections::HashMap;

use chappe_api::{enums, functions as f, types};
use chappe_tl::Function;

use super::table::{Access, Method, read, write};

/// Adds them to the table.
pub(super) fn add(table: &mut HashMap<u32, Method>) {
    macro_rules! empty {
        ($query:ty => $answer:expr) => {
            table.insert(
                <$query as Function>::CONSTRUCTOR_ID,
                Method {
                    access: Access::LoggedIn,
                    run: |_, bytes| {
                        Box::pin(async move {
                            let _: $query = read(bytes)?;
                            let answer: <$query as Function>::Response = $answer;
                            write(&answer)
                        })
                    },
                },
            );
        };
    }
    empty!(f::account::GetAllSecureValues => Vec::new());
    empty!(f::account::GetChannelDefaultEmojiStatuses => emoji_statuses());
    empty!(f::account::GetChannelRestrictedStatusEmojis => emoji_list());
    empty!(f::account::GetChatThemes => themes());
    empty!(f::account::GetCollectibleEmojiStatuses => emoji_statuses());
    empty!(f::account::GetContentSettings => types::account::ContentSettings {
        sensitive_enabled: false,
        sensitive_can_change: false,
    });
    empty!(f::account::GetDefaultBackgroundEmojis => emoji_list());
    empty!(f::account::GetDefaultEmojiStatuses => emoji_statuses());
    empty!(f::account::GetDefaultGroupPhotoEmojis => emoji_list());
    empty!(f::account::GetDefaultProfilePhotoEmojis => emoji_list());
    empty!(f::account::GetRecentEmojiStatuses => emoji_statuses());
    empty!(f::account::GetSavedMusicIds => types::account::SavedMusicIds { ids: Vec::new() }.into());
    empty!(f::account::GetSavedRingtones => types::account::SavedRingtones { hash: 0, ringtones: Vec::new() }.into());
    empty!(f::account::GetThemes => themes());
    empty!(f::account::GetWallPapers => types::account::WallPapers { hash: 0, wallpapers: Vec::new() }.into());
    empty!(f::contacts::GetBirthdays => types::contacts::ContactBirthdays { contacts: Vec::new(), users: Vec::new() });
    empty!(f::messages::GetAllStickers => stickers());
    empty!(f::messages::GetAttachMenuBots => types::AttachMenuBots { hash: 0, bots: Vec::new(), users: Vec::new() }.into());
    empty!(f::messages::GetAvailableEffects => types::messages::AvailableEffects {
        hash: 0,
        effects: Vec::new(),
        documents: Vec::new(),
    }
    .into());
    empty!(f::messages::GetAvailableReactions => types::messages::AvailableReactions { hash: 0, reactions: Vec::new() }.into());
    empty!(f::messages::GetDefaultTagReactions => reactions());
    empty!(f::messages::GetEmojiKeywordsLanguages => Vec::new());
    empty!(f::messages::GetEmojiStickers => stickers());
    empty!(f::messages::GetFavedStickers => types::messages::FavedStickers {
        hash: 0,
        packs: Vec::new(),
        stickers: Vec::new(),
    }
    .into());
    empty!(f::messages::GetFeaturedEmojiStickers => featured());
    empty!(f::messages::GetFeaturedStickers => featured());
    empty!(f::messages::GetMaskStickers => stickers());
    empty!(f::messages::GetQuickReplies => types::messages::QuickReplies {
        quick_replies: Vec::new(),
        messages: Vec::new(),
        chats: Vec::new(),
        users: Vec::new(),
    }
    .into());
    empty!(f::messages::GetRecentReactions => reactions());
    empty!(f::messages::GetRecentStickers => types::messages::RecentStickers {
        hash: 0,
        packs: Vec::new(),
        stickers: Vec::new(),
        dates: Vec::new(),
    }
    .into());
    empty!(f::messages::GetSavedGifs => types::messages::SavedGifs { hash: 0, gifs: Vec::new() }.into());
    empty!(f::messages::GetSavedReactionTags => types::messages::SavedReactionTags { tags: Vec::new(), hash: 0 }.into());
    empty!(f::messages::GetStickers => types::messages::Stickers { hash: 0, stickers: Vec::new() }.into());
    empty!(f::messages::GetSuggestedDialogFilters => Vec::new());
    empty!(f::messages::GetTopReactions => reactions());
}

fn emoji_statuses() -> enums::account::EmojiStatuses {
    types::account::EmojiStatuses { hash: 0, statuses: Vec::new() }.into()
}

fn emoji_list() -> enums::EmojiList {
    types::EmojiList { hash: 0, document_id: Vec::new() }.into()
}

fn themes() -> enums::account::Themes {
    types::account::Themes { hash: 0, themes: Vec::new() }.into()
}

fn stickers() -> enums::messages::AllStickers {
    types::messages::AllStickers { hash: 0, sets: Vec::new() }.into()
}

fn featured() -> enums::messages::FeaturedStickers {
    types::messages::FeaturedStickers {
        premium: false,
        hash: 0,
        count: 0,
        sets: Vec::new(),
        unread: Vec::new(),
    }
    .into()
}

fn reactions() -> enums::messages::Reactions {
    types::messages::Reactions { hash: 0, reactions: Vec::new() }.into()
}
