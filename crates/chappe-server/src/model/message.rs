//! A message in the eyes of somebody.

use chappe_api::{enums, types};
use chappe_tl::Decode;

use super::eyes::{Eyes, Peers};
use super::media;
use super::peer_id::PeerId;
use crate::store::{MessageRow, Result};

fn read<T: Decode>(bytes: Option<&Vec<u8>>) -> Option<T> {
    // What we wrote ourselves can be read, unless somebody changed the database.
    bytes.and_then(|bytes| T::from_bytes(bytes).ok())
}

/// The medium of a message as the viewer may fetch it.
fn see_media(eyes: &Eyes<'_>, row: &MessageRow) -> Option<enums::MessageMedia> {
    let mut media: enums::MessageMedia = read(row.media.as_ref())?;
    let message = if row.media_ttl == 0 { 0 } else { row.uid };
    media::see(&mut media, &media::Viewer { message, ..eyes.of_media() });
    Some(media)
}

/// What a service message tells; a photo in it as the viewer may fetch it.
fn see_action(eyes: &Eyes<'_>, row: &MessageRow) -> Option<enums::MessageAction> {
    let mut action: enums::MessageAction = read(row.action.as_ref())?;
    if let enums::MessageAction::ChatEditPhoto(edit) = &mut action
        && let enums::Photo::Photo(photo) = &mut edit.photo
    {
        eyes.of_media().photo(photo);
    }
    Some(action)
}

fn reply_header(row: &MessageRow) -> Option<enums::MessageReplyHeader> {
    let mut header: enums::MessageReplyHeader = read(row.reply.as_ref())?;
    if let enums::MessageReplyHeader::Header(header) = &mut header
        && header.reply_to_peer_id.is_none()
    {
        // The viewer may have deleted what was answered.
        header.reply_to_msg_id = Some(i32::try_from(row.reply_to).ok().filter(|id| *id != 0)?);
    }
    Some(header)
}

/// `row` as the viewer sees it; whom it names goes into `peers`.
pub(crate) async fn see(eyes: &Eyes<'_>, row: &MessageRow, peers: &mut Peers) -> Result<enums::Message> {
    let int = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let peer = PeerId(row.peer);
    let mention = match peer.is_user() {
        true => None,
        false => eyes.store().mention(eyes.user_id(), row.mailbox, row.id).await?,
    };
    let out = if row.mailbox < 0 { row.author == eyes.user_id() } else { row.is_out };
    let post = peer.is_channel() && row.from_peer == 0;
    let unheard = row.media_unread && (row.mailbox > 0 || is_unheard(eyes, row).await?);
    let (mentioned, media_unread) = (mention.is_some(), mention == Some(true) || unheard);
    let message: enums::Message = match see_action(eyes, row) {
        Some(action) => types::MessageService {
            out,
            mentioned,
            media_unread,
            reactions_are_possible: false,
            silent: row.silent,
            post,
            legacy: false,
            id: int(row.id),
            from_id: PeerId(row.from_peer).some(),
            peer_id: peer.peer(),
            saved_peer_id: None,
            reply_to: reply_header(row),
            date: int(row.date),
            action,
            reactions: None,
            ttl_period: None,
        }
        .into(),
        None => types::Message {
            out,
            mentioned,
            media_unread,
            silent: row.silent,
            post,
            pinned: row.pinned,
            noforwards: row.noforwards,
            invert_media: row.invert_media,
            id: int(row.id),
            // In private chats the direction says who wrote it, but clients like to be told.
            from_id: PeerId(row.from_peer).some(),
            peer_id: peer.peer(),
            saved_peer_id: (row.peer == row.mailbox).then(|| saved_peer(row)),
            fwd_from: read(row.fwd.as_ref()).map(Box::new),
            via_bot_id: Some(row.via_bot).filter(|id| *id != 0),
            reply_to: reply_header(row),
            date: int(row.date),
            message: row.message.clone(),
            media: see_media(eyes, row),
            reply_markup: read(row.reply_markup.as_ref()),
            entities: read(row.entities.as_ref()),
            views: post.then(|| int(row.views)),
            forwards: post.then(|| int(row.forwards)),
            edit_date: Some(int(row.edit_date)).filter(|date| *date != 0),
            post_author: row.post_author.clone(),
            grouped_id: Some(row.grouped_id).filter(|id| *id != 0),
            ..blank(peer.peer())
        }
        .into(),
    };
    peers.add_message(row, &message);
    Ok(message)
}

/// Whether the viewer has to listen to a message of a supergroup, or somebody else if it is the viewer's.
async fn is_unheard(eyes: &Eyes<'_>, row: &MessageRow) -> Result<bool> {
    let who = (row.mailbox, row.id);
    eyes.store().is_unheard(who, eyes.user_id(), row.author, row.date, eyes.now).await
}

/// Under which chat a saved message is filed: where it was forwarded from, else under one's own notes.
fn saved_peer(row: &MessageRow) -> enums::Peer {
    let fwd: Option<types::MessageFwdHeader> = read(row.fwd.as_ref());
    fwd.and_then(|fwd| fwd.saved_from_peer).unwrap_or_else(|| PeerId(row.mailbox).peer())
}

/// Several messages, in the order given.
pub(crate) async fn see_all(
    eyes: &Eyes<'_>,
    rows: &[MessageRow],
    peers: &mut Peers,
) -> Result<Vec<enums::Message>> {
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        messages.push(see(eyes, row, peers).await?);
    }
    Ok(messages)
}

/// A place where there is no message (any more).
pub(crate) fn empty(id: i32) -> enums::Message {
    types::MessageEmpty { id, peer_id: None }.into()
}

/// A message with nothing set.
fn blank(peer_id: enums::Peer) -> types::Message {
    types::Message {
        out: false,
        mentioned: false,
        media_unread: false,
        silent: false,
        post: false,
        from_scheduled: false,
        legacy: false,
        edit_hide: false,
        pinned: false,
        noforwards: false,
        invert_media: false,
        offline: false,
        video_processing_pending: false,
        paid_suggested_post_stars: false,
        paid_suggested_post_ton: false,
        id: 0,
        from_id: None,
        from_boosts_applied: None,
        from_rank: None,
        peer_id,
        saved_peer_id: None,
        fwd_from: None,
        via_bot_id: None,
        via_business_bot_id: None,
        guestchat_via_from: None,
        reply_to: None,
        date: 0,
        message: String::new(),
        media: None,
        reply_markup: None,
        entities: None,
        views: None,
        forwards: None,
        replies: None,
        edit_date: None,
        post_author: None,
        grouped_id: None,
        reactions: None,
        restriction_reason: None,
        ttl_period: None,
        quick_reply_shortcut_id: None,
        effect: None,
        factcheck: None,
        report_delivery_until_date: None,
        paid_message_stars: None,
        suggested_post: None,
        schedule_repeat_period: None,
        summary_from_language: None,
        rich_message: None,
    }
}
