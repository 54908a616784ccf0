//! `messages.forwardMessages`

use chappe_api::{enums, functions, types};
use chappe_tl::Decode;

use super::allowed;
use super::outgoing::{self, Outgoing};
use crate::call::Call;
use crate::limits::MESSAGES_PER_CALL;
use crate::methods::errors::{Answer, bad_request};
use crate::model::peer_id::PeerId;
use crate::model::privacy::{self, Subject};
use crate::model::target::{self, Target};
use crate::model::user;
use crate::store::MessageRow;

pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::ForwardMessages,
) -> Answer<enums::Updates> {
    if query.schedule_date.is_some() || query.quick_reply_shortcut.is_some() {
        return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
    }
    let me = call.user_id()?;
    if query.id.is_empty() {
        return Err(call.refuse(&["MESSAGE_IDS_EMPTY"]));
    }
    if query.id.len() != query.random_id.len() || query.random_id.contains(&0) {
        return Err(call.refuse(&["RANDOM_ID_INVALID"]));
    }
    if query.id.len() > MESSAGES_PER_CALL {
        return Err(call.refuse(&["MESSAGE_IDS_EMPTY", "MESSAGE_ID_INVALID"]));
    }
    let to = target::find(call, &query.to_peer).await?;
    let from = match &query.from_peer {
        // Some clients leave it out where the mailbox says enough.
        enums::InputPeer::Empty => None,
        peer => Some(target::find(call, peer).await?),
    };
    let mailbox = from.as_ref().map_or(me, |from| from.mailbox(me));
    let mut sources = Vec::new();
    for row in outgoing::named(call, mailbox, &query.id).await? {
        let row = row.filter(|row| from.as_ref().is_none_or(|from| from.peer().0 == row.peer));
        // What may be seen once is for one.
        let row = row.filter(|row| row.action.is_none() && row.media_ttl == 0);
        sources.push(row.ok_or_else(|| call.refuse(&["MESSAGE_ID_INVALID"]))?);
    }
    let slow = to.standing().is_some_and(|standing| standing.chat.slowmode != 0 && !standing.is_admin());
    if slow && sources.len() > 1 {
        return Err(call.refuse(&["SLOWMODE_MULTI_MSGS_DISABLED"]));
    }
    allowed::check_pace(call, &to, &query.random_id).await?;
    let as_group = allowed::as_group(call, &to, query.send_as.as_ref()).await?;
    let mut album = (0, 0);
    let mut outs = Vec::new();
    for (row, random_id) in sources.iter().zip(&query.random_id) {
        let guarded =
            from.as_ref().and_then(Target::standing).is_some_and(|standing| standing.chat.noforwards);
        if row.noforwards || guarded {
            return Err(call.refuse(&["CHAT_FORWARDS_RESTRICTED"]));
        }
        allowed::check_write(call, &to, row.media.is_some()).await?;
        allowed::check_kinds(call, &to, row.kinds).await?;
        if row.grouped_id != album.0 {
            album = (row.grouped_id, i64::from_le_bytes(call.world.rng.bytes()) | 1);
        }
        let drop_text = query.drop_media_captions && row.media.is_some();
        outs.push(Outgoing {
            text: if drop_text { String::new() } else { row.message.clone() },
            entities: if drop_text { None } else { decoded(row.entities.as_ref()) },
            media: decoded(row.media.as_ref()),
            markup: decoded(row.reply_markup.as_ref()).filter(|_| row.via_bot != 0),
            fwd: if query.drop_author { None } else { Some(header(call, row, &to, me).await?) },
            reply: query.reply_to.clone(),
            silent: query.silent,
            noforwards: query.noforwards,
            invert_media: row.invert_media,
            via_bot: row.via_bot,
            grouped_id: if row.grouped_id == 0 { 0 } else { album.1 },
            random_id: *random_id,
            together: query.random_id.clone(),
            as_group,
            ..Outgoing::default()
        });
    }
    let mut sent = Vec::with_capacity(outs.len());
    for (out, row) in outs.into_iter().zip(&sources) {
        sent.push(outgoing::send(call, &to, out).await?);
        if row.mailbox < 0 && row.from_peer == 0 {
            call.store().count_forward(row.mailbox, row.id).await?;
        }
    }
    outgoing::answer(call, &sent).await
}

fn decoded<T: Decode>(bytes: Option<&Vec<u8>>) -> Option<T> {
    bytes.and_then(|bytes| T::from_bytes(bytes).ok())
}

/// Where a forwarded message comes from: what was forwarded before keeps its first author. Who does not want to be found
/// by forwarded messages is named and not linked.
async fn header(call: &Call, row: &MessageRow, to: &Target, me: i64) -> Answer<types::MessageFwdHeader> {
    let int = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let is_post = row.from_peer == 0;
    let store = call.store();
    let hidden = match PeerId(row.from_peer) {
        from if from.is_user() && !privacy::is_allowed(store, from.0, Subject::Forwards, me).await? => {
            store.user(from.0).await?.map(|author| user::name(&author))
        }
        _ => None,
    };
    let mut header = decoded(row.fwd.as_ref()).unwrap_or(types::MessageFwdHeader {
        imported: false,
        saved_out: false,
        from_id: match &hidden {
            Some(_) => None,
            None if is_post => Some(PeerId(row.peer).peer()),
            None => Some(PeerId(row.from_peer).peer()),
        },
        from_name: hidden,
        date: int(row.date),
        channel_post: is_post.then(|| int(row.id)),
        post_author: row.post_author.clone().filter(|_| is_post),
        saved_from_peer: None,
        saved_from_msg_id: None,
        saved_from_id: None,
        saved_from_name: None,
        saved_date: None,
        psa_type: None,
    });
    let saved = to.peer().0 == me;
    header.saved_from_peer = (saved || is_post).then(|| PeerId(row.peer).peer());
    header.saved_from_msg_id = (saved || is_post).then(|| int(row.id));
    header.saved_out = saved && row.author == me;
    Ok(header)
}
