//! What was read: `messages.readHistory`, `readMessageContents`, `readMentions`, and the same of channels

use chappe_api::{functions, types};

use crate::call::Call;
use crate::limits::MESSAGES_PER_CALL;
use crate::methods::errors::Answer;
use crate::model::peer_id::PeerId;
use crate::model::post;
use crate::model::target::{self, Target};
use crate::store::{Change, ContentsRead};

/// The counter of the caller's own mailbox, after a change or without one.
async fn affected(call: &Call, change: Option<Change>) -> Answer<types::messages::AffectedMessages> {
    Ok(match change {
        Some(change) => {
            post::happened(call, change, true).await?;
            types::messages::AffectedMessages { pts: change.pts, pts_count: change.pts_count }
        }
        None => {
            types::messages::AffectedMessages { pts: call.store().pts(call.user_id()?).await?, pts_count: 0 }
        }
    })
}

async fn read(call: &Call, target: &Target, max_id: i32) -> Answer<Option<Change>> {
    let me = call.user_id()?;
    let (peer, mailbox) = (target.peer(), target.mailbox(me));
    // Who only looks at a channel leaves no mark.
    if mailbox < 0 && target.standing().is_none_or(|standing| !standing.is_in()) {
        return Ok(None);
    }
    let before = call.store().dialog(me, peer.0).await?;
    let Some((max_id, change)) = call.store().read_history(me, peer.0, mailbox, max_id, call.unix()).await?
    else {
        return Ok(None);
    };
    if mailbox < 0 {
        tell_channel(call, peer, before.map_or(0, |row| row.read_inbox), max_id).await?;
    }
    Ok(change)
}

/// In a channel reading has no counter: other devices of the reader hear of it, and the authors of what was read.
async fn tell_channel(call: &Call, channel: PeerId, before: i64, max_id: i32) -> Answer<()> {
    let me = call.user_id()?;
    let channel_id = channel.bare();
    let unread = call.store().dialog(me, channel.0).await?.map_or(0, |row| row.unread);
    let update = types::UpdateReadChannelInbox {
        folder_id: None,
        channel_id,
        max_id,
        still_unread_count: i32::try_from(unread).unwrap_or(i32::MAX),
        pts: call.store().pts(channel.0).await?,
    };
    call.notice(vec![me], update, vec![channel]);
    for (author, last) in call.store().authors_between(channel.0, before, i64::from(max_id)).await? {
        if author != me {
            let max_id = i32::try_from(last).unwrap_or(i32::MAX);
            let update = types::UpdateReadChannelOutbox { channel_id, max_id };
            call.notice(vec![author], update, vec![channel]);
        }
    }
    Ok(())
}

pub(crate) async fn history(
    call: &Call,
    query: functions::messages::ReadHistory,
) -> Answer<types::messages::AffectedMessages> {
    let target = target::find(call, &query.peer).await?;
    let change = read(call, &target, query.max_id).await?;
    affected(call, change).await
}

pub(crate) async fn channel(call: &Call, query: functions::channels::ReadHistory) -> Answer<bool> {
    let standing = target::channel(call, &query.channel).await?;
    if !standing.is_in() {
        return Ok(false);
    }
    read(call, &Target::Group(Box::new(standing)), query.max_id).await?;
    Ok(true)
}

pub(crate) async fn contents(
    call: &Call,
    query: functions::messages::ReadMessageContents,
) -> Answer<types::messages::AffectedMessages> {
    let me = call.user_id()?;
    let ids = query.id.get(..MESSAGES_PER_CALL).unwrap_or(&query.id);
    let ContentsRead { change, .. } = call.store().read_mentions(me, me, Err(ids), call.unix()).await?;
    call.world.media_opened.notify_one();
    affected(call, change).await
}

pub(crate) async fn channel_contents(
    call: &Call,
    query: functions::channels::ReadMessageContents,
) -> Answer<bool> {
    let me = call.user_id()?;
    let standing = target::channel(call, &query.channel).await?;
    if !standing.is_in() {
        return Ok(false);
    }
    let channel = standing.peer();
    let hidden = call.store().available_min(me, channel.0).await?;
    let mut ids: Vec<i32> = query.id.into_iter().filter(|id| i64::from(*id) > hidden).collect();
    ids.truncate(MESSAGES_PER_CALL);
    let ContentsRead { read, heard, .. } =
        call.store().read_mentions(me, channel.0, Err(&ids), call.unix()).await?;
    tell_contents(call, channel, me, &read);
    for (author, id) in heard {
        tell_contents(call, channel, author, &[id]);
    }
    Ok(true)
}

/// Has somebody's devices hear which messages of a channel were read or listened to.
fn tell_contents(call: &Call, channel: PeerId, user_id: i64, read: &[i64]) {
    if !read.is_empty() {
        let update = types::UpdateChannelReadMessagesContents {
            channel_id: channel.bare(),
            top_msg_id: None,
            saved_peer_id: None,
            messages: read.iter().filter_map(|id| i32::try_from(*id).ok()).collect(),
        };
        call.notice(vec![user_id], update, vec![channel]);
    }
}

pub(crate) async fn mentions(
    call: &Call,
    query: functions::messages::ReadMentions,
) -> Answer<types::messages::AffectedHistory> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    let (peer, mailbox) = (target.peer(), target.mailbox(me));
    let ContentsRead { read, change, .. } =
        call.store().read_mentions(me, mailbox, Ok(peer.0), call.unix()).await?;
    if mailbox < 0 {
        tell_contents(call, peer, me, &read);
        let pts = call.store().pts(mailbox).await?;
        return Ok(types::messages::AffectedHistory { pts, pts_count: 0, offset: 0 });
    }
    let affected = affected(call, change).await?;
    Ok(types::messages::AffectedHistory { pts: affected.pts, pts_count: affected.pts_count, offset: 0 })
}
