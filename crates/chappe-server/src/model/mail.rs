//! What happened in a mailbox, as updates for one of those who read it.

use chappe_api::{enums, types};

use super::eyes::{Eyes, Peers};
use super::peer_id::PeerId;
use super::rights::{admin, banned_rights};
use super::{dialog, group, message, user};
use crate::limits::TOLD_MEMBERS;
use crate::store::{AccountChange, MailEvent, MailKind, Result};

/// Of those who ask to come in, so many are named.
pub(crate) const RECENT: usize = 5;

/// An event as an update. `None` if its message is gone since: the event that says so follows.
pub(crate) async fn update(
    eyes: &Eyes<'_>,
    mailbox: i64,
    event: &MailEvent,
    peers: &mut Peers,
) -> Result<Option<enums::Update>> {
    let (pts, pts_count) = (event.pts, event.pts_count);
    if matches!(event.kind, MailKind::New | MailKind::Edited) {
        let Some(row) = eyes.store().message(mailbox, i64::from(event.value)).await? else { return Ok(None) };
        // What was said before the viewer came may be none of their business.
        if mailbox < 0 && row.id <= eyes.store().available_min(eyes.user_id(), mailbox).await? {
            return Ok(None);
        }
        if mailbox < 0 && !eyes.world.hears(&row, eyes.user_id()).await? {
            return Ok(None);
        }
        let message = message::see(eyes, &row, peers).await?;
        return Ok(Some(match (event.kind, mailbox < 0) {
            (MailKind::New, false) => types::UpdateNewMessage { message, pts, pts_count }.into(),
            (MailKind::New, true) => types::UpdateNewChannelMessage { message, pts, pts_count }.into(),
            (_, false) => types::UpdateEditMessage { message, pts, pts_count }.into(),
            (_, true) => types::UpdateEditChannelMessage { message, pts, pts_count }.into(),
        }));
    }
    let messages = event.ids.clone();
    if mailbox < 0 {
        let channel_id = PeerId(mailbox).bare();
        let pinned = event.kind == MailKind::Pinned;
        peers.add(PeerId(mailbox));
        return Ok(Some(match event.kind {
            MailKind::Deleted => {
                types::UpdateDeleteChannelMessages { channel_id, messages, pts, pts_count }.into()
            }
            _ => types::UpdatePinnedChannelMessages { pinned, channel_id, messages, pts, pts_count }.into(),
        }));
    }
    let peer = PeerId(event.peer);
    if event.kind != MailKind::Deleted {
        peers.add(peer);
    }
    Ok(Some(match event.kind {
        MailKind::ReadInbox => {
            let unread = eyes.store().dialog(mailbox, event.peer).await?.map_or(0, |row| row.unread);
            types::UpdateReadHistoryInbox {
                folder_id: None,
                peer: peer.peer(),
                top_msg_id: None,
                max_id: event.value,
                still_unread_count: i32::try_from(unread).unwrap_or(i32::MAX),
                pts,
                pts_count,
            }
            .into()
        }
        MailKind::ReadOutbox => {
            types::UpdateReadHistoryOutbox { peer: peer.peer(), max_id: event.value, pts, pts_count }.into()
        }
        MailKind::Pinned | MailKind::Unpinned => {
            let pinned = event.kind == MailKind::Pinned;
            types::UpdatePinnedMessages { pinned, peer: peer.peer(), messages, pts, pts_count }.into()
        }
        MailKind::ContentsRead => {
            types::UpdateReadMessagesContents { messages, pts, pts_count, date: None }.into()
        }
        _ => types::UpdateDeleteMessages { messages, pts, pts_count }.into(),
    }))
}

/// In place of something in a channel that is not for the viewer: nothing, under the same pts.
pub(crate) fn nothing(channel: i64, event: &MailEvent, peers: &mut Peers) -> enums::Update {
    let (pts, pts_count) = (event.pts, event.pts_count);
    peers.add(PeerId(channel));
    let channel_id = PeerId(channel).bare();
    types::UpdateDeleteChannelMessages { channel_id, messages: Vec::new(), pts, pts_count }.into()
}

