//! `messages.deleteMessages`, `deleteHistory`, `channels.deleteMessages`, `deleteHistory`, `deleteParticipantHistory`

use chappe_api::{enums, functions, types};

use super::outgoing;
use crate::call::Call;
use crate::limits::{DELETED_AT_ONCE, MESSAGES_PER_CALL};
use crate::methods::channels::admin_log::{self, kind};
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::group::{self, Standing};
use crate::model::peer_id::PeerId;
use crate::model::post;
use crate::model::rights::admin;
use crate::model::target::{self, Target};
use crate::store::{AccountChange, Change, HistoryQuery, MessageRow};

/// Whose copies go as well: everybody's if the caller may take the message back.
async fn revoked_from(call: &Call, row: &MessageRow) -> Answer<Vec<i64>> {
    let peer = PeerId(row.peer);
    if peer.is_user() {
        return Ok(vec![row.peer]);
    }
    let eyes = Eyes::of(call)?;
    let Some(standing) = group::standing(&eyes, peer).await? else { return Ok(Vec::new()) };
    let may = standing.is_in() && (row.author == call.user_id()? || standing.admin() & admin::DELETE != 0);
    Ok(if may { call.store().member_ids(row.peer).await? } else { Vec::new() })
}

/// Deletes messages of the caller's mailbox, and the copies in the basic group that they belong to.
pub(crate) async fn everywhere(call: &Call, mailbox: i64, rows: &[MessageRow]) -> Answer<Option<Change>> {
    let mut doomed = Vec::with_capacity(rows.len());
    for row in rows {
        doomed.push((row.id, call.store().member_ids(row.peer).await?));
    }
    let change = call.store().delete_messages(mailbox, &doomed, call.unix()).await?;
    if let Some(change) = change {
        post::happened(call, change, true).await?;
    }
    Ok(change)
}

async fn finish(call: &Call, mailbox: i64, change: Option<Change>) -> Answer<(i32, i32)> {
    Ok(match change {
        Some(change) => {
            post::happened(call, change, true).await?;
            (change.pts, change.pts_count)
        }
        None => (call.store().pts(mailbox).await?, 0),
    })
}

pub(crate) async fn own(
    call: &Call,
    query: functions::messages::DeleteMessages,
) -> Answer<types::messages::AffectedMessages> {
    let me = call.user_id()?;
    let ids = query.id.get(..MESSAGES_PER_CALL).unwrap_or(&query.id);
    let mut doomed = Vec::new();
    for row in outgoing::named(call, me, ids).await?.into_iter().flatten() {
        let receivers = if query.revoke { revoked_from(call, &row).await? } else { Vec::new() };
        doomed.push((row.id, receivers));
    }
    let change = call.store().delete_messages(me, &doomed, call.unix()).await?;
    let (pts, pts_count) = finish(call, me, change).await?;
    Ok(types::messages::AffectedMessages { pts, pts_count })
}

pub(crate) async fn of_channel(
    call: &Call,
    query: functions::channels::DeleteMessages,
) -> Answer<types::messages::AffectedMessages> {
    let me = call.user_id()?;
    let standing = target::channel(call, &query.channel).await?;
    let mailbox = standing.chat.peer;
    let ids = query.id.get(..MESSAGES_PER_CALL).unwrap_or(&query.id);
    let (mut doomed, mut events) = (Vec::new(), Vec::new());
    for row in outgoing::named(call, mailbox, ids).await?.into_iter().flatten() {
        let own = row.author == me && (!standing.is_broadcast() || standing.is_admin());
        if !own && standing.admin() & admin::DELETE == 0 || row.id == 1 {
            return Err(call.refuse(&["MESSAGE_DELETE_FORBIDDEN"]));
        }
        doomed.push((row.id, Vec::new()));
        events.push((admin_log::message_of(call, &row).await?, row.message));
    }
    let change = call.store().delete_messages(mailbox, &doomed, call.unix()).await?;
    let (pts, pts_count) = finish(call, mailbox, change).await?;
    for (message, words) in events.into_iter().filter(|_| change.is_some()) {
        let event = types::ChannelAdminLogEventActionDeleteMessage { message };
        admin_log::note_own(call, standing.peer(), kind::DELETE, event, &words).await?;
    }
    Ok(types::messages::AffectedMessages { pts, pts_count })
}

