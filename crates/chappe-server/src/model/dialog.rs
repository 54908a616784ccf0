//! A chat in somebody's list.

use chappe_api::{enums, types};
use chappe_tl::Decode;

use super::eyes::{Eyes, Peers};
use super::message;
use super::notify::{self, Scope};
use super::peer_id::PeerId;
use crate::store::{DialogRow, Result};

/// A stored draft, or that there is none.
pub(crate) fn draft(bytes: Option<&[u8]>) -> enums::DraftMessage {
    bytes
        .and_then(|bytes| enums::DraftMessage::from_bytes(bytes).ok())
        .unwrap_or_else(|| types::DraftMessageEmpty { date: None }.into())
}

/// Dialogs with the message on top of each.
pub(crate) async fn see_all(
    eyes: &Eyes<'_>,
    rows: &[DialogRow],
    peers: &mut Peers,
) -> Result<(Vec<enums::Dialog>, Vec<enums::Message>)> {
    let (mut dialogs, mut messages) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for row in rows {
        peers.add(PeerId(row.peer));
        if let Some(top) = eyes.store().message(row.mailbox, row.top).await? {
            messages.push(message::see(eyes, &top, peers).await?);
        }
        dialogs.push(see(eyes, row).await?);
    }
    Ok((dialogs, messages))
}

async fn see(eyes: &Eyes<'_>, row: &DialogRow) -> Result<enums::Dialog> {
    let int = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let peer = PeerId(row.peer);
    let scope = match peer.bare() {
        id if peer.is_user() => Scope::user(id),
        id if peer.is_channel() => Scope::channel(id),
        id => Scope::chat(id),
    };
    let settings = eyes.store().notify_settings(eyes.viewer.user_id, scope.kind, scope.peer_id).await?;
    let pts = if row.mailbox < 0 { Some(eyes.store().pts(row.mailbox).await?) } else { None };
    Ok(types::Dialog {
        pinned: row.pinned > 0,
        unread_mark: row.unread_mark,
        view_forum_as_messages: false,
        peer: peer.peer(),
        top_message: int(row.top),
        read_inbox_max_id: int(row.read_inbox),
        read_outbox_max_id: int(row.read_outbox),
        unread_count: int(row.unread),
        unread_mentions_count: int(row.unread_mentions),
        unread_reactions_count: 0,
        unread_poll_votes_count: 0,
        notify_settings: notify::see(&settings),
        pts,
        draft: row.draft.as_deref().map(|bytes| draft(Some(bytes))),
        folder_id: None,
        ttl_period: None,
    }
    .into())
}
