//! `channels.getChannels` and `getFullChannel`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::MESSAGES_PER_CALL;
use crate::methods::errors::Answer;
use crate::methods::groups::look::{entrance, pinned};
use crate::model::eyes::{Eyes, Peers};
use crate::model::notify::{self, Scope};
use crate::model::peer_id::PeerId;
use crate::model::target;
use crate::model::{bot, group, group_photo};
use crate::store::NotifyRow;

/// Channels that the caller knows; one that has become private since shows as forbidden.
pub(crate) async fn some(
    call: &Call,
    query: functions::channels::GetChannels,
) -> Answer<enums::messages::Chats> {
    let eyes = Eyes::of(call)?;
    let mut chats = Vec::new();
    for input in query.id.iter().take(MESSAGES_PER_CALL) {
        chats.push(group::see(&eyes, &target::named_channel(call, input).await?));
    }
    Ok(types::messages::Chats { chats }.into())
}

pub(crate) async fn full(
    call: &Call,
    query: functions::channels::GetFullChannel,
) -> Answer<types::messages::ChatFull> {
    let me = call.user_id()?;
    let standing = target::channel(call, &query.channel).await?;
    let eyes = Eyes::of(call)?;
    let (peer, chat) = (standing.peer(), &standing.chat);
    let mut peers = Peers::default();
    peers.add(peer);
    peers.add(PeerId(chat.migrated_from));
    let scope = Scope::channel(peer.bare());
    let settings = call.store().notify_settings(me, scope.kind, scope.peer_id).await?;
    let entrance = entrance(call, &standing, &mut peers).await?;
    let dialog = call.store().dialog(me, peer.0).await?;
    let int = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let counts = call.store().member_counts(peer.0, call.unix()).await?;
    let is_admin = standing.is_admin();
    let migrated_max = match chat.migrated_from {
        0 => None,
        old => Some(int(call.store().top_message(me, old).await?)),
    };
    let next_send = next_send(call, &standing).await?;
    let full = types::ChannelFull {
        can_view_participants: is_admin || !standing.is_broadcast(),
        can_set_username: standing.is_creator(),
        hidden_prehistory: chat.hidden_history,
        can_delete_channel: standing.is_creator(),
        id: peer.bare(),
        about: chat.about.clone(),
        participants_count: Some(int(chat.members)),
        admins_count: is_admin.then(|| int(counts.admins)),
        kicked_count: is_admin.then(|| int(counts.kicked)),
        banned_count: is_admin.then(|| int(counts.restricted)),
        online_count: (!standing.is_broadcast()).then(|| int(counts.online)),
        read_inbox_max_id: dialog.as_ref().map_or(0, |row| int(row.read_inbox)),
        read_outbox_max_id: dialog.as_ref().map_or(0, |row| int(row.read_outbox)),
        unread_count: dialog.as_ref().map_or(0, |row| int(row.unread)),
        chat_photo: match group_photo::full(&eyes, chat) {
            Some(photo) => photo.into(),
            None => types::PhotoEmpty { id: 0 }.into(),
        },
        notify_settings: notify::see(&settings),
        exported_invite: entrance.exported_invite,
        bot_info: bot::in_group(&eyes, &standing, &mut peers).await?,
        migrated_from_chat_id: (chat.migrated_from != 0).then(|| PeerId(chat.migrated_from).bare()),
        migrated_from_max_id: migrated_max,
        pinned_msg_id: pinned(call, &standing).await?,
        available_min_id: dialog.map(|row| int(row.available_min)).filter(|id| *id != 0),
        slowmode_seconds: (chat.slowmode != 0).then(|| int(chat.slowmode)),
        slowmode_next_send_date: next_send,
        pts: call.store().pts(peer.0).await?,
        requests_pending: entrance.requests_pending,
        recent_requesters: entrance.recent_requesters,
        ..blank()
    };
    let (users, chats) = peers.load(&eyes).await?;
    Ok(types::messages::ChatFull { full_chat: full.into(), chats, users })
}

/// When the caller may write again, if slow mode makes them wait.
async fn next_send(call: &Call, standing: &group::Standing) -> Answer<Option<i32>> {
    if standing.chat.slowmode == 0 || standing.is_admin() || !standing.is_in() {
        return Ok(None);
    }
    let last = call.store().last_sent(standing.chat.peer, standing.user_id).await?;
    let next = last.saturating_add(standing.chat.slowmode);
    Ok(i32::try_from(next).ok().filter(|_| next > call.unix()))
}

/// A channel in full with nothing set.
fn blank() -> types::ChannelFull {
    types::ChannelFull {
        can_view_participants: false,
        can_set_username: false,
        can_set_stickers: false,
        hidden_prehistory: false,
        can_set_location: false,
        has_scheduled: false,
        can_view_stats: false,
        blocked: false,
        can_delete_channel: false,
        antispam: false,
        participants_hidden: false,
        translations_disabled: false,
        stories_pinned_available: false,
        view_forum_as_messages: false,
        restricted_sponsored: false,
        can_view_revenue: false,
        paid_media_allowed: false,
        can_view_stars_revenue: false,
        paid_reactions_available: false,
        stargifts_available: false,
        paid_messages_available: false,
        has_welcome_messages: false,
        id: 0,
        about: String::new(),
        participants_count: None,
        admins_count: None,
        kicked_count: None,
        banned_count: None,
        online_count: None,
        read_inbox_max_id: 0,
        read_outbox_max_id: 0,
        unread_count: 0,
        chat_photo: types::PhotoEmpty { id: 0 }.into(),
        notify_settings: notify::see(&NotifyRow::default()),
        exported_invite: None,
        bot_info: Vec::new(),
        migrated_from_chat_id: None,
        migrated_from_max_id: None,
        pinned_msg_id: None,
        stickerset: None,
        available_min_id: None,
        folder_id: None,
        linked_chat_id: None,
        location: None,
        slowmode_seconds: None,
        slowmode_next_send_date: None,
        stats_dc: None,
        pts: 1,
        call: None,
        ttl_period: None,
        pending_suggestions: None,
        groupcall_default_join_as: None,
        theme_emoticon: None,
        requests_pending: None,
        recent_requesters: None,
        default_send_as: None,
        available_reactions: None,
        reactions_limit: None,
        stories: None,
        wallpaper: None,
        boosts_applied: None,
        boosts_unrestrict: None,
        emojiset: None,
        bot_verification: None,
        stargifts_count: None,
        send_paid_messages_stars: None,
        main_tab: None,
        guard_bot_id: None,
        share_theme: None,
    }
}
