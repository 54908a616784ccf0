//! A user in the eyes of another.

use chappe_api::{enums, types};

use super::access::AccessHashes;
use crate::store::{Result, Store, UserRow};

/// `row` as `viewer` sees it: the number only for its owner and those who have it in their contacts, names as
/// the viewer's contact list has them.
pub(crate) async fn see(
    store: &Store,
    access: &AccessHashes,
    row: &UserRow,
    viewer: i64,
    now: i64,
) -> Result<enums::User> {
    let is_self = row.id == viewer;
    let contact = if is_self { None } else { store.contact(viewer, row.id).await? };
    let mutual = contact.is_some() && store.contact(row.id, viewer).await?.is_some();
    let (first, last) = match &contact {
        Some(contact) if !contact.first_name.is_empty() => (&contact.first_name, &contact.last_name),
        _ => (&row.first_name, &row.last_name),
    };
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let user = types::User {
        is_self,
        contact: contact.is_some(),
        mutual_contact: mutual,
        deleted: row.deleted,
        bot: row.is_bot,
        id: row.id,
        access_hash: Some(access.user(viewer, row.id)),
        first_name: text(first),
        last_name: text(last),
        phone: row.phone.clone().filter(|_| is_self || contact.is_some()),
        status: if row.is_bot || row.deleted { None } else { status(row.online_until, now) },
        bot_info_version: row.is_bot.then_some(1),
        ..blank()
    };
    Ok(user.into())
}

fn status(online_until: i64, now: i64) -> Option<enums::UserStatus> {
    let until = i32::try_from(online_until).unwrap_or(i32::MAX);
    match online_until {
        0 => None,
        _ if online_until > now => Some(types::UserStatusOnline { expires: until }.into()),
        _ => Some(types::UserStatusOffline { was_online: until }.into()),
    }
}

/// A user with nothing set.
fn blank() -> types::User {
    types::User {
        is_self: false,
        contact: false,
        mutual_contact: false,
        deleted: false,
        bot: false,
        bot_chat_history: false,
        bot_nochats: false,
        verified: false,
        restricted: false,
        min: false,
        bot_inline_geo: false,
        support: false,
        scam: false,
        apply_min_photo: false,
        fake: false,
        bot_attach_menu: false,
        premium: false,
        attach_menu_enabled: false,
        bot_can_edit: false,
        close_friend: false,
        stories_hidden: false,
        stories_unavailable: false,
        contact_require_premium: false,
        bot_business: false,
        bot_has_main_app: false,
        bot_forum_view: false,
        bot_forum_can_manage_topics: false,
        bot_can_manage_bots: false,
        bot_guestchat: false,
        bot_guard: false,
        id: 0,
        access_hash: None,
        first_name: None,
        last_name: None,
        username: None,
        phone: None,
        photo: None,
        status: None,
        bot_info_version: None,
        restriction_reason: None,
        bot_inline_placeholder: None,
        lang_code: None,
        emoji_status: None,
        usernames: None,
        stories_max_id: None,
        color: None,
        profile_color: None,
        bot_active_users: None,
        bot_verification_icon: None,
        send_paid_messages_stars: None,
        linked_community_id: None,
    }
}

/// The little that a profile holds here.
pub(crate) fn full(id: i64, blocked: bool) -> types::UserFull {
    types::UserFull {
        blocked,
        phone_calls_available: false,
        phone_calls_private: false,
        can_pin_message: false,
        has_scheduled: false,
        video_calls_available: false,
        voice_messages_forbidden: false,
        translations_disabled: false,
        stories_pinned_available: false,
        blocked_my_stories_from: false,
        wallpaper_overridden: false,
        contact_require_premium: false,
        read_dates_private: false,
        sponsored_enabled: false,
        can_view_revenue: false,
        bot_can_manage_emoji_status: false,
        display_gifts_button: false,
        noforwards_my_enabled: false,
        noforwards_peer_enabled: false,
        unofficial_security_risk: false,
        id,
        about: None,
        settings: settings(),
        personal_photo: None,
        profile_photo: None,
        fallback_photo: None,
        notify_settings: notify_settings(),
        bot_info: None,
        pinned_msg_id: None,
        common_chats_count: 0,
        folder_id: None,
        ttl_period: None,
        theme: None,
        private_forward_name: None,
        bot_group_admin_rights: None,
        bot_broadcast_admin_rights: None,
        wallpaper: None,
        stories: None,
        business_work_hours: None,
        business_location: None,
        business_greeting_message: None,
        business_away_message: None,
        business_intro: None,
        birthday: None,
        personal_channel_id: None,
        personal_channel_message: None,
        stargifts_count: None,
        starref_program: None,
        bot_verification: None,
        send_paid_messages_stars: None,
        disallowed_gifts: None,
        stars_rating: None,
        stars_my_pending_rating: None,
        stars_my_pending_rating_date: None,
        main_tab: None,
        saved_music: None,
        note: None,
        bot_manager_id: None,
        wallet_card: None,
        share_theme: None,
    }
}

fn settings() -> types::PeerSettings {
    types::PeerSettings {
        report_spam: false,
        add_contact: false,
        block_contact: false,
        share_contact: false,
        need_contacts_exception: false,
        report_geo: false,
        autoarchived: false,
        invite_members: false,
        request_chat_broadcast: false,
        business_bot_paused: false,
        business_bot_can_reply: false,
        geo_distance: None,
        request_chat_title: None,
        request_chat_date: None,
        business_bot_id: None,
        business_bot_manage_url: None,
        charge_paid_message_stars: None,
        registration_month: None,
        phone_country: None,
        name_change_date: None,
        photo_change_date: None,
    }
}

fn notify_settings() -> types::PeerNotifySettings {
    types::PeerNotifySettings {
        show_previews: None,
        silent: None,
        mute_until: None,
        ios_sound: None,
        android_sound: None,
        other_sound: None,
        stories_muted: None,
        stories_hide_sender: None,
        stories_ios_sound: None,
        stories_android_sound: None,
        stories_other_sound: None,
    }
}
