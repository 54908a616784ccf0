//! `messages.setTyping`

use chappe_api::{enums, functions, types};

use super::allowed;
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::group::Standing;
use crate::model::peer_id::PeerId;
use crate::model::target::{self, Target};

pub(crate) async fn handle(call: &Call, query: functions::messages::SetTyping) -> Answer<bool> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    allowed::check_write(call, &target, false).await?;
    let (peer, action) = (target.peer(), query.action);
    // An administrator who stays unnamed types as the group.
    let unnamed = target.standing().is_some_and(Standing::is_unnamed);
    let from = if unnamed { peer } else { PeerId::user(me) };
    let (users, update) = match &target {
        // Nobody else sees it, and who has blocked the caller does not.
        Target::User(user) if user.id == me || call.store().has_blocked(user.id, me).await? => {
            return Ok(true);
        }
        Target::User(user) => (
            vec![user.id],
            enums::Update::from(types::UpdateUserTyping { user_id: me, top_msg_id: None, action }),
        ),
        Target::Group(standing) if standing.is_basic() => {
            let update = types::UpdateChatUserTyping { chat_id: peer.bare(), from_id: from.peer(), action };
            (call.store().member_ids(peer.0).await?, update.into())
        }
        Target::Group(standing) if standing.is_broadcast() => return Ok(true),
        Target::Group(_) => {
            let (channel_id, top_msg_id, from_id) = (peer.bare(), query.top_msg_id, from.peer());
            let update = types::UpdateChannelUserTyping { channel_id, top_msg_id, from_id, action };
            (call.store().member_ids(peer.0).await?, update.into())
        }
    };
    let users = users.into_iter().filter(|user| *user != me).collect();
    let peers = vec![from, if peer.is_user() { from } else { peer }];
    call.notice(users, update, peers);
    Ok(true)
}
