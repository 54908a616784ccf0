//! `messages.getChats`, `getFullChat`, `getCommonChats` and `getOnlines`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::MESSAGES_PER_CALL;
use crate::methods::errors::Answer;
use crate::methods::messages::page;
use crate::model::eyes::{Eyes, Peers};
use crate::model::group::{self, Standing};
use crate::model::notify::{self, Scope};
use crate::model::peer_id::PeerId;
use crate::model::rights::admin;
use crate::model::target::{self, Target};
use crate::model::{bot, group_photo, invite, mail, participants, peer};
use crate::store::HistoryQuery;

pub(crate) async fn some(
    call: &Call,
    query: functions::messages::GetChats,
) -> Answer<enums::messages::Chats> {
    let eyes = Eyes::of(call)?;
    let mut chats = Vec::new();
    for id in query.id.iter().take(MESSAGES_PER_CALL) {
        chats.push(group::see(&eyes, &target::basic(call, *id).await?));
    }
    Ok(types::messages::Chats { chats }.into())
}

/// The newest pinned message that the caller sees in a chat.
pub(crate) async fn pinned(call: &Call, standing: &Standing) -> Answer<Option<i32>> {
    let target = Target::Group(Box::new(standing.clone()));
    let wanted = HistoryQuery { pinned: true, limit: 1, ..page::query(call, &target).await? };
    let found = call.store().history(&wanted).await?.messages;
    Ok(found.first().and_then(|row| i32::try_from(row.id).ok()))
}

/// What administrators see of those who come and want to come: their own link, and requests.
pub(crate) struct Entrance {
    pub(crate) exported_invite: Option<enums::ExportedChatInvite>,
    pub(crate) requests_pending: Option<i32>,
    pub(crate) recent_requesters: Option<Vec<i64>>,
}

pub(crate) async fn entrance(call: &Call, standing: &Standing, peers: &mut Peers) -> Answer<Entrance> {
    let (peer, me) = (standing.chat.peer, standing.user_id);
    if standing.admin() & admin::INVITE == 0 {
        return Ok(Entrance { exported_invite: None, requests_pending: None, recent_requesters: None });
    }
    let own = call.store().permanent_invite(peer, me).await?;
    let requests = call.store().join_requests(peer).await?;
    let recent: Vec<i64> = requests.iter().take(mail::RECENT).map(|request| request.user_id).collect();
    recent.iter().for_each(|user| peers.add(PeerId::user(*user)));
    let pending = i32::try_from(requests.len()).ok().filter(|count| *count > 0);
    Ok(Entrance {
        exported_invite: own.map(|row| invite::see(&row).into()),
        requests_pending: pending,
        recent_requesters: pending.map(|_| recent),
    })
}

pub(crate) async fn full(
    call: &Call,
    query: functions::messages::GetFullChat,
) -> Answer<types::messages::ChatFull> {
    let standing = target::basic(call, query.chat_id).await?;
    let eyes = Eyes::of(call)?;
    let mut peers = Peers::default();
    let (peer, chat) = (standing.peer(), &standing.chat);
    peers.add(peer);
    peers.add(PeerId(chat.migrated_to));
    let scope = Scope::chat(peer.bare());
    let settings = call.store().notify_settings(eyes.user_id(), scope.kind, scope.peer_id).await?;
    let entrance = entrance(call, &standing, &mut peers).await?;
    let bots = bot::in_group(&eyes, &standing, &mut peers).await?;
    let is_in = standing.is_in();
    let full = types::ChatFull {
        can_set_username: standing.is_creator(),
        has_scheduled: false,
        translations_disabled: false,
        has_welcome_messages: false,
        id: peer.bare(),
        about: if is_in { chat.about.clone() } else { String::new() },
        participants: participants::basic(&eyes, &standing, &mut peers).await?,
        chat_photo: group_photo::full(&eyes, chat).filter(|_| is_in).map(Into::into),
        notify_settings: notify::see(&settings),
        exported_invite: entrance.exported_invite,
        bot_info: Some(bots).filter(|bots| !bots.is_empty()),
        pinned_msg_id: pinned(call, &standing).await?,
        folder_id: None,
        call: None,
        ttl_period: None,
        groupcall_default_join_as: None,
        theme_emoticon: None,
        requests_pending: entrance.requests_pending,
        recent_requesters: entrance.recent_requesters,
        available_reactions: None,
        reactions_limit: None,
    };
    let (users, chats) = peers.load(&eyes).await?;
    Ok(types::messages::ChatFull { full_chat: full.into(), chats, users })
}

pub(crate) async fn common(
    call: &Call,
    query: functions::messages::GetCommonChats,
) -> Answer<enums::messages::Chats> {
    let other = peer::find(call, &query.user_id).await?;
    let other = other.ok_or_else(|| call.refuse(&["USER_ID_INVALID"]))?;
    let me = call.user_id()?;
    let mut ids = if other.id == me { Vec::new() } else { call.store().common_chats(me, other.id).await? };
    // The list goes on behind the chat that the last page ended with.
    if let Some(at) = ids.iter().position(|id| query.max_id != 0 && PeerId(*id).bare() == query.max_id) {
        ids.drain(..=at);
    }
    ids.truncate(usize::try_from(query.limit).unwrap_or(0).clamp(1, MESSAGES_PER_CALL));
    let eyes = Eyes::of(call)?;
    let mut chats = Vec::new();
    for id in ids {
        chats.extend(group::load(&eyes, PeerId(id)).await?);
    }
    Ok(types::messages::Chats { chats }.into())
}

/// How many members of a chat are there now.
pub(crate) async fn onlines(
    call: &Call,
    query: functions::messages::GetOnlines,
) -> Answer<types::ChatOnlines> {
    let target = target::find(call, &query.peer).await?;
    let Target::Group(standing) = &target else { return Err(call.refuse(&["PEER_ID_INVALID"])) };
    let onlines = call.store().onlines(standing.chat.peer, call.unix()).await?;
    Ok(types::ChatOnlines { onlines: i32::try_from(onlines).unwrap_or(i32::MAX) })
}