pub(crate) async fn history(
    call: &Call,
    query: functions::messages::DeleteHistory,
) -> Answer<types::messages::AffectedHistory> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    let peer = target.peer();
    if peer.is_channel() {
        return Err(call.refuse(&["PEER_ID_INVALID"]));
    }
    let after = |date: Option<i32>| date.map_or(0, |date| i64::from(date.max(0)));
    let wanted = HistoryQuery {
        mailbox: me,
        peer: peer.0,
        max_id: if query.max_id > 0 { i64::from(query.max_id) + 1 } else { 0 },
        min_date: after(query.min_date),
        max_date: after(query.max_date),
        limit: DELETED_AT_ONCE,
        ..HistoryQuery::default()
    };
    let window = call.store().history(&wanted).await?;
    let mut rows = window.messages;
    // A chat that is only cleared stays in the list, under a message that says so.
    let kept = (query.just_clear && !rows.is_empty()).then(|| rows.remove(0));
    let mut doomed = Vec::new();
    for row in rows {
        let receivers = if query.revoke { revoked_from(call, &row).await? } else { Vec::new() };
        doomed.push((row.id, receivers));
    }
    if let Some(row) = kept {
        let receivers = if query.revoke { revoked_from(call, &row).await? } else { Vec::new() };
        clear(call, row, &receivers).await?;
    }
    let change = call.store().delete_messages(me, &doomed, call.unix()).await?;
    let (pts, pts_count) = finish(call, me, change).await?;
    Ok(types::messages::AffectedHistory { pts, pts_count, offset: left(window.count) })
}

/// Turns a message into the note that the history was cleared. Others keep their copies, but for `receivers`.
async fn clear(call: &Call, row: MessageRow, receivers: &[i64]) -> Answer<()> {
    let action = outgoing::stored(&enums::MessageAction::HistoryClear)?;
    if row.action.as_ref() == Some(&action) {
        return Ok(());
    }
    let MessageRow { mailbox, id, uid, peer, from_peer, author, is_out, date, .. } = row;
    let cleared = MessageRow {
        mailbox,
        id,
        uid,
        peer,
        from_peer,
        author,
        is_out,
        date,
        action: Some(action),
        ..MessageRow::default()
    };
    let uid = i64::from_le_bytes(call.world.rng.bytes());
    let change = call.store().replace_message(&cleared, uid, receivers, call.unix()).await?;
    post::happened(call, change, false).await
}

pub(crate) async fn channel_history(
    call: &Call,
    query: functions::channels::DeleteHistory,
) -> Answer<enums::Updates> {
    let me = call.user_id()?;
    let standing = target::channel(call, &query.channel).await?;
    let peer = standing.peer();
    if query.for_everyone {
        if standing.admin() & admin::DELETE == 0 || !standing.is_creator() {
            return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
        }
        let mut changes = Vec::new();
        loop {
            let (change, left) = delete_where(call, &standing, query.max_id, 0).await?;
            changes.extend(change);
            if change.is_none() || left == 0 {
                break;
            }
        }
        return post::updates(call, Vec::new(), &changes, Peers::default()).await;
    }
    let top = call.store().dialog(me, peer.0).await?.map_or(0, |row| row.top);
    let max_id = if query.max_id > 0 { i64::from(query.max_id).min(top) } else { top };
    call.store().hide_history(me, peer.0, max_id).await?;
    call.account_changed(me, AccountChange::AvailableMessages, peer).await?;
    let available_min_id = i32::try_from(max_id).unwrap_or(i32::MAX);
    let update = types::UpdateChannelAvailableMessages { channel_id: peer.bare(), available_min_id };
    let mut peers = Peers::default();
    peers.add(peer);
    post::updates(call, vec![update.into()], &[], peers).await
}

/// Deletes the newest messages of a channel, of one author or of all (0). Says how many are left to be deleted.
async fn delete_where(
    call: &Call,
    standing: &Standing,
    max_id: i32,
    author: i64,
) -> Answer<(Option<Change>, i32)> {
    let mailbox = standing.chat.peer;
    let wanted = HistoryQuery {
        mailbox,
        peer: mailbox,
        // The message that made the channel stays.
        min_id: 1,
        max_id: if max_id > 0 { i64::from(max_id) + 1 } else { 0 },
        from_peer: author,
        limit: DELETED_AT_ONCE,
        ..HistoryQuery::default()
    };
    let window = call.store().history(&wanted).await?;
    let doomed: Vec<(i64, Vec<i64>)> = window.messages.iter().map(|row| (row.id, Vec::new())).collect();
    let change = call.store().delete_messages(mailbox, &doomed, call.unix()).await?;
    if let Some(change) = change {
        post::happened(call, change, true).await?;
    }
    Ok((change, left(window.count)))
}

/// How many messages a call has left to the next one, of so many.
pub(super) fn left(count: i64) -> i32 {
    i32::try_from(count.saturating_sub(DELETED_AT_ONCE).max(0)).unwrap_or(i32::MAX)
}

pub(crate) async fn participant_history(
    call: &Call,
    query: functions::channels::DeleteParticipantHistory,
) -> Answer<types::messages::AffectedHistory> {
    let standing = target::channel(call, &query.channel).await?;
    if standing.admin() & admin::DELETE == 0 {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let Target::User(user) = target::find(call, &query.participant).await? else {
        return Err(call.refuse(&["PARTICIPANT_ID_INVALID"]));
    };
    let (change, offset) = delete_where(call, &standing, 0, user.id).await?;
    let (pts, pts_count) = match change {
        Some(change) => (change.pts, change.pts_count),
        None => (call.store().pts(standing.chat.peer).await?, 0),
    };
    Ok(types::messages::AffectedHistory { pts, pts_count, offset })
}
