//! `messages.editInlineBotMessage`: a bot changes what somebody has sent through it, wherever that is.

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::methods::messages::outgoing::{self, kinds_of, stored};
use crate::methods::messages::reply_markup;
use crate::model::peer_id::PeerId;
use crate::model::{media, post};
use crate::store::{MessageRow, kinds};

/// How a bot names a message that was sent through it.
pub(super) fn name(call: &Call, bot_id: i64, row: &MessageRow) -> enums::InputBotInlineMessageId {
    types::InputBotInlineMessageId64 {
        dc_id: call.environment.this_dc,
        owner_id: row.mailbox,
        id: i32::try_from(row.id).unwrap_or(i32::MAX),
        access_hash: call.world.access.inline_message(bot_id, row.mailbox, row.id),
    }
    .into()
}

pub(crate) async fn handle(call: &Call, query: functions::messages::EditInlineBotMessage) -> Answer<bool> {
    let me = call.user_id()?;
    let invalid = || bad_request("MESSAGE_ID_INVALID");
    let enums::InputBotInlineMessageId::Id64(named) = &query.id else { return Err(invalid()) };
    let id = i64::from(named.id);
    if !call.world.access.is_inline_message(me, named.owner_id, id, named.access_hash) {
        return Err(invalid());
    }
    let row = call.store().message(named.owner_id, id).await?;
    let row = row.filter(|row| row.via_bot == me).ok_or_else(invalid)?;
    let mut edited = row.clone();
    if let Some(text) = &query.message {
        let may_be_empty = row.media.is_some() || query.media.is_some();
        let (text, marks) = outgoing::check_text(call, text, query.entities, may_be_empty).await?;
        edited.entities = marks.as_ref().map(stored).transpose()?;
        edited.kinds = edited.kinds & !kinds::URL | kinds_of(None, marks.as_ref());
        edited.message = text;
    }
    if let Some(input) = &query.media {
        let media = media::resolve(call, input).await.map_err(|_| invalid())?;
        if media::ttl(&media) != 0 {
            return Err(invalid());
        }
        edited.kinds = edited.kinds & kinds::URL | kinds_of(Some(&media), None);
        edited.media = Some(stored(&media)?);
        edited.invert_media = query.invert_media;
    }
    let markup = reply_markup::check(call, query.reply_markup).await?;
    edited.reply_markup = markup.as_ref().map(stored).transpose()?;
    if edited == row {
        return Err(bad_request("MESSAGE_NOT_MODIFIED"));
    }
    outgoing::check_size(call, &edited)?;
    edited.edit_date = call.unix();
    let peer = PeerId(row.peer);
    let mut receivers = match row.mailbox {
        mailbox if mailbox < 0 => Vec::new(),
        _ if peer.is_user() => vec![peer.0],
        _ => call.store().member_ids(peer.0).await?,
    };
    receivers.retain(|receiver| *receiver != row.mailbox);
    let change = call.store().edit_message(&edited, &receivers, call.unix()).await?;
    post::happened(call, change, false).await?;
    Ok(true)
}
