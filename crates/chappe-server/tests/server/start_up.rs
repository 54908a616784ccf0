//! What each stock client asks when it starts, before and after login: it gets an answer that it can go on with.

use crate::common::{ALICE, Client, server};
use chappe_api::{enums, functions as f, types};

/// Calls one after the other, each of which must be answered.
macro_rules! answered {
    ($client:expr; $($query:expr),+ $(,)?) => {
        $( $client.call($query).await.unwrap_or_else(|error| panic!("{}: {error}", stringify!($query))); )+
    };
}

#[tokio::test]
async fn questions_before_login_are_answered() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    answered!(client;
        f::help::GetNearestDc {},
        f::help::GetConfig {},
        f::help::GetAppConfig { hash: 0 },
        f::help::GetCountriesList { lang_code: "en".into(), hash: 0 },
        f::help::GetTimezonesList { hash: 0 },
        f::help::GetTermsOfServiceUpdate {},
        f::help::GetPromoData {},
        f::help::GetCdnConfig {},
        f::help::GetInviteText {},
        f::help::GetPeerColors { hash: 0 },
        f::help::GetPeerProfileColors { hash: 0 },
        f::help::GetAppUpdate { source: String::new() },
        f::langpack::GetLangPack { lang_pack: "tdesktop".into(), lang_code: "en".into() },
        f::langpack::GetLanguages { lang_pack: "tdesktop".into() },
        f::langpack::GetLanguage { lang_pack: "tdesktop".into(), lang_code: "en-US".into() },
        f::langpack::GetDifference { lang_pack: "tdesktop".into(), lang_code: "en".into(), from_version: 0 },
    );
    let strings = f::langpack::GetStrings {
        lang_pack: String::new(),
        lang_code: "en".into(),
        keys: vec!["Yes".into()],
    };
    assert!(matches!(client.call(strings).await.unwrap()[..], [enums::LangPackString::Deleted(_)]));
    let german = f::langpack::GetLangPack { lang_pack: String::new(), lang_code: "de".into() };
    assert_eq!(client.error(german).await, (400, "LANG_CODE_NOT_SUPPORTED".into()));

    // What a client has it need not fetch again.
    let enums::help::AppConfig::Config(config) =
        client.call(f::help::GetAppConfig { hash: 0 }).await.unwrap()
    else {
        panic!("no configuration")
    };
    let again = f::help::GetAppConfig { hash: config.hash };
    assert!(matches!(client.call(again).await.unwrap(), enums::help::AppConfig::NotModified));
    let countries = f::help::GetCountriesList { lang_code: "en".into(), hash: 0 };
    let enums::help::CountriesList::List(list) = client.call(countries).await.unwrap() else {
        panic!("no list")
    };
    assert!(
        list.countries
            .iter()
            .any(|country| country.iso2 == "FR" && country.country_codes[0].country_code == "33")
    );
    let config = client.call(f::help::GetConfig {}).await.unwrap();
    assert!(config.expires > config.date + 60, "or clients would ask all the time");
    assert_eq!(config.this_dc, server.dc_id());
}

