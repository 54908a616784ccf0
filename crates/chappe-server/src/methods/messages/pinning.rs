//! `messages.updatePinnedMessage` and `unpinAllMessages`

use chappe_api::{enums, functions, types};

use super::deleting;
use super::outgoing::{self, Outgoing};
use crate::call::Call;
use crate::limits::DELETED_AT_ONCE;
use crate::methods::channels::admin_log::{self, kind};
use crate::methods::errors::Answer;
use crate::model::eyes::Peers;
use crate::model::group::Standing;
use crate::model::post;
use crate::model::rights::{admin, banned};
use crate::model::target::{self, Target};
use crate::store::{HistoryQuery, MessageRow};

fn check(call: &Call, target: &Target) -> Answer<()> {
    let may = target.standing().is_none_or(|standing| match standing.is_broadcast() {
        true => standing.admin() & admin::EDIT != 0,
        false => standing.may(admin::PIN, banned::PIN),
    });
    if may { Ok(()) } else { Err(call.refuse(&["CHAT_ADMIN_REQUIRED"])) }
}

pub(crate) async fn one(
    call: &Call,
    query: functions::messages::UpdatePinnedMessage,
) -> Answer<enums::Updates> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    check(call, &target)?;
    let mailbox = target.mailbox(me);
    let row = call.store().message(mailbox, i64::from(query.id)).await?;
    let row = row.filter(|row| row.peer == target.peer().0 && row.action.is_none());
    let row = row.ok_or_else(|| call.refuse(&["MESSAGE_ID_INVALID"]))?;
    let pinned = !query.unpin;
    let receivers = if query.pm_oneside { Vec::new() } else { outgoing::receivers(call, &target).await? };
    let change = call.store().pin_messages(mailbox, &[row.id], pinned, &receivers, call.unix()).await?;
    let change = change.ok_or_else(|| call.refuse(&["CHAT_NOT_MODIFIED"]))?;
    post::happened(call, change, true).await?;
    if mailbox < 0 {
        let message = admin_log::message_of(call, &MessageRow { pinned, ..row }).await?;
        let event = types::ChannelAdminLogEventActionUpdatePinned { message };
        admin_log::note_own(call, target.peer(), kind::PINNED, event, "").await?;
    }
    let mut changes = vec![change];
    // Others are told by a message, unless the pin is the caller's own business.
    if pinned && !query.pm_oneside && target.peer().0 != me {
        let reply = types::InputReplyToMessage {
            reply_to_msg_id: query.id,
            top_msg_id: None,
            reply_to_peer_id: None,
            quote_text: None,
            quote_entities: None,
            quote_offset: None,
            monoforum_peer_id: None,
            todo_item_id: None,
            poll_option: None,
            quote_rich: None,
        };
        let out = Outgoing {
            action: Some(enums::MessageAction::PinMessage),
            reply: Some(reply.into()),
            silent: query.silent,
            as_group: target.standing().is_some_and(Standing::is_unnamed),
            ..Outgoing::default()
        };
        changes.push(outgoing::send(call, &target, out).await?.change);
    }
    post::updates(call, Vec::new(), &changes, Peers::default()).await
}

pub(crate) async fn none(
    call: &Call,
    query: functions::messages::UnpinAllMessages,
) -> Answer<types::messages::AffectedHistory> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    check(call, &target)?;
    let (mailbox, peer) = (target.mailbox(me), target.peer().0);
    let wanted =
        HistoryQuery { mailbox, peer, pinned: true, limit: DELETED_AT_ONCE, ..HistoryQuery::default() };
    let window = call.store().history(&wanted).await?;
    let ids: Vec<i64> = window.messages.iter().map(|row| row.id).collect();
    let receivers = outgoing::receivers(call, &target).await?;
    let change = call.store().pin_messages(mailbox, &ids, false, &receivers, call.unix()).await?;
    let (pts, pts_count) = match change {
        Some(change) => {
            post::happened(call, change, true).await?;
            (change.pts, change.pts_count)
        }
        None => (call.store().pts(mailbox).await?, 0),
    };
    Ok(types::messages::AffectedHistory { pts, pts_count, offset: deleting::left(window.count) })
}
