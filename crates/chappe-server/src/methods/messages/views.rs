//! `messages.getMessagesViews`

use chappe_api::{functions, types};

use crate::call::Call;
use crate::limits::MESSAGES_PER_CALL;
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::target;

pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::GetMessagesViews,
) -> Answer<types::messages::MessageViews> {
    let target = target::find(call, &query.peer).await?;
    let peer = target.peer();
    let counted = target.standing().is_some_and(|standing| standing.is_broadcast());
    let ids = query.id.get(..MESSAGES_PER_CALL).unwrap_or(&query.id);
    let rows = call.store().views(target.mailbox(call.user_id()?), ids, query.increment && counted).await?;
    let count = |value: i64| i32::try_from(value).ok().filter(|_| counted);
    let views = rows.iter().map(|(views, forwards)| types::MessageViews {
        views: count(*views),
        forwards: count(*forwards),
        replies: None,
    });
    let views = views.collect();
    if query.increment && counted {
        let users = call.world.readers(peer.0).await?;
        for (id, (views, _)) in ids.iter().zip(&rows) {
            let (channel_id, id, views) = (peer.bare(), *id, i32::try_from(*views).unwrap_or(i32::MAX));
            let update = types::UpdateChannelMessageViews { channel_id, id, views };
            call.notice(users.clone(), update, vec![peer]);
        }
    }
    let mut peers = Peers::default();
    peers.add(peer);
    let (users, chats) = peers.load(&Eyes::of(call)?).await?;
    Ok(types::messages::MessageViews { views, chats, users })
}
