//! `contacts.resolveUsername`

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::eyes::Eyes;
use crate::model::peer_id::PeerId;
use crate::model::{group, user, username};
use crate::store::NameOwner;

pub(crate) async fn handle(
    call: &Call,
    query: functions::contacts::ResolveUsername,
) -> Answer<types::contacts::ResolvedPeer> {
    let viewer = call.user_id()?;
    let name = query.username.trim_start_matches('@');
    if !username::is_valid(name) {
        return Err(bad_request("USERNAME_INVALID"));
    }
    let free = || bad_request("USERNAME_NOT_OCCUPIED");
    let id = match call.store().name_owner(name).await?.ok_or_else(free)? {
        NameOwner::User(id) => id,
        NameOwner::Channel(id) => {
            let peer = PeerId::channel(id);
            let chat = group::load(&Eyes::of(call)?, peer).await?.ok_or_else(free)?;
            let (chats, users) = (vec![chat], Vec::new());
            return Ok(types::contacts::ResolvedPeer { peer: peer.peer(), chats, users });
        }
    };
    let row = call.store().user(id).await?.filter(|row| !row.deleted).ok_or_else(free)?;
    let seen = user::see(call.store(), &call.world.access, &row, call.viewer(viewer), call.unix()).await?;
    Ok(types::contacts::ResolvedPeer {
        peer: types::PeerUser { user_id: row.id }.into(),
        chats: Vec::new(),
        users: vec![seen],
    })
}