#[tokio::test]
async fn questions_after_login_are_answered() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    client.log_in(ALICE, "Alice").await;
    answered!(client;
        f::updates::GetState {},
        f::users::GetUsers { id: vec![enums::InputUser::UserSelf] },
        f::users::GetFullUser { id: enums::InputUser::UserSelf },
        f::account::UpdateStatus { offline: false },
        f::account::GetNotifySettings { peer: enums::InputNotifyPeer::Users },
        f::account::GetNotifySettings { peer: enums::InputNotifyPeer::Chats },
        f::account::GetNotifySettings { peer: enums::InputNotifyPeer::Broadcasts },
        f::account::GetChatThemes { hash: 0 },
        f::account::GetContentSettings {},
        f::account::GetAutoSaveSettings {},
        f::account::GetReactionsNotifySettings {},
        f::account::GetWebBrowserSettings { hash: 0 },
        f::aicompose::GetTones { hash: 0 },
        f::messages::GetDialogFilters {},
        f::messages::GetPaidReactionPrivacy {},
        f::payments::GetStarsTransactions {
            inbound: false,
            outbound: false,
            ascending: false,
            ton: false,
            subscription_id: None,
            peer: enums::InputPeer::PeerSelf,
            offset: String::new(),
            limit: 10,
        },
        f::stories::GetAllReadPeerStories {},
        f::stories::GetAllStories { next: false, hidden: false, state: None },
        f::account::GetSavedMusicIds { hash: 0 },
        f::account::GetSavedRingtones { hash: 0 },
        f::account::GetDefaultEmojiStatuses { hash: 0 },
        f::account::GetChannelDefaultEmojiStatuses { hash: 0 },
        f::account::GetRecentEmojiStatuses { hash: 0 },
        f::account::GetCollectibleEmojiStatuses { hash: 0 },
        f::account::GetDefaultGroupPhotoEmojis { hash: 0 },
        f::account::GetDefaultProfilePhotoEmojis { hash: 0 },
        f::account::GetDefaultBackgroundEmojis { hash: 0 },
        f::account::GetChannelRestrictedStatusEmojis { hash: 0 },
        f::account::GetPassword {},
        f::account::GetPrivacy { key: enums::InputPrivacyKey::StatusTimestamp },
        f::account::GetGlobalPrivacySettings {},
        f::account::GetAuthorizations {},
        f::account::GetAccountTtl {},
        f::account::GetWallPapers { hash: 0 },
        f::account::GetThemes { format: "tdesktop".into(), hash: 0 },
        f::messages::GetAttachMenuBots { hash: 0 },
        f::messages::GetAvailableReactions { hash: 0 },
        f::messages::GetAvailableEffects { hash: 0 },
        f::messages::GetRecentReactions { limit: 10, hash: 0 },
        f::messages::GetTopReactions { limit: 10, hash: 0 },
        f::messages::GetDefaultTagReactions { hash: 0 },
        f::messages::GetSavedGifs { hash: 0 },
        f::messages::GetQuickReplies { hash: 0 },
        f::messages::GetAllStickers { hash: 0 },
        f::messages::GetMaskStickers { hash: 0 },
        f::messages::GetEmojiStickers { hash: 0 },
        f::messages::GetFeaturedStickers { hash: 0 },
        f::messages::GetFeaturedEmojiStickers { hash: 0 },
        f::messages::GetRecentStickers { attached: false, hash: 0 },
        f::messages::GetFavedStickers { hash: 0 },
        f::contacts::GetContacts { hash: 0 },
        f::contacts::GetStatuses {},
        f::help::AcceptTermsOfService { id: types::DataJson { data: "{}".into() } },
        f::contacts::GetBirthdays {},
        f::contacts::GetBlocked { my_stories_from: false, offset: 0, limit: 100 },
    );
    let support = client.call(f::help::GetSupport {}).await.unwrap();
    assert!(crate::common::user(support.user).support);
    let dice = types::InputStickerSetDice { emoticon: "🎲".into() };
    let set = f::messages::GetStickerSet { stickerset: dice.into(), hash: 0 };
    assert_eq!(client.error(set).await, (406, "STICKERSET_INVALID".into()));
    assert!(server.unimplemented().is_empty() && server.unlisted_errors().is_empty());
    // What is not served is said so, and closes nothing.
    let stars = f::payments::GetStarsTopupOptions {};
    assert_eq!(client.error(stars).await, (400, "METHOD_NOT_IMPLEMENTED".into()));
    assert_eq!(server.unimplemented().len(), 1);
    // Nor is a part of what is served, and that is counted the same.
    let later = f::messages::SendMessage {
        schedule_date: Some(i32::MAX),
        ..crate::common::cloud::send(&enums::InputPeer::PeerSelf, "later", 1)
    };
    assert_eq!(client.error(later).await, (400, "METHOD_NOT_IMPLEMENTED".into()));
    let game = types::InputMediaGame {
        id: types::InputGameShortName { bot_id: enums::InputUser::UserSelf, short_name: "chess".into() }
            .into(),
    };
    let game = crate::common::cloud::send_media(&enums::InputPeer::PeerSelf, game, 2);
    assert_eq!(client.error(game).await, (400, "METHOD_NOT_IMPLEMENTED".into()));
    let counted = server.unimplemented();
    assert_eq!((counted["messages.sendMessage"], counted["messages.sendMedia"]), (1, 1));
    let phone = types::InputUser { user_id: 777_000, access_hash: 1 };
    let users = client.call(f::users::GetUsers { id: vec![phone.into()] }).await.unwrap();
    assert!(matches!(users[0], enums::User::Empty(_)));
}
