//! A user in the eyes of another.

use chappe_api::{enums, types};

use super::access::AccessHashes;
use super::bot::{self, Place};
use super::eyes::Eyes;
use super::notify::{self, Scope};
use super::privacy::{self, Other, Subject};
use super::profile_photo;
use super::update::Viewer;
use crate::store::{HistoryQuery, NotifyRow, Result, RuleRow, Store, UserRow};

/// How long ago somebody was seen, if it is not to be told exactly: within so many seconds.
const RECENTLY: i64 = 3 * 24 * 3600;
const WEEK: i64 = 7 * 24 * 3600;
const MONTH: i64 = 30 * 24 * 3600;

/// `row` as `viewer` sees it: names as the viewer's contact list has them, number and last visit as far as the owner's
/// rules allow.
pub(crate) async fn see(
    store: &Store,
    access: &AccessHashes,
    row: &UserRow,
    viewer: Viewer,
    now: i64,
) -> Result<enums::User> {
    let Viewer { user_id: viewer, dc_id, .. } = viewer;
    let is_self = row.id == viewer;
    let contact = if is_self { None } else { store.contact(viewer, row.id).await? };
    let sight = if is_self { Sight::full() } else { sight(store, row, viewer).await? };
    let (first, last) = match &contact {
        Some(contact) if !contact.first_name.is_empty() => (&contact.first_name, &contact.last_name),
        _ => (&row.first_name, &row.last_name),
    };
    // Who has the number in the contacts knows it already.
    let knows_phone = contact.as_ref().is_some_and(|contact| row.phone.as_ref() == Some(&contact.phone));
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let user = types::User {
        is_self,
        contact: contact.is_some(),
        mutual_contact: contact.is_some() && sight.is_contact,
        deleted: row.deleted,
        bot: row.is_bot,
        bot_chat_history: row.is_bot && row.hears_groups,
        verified: row.is_support,
        support: row.is_support,
        id: row.id,
        access_hash: Some(access.user(viewer, row.id)),
        first_name: text(first),
        last_name: text(last),
        username: row.username.clone(),
        phone: row.phone.clone().filter(|_| sight.phone || knows_phone),
        photo: profile_photo::small(row, sight.photo, dc_id),
        status: if row.is_bot || row.deleted || row.is_support {
            None
        } else {
            status(row.online_until, now, sight.last_seen)
        },
        bot_info_version: row.is_bot.then_some(1),
        // Every bot may be asked inline.
        bot_inline_placeholder: row.is_bot.then(String::new),
        ..blank()
    };
    Ok(user.into())
}

/// Leaves of a description what even somebody is told who has nothing to do with the account.
pub(crate) fn shorten(user: &mut types::User, access: &AccessHashes, viewer: i64) {
    user.min = true;
    user.access_hash = Some(access.short_user(viewer, user.id));
    (user.phone, user.status) = (None, None);
}