/// What changed about an account without a counter, as it is now.
pub(crate) async fn account_update(
    eyes: &Eyes<'_>,
    change: AccountChange,
    peer: PeerId,
    peers: &mut Peers,
) -> Result<Option<enums::Update>> {
    let user_id = eyes.user_id();
    peers.add(peer);
    let dialog_peer = || enums::DialogPeer::from(types::DialogPeer { peer: peer.peer() });
    Ok(Some(match change {
        AccountChange::Draft => {
            let row = eyes.store().dialog(user_id, peer.0).await?;
            let draft = dialog::draft(row.and_then(|row| row.draft).as_deref());
            types::UpdateDraftMessage { peer: peer.peer(), top_msg_id: None, saved_peer_id: None, draft }
                .into()
        }
        AccountChange::PinnedDialogs => {
            let mut rows = eyes.store().dialogs(user_id).await?;
            rows.retain(|row| row.pinned > 0);
            rows.sort_by_key(|row| -row.pinned);
            let order = rows
                .iter()
                .map(|row| {
                    peers.add(PeerId(row.peer));
                    types::DialogPeer { peer: PeerId(row.peer).peer() }.into()
                })
                .collect();
            types::UpdatePinnedDialogs { folder_id: None, order: Some(order) }.into()
        }
        AccountChange::UnreadMark => {
            let unread = eyes.store().dialog(user_id, peer.0).await?.is_some_and(|row| row.unread_mark);
            types::UpdateDialogUnreadMark { unread, peer: dialog_peer(), saved_peer_id: None }.into()
        }
        AccountChange::Blocked => {
            let blocked = eyes.store().has_blocked(user_id, peer.0).await?;
            types::UpdatePeerBlocked { blocked, blocked_my_stories_from: false, peer_id: peer.peer() }.into()
        }
        AccountChange::Channel => types::UpdateChannel { channel_id: peer.bare() }.into(),
        AccountChange::Chat => types::UpdateChat { chat_id: peer.bare() }.into(),
        AccountChange::BannedRights => {
            let Some(standing) = group::standing(eyes, peer).await? else { return Ok(None) };
            let Some(rights) = banned_rights(standing.chat.banned_rights, 0).filter(|_| standing.is_in())
            else {
                return Ok(None);
            };
            types::UpdateChatDefaultBannedRights {
                peer: peer.peer(),
                default_banned_rights: rights,
                version: i32::try_from(standing.chat.version).unwrap_or(i32::MAX),
            }
            .into()
        }
        AccountChange::JoinRequests => {
            let Some(standing) = group::standing(eyes, peer).await? else { return Ok(None) };
            if standing.admin() & admin::INVITE == 0 {
                return Ok(None);
            }
            let requests = eyes.store().join_requests(peer.0).await?;
            requests.iter().for_each(|request| peers.add(PeerId::user(request.user_id)));
            types::UpdatePendingJoinRequests {
                peer: peer.peer(),
                requests_pending: i32::try_from(requests.len()).unwrap_or(i32::MAX),
                recent_requesters: requests.iter().take(RECENT).map(|request| request.user_id).collect(),
            }
            .into()
        }
        AccountChange::PeerSettings => {
            let other = eyes.store().user(peer.0).await?;
            let settings = match &other {
                Some(other) => user::settings(eyes.store(), other, user_id).await?,
                None => user::no_settings(),
            };
            types::UpdatePeerSettings { peer: peer.peer(), settings }.into()
        }
        AccountChange::AvailableMessages => {
            let min = eyes.store().available_min(user_id, peer.0).await?;
            let available_min_id = i32::try_from(min).unwrap_or(i32::MAX);
            types::UpdateChannelAvailableMessages { channel_id: peer.bare(), available_min_id }.into()
        }
        AccountChange::Members => {
            let Some(standing) = group::standing(eyes, peer).await? else { return Ok(None) };
            if standing.is_in() && standing.chat.members > TOLD_MEMBERS {
                return Ok(Some(types::UpdateChat { chat_id: peer.bare() }.into()));
            }
            let participants = super::participants::basic(eyes, &standing, peers).await?;
            types::UpdateChatParticipants { participants }.into()
        }
    }))
}

/// The short form of an update, if it has one: a plain text from somebody the client knows.
pub(crate) fn short(update: &enums::Update) -> Option<enums::Updates> {
    let enums::Update::NewMessage(new) = update else { return None };
    let enums::Message::Message(message) = &new.message else { return None };
    let plain = message.media.is_none()
        && message.reply_markup.is_none()
        && message.grouped_id.is_none()
        && message.saved_peer_id.is_none()
        && !message.noforwards;
    if !plain {
        return None;
    }
    let (pts, pts_count) = (new.pts, new.pts_count);
    match (&message.peer_id, &message.from_id) {
        (enums::Peer::User(peer), _) => Some(
            types::UpdateShortMessage {
                out: message.out,
                mentioned: message.mentioned,
                media_unread: message.media_unread,
                silent: message.silent,
                id: message.id,
                user_id: peer.user_id,
                message: message.message.clone(),
                pts,
                pts_count,
                date: message.date,
                fwd_from: message.fwd_from.clone(),
                via_bot_id: message.via_bot_id,
                reply_to: message.reply_to.clone(),
                entities: message.entities.clone(),
                ttl_period: None,
            }
            .into(),
        ),
        (enums::Peer::Chat(peer), Some(enums::Peer::User(from))) => Some(
            types::UpdateShortChatMessage {
                out: message.out,
                mentioned: message.mentioned,
                media_unread: message.media_unread,
                silent: message.silent,
                id: message.id,
                from_id: from.user_id,
                chat_id: peer.chat_id,
                message: message.message.clone(),
                pts,
                pts_count,
                date: message.date,
                fwd_from: message.fwd_from.clone(),
                via_bot_id: message.via_bot_id,
                reply_to: message.reply_to.clone(),
                entities: message.entities.clone(),
                ttl_period: None,
            }
            .into(),
        ),
        _ => None,
    }
}
