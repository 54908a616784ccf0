//! Whom an input object of a query means. Without the caller's own access hash it means nobody.

use chappe_api::enums::{InputPeer, InputUser};

use super::peer_id::PeerId;
use super::seen;
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::store::UserRow;

/// The id that an input names, right or wrong.
pub(crate) fn claimed_id(input: &InputUser) -> i64 {
    match input {
        InputUser::User(user) => user.user_id,
        InputUser::FromMessage(user) => user.user_id,
        _ => 0,
    }
}

pub(super) async fn by_hash(call: &Call, user_id: i64, access_hash: i64) -> Answer<Option<UserRow>> {
    let viewer = call.user_id()?;
    // Bots and people may name themselves without a hash.
    if access_hash != call.world.access.user(viewer, user_id) && user_id != viewer {
        return Ok(None);
    }
    Ok(call.store().user(user_id).await?)
}

/// Somebody whom a message that the caller sees names.
async fn by_message(call: &Call, chat: &InputPeer, msg_id: i32, user_id: i64) -> Answer<Option<UserRow>> {
    match seen::names(call, chat, msg_id, PeerId::user(user_id)).await? {
        true => Ok(call.store().user(user_id).await?),
        false => Ok(None),
    }
}

/// The account that an `InputUser` names for the caller.
pub(crate) async fn find(call: &Call, input: &InputUser) -> Answer<Option<UserRow>> {
    match input {
        InputUser::UserSelf => Ok(Some(call.user().await?)),
        InputUser::User(user) => by_hash(call, user.user_id, user.access_hash).await,
        InputUser::FromMessage(user) => by_message(call, &user.peer, user.msg_id, user.user_id).await,
        _ => Ok(None),
    }
}

/// The account that an `InputPeer` names for the caller.
pub(crate) async fn find_peer(call: &Call, input: &InputPeer) -> Answer<Option<UserRow>> {
    match input {
        InputPeer::PeerSelf => Ok(Some(call.user().await?)),
        InputPeer::User(user) => by_hash(call, user.user_id, user.access_hash).await,
        InputPeer::UserFromMessage(user) => by_message(call, &user.peer, user.msg_id, user.user_id).await,
        _ => Ok(None),
    }
}