/// What somebody may see of an account.
#[derive(Clone, Copy, Debug)]
struct Sight {
    /// The account has them in the contacts.
    is_contact: bool,
    phone: bool,
    photo: bool,
    last_seen: LastSeen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastSeen {
    Exact,
    /// The viewer hides their own, and sees no better.
    AboutByViewer,
    About,
    Never,
}

impl Sight {
    const fn full() -> Self {
        Self { is_contact: false, phone: true, photo: true, last_seen: LastSeen::Exact }
    }
}

async fn sight(store: &Store, row: &UserRow, viewer: i64) -> Result<Sight> {
    let is_contact = store.contact(row.id, viewer).await?.is_some();
    let mut of: [Vec<RuleRow>; 3] = Default::default();
    for (subject, rule) in store.all_privacy_rules(row.id).await? {
        if subject == Subject::LastSeen as i64 {
            of[0].push(rule);
        } else if subject == Subject::PhoneNumber as i64 {
            of[1].push(rule);
        } else if subject == Subject::ProfilePhoto as i64 {
            of[2].push(rule);
        }
    }
    let other = Other::new(store, viewer, is_contact, of.iter().flatten()).await?;
    let [last_seen, phone, photo] = of;
    let allows = |rules, subject| privacy::allow(&privacy::in_force(rules, subject), &other);
    let blocked = store.has_blocked(row.id, viewer).await?;
    let last_seen = if blocked {
        LastSeen::Never
    } else if !allows(last_seen, Subject::LastSeen) {
        LastSeen::About
    } else if !privacy::is_allowed(store, viewer, Subject::LastSeen, row.id).await? {
        LastSeen::AboutByViewer
    } else {
        LastSeen::Exact
    };
    let photo = !blocked && allows(photo, Subject::ProfilePhoto);
    Ok(Sight { is_contact, phone: allows(phone, Subject::PhoneNumber), photo, last_seen })
}

fn status(online_until: i64, now: i64, sight: LastSeen) -> Option<enums::UserStatus> {
    if online_until == 0 {
        return None;
    }
    let until = i32::try_from(online_until).unwrap_or(i32::MAX);
    let age = now.saturating_sub(online_until);
    let by_me = sight == LastSeen::AboutByViewer;
    Some(match sight {
        LastSeen::Exact if online_until > now => types::UserStatusOnline { expires: until }.into(),
        LastSeen::Exact => types::UserStatusOffline { was_online: until }.into(),
        LastSeen::Never => enums::UserStatus::Empty,
        _ if age <= RECENTLY => types::UserStatusRecently { by_me }.into(),
        _ if age <= WEEK => types::UserStatusLastWeek { by_me }.into(),
        _ if age <= MONTH => types::UserStatusLastMonth { by_me }.into(),
        _ => enums::UserStatus::Empty,
    })
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

/// What a profile holds for the viewer.
pub(crate) async fn full(eyes: &Eyes<'_>, row: &UserRow) -> Result<types::UserFull> {
    let (store, viewer) = (eyes.store(), eyes.user_id());
    let bot_info = if row.is_bot && !row.deleted {
        Some(Box::new(bot::info(eyes, row.id, Place::Private).await?))
    } else {
        None
    };
    let (profile_photo, fallback_photo) = profile_photo::full(eyes, row).await?;
    let about = privacy::is_allowed(store, row.id, Subject::About, viewer).await?;
    let voice = privacy::is_allowed(store, row.id, Subject::VoiceMessages, viewer).await?;
    let forwards = privacy::is_allowed(store, row.id, Subject::Forwards, viewer).await?;
    let pinned =
        HistoryQuery { mailbox: viewer, peer: row.id, pinned: true, limit: 1, ..HistoryQuery::default() };
    let pinned = store.history(&pinned).await?.messages;
    let scope = Scope::user(row.id);
    let notify = store.notify_settings(viewer, scope.kind, scope.peer_id).await?;
    Ok(types::UserFull {
        blocked: store.has_blocked(viewer, row.id).await?,
        can_pin_message: !row.deleted,
        voice_messages_forbidden: !voice,
        read_dates_private: hides_read_dates(store, row.id, viewer).await?,
        pinned_msg_id: pinned.first().and_then(|message| i32::try_from(message.id).ok()),
        private_forward_name: (!forwards).then(|| name(row)),
        about: Some(row.about.clone()).filter(|text| about && !text.is_empty()),
        settings: settings(store, row, viewer).await?,
        notify_settings: notify::see(&notify),
        profile_photo,
        fallback_photo,
        bot_info,
        ..blank_profile(row.id)
    })
}

/// First and last name as the account has them.
pub(crate) fn name(row: &UserRow) -> String {
    format!("{} {}", row.first_name, row.last_name).trim().to_owned()
}

/// Whether an account does not tell somebody when it has read a message: nobody learns that who may not see when it was
/// there, if it wants that.
pub(crate) async fn hides_read_dates(store: &Store, owner: i64, other: i64) -> Result<bool> {
    let [.., hidden] = store.global_privacy(owner).await?;
    Ok(hidden && owner != other && !privacy::is_allowed(store, owner, Subject::LastSeen, other).await?)
}

/// A profile with nothing in it.
fn blank_profile(id: i64) -> types::UserFull {
    types::UserFull {
        blocked: false,
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
        settings: no_settings(),
        personal_photo: None,
        profile_photo: None,
        fallback_photo: None,
        notify_settings: notify::see(&NotifyRow::default()),
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

/// What a client offers to do about somebody; nothing once its user does not want to see that any more.
pub(crate) async fn settings(store: &Store, row: &UserRow, viewer: i64) -> Result<types::PeerSettings> {
    if row.id == viewer || row.is_bot || row.deleted || row.is_support {
        return Ok(no_settings());
    }
    if store.dialog(viewer, row.id).await?.is_some_and(|dialog| dialog.settings_hidden) {
        return Ok(no_settings());
    }
    let known = store.contact(viewer, row.id).await?.is_some();
    let blocked = store.has_blocked(viewer, row.id).await?;
    let shared = privacy::is_allowed(store, viewer, Subject::PhoneNumber, row.id).await?;
    Ok(types::PeerSettings {
        report_spam: !known,
        add_contact: !known,
        block_contact: !known && !blocked,
        share_contact: known && !shared,
        ..no_settings()
    })
}

pub(crate) fn no_settings() -> types::PeerSettings {
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
