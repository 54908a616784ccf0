//! Questions that clients ask when they start and that have an empty answer here: there are no stickers, reactions,
//! themes, ringtones, bots in menus and so on, and clients settle when they hear so.

use std::collections::HashMap;

use chappe_api::{enums, functions as f, types};
use chappe_mtproto::rpc::RpcError;
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
    empty!(f::account::GetAutoSaveSettings => auto_save());
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
    empty!(f::account::GetReactionsNotifySettings => types::ReactionsNotifySettings {
        messages_notify_from: None,
        stories_notify_from: None,
        poll_votes_notify_from: None,
        sound: enums::NotificationSound::Default,
        show_previews: true,
    });
    empty!(f::account::GetSavedMusicIds => types::account::SavedMusicIds { ids: Vec::new() }.into());
    empty!(f::account::GetSavedRingtones => types::account::SavedRingtones { hash: 0, ringtones: Vec::new() }.into());
    empty!(f::account::GetThemes => themes());
    empty!(f::account::GetWallPapers => types::account::WallPapers { hash: 0, wallpapers: Vec::new() }.into());
    empty!(f::account::GetWebBrowserSettings => types::account::WebBrowserSettings {
        open_external_browser: false,
        display_close_button: false,
        external_exceptions: Vec::new(),
        inapp_exceptions: Vec::new(),
        hash: 0,
    }
    .into());
    empty!(f::aicompose::GetTones => types::aicompose::Tones { hash: 0, tones: Vec::new(), users: Vec::new() }.into());
    empty!(f::contacts::GetBirthdays => types::contacts::ContactBirthdays { contacts: Vec::new(), users: Vec::new() });
    empty!(f::channels::GetChannelRecommendations => types::messages::Chats { chats: Vec::new() }.into());
    empty!(f::channels::GetGroupsForDiscussion => types::messages::Chats { chats: Vec::new() }.into());
    empty!(f::help::DismissSuggestion => true);
    empty!(f::help::GetRecentMeUrls => types::help::RecentMeUrls { urls: Vec::new(), chats: Vec::new(), users: Vec::new() });
    empty!(f::help::HidePromoData => true);
    empty!(f::help::SaveAppLog => true);
    empty!(f::help::SetBotUpdatesStatus => true);
    empty!(f::messages::GetAllStickers => stickers());
    empty!(f::messages::GetAttachedStickers => Vec::new());
    empty!(f::messages::GetCustomEmojiDocuments => Vec::new());
    empty!(f::messages::GetSponsoredMessages => enums::messages::SponsoredMessages::Empty);
    empty!(f::messages::GetWebPage => types::messages::WebPage {
        webpage: no_page(),
        chats: Vec::new(),
        users: Vec::new(),
    });
    empty!(f::messages::GetWebPagePreview => types::messages::WebPagePreview {
        media: enums::MessageMedia::Empty,
        chats: Vec::new(),
        users: Vec::new(),
    });
    empty!(f::messages::ReceivedMessages => Vec::new());
    empty!(f::messages::ReportReadMetrics => true);
    empty!(f::users::GetSavedMusic => types::users::SavedMusic { count: 0, documents: Vec::new() }.into());
    empty!(f::users::GetSavedMusicById => types::users::SavedMusic { count: 0, documents: Vec::new() }.into());
    empty!(f::messages::GetAttachMenuBots => types::AttachMenuBots { hash: 0, bots: Vec::new(), users: Vec::new() }.into());
    empty!(f::messages::GetAvailableEffects => types::messages::AvailableEffects {
        hash: 0,
        effects: Vec::new(),
        documents: Vec::new(),
    }
    .into());
    empty!(f::messages::GetAvailableReactions => types::messages::AvailableReactions { hash: 0, reactions: Vec::new() }.into());
    empty!(f::messages::GetDefaultTagReactions => reactions());
    empty!(f::messages::GetDialogFilters => types::messages::DialogFilters { tags_enabled: false, filters: Vec::new() });
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
    empty!(f::messages::GetPaidReactionPrivacy => updates(vec![
        types::UpdatePaidReactionPrivacy { private: enums::PaidReactionPrivacy::Default }.into(),
    ]));
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
    empty!(f::payments::GetStarsTransactions => no_stars());
    empty!(f::stories::GetAllReadPeerStories => updates(Vec::new()));
    empty!(f::stories::GetAllStories => types::stories::AllStories {
        has_more: false,
        count: 0,
        state: String::new(),
        peer_stories: Vec::new(),
        chats: Vec::new(),
        users: Vec::new(),
        stealth_mode: types::StoriesStealthMode { active_until_date: None, cooldown_until_date: None },
    }
    .into());
    refused(table);
}

/// No set of stickers exists.
fn refused(table: &mut HashMap<u32, Method>) {
    table.insert(
        f::messages::GetStickerSet::CONSTRUCTOR_ID,
        Method {
            access: Access::LoggedIn,
            run: |_, bytes| {
                Box::pin(async move {
                    let _: f::messages::GetStickerSet = read(bytes)?;
                    Err(RpcError::new(406, "STICKERSET_INVALID"))
                })
            },
        },
    );
}

/// This server looks at no pages elsewhere.
fn no_page() -> enums::WebPage {
    types::WebPageEmpty { id: 0, url: None }.into()
}

fn updates(updates: Vec<enums::Update>) -> enums::Updates {
    types::Updates { updates, users: Vec::new(), chats: Vec::new(), date: 0, seq: 0 }.into()
}

fn auto_save() -> types::account::AutoSaveSettings {
    let nothing = || types::AutoSaveSettings { photos: false, videos: false, video_max_size: None };
    types::account::AutoSaveSettings {
        users_settings: nothing(),
        chats_settings: nothing(),
        broadcasts_settings: nothing(),
        exceptions: Vec::new(),
        chats: Vec::new(),
        users: Vec::new(),
    }
}

fn no_stars() -> types::payments::StarsStatus {
    types::payments::StarsStatus {
        balance: types::StarsAmount { amount: 0, nanos: 0 }.into(),
        subscriptions: None,
        subscriptions_next_offset: None,
        subscriptions_missing_balance: None,
        history: None,
        next_offset: None,
        chats: Vec::new(),
        users: Vec::new(),
    }
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
