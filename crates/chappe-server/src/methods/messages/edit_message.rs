//! `messages.editMessage`

use chappe_api::{enums, functions, types};

use super::outgoing::{self, kinds_of, stored};
use super::reply_markup;
use crate::call::Call;
use crate::methods::channels::admin_log::{self, kind};
use crate::methods::errors::{Answer, bad_request};
use crate::model::eyes::Peers;
use crate::model::rights::admin;
use crate::model::target::{self, Target};
use crate::model::{media, post};
use crate::store::MessageRow;

/// How long people may change what they wrote, in seconds. Bots, and one's saved messages, have no such limit.
const EDIT_TIME: i64 = 48 * 3600;

pub(crate) async fn handle(call: &Call, query: functions::messages::EditMessage) -> Answer<enums::Updates> {
    if query.schedule_date.is_some()
        || query.quick_reply_shortcut_id.is_some()
        || query.rich_message.is_some()
    {
        return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
    }
    let (target, row) = editable(call, &query.peer, query.id).await?;
    let mailbox = row.mailbox;
    let mut edited = row.clone();
    if let Some(text) = &query.message {
        let may_be_empty = row.media.is_some() || query.media.is_some();
        let (text, marks) = outgoing::check_text(call, text, query.entities, may_be_empty).await?;
        edited.entities = marks.as_ref().map(stored).transpose()?;
        edited.kinds = edited.kinds & !crate::store::kinds::URL | kinds_of(None, marks.as_ref());
        edited.message = text;
    }
    if let Some(input) = &query.media {
        // What goes once it was opened stays what it is until then.
        if row.media_ttl != 0 {
            return Err(call.refuse(&["MEDIA_PREV_INVALID"]));
        }
        let media = media::resolve(call, input).await?;
        if media::ttl(&media) != 0 {
            return Err(call.refuse(&["MEDIA_TTL_INVALID"]));
        }
        edited.kinds = edited.kinds & crate::store::kinds::URL | kinds_of(Some(&media), None);
        edited.media = Some(stored(&media)?);
        edited.invert_media = query.invert_media;
    }
    // An edit without a keyboard takes it away, if it was one of those under the message.
    let markup = reply_markup::check(call, query.reply_markup).await?;
    edited.reply_markup = markup.as_ref().map(stored).transpose()?;
    if edited == row {
        return Err(call.refuse(&["MESSAGE_NOT_MODIFIED"]));
    }
    outgoing::check_size(call, &edited)?;
    edited.edit_date = call.unix();
    let receivers = outgoing::receivers(call, &target).await?;
    let change = call.store().edit_message(&edited, &receivers, call.unix()).await?;
    if mailbox < 0 {
        let event = types::ChannelAdminLogEventActionEditMessage {
            prev_message: admin_log::message_of(call, &row).await?,
            new_message: admin_log::message_of(call, &edited).await?,
        };
        let words = format!("{} {}", row.message, edited.message);
        admin_log::note_own(call, target.peer(), kind::EDIT, event, &words).await?;
    }
    post::happened(call, change, true).await?;
    post::updates(call, Vec::new(), &[change], Peers::default()).await
}

/// `messages.getMessageEditData`: whether what can be edited about a message is a caption.
pub(crate) async fn data(
    call: &Call,
    query: functions::messages::GetMessageEditData,
) -> Answer<types::messages::MessageEditData> {
    let (_, row) = editable(call, &query.peer, query.id).await?;
    Ok(types::messages::MessageEditData { caption: row.media.is_some() })
}

/// A message that the caller may edit now, and its chat.
async fn editable(call: &Call, peer: &enums::InputPeer, id: i32) -> Answer<(Target, MessageRow)> {
    let me = call.user().await?;
    let target = target::find(call, peer).await?;
    let row = call.store().message(target.mailbox(me.id), i64::from(id)).await?;
    let row = row.filter(|row| row.peer == target.peer().0 && row.action.is_none());
    let row = row.ok_or_else(|| call.refuse(&["MESSAGE_ID_INVALID"]))?;
    check_author(call, &target, &row, me.id)?;
    let unlimited = me.is_bot || row.peer == me.id || row.from_peer == 0;
    if !unlimited && call.unix().saturating_sub(row.date) > EDIT_TIME {
        return Err(call.refuse(&["MESSAGE_EDIT_TIME_EXPIRED", "MESSAGE_ID_INVALID"]));
    }
    Ok((target, row))
}

fn check_author(call: &Call, target: &Target, row: &MessageRow, me: i64) -> Answer<()> {
    let may = match target.standing() {
        Some(standing) if standing.is_broadcast() => {
            let rights = standing.admin();
            rights & admin::EDIT != 0 || row.author == me && rights & admin::POST != 0
        }
        Some(standing) => row.author == me && standing.is_in(),
        None => row.author == me,
    };
    // What was forwarded stays as it was.
    if may && (row.fwd.is_none() || row.peer == me) {
        return Ok(());
    }
    Err(call.refuse(&["MESSAGE_AUTHOR_REQUIRED", "MESSAGE_ID_INVALID"]))
}
