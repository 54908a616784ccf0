//! `messages.getMessagesViews`

use chappe_api::{functions, types};

use crate::call::Call;
use crate::limits::MESSAGES_PER_CALL;
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::target;

/// Only posts of channels are counted. What the caller does not see has no views.
pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::GetMessagesViews,
) -> Answer<types::messages::MessageViews> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    let (peer, mailbox) = (target.peer(), target.mailbox(me));
    let counted = target.standing().is_some_and(|standing| standing.is_broadcast());
    let ids = query.id.get(..MESSAGES_PER_CALL).unwrap_or(&query.id);
    let hidden = if counted { call.store().available_min(me, mailbox).await? } else { i64::MAX };
    let is_shown = |id: &i32| i64::from(*id) > hidden;
    if query.increment && counted {
        let shown: Vec<i64> = ids.iter().filter(|id| is_shown(id)).map(|id| i64::from(*id)).collect();
        let risen = call.store().count_views(mailbox, &shown, me, call.unix()).await?;
        let users = if risen.is_empty() { Vec::new() } else { call.world.readers(peer.0).await? };
        for (id, views) in risen {
            let (id, views) =
                (i32::try_from(id).unwrap_or(i32::MAX), i32::try_from(views).unwrap_or(i32::MAX));
            let update = types::UpdateChannelMessageViews { channel_id: peer.bare(), id, views };
            call.notice(users.clone(), update, vec![peer]);
        }
    }
    let mut views = Vec::with_capacity(ids.len());
    for id in ids {
        let known = if is_shown(id) { call.store().views(mailbox, i64::from(*id)).await? } else { None };
        let count = |value: i64| i32::try_from(value).ok();
        views.push(types::MessageViews {
            views: known.and_then(|(views, _)| count(views)),
            forwards: known.and_then(|(_, forwards)| count(forwards)),
            replies: None,
        });
    }
    let mut peers = Peers::default();
    peers.add(peer);
    let (users, chats) = peers.load(&Eyes::of(call)?).await?;
    Ok(types::messages::MessageViews { views, chats, users })
}
